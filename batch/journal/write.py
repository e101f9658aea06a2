"""How what happens to rows is written into the tables of a journal.

Owns: the statements of each kind of entry.
"""

from __future__ import annotations

import sqlite3

import msgspec

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


def _write_attempt(connection: sqlite3.Connection, found: AttemptFinished) -> None:
    if found.attempt is None:
        connection.execute(
            "INSERT INTO looks (ordinal, at, status, verdict) VALUES (?,?,?,?)",
            (found.ordinal, found.at, found.status, found.verdict),
        )
        if found.before is not None:
            connection.execute(
                "INSERT OR REPLACE INTO before (ordinal, at, contact) VALUES (?,?,?)",
                (found.ordinal, found.at, msgspec.json.encode(found.before)),
            )
    else:
        connection.execute(
            "UPDATE attempts SET sent_at = coalesce(?, sent_at), seen_at = ?, status = ?, verdict = ? WHERE id ="
            " (SELECT max(id) FROM attempts WHERE ordinal = ?)",
            (found.left_at, found.at, found.status, found.verdict, found.ordinal),
        )
    connection.execute(
        "UPDATE rows SET outcome = ?, code = ?, message = ?, attempts = ?, in_doubt = ?, status = ?,"
        " contact_id = coalesce(?, contact_id), finished_at = ? WHERE ordinal = ?",
        (
            found.outcome,
            found.code,
            found.message,
            found.attempts,
            found.in_doubt,
            found.status,
            found.contact_id,
            found.at if found.outcome else None,
            found.ordinal,
        ),
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
