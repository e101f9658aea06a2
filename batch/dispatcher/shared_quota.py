"""The machine's budget of one key: every process that uses the key takes its tokens from one place.

Owns: who spent which token and when it comes back, the limit last heard and a 429's pause, for all processes on this
machine; what is left of it after kills and restarts.

A small SQLite file per key and address under the user's state folder. Times are of a clock that every process of this
boot shares and that no clock change moves (CLOCK_BOOTTIME; it goes on while the machine sleeps, as the server's does).
A token of a killed process comes back when its request can no longer have been counted: its deadline, then one window.
Where limits are high, tokens are taken by the handful, so that taking them costs nothing to speak of; what is not used
in a moment goes back, for the file would let it return to others while it is still to be used here.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, NamedTuple

from batch.dispatcher.clock import boot_time

Kind = Literal["write", "read"]

#: One window's tokens are taken in at most this many handfuls: half a percent of the quota each.
_HANDFULS: Final = 200
#: A handful is used within this many seconds.
_HANDFUL_S: Final = 1.0
#: No token is away, and no pause lasts, for so many seconds: such a time is of another clock (a home that two machines
#: share, a container with a clock of its own).
_LONGEST_S: Final = 3600.0
#: A budget that is busy (another process is taking) is asked again after this many seconds.
_BUSY_S: Final = 0.02
#: How long opening it may wait for others who open it.
_PATIENCE_S: Final = 5.0

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS spent (id INTEGER PRIMARY KEY, kind TEXT, tokens INTEGER, returns REAL);
CREATE TABLE IF NOT EXISTS heard (kind TEXT PRIMARY KEY, quota INTEGER, paused_until REAL);
CREATE TABLE IF NOT EXISTS boot (id TEXT);
"""


class Lease(NamedTuple):
    """A token that was taken: the handful it belongs to."""

    handful: int


#: A token that is not counted.
_FREE: Final = Lease(-1)


@dataclass(slots=True)
class _Handful:
    """Tokens taken together, to be used before `until`. It comes back one window after the last of its answers."""

    tokens: int
    left: int
    until: float
    in_flight: int = 0


