"""Which file systems can hold a journal.

Owns: the file systems that cannot, and finding out on which one a folder is.

A journal's write-ahead log is shared through memory, and what fsync says must be true of a disk. A file system that
another machine can write to has neither; what a hypervisor or a program in between (FUSE) serves may have neither. A
refusal costs a `--out`; a journal that forgets costs a call to a person who asked not to be called.
Source: SQLite, "Write-Ahead Logging": "All processes using a database must be on the same host computer; WAL does not
work over a network filesystem". proc(5) on `/proc/pid/mountinfo`. Where there is no such file (macOS) nothing is known.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

MOUNTINFO: Final = Path("/proc/self/mountinfo")

#: Served by another machine, or by the machine that this one is a guest of.
_SHARED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "ncpfs", "ceph", "lustre", "gpfs", "beegfs", "orangefs",
     "pvfs2", "ocfs2", "gfs2", "9p", "drvfs", "vboxsf", "vmhgfs", "prl_fs", "virtiofs", "fakeowner", "osxfs"}
)  # fmt: skip

#: Programs that serve a disk of this very machine.
_LOCAL_FUSE: Final = frozenset(
    {"fuseblk", "fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.zfs", "fuse.zfs-fuse", "fuse.ext2fs",
     "fuse.fuse2fs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.mergerfs", "fuse.bindfs", "fuse.lxcfs"}
)  # fmt: skip


class Mount(NamedTuple):
    """A mounted file system: where, of which type, from what."""

    point: str
    type: str
    source: str
    options: str

    @property
    def is_local(self) -> bool:
        """True where a journal is safe on it."""
        if self.type == "9p":  # gVisor serves a container's own disk so, to it alone, and spells its pipes in its way
            return "rfdno=" in self.options
        return self.type not in _SHARED and (not self.type.startswith("fuse") or self.type in _LOCAL_FUSE)


def find_mount(folder: Path, mountinfo: Path | None = None) -> Mount | None:
    """The mount that `folder` is on, which need not exist yet; `None` where this system does not say."""
    try:
        text = (mountinfo or MOUNTINFO).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    real = os.path.realpath(folder)
    best = None
    for line in text.splitlines():
        mount = _read(line)
        # Of two at one place the later one hides the earlier.
        if mount and _is_below(real, mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _read(line: str) -> Mount | None:
    place, _, kind = line.partition(" - ")
    left, right = place.split(" "), kind.split(" ")
    if len(left) < 5 or len(right) < 3:
        return None
    return Mount(_plain(left[4]), right[0], _plain(right[1]), right[2])


def _is_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


def _plain(field: str) -> str:
    """`field` without the octal codes that stand for spaces and the like."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)
