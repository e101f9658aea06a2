"""What Python loads before the program, where a test puts this folder on its path: a machine that cannot be relied on.

`UNRELIABLE_CLOCK=1.5:3600,3:-7200` sets the wall clock an hour forward 1.5 s after the start, and two hours back 1.5 s
later; the monotonic clock goes on, as it does where somebody sets the time. `UNRELIABLE_DNS=2` lets every second
look-up of a name fail.
"""

from __future__ import annotations

import os
import socket
import time
from itertools import count
from typing import Any


def jumps(plan: str) -> None:
    """Move `time.time` as `plan` says."""
    true, start = time.time, time.monotonic()
    leaps = [(float(at), float(by)) for at, _, by in (leap.partition(":") for leap in plan.split(","))]

    def moved() -> float:
        passed = time.monotonic() - start
        return true() + sum(by for at, by in leaps if passed >= at)

    time.time = moved


def forgets(every: int) -> None:
    """Let every `every`th look-up of a name fail as a resolver does that is not there for a moment."""
    true, number = socket.getaddrinfo, count(1)

    def resolve(host: Any, *arguments: Any, **how: Any) -> Any:
        if next(number) % every == 0:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return true(host, *arguments, **how)

    socket.getaddrinfo = resolve


if plan := os.environ.get("UNRELIABLE_CLOCK"):
    jumps(plan)
if every := os.environ.get("UNRELIABLE_DNS"):
    forgets(int(every))
