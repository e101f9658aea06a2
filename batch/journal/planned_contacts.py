"""The contacts of a plan: what each was when it was read, in the journal of a plan and in that of the run that applies
it.

Owns: this SQL. A run that applies a plan keeps, in `expected`, what each contact must still be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from batch.guayaba.contact import Contact
from batch.journal.journal import Journal
from batch.journal.row_queries import decode_change
from batch.model import ContactChange, Outcome

_COLUMNS: Final = (
    "r.ordinal, r.number, r.cells, r.contact, r.phone, r.ask, r.outcome, r.code, r.message, r.same_as, r.repair,"
    " r.account, b.contact, b.at, e.ask FROM rows r LEFT JOIN before b ON b.ordinal = r.ordinal"
    " LEFT JOIN expected e ON e.ordinal = r.ordinal"
)


class PlannedContact(NamedTuple):
    """A row of a plan, and its contact as it was read (`read_at`: epoch seconds)."""

    ordinal: int
    number: int
    cells: tuple[str | None, ...]
    contact: str | None
    phone: str | None
    change: ContactChange | None
    #: `None`: its call is made.
    outcome: Outcome | None
    code: str
    message: str
    same_as: int | None
    repair: str
    account: str
    seen: Contact | None
    read_at: float | None
    #: Further contacts of the number, in its other forms.
    others: tuple[Contact, ...] = ()


class ExpectedContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a plan says of the contact of a row."""

    #: Those that hold the number; none: the plan saw no contact.
    contacts: tuple[Contact, ...] = ()
    #: False: the plan makes no call for it.
    is_sent: bool = True


def planned_contacts(journal: Journal) -> Iterator[PlannedContact]:
    """Yield every row of the plan in `journal`, in input order."""
    return map(_build_planned, journal._select(f"SELECT {_COLUMNS} ORDER BY r.ordinal"))


def page_of_plan(journal: Journal, code: str, offset: int, count: int) -> list[PlannedContact]:
    """Up to `count` rows of the plan in `journal` behind the first `offset`, in input order: those whose calls are made
    or, with a `code`, those that have it and make none."""
    which, values = ("outcome IS NOT NULL AND code = ?", (code,)) if code else ("outcome IS NULL", ())
    # The page is found in one table, and only its rows are joined with their contacts.
    page = f"SELECT ordinal FROM rows WHERE {which} ORDER BY ordinal LIMIT ? OFFSET ?"
    rows = journal._select(
        f"SELECT {_COLUMNS} WHERE r.ordinal IN ({page}) ORDER BY r.ordinal", (*values, count, offset)
    )
    return [_build_planned(row) for row in rows]


def count_planned_by_code(journal: Journal) -> dict[str, int]:
    """How many rows of the plan have each code and make no call."""
    return dict(journal._select("SELECT code, count(*) FROM rows WHERE outcome IS NOT NULL GROUP BY code"))


def listed_contacts(journal: Journal, account: str, after: int, count: int) -> list[PlannedContact]:
    """Up to `count` rows of `account` after ordinal `after` that are to be sent and whose contacts were read."""
    return _pending(journal, account, after, count, "b.ordinal IS NOT NULL")


def unread_contacts(journal: Journal, account: str, after: int, count: int) -> list[PlannedContact]:
    """Up to `count` rows of `account` after ordinal `after` that are to be sent and whose contacts were not read."""
    return _pending(journal, account, after, count, "b.ordinal IS NULL")


def _pending(journal: Journal, account: str, after: int, count: int, condition: str) -> list[PlannedContact]:
    rows = journal._select(
        f"SELECT {_COLUMNS} WHERE r.outcome IS NULL AND r.account = ? AND r.ordinal > ? AND {condition}"
        " ORDER BY r.ordinal LIMIT ?",
        (account, after, count),
    )
    return [_build_planned(row) for row in rows]


def count_unread(journal: Journal) -> int:
    """How many rows are to be sent and have no contact that was read."""
    ((rows,),) = journal._select(
        "SELECT count(*) FROM rows r LEFT JOIN before b ON b.ordinal = r.ordinal"
        " WHERE r.outcome IS NULL AND b.ordinal IS NULL"
    )
    return int(rows)


def expect_contacts(journal: Journal, expected: Iterable[tuple[int, ExpectedContact]]) -> None:
    """Record what the contacts of rows (by ordinal) must still be. All of it, or nothing."""
    with journal._writing():
        journal.db.executemany(
            "INSERT OR REPLACE INTO expected (ordinal, ask) VALUES (?,?)",
            ((ordinal, msgspec.json.encode(each)) for ordinal, each in expected),
        )


def expected_contact(journal: Journal, ordinal: int) -> ExpectedContact | None:
    """What the plan says of the contact of a row; `None` where the row is not of a plan."""
    for (expected,) in journal._select("SELECT ask FROM expected WHERE ordinal = ?", (ordinal,)):
        return msgspec.json.decode(expected, type=ExpectedContact)
    return None


def rows_without_planned_call(journal: Journal) -> list[int]:
    """The ordinals of the pending rows for which the plan makes no call."""
    rows = journal._select(
        "SELECT e.ordinal FROM expected e JOIN rows r ON r.ordinal = e.ordinal WHERE r.outcome IS NULL"
        " AND NOT e.is_sent"
    )
    return [ordinal for (ordinal,) in rows]


def _build_planned(row: tuple[Any, ...]) -> PlannedContact:
    (
        ordinal, number, cells, contact, phone, change, outcome, code, message, same_as, repair, account, seen, read_at,
        expected,
    ) = row  # fmt: skip
    return PlannedContact(
        ordinal,
        number,
        msgspec.json.decode(cells, type=tuple[str | None, ...]),
        contact,
        phone,
        decode_change(change),
        None if outcome is None else Outcome(outcome),
        code,
        message,
        same_as,
        repair,
        account,
        None if seen is None else msgspec.json.decode(seen, type=Contact),
        read_at,
        () if expected is None else msgspec.json.decode(expected, type=ExpectedContact).contacts[1:],
    )
