"""The two names of one contact, its number and its id, as far as responses of the API showed them together.

Owns: which number and which id are one contact, by the journals of several runs.

A row of a run by phone and one of a run by id can be about one contact. Only the API knows: a number that a file wrote
beside an id proves nothing. Numbers move to other contacts, so the newest response counts: two names are one contact's
where it showed each of them last beside the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

_TABLES: Final = """
CREATE TEMP TABLE IF NOT EXISTS seen_as (account TEXT, phone TEXT, id TEXT, at REAL);
DELETE FROM seen_as;
CREATE TEMP TABLE IF NOT EXISTS one_contact (account TEXT, name TEXT, other TEXT, PRIMARY KEY (account, name));
DELETE FROM one_contact;
CREATE TEMP TABLE IF NOT EXISTS same_key (here TEXT, there TEXT);
"""
#: A row by phone whose response named an id; and one that gave its contact another number.
_FROM_RESPONSES: Final = """
INSERT INTO seen_as SELECT k.here, coalesce(r.new_phone, r.contact),
lower(iif(r.contact LIKE '+%', r.contact_id, r.contact)), r.finished_at
FROM {prefix}rows r JOIN same_key k ON r.account = k.there
WHERE r.finished_at IS NOT NULL AND (r.contact_id IS NOT NULL OR r.contact NOT LIKE '+%')
AND iif(r.new_phone IS NULL, r.contact LIKE '+%', r.outcome = 'succeeded')
"""
#: A contact that was read before its row was sent.
_FROM_READS: Final = """
INSERT INTO seen_as SELECT k.here, b.seen_phone, lower(b.seen_id), b.at
FROM {prefix}before b JOIN {prefix}rows r ON r.ordinal = b.ordinal JOIN same_key k ON r.account = k.there
WHERE b.seen_phone IS NOT NULL AND b.seen_id IS NOT NULL
"""
#: With max(at), SQLite takes the other columns from the row that has it ("Bare columns in an aggregate query").
_RESOLVE: Final = """
INSERT INTO one_contact
WITH number AS (SELECT account, phone, id, max(at) FROM seen_as GROUP BY account, phone),
     known_id AS (SELECT account, id, phone, max(at) FROM seen_as GROUP BY account, id),
     pair AS (SELECT n.account, n.phone, n.id FROM number n JOIN known_id i
              ON i.account = n.account AND i.id = n.id AND i.phone = n.phone)
SELECT account, phone, id FROM pair UNION ALL SELECT account, id, phone FROM pair
"""


def reset_names(connection: sqlite3.Connection) -> None:
    """Forget all names. The tables are temporary: they are this connection's, and not in its file."""
    connection.executescript(_TABLES)


def fill_same_key(connection: sqlite3.Connection, pairs: Iterable[tuple[str, str]]) -> None:
    """Fill `same_key` (here, there): the accounts that have one key in the reader's run and in another journal."""
    connection.execute("DELETE FROM same_key")
    connection.executemany("INSERT INTO same_key VALUES (?, ?)", pairs)


def collect_names(connection: sqlite3.Connection, prefix: str) -> None:
    """Add the names that the tables `{prefix}rows` and `{prefix}before` show together, of the accounts in
    `same_key`."""
    for statement in (_FROM_RESPONSES, _FROM_READS):
        connection.execute(statement.format(prefix=prefix))


def resolve_names(connection: sqlite3.Connection) -> None:
    """Fill `one_contact` (account, name, other): each name of a contact beside its other name."""
    connection.execute(_RESOLVE)
