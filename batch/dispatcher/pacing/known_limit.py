"""The limit to keep to: the documented or stated one, and what was learned of it. Pure.

Owns: which of them holds, and the trials of a learned limit: when it is tried again, and how far.

A learned limit is tried again after twelve windows, by one call more than it allows, then the next, until one is
refused; then after twice the time, and after a ban no sooner than after twelve times as long as it was. An interval
that may be too long is shortened with each accepted call, until one is refused.
"""

from __future__ import annotations

import math
from typing import Final

from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.dispatcher.pacing.rate_clock import HELD_BACK

#: Seconds between two calls of a limit below which no rate is learned: a response takes longer than that, so nothing
#: tells which call was one too many, and one odd refusal in thousands of calls must not slow down all the others.
_TOO_FAST: Final = 0.1
#: An interval that was refused is lengthened by so much.
LONGER: Final = 1.02
#: One that may be too long is shortened by so much a call; where there is a burst, which hides a wrong step for a
#: while, by more: the limit is reached before it is forgotten how full the limiter was.
_SHORTER: Final = 0.97
_SHORTER_IN_A_BURST: Final = 0.9
#: A call that left later than it could, by this part of an interval, says nothing about a shorter interval.
_LATE: Final = 0.1
#: A stated limit whose Reset is further away than so many windows counts in another window than ours.
_OTHER_WINDOW: Final = 1.5
#: A refusal while fewer calls than this part of a stated limit were made is not by that limit.
_FAR_BELOW: Final = 0.5
#: The first trial of a learned limit comes after so many windows; none is later than after the longest time.
_TRIED_AFTER: Final = 12.0
_LONGEST_TRUST: Final = 2.0**10
_TRIED_SOON: Final = 2.0
#: An interval that is longer than an even one by so much costs calls.
_COSTS: Final = 1.25
#: A refusal that lasted no more windows than this is a usual one.
_SHORT: Final = 2.0


