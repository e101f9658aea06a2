"""Queries about the rows of a journal, by what they are for: rerun, undo, history, input drift, a run by id.

Owns: this SQL. The journal may be of any version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from batch.guayaba.contact import Contact
from batch.journal.journal import Journal
from batch.journal.read import FATE, OUTCOME
from batch.model import AttemptRecord, ContactChange, Outcome

#: The ids that a run learned of a contact. In a run by id they are the contacts themselves.
_CONTACT_IDS: Final = (
    "SELECT coalesce(contact_id, iif(contact LIKE '+%', NULL, contact)) FROM rows WHERE contact = ?1"
    " UNION SELECT coalesce(contact_id, iif(contact LIKE '+%', NULL, contact)) FROM rows WHERE phone = ?1"
)
_CONTACT_ROWS: Final = f"""
SELECT r.ordinal, r.number, r.ask, {OUTCOME}, r.code, r.message, r.same_as, r.finished_at, r.account
FROM rows r WHERE r.ordinal IN (
    SELECT ordinal FROM rows WHERE contact IN (SELECT value FROM json_each(?))
    UNION SELECT ordinal FROM rows WHERE phone = ?)
ORDER BY r.ordinal
"""


class SentRow(NamedTuple):
    """A row as an undo reads it. `before` is its contact as it was read before the first attempt, `others` are further
    contacts that hold its number in another form and were written, too."""

    number: int
    cells: tuple[str | None, ...]
    contact: str | None
    phone: str | None
    change: ContactChange | None
    outcome: Outcome
    same_as: int | None
    account: str
    attempts: int
    before: Contact | None
    others: tuple[Contact, ...] = ()


def row_label(journal: Journal, ordinal: int) -> tuple[int, str]:
    """The number of the row at `ordinal`, as the spreadsheet shows it, and its phone or the id of its contact."""
    found = journal.db.execute(
        "SELECT number, coalesce(phone, contact, '') FROM rows WHERE ordinal = ?", (ordinal,)
    ).fetchone()
    return found or (0, "")


class RowHistory(NamedTuple):
    """A row about one contact: what it set, and its outcome if the run ended now. `finished_at`: epoch seconds."""

    number: int
    change: ContactChange | None
    outcome: Outcome
    code: str
    message: str
    same_as: int | None
    finished_at: float | None
    account: str
    attempts: tuple[AttemptRecord, ...]


def sent_rows(journal: Journal) -> Iterator[SentRow]:
    """Yield every row of the run in input order."""
    rows = journal._select(
        "SELECT r.number, r.cells, r.contact, r.phone, r.ask, coalesce(r.outcome, 'pending'), r.same_as, r.account,"
        " r.attempts, b.contact, (SELECT json_group_array(CAST(o.contact AS TEXT)) FROM before_others o"
        " WHERE o.ordinal = r.ordinal) FROM rows r LEFT JOIN before b ON b.ordinal = r.ordinal ORDER BY r.ordinal"
    )
    for number, cells, contact, phone, change, outcome, same_as, account, attempts, before, others in rows:
        yield SentRow(
            number, msgspec.json.decode(cells, type=tuple[str | None, ...]), contact, phone, decode_change(change),
            Outcome(outcome), same_as, account, attempts,
            None if before is None else msgspec.json.decode(before, type=Contact),
            tuple(msgspec.json.decode(each, type=Contact) for each in msgspec.json.decode(others, type=list[str])),
        )  # fmt: skip


def row_fates(journal: Journal) -> Iterator[tuple[str, str | None, Outcome]]:
    """Yield (account, contact, outcome if the run ended now) of every row in input order; a duplicate has the outcome
    of the row that it was folded into. `contact` is `None` where the row names none."""
    rows = journal._select(f"SELECT r.account, r.contact, {FATE} FROM rows r ORDER BY r.ordinal")
    for account, contact, outcome in rows:
        yield account, contact, Outcome(outcome)


def contact_ids(journal: Journal, phone: str) -> set[str]:
    """The ids that the run learned of the contact with `phone` (E.164)."""
    return {known for (known,) in journal._select(_CONTACT_IDS, (phone,)) if known}


def contact_rows(journal: Journal, phone: str, ids: Iterable[str]) -> Iterator[RowHistory]:
    """Yield the rows about the contact with `phone` (E.164) or one of `ids`, in input order, with their attempts."""
    names = msgspec.json.encode(sorted({phone, *ids})).decode()
    rows = list(journal._select(_CONTACT_ROWS, (names, phone)))
    for ordinal, number, change, outcome, code, message, same_as, finished_at, account in rows:
        attempts = journal._select(
            "SELECT sent_at, seen_at, status, verdict FROM attempts WHERE ordinal = ? ORDER BY id", (ordinal,)
        )
        records = tuple(AttemptRecord(number, *each) for each in attempts)
        yield RowHistory(
            number, decode_change(change), Outcome(outcome), code, message, same_as, finished_at, account, records
        )


def fingerprinted_rows(journal: Journal) -> Iterator[tuple[int, tuple[str | None, ...], str | None, bool]]:
    """Yield (number, cells, contact, sent and settled) of every row, in input order."""
    rows = journal._select(
        "SELECT number, cells, contact, outcome IS NOT NULL AND attempts > 0 FROM rows ORDER BY ordinal"
    )
    for number, cells, contact, is_sent in rows:
        yield number, msgspec.json.decode(cells, type=tuple[str | None, ...]), contact, bool(is_sent)


def cells_by_number(journal: Journal, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield (number, cells as a JSON array) of the rows with these numbers."""
    yield from journal._select(
        "SELECT number, cells FROM rows WHERE number IN (SELECT value FROM json_each(?))", (_as_json(numbers),)
    )


