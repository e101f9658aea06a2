"""Queries for the contact snapshot: which rows a list of the team's contacts is about, and how many it lacks.

Owns: this SQL, on a journal of today's version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from batch.guayaba.contact import Contact
from batch.journal.journal import Journal
from batch.model import ContactChange

#: A row that was not sent yet.
_NOT_SENT: Final = "r.account = ? AND r.outcome IS NULL AND r.attempts = 0"
#: A row whose contact no other row is about, by number or by id: the snapshot says nothing of what is left after the
#: first of several rows.
_ONLY_ROW: Final = """NOT EXISTS (
    SELECT 1 FROM rows o WHERE o.contact IN (r.contact, lower(b.seen_id), b.seen_phone)
    AND o.account = r.account AND o.outcome IS NULL AND o.ordinal <> r.ordinal)"""
#: A row that names an id, and no number but one that is to be set.
_ID_ONLY: Final = "r.contact NOT LIKE '+%' AND (r.phone IS NULL OR r.new_phone IS NOT NULL)"
#: A row that starts outreach, or that merges variables into those of the contact.
_READ_REQUIRED: Final = "(r.turn = 2 OR r.sends_variables = 1)"
#: A row that would take DNC from a contact that has it.
_LIFTS_DNC: Final = "lower(coalesce(r.new_status, 'DNC')) <> 'dnc'"


class UnsentRow(NamedTuple):
    """A row that was not sent yet."""

    ordinal: int
    contact: str
    change: ContactChange


def unsent_rows(
    journal: Journal, account: str, contacts: Sequence[str], since: float
) -> list[tuple[UnsentRow, str | None]]:
    """The unsent rows of these contacts (E.164 or lower-case UUID), each with the id that was read for it at `since`
    (epoch seconds) or later."""
    rows = journal._select(
        "SELECT r.ordinal, r.contact, r.ask, b.seen_id FROM rows r"
        f" LEFT JOIN before b ON b.ordinal = r.ordinal AND b.at >= ? WHERE {_NOT_SENT}"
        f" AND r.contact IN ({','.join('?' * len(contacts))})",
        (since, account, *contacts),
    )
    return [
        (UnsentRow(ordinal, contact, _decode_change(change)), known_id) for ordinal, contact, change, known_id in rows
    ]


def unsent_rows_with_contact(journal: Journal, account: str) -> list[tuple[UnsentRow, float, Contact]]:
    """The unsent rows whose contact was read and has no other row, with the time (epoch seconds) and the contact."""
    rows = journal._select(
        "SELECT r.ordinal, r.contact, r.ask, b.at, b.contact FROM rows r JOIN before b ON b.ordinal = r.ordinal"
        f" WHERE {_NOT_SENT} AND NOT r.in_doubt AND {_ONLY_ROW}",
        (account,),
    )
    return [
        (UnsentRow(ordinal, contact, _decode_change(change)), read_at, msgspec.json.decode(seen, type=Contact))
        for ordinal, contact, change, read_at, seen in rows
    ]


def needs_list(journal: Journal, account: str, *, reads_all: bool, for_dnc: bool) -> bool:
    """True where a pending row that must be read (with `reads_all`: any; with `for_dnc`: also one that could take DNC
    from its contact) can be read only after the list has shown the number of its contact."""
    required = "1" if reads_all else f"({_READ_REQUIRED} OR {_LIFTS_DNC})" if for_dnc else _READ_REQUIRED
    sql = f"SELECT 1 FROM rows r WHERE r.account = ? AND r.outcome IS NULL AND {_ID_ONLY} AND {required} LIMIT 1"
    return bool(list(journal._select(sql, (account,))))


def rows_not_listed(journal: Journal, account: str) -> list[int]:
    """The ordinals of the pending rows of `account` that have no contact that was read."""
    rows = journal._select(
        "SELECT ordinal FROM rows r WHERE account = ? AND outcome IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM before b WHERE b.ordinal = r.ordinal)",
        (account,),
    )
    return [ordinal for (ordinal,) in rows]


def _decode_change(encoded: bytes) -> ContactChange:
    return msgspec.json.decode(encoded, type=ContactChange)
