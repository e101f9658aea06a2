"""The default store: a small SQLite file per key and address, for all processes of one machine.

Owns: the file of a quota: where it is, its tables, what becomes of it after a boot or when it is damaged.

Times are of a clock that every process of this boot shares and that no clock change moves (CLOCK_BOOTTIME; it goes on
while the machine sleeps, as the server's does).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from batch.dispatcher.clock import boot_time
from batch.dispatcher.quota_stores.interface import BUSY_S, USER_WINDOWS, QuotaReply, QuotaRequest, StoreBusy

#: No token is away, and no pause lasts, for so many seconds: such a time is of another clock (a home that two machines
#: share, a container with a clock of its own).
_LONGEST_S: Final = 3600.0
#: How long opening it may wait for others who open it.
_PATIENCE_S: Final = 5.0

_TABLES: Final = 5
#: In one transaction, as a run opens a store for each of its keys.
_SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS spent (id INTEGER PRIMARY KEY, kind TEXT, tokens INTEGER, returns REAL);
CREATE TABLE IF NOT EXISTS heard (kind TEXT PRIMARY KEY, quota INTEGER, paused_until REAL);
CREATE TABLE IF NOT EXISTS learned (kind TEXT PRIMARY KEY, lesson TEXT);
CREATE TABLE IF NOT EXISTS users (name TEXT, kind TEXT, until REAL, PRIMARY KEY (name, kind));
CREATE TABLE IF NOT EXISTS boot (id TEXT);
COMMIT;
"""


