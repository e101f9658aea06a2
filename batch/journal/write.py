"""The SQL statements that write each kind of entry into a journal."""

from __future__ import annotations

import sqlite3

import msgspec

from batch.guayaba.contact import Contact
from batch.guayaba.number_forms import siblings
from batch.journal.entries import AttemptFinished, AttemptStarted, ContactListed, ListPagesRead, PauseRecorded


def write_entry(
    connection: sqlite3.Connection,
    entry: AttemptStarted | AttemptFinished | ContactListed | ListPagesRead | PauseRecorded,
) -> None:
    """Write `entry`, inside the caller's transaction."""
    match entry:
        case AttemptStarted():
            connection.execute("INSERT INTO attempts (ordinal, attempt, sent_at) VALUES (?,?,?)", entry)
            connection.execute(
                "UPDATE rows SET in_doubt = 1, attempts = ? WHERE ordinal = ?",
                (entry.attempt, entry.ordinal),
            )
        case AttemptFinished():
            _write_attempt(connection, entry)
        case ContactListed():
            _write_listed(connection, entry)
        case ListPagesRead(at, pages):
            # Reads of no particular row: they count as reads.
            page = (0, at, 200, "listed")
            connection.executemany("INSERT INTO looks (ordinal, at, status, verdict) VALUES (?,?,?,?)", [page] * pages)
        case PauseRecorded():
            connection.execute("INSERT INTO pauses (since, until, why) VALUES (?,?,?)", entry)


def _write_attempt(connection: sqlite3.Connection, entry: AttemptFinished) -> None:
    result = entry.result
    if entry.attempt is None:
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
    else:
        connection.execute(
            "UPDATE attempts SET sent_at = coalesce(?, sent_at), seen_at = ?, status = ?, verdict = ? WHERE id ="
            " (SELECT max(id) FROM attempts WHERE ordinal = ?)",
            (entry.left_at, entry.at, result.status, result.verdict, result.ordinal),
        )
    connection.execute(
        "UPDATE rows SET outcome = ?, code = ?, message = ?, attempts = ?, in_doubt = ?, status = ?,"
        " contact_id = coalesce(?, contact_id), finished_at = ? WHERE ordinal = ?",
        (
            result.outcome,
            result.code,
            result.message,
            result.attempts,
            result.in_doubt,
            result.status,
            result.contact_id,
            entry.at if result.outcome else None,
            result.ordinal,
        ),
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
