"""What a verification has found out so far: one entry for each row of the run that it reads back.

Owns: which rows are judged, what each of them, and whoever was folded into it, stands at; that a verification which was
cut short goes on. SQLite, a file beside the run's journal, which it only looks into.

An entry that is lost is read again, so nothing here waits for the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from batch.journal import contact_names
from batch.journal import supersede as later_runs
from batch.journal.file import immediate_transaction
from batch.journal.supersede import attach, newer_write_condition
from batch.model import ContactChange

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS found (
    ordinal INTEGER PRIMARY KEY, at REAL NOT NULL, standing TEXT, kind TEXT NOT NULL, told TEXT NOT NULL,
    contact_id TEXT
) STRICT;
"""

#: Rows that say what a contact is to be. One that is folded stands where its row stands; one that is invalid was never
#: sent, and one that is superseded was rightly not.
_JUDGED: Final = (
    "r.ask IS NOT NULL AND r.contact IS NOT NULL"
    " AND coalesce(r.outcome, '') NOT IN ('invalid', 'duplicate', 'superseded')"
)

_OWN: Final = (
    "CASE WHEN {r}.outcome = 'superseded' THEN 'superseded' WHEN {r}.outcome = 'invalid' THEN 'not_sent'"
    " WHEN {r}.ask IS NULL THEN iif({r}.outcome = 'unchanged', 'as_asked', 'not_sent')"
    " ELSE coalesce({f}.standing, 'not_read') END"
)
#: Where a row stands, a folded one as the row that it was folded into.
_STANDING: Final = (
    f"CASE WHEN r.outcome = 'duplicate' THEN coalesce((SELECT {_OWN.format(r='p', f='pf')} FROM run.rows p"
    " LEFT JOIN found pf ON pf.ordinal = p.ordinal WHERE p.number = r.same_as), 'not_read')"
    f" ELSE {_OWN.format(r='r', f='f')} END"
)
_ROWS: Final = "FROM run.rows r LEFT JOIN found f ON f.ordinal = r.ordinal"
_DNC: Final = "json_extract(CAST(r.ask AS TEXT), '$.status') = 'DNC'"


class VerifyStatus(StrEnum):
    """Where a row stands once its contact was read back. The names are public: they stand in JSON."""

    AS_ASKED = "as_asked"
    SUPERSEDED = "superseded"
    NOT_AS_ASKED = "not_as_asked"
    NOT_FOUND = "not_found"
    NOT_READ = "not_read"
    NOT_SENT = "not_sent"


class ExpectedRow(NamedTuple):
    """A row to be read back: what its contact is to be. `contact` is E.164 or a lower-case UUID."""

    ordinal: int
    contact: str
    phone: str | None
    ask: ContactChange

    @property
    def by_id(self) -> bool:
        return not self.contact.startswith("+")

    @property
    def number(self) -> str | None:
        """The number by which it can be looked up: where that was to change, the new one."""
        return self.ask.phone_number or self.phone or (None if self.by_id else self.contact)


class Mismatch(NamedTuple):
    """A row that is not as asked, as a report needs it; `word` is what its run said of it."""

    cells: bytes
    number: int
    phone: str | None
    repair: str
    word: str
    code: str
    message: str
    status: int | None
    attempts: int
    same_as: int | None
    contact_id: str | None
    standing: VerifyStatus
    told: str
    at: float | None
    dnc: bool


