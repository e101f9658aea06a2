"""Files that are complete or do not exist.

Owns: the temporary name, the two fsyncs and the rename; private permissions. The folder is synced too, since a rename
is durable only then.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from batch.text.temporary_folder import PART, SCRATCH, create_folder, lock_part


@contextmanager
def atomic_file(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Yield a new file with the permissions `mode`, which becomes `path` when the block ends without an exception.

    When the block raises, `path` is as it was and nothing is left beside it. After a kill a hidden `.part` file may be
    left; it is never read, and the next start removes it. An earlier `path` is replaced, never half written. Raises
    OSError.
    """
    # A name of its own, not a fixed one: of two writers each renames what it wrote itself.
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(descriptor, "wb") as sink:
            if mode != 0o600:  # mkstemp makes it so
                Path(part).chmod(mode)
            lock_part(descriptor)
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def scratch_file(folder: Path) -> Iterator[Path]:
    """Yield an empty folder inside `folder`, open to its owner only, and remove it with all it holds.

    Writers that need room on disk take it here and not in /tmp: what they put there is people's phone numbers.
    """
    with create_folder(SCRATCH, folder) as place:
        yield place


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, so that a power cut does not lose a new file. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
