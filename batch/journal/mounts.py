"""Which file systems can hold a journal.

Owns: the list of file systems that cannot, and which file system a folder is on.

SQLite shares the write-ahead log of a journal through memory, and relies on fsync. A network file system supports
neither. The file system of a hypervisor or of a FUSE program may support neither. A refusal costs the user another
`--out`; a lost journal can cost a call to a person who asked not to be called.
Source: SQLite, "Write-Ahead Logging": "All processes using a database must be on the same host computer; WAL does not
work over a network filesystem". proc(5) on `/proc/pid/mountinfo`. Where there is no such file (macOS) nothing is known.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

MOUNTINFO: Final = Path("/proc/self/mountinfo")

#: Network file systems, and file systems that a host shares with its guests.
_SHARED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "ncpfs", "ceph", "lustre", "gpfs", "beegfs", "orangefs",
     "pvfs2", "ocfs2", "gfs2", "9p", "drvfs", "vboxsf", "vmhgfs", "prl_fs", "virtiofs", "fakeowner", "osxfs"}
)  # fmt: skip

#: FUSE file systems on a local disk.
_LOCAL_FUSE: Final = frozenset(
    {"fuseblk", "fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.exfat", "fuse.zfs", "fuse.zfs-fuse", "fuse.ext2fs",
     "fuse.fuse2fs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.mergerfs", "fuse.bindfs", "fuse.lxcfs"}
)  # fmt: skip


class Mount(NamedTuple):
    """A mounted file system: mount point, type, source and options."""

    point: str
    type: str
    source: str
    options: str

    @property
    def is_local(self) -> bool:
        """True where a journal is safe on it."""
        if self.type == "9p":  # gVisor mounts the own disk of a container as 9p, with these options
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
