"""Which event loop runs now, and its clock.

Owns: whether asyncio's own loop runs, whose connections and clock are used directly: anyio finds out at each call which
event loop it is, which takes longer than to read the clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import anyio


def asyncio_loop() -> asyncio.BaseEventLoop | None:
    """The running loop, where it is asyncio's own; `None` for trio's and for others that asyncio runs on (uvloop)."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # trio's
        return None
    return loop if isinstance(loop, asyncio.BaseEventLoop) else None


def event_loop_clock() -> Callable[[], float]:
    """`anyio.current_time`, for the loop that runs now."""
    loop = asyncio_loop()
    if loop is None:
        return anyio.current_time
    # A method that only reads the system's clock is called several times a row.
    return time.monotonic if type(loop).time is asyncio.BaseEventLoop.time else loop.time