class SqliteStore:
    """The store in one file. A request's `quota` is not looked at: the file is of one."""

    def __init__(self, path: Path, *, window: float, now: Callable[[], float] | None = None) -> None:
        """Open the store in `path`; `window` is in seconds. Raises sqlite3.DatabaseError where the file is no store."""
        self._window = window
        self._now = now or boot_time
        self._db = _connect(path)
        self._new_boot()
        self._db.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")  # from here on the event loop waits

    def connect(self) -> None:
        """The file is open."""

    def exchange(self, requests: Sequence[QuotaRequest]) -> list[QuotaReply]:
        """The reply to each request. Raises StoreBusy while another process writes.

        A file that can no longer be written (a full disk) gives tokens freely: the bucket's own rule remains, and the
        journal will say what is wrong with the disk.
        """
        try:
            return [self._exchange(request) for request in requests]
        except sqlite3.Error as fault:
            if getattr(fault, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreBusy from None
            return [QuotaReply(request.tokens) for request in requests]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _exchange(self, request: QuotaRequest) -> QuotaReply:
        now, kind = self._now(), request.kind
        with self._writing():
            for handful, used, age in request.returned:
                self._give_back(handful, kind, used, now - age + request.window)
            if request.heard is not None:
                self._db.execute(
                    "INSERT INTO heard (kind, quota, paused_until) VALUES (?,?,?) ON CONFLICT (kind) DO UPDATE SET"
                    " quota = excluded.quota, paused_until = max(paused_until, excluded.paused_until)",
                    (kind, request.heard, now + request.pause if request.pause else 0.0),
                )
            if request.learned is not None:
                self._db.execute("INSERT OR REPLACE INTO learned (kind, lesson) VALUES (?,?)", (kind, request.learned))
            limit, paused_until, learned = self._db.execute(
                "SELECT max(quota), coalesce(max(paused_until), 0.0),"
                " coalesce((SELECT max(lesson) FROM learned WHERE kind = ?1), '') FROM heard WHERE kind = ?1",
                (kind,),
            ).fetchone()
            longest = now + max(request.life, request.window) + _LONGEST_S
            self._db.execute("DELETE FROM spent WHERE returns <= ? OR returns > ?", (now, longest))
            spent, first = self._db.execute(
                "SELECT coalesce(sum(tokens), 0), min(returns) FROM spent WHERE kind = ?", (kind,)
            ).fetchone()
            most = request.limit if limit is None else min(request.limit, limit)
            tokens, wait, spent = self._take(request, most, paused_until, now, spent, first)
            users = self._count_users(request, now)
        return QuotaReply(tokens, wait, limit, learned, users, spent)

    def _count_users(self, request: QuotaRequest, now: float) -> int:
        """How many users there are, this one among them, unless it leaves."""
        until = now if request.leaves else now + USER_WINDOWS * request.window
        self._db.execute(
            "INSERT OR REPLACE INTO users (name, kind, until) VALUES (?,?,?)", (request.user, request.kind, until)
        )
        self._db.execute("DELETE FROM users WHERE until <= ? OR until > ?", (now, now + _LONGEST_S))
        (users,) = self._db.execute("SELECT count(*) FROM users WHERE kind = ?", (request.kind,)).fetchone()
        return int(users)

    def _give_back(self, handful: int, kind: str, used: int, returns: float) -> None:
        if used:
            self._db.execute(
                "INSERT OR REPLACE INTO spent (id, kind, tokens, returns) VALUES (?,?,?,?)",
                (handful, kind, used, returns),
            )
        else:
            self._db.execute("DELETE FROM spent WHERE id = ?", (handful,))

    def _take(
        self, request: QuotaRequest, limit: int, paused_until: float, now: float, spent: int, first: float | None
    ) -> tuple[int, float, int]:
        """The tokens that were taken of `limit`, the seconds to wait where there are none, and how many are spent now.

        `spent` were before; the `first` of them comes back then.
        """
        if not request.tokens:
            return 0, 0.0, spent
        if 0 < paused_until - now <= _LONGEST_S:
            return 0, paused_until - now, spent
        if taken := self._db.execute("SELECT tokens FROM spent WHERE id = ?", (request.handful,)).fetchone():
            return int(taken[0]), 0.0, spent
        tokens = min(limit - spent, request.tokens)
        if tokens <= 0:
            # The one that comes back first may be in flight still: then its response, or ours, says more.
            wait = request.window if first is None else min(first - now, request.window)
            return 0, wait, spent
        self._db.execute(
            "INSERT INTO spent (id, kind, tokens, returns) VALUES (?,?,?,?)",
            (request.handful, request.kind, tokens, now + request.life),
        )
        return tokens, 0.0, spent + tokens

    def _new_boot(self) -> None:
        """After a boot the clock starts at zero: what was spent before comes back one window from now, or earlier."""
        with self._writing():
            known = self._db.execute("SELECT id FROM boot").fetchone()
            if known != (_boot_id(),):
                self._db.execute("DELETE FROM boot")
                self._db.execute("INSERT INTO boot (id) VALUES (?)", (_boot_id(),))
                self._db.execute("UPDATE spent SET returns = ?", (self._now() + self._window,))
                self._db.execute("UPDATE heard SET paused_until = 0")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")  # busy while another process reads: left open, it would lock all others out
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise


def store_path(folders: Sequence[Path], quota: str) -> Path | None:
    """The file of `quota`, in the first of `folders` that can hold one; `None`: in none.

    A file that is damaged is replaced: what it knew was a minute old at most.
    """
    for folder in folders:
        with suppress(OSError, sqlite3.OperationalError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{quota}.budget"
            try:
                _attempt(path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                path.unlink()
                _attempt(path)
            return path
    return None


def _attempt(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    _connect(path).close()


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to the store in `path`, with its tables. Raises sqlite3.DatabaseError where the file is no store."""
    opened = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_S, check_same_thread=False)
    try:
        # Kills are survived without fsync, and a power cut takes at most what would have come back by the next boot.
        opened.execute("PRAGMA synchronous = OFF")
        if opened.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() < (_TABLES,):
            opened.executescript(_SCHEMA)
    except BaseException:
        opened.close()
        raise
    return opened


def _boot_id() -> str:
    """What tells this boot from another; where the system does not say, the minute in which it began."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return str(round((time.time() - time.monotonic()) / 60))