def outcomes_by_number(journal: Journal, numbers: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield (number, name of its outcome if the run ended now) of the rows with these numbers."""
    yield from journal._select(
        f"SELECT r.number, {OUTCOME} FROM rows r WHERE r.number IN (SELECT value FROM json_each(?))",
        (_as_json(numbers),),
    )


def pending_numbers(journal: Journal) -> set[int]:
    """The numbers of the rows that a resume would send."""
    return {number for (number,) in journal._select("SELECT number FROM rows WHERE outcome IS NULL")}


def rows_digest(journal: Journal) -> str:
    """The digest of the contacts and their changes, whatever their order in the input."""
    digest = sha256()
    for account, contact, change in journal._select(
        "SELECT account, contact, ask FROM rows WHERE ask IS NOT NULL AND outcome IS NULL ORDER BY 1, 2, 3"
    ):
        digest.update(msgspec.json.encode([account, contact, change.decode()]))
    return digest.hexdigest()


def find_row(journal: Journal, account: str, contact: str) -> int | None:
    """The number of a row of `account` that names `contact` itself and was or will be sent."""
    rows = journal._select(
        "SELECT number FROM rows WHERE contact = ? AND account = ?"
        " AND (outcome IS NULL OR outcome NOT IN ('invalid', 'held', 'duplicate')) LIMIT 1",
        (contact, account),
    )
    return next((number for (number,) in rows), None)


def count_by_code(journal: Journal, outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many rows with one of these outcomes have each code."""
    return dict(
        journal._select(
            "SELECT code, count(*) FROM rows WHERE outcome IN (SELECT value FROM json_each(?)) GROUP BY code",
            (_as_json(outcomes),),
        )
    )


def decode_change(encoded: bytes | None) -> ContactChange | None:
    """The change that a row keeps as JSON."""
    return None if encoded is None else msgspec.json.decode(encoded, type=ContactChange)


def _as_json(values: Iterable[int] | Iterable[Outcome]) -> str:
    return msgspec.json.encode(list(values)).decode()
