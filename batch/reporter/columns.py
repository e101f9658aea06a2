"""The columns of a report: the user's own, as they were and first, then ours.

Owns: the header (with and without repeated names), and turning a `ReportRow` into one flat line of cells.
Does not own: how a format writes a cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batch.model import REPORT_COLUMNS, ReportRow, SourceFacts

#: What stands between cells that a broken row has beyond its header, when they are kept in its last cell.
SURPLUS = " | "


class Ours(NamedTuple):
    """The cells of `REPORT_COLUMNS`, in its order. Row numbers, statuses and attempts are numbers; the rest is text."""

    row: int
    phone: str | None
    outcome: str
    code: str | None
    message: str | None
    tip: str | None
    status: int | None
    attempts: int
    same_as: int | None
    contact_id: str | None
    finished_at: str | None
    run: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one report; `dtypes` are the polars names of the user's own, `String` where none is known."""

    own: tuple[str, ...]
    dtypes: tuple[str, ...]

    @classmethod
    def of(cls, source: SourceFacts) -> Columns:
        """The columns of a report on `source`."""
        missing = max(0, len(source.header) - len(source.dtypes))
        dtypes = (*source.dtypes[: len(source.header)], *("String",) * missing)
        return cls(own=source.header, dtypes=dtypes)

    @property
    def header(self) -> tuple[str, ...]:
        """Every name as it was: a name can stand in it twice, and the last twelve are always ours."""
        return (*self.own, *REPORT_COLUMNS)

    @property
    def unique_header(self) -> tuple[str, ...]:
        """Every name once, for formats that cannot repeat one.

        A name keeps its first place; a repetition becomes `Name (2)`, `Name (3)`, … with the first figure that is
        free. Ours always keep their names: a user's own `_row` becomes `_row (2)`.
        """
        taken = {*self.own, *REPORT_COLUMNS}
        seen = set(REPORT_COLUMNS)
        names = []
        for name in self.own:
            if name in seen:
                number = 2
                while (candidate := f"{name} ({number})") in taken:
                    number += 1
                name = candidate  # noqa: PLW2901 - the same column by its new name
                taken.add(name)
            seen.add(name)
            names.append(name)
        return (*names, *REPORT_COLUMNS)

    def fit(self, cells: Sequence[str | None]) -> Sequence[str | None]:
        """`cells`, exactly one per column of the user's.

        A broken row can have fewer (they are empty) or more: those are kept in the last cell, so that nothing of the
        row is lost and our own columns stay where they are.
        """
        width = len(self.own)
        if len(cells) == width:
            return cells
        if len(cells) < width:
            return (*cells, *(None,) * (width - len(cells)))
        if not width:
            return ()
        return (*cells[: width - 1], SURPLUS.join(cell or "" for cell in cells[width - 1 :]))

    def lines(self, rows: Sequence[ReportRow]) -> Iterator[tuple[str | int | None, ...]]:
        """Yield each row as one line: the user's cells, then ours."""
        for row in rows:
            yield (*self.fit(row.cells), *ours(row))


def ours(row: ReportRow) -> Ours:
    """Our cells of `row`: an empty text is an empty cell (`None`)."""
    return Ours(
        row=row.number,
        phone=row.phone,
        outcome=row.outcome.value,
        code=row.code or None,
        message=_encodable(row.message) or None,
        tip=row.tip or None,
        status=row.status,
        attempts=row.attempts,
        same_as=row.same_as,
        contact_id=_encodable(row.contact_id),
        finished_at=row.finished_at,
        run=row.run,
    )


def _encodable(text: str | None) -> str | None:
    # JSON can carry half of a surrogate pair (`"\ud800"`) in an answer of the API, and no file can.
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
