"""The clock that goes on while the machine sleeps, and for how long it has slept.

Owns: which of the system's clocks that is.
Source: clock_gettime(2): Linux's CLOCK_MONOTONIC stands still in suspend and CLOCK_BOOTTIME does not; on macOS that is
so of what Python's time.monotonic reads and of CLOCK_MONOTONIC.
"""

from __future__ import annotations

import time

#: A difference of the two clocks that grew by so many seconds is no inaccuracy of reading them one after the other.
ASLEEP_S = 1.0
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds since some moment that all processes of this boot share; no change of the time of day moves it."""
    return time.clock_gettime(_BOOT_CLOCK)


def seconds_asleep() -> float:
    """For how many seconds the machine has slept, since some moment of the past."""
    return boot_time() - time.monotonic()


def awake() -> float:
    """No seconds: what a clock says that never sleeps, as one of a test's."""
    return 0.0
