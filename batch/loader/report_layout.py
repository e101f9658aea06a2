"""The columns of our own reports in a header, wherever a spreadsheet program put them.

Owns: recognising a report, and its outcomes, row numbers and phones as cells.

A report may come back from a spreadsheet: numbers as `12.0`, outcomes in another case, columns moved or some deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from batch.codes import HELD_CODES
from batch.model import REPORT_COLUMNS, Outcome

#: With these two a header is a report's; a lone `_row` may be anybody's.
_MARKS = frozenset({"_row", "_outcome"})

#: How the XLSX reports end a cell that Excel could not hold. What is left of it is not what the user wrote.
CUT = "… [cut: Excel holds 32,767 characters]"


@dataclass(frozen=True, slots=True)
class Report:
    """A report's layout: `own` are the positions of the user's columns, `ours` name -> position of the others."""

    own: tuple[int, ...]
    ours: Mapping[str, int]

    def cells(self, name: str) -> pl.Expr:
        """One of our columns without the spaces around its cells, empty where the column or the cell is missing."""
        at = self.ours.get(name)
        return pl.col(str(at)).str.strip_chars().fill_null("") if at is not None else pl.lit("")

    @property
    def outcomes(self) -> pl.Expr:
        """The outcomes as we write them, in whatever case they are. Reports of version 0.1.0 call a held row `invalid`:
        its code tells that it was held."""
        outcome = self.cells("_outcome").str.to_lowercase()
        held = (outcome == Outcome.INVALID.value) & self.cells("_code").is_in(HELD_CODES)
        return pl.when(held).then(pl.lit(Outcome.HELD.value)).otherwise(outcome)

    def lost_plus(self, place: int) -> pl.Expr:
        """The number in column `place` with its +, if `_phone` has the same digits: a spreadsheet took both pluses."""
        found, sent = _digits(pl.col(str(place))), _digits(self.cells("_phone"))
        return pl.when(found == sent).then(pl.concat_str(pl.lit("+"), sent))

    def other_phone(self, phone: pl.Expr) -> pl.Expr:
        """True where `_phone` is another number than the `phone` (E.164, null: refused) that the user's cells give."""
        ours = self.cells("_phone")
        return (ours != "") & (phone.is_null() | (_digits(ours) != _digits(phone)).fill_null(False))


def detect_report(header: Sequence[str]) -> Report | None:
    """The layout if `header` is a report's, else `None`.

    Ours are the last columns of their names: where the user's own file has a `_row`, that one comes first.
    """
    names = [title.strip() for title in header]
    if not set(names) >= _MARKS:
        return None
    # Reports of version 0.1.0 call the HTTP status `_status`; in a newer report such a column is the user's own.
    columns = {*REPORT_COLUMNS} if "_http_status" in names else {*REPORT_COLUMNS, "_status"}
    ours = {name: at for at, name in enumerate(names) if name in columns}
    return Report(tuple(at for at in range(len(names)) if at not in ours.values()), ours)


def row_number(cell: pl.Expr) -> pl.Expr:
    """The row number in a cell, also as `12.0`, `12,00` or `1,024`; null where there is none."""
    plain = cell.str.replace(r"[.,]0{1,2}$", "").str.replace_all(",", "", literal=True)
    return pl.when(plain.str.contains("^[0-9]{1,10}$")).then(plain.cast(pl.Int64, strict=False))


def _digits(cell: pl.Expr) -> pl.Expr:
    """The digits of a cell that is a number and nothing else, else null."""
    plain = cell.str.strip_chars().str.strip_prefix("'").str.strip_prefix("+").str.strip_suffix(".0")
    return pl.when(plain.str.contains("^[0-9]+$")).then(plain)
