"""The calls of others on the same key, as Remaining shows them, and the part of the limit that is left to us. Pure.

Owns: how many calls others make in a window, how many clients there seem to be, and how far apart our calls are then.

A limiter that weights two windows (a sliding-window counter) counts calls of ours for up to two windows: only what is
beyond that shows that others are there.

Of two clients that take all they can get, each is refused again and again. Where others use the key, our calls are
spread evenly, and there are no more of them than a fair part: an equal part for each client, or what the others leave.
No message is needed: each client comes to the same split.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import Final

#: Spread calls stay below their part by so much: windows of the server begin at any moment, and counts are rounded. It
#: is less until a call is refused.
_SPARE: Final = 1.04
_LITTLE: Final = 1.01
#: A sliding count is rounded: that is nobody's call.
_ROUNDED: Final = 1
#: A refusal means one more client, but no sooner than so many windows after the one before.
_PATIENCE: Final = 3
#: So many of our own calls are remembered: a limit that is larger than half of them needs no such care.
_REMEMBERED: Final = 256
#: Of the limit: where all calls of a window are fewer, there is room for larger parts.
_BUSY: Final = 0.9


class FairShare:
    """What others do on a key with windows of `window` seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._others = 0  # calls of others in a window, the most that was seen in this one and the one before
        self._most = 0  # in this one
        self._seen_at = float("-inf")
        self._full_at = float("-inf")  # when nothing was left
        self._clients = 1
        self._spare = _LITTLE
        self._judged_at = float("-inf")
        self._windows = 0  # judged since others were first seen
        self._own: deque[float] = deque(maxlen=_REMEMBERED)  # when our last calls were counted

    def counted(self, now: float) -> None:
        """A call of ours was counted, at the latest when its response was seen `now`."""
        self._own.append(now)

    def explained(self, counted: int, own: int, now: float) -> int:
        """How many of the `counted` calls may be ours, of which `own` are in the last window: a limiter that weights
        two windows, wherever they begin, may count more. Not asked once others are known."""
        if counted <= own or self._clients > 1:
            return own
        times, most = [now - at for at in self._own], float(own)  # ages, the oldest first
        recent = bisect_left(times, -self._window, key=lambda age: -age)
        for at in range(recent, len(times)):
            before = at - bisect_left(times, -(times[at] + self._window), key=lambda age: -age)
            most = max(most, len(times) - at + before * (1 - times[at] / self._window))
        return min(counted, int(most))

    def observe(self, limit: int, remaining: int, own: int, now: float) -> None:
        """Follow a response: of `limit` there are `remaining`, and `own` calls of ours are in the last window.

        The server's window is no longer than ours, so what is missing beyond our own was taken by others.
        """
        if not self.active(now):
            self._others, self._most, self._clients, self._judged_at, self._windows = 0, 0, 1, now, 0
        others = limit - remaining - own
        if others > 0:
            self._seen_at = now
            self._most = max(self._most, limit - remaining - self.explained(limit - remaining, own, now))
            self._others = max(self._others, others)
            if not remaining:
                self._full_at = now
        if now - self._judged_at >= self._window:
            self._judge(limit, own, now)

    def refused(self, limit: int, own: int, now: float) -> None:
        """The window is used up, and `own` calls of it are ours: others have the rest."""
        self._spare = _SPARE
        self.observe(limit, 0, own, now)
        if now - self._judged_at >= self._window / 2 and (self._clients == 1 or self._windows >= _PATIENCE):
            self._judged_at, self._windows = now, 0
            self._clients += 1

    def active(self, now: float) -> bool:
        """True while others use the key."""
        return self._others > 0 and now - self._seen_at <= self._window

    def interval(self, limit: int, now: float) -> float:
        """Seconds between two calls of ours while others use the key: an equal part, and what the others leave as long
        as they leave something."""
        part = limit / self._clients
        if now - self._full_at > self._window:
            part = max(part, float(limit - self._others))
        return self._spare * self._window / max(1.0, part)

    def _judge(self, limit: int, own: int, now: float) -> None:
        """After each window: others that are still there are clients like us, if the window is nearly used up."""
        busy = self._others + own >= _BUSY * limit
        self._windows += 1
        if self._windows > 1 and self._most > _ROUNDED:  # our own first burst looks like others for a window
            self._clients = max(2, self._clients if busy else self._clients - 1)
        self._others, self._most, self._judged_at = self._most, 0, now
