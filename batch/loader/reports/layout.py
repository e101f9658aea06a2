"""Our own reports as inputs: which columns are ours, and which rows a rerun takes.

Owns: recognising a report, dropping its columns, undoing its formula guard, choosing rows by their outcome.

A report may come back from a spreadsheet: numbers as `12.0`, outcomes in another case, columns moved or some deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.settings.read_options import ReadOptions
from batch.model import REPORT_COLUMNS
from batch.model import Outcome, RERUN
from batch.codes import HELD_CODES
from batch.text.formula_guard import NUMBER, TRIGGER
from batch.text.language import tr

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
        """The outcomes as we write them, whatever a spreadsheet did to their case. Reports of version 0.1.0 call a held row
        `invalid`: its code tells that it was held."""
        outcome = self.cells("_outcome").str.to_lowercase()
        held = (outcome == Outcome.INVALID.value) & self.cells("_code").is_in(HELD_CODES)
        return pl.when(held).then(pl.lit(Outcome.HELD.value)).otherwise(outcome)

    def lost_plus(self, place: int) -> pl.Expr:
        """The number in column `place` with its +, if `_phone` has the same digits: a spreadsheet took both pluses."""
        found, sent = _digits(pl.col(str(place))), _digits(self.cells("_phone"))
        return pl.when(found == sent).then(pl.concat_str(pl.lit("+"), sent))

    def other_phone(self, phone: pl.Expr) -> pl.Expr:
        """True where `_phone` holds something else than the `phone` (E.164, null: refused) that the user's cells give."""
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


def require_report(report: Report | None, source: Source) -> Report:
    """`report`, or InputRefused: a rerun needs outcomes."""
    if report is None:
        raise InputRefused(
            tr("{path} is not a report of this program: it has no _row and _outcome columns.", path=source.path),
            problems=(tr("found: {found}", found=", ".join(source.header[:40])),),
            tip=tr("Give failures.* or outcomes.* of a run folder, or run the file itself with fulfill or update."),
        )
    return report


def unescape_formulas(chunk: pl.DataFrame) -> pl.DataFrame:
    """`chunk` with the formula guard of our CSV reports undone in every cell: `formula_guard.unguard` in columns."""
    cell = pl.exclude("number", "broken")
    return chunk.with_columns(pl.when(is_escaped(cell)).then(cell.str.slice(1)).otherwise(cell))


def is_escaped(cell: pl.Expr) -> pl.Expr:
    """True for a cell as `formula_guard.guard` returns it with its apostrophe."""
    return cell.str.starts_with("'") & is_formula(cell.str.slice(1))


def is_formula(cell: pl.Expr) -> pl.Expr:
    """True for a cell that a CSV report guards."""
    return cell.str.contains(f"^(?:{TRIGGER.pattern})") & ~cell.str.contains(f"^(?:{NUMBER.pattern})$")


#: What a run said of rows, by their numbers.
Outcomes = Callable[[Iterable[int]], Iterable[tuple[int, str]]]


def unknown_columns(_: Iterable[int]) -> Iterable[tuple[int, str]]:
    """Nothing: the run is not at hand."""
    return ()


class RerunSelection:
    """The rows that a rerun takes: those with a wanted outcome, and the duplicates folded into one of them.

    `moved`: some of them stand elsewhere than in the source of the run, whose row numbers are in `_row`.
    """

    __slots__ = ("_report", "_rows", "_wanted", "moved")

    def __init__(
        self, report: Report, reading: ReadOptions, chunks: Iterator[pl.DataFrame], outcomes: Outcomes = unknown_columns
    ) -> None:
        """Read all of `chunks` once, keeping sixteen bytes per row. `outcomes` says what the run said of rows (numbers)
        that are not in the report any more: one of them may be what a duplicate was folded into."""
        self._report = report
        self._wanted = [str(outcome) for outcome in (RERUN if reading.only is None else reading.only)]
        row, leader = complete_cells(report.cells("_row")), complete_cells(report.cells("_same_as"))
        wanted, folded = report.outcomes.is_in(self._wanted), report.outcomes == Outcome.DUPLICATE.value
        found = [pl.DataFrame(schema={"row": pl.Int64, "leader": pl.Int64, "wanted": pl.Boolean, "moved": pl.Boolean})]
        for chunk in chunks:
            of_duplicate = pl.when(folded).then(leader).alias("leader")
            moved = (row != pl.col("number").cast(pl.Int64)).alias("moved")
            found.append(chunk.select(row.alias("row"), of_duplicate, wanted.alias("wanted"), moved))
        rows = pl.concat(found)
        gone = rows["leader"].drop_nulls().unique()
        gone = gone.filter(~gone.is_in(rows["row"].drop_nulls().implode()))
        lost = [number for number, outcome in outcomes(gone.to_list()) if outcome in self._wanted]
        self._rows = pl.concat([rows.filter("wanted")["row"], pl.Series("row", lost, dtype=pl.Int64)]).unique()
        self.moved = bool(rows.filter("wanted")["moved"].any())

    def chosen(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The rows of `chunk` that are taken. A row whose outcome is none of ours is: nothing says that it is done."""
        outcome = self._report.outcomes
        taken = outcome.is_in(self._wanted) | ~outcome.is_in(_OUTCOMES) | pl.col("broken").is_not_null()
        if Outcome.DUPLICATE not in self._wanted:
            leader = complete_cells(self._report.cells("_same_as")).is_in(self._rows.implode()).fill_null(False)
            taken |= (outcome == Outcome.DUPLICATE.value) & leader
        return chunk.filter(taken)


_OUTCOMES = [str(outcome) for outcome in Outcome]


def complete_cells(cell: pl.Expr) -> pl.Expr:
    """The row number in a cell, also as `12.0`, `12,0` or `1,024`; null where there is none."""
    plain = cell.str.strip_suffix(".0").str.strip_suffix(",0").str.replace_all(",", "", literal=True)
    return pl.when(plain.str.contains("^[0-9]{1,10}$")).then(plain.cast(pl.Int64, strict=False))


def _digits(cell: pl.Expr) -> pl.Expr:
    """The digits of a cell that is a number and nothing else, else null."""
    plain = cell.str.strip_chars().str.strip_prefix("'").str.strip_prefix("+").str.strip_suffix(".0")
    return pl.when(plain.str.contains("^[0-9]+$")).then(plain)
