"""An older wish never overwrites a newer one: rows whose contact a later run wrote.

Owns: when a later success takes the place of a row.
Does not own: which runs are later (`runs/`), the transaction (`journal/`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from batch.errors import JournalBroken

#: A later success takes the place of an older wish only where it said something about all that the wish asks: a later
#: change of campaign leaves an older DNC as it is. One contact is one number (or id) under one key.
_SUPERSEDE: Final = """
UPDATE rows SET outcome = 'superseded', code = 'superseded', message = ?, finished_at = ?, in_doubt = 0
WHERE outcome IS NULL AND EXISTS (
    SELECT 1 FROM later.rows AS l, json_each(?) AS same_key
    WHERE l.contact = rows.contact AND l.outcome IN ('succeeded', 'unchanged')
    AND rows.account = json_extract(same_key.value, '$[0]') AND {theirs} = json_extract(same_key.value, '$[1]')
    AND NOT EXISTS (
        SELECT 1 FROM json_each(CAST(rows.ask AS TEXT)) AS asked
        WHERE asked.key NOT IN (SELECT key FROM json_each(CAST(l.ask AS TEXT))))
    AND (json_extract(CAST(l.ask AS TEXT), '$.replace_variables') OR NOT EXISTS (
        SELECT 1 FROM json_each(CAST(rows.ask AS TEXT), '$.variables') AS asked
        WHERE asked.key NOT IN (SELECT key FROM json_each(CAST(l.ask AS TEXT), '$.variables')))))
"""


@contextmanager
def attached(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
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
    named = connection.execute("SELECT 1 FROM pragma_table_info('rows', 'later') WHERE name = 'account'").fetchone()
    statement = _SUPERSEDE.format(theirs="l.account" if named else "''")  # version 1 had no accounts
    told = (f"written by {path.parent.name}", at, msgspec.json.encode(same_key).decode())
    return connection.execute(statement, told).rowcount
