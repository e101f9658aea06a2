"""The lock of a run: one process works on it at a time.

Owns: taking it, and saying who holds it.
Does not own: when it is taken (`runs/`).

It is the kernel's (flock), on a file in the run's folder, so a killed holder's lock is free at once. The file holds the
process id of the one who took it last.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from batch.errors import RunLocked, SettingsError

_LOCK: Final = "lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder` itself; others wait."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take(folder: Path) -> int:
    """The descriptor that holds the run's lock until it is closed, or its process ends, however that ends."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise SettingsError(f"the lock of {folder} cannot be opened: {fault.strerror}.") from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        if fault.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise RunLocked(
            f"{folder.name} is being worked on by another process (process id {holder}).",
            tip="wait for it, or stop it: the same command then goes on.",
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
