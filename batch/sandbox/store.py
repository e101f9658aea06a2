"""The sandbox's SQLite file: contacts, campaigns, statuses and the schedule.

Owns: the tables, opening them, transactions, and rows <-> values. Does not own: the rules of a write
(`writes`), filters of a listing (`listing`), the logs in the same file (`ledger`).
A file survives kill -9: WAL, and a write is one transaction. It is not guarded against loss of power
(synchronous=OFF): a rehearsal server trades that for speed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from batch.sandbox.errors import SandboxError
from batch.sandbox.jsontext import encode
from batch.sandbox.model import ActionKind, Campaign, Contact, Pending, Status, Step

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS statuses (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL, color TEXT NOT NULL,
    is_terminal INTEGER NOT NULL, is_system INTEGER NOT NULL, display_order INTEGER NOT NULL,
    description TEXT, exclude_from_stats INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS campaigns (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL, steps TEXT NOT NULL,
    needs_email INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS contacts (
    id TEXT PRIMARY KEY, phone TEXT NOT NULL UNIQUE, name TEXT, timezone TEXT NOT NULL, status TEXT NOT NULL,
    campaign_id TEXT NOT NULL REFERENCES campaigns (id), variables TEXT NOT NULL, created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL, fulfilled_at TEXT, re_added_at TEXT, deleted_at TEXT, name_folded TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS contacts_created ON contacts (created_at, id);
CREATE TABLE IF NOT EXISTS schedule (
    id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id TEXT NOT NULL, campaign_id TEXT NOT NULL,
    kind TEXT NOT NULL, due_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS schedule_contact ON schedule (contact_id);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, key TEXT, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, body TEXT, class TEXT NOT NULL, status INTEGER, decided INTEGER, fault TEXT,
    counted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, request_id INTEGER NOT NULL, contact_id TEXT NOT NULL,
    phone TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL, action TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS actions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, request_id INTEGER NOT NULL, contact_id TEXT NOT NULL,
    phone TEXT NOT NULL, name TEXT NOT NULL, operation TEXT NOT NULL);
"""
_CONTACT = (
    "id, phone, name, timezone, status, campaign_id, variables, created_at, updated_at, fulfilled_at,"
    " re_added_at, deleted_at"
)
_WRITTEN = f"{_CONTACT}, name_folded".split(", ")
_INSERT = f"INTO contacts ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' * len(_WRITTEN))})"
_UPSERT = f"INSERT {_INSERT} ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{column} = excluded.{column}" for column in _WRITTEN[1:]
)


