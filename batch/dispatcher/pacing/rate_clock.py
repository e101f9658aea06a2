"""A rate with a burst, from the side of the caller: when does the next call conform to it? Pure.

Owns: how many calls the server may still count as owed (the level), and how long calls take.
Source: the generic cell rate algorithm (ITU-T I.371, annex A), which token buckets and nginx's limit_req amount to.

A call is counted somewhere between the moment it leaves and the moment its response is seen. The clock takes the later
one, so the level is never too low. Where the burst is one, that alone would cost a round trip for every call: the next
call is under way for a while, too, so it leaves earlier by what a call takes at the least.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

#: The fastest and the slowest of so many calls tell how long the next one takes; fewer than so many do not.
_RECENT: Final = 16
_TOO_FEW: Final = 8
#: So much of the fastest call is relied on at first, and half of it after a refusal; nothing, where that would be less
#: than this part of the interval.
_RELIED_ON: Final = 0.95
_WORTH: Final = 0.01
#: A call is named early by no more than this part of the interval.
_EARLY: Final = 0.25
#: Of users of a store that wait for a place, the one that had the last one comes later by this part of the interval.
_GIVE_WAY: Final = 1 / 64
#: This part of a burst of two or more is held back: it makes up for calls that overtake each other.
HELD_BACK: Final = 0.25


class RateClock:
    """`burst` calls together, then one each `interval` seconds."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._owed_until = float("-inf")  # when the level is zero again
        #: How many seconds a call takes on average, lately.
        self.duration = 0.0
        self._durations: deque[float] = deque(maxlen=_RECENT)
        self._relied_on = _RELIED_ON

    def level(self, now: float) -> float:
        """How many calls are owed at `now`: a limiter refuses a call where this is above its burst less one.

        Below zero: for so many intervals nothing has been owed.
        """
        return (self._owed_until - now) / self.interval

    def accepted(self, now: float, left_at: float) -> None:
        """Count a call that left at `left_at`, and whose response was seen `now`."""
        self.count(now)
        self._durations.append(now - left_at)
        self.duration = sum(self._durations) / len(self._durations)

    def count(self, now: float) -> None:
        """Count a call `now`, however long it took."""
        self._owed_until = max(self._owed_until, now) + self.interval

    def is_full(self, now: float, burst: int) -> None:
        """The limiter refused a call `now`: it owes nothing more than a burst of `burst` calls."""
        self._owed_until = now + burst * self.interval

    def ready_at(self, now: float, in_flight: Sequence[float], burst: int) -> float | None:
        """When the next call may leave if `burst` are allowed; `None` while only a response can tell. `in_flight`:
        when the calls under way left."""
        slowest = max(self._durations, default=0.0)
        owed_until, overdue = self._owed_until, False
        for left_at in in_flight:
            overdue = overdue or now > left_at + slowest
            owed_until = max(owed_until, left_at + slowest, now) + self.interval
        ready = owed_until - ((burst - 1 - HELD_BACK) * self.interval if burst > 1 else self.at_least)
        if ready <= now:
            return now
        return None if overdue else ready

    def ready_by(self, at: float, now: float, in_flight: Sequence[float], burst: int, most: int) -> int:
        """How many calls may leave until `at`, up to `most`."""
        ready = self.ready_at(now, in_flight, burst)
        if ready is None or ready > at:
            return 0
        return min(most, 1 + int((at - ready) / self.interval))

    def lead(self, longest: float, interval: float | None = None) -> float:
        """By how many seconds a call is named before it may leave, at most `longest`."""
        return min(longest, _EARLY * (interval or self.interval))

    def give_way(self, users: int) -> float:
        """By how many seconds a call is later for the sake of the other `users` of the store."""
        return _GIVE_WAY * self.interval if users > 1 else 0.0

    def came_early(self, left_at: float, burst: int, users: int) -> bool:
        """Rely less on what a call takes; False where the call that left at `left_at` relied on so little of it that
        its refusal has another reason. Calls of other `users` of a store, which are not counted here, may be owed."""
        if not self.at_least or (users == 1 and (burst > 1 or self.level(left_at) <= 0.0)):
            return False
        self._relied_on /= 2
        return True

    @property
    def at_least(self) -> float:
        """How long the next call is under way at the least."""
        if len(self._durations) < _TOO_FEW:
            return 0.0
        at_least = self._relied_on * min(self._durations)
        return at_least if at_least >= _WORTH * self.interval else 0.0
