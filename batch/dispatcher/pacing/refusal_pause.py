"""The pause after a refused call. Pure.

Owns: which refusals fall into one pause, and how long it is where a server says again and again that less will do.
"""

from __future__ import annotations

from typing import Final

#: So many times in a row a server is believed that a pause as long as it says will do.
_BELIEVED: Final = 4


class RefusalPause:
    """The last pause. `window` is the longest wait that is added to what a server says."""

    def __init__(self, window: float) -> None:
        #: When it ends.
        self.until = float("-inf")
        self._window = window
        self._began = float("-inf")
        self._in_a_row = 0  # without an accepted call between them

    def covers(self, left_at: float) -> bool:
        """Whether a call that left then says nothing new: calls that were in flight together fall into one pause."""
        return left_at <= self._began

    def prolong(self, until: float) -> None:
        """Go on at least `until`."""
        self.until = max(self.until, until)

    def begin(self, now: float, wait: float, hint: float | None) -> None:
        """Pause for `wait` seconds, of which the server named `hint`.

        Pauses that follow each other without an answer grow whatever the server says: at once where it names no time to
        come, else after some pauses as it says. A Retry-After of nothing must not become a storm.
        """
        self._began = now
        self._in_a_row += 1
        if hint is not None:
            believed = _BELIEVED if hint > 0 else 0
            wait = max(wait, min(self._window, 2.0 ** min(self._in_a_row - 1 - believed, 32)))
        self.prolong(now + wait)

    def end(self) -> None:
        """A call was accepted."""
        self._in_a_row = 0
