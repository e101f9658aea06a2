"""A journal's file: that it is ours, of which version, and that a commit survives a loss of power.

Owns: making the file in one step, recognising it, migrating an older one, WAL with `synchronous=FULL`, closing it
without another write after one has failed.

Only the process that holds the lock of a run (`runs/folder/lock.py`) changes the file: `open_journal` migrates an older
one, `open_readonly` reads it as it is.
Source: SQLite's documentation of WAL mode and of `synchronous=FULL`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from batch.errors import JournalBroken
from batch.journal.schema import APPLICATION_ID, OLDEST_TABLES, STEPS, current_views
from batch.text.atomic_file import sync_folder
from batch.text.language import tr

#: Of the library that reads and writes journals.
SQLITE_VERSION: Final = sqlite3.sqlite_version
#: Bytes of write-ahead log after which it is moved into the file.
LONGEST_LOG: Final = 4 << 20


def create_journal(path: Path) -> sqlite3.Connection:
    """A connection to a new, empty journal at `path`, readable by its owner only. Raises JournalBroken where there is
    one, or none can be made.

    It is made under another name and renamed: a kill leaves a complete journal or none. Until then it is not in WAL
    mode, so that the commit itself reports whether everything is in the file; a fault of the checkpoint at closing is
    not reported.
    """
    if path.exists():
        raise JournalBroken(tr("{path} exists already.", path=path), tip=tr("give another --out folder."))
    draft = path.with_name(f"{path.name}.new")
    try:
        for leftover in path.parent.glob(f"{draft.name}*"):
            leftover.unlink()
        draft.touch(mode=0o600)
    except OSError as fault:
        raise JournalBroken(
            tr("the journal {path} cannot be created: {strerror}.", path=path, strerror=fault.strerror)
        ) from fault
    with closing(_connect(draft)) as connection, transaction(connection, path):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _migrate(0, connection)
    draft.rename(path)
    for folder in (path.parent, path.parent.parent):
        sync_folder(folder)
    return open_journal(path)


def open_journal(path: Path) -> sqlite3.Connection:
    """A connection to the journal at `path`, migrated to today's version. The caller holds the run's lock.

    Raises JournalBroken where the file is missing, not ours, of a newer version, or cannot be migrated: then it is
    as it was.
    """
    connection = _connect_checked(path)
    try:
        with sqlite_errors(path):
            _make_durable(connection, path)
            # The log of an earlier process goes into the file now, and a new log begins. Where the last fsync of that
            # process failed, its log may have an invisible hole on the disk, and later entries would be lost with it.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if _version(connection) < len(STEPS):
            with transaction(connection, path):
                _migrate(_version(connection), connection)
    except JournalBroken:
        close_after_failure(connection, path)
        raise
    return connection


def open_readonly(path: Path, *, unlocked: bool = False) -> sqlite3.Connection:
    """A connection that cannot change the journal at `path`, of any known version. Raises JournalBroken.

    Where it is older, temporary views give `rows` and `before` today's columns. `unlocked` takes no lock and makes no
    file beside the journal, which is several times faster: the caller checks afterwards that no process wrote to it.
    """
    connection = _connect_checked(path, unlocked=unlocked)
    if (version := _version(connection)) < len(STEPS):
        for view in current_views(version, "main"):
            connection.execute(view)
    connection.execute("PRAGMA query_only = ON")
    return connection


def close_after_failure(connection: sqlite3.Connection, path: Path) -> None:
    """Close `connection` after a write has failed, and write nothing more.

    The last connection that closes moves the write-ahead log into the file. After a failed fsync that would build on
    pages that may not be on the disk. So a second connection, which only reads, stays open until the first is closed,
    and it cannot move the log.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as witness:
        witness.execute("SELECT count(*) FROM meta").fetchone()
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Everything written inside is durable afterwards, or none of it is there.

    Raises JournalBroken where SQLite or the disk fails. Other errors pass unchanged.
    """
    with sqlite_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled back itself; the first error counts
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def checkpoint_if_large(connection: sqlite3.Connection, path: Path) -> None:
    """Move the write-ahead log into the file once it is long. Raises JournalBroken where the disk fails, and where the
    journal is no longer at `path`.

    SQLite's own checkpoint does not report a failure. And in WAL mode SQLite goes on writing into a file that was
    removed: after that, no other process would know what was sent.
    """
    try:
        length = _log_length(connection, path)
    except FileNotFoundError:
        raise JournalBroken(
            tr("the journal {path} is gone: its folder was moved or removed. No further call was made.", path=path),
            tip=tr("put the folder back, then give the same command again. It holds what was sent."),
        ) from None
    except OSError:
        return
    if length > LONGEST_LOG:
        with sqlite_errors(path):
            connection.execute("PRAGMA main.wal_checkpoint(PASSIVE)")


def _log_length(connection: sqlite3.Connection, path: Path) -> int:
    """The bytes of the write-ahead log. Raises FileNotFoundError where it is gone."""
    with suppress(FileNotFoundError):  # `path` may be relative to a folder that the program has left since
        return path.with_name(f"{path.name}-wal").stat().st_size
    _, _, opened = connection.execute("PRAGMA database_list").fetchone()
    return Path(f"{opened}-wal").stat().st_size


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Raise an error of SQLite's as JournalBroken."""
    try:
        yield
    except sqlite3.Error as fault:
        raise JournalBroken(
            tr("the journal {path} could not be written: {fault}. No further call was made.", path=path, fault=fault),
            tip=tr("check the disk (space, permissions), then give the same command again."),
        ) from fault


