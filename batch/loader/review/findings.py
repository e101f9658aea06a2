"""What `check` shows of a source beside its counts: the columns and their parts, other commands, repaired numbers.

Owns: these three. Nothing here decides about a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Literal, NamedTuple

import polars as pl

from batch.errors import BatchError, ErrorCollector
from batch.loader.columns import names as headers
from batch.loader.columns.candidates import candidates
from batch.loader.columns.mapping import find_roles
from batch.loader.passes.load import LoadedSource
from batch.loader.review.table import sample_cells
from batch.loader.sources.several_files import SOURCE_FILE, SOURCE_ROW
from batch.model import ContactChange, Operation

#: The columns of `repair_rows`.
REPAIR_COLUMNS = ("row", "cell", "number", "repair", "code")
#: Roles that say whose contact a row is: they alone change nothing.
_IDENTITY = frozenset({"phone", "region", "account"})


def unread_columns(loaded: LoadedSource) -> list[str]:
    """The headers of the user's own columns that no row takes anything from, in file order."""
    roles = loaded.context.roles
    read = {*roles.columns.values(), *roles.phones, *roles.phone_types.values(), *roles.variables.values()}
    selected = loaded.selected
    unread = (selected.source.header[at] for at in selected.own if at not in read)
    return [title for title in unread if title.strip() and title not in (SOURCE_FILE, SOURCE_ROW)]


class ColumnPart(NamedTuple):
    """A column that is read: its part and header, why it has the part, and its first filled cells."""

    role: str
    header: str
    why: Literal["map", "header", "cells"]
    samples: tuple[str, ...]


def column_parts(loaded: LoadedSource, samples: int = 3) -> list[ColumnPart]:
    """The columns that are read, with their parts, in the order of the roles."""
    context, selected = loaded.context, loaded.selected
    header = selected.source.header
    places = [(role, at) for role, at in context.roles.columns.items() if role != "phone" or not context.roles.phones]
    places += [("phone", at) for at in context.roles.phones]
    places += [(f"var:{name}", at) for name, at in context.roles.variables.items()]
    first = next(selected.chunks(), pl.DataFrame())
    return [
        ColumnPart(role, header[at], _why(role, header[at], context.reading.mapping), sample_cells(first, at, samples))
        for role, at in places
    ]


def _why(role: str, header: str, mapping: Mapping[str, str]) -> Literal["map", "header", "cells"]:
    if mapping.get(role):
        return "map"
    if role == "phone" and not candidates([header], headers.PHONE, ()):
        return "cells"
    return "header"


class Repair(NamedTuple):
    """A number that was repaired: its row, the cell, the number in E.164, and the repair in words."""

    number: int
    cell: str
    phone: str
    repair: str


def first_repairs(loaded: LoadedSource, count: int) -> list[Repair]:
    """The first `count` rows whose number was repaired and is sent, in file order."""
    found: list[Repair] = []
    for frame in repair_rows(loaded):
        repaired = frame.filter(
            pl.col("repair").is_not_null() & pl.col("code").is_null() & pl.col("cell").is_not_null()
        )
        rows = repaired.head(count - len(found)).iter_rows(named=True)
        found += [Repair(row["row"], row["cell"], row["number"], row["repair"]) for row in rows]
        if len(found) >= count:
            break
    return found


def other_readings(loaded: LoadedSource) -> dict[Operation, Mapping[str, str]]:
    """What the other operations would take from the source: operation -> role -> header, only the roles that the
    operation of `loaded` does not have. An operation that could not read the source is left out."""
    selected, context = loaded.selected, loaded.context
    header, ours = selected.source.header, selected.report.ours if selected.report is not None else {}
    readings: dict[Operation, Mapping[str, str]] = {}
    # The status of fulfill is its own: to another operation nothing was given for all rows.
    change = ContactChange() if context.reading.operation is Operation.FULFILL else context.reading.ask
    for operation in Operation:
        if operation is context.reading.operation:
            continue
        reading = replace(context.reading, operation=operation, ask=change)
        with suppress(BatchError):
            found = find_roles(header, reading, context.team, selected.look, ours, ErrorCollector(""))
            roles = {role: header[at] for role, at in found.columns.items()}
            roles |= {f"var:{name}": header[at] for name, at in found.variables.items()}
            more = {role: name for role, name in roles.items() if role not in {*context.roles.columns, *_IDENTITY}}
            if more:
                readings[operation] = more
    return readings


def repair_rows(loaded: LoadedSource) -> Iterator[pl.DataFrame]:
    """Yield the rows whose number was repaired or refused, with `REPAIR_COLUMNS`: the row number, the cell as it is
    (of several phone columns the first that is not empty), the number as it will be sent (E.164), the repair in words,
    and the code of a row that is not sent itself. All but `row` are text."""
    roles = loaded.context.roles
    place = loaded.context.phone_place
    places = roles.phones or (() if place is None else (place,))
    for cells, checked in loaded.verdicts():
        whole = [pl.col(str(at)) for at in places if str(at) in cells.columns]
        cell = cells.select(pl.coalesce(whole)).to_series() if whole else pl.Series([None], dtype=pl.String)
        frame = checked.frame.select("number", "phone", "new_phone", "repair", "code", "decision")
        frame = frame.with_columns(cell.alias("cell") if whole else pl.lit(None, pl.String).alias("cell"))
        yield frame.filter((pl.col("repair").fill_null("") != "") | pl.col("code").is_not_null()).select(
            pl.col("number").cast(pl.Int64).alias("row"),
            "cell",
            pl.coalesce("new_phone", "phone").alias("number"),
            pl.when(pl.col("repair") != "").then("repair").alias("repair"),
            pl.coalesce("code", "decision").alias("code"),
        )
