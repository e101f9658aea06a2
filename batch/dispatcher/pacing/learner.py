"""What limit does this server really have? Learned from refusals, and from how long each lasts. Pure.

Owns: the limit that was learned, the refusal that is being looked into, and when a learned limit is tried again.

Until a call is refused the documented window is assumed. A refusal starts an episode: pauses, with one call after each,
until a call is accepted. When that is tells what the limit is:

| accepted after | the limit is | learned |
|---|---|---|
| the time of one call (window / limit) | a rate with a burst (nginx, GCRA, a token bucket) | its burst |
| twice that time | a slower rate with a burst | its burst; its interval from above, step by step |
| a window | a smaller window than documented | how many calls were accepted in it |

Where a refusal says how long to wait, that is waited for instead. A wait of about one call tells a rate; a long one is
judged at the next refusal, by how many calls were accepted since: one alone tells a slow rate, more tell a window.
A rate of window / limit uses the whole of any kind of limit, so a wrong lesson costs bursts, not calls.

Where a whole window's calls were accepted at once before, and nothing tells of a smaller limit, the limiter weights two
windows, or counts refused calls, too (HAProxy's stick tables): even calls suit it.

A learned limit is tried again after twelve windows, by one call more than it allows, then the next, until one is
refused; then after twice the time. Each refusal teaches something, or ends such a trial.
"""

from __future__ import annotations

import math
from typing import Final

from batch.dispatcher.pacing.episode import ROUNDED_S, Episode, interval_between
from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.dispatcher.pacing.rate_clock import HELD_BACK

#: Seconds between two calls of a limit below which no rate is learned: a response takes longer than that, so nothing
#: tells which call was one too many, and one odd refusal in thousands of calls must not slow down all the others.
_TOO_FAST: Final = 0.1
#: An interval that was refused is lengthened by so much.
_LONGER: Final = 1.02
#: A wait tells a slower rate where it is longer than an even interval by so much: less is chance, or rounding.
_SLOWER: Final = 1.25
#: One that may be too long is shortened by so much a call; where there is a burst, which hides a wrong step for a
#: while, by more: the limit is reached before it is forgotten how full the limiter was.
_SHORTER: Final = 0.97
_SHORTER_IN_A_BURST: Final = 0.9
#: Where a whole window's calls were accepted before one was refused, even calls are further apart by so much.
_SPREAD: Final = 1.01
#: A window of so small a part of the limit is used as well by a rate.
_SMALL: Final = 0.25
#: So many calls between two refusals tell the interval well enough.
_ENOUGH: Final = 8
#: Between two refusals of a full limiter is a pause of about so many intervals, and little more than one for each call.
_PAUSED: Final = 1.5
_LATER: Final = 1.1
#: A time that is at least this part of a window may be a whole one.
_WHOLE: Final = 0.95
#: A level is known to this part of a call.
_INEXACT: Final = 0.05
#: A call that left later than it could, by this part of an interval, says nothing about a shorter interval.
_LATE: Final = 0.1
#: A wait of at most so many intervals is that of a rate, and so is one that may be rounded up from it (to a second).
_OF_A_RATE: Final = 2.0
#: The first trial of a learned limit comes after so many windows; none is later than after the longest time.
_TRIED_AFTER: Final = 12.0
_LONGEST_TRUST: Final = 2.0**10