def select(connection: sqlite3.Connection, path: Path, sql: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query. Raises JournalBroken where the file cannot be read."""
    try:
        yield from connection.execute(sql, values)
    except sqlite3.Error as fault:
        raise JournalBroken(tr("the journal {path} cannot be read: {fault}.", path=path, fault=fault)) from fault


def _migrate(version: int, connection: sqlite3.Connection) -> None:
    """Take the steps that lead on from `version`."""
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _connect_checked(path: Path, *, unlocked: bool = False) -> sqlite3.Connection:
    """A connection to a journal of ours, of a known version. Nothing is changed."""
    if not path.is_file():
        raise JournalBroken(
            tr("there is no journal at {path}.", path=path), tip=tr("name a run folder that `runs` lists.")
        )
    connection = _connect_uri(path, "mode=ro&immutable=1") if unlocked else _connect(path)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        version = _version(connection)
        if application != APPLICATION_ID or version == 0:
            raise JournalBroken(tr("{path} is not a journal of this program.", path=path))
        if version > len(STEPS):
            raise JournalBroken(
                tr(
                    "{path} was written by a newer version (format {version}; this one knows {count}).",
                    path=path,
                    version=version,
                    count=len(STEPS),
                ),
                tip=tr("update guayaba-batch."),
            )
        connection.execute(f"SELECT count(*) FROM {', '.join(OLDEST_TABLES)} WHERE 0")
    except sqlite3.Error as fault:
        connection.close()
        raise JournalBroken(tr("{path} cannot be read as a journal: {fault}.", path=path, fault=fault)) from fault
    except JournalBroken:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that has not read or changed the file yet."""
    return _connect_uri(path, "mode=rw")


def _connect_uri(path: Path, mode: str) -> sqlite3.Connection:
    try:
        # Autocommit: `transaction` begins and ends them. One task uses the connection at a time, from any thread.
        return sqlite3.connect(
            f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=10
        )
    except sqlite3.Error as fault:
        raise JournalBroken(tr("the journal {path} cannot be opened: {fault}.", path=path, fault=fault)) from fault


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _make_durable(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # `checkpoint_if_large` does it
    connection.execute(f"PRAGMA journal_size_limit = {LONGEST_LOG // 2}")  # otherwise the file keeps its largest size
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    if mode != "wal":
        raise JournalBroken(
            tr(
                "the journal {path} cannot be kept safely there: its file system shares no memory between processes.",
                path=path,
            ),
            tip=tr("give --out a folder on a local disk."),
        )
