"""The program, with all work on its journal in one thread, so that its system calls can be numbered; and, if told so,
broken in one way: forked with `faults.storage.one_thread:main`.

A mutant is a fault that some test must find: it shows that the test can fail.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio.to_thread

from batch.cli import main as cli
from batch.errors import JournalBroken
from batch.journal import file as journal_file
from batch.journal.entries import AttemptStarted
from batch.journal.journal import Journal
from batch.runs.folder import lock as run_lock

_PR_SET_PTRACER = 0x59616D61


async def _in_place(work: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    return work(*arguments)


def forgetful() -> None:
    """Requests leave without their intent on the disk."""
    append = Journal.append
    Journal.append = lambda self, entries: append(  # type: ignore[method-assign]
        self, [entry for entry in entries if not isinstance(entry, AttemptStarted)]
    )


def half_a_plan() -> None:
    """The plan is there before its last row is."""
    save_plan = Journal.save_plan

    def early(self: Journal, plan: Any) -> None:
        (last,) = self.db.execute("SELECT * FROM rows ORDER BY ordinal DESC LIMIT 1")
        with self._writing():
            self.db.execute("DELETE FROM rows WHERE ordinal = (SELECT max(ordinal) FROM rows)")
        save_plan(self, plan)
        with self._writing():
            self.db.execute(f"INSERT INTO rows VALUES ({', '.join('?' * len(last))})", last)

    Journal.save_plan = early  # type: ignore[method-assign]


def reckless() -> None:
    """Commits do not wait for the disk."""
    durable = journal_file._make_durable

    def normal(connection: sqlite3.Connection, path: Path) -> None:
        durable(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")

    journal_file._make_durable = normal


def stubborn() -> None:
    """A commit that failed is tried again, and the run goes on."""
    append = Journal.append

    def again(self: Journal, entries: Any) -> None:
        kept = list(entries)
        with suppress(JournalBroken):
            return append(self, kept)
        self._broken = None
        return append(self, kept)

    Journal.append = again  # type: ignore[method-assign]


def deaf() -> None:
    """What the journal says about its writing is not heard."""
    append = Journal.append

    def unheard(self: Journal, entries: Any) -> None:
        with suppress(JournalBroken):
            append(self, entries)

    Journal.append = unheard  # type: ignore[method-assign]


def tidy() -> None:
    """A journal that is broken is closed like any other."""
    journal_file.close_after_failure = lambda connection, path: connection.close()


def believing() -> None:
    """A row in doubt is sent again without reading its contact back."""
    todo = Journal.todo
    Journal.todo = lambda self, *given: [  # type: ignore[method-assign]
        row._replace(in_doubt=False) for row in todo(self, *given)
    ]


def unlocked() -> None:
    """Nobody takes the lock of a run."""
    run_lock.take = lambda folder: os.open(folder, os.O_RDONLY)


def short_log() -> None:
    """No fault: the write-ahead log is moved into the file after a few commits."""
    journal_file.LONGEST_LOG = 60_000  # type: ignore[misc]


def quiet_log() -> None:
    """SQLite moves the write-ahead log by itself, and nobody hears of it."""
    journal_file.checkpoint_if_large = lambda connection, path: None
    durable = journal_file._make_durable

    def by_itself(connection: sqlite3.Connection, path: Path) -> None:
        durable(connection, path)
        connection.execute("PRAGMA wal_autocheckpoint = 15")

    journal_file._make_durable = by_itself


def builds_on() -> None:
    """What an earlier process left in the log stays there, and is written on."""
    connected = journal_file._connect

    class Patient(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            return super().execute("SELECT 0" if "wal_checkpoint(TRUNCATE)" in sql else sql, *given)

    def patient(path: Path) -> sqlite3.Connection:
        connected(path).close()
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Patient)

    journal_file._connect = patient


MUTANTS: dict[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        forgetful,
        half_a_plan,
        reckless,
        stubborn,
        deaf,
        tidy,
        believing,
        unlocked,
        short_log,
        quiet_log,
        builds_on,
    )
}


def main(mutant: str, *, waits: bool = False) -> None:
    """Be the program, broken by `mutant` (`-`: not at all); with `waits` only once a tracer has let it go on."""
    if waits:
        _let_be_traced()
        os.kill(os.getpid(), signal.SIGSTOP)
    anyio.to_thread.run_sync = _in_place  # type: ignore[assignment]
    if mutant != "-":
        MUTANTS[mutant]()
    cli.main()


def _let_be_traced() -> None:
    """Where only ancestors may trace a process (Yama), let any process of this user trace this one."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
