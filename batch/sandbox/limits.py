"""Rate-limit windows: how many requests a key has left, and when it has them again.

Owns: fixed and sliding windows per key and class. Pure but for `Meter`, which remembers one window per key
and class. Does not own: clocks (times are arguments, in seconds of any steady clock) or headers.
Source: /authentication: 100 reads and 30 writes a minute per key. Whether the window is fixed or sliding is
not documented, so both are here; the Reset header suggests a fixed one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

WindowKind = Literal["fixed", "sliding"]
RequestClass = Literal["read", "write"]

UNLIMITED = 1_000_000
"""The limit that headers show when a class is not limited."""


@dataclass(frozen=True, slots=True)
class FixedWindow:
    """A window that opens with its first request and empties all at once, one span later."""

    opened: float = -math.inf
    used: int = 0

    def at(self, now: float, span: float) -> FixedWindow:
        """This window at `now`; a fresh one once its span is over."""
        return self if now < self.opened + span else FixedWindow(now)

    def spend(self, now: float) -> FixedWindow:
        """This window with one more request in it."""
        return FixedWindow(self.opened, self.used + 1)

    def frees_at(self, now: float, span: float) -> float:
        """When a request that was counted is forgotten."""
        return self.opened + span


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """A window that forgets each request one span after it came."""

    times: tuple[float, ...] = ()

    @property
    def used(self) -> int:
        """Requests that still count."""
        return len(self.times)

    def at(self, now: float, span: float) -> SlidingWindow:
        """This window at `now`, without what is one span old."""
        return SlidingWindow(tuple(then for then in self.times if now < then + span))

    def spend(self, now: float) -> SlidingWindow:
        """This window with one more request in it."""
        return SlidingWindow((*self.times, now))

    def frees_at(self, now: float, span: float) -> float:
        """When the oldest request is forgotten; one span from now if there is none."""
        return (self.times[0] if self.times else now) + span


Window = FixedWindow | SlidingWindow


@dataclass(frozen=True, slots=True)
class Admission:
    """What a window said to one request; `reset_in` is seconds until room comes back, over 0."""

    admitted: bool
    limit: int
    remaining: int
    reset_in: float

    @property
    def retry_after(self) -> int:
        """Whole seconds to wait, rounded up, at least 1: waiting that long is always enough."""
        return max(1, math.ceil(self.reset_in))


def admit(window: Window, now: float, span: float, limit: int) -> tuple[Window, Admission]:
    """The window after one request at `now`, and the answer; a refused request is not counted."""
    window = window.at(now, span)
    admitted = window.used < limit
    if admitted:
        window = window.spend(now)
    return window, _answer(window, now, span, limit, admitted)


def peek(window: Window, now: float, span: float, limit: int) -> Admission:
    """The answer that headers show for a request which is not counted."""
    window = window.at(now, span)
    return _answer(window, now, span, limit, window.used < limit)


def _answer(window: Window, now: float, span: float, limit: int, admitted: bool) -> Admission:
    return Admission(admitted, limit, max(0, limit - window.used), window.frees_at(now, span) - now)


@dataclass(slots=True)
class Meter:
    """One window per key and class; reads and writes never share one (our reading of the table)."""

    limits: dict[RequestClass, int]
    span: float = 60.0
    kind: WindowKind = "fixed"
    _windows: dict[tuple[str, RequestClass], Window] = field(default_factory=dict)

    def admit(self, key: str, group: RequestClass, now: float, limit: int | None = None) -> Admission:
        """Count one request of `key`, or refuse it; `limit` overrules the class's own for this one."""
        window, admission = admit(self._window(key, group), now, self.span, self._limit(group, limit))
        self._windows[key, group] = window
        return admission

    def peek(self, key: str | None, group: RequestClass, now: float, limit: int | None = None) -> Admission:
        """What `key` has left, counting nothing; a request without a usable key sees a fresh window."""
        return peek(self._window(key or "", group), now, self.span, self._limit(group, limit))

    def _window(self, key: str, group: RequestClass) -> Window:
        fresh: Window = FixedWindow() if self.kind == "fixed" else SlidingWindow()
        return self._windows.get((key, group), fresh)

    def _limit(self, group: RequestClass, override: int | None) -> int:
        limit = self.limits[group] if override is None else override
        return limit if limit > 0 else UNLIMITED
