"""The rows of a report that a rerun takes, by their outcome.

Owns: that choice, and the refusal of a file that is no report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.loader.report_layout import Report, row_number
from batch.model import RERUN, Outcome
from batch.settings.read_options import ReadOptions
from batch.text.language import tr

#: What a run said of rows, by their numbers.
Outcomes = Callable[[Iterable[int]], Iterable[tuple[int, str]]]


def no_outcomes(_: Iterable[int]) -> Iterable[tuple[int, str]]:
    """Nothing: the run is not at hand."""
    return ()


class RerunSelection:
    """The rows that a rerun takes: those with a wanted outcome, and the duplicates folded into one of them.

    `moved`: some of them stand elsewhere than in the source of the run, whose row numbers are in `_row`.
    """

    __slots__ = ("_report", "_rows", "_wanted", "moved")

    def __init__(
        self, report: Report, reading: ReadOptions, chunks: Iterator[pl.DataFrame], outcomes: Outcomes = no_outcomes
    ) -> None:
        """Read all of `chunks` once, keeping sixteen bytes per row. `outcomes` says what the run said of rows (numbers)
        that are not in the report any more: one of them may be what a duplicate was folded into."""
        self._report = report
        self._wanted = [str(outcome) for outcome in (RERUN if reading.only is None else reading.only)]
        row, leader = row_number(report.cells("_row")), row_number(report.cells("_same_as"))
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
        return chunk.filter(self._is_taken())

    def left(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The rows of `chunk` that are not taken."""
        return chunk.filter(~self._is_taken())

    def _is_taken(self) -> pl.Expr:
        outcome = self._report.outcomes.fill_null("")
        taken = outcome.is_in(self._wanted) | ~outcome.is_in(_OUTCOMES) | pl.col("broken").is_not_null()
        if Outcome.DUPLICATE not in self._wanted:
            leader = row_number(self._report.cells("_same_as")).is_in(self._rows.implode()).fill_null(False)
            taken |= (outcome == Outcome.DUPLICATE.value) & leader
        return taken


_OUTCOMES = [str(outcome) for outcome in Outcome]


def require_report(report: Report | None, source: Source) -> Report:
    """`report`, or InputRefused: a rerun needs outcomes."""
    if report is None:
        raise InputRefused(
            tr("{path} is not a report of this program: it has no _row and _outcome columns.", path=source.path),
            problems=(tr("found: {found}", found=", ".join(source.header[:40])),),
            tip=tr("Give failures.* or outcomes.* of a run folder, or run the file itself with fulfill or update."),
        )
    return report
