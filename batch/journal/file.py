"""A journal's file: whose it is, of which version, and whether what is committed to it survives.

Owns: making the file whole, recognising it, bringing an older one up to date, WAL with `synchronous=FULL`, closing it
without another write after one has failed.

Only whoever holds the lock of a run (`runs/`) changes the file: `opened` brings it up to date, `looked_into` reads an
older one as it is.
Source: SQLite's documentation of WAL mode and of `synchronous=FULL` (a commit survives a loss of power).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from batch.errors import JournalBroken
from batch.journal.schema import APPLICATION_ID, OLDEST_TABLES, STEPS

#: Bytes of write-ahead log after which it is moved into the file.
LONGEST_LOG: Final = 4 << 20


def create_journal(path: Path) -> sqlite3.Connection:
    """A connection to a new, empty journal at `path`, readable by its owner only. Raises JournalBroken where there is
    one, or none can be made.

    It is made under another name and appears whole: a kill leaves a journal or none. Until it has its name it is not in
    WAL mode, for then the commit itself says whether all of it is in the file; what the end of a WAL says, at closing,
    nobody hears.
    """
    if path.exists():
        raise JournalBroken(f"{path} exists already.", tip="give another --out folder.")
    draft = path.with_name(f"{path.name}.new")
    try:
        for leftover in path.parent.glob(f"{draft.name}*"):
            leftover.unlink()
        draft.touch(mode=0o600)
    except OSError as fault:
        raise JournalBroken(f"the journal {path} cannot be made: {fault.strerror}.") from fault
    with closing(_connect(draft)) as connection, transaction(connection, path):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _migrate(0, connection)
    draft.rename(path)
    for folder in (path.parent, path.parent.parent):
        sync_names(folder)
    return open_journal(path)


def sync_names(folder: Path) -> None:
    """Make the names in `folder` durable: a power cut must not lose the way to what is below. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_journal(path: Path) -> sqlite3.Connection:
    """A connection to the journal at `path`, of today's version now, for whoever holds the run's lock.

    Raises JournalBroken where it is missing, not ours, of a newer version, or cannot be brought up to date: then it is
    as it was.
    """
    connection = _check_application(path)
    try:
        with immediate_transaction(connection, path):
            _make_durable(connection, path)
            # What an earlier process left in the log goes into the file at once, and the log begins anew: where its
            # last fsync failed, the log may have a hole on the disk that nobody can see, and all that came after that
            # would be lost with it.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if _version(connection) < len(STEPS):
            with transaction(connection, path):
                _migrate(_version(connection), connection)
    except JournalBroken:
        close_after_failure(connection, path)
        raise
    return connection


def open_readonly(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the journal at `path`, of whatever version. Raises JournalBroken as `opened`.

    Of the tables only `OLDEST_TABLES`, as version 1 had them, are sure to be there.
    """
    connection = _check_application(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def close_after_failure(connection: sqlite3.Connection, path: Path) -> None:
    """Close `connection` after a write has failed, and write nothing more.

    The last connection that closes moves the write-ahead log into the file. After a failed fsync that would build on
    pages that may never have reached the disk: so a second connection, which only reads, is there until the first has
    gone, and that one cannot move it.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as witness:
        witness.execute("SELECT count(*) FROM meta").fetchone()
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All that is written inside is durable afterwards, or none of it is there.

    Raises JournalBroken where SQLite or the disk fails. Any other error goes through as it is.
    """
    with immediate_transaction(connection, path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled back itself; the first error is the one to tell
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def checkpoint_if_large(connection: sqlite3.Connection, path: Path) -> None:
    """Move the write-ahead log into the file once it is long. Raises JournalBroken where the disk fails.

    SQLite would do so by itself, and tell nobody that it failed.
    """
    with suppress(OSError):
        if path.with_name(f"{path.name}-wal").stat().st_size > LONGEST_LOG:
            with immediate_transaction(connection, path):
                connection.execute("PRAGMA main.wal_checkpoint(PASSIVE)")


@contextmanager
def immediate_transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Turn an error of SQLite's into JournalBroken."""
    try:
        yield
    except sqlite3.Error as fault:
        raise JournalBroken(
            f"the journal {path} could not be written: {fault}. No further call was made.",
            tip="check the disk (space, permissions), then give the same command again.",
        ) from fault


def _migrate(version: int, connection: sqlite3.Connection) -> None:
    """Take the steps that lead on from `version`."""
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _check_application(path: Path) -> sqlite3.Connection:
    """A connection to a file that is a journal of ours, of a version that is known here. Nothing was changed."""
    if not path.is_file():
        raise JournalBroken(f"there is no journal at {path}.", tip="name a run folder that `runs` lists.")
    connection = _connect(path)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        version = _version(connection)
        if application != APPLICATION_ID or version == 0:
            raise JournalBroken(f"{path} is not a journal of this program.")
        if version > len(STEPS):
            raise JournalBroken(
                f"{path} was written by a newer version (format {version}; this one knows {len(STEPS)}).",
                tip="update guayaba-batch.",
            )
        connection.execute(f"SELECT count(*) FROM {', '.join(OLDEST_TABLES)} WHERE 0")
    except sqlite3.Error as fault:
        connection.close()
        raise JournalBroken(f"{path} cannot be read as a journal: {fault}.") from fault
    except JournalBroken:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that has not touched the file yet: whose file it is must be known first."""
    try:
        # Autocommit: transactions are ours to begin and end. One task uses it at a time, from any thread.
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=10
        )
    except sqlite3.Error as fault:
        raise JournalBroken(f"the journal {path} cannot be opened: {fault}.") from fault


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _make_durable(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # `keep_short`
    connection.execute(f"PRAGMA journal_size_limit = {LONGEST_LOG // 2}")  # else it stays long once it was
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    if mode != "wal":
        raise JournalBroken(
            f"the journal {path} cannot be kept safely there: its file system shares no memory between processes.",
            tip="give --out a folder on a local disk.",
        )
