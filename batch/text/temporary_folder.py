"""Temporary files that outlive no process: what a kill leaves is removed by the next start of any command.

Owns: private temporary folders, the lock that shows which ones are in use, and removing the others; the same for the
temporary names beside reports. They hold phone numbers.
Flow: create -> locked for as long as the process lives -> removed at its end, or by `remove_left_*` of a later one.
Source: flock(2): the lock ends with the process.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

#: How the names of folders in the system's temporary folder begin; before they are locked; and in 0.1.0, without locks.
PREFIX, _UNLOCKED, _OLD = "guayaba-private-", ".guayaba-new-", ("guayaba-batch-", "guayaba-demo-")
#: Seconds after which a folder of 0.1.0 is taken for one that was left: no lock says so.
_OLD_S: Final = 86_400.0
#: How the temporary names in a run folder begin or end.
SCRATCH, PART = ".scratch.", ".part"
#: Seconds for which an empty one may be new and not locked yet.
_NEW_S: Final = 5.0


def temporary_place() -> Path:
    """The system's temporary folder: `TMPDIR` or /tmp.

    Not `tempfile.gettempdir`, which tries the folder with a file of its own, and a kill leaves that.
    """
    named = Path(os.environ.get("TMPDIR") or "/tmp")
    return named if named.is_dir() and os.access(named, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


class LockedFolder(NamedTuple):
    """A folder (0700), and the descriptor that locks it for as long as it is open."""

    path: Path
    descriptor: int

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder with all that it holds, and the lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self.descriptor)


class TemporaryFolder:
    """A new private folder. It goes with this object, at exit at the latest, or after a kill with the next start."""

    __slots__ = ("__weakref__", "path")

    def __init__(self) -> None:
        folder = create_folder()
        self.path = folder.path
        weakref.finalize(self, folder.remove)


def create_folder(prefix: str = PREFIX, parent: Path | None = None) -> LockedFolder:
    """A new locked folder below `parent`, or in the system's temporary folder. Raises OSError."""
    place = parent if parent is not None else temporary_place()
    if parent is None:
        remove_left_folders()
    while True:
        # Locked under a name of its own first: no process takes it for one that was left.
        new = Path(tempfile.mkdtemp(dir=place, prefix=_UNLOCKED if parent is None else prefix))
        try:
            descriptor = os.open(new, os.O_RDONLY)
            _lock(descriptor)
            path = place / f"{prefix}{new.name.removeprefix(_UNLOCKED)}" if parent is None else new
            new.rename(path)
        except FileNotFoundError:  # removed as empty between two of these steps
            continue
        return LockedFolder(path, descriptor)


def lock_part(descriptor: int) -> None:
    """Lock an open temporary file, so that no other process removes it while it is written."""
    _lock(descriptor)


def remove_left_folders() -> None:
    """Remove this user's folders in the system's temporary folder that no process holds any more."""
    for entry in _entries(temporary_place()):
        if entry.name.startswith((PREFIX, _UNLOCKED)):
            _remove_if_left(Path(entry.path))
        elif entry.name.startswith(_OLD):
            with suppress(OSError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_S:
                    _remove_if_left(Path(entry.path))


def remove_left_parts(out: Path) -> None:
    """Remove the temporary files and folders in the run folders below `out` that no process writes any more."""
    for folder in _entries(out):
        if folder.is_dir(follow_symlinks=False):
            for entry in _entries(Path(folder.path)):
                if entry.name.startswith(".") and (entry.name.startswith(SCRATCH) or entry.name.endswith(PART)):
                    _remove_if_left(Path(entry.path))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _remove_if_left(path: Path) -> None:
    """Remove `path` unless it is another user's, a process holds it, or it may be newer than its lock."""
    with suppress(OSError):
        found = path.lstat()
        if found.st_uid != os.getuid() or not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_folder = stat.S_ISDIR(found.st_mode)
            empty = not any(_entries(path)) if is_folder else found.st_size == 0
            if empty and time.time() - found.st_mtime < _NEW_S:
                return
            if is_folder:
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> None:
    with suppress(OSError):  # a file system without locks: then nothing is taken for left behind, either
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