class KnownLimit:
    """The limit of one key, for one kind of request: `limit` calls in `window` seconds are documented, and `share` of
    them are used."""

    def __init__(self, limit: int, window: float, share: float = 1.0) -> None:
        self.window = window
        #: How many users of the key share what was learned, this one among them.
        self.users = 1
        self.learned: LearnedLimit | None = None
        #: The limit that the server states; 0: none.
        self.stated = 0
        self._share = share
        self._documented = limit
        self._disproved = 0  # a stated limit that was another limiter's
        self._trial = False
        self.limit = limit

    @property
    def limit(self) -> int:
        """The limit that the server states, or the documented one. Where it changes, what was learned beside another
        stated one is void."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = limit
        #: So many calls of the limit may be made in a window, and seconds between two that use them evenly.
        self.most = max(1, int(limit * self._share))
        self.even_interval = self.window / self.most
        if self.learned is not None and self.learned.stated != self.stated:
            self.forget()

    @property
    def calls(self) -> int:
        """How many calls a window may hold."""
        return min(self.most, self._beyond(self.learned.calls)) if self.learned else self.most

    @property
    def burst(self) -> int:
        """How many calls may leave together; 0: as many as the window holds."""
        return self._beyond(self.learned.burst) if self.learned and self.learned.interval else 0

    @property
    def interval(self) -> float:
        """Seconds between two calls, where the burst is used up."""
        return self.learned.interval if self.learned and self.learned.interval else self.even_interval

    @property
    def can_be_learned(self) -> bool:
        """Whether refusals teach another limit than the one that is known."""
        return self.even_interval >= _TOO_FAST

    def follow(self, stated: int, reset_in: float | None) -> None:
        """The server states this limit, whose window ends in `reset_in` seconds. A higher one than documented counts
        only where it may be of the same window, and until it is disproved."""
        if stated > self._documented and reset_in is not None and reset_in > _OTHER_WINDOW * self.window:
            self._disprove(stated)
        if stated == self._disproved:
            return
        self.stated = stated
        if stated != self._limit:
            self.limit = stated

    def contradicted(self, made: int, remaining: int | None) -> None:
        """A call was refused after `made` calls in the window, where the server states that `remaining` are left."""
        if remaining != 0 and self._documented <= made < _FAR_BELOW * self._limit:
            self._disprove(self._limit)

    def _disprove(self, stated: int) -> None:
        self._disproved = stated
        if self._limit == stated:
            self.stated, self.limit = 0, self._documented

    def forget(self) -> None:
        """Nothing is learned: the limit holds."""
        self.learned = None
        self._trial = False

    def restore(self, learned: LearnedLimit | None) -> None:
        """Go on with what an earlier session or another user learned, or, with `None`, without anything; its
        `learned_at` is of this session's clock. A trial is the other's, then."""
        if learned is None or learned.calls <= self.most:
            self.learned = learned
            self._trial = False

    def learn(self, calls: int, burst: int, interval: float, now: float) -> None:
        """Keep to at most `calls` in a window; of them `burst` together, then one each `interval` seconds."""
        probes = self.learned.refused_probes if self.learned else 0
        self.learned = LearnedLimit(calls, max(1, min(burst, calls)), interval, now, self.stated, probes)
        self._trial = False

    def lasted(self, windows: float) -> None:
        """What was learned cost so many windows of refused calls: trials are to be as much rarer."""
        if self.learned is not None and windows > _SHORT:
            probes = max(self.learned.refused_probes, math.ceil(math.log2(windows)))
            self.learned = self.learned._replace(refused_probes=probes)

    def try_soon(self, now: float) -> None:
        """Try what was learned again after two windows, where it costs calls: it may have been no limit's."""
        learned = self.learned
        if learned is not None and (learned.calls < self.most or learned.interval > self.even_interval * _COSTS):
            self.learned = learned._replace(learned_at=max(0.0, now - (_TRIED_AFTER - _TRIED_SOON) * self.window))

    def shorten_interval(self, shortest: float) -> None:
        """The learned interval may be too long, but is no shorter than this."""
        if self.learned is not None:
            self.learned = self.learned._replace(shortest=shortest)

    @property
    def _shortening(self) -> bool:
        return self.learned is not None and self.learned.shortest > 0

    @property
    def shortens_burst(self) -> bool:
        """Whether the interval that follows a burst is being shortened."""
        return self._shortening and self.learned is not None and self.learned.burst > 1

    def refused(self, now: float, known_interval: float | None) -> bool:
        """Whether the call that was refused was one beyond what was learned; then that holds, for twice the time.

        `known_interval`: what the refusal tells of an interval that is being shortened, if anything.
        """
        if self.learned is None or not (self._trial or self._shortening):
            return False
        interval = self.learned.interval
        if self._shortening:
            interval = known_interval or interval / self._step()
        trials = self.learned.refused_probes + self._trial
        self.learned = self.learned._replace(interval=interval, learned_at=now, refused_probes=trials, shortest=0.0)
        self._trial = False
        return True

    def accepted(self, now: float, level: float, in_window: int) -> None:
        """A call was accepted; see `Learner.accepted`."""
        if self.learned is None:
            return
        if not self._trial and now - self.learned.learned_at >= self._trust():
            self._trial = True
            if self.learned.interval > self.even_interval * LONGER:
                self.shorten_interval(self.even_interval)
        if self._shortening:
            if level > self.learned.burst - 1 - (_LATE if self.learned.burst == 1 else _LATE + HELD_BACK):
                self._shorten()
        elif self._trial:
            self._widen(level, in_window)

    def _trust(self) -> float:
        assert self.learned is not None
        return self.window * _TRIED_AFTER * min(2.0**self.learned.refused_probes, _LONGEST_TRUST)

    def _beyond(self, calls: int) -> int:
        """`calls`, or one more while what was learned is tried again."""
        return calls + (self._trial and not self._shortening)

    def _shorten(self) -> None:
        """A call was accepted at an interval that may be too long: the next one comes a little sooner."""
        assert self.learned is not None
        shortest = max(self.even_interval, self.learned.shortest)
        interval = max(shortest, self.learned.interval * self._step())
        ended = interval == shortest
        self.learned = self.learned._replace(interval=interval, shortest=0.0 if ended else self.learned.shortest)
        self._trial = self._trial and not ended

    def _step(self) -> float:
        return _SHORTER_IN_A_BURST if self.learned and self.learned.burst > 1 else _SHORTER

    def _widen(self, level: float, in_window: int) -> None:
        """A call beyond what was learned was accepted: so many are allowed, and one more is tried."""
        assert self.learned is not None
        learned = self.learned
        if learned.interval:
            if level > learned.burst - 1:
                burst = learned.burst + 1
                self.learned = learned._replace(burst=burst, calls=max(burst, learned.calls))
            done = self.learned.burst >= self.most
        else:
            if in_window > learned.calls:
                self.learned = learned._replace(calls=in_window, burst=in_window)
            done = self.learned.calls >= self.most
        if done:
            self.forget()
