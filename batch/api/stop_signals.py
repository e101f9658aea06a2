"""Which signals stop a run, and which of them stop it at once.

Owns: the signals with their exit codes, and when two of them count as one. Stopping is for those that receive them.
"""

from __future__ import annotations

import signal
from enum import Enum, auto
from typing import Final

from batch.errors import Exit

EXIT_CODES: Final = {signal.SIGINT: Exit.SIGINT, signal.SIGTERM: Exit.SIGTERM, signal.SIGHUP: Exit.STOPPED}
#: Signals that come within so many seconds are one: a shell whose terminal closes, `timeout` and wrappers of programs
#: each send a signal that the system has sent already.
_ONE_SIGNAL_S: Final = 1.0


class Stop(Enum):
    """What a signal asks for."""

    AFTER_OPEN_REQUESTS = auto()
    #: The first signal once more.
    REPEATED = auto()
    AT_ONCE = auto()


class StopSignals:
    """The signals of one process since it began its work. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self._first_at: float | None = None

    def received(self, now: float) -> Stop:
        """What the signal of this moment asks for."""
        if self._first_at is None:
            self._first_at = now
            return Stop.AFTER_OPEN_REQUESTS
        return Stop.REPEATED if now - self._first_at < _ONE_SIGNAL_S else Stop.AT_ONCE


def handled_signals() -> list[signal.Signals]:
    """The signals to handle. One that is ignored stays ignored: nohup needs that."""
    return [number for number in EXIT_CODES if signal.getsignal(number) is not signal.SIG_IGN]
