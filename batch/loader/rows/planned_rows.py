"""Verdicts in columns -> the rows that the stages after the loader see.

Owns: `PlannedRow`s out of a chunk, and the words for what other rows did to a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import polars as pl

from batch.codes import HELD_CODES
from batch.loader.rows.duplicates import NAMED
from batch.loader.rows.row_check import CheckedRows, message_text
from batch.model import ContactChange, Outcome, PlannedRow
from batch.text.language import tr

#: Rows in a list: pleasant to hold in memory.
BATCH_ROWS = 4_096


class _CheckedRow(NamedTuple):
    """One line of the verdicts of `LoadedSource.verdicts`; the names are those of its columns."""

    number: int
    contact: str | None
    phone: str | None
    #: The place of its change in `CheckedRows.changes`.
    change: int | None
    new_phone: str | None
    code: str | None
    message: str | None
    cell: str | None
    home: str | None
    repair: str
    in_doubt: bool
    decision: str | None
    same_as: int | None
    firsts: Sequence[int] | None
    account: str


def plan_rows(cells: pl.DataFrame, verdicts: CheckedRows) -> Iterator[list[PlannedRow]]:
    """Yield the rows of one chunk, in lists of at most `BATCH_ROWS`."""
    frame = verdicts.frame.select(_CheckedRow._fields)
    for start in range(0, frame.height, BATCH_ROWS):
        lines = zip(frame.slice(start, BATCH_ROWS).rows(), cells.slice(start, BATCH_ROWS).rows(), strict=True)
        yield [_plan_row(own, verdicts.changes, _CheckedRow._make(line)) for line, own in lines]


def _plan_row(cells: tuple[str | None, ...], changes: Sequence[ContactChange], checked: _CheckedRow) -> PlannedRow:
    change = changes[checked.change] if checked.change is not None else None
    if change is not None and checked.new_phone is not None:
        change = msgspec.structs.replace(change, phone_number=checked.new_phone)
    row = PlannedRow(
        checked.number, cells, checked.contact, checked.phone, change, repair=checked.repair, account=checked.account
    )
    if checked.code is not None:
        message = message_text(checked.cell, checked.home) if checked.message is None else checked.message
        outcome = Outcome.HELD if checked.code in HELD_CODES else Outcome.INVALID
        return row._replace(outcome=outcome, code=checked.code, message=message)
    if checked.in_doubt:
        row = row._replace(in_doubt=True)
    return row if checked.decision is None else _apply_decision(row, checked.decision, checked)


def _apply_decision(row: PlannedRow, decision: str, checked: _CheckedRow) -> PlannedRow:
    """`row` with what the other rows of its contact do to it."""
    same_as = checked.same_as
    if decision == "conflict":
        firsts = checked.firsts or ()
        rows = ", ".join(map(str, firsts)) + (", …" if len(firsts) == NAMED else "")
        message = tr("rows {rows} of this contact ask for different things", rows=rows)
        return row._replace(outcome=Outcome.HELD, code="conflict", message=message)
    if decision == "opted_out":
        message = tr("row {same_as} of this contact says not to call", same_as=same_as)
        return row._replace(outcome=Outcome.HELD, code=decision, message=message)
    if decision == "stricter":
        message = tr("row {same_as} was chosen: of the rows of this contact it is the strictest", same_as=same_as)
        return row._replace(outcome=Outcome.DUPLICATE, code="overruled", message=message, same_as=same_as)
    message = (
        tr("row {same_as} asks for the same", same_as=same_as)
        if decision == "same_contact"
        else tr("row {same_as} was chosen", same_as=same_as)
    )
    return row._replace(outcome=Outcome.DUPLICATE, code=decision, message=message, same_as=same_as)
