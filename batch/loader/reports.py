"""Our own reports as inputs: which columns are ours, and which rows a rerun takes.

Owns: recognising a report, dropping its columns, undoing its formula guard, choosing rows by their outcome.
Does not own: how reports are written (`reporter/`), the guard itself (`formula_guard.py`).

A report may come back from a spreadsheet: numbers as `12.0`, outcomes in another case, columns moved or some deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from batch.errors import InputRefused
from batch.formula_guard import unguard
from batch.loader.chunks import Chunk, Row, Source
from batch.loader.reading import Reading
from batch.model import REPORT_COLUMNS, RERUN, Outcome

#: With these two a header is a report's; a lone `_row` may be anybody's.
_MARKS = frozenset({"_row", "_outcome"})


@dataclass(frozen=True, slots=True)
class Report:
    """A report's layout: `own` are the positions of the user's columns, `ours` name -> position of the others."""

    own: tuple[int, ...]
    ours: Mapping[str, int]

    def user_cells(self, row: Row) -> Row:
        """The user's cells of a whole row."""
        return tuple([row[at] for at in self.own])

    def cell(self, row: Row, name: str) -> str:
        """One of our cells, empty where the column or the cell is missing."""
        at = self.ours.get(name)
        return (row[at] or "").strip() if at is not None else ""

    def outcome(self, row: Row) -> str:
        """The outcome as we write it, whatever a spreadsheet did to its case."""
        return self.cell(row, "_outcome").casefold()

    def lost_plus(self, row: Row, place: int) -> str | None:
        """The number in column `place` with its +, if `_phone` has the same digits: a spreadsheet took both pluses."""
        found, sent = _digits(row[place] or ""), _digits(self.cell(row, "_phone"))
        return f"+{sent}" if sent and found == sent else None


def report_of(header: Sequence[str]) -> Report | None:
    """The layout if `header` is a report's, else `None`."""
    names = [title.strip() for title in header]
    if not set(names) >= _MARKS:
        return None
    ours = {name: at for at, name in enumerate(names) if name in REPORT_COLUMNS}
    return Report(tuple(at for at, name in enumerate(names) if name not in REPORT_COLUMNS), ours)


def need_report(report: Report | None, source: Source) -> Report:
    """`report`, or InputRefused: a rerun needs outcomes."""
    if report is None:
        raise InputRefused(
            f"{source.path} is no report of ours: it has no _row and _outcome columns.",
            problems=(f"found: {', '.join(source.header[:40])}",),
            tip="Give failures.* or outcomes.* of a run folder, or run the file itself with fulfill or update.",
        )
    return report


def unguarded(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """`chunks` with the formula guard of our CSV reports undone in every cell."""
    for chunk in chunks:
        rows = [
            tuple([unguard(cell) if cell is not None and cell[0] == "'" else cell for cell in row])
            for row in chunk.rows
        ]
        yield chunk._replace(rows=rows)


class Taken:
    """The rows that a rerun takes: those with a wanted outcome, and the duplicates folded into one of them."""

    __slots__ = ("_report", "_rows", "_wanted")

    def __init__(self, report: Report, reading: Reading, chunks: Iterator[Chunk]) -> None:
        """Read all of `chunks` once, keeping one byte per row."""
        self._report = report
        self._wanted = frozenset(str(outcome) for outcome in (RERUN if reading.only is None else reading.only))
        self._rows = bytearray()
        for chunk in chunks:
            for row in chunk.rows:
                number = _whole(report.cell(row, "_row"))
                if number is not None and number < 1 << 31 and report.outcome(row) in self._wanted:
                    if number >= len(self._rows):
                        self._rows.extend(bytes(number + 1 + len(self._rows) // 2 - len(self._rows)))
                    self._rows[number] = 1

    def __contains__(self, row: Row) -> bool:
        """True when a rerun takes `row`. A row whose outcome is none of ours is taken: nothing says that it is done."""
        outcome = self._report.outcome(row)
        if outcome == Outcome.DUPLICATE and outcome not in self._wanted:
            same = _whole(self._report.cell(row, "_same_as"))
            return same is not None and same < len(self._rows) and self._rows[same] == 1
        return outcome in self._wanted or outcome not in _OUTCOMES

    def chosen(self, chunk: Chunk) -> Chunk:
        """`chunk` with only the rows that are taken."""
        places = [at for at, row in enumerate(chunk.rows) if row in self or at in chunk.broken]
        if len(places) == len(chunk.rows):
            return chunk
        return Chunk(
            [chunk.numbers[at] for at in places],
            [chunk.rows[at] for at in places],
            {new: chunk.broken[old] for new, old in enumerate(places) if old in chunk.broken},
        )


_OUTCOMES = frozenset(str(outcome) for outcome in Outcome)


def _whole(cell: str) -> int | None:
    """The row number in `cell`, also as `12.0`, `12,0` or `1,024`."""
    plain = cell.removesuffix(".0").removesuffix(",0").replace(",", "")
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 10 else None


def _digits(cell: str) -> str:
    """The digits of a cell that is a number and nothing else, else nothing."""
    plain = cell.strip().removeprefix("'").removeprefix("+").removesuffix(".0")
    return plain if plain.isascii() and plain.isdecimal() else ""
