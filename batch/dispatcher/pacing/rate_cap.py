"""The user's own limit: so many calls in so many seconds. Pure.

Owns: when a call left, as far back as the limit looks.
"""

from __future__ import annotations

from collections import deque


class RateCap:
    """The user's own limit: at most `calls` leave in any `seconds`. Without figures, no limit."""

    def __init__(self, calls: int = 0, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._left: deque[float] = deque(maxlen=calls)

    def ready_at(self, now: float) -> float:
        """When the next request may leave."""
        full = self._left.maxlen and len(self._left) == self._left.maxlen
        return max(now, self._left[0] + self._seconds) if full else now

    def ready_by(self, at: float, most: int) -> int:
        """How many requests may leave until `at`, up to `most`."""
        if not self._left.maxlen:
            return most
        found = self._left.maxlen - len(self._left)
        for left in self._left:
            if found >= most or left + self._seconds > at:
                break
            found += 1
        return min(found, most)

    def take(self, now: float) -> None:
        """Count a request that leaves now."""
        self._left.append(now)
