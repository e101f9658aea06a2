"""The rows of a plan in a journal: what was read from a source, and in which order it is sent.

Owns: the values of a row before its first attempt, its turn, whether it is in doubt.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
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
            "INSERT INTO rows (ordinal, number, cells, contact, phone, ask, outcome, code, message, same_as,"
            " repair, in_doubt, account, turn, new_status, new_campaign, new_phone, sends_variables)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (_row_values(index, row, stopping_statuses) for index, row in enumerate(batch, start=ordinal + 1)),
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


def _row_values(ordinal: int, row: PlannedRow, stopping_statuses: Collection[str]) -> tuple[object, ...]:
    change = row.change or ContactChange()
    return (
        ordinal,
        row.number,
        msgspec.json.encode(row.cells),
        row.contact,
        row.phone,
        None if row.change is None else msgspec.json.encode(row.change),
        row.outcome,
        row.code,
        row.message,
        row.same_as,
        row.repair,
        row.in_doubt,
        row.account,
        OutreachEffect.STOPS if row.change is None else outreach_effect(row.change, stopping_statuses),
        change.status,
        change.campaign_id,
        change.phone_number,
        1 + change.replace_variables if change.variables else 0,
    )
