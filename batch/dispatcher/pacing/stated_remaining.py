"""The calls that the server says are left (Remaining), where they are fewer than our own count leaves. Pure.

Owns: which tokens others took, until when, and the pace while few calls are left.

A limiter with windows of its own forgets our calls before our count does, and one that weights two of them (a
sliding-window counter) then gives them back one by one. Where that is so, the last calls of a window leave evenly: the
response to each says whether there is another one.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

#: While no more calls than these are left, and fewer than our own count leaves or will leave soon, they leave evenly: a
#: little slower where none is left and our own earlier calls may be why.
FEW: Final = 2
_SLOWER: Final = 1.25


class StatedRemaining:
    """What the last response said of the calls that are left, and what left since. `window` is in seconds."""

    def __init__(self, window: float) -> None:
        #: Heap: when each token that others took comes back.
        self.taken: list[float] = []
        self._window = window
        self._forgot_at = float("-inf")  # when the server had forgotten calls that we still counted
        self._left = 0
        self._short = self._weighted = self._is_counter = False
        self._last_at = float("-inf")  # when the last call left

    def observe(self, remaining: int, free: int, ours: int, until: float) -> None:
        """Follow a response: no more than `remaining` of the `free` tokens are left until `until`, but for those that
        calls of `ours` may still hold; more may be free again."""
        for _ in range(free - ours - remaining):
            heappush(self.taken, until)
        for _ in range(min(len(self.taken), remaining - free)):
            heappop(self.taken)
        self._weighted = ours > 0

    def expect(self, remaining: int, forgotten: int, soon: int, now: float) -> None:
        """Expect no more than `remaining` calls to be accepted. `soon`: how many our own count leaves after `FEW` more
        calls; `forgotten`: how many calls the server no longer counts, but we do."""
        if forgotten > 0:
            self._forgot_at = now
        recently = now - self._forgot_at <= self._window
        self._is_counter |= recently and self._weighted
        self._left = remaining
        self._short = (recently or self._is_counter) and remaining < soon

    def collect(self, now: float) -> None:
        """Give back the tokens whose time has come."""
        while self.taken and self.taken[0] <= now:
            heappop(self.taken)

    def take(self, now: float) -> None:
        """Count a call that leaves at `now`."""
        self._last_at = now
        self._left -= 1

    def ready_at(self, now: float, interval: float) -> float:
        """When the next call may leave, where even calls are `interval` seconds apart."""
        if not self._short or self._left > FEW:
            return now
        return max(now, self._last_at + interval * (_SLOWER if self._weighted and self._left <= 0 else 1.0))
