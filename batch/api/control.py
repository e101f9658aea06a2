"""Watching and stopping a run from outside it, for a program that runs it in another thread.

Owns: `RunControl`. The run itself polls it, so nothing of the event loop is shared.
"""

from __future__ import annotations

import threading
from typing import Final

import anyio

from batch.dispatcher.actions import StopReason
from batch.dispatcher.lanes import Lanes, LaneState
from batch.errors import Exit

#: Seconds between two looks at the control: how late a stop is noticed.
_INTERVAL_S: Final = 0.2


class RunControl:
    """The control of one run; any thread. `stop` before the run has started counts, too."""

    __slots__ = ("_exit_code", "_lanes", "_stop")

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._exit_code = Exit.STOPPED
        self._lanes: tuple[LaneState, ...] = ()

    def stop(self, exit_code: Exit = Exit.STOPPED) -> None:
        """Send nothing more and let open requests end, as the first Ctrl-C does. The same call continues the run."""
        self._exit_code = exit_code
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """True once `stop` was called."""
        return self._stop.is_set()

    @property
    def lanes(self) -> tuple[LaneState, ...]:
        """How each API key stood at the last look; empty before the first call."""
        return self._lanes

    async def watch(self, lanes: Lanes) -> None:
        """Run beside the lanes: take their state, and drain them once `stop` was called."""
        while not self._stop.is_set():
            self._lanes = tuple(lanes.states)
            await anyio.sleep(_INTERVAL_S)
        lanes.drain(StopReason.STOPPED, self._exit_code)
        while True:
            self._lanes = tuple(lanes.states)
            await anyio.sleep(_INTERVAL_S)
