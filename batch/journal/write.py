"""The SQL statements that write each kind of entry into a journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from batch.guayaba.contact import Contact
from batch.guayaba.number_forms import siblings
from batch.journal.entries import AttemptFinished, AttemptStarted, ContactListed, ListPagesRead, PauseRecorded

_RESULT: Final = (
    "UPDATE rows SET outcome = ?, code = ?, message = ?, attempts = ?, in_doubt = ?, status = ?,"
    " contact_id = coalesce(?, contact_id), finished_at = ? WHERE ordinal = ?"
)

RowEntry = AttemptStarted | AttemptFinished | ContactListed | ListPagesRead | PauseRecorded


def write_entries(connection: sqlite3.Connection, entries: Iterable[RowEntry]) -> None:
    """Write `entries`, inside the caller's transaction, those of one row in their order.

    Attempts, most of all entries, are written together: a statement for many rows costs half of one for each.
    """
    started: list[AttemptStarted] = []
    finished: list[AttemptFinished] = []
    rows: set[int] = set()  # of both
    for entry in entries:
        ordinal = 0
        if isinstance(entry, AttemptStarted):
            ordinal = entry.ordinal
        elif isinstance(entry, AttemptFinished) and entry.attempt is not None:
            ordinal = entry.result.ordinal
        if not ordinal or ordinal in rows:
            _write_attempts(connection, started, finished)
            started, finished, rows = [], [], set()
        rows.add(ordinal)
        if isinstance(entry, AttemptStarted):
            started.append(entry)
        elif ordinal:
            assert isinstance(entry, AttemptFinished)
            finished.append(entry)
        else:
            _write_other(connection, entry)
    _write_attempts(connection, started, finished)


def _write_attempts(
    connection: sqlite3.Connection, started: Sequence[AttemptStarted], finished: Sequence[AttemptFinished]
) -> None:
    """Write the start or the end of an attempt of each of several rows."""
    if started:
        connection.executemany("INSERT INTO attempts (ordinal, attempt, sent_at) VALUES (?,?,?)", started)
        connection.executemany(
            "UPDATE rows SET in_doubt = 1, attempts = ? WHERE ordinal = ?",
            [(attempt, ordinal) for ordinal, attempt, _ in started],
        )
    if finished:
        connection.executemany(
            "UPDATE attempts SET sent_at = coalesce(?, sent_at), seen_at = ?, status = ?, verdict = ? WHERE id ="
            " (SELECT max(id) FROM attempts WHERE ordinal = ?)",
            [(left, at, result.status, result.verdict, result.ordinal) for result, _, at, left, _ in finished],
        )
        connection.executemany(_RESULT, [_result(entry) for entry in finished])


def _write_other(connection: sqlite3.Connection, entry: RowEntry) -> None:
    match entry:
        case AttemptFinished():
            _write_read(connection, entry)
        case ContactListed():
            _write_listed(connection, entry)
        case ListPagesRead(at, pages):
            # Reads of no particular row: they count as reads.
            page = (0, at, 200, "listed")
            connection.executemany("INSERT INTO looks (ordinal, at, status, verdict) VALUES (?,?,?,?)", [page] * pages)
        case PauseRecorded():
            connection.execute("INSERT INTO pauses (since, until, why) VALUES (?,?,?)", entry)


def _write_read(connection: sqlite3.Connection, entry: AttemptFinished) -> None:
    """Write what a read of a contact came to."""
    result = entry.result
    connection.execute(
        "INSERT INTO looks (ordinal, at, status, verdict) VALUES (?,?,?,?)",
        (result.ordinal, entry.at, result.status, result.verdict),
    )
    if entry.before is not None and result.attempts:
        _write_before_other(connection, result.ordinal, entry.at, entry.before)
    elif entry.before is not None:
        connection.execute(
            "INSERT OR REPLACE INTO before (ordinal, at, contact) VALUES (?,?,?)",
            (result.ordinal, entry.at, msgspec.json.encode(entry.before)),
        )
    connection.execute(_RESULT, _result(entry))


def _result(entry: AttemptFinished) -> tuple[object, ...]:
    """The values of `_RESULT`."""
    result = entry.result
    return (
        result.outcome,
        result.code,
        result.message,
        result.attempts,
        result.in_doubt,
        result.status,
        result.contact_id,
        entry.at if result.outcome else None,
        result.ordinal,
    )


def _write_before_other(connection: sqlite3.Connection, ordinal: int, at: float, seen: Contact) -> None:
    """Keep what the contact `seen` was, where it is not the first one of its row, but has another form of its number.
    The first read counts: later ones may follow a write."""
    first = connection.execute("SELECT contact FROM before WHERE ordinal = ?", (ordinal,)).fetchone()
    if first is None or seen.phone_number is None:
        return
    number = msgspec.json.decode(first[0], type=Contact).phone_number
    if number is not None and number in siblings(seen.phone_number):
        connection.execute(
            "INSERT OR IGNORE INTO before_others (ordinal, phone, at, contact) VALUES (?,?,?,?)",
            (ordinal, seen.phone_number, at, msgspec.json.encode(seen)),
        )


def _write_listed(connection: sqlite3.Connection, listed: ContactListed) -> None:
    if listed.seen is None:
        connection.execute("DELETE FROM before WHERE ordinal = ?", (listed.ordinal,))
        return
    connection.execute(
        "INSERT OR REPLACE INTO before (ordinal, at, contact) VALUES (?,?,?)",
        (listed.ordinal, listed.at, msgspec.json.encode(listed.seen)),
    )
    if listed.outcome is not None:
        connection.execute(
            "UPDATE rows SET outcome = ?, code = ?, message = ?, contact_id = ?, finished_at = ?"
            " WHERE ordinal = ? AND outcome IS NULL AND attempts = 0",
            (listed.outcome, listed.code, listed.message, listed.seen.id, listed.at, listed.ordinal),
        )
