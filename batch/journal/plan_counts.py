"""Counts of the rows that a session is about to send, for the plan that a person confirms.

Owns: which pending rows those are within a limit, and the SQL that counts them by change and by what must be read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from batch.guayaba.requests import OutreachEffect
from batch.journal.entries import ChangeCount
from batch.journal.journal import Journal
from batch.model import ContactChange

#: The rows that are sent: the first of each effect in file order, without those that need no call. ?1: their ordinals;
#: ?2 to ?4: how many of each effect.
_PLANNED: Final = """
WITH planned AS (SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY turn ORDER BY ordinal) AS place FROM rows
    WHERE outcome IS NULL AND ordinal NOT IN (SELECT value FROM json_each(?1)))
WHERE place <= CASE turn WHEN 0 THEN ?2 WHEN 1 THEN ?3 ELSE ?4 END)
"""
#: The same where all of them are sent, which needs no order.
_ALL_PLANNED: Final = """
WITH planned AS (SELECT * FROM rows WHERE outcome IS NULL AND ordinal NOT IN (SELECT value FROM json_each(?1)))
"""


class PlannedRows(NamedTuple):
    """The rows that a session is about to send: so many of each effect, without the ordinals in `without`. `all`: as
    many as there are."""

    by_effect: Sequence[int]
    without: Collection[int] = ()
    all: bool = False


class ReadCount(NamedTuple):
    """Rows that make one change: how many, whether a number is known to read them by, and whether they were read."""

    change: ContactChange
    by_number: bool
    has_phone: bool
    was_read: bool
    rows: int


def select_planned(journal: Journal, limit: int | None, without: Collection[int]) -> PlannedRows:
    """The pending rows, but for those `without` a call, in the order of sending; at most `limit` of them."""
    rows = journal._select(
        "SELECT turn, count(*) FROM rows WHERE outcome IS NULL AND ordinal NOT IN (SELECT value FROM json_each(?))"
        " GROUP BY turn",
        (_as_json(without),),
    )
    pending = dict(rows)
    left = sum(pending.values()) if limit is None else limit
    taken = []
    for effect in OutreachEffect:
        taken.append(min(pending.get(effect, 0), left))
        left -= taken[-1]
    return PlannedRows(taken, without, all=limit is None)


def count_changes(journal: Journal, planned: PlannedRows) -> list[ChangeCount]:
    """What the `planned` rows set, counted by status and campaign, in the order of sending."""
    rows = _select(
        journal,
        "SELECT turn, new_status, new_campaign, count(*) FROM planned"
        " GROUP BY turn, new_status, new_campaign ORDER BY turn, count(*) DESC",
        planned,
    )
    return [ChangeCount(OutreachEffect(turn), *rest) for turn, *rest in rows]


def count_by_account(journal: Journal, planned: PlannedRows) -> dict[str, int]:
    """How many of the `planned` rows each account has."""
    return dict(_select(journal, "SELECT account, count(*) FROM planned GROUP BY account", planned))


def count_by_read(journal: Journal, planned: PlannedRows) -> Iterator[ReadCount]:
    """Yield the `planned` rows that were never sent, counted by change and by how their contacts can be read."""
    rows = _select(
        journal,
        "SELECT p.ask, p.contact LIKE '+%' AS by_number, p.phone IS NOT NULL AS has_phone,"
        " b.ordinal IS NOT NULL AS was, count(*) FROM planned p LEFT JOIN before b ON b.ordinal = p.ordinal"
        " WHERE p.attempts = 0"
        " GROUP BY p.ask, by_number, has_phone, was",
        planned,
    )
    for change, by_number, has_phone, was_read, count in rows:
        decoded = msgspec.json.decode(change, type=ContactChange)
        yield ReadCount(decoded, bool(by_number), bool(has_phone), bool(was_read), count)


def _select(journal: Journal, sql: str, planned: PlannedRows) -> Iterator[tuple[Any, ...]]:
    without = _as_json(planned.without)
    if planned.all:
        return journal._select(_ALL_PLANNED + sql, (without,))
    return journal._select(_PLANNED + sql, (without, *planned.by_effect))


def _as_json(ordinals: Collection[int]) -> str:
    return msgspec.json.encode(sorted(ordinals)).decode()