class SharedQuota:
    """One process's access to the budget of a key, for requests of one kind. Used from one thread."""

    def __init__(
        self, path: Path, kind: Kind, *, window: float, deadline: float, now: Callable[[], float] | None = None
    ) -> None:
        """Open the budget in `path`; `window` and `deadline` (the longest a request takes) are seconds.

        Raises sqlite3.DatabaseError where the file is no budget.
        """
        self._kind = kind
        self._window = window
        self._deadline = deadline
        self._now = now or boot_time
        self._mine: dict[int, _Handful] = {}
        self._db = sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_S)
        # Kills are survived without fsync, and a power cut takes at most what would have come back by the next boot.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_SCHEMA)
        self._new_boot()
        self._db.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1000:.0f}")  # from here on the event loop waits

    def claim(self, limit: int) -> Lease | float:
        """A token out of `limit` a window, or, where there is none, the seconds until it is worth asking again.

        A budget that can no longer be written (a full disk) gives tokens freely: the bucket's own rule remains, and the
        journal will say what is wrong with the disk.
        """
        now = self._now()
        for number, handful in list(self._mine.items()):
            if handful.left and now < handful.until:
                handful.left -= 1
                handful.in_flight += 1
                return Lease(number)
            if not handful.in_flight:
                self._hand_back(number)
        try:
            return self._take(limit, now)
        except sqlite3.Error as fault:
            return _BUSY_S if _busy(fault) else _FREE

    def settled(self, grant: Lease, *, left: bool = True) -> None:
        """Let the token of `grant` come back: one window from now, or, where its request never `left`, at once."""
        if grant is _FREE:
            return
        handful = self._mine[grant.handful]
        handful.in_flight -= 1
        if not left:
            handful.left += 1
        if not handful.in_flight and (not handful.left or not left or self._now() >= handful.until):
            self._hand_back(grant.handful)

    def hear(self, quota: int, pause: float = 0.0) -> None:
        """Tell the other processes the server's limit, and to pause for `pause` seconds."""
        with suppress(sqlite3.Error):
            self._db.execute(
                "INSERT INTO heard (kind, quota, paused_until) VALUES (?,?,?) ON CONFLICT (kind) DO UPDATE SET"
                " quota = excluded.quota, paused_until = max(paused_until, excluded.paused_until)",
                (self._kind, quota, self._now() + pause if pause else 0.0),
            )

    @property
    def limit(self) -> int | None:
        """The server's limit as any process last heard it."""
        with suppress(sqlite3.Error):
            found = self._db.execute("SELECT quota FROM heard WHERE kind = ?", (self._kind,)).fetchone()
            return int(found[0]) if found else None
        return None

    def close(self) -> None:
        """Hand back what was taken and not used."""
        for number in list(self._mine):
            self._hand_back(number)
        self._db.close()

    def _take(self, limit: int, now: float) -> Lease | float:
        with self._writing():
            self._db.execute(
                "DELETE FROM spent WHERE returns <= ? OR returns > ?", (now, now + self._deadline + _LONGEST_S)
            )
            spent, first = self._db.execute(
                "SELECT coalesce(sum(tokens), 0), min(returns) FROM spent WHERE kind = ?", (self._kind,)
            ).fetchone()
            found = self._db.execute("SELECT paused_until FROM heard WHERE kind = ?", (self._kind,)).fetchone()
            paused = (found[0] if found else 0.0) - now
            if 0 < paused <= _LONGEST_S:
                return float(paused)
            free = limit - spent
            if free <= 0:
                # The one that comes back first may be in flight still: then its answer, or ours, says more.
                return float(min(max(first - now, _BUSY_S), self._window)) if first is not None else self._window
            tokens = min(free, max(1, limit // _HANDFULS))
            until = now if tokens == 1 else now + _HANDFUL_S
            number = self._db.execute(
                # By chance, and not the next: an id that came back with its tokens must not name another's.
                "INSERT INTO spent (id, kind, tokens, returns) VALUES (random(),?,?,?)",
                (self._kind, tokens, until + self._deadline + self._window),
            ).lastrowid
        assert number is not None
        self._mine[number] = _Handful(tokens, tokens - 1, until, 1)
        return Lease(number)

    def _hand_back(self, number: int) -> None:
        handful = self._mine.pop(number)
        used = handful.tokens - handful.left
        # Where another process is writing just now, the tokens come back a little later, when their deadline is over.
        with suppress(sqlite3.Error):
            if used:
                self._db.execute(
                    "UPDATE spent SET tokens = ?, returns = ? WHERE id = ?", (used, self._now() + self._window, number)
                )
            else:
                self._db.execute("DELETE FROM spent WHERE id = ?", (number,))

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


class LocalQuota:
    """A budget that is not shared, for a machine on which none can be kept: the bucket's own rule is all there is."""

    limit: int | None = None

    def claim(self, limit: int) -> Lease | float:
        """A token, always."""
        return _FREE

    def settled(self, grant: Lease, *, left: bool = True) -> None:
        """Nothing is kept."""

    def hear(self, quota: int, pause: float = 0.0) -> None:
        """There is no other process to inform."""

    def close(self) -> None:
        """Nothing is held."""


def budget_path(folders: Sequence[Path], base_url: str, key_fingerprint: str) -> Path | None:
    """The budget file of a key at an address, in the first of `folders` that can hold one; `None`: in none.

    A file that is damaged is replaced: what it knew was a minute old at most.
    """
    name = sha256(f"{base_url} {key_fingerprint}".encode()).hexdigest()[:16]
    for folder in folders:
        with suppress(OSError, sqlite3.OperationalError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{name}.budget"
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
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_S)) as opened:
        opened.executescript(_SCHEMA)


def _busy(fault: sqlite3.Error) -> bool:
    return getattr(fault, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _boot_id() -> str:
    """What tells this boot from another; where the system does not say, the minute in which it began."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return str(round((time.time() - time.monotonic()) / 60))
