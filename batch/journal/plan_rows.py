"""The rows of a plan in a journal: what was read from a source, and in which order it is sent.

Owns: the values of a row before its first attempt, its turn, whether it is in doubt.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from batch.guayaba.requests import OutreachEffect, outreach_effect
from batch.model import ContactChange, PlannedRow

#: The rows of one contact keep their order: none goes before an earlier one because its turn is earlier.
_KEEP_ORDER: Final = """
UPDATE rows SET turn = (
    SELECT max(e.turn) FROM rows AS e
    WHERE e.contact = rows.contact AND e.account = rows.account AND e.outcome IS NULL AND e.ordinal <= rows.ordinal)
WHERE outcome IS NULL AND contact IN (
    SELECT contact FROM rows WHERE outcome IS NULL GROUP BY contact HAVING count(*) > 1)
"""


def insert_rows(
    connection: sqlite3.Connection,
    batches: Iterable[Sequence[PlannedRow]],
    stopping_statuses: Collection[str],
    accounts: bool,
) -> int:
    """The number of rows written, inside the caller's transaction, into a journal that has none.

    `stopping_statuses` only stop outreach; `accounts`: the rows are for several keys.
    """
    ordinal = 0
    for batch in batches:
        connection.executemany(
            "INSERT INTO rows (ordinal, number, cells, contact, phone, outcome, code, message, same_as, repair,"
            " in_doubt, account, ask, turn, new_status, new_campaign, new_phone, sends_variables)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            _row_values(batch, ordinal + 1, stopping_statuses),
        )
        ordinal += len(batch)
    connection.execute("CREATE INDEX rows_by_number ON rows (number)")
    connection.execute("CREATE INDEX rows_by_contact ON rows (contact)")
    if accounts:
        connection.execute("CREATE INDEX rows_by_account ON rows (account, ordinal)")
    connection.execute(_KEEP_ORDER)
    # A duplicate in doubt puts the row that it was folded into in doubt: that is the row to be sent.
    connection.execute(
        "UPDATE rows SET in_doubt = 1 WHERE outcome IS NULL AND number IN"
        " (SELECT same_as FROM rows WHERE in_doubt AND same_as IS NOT NULL)"
    )
    return ordinal


def _row_values(
    batch: Sequence[PlannedRow], first: int, stopping_statuses: Collection[str]
) -> Iterator[tuple[object, ...]]:
    """Yield the values of the rows of `batch`, of which the first has the ordinal `first`."""
    last, of_change = None, _change_values(None, stopping_statuses)
    for ordinal, row in enumerate(batch, start=first):
        if row.change is not last:  # many rows have one change
            last, of_change = row.change, _change_values(row.change, stopping_statuses)
        yield (
            ordinal,
            row.number,
            msgspec.json.encode(row.cells),
            row.contact,
            row.phone,
            row.outcome,
            row.code,
            row.message,
            row.same_as,
            row.repair,
            row.in_doubt,
            row.account,
            *of_change,
        )


def _change_values(change: ContactChange | None, stopping_statuses: Collection[str]) -> tuple[object, ...]:
    """The values of the columns from `ask` on: the change, what it does to outreach, and what it sets."""
    if change is None:
        return None, OutreachEffect.STOPS, None, None, None, 0
    return (
        msgspec.json.encode(change),
        outreach_effect(change, stopping_statuses),
        change.status,
        change.campaign_id,
        change.phone_number,
        1 + change.replace_variables if change.variables else 0,
    )
