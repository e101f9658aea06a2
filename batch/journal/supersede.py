"""An older wish never overwrites a newer one: rows whose contact a later run wrote.

Owns: when a later success takes the place of a row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from batch.errors import JournalBroken

_WITHDRAWN: Final = """
CREATE TEMP TABLE IF NOT EXISTS withdrawn (run TEXT, number INTEGER, PRIMARY KEY (run, number));
DELETE FROM withdrawn;
"""
#: What an undo has put back, of the run that it undid and of its own.
_PUT_BACK: Final = """
INSERT OR IGNORE INTO withdrawn SELECT ?, number FROM later.rows
WHERE outcome = 'succeeded' OR (outcome = 'unchanged' AND code = 'already_so')
"""
_PLAN: Final = (
    "SELECT json_extract(CAST(value AS TEXT), '$.run'), json_extract(CAST(value AS TEXT), '$.verb'),"
    " json_extract(CAST(value AS TEXT), '$.parent') FROM later.meta WHERE key = 'plan'"
)
#: A later success takes the place of an older wish only where it said something about all that the wish asks: a later
#: change of campaign leaves an older DNC as it is. One contact is one number or id under one key; a later row that knew
#: it by its other name counts as well, unless that row gave it another number. What was undone since does not count,
#: and neither does its undo: nothing newer is left of the two. `{wish}` is the older row.
_SAID_SINCE: Final = """EXISTS (
    SELECT 1 FROM later.rows AS l, json_each(?2) AS same_key
    WHERE l.outcome IN ('succeeded', 'unchanged')
    AND l.contact IN (SELECT {wish}.contact UNION ALL SELECT c.other FROM temp.one_contact AS c
        WHERE c.account = {wish}.account AND c.name = {wish}.contact)
    AND NOT EXISTS (SELECT 1 FROM temp.withdrawn AS w WHERE w.run = ?4 AND w.number = l.number)
    AND (l.contact = {wish}.contact OR json_extract(CAST(l.ask AS TEXT), '$.phone_number') IS NULL)
    AND {wish}.account = json_extract(same_key.value, '$[0]') AND {theirs} = json_extract(same_key.value, '$[1]')
    AND NOT EXISTS (
        SELECT 1 FROM json_each(CAST({wish}.ask AS TEXT)) AS asked
        WHERE asked.key NOT IN (SELECT key FROM json_each(CAST(l.ask AS TEXT))))
    AND (json_extract(CAST(l.ask AS TEXT), '$.replace_variables') OR NOT EXISTS (
        SELECT 1 FROM json_each(CAST({wish}.ask AS TEXT), '$.variables') AS asked
        WHERE asked.key NOT IN (SELECT key FROM json_each(CAST(l.ask AS TEXT), '$.variables')))))
"""


def newer_write_condition(connection: sqlite3.Connection, wish: str) -> str:
    """The condition, in SQL, that the journal attached as `later` said something newer about all that the row `wish`
    asks. Its parameters ?2 and ?4 are the accounts that have one key here and there, as JSON, and the later run's name.
    """
    named = connection.execute("SELECT 1 FROM pragma_table_info('rows', 'later') WHERE name = 'account'").fetchone()
    return _SAID_SINCE.format(wish=wish, theirs="l.account" if named else "''")  # version 1 had no accounts


def reset(connection: sqlite3.Connection) -> None:
    """Begin anew: no later run was undone. The table is this connection's alone, and not in its file."""
    connection.executescript(_WITHDRAWN)


def note_undone(connection: sqlite3.Connection, later: Collection[str]) -> None:
    """Take in which rows of the runs called `later` the attached journal has put back, if it is that of an undo."""
    for run, verb, parent in connection.execute(_PLAN).fetchall():
        if verb == "undo" and parent in later:
            for name in (run, parent):
                connection.execute(_PUT_BACK, (name,))


def run_name(connection: sqlite3.Connection) -> str:
    """The name of the run whose journal is attached."""
    return str(connection.execute(_PLAN).fetchone()[0])


@contextmanager
def attach(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """The journal at `path` is beside the one of `connection`, to be read, as `later`; outside of any transaction.

    Raises JournalBroken where it cannot be: what was written since is not known then.
    """
    try:
        connection.execute("ATTACH ? AS later", (f"file:{quote(str(path))}?mode=ro",))
    except sqlite3.Error as fault:
        raise JournalBroken(
            f"the journal of a later run, {path}, cannot be read: {fault}. What that run wrote could be written over,"
            " so nothing is sent.",
            tip="make the file readable, or move that run's folder away if it wrote nothing that matters here.",
        ) from fault
    try:
        yield
    finally:
        connection.execute("DETACH later")


def supersede(connection: sqlite3.Connection, path: Path, same_key: Sequence[tuple[str, str]], at: float) -> int:
    """How many rows without a final word were settled as `superseded`, inside the caller's transaction, by what the
    attached journal at `path` says. `same_key`: the accounts that have one key here and there."""
    return connection.execute(
        "UPDATE rows SET outcome = 'superseded', code = 'superseded', message = ?1, finished_at = ?3, in_doubt = 0"
        f" WHERE outcome IS NULL AND {newer_write_condition(connection, 'rows')}",
        (f"written by {path.parent.name}", msgspec.json.encode(same_key).decode(), at, run_name(connection)),
    ).rowcount
