"""`--where`: which rows of a source are taken.

Owns: the columns that the conditions name, and the comparison of cells in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from batch.errors import SettingsError
from batch.loader.cells.sheet_escapes import ESCAPE
from batch.loader.columns.candidates import column_letters, find_header, quoted_list, suggestion
from batch.settings.column_rules import parse_condition
from batch.text.language import tr

#: What nobody sees in a cell and is no space: zero-width characters, byte order marks, control characters.
_UNSEEN: Final = r"[\p{Cf}\p{Cc}&&\S]"


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Takes the rows for which all `conditions` hold: (column, wanted, folded values) each."""

    conditions: tuple[tuple[int, bool, tuple[str, ...]], ...] = ()

    def take(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The rows of `chunk` that are taken. A row whose cells could not be separated is taken: it is reported."""
        if not self.conditions:
            return chunk
        return chunk.filter(pl.col("broken").is_not_null() | pl.all_horizontal(self._expressions()))

    def count_left_out(self, chunks: Iterator[pl.DataFrame]) -> int:
        """How many rows of `chunks` are not taken."""
        return sum(chunk.height - self.take(chunk).height for chunk in chunks) if self.conditions else 0

    def _expressions(self) -> Iterator[pl.Expr]:
        for at, wanted, values in self.conditions:
            found = _fold(pl.col(str(at)).fill_null("")).is_in(list(values))
            yield found if wanted else ~found


def _fold(cell: pl.Expr) -> pl.Expr:
    """`column_rules.fold_cell` of the cells of a column."""
    seen = cell.str.replace_all(ESCAPE.pattern, "").str.normalize("NFKC").str.replace_all(_UNSEEN, "")
    return seen.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def build_filter(texts: Sequence[str], header: Sequence[str]) -> RowFilter:
    """The filter of the conditions `texts`. Raises SettingsError for a column that is not in `header`, or is there
    twice."""
    conditions, problems = [], []
    for condition in map(parse_condition, texts):
        places = find_header(condition.header, header)
        if len(places) == 1:
            conditions.append((places[0], condition.wanted, condition.values))
        elif places:
            problems.append(
                tr(
                    "{header!r} is the header of {count} columns: {places}",
                    header=condition.header,
                    count=len(places),
                    places=column_letters(places),
                )
            )
        else:
            problems.append(f"{condition.header!r}{suggestion(condition.header, header)}")
    if problems:
        raise SettingsError(
            tr("--where names a column that is not there, or not only once."),
            problems=(*problems, tr("found: {found}", found=quoted_list(header))),
            tip=tr("Write the header as the file has it."),
        )
    return RowFilter(tuple(conditions))
