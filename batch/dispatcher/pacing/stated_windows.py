"""Further windows that a server states beside its limit (RateLimit-Policy): so many calls in so many seconds. Pure.

Owns: which of them count, and when each lets a call leave. They only narrow what the bucket allows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

#: So many windows are followed; a server that states more is not believed.
_MOST: Final = 4


class _Window(NamedTuple):
    calls: int
    seconds: float
    seen: deque[float]  # when the responses of the last calls were seen


class StatedWindows:
    """The windows that the last response stated, but for the one that the bucket keeps (`own`, in seconds)."""

    def __init__(self, own: float) -> None:
        self._own = own
        self._windows: list[_Window] = []

    def follow(self, policies: Sequence[tuple[int, float]]) -> None:
        """Keep to `policies`, (calls, seconds) each. Nothing stated: what was stated before still holds."""
        if not policies or [(calls, seconds) for calls, seconds, _ in self._windows] == list(policies):
            return
        kept = {(window.calls, window.seconds): window for window in self._windows}
        self._windows = [
            kept.get((calls, seconds), _Window(calls, seconds, deque(maxlen=calls)))
            for calls, seconds in policies[:_MOST]
            if abs(seconds - self._own) > 0.01 * self._own
        ]

    def counted(self, now: float) -> None:
        """A call was counted, at the latest when its response was seen `now`."""
        for window in self._windows:
            window.seen.append(now)

    def ready_at(self, now: float, in_flight: int) -> float | None:
        """When the next call may leave; `None` while only a response can tell."""
        ready = now
        for calls, seconds, seen in self._windows:
            if calls <= in_flight:
                return None
            if len(seen) >= calls - in_flight:
                ready = max(ready, seen[in_flight - calls] + seconds)
        return ready