class Store:
    """One connection to the sandbox's tables; every method runs to its end without giving way."""

    def __init__(self, path: str | None) -> None:
        """Open or create the file at `path`; None keeps everything in memory.

        Raises SandboxError if the file cannot be opened, is not SQLite, or is of another layout.
        """
        try:
            # The server's loop may live in another thread than its builder; only one of them runs at a time.
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
            with ExitStack() as unless_usable:
                unless_usable.callback(self._db.close)
                self._lay_out(path)
                unless_usable.pop_all()
        except sqlite3.Error as error:
            raise SandboxError(
                f"--db {path} cannot be used ({error}). Name a new file in a folder that exists and is writable."
            ) from error

    def _lay_out(self, path: str | None) -> None:
        self._db.row_factory = sqlite3.Row
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        foreign = version == 0 and self._db.execute("SELECT 1 FROM sqlite_master").fetchone()
        if foreign or version not in (0, _VERSION):
            raise SandboxError(
                f"--db {path} is not a sandbox database of layout {_VERSION} (found: "
                f"{'tables of another program' if foreign else f'layout {version}'}). Name a new file."
            )
        # Only now: even WAL mode would change a file that is not ours.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA busy_timeout=2000")
        self._db.executescript(_TABLES + f"PRAGMA user_version={_VERSION};")

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block, or none of them if it raises."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Every row of a query; for the modules that own other questions to the same file."""
        return self._db.execute(sql, values).fetchall()

    def insert(self, sql: str, *values: object) -> int:
        """Run one statement; the id of the row it added."""
        return self._db.execute(sql, values).lastrowid or 0

    def insert_many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> int:
        """Run one statement per row; the number of rows it changed."""
        return self._db.executemany(sql, rows).rowcount

    # Contacts

    def contact_by_phone(self, phone: str) -> Contact | None:
        """The contact with exactly this number, deleted ones included."""
        return self._contact("phone", phone)

    def contact_by_id(self, contact_id: str) -> Contact | None:
        """The contact with this id, deleted ones included."""
        return self._contact("id", contact_id)

    def _contact(self, column: str, value: str) -> Contact | None:
        rows = self.rows(f"SELECT {_CONTACT} FROM contacts WHERE {column} = ?", value)
        return contact_of(rows[0]) if rows else None

    def put_contact(self, contact: Contact) -> None:
        """Write every field of a contact, new or known by its id; its number must be nobody else's."""
        self.insert(_UPSERT, *_columns(contact))

    def add_contacts(self, contacts: Iterable[Contact]) -> int:
        """Add those whose id and number are both new; how many that were."""
        return self.insert_many(
            f"INSERT OR IGNORE {_INSERT}",
            (_columns(contact) for contact in contacts),
        )

    # Campaigns and statuses

    def campaigns(self) -> list[Campaign]:
        """All campaigns, in the order they were added."""
        return [_campaign_of(row) for row in self.rows("SELECT * FROM campaigns ORDER BY rowid")]

    def campaign(self, campaign_id: str) -> Campaign | None:
        """The campaign with this id."""
        rows = self.rows("SELECT * FROM campaigns WHERE id = ?", campaign_id)
        return _campaign_of(rows[0]) if rows else None

    def add_campaigns(self, campaigns: Iterable[Campaign]) -> None:
        """Add the campaigns whose ids are new."""
        self.insert_many(
            "INSERT OR IGNORE INTO campaigns VALUES (?, ?, ?, ?, ?)",
            ((one.id, one.name, one.status, _steps_text(one.steps), one.needs_email) for one in campaigns),
        )

    def statuses(self) -> list[Status]:
        """All statuses, in display order."""
        rows = self.rows("SELECT * FROM statuses ORDER BY display_order, name")
        return [
            Status(
                id=row["id"],
                name=row["name"],
                label=row["label"],
                color=row["color"],
                is_terminal=bool(row["is_terminal"]),
                is_system=bool(row["is_system"]),
                display_order=row["display_order"],
                description=row["description"],
                exclude_from_stats=bool(row["exclude_from_stats"]),
            )
            for row in rows
        ]

    def is_terminal(self, status: str) -> bool | None:
        """Whether a status is terminal; None if the team has no such status (names are case-sensitive)."""
        rows = self.rows("SELECT is_terminal FROM statuses WHERE name = ?", status)
        return bool(rows[0][0]) if rows else None

    def add_statuses(self, statuses: Iterable[Status]) -> None:
        """Add the statuses whose names are new."""
        self.insert_many(
            "INSERT OR IGNORE INTO statuses (id, name, label, color, is_terminal, is_system, display_order,"
            " description, exclude_from_stats) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    s.id,
                    s.name,
                    s.label,
                    s.color,
                    s.is_terminal,
                    s.is_system,
                    s.display_order,
                    s.description,
                    s.exclude_from_stats,
                )
                for s in statuses
            ),
        )

    # The schedule

    def pending(self, contact_id: str) -> list[Pending]:
        """The scheduled actions of a contact, soonest first."""
        rows = self.rows("SELECT * FROM schedule WHERE contact_id = ? ORDER BY due_at, id", contact_id)
        return [pending_of(row) for row in rows]

    def cancel(self, actions: Iterable[Pending]) -> None:
        """Take actions off the schedule."""
        self.insert_many("DELETE FROM schedule WHERE id = ?", ((action.id,) for action in actions))

    def schedule(self, actions: Iterable[Pending]) -> None:
        """Put actions on the schedule."""
        self.insert_many(
            "INSERT INTO schedule (contact_id, campaign_id, kind, due_at) VALUES (?, ?, ?, ?)",
            ((a.contact_id, a.campaign_id, a.kind, a.due_at) for a in actions),
        )


def contact_of(row: sqlite3.Row) -> Contact:
    """The contact in a row of the contacts table."""
    return Contact(
        id=row["id"],
        phone=row["phone"],
        name=row["name"],
        timezone=row["timezone"],
        status=row["status"],
        campaign_id=row["campaign_id"],
        variables=json.loads(row["variables"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        fulfilled_at=row["fulfilled_at"],
        re_added_at=row["re_added_at"],
        deleted_at=row["deleted_at"],
    )


def pending_of(row: sqlite3.Row) -> Pending:
    """The action in a row of the schedule."""
    kind: ActionKind = row["kind"]
    return Pending(row["contact_id"], row["campaign_id"], kind, row["due_at"], row["id"])


def _campaign_of(row: sqlite3.Row) -> Campaign:
    steps = tuple(Step(kind, minutes) for kind, minutes in json.loads(row["steps"]))
    return Campaign(row["id"], row["name"], row["status"], steps, bool(row["needs_email"]))


def _steps_text(steps: tuple[Step, ...]) -> str:
    return json.dumps([[step.kind, step.minutes] for step in steps])


def _columns(contact: Contact) -> tuple[Any, ...]:
    return (
        contact.id,
        contact.phone,
        contact.name,
        contact.timezone,
        contact.status,
        contact.campaign_id,
        encode(contact.variables),
        contact.created_at,
        contact.updated_at,
        contact.fulfilled_at,
        contact.re_added_at,
        contact.deleted_at,
        (contact.name or "").casefold(),
    )
