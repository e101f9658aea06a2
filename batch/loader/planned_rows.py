"""Verdicts in columns -> the rows that the stages after the loader see.

Owns: `PlannedRow`s out of a chunk, and the words for what other rows did to a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from batch.codes import HELD_CODES
from batch.loader.duplicates import NAMED
from batch.loader.row_check import CheckedRows, message_text
from batch.model import ContactChange, Outcome, PlannedRow

#: Rows in a list: pleasant to hold in memory.
BATCH_ROWS = 20_000
_COLUMNS = (
    "number", "contact", "phone", "ask", "new_phone", "code", "message", "cell", "home", "repair", "in_doubt",
    "decision", "same_as", "firsts", "account",
)  # fmt: skip


def plan_rows(cells: pl.DataFrame, verdicts: CheckedRows) -> Iterator[list[PlannedRow]]:
    """Yield the rows of one chunk, in lists of at most `BATCH_ROWS`."""
    frame = verdicts.frame.select(_COLUMNS)
    for start in range(0, frame.height, BATCH_ROWS):
        lines = zip(frame.slice(start, BATCH_ROWS).rows(), cells.slice(start, BATCH_ROWS).rows(), strict=True)
        yield [_planned_row(own, verdicts.asks, *line) for line, own in lines]


def _planned_row(
    cells: tuple[str | None, ...],
    asks: Sequence[ContactChange],
    number: int,
    contact: str | None,
    phone: str | None,
    asked: int | None,
    new_phone: str | None,
    code: str | None,
    message: str | None,
    cell: str | None,
    home: str | None,
    repair: str,
    in_doubt: bool,
    decision: str | None,
    same_as: int | None,
    firsts: Sequence[int] | None,
    account: str,
) -> PlannedRow:
    ask = asks[asked] if asked is not None else None
    if ask is not None and new_phone is not None:
        ask = msgspec.structs.replace(ask, phone_number=new_phone)
    row = PlannedRow(number, cells, contact, phone, ask, repair=repair, account=account)
    if code is not None:
        told = message_text(cell, home) if message is None else message
        return row._replace(outcome=Outcome.HELD if code in HELD_CODES else Outcome.INVALID, code=code, message=told)
    row = row._replace(in_doubt=in_doubt)
    if decision is None:
        return row
    if decision == "conflict":
        rows = ", ".join(map(str, firsts or ())) + (", …" if len(firsts or ()) == NAMED else "")
        told = f"rows {rows} of this contact ask for different things"
        return row._replace(outcome=Outcome.HELD, code="conflict", message=told)
    if decision == "opted_out":
        told = f"row {same_as} of this contact says to leave it alone"
        return row._replace(outcome=Outcome.HELD, code=decision, message=told)
    if decision == "stricter":
        told = f"row {same_as} was chosen: of the rows of this contact it is the strictest"
        return row._replace(outcome=Outcome.DUPLICATE, code="overruled", message=told, same_as=same_as)
    told = f"row {same_as} asks the same" if decision == "same_contact" else f"row {same_as} was chosen"
    return row._replace(outcome=Outcome.DUPLICATE, code=decision, message=told, same_as=same_as)