class VerifyStore:
    """One verification of one run. One user at a time."""

    def __init__(self, path: Path, db: sqlite3.Connection, every_dnc: bool) -> None:
        self.path = path
        self._db = db
        self._dnc = "1" if every_dnc else _DNC

    @classmethod
    def open(cls, path: Path, journal: Path, *, of: str, now: float, good_for: float, every_dnc: bool) -> VerifyStore:
        """The book at `path` on the run of `journal`: the one that was begun less than `good_for` seconds ago about the
        same state of the run (`of`), or else a new one. `every_dnc`: all rows of the run ask for DNC.

        Raises JournalBroken where the disk fails.
        """
        book = cls._connected(path, journal, every_dnc)
        begun = book._meta("begun")
        if begun is not None and (book._meta("of") != of or not 0 <= now - float(begun) < good_for):
            book.remove()
            book, begun = cls._connected(path, journal, every_dnc), None
        if begun is None:
            with immediate_transaction(book._db, path), book._db:
                book._db.execute("INSERT INTO meta VALUES ('of', ?), ('begun', ?)", (of, repr(now)))
        return book

    @classmethod
    def _connected(cls, path: Path, journal: Path, every_dnc: bool) -> VerifyStore:
        path.touch(mode=0o600)
        db = sqlite3.connect(path, uri=True, timeout=10)
        with immediate_transaction(db, path):
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")
            db.executescript(_SCHEMA)
            db.execute("ATTACH ? AS run", (f"file:{quote(str(journal))}?mode=ro",))
        return cls(path, db, every_dnc)

    def close(self) -> None:
        """Close the file; what was found out stays."""
        self._db.close()

    def remove(self) -> None:
        """Close and delete the file: its verification is over."""
        self._db.close()
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(f"{self.path.name}{suffix}").unlink()

    # -- what is to be read ------------------------------------------------------------------------------------------

    @property
    def begun(self) -> float:
        """When this verification began, epoch seconds."""
        return float(self._meta("begun") or 0.0)

    def accounts(self) -> list[str]:
        """The accounts of rows that are to be read back."""
        return [account for (account,) in self._ask(f"SELECT DISTINCT account FROM run.rows r WHERE {_JUDGED}")]

    def left(self, account: str | None = None) -> int:
        """How many rows (of `account`) have no standing yet."""
        of_account = "" if account is None else " AND r.account = ?"
        sql = f"SELECT count(*) {_ROWS} WHERE {_JUDGED} AND f.standing IS NULL{of_account}"
        ((rows,),) = self._ask(sql, () if account is None else (account,))
        return int(rows)

    def wanted(self, account: str, after: int, count: int) -> list[ExpectedRow]:
        """Up to `count` rows of `account` without a standing, from the one after `after`, in input order."""
        return self._wanted("f.standing IS NULL AND r.ordinal > ? ORDER BY r.ordinal LIMIT ?", account, after, count)

    def of_contact(self, account: str, contact: str) -> list[ExpectedRow]:
        """The rows of `account` that say what `contact` (E.164 or a lower-case UUID) is to be."""
        return self._wanted("r.contact = ?", account, contact)

    def without_number(self, account: str) -> int:
        """How many rows of `account` without a standing name their contacts by id alone: no call looks one up."""
        sql = (
            f"SELECT count(*) {_ROWS} WHERE {_JUDGED} AND f.standing IS NULL AND r.account = ? AND r.phone IS NULL"
            " AND r.contact NOT LIKE '+%' AND json_extract(CAST(r.ask AS TEXT), '$.phone_number') IS NULL"
        )
        ((rows,),) = self._ask(sql, (account,))
        return int(rows)

    def _wanted(self, where: str, account: str, *values: object) -> list[ExpectedRow]:
        sql = f"SELECT r.ordinal, r.contact, r.phone, r.ask {_ROWS} WHERE {_JUDGED} AND r.account = ? AND {where}"
        return [
            ExpectedRow(ordinal, contact, phone, msgspec.json.decode(ask, type=ContactChange))
            for ordinal, contact, phone, ask in self._ask(sql, (account, *values))
        ]

    # -- what was found ----------------------------------------------------------------------------------------------

    def note(self, entries: Sequence[tuple[int, VerifyStatus | None, str, str, str | None]], at: float) -> None:
        """Note where rows stand: (ordinal, standing, kind, told, contact id). `None` is a doubt: it takes the place of
        AS_ASKED, and AS_ASKED does not take its place."""
        with immediate_transaction(self._db, self.path), self._db:
            self._db.executemany(
                "INSERT INTO found (ordinal, standing, kind, told, contact_id, at) VALUES (?1,?2,?3,?4,?5,?6)"
                " ON CONFLICT DO UPDATE SET standing = ?2, kind = ?3, told = ?4, contact_id = ?5, at = ?6",
                [(*entry, at) for entry in entries],
            )

    def doubted(self, ordinal: int) -> bool:
        """True where another contact of the same row was seen not as asked."""
        return bool(list(self._ask("SELECT 1 FROM found WHERE ordinal = ? AND standing IS NULL", (ordinal,))))

    def written_since(self, later: Mapping[Path, Sequence[tuple[str, str]]]) -> None:
        """Call rows superseded whose contacts a `later` run has written, as `run_folder.newer_runs` names them.
        Never one that asked for DNC: of that it is only said."""
        accounts = [(account, account) for account in self.accounts()]
        called = {path.parent.name for path in later}
        with immediate_transaction(self._db, self.path), self._db:
            contact_names.reset_names(self._db)
            later_runs.reset(self._db)
            contact_names.collect_names(self._db, "run", accounts)
        for path, same_key in later.items():
            with attach(self._db, path), immediate_transaction(self._db, self.path), self._db:
                contact_names.collect_names(self._db, "later", same_key)
                later_runs.note_undone(self._db, called)
        with immediate_transaction(self._db, self.path), self._db:
            contact_names.resolve_names(self._db)
        for path, same_key in later.items():
            with attach(self._db, path), immediate_transaction(self._db, self.path), self._db:
                rows = f"SELECT r.ordinal FROM run.rows r WHERE {newer_write_condition(self._db, 'r')}"
                self._db.execute(
                    "UPDATE found SET told = told || '; written since by ' || ?1, standing ="
                    f" iif((SELECT {self._dnc} FROM run.rows r WHERE r.ordinal = found.ordinal), standing,"
                    f" 'superseded') WHERE standing = 'not_as_asked' AND ordinal IN ({rows})",
                    (path.parent.name, msgspec.json.encode(same_key).decode(), None, later_runs.run_name(self._db)),
                )

    # -- how it stands -----------------------------------------------------------------------------------------------

    def counts(self) -> dict[VerifyStatus, int]:
        """Rows by standing, every row of the run exactly once."""
        found = dict(self._ask(f"SELECT {_STANDING} AS s, count(*) {_ROWS} GROUP BY s"))
        return {standing: found.get(standing.value, 0) for standing in VerifyStatus}

    def kinds(self) -> dict[str, int]:
        """How the rows that are not as asked differ, the most frequent first; nothing personal is in it."""
        sql = "SELECT kind, count(*) FROM found WHERE standing = 'not_as_asked' GROUP BY kind ORDER BY 2 DESC, 1"
        return dict(self._ask(sql))

    def dnc(self, most: int) -> tuple[int, list[tuple[int, str, VerifyStatus]]]:
        """How many rows asked for DNC whose contact is not DNC, and the first `most`: (row number, contact, standing).
        A row of which nobody knows its contact has an empty one."""
        wrong = f"{self._dnc} AND {_STANDING} NOT IN ('as_asked', 'superseded')"
        ((count,),) = self._ask(f"SELECT count(*) {_ROWS} WHERE {wrong}")
        sql = f"SELECT r.number, coalesce(r.phone, r.contact, ''), {_STANDING} {_ROWS} WHERE {wrong} ORDER BY r.ordinal"
        named = self._ask(f"{sql} LIMIT ?", (most,))
        return count, [(number, contact, VerifyStatus(standing)) for number, contact, standing in named]

    def wrong(self) -> Iterator[Mismatch]:
        """Yield the rows that are not as asked, in input order, and whoever was folded into one of them."""
        found = self._db.execute(
            "SELECT * FROM (SELECT r.cells, r.number, r.phone, r.repair, coalesce(r.outcome, 'pending'), r.code,"
            " r.message, r.status, r.attempts, r.same_as, coalesce(f.contact_id, r.contact_id),"
            f" {_STANDING} AS standing,"
            f" coalesce(f.told, ''), f.at, coalesce({self._dnc}, 0) {_ROWS} ORDER BY r.ordinal)"
            " WHERE standing NOT IN ('as_asked', 'superseded')"
        )
        for *rest, standing, told, at, dnc in found:
            yield Mismatch._make([*rest, VerifyStatus(standing), told, at, bool(dnc)])

    def _meta(self, key: str) -> str | None:
        for (value,) in self._ask("SELECT value FROM meta WHERE key = ?", (key,)):
            return str(value)
        return None

    def _ask(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with immediate_transaction(self._db, self.path):
            return self._db.execute(sql, values).fetchall()