class Learner:
    """The limit of one key, for one kind of request. `calls` in `window` seconds are documented, or stated."""

    def __init__(self, calls: int, window: float) -> None:
        self.learned: LearnedLimit | None = None
        #: The limit that the server states; 0: none.
        self.stated = 0
        #: Seconds between two calls that use the whole window evenly.
        self.even_interval = window / calls
        self._calls = calls
        self._window = window
        self._episode: Episode | None = None
        self._before: Episode | None = None  # the episode before
        self._resumed_at = float("-inf")  # when it ended
        self._since = 0  # calls accepted since
        self._accepted_at = float("-inf")
        self._most_in_window = 0  # accepted calls of one window, lately
        self._shortest = 0.0  # the interval is not shortened below this
        self._shortening = False
        self._trial = False

    @property
    def calls(self) -> int:
        """How many calls a window may hold."""
        return min(self._calls, self._beyond(self.learned.calls)) if self.learned else self._calls

    @property
    def burst(self) -> int:
        """How many calls may leave together; 0: as many as the window holds."""
        return self._beyond(self.learned.burst) if self.learned and self.learned.interval else 0

    @property
    def interval(self) -> float:
        """Seconds between two calls, where the burst is used up."""
        return self.learned.interval if self.learned and self.learned.interval else self.even_interval

    @property
    def learns(self) -> bool:
        """Whether refusals teach another limit than the one that is known."""
        return self.even_interval >= _TOO_FAST

    @property
    def paused(self) -> bool:
        """True from a refusal to the next accepted call."""
        return self._episode is not None

    def restore(self, learned: LearnedLimit | None) -> None:
        """Go on with what an earlier session learned; its `learned_at` is of this session's clock."""
        if learned is not None and learned.calls <= self._calls:
            self.learned = learned

    def follow_limit(self, calls: int) -> None:
        """The server states another limit than before: what was learned beside the old one is void."""
        if calls == self._calls:
            return
        self._calls = calls
        self.even_interval = self._window / calls
        if self.learned is not None and self.learned.stated != self.stated:
            self._forget()

    def accepted(self, now: float, level: float, in_window: int) -> None:  # noqa: C901 - one branch for each state of learning
        """A call was accepted. `level`: how many calls were owed when it left; `in_window`: calls accepted in the last
        window, this one among them."""
        self._since += 1
        self._accepted_at = now
        self._most_in_window = max(self._most_in_window, in_window)
        episode, self._episode = self._episode, None
        if episode is not None:
            if episode.teaches:
                self._conclude(episode, now)
            self._before, self._resumed_at, self._since = episode, now, 1
            return
        if self.learned is None:
            return
        if not self._trial and now - self.learned.learned_at >= self._trust():
            self._trial, self._shortest = True, 0.0
            self._shortening = self.learned.interval > self.even_interval * _LONGER
        if self._shortening:
            if level > self.learned.burst - 1 - (_LATE if self.learned.burst == 1 else _LATE + HELD_BACK):
                self._shorten()
        elif self._trial:
            self._widen(level, in_window)

    def refused(
        self,
        now: float,
        level: float,
        in_window: int,
        hint: float | None,
        *,
        early: bool = False,
        unsure: bool = False,
    ) -> float:
        """How many seconds to pause after a refused call (see `accepted`). `hint`: the wait that it names, if any.

        `early`: it may have come a little early, which says nothing about the limit. `unsure`: it may not be a limit's.
        """
        if self._episode is None:
            whole = self._since >= self._calls and not self.burst
            self._episode = Episode(now, level, in_window, self._since, now - self._accepted_at, hint, whole)
            self._episode.taught = self._ends_trial(now) or not math.isfinite(level)
            self._episode.early, self._episode.unsure = early, unsure
            if hint is None and not unsure and self._fills_window(now):
                self._episode.taught = True
                self._learn_window(self._since, now)
                return self._resumed_at + self._window - now
        else:
            self._episode.refusals += 1
            self._episode.hint = hint
            self._episode.unsure |= unsure
        return self._episode.pause(self._window, self.interval, self._calls) if hint is None else hint

    def _fills_window(self, now: float) -> bool:
        """Whether a window of refused calls is followed by one with accepted calls, and refused ones again: so many
        calls fill it."""
        before = self._before
        enough = self.learned is not None and self._since >= self.learned.calls / 2
        return before is not None and before.waited_window and enough and now - self._resumed_at < self._window

    def _ends_trial(self, now: float) -> bool:
        """Whether the call that was refused was one beyond what was learned; then that holds, for twice the time."""
        if self.learned is None or not (self._trial or self._shortening):
            return False
        interval = self.learned.interval
        if self._shortening:
            known = interval_between(self._before, now, self._since, math.inf) if self.learned.burst > 1 else None
            interval = known or interval / self._step()
            self._shortest = interval
        trials = self.learned.refused_probes + self._trial
        self.learned = self.learned._replace(interval=interval, learned_at=now, refused_probes=trials)
        self._trial = self._shortening = False
        return True

    def _conclude(self, episode: Episode, now: float) -> None:
        """The first call after an episode was accepted: what does that say of the limit?"""
        hint, interval = episode.hint, self.interval
        if episode.unsure and episode.refusals > 2:
            return
        if hint is not None and hint > max(_OF_A_RATE * interval, ROUNDED_S):
            self._conclude_from_long_wait(episode, now)
        elif hint is not None or episode.refusals == 1:
            self._learn_rate(episode, now)
        elif episode.waited_window:
            self._learn_from_window(episode, now)
        else:
            self._learn(self._calls, episode.burst(_INEXACT), now - episode.began, now)
            self._shortest, self._shortening = interval * _LONGER, True

    def _learn_rate(self, episode: Episode, now: float) -> None:
        if self.learned is None or not self.learned.interval:
            self._learn_first_rate(episode, now)
            return
        burst = min(self.learned.burst, episode.burst(-HELD_BACK - _INEXACT))
        interval = self.learned.interval * _LONGER
        known = None
        if self.learned.burst > 1 or episode.since < _ENOUGH:
            longest = (episode.since + _PAUSED) * _LATER * self.interval
            known = interval_between(self._before, episode.began, episode.since, longest)
        self._learn(self._calls, burst, max(interval, known or 0.0), now)
        if known is not None and known > interval and episode.since < _ENOUGH:
            self._shortest, self._shortening = max(interval, known * episode.since / (episode.since + 1)), True

    def _learn_first_rate(self, episode: Episode, now: float) -> None:
        """A burst, and the interval that uses the whole window, unless the wait says that it is longer: whole seconds
        are rounded up."""
        calls = self.learned.calls if self.learned else self._calls
        interval, waited, at_least = self._window / calls, episode.waited, episode.waited_at_least
        longer = at_least > interval * _SLOWER
        interval *= _SPREAD if episode.after_whole_window else 1.0
        self._learn(calls, episode.burst(_INEXACT), waited if longer else interval, now)
        if longer and at_least < waited:
            self._shortest, self._shortening = max(interval, at_least), True

    def _conclude_from_long_wait(self, episode: Episode, now: float) -> None:
        before = self._before
        elapsed = episode.began - self._resumed_at
        if before is None or elapsed >= self._window:
            return
        interval = episode.began - before.began
        if episode.since == 1 and interval < self._window / 2:
            self._learn(self._calls, before.burst(_INEXACT), interval, now)
            return
        # Where the wait is for the end of a window that began at the resumption, only calls since then fill it.
        fresh = elapsed + (episode.hint or 0.0) >= _WHOLE * self._window
        self._learn_window(episode.since if fresh else episode.in_window, now)

    def _learn_from_window(self, episode: Episode, now: float) -> None:
        """A window without calls, after one in which some were accepted and then none. Where an earlier one held far
        more, it is a count over two windows that does not take a burst after a burst: even calls suit it."""
        spread = self.learned is not None and self.learned.interval > 0
        if spread and episode.in_window <= self._calls * _SMALL:
            self._learn_slow_rate(episode, now)
            return
        if episode.in_window < self._most_in_window / 2 and not spread:
            self._learn(self._calls, 1, self.even_interval * _LONGER, now)
        else:
            self._learn_window(episode.in_window, now)

    def _learn_slow_rate(self, episode: Episode, now: float) -> None:
        """Very few of the calls that left evenly were accepted: a rate far below the limit, or a small window."""
        known = interval_between(self._before, episode.began, episode.since, math.inf) or 0.0
        shortest = max(self.interval * _LONGER, known * episode.since / (episode.since + 1))
        self._learn(self._calls, 1, max(shortest, known), now)
        self._shortest, self._shortening = shortest, True

    def _learn_window(self, calls: int, now: float) -> None:
        if 1 <= calls < self._calls:
            self._most_in_window = calls
            self._learn(calls, calls, 0.0, now)

    def _learn(self, calls: int, burst: int, interval: float, now: float) -> None:
        probes = self.learned.refused_probes if self.learned else 0
        self.learned = LearnedLimit(calls, max(1, min(burst, calls)), interval, now, self.stated, probes)
        self._trial = self._shortening = False

    def _step(self) -> float:
        return _SHORTER_IN_A_BURST if self.learned and self.learned.burst > 1 else _SHORTER

    def _forget(self) -> None:
        self.learned = None
        self._trial = self._shortening = False

    def _trust(self) -> float:
        assert self.learned is not None
        return self._window * _TRIED_AFTER * min(2.0**self.learned.refused_probes, _LONGEST_TRUST)

    def _beyond(self, calls: int) -> int:
        """`calls`, or one more while what was learned is tried again."""
        return calls + (self._trial and not self._shortening)

    def _shorten(self) -> None:
        """A call was accepted at an interval that may be too long: the next one comes a little sooner."""
        assert self.learned is not None
        shortest = max(self.even_interval, self._shortest)
        interval = max(shortest, self.learned.interval * self._step())
        self.learned = self.learned._replace(interval=interval)
        if interval == shortest:
            self._shortening = self._trial = False

    def _widen(self, level: float, in_window: int) -> None:
        """A call beyond what was learned was accepted: so many are allowed, and one more is tried."""
        assert self.learned is not None
        learned = self.learned
        if learned.interval:
            if level > learned.burst - 1:
                self.learned = learned._replace(burst=learned.burst + 1)
            done = self.learned.burst >= self._calls
        else:
            if in_window > learned.calls:
                self.learned = learned._replace(calls=in_window, burst=in_window)
            done = self.learned.calls >= self._calls
        if done:
            self._forget()
