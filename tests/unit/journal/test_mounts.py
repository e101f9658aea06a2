"""Where a journal may be: on a disk of this machine, and nowhere that another could write to."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.api import calls as api
from batch.errors import Exit, SettingsError
from batch.journal import mounts
from batch.journal.mounts import Mount, find_mount
from batch.loader import ReadOptions
from batch.model import Operation
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

#: As Linux, WSL, Vagrant, Docker Desktop and gVisor write them.
TABLE = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:30 / /net/share rw shared:7 master:1 - nfs4 server:/export rw,vers=4.2
41 40 8:1 / /net/share/disk rw - xfs /dev/sdb1 rw
42 27 0:31 / /mnt/c rw,noatime - 9p drvfs rw,aname=drvfs;path=C:\134,mmap,trans=fd,rfd=8,wfd=8
43 27 0:32 / /vagrant rw - vboxsf vagrant rw
44 27 0:33 / /mnt/My\040Files rw - cifs //nas/files rw
45 27 0:34 / /home/ann/remote rw - fuse.sshfs ann@host: rw
46 27 0:35 / /media/usb rw - fuseblk /dev/sdc1 rw
47 27 0:36 / /workspace rw - virtiofs share rw
48 27 0:37 / /gvisor rw - 9p none rw,trans=fd,rfdno=4,wfdno=4,aname=/,directfs
49 27 0:38 / /twice rw - nfs server:/a rw
50 27 0:39 / /twice rw - tmpfs tmpfs rw
51 27 0:40 / /b rw - fuse.rclone b: rw
"""

PLACES = [
    ("/home/ann/reports", True, "the root is an ext4 disk"),
    ("/net/share", False, "NFS: fsync and locks are another machine's"),
    ("/net/share/reports/deep", False, "below NFS"),
    ("/net/sharepoint", True, "a name that only begins like the mount"),
    ("/net/share/disk/reports", True, "a disk that is mounted below NFS"),
    ("/mnt/c/Users/ann", False, "Windows' disk in WSL: 9p without shared memory"),
    ("/vagrant", False, "a folder of VirtualBox's host"),
    ("/mnt/My Files/reports", False, "SMB, at a mount point with a space"),
    ("/home/ann/remote/x", False, "sshfs: a program that nothing is known of"),
    ("/b", False, "a bucket"),
    ("/media/usb", True, "ntfs-3g on a disk of this machine"),
    ("/workspace", False, "a folder of Docker Desktop's host"),
    ("/gvisor/reports", True, "gVisor's own spelling: the container's disk"),
    ("/twice", True, "the later mount hides the earlier"),
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(TABLE.strip())
    return path


@pytest.mark.parametrize(("folder", "local", "reason"), PLACES, ids=[reason for _, _, reason in PLACES])
def test_only_a_disk_of_this_machine_can_hold_a_journal(table: Path, folder: str, local: bool, reason: str) -> None:
    """The mount that a folder is really on decides, by its type."""
    mount = find_mount(Path(folder), table)
    assert mount is not None
    assert mount.is_local is local, reason


def test_a_symlink_is_followed(table: Path, tmp_path: Path) -> None:
    """A folder that leads to a share is on the share."""
    (tmp_path / "reports").symlink_to("/net/share/reports")
    assert find_mount(tmp_path / "reports", table) == Mount("/net/share", "nfs4", "server:/export", "rw,vers=4.2")


def test_where_the_system_does_not_say_nothing_is_refused(tmp_path: Path) -> None:
    """Without a table, or with one that nobody can read, there is no mount."""
    assert find_mount(tmp_path, tmp_path / "nothing") is None
    (tmp_path / "odd").write_bytes(b"\xff\n\n1 2 3\n - \n")
    assert find_mount(tmp_path, tmp_path / "odd") is None


@pytest.mark.parametrize("command", ["run", "resume", "report"])
def test_a_run_on_a_share_is_refused_before_anything_is_made(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, the file system by name, --out on a local disk as the way on, and nothing in the folder or sent."""
    (tmp_path / "mountinfo").write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path}/share rw - nfs4 nas:/a rw\n")
    monkeypatch.setattr(mounts, "MOUNTINFO", tmp_path / "mountinfo")
    out = tmp_path / "share" / "reports"
    settings = Settings(key=ApiKey("gua_x"), base_url="http://127.0.0.1:9", out=out, state=tmp_path / "state")
    (tmp_path / "in.csv").write_text("phone\n+12025550100\n")
    folder = out / "20260131T090000Z-update-contacts-c0ffee00"
    if command != "run":
        folder.mkdir(parents=True)
        (folder / "journal.sqlite").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SettingsError, match=r"nas:/a \(nfs4") as caught:
        if command == "run":
            api.run(tmp_path / "in.csv", ReadOptions(Operation.FULFILL), settings)
        elif command == "resume":
            api.resume(folder, settings)
        else:
            api.report(folder, settings)
    assert caught.value.exit_code is Exit.USAGE
    assert "--out" in caught.value.tip
    assert sorted(tmp_path.rglob("*")) == before
