"""The lock of a run: one process works on it at a time.

Owns: taking the lock, releasing it, and the id of the process that holds it.

The lock is a kernel lock (flock) on a file in the run folder, so the lock of a killed process is free at once. The file
contains the id of the process that took the lock last. It is removed with the lock: the folder of a run that is not
being worked on contains its reports and its journal only. A process that locked a removed file tries again.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from batch.errors import RunLocked, SettingsError
from batch.text.language import tr

_LOCK: Final = "lock"
#: How often the file may be removed between its opening and its locking.
_TRIES: Final = 100


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder` itself; others wait."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take(folder: Path) -> int:
    """The descriptor that holds the run's lock until `release`, or until the process ends or is killed."""
    for _ in range(_TRIES):
        descriptor = _refuse_locked(folder)
        if _is_there(folder, descriptor):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            return descriptor
        os.close(descriptor)
    raise RunLocked(
        tr("other processes lock {name} again and again.", name=folder.name),
        tip=tr("give the same command again later."),
    )


def release(folder: Path, descriptor: int) -> None:
    """Free the lock that `take` gave, and remove its file. The lock is free even where the file cannot be removed."""
    with suppress(OSError):
        if _is_there(folder, descriptor):
            (folder / _LOCK).unlink()
    os.close(descriptor)


def holder(folder: Path) -> int | None:
    """The id of the process that works on the run in `folder`; `None` where none does. Nothing is locked for long."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    pid = 0
    try:
        pid = int(os.pread(descriptor, 32, 0).decode("ascii", "replace").strip())
        os.kill(pid, 0)  # raises where there is no such process; flock tells whether it has the lock
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return pid
    except PermissionError:
        return pid  # of another user
    except (OSError, ValueError):
        return None
    finally:
        os.close(descriptor)
    return None


def _is_there(folder: Path, descriptor: int) -> bool:
    """True where the lock in `folder` is the file that `descriptor` has open."""
    try:
        found = (folder / _LOCK).lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


def _refuse_locked(folder: Path) -> int:
    """A lock file of `folder`, opened and locked; it may have been removed meanwhile."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise SettingsError(
            tr("the lock of {folder} cannot be opened: {strerror}.", folder=folder, strerror=fault.strerror)
        ) from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        if fault.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise RunLocked(
            tr("another process is working on {name} (process id {holder}).", name=folder.name, holder=holder),
            tip=tr("wait until it ends, or stop it. Then give the same command again."),
        ) from None
    return descriptor
