"""What a program can ask of a source before a run: its columns, its rows as they were read, and corrections of them.

Owns: nothing but the names; the rules are the loader's. No call is made, and the source stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Unpack

from batch.loader import Frame, Given, InputSummary, LoadedSource, TeamRules
from batch.loader.columns.mapping import list_roles
from batch.loader.review.findings import other_readings, unread_columns
from batch.loader.review.table import (
    ReviewedRow,
    ReviewTable,
    SourceTable,
    names_one_contact,
    open_table,
    original_digests,
)
from batch.model import Operation
from batch.runs.check import check as check_source
from batch.runs.team_check import initial_rules
from batch.settings.corrections import (
    Correction,
    corrections_text,
    merge_correction,
    read_corrections,
    row_digest,
)
from batch.settings.read_options import Options, ReadOptions, build_read_options
from batch.settings.settings import Settings

__all__ = [
    "Correction",
    "Review",
    "ReviewedRow",
    "SourceTable",
    "columns",
    "corrections_text",
    "known_regions",
    "list_roles",
    "merge_correction",
    "names_one_contact",
    "prepare",
    "read_corrections",
    "review",
    "row_digest",
]


@dataclass(slots=True)
class Review:
    """What a run would find in a source. `roles` is role -> header, `unread` the headers from which no row
    takes anything."""

    summary: InputSummary
    operation: Operation
    roles: Mapping[str, str]
    unread: Sequence[str]
    _loaded: LoadedSource = field(repr=False)
    _table: ReviewTable | None = field(default=None, repr=False)

    @property
    def others(self) -> Mapping[Operation, Mapping[str, str]]:
        """What other operations would read from the source: operation -> role -> header. The cells are looked at again,
        so it is asked for only where it is shown."""
        return other_readings(self._loaded)

    @property
    def rows(self) -> ReviewTable:
        """The rows that were repaired or refused. The first call reads the source once more. Raises InputRefused where
        it has changed since."""
        if self._table is None:
            self._table = ReviewTable(self._loaded)
        return self._table

    def corrections(self, row: ReviewedRow, corrected: str, *, every: bool) -> tuple[Correction, ...]:
        """The corrections that make the cell of `row` read as `corrected`; with `every`, that of the rows with the same
        cell and code, too.

        One correction for all, also of next week's export, where the cell says whose number it is; else one for each
        row, which is known by all its cells.
        """
        if every and names_one_contact(row.code, row.cell):
            return (Correction(row.column, row.cell, corrected),)
        numbers = [row.number]
        if every and row.cell:
            numbers = self.rows.equal_to(row)
        digests = original_digests(self._loaded, numbers)
        return tuple(Correction(row.column, row.cell, corrected, digests[number]) for number in numbers)


def columns(source: Given, **options: Unpack[Options]) -> SourceTable:
    """The columns of `source` with some of their cells, and its sheets, whatever they are for.

    Raises InputRefused where it cannot be opened, SettingsError for options that do not fit it.
    """
    return open_table(source, build_read_options(Operation.FULFILL, options))


def review(source: Given, operation: Operation, settings: Settings, **options: Unpack[Options]) -> Review:
    """What a run of `operation` would find in `source`. Raises as `check`."""
    reading: ReadOptions = build_read_options(operation, {"region": settings.region, **options})
    loaded = check_source(source, reading, initial_rules(settings.access, settings.guards))
    return Review(loaded.survey, operation, loaded.facts.roles, unread_columns(loaded), loaded)


def prepare() -> None:
    """Load what every review needs: the first one of a process takes seconds for it. Call it beside other work."""
    tricky = Frame({"Phone": ["+442079460123", "442079460123", "2125550100"]})
    check_source(tricky, build_read_options(Operation.FULFILL, {"region": "US"}), TeamRules())


def known_regions() -> list[str]:
    """The ISO 3166-1 codes that a region may have, in alphabetical order."""
    import phonenumbers

    return sorted(phonenumbers.SUPPORTED_REGIONS)
