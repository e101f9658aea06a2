"""A plugin of pytest: the temporary folders of the tests are in memory, where it has room for them.

The program syncs each step to the disk, so on a disk its tests wait for that one most of the time. Who names a place
(--basetemp, TMPDIR, PYTEST_DEBUG_TEMPROOT) has the folders there; what a disk may do is simulated (`faults/storage`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

_PLACE: Final = Path("/dev/shm")
#: Bytes that must be free: a run of all tests leaves less than a gigabyte.
_ROOM: Final = 6 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Choose the place for this run; its workers have folders in it."""
    named = config.option.basetemp or "TMPDIR" in os.environ or "PYTEST_DEBUG_TEMPROOT" in os.environ
    if not named and _has_room():
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_PLACE)


def _has_room() -> bool:
    """True where programs may be started from memory (a test installs one), and enough of it is free."""
    try:
        found = os.statvfs(_PLACE)
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # no Linux
        return False
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)
    is_usable = os.access(_PLACE, os.W_OK) and not found.f_flag & os.ST_NOEXEC
    return is_usable and min(found.f_bavail * found.f_frsize, kilobytes << 10) >= _ROOM
