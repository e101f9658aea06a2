"""What limit does this server really have? Learned from refusals, and from how long each lasts. Pure.

Owns: the refusal that is being looked into, and what it says of the limit (`known_limit.py` keeps that, and tries it
again).

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
"""

from __future__ import annotations

import math
from typing import Final

from batch.dispatcher.pacing.episode import ROUNDED_S, Episode, interval_between
from batch.dispatcher.pacing.known_limit import LONGER, KnownLimit
from batch.dispatcher.pacing.learned_limit import LearnedLimit, Rate
from batch.dispatcher.pacing.rate_clock import HELD_BACK

#: A wait tells a slower rate where it is longer than an even interval by so much: less is chance, or rounding.
_SLOWER: Final = 1.25
#: Where a whole window's calls were accepted before one was refused, even calls are further apart by so much.
_SPREAD: Final = 1.01
#: A window of so small a part of the limit is used as well by a rate.
_SMALL: Final = 0.25
#: A call that left later after another than this part of a window did not wait for its turn.
_AT_WORK: Final = 0.25
#: So many calls between two refusals tell the interval well enough.
_ENOUGH: Final = 8
#: Between two refusals of a full limiter is a pause of about so many intervals, and little more than one for each call.
_PAUSED: Final = 1.5
_LATER: Final = 1.1
#: A time that is at least this part of a window may be a whole one.
_WHOLE: Final = 0.95
#: Of several users' calls it is not known which ones a window holds: with so many of the limit, it may be all.
_NEARLY: Final = 0.9
#: An interval that several users keep to is lengthened by so much, and then shortened again.
_LITTLE: Final = 1.15
#: A level is known to this part of a call.
_INEXACT: Final = 0.05
#: A wait of at most so many intervals is that of a rate, and so is one that may be rounded up from it (to a second).
_OF_A_RATE: Final = 2.0


class Learner:
    """Looks into the refusals of one key, for one kind of request; what they teach goes into `limit`."""

    def __init__(self, limit: KnownLimit) -> None:
        self._limit = limit
        self._window = limit.window
        self._episode: Episode | None = None
        self._before: Episode | None = None  # the episode before
        self._resumed_at = float("-inf")  # when it ended
        self._resumed_with = 0  # calls of the window before it
        self._since = 0  # calls accepted since
        self._accepted_at = float("-inf")
        self._most_in_window = 0  # accepted calls of one window, lately

    @property
    def paused(self) -> bool:
        """True from a refusal to the next accepted call."""
        return self._episode is not None

    @property
    def shared_rate(self) -> Rate | None:
        """The rate of which a call must take its part from the store, beside the token; `None`: of none."""
        limit = self.suspected or self._limit.learned
        return Rate(limit.burst, limit.interval) if limit and limit.interval and self._limit.users > 1 else None

    @property
    def suspected(self) -> LearnedLimit | None:
        """From a refusal to the next accepted call: a rate without a burst, which any kind of limit takes. `None`: what
        is learned already is as narrow, or there is no other user of the key."""
        if self._episode is None or self._limit.users == 1 or self._limit.burst or not self._limit.can_be_learned:
            return None
        calls, interval = self._limit.calls, self._limit.even_interval
        return LearnedLimit(calls, 1, interval, self._episode.began, self._limit.stated)

    def accepted(self, now: float, level: float, in_window: int) -> None:
        """A call was accepted. `level`: how many calls were owed when it left; `in_window`: calls accepted in the last
        window, this one among them."""
        self._since += 1
        self._accepted_at = now
        self._most_in_window = max(self._most_in_window, in_window)
        episode, self._episode = self._episode, None
        if episode is None:
            self._limit.accepted(now, level, in_window)
            return
        episode.call_ended(now, self._limit.interval)
        if episode.teaches and self._limit.learned is episode.known:
            self._conclude(episode, now)
            if episode.unsure:
                self._limit.try_soon(now)
        self._limit.lasted(episode.duration(now) / self._window)
        self._before, self._resumed_at, self._resumed_with, self._since = episode, now, in_window - 1, 1

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
            since = self._accepted_since(now, in_window)
            most = self._limit.most if self._limit.users == 1 else _NEARLY * self._limit.most
            counted = self._limit.users if since >= most and not self._limit.burst else 0
            self._episode = Episode(now, level, in_window, since, self._after(now), hint, counted)
            self._episode.taught = self._ends_trial(now, since) or not math.isfinite(level)
            self._episode.early, self._episode.unsure, self._episode.known = early, unsure, self._limit.learned
            if hint is None and not unsure and self._fills_window(now, since):
                self._episode.taught = True
                self._learn_window(since, now)
                self._episode.paused_until = self._resumed_at + self._window
                return self._episode.paused_until - now
        else:
            self._episode.call_ended(now, self._limit.interval)
            self._episode.refusals += 1
            self._episode.hint = hint
            self._episode.unsure |= unsure
        pause = self._episode.pause(self._window, self._limit.interval, self._limit.most) if hint is None else hint
        self._episode.paused_until = now + pause
        return pause

    def _after(self, now: float) -> float:
        """How many seconds after the last accepted call one was refused `now`; 0 where that says nothing about a rate:
        another user may have called since, or nothing was to be sent for a while."""
        after = now - self._accepted_at
        return after if self._limit.users == 1 and after < _AT_WORK * self._window else 0.0

    def _accepted_since(self, now: float, in_window: int) -> int:
        """How many calls were accepted since the episode before; of all users, by what a window holds of theirs."""
        windows = (now - self._resumed_at) / self._window
        of_all = in_window * windows if 1 < windows < math.inf else in_window - self._resumed_with
        return self._since if self._limit.users == 1 else max(self._since, int(of_all))

    def _fills_window(self, now: float, since: int) -> bool:
        """Whether a window of refused calls is followed by one with accepted calls, and refused ones again: so many
        calls fill it. Very few, or fewer that left evenly, are what a rate allows, which is used badly as a window."""
        before, learned = self._before, self._limit.learned
        if before is None or learned is None or not before.waited_window:
            return False
        least = learned.calls / 2 if learned.interval else min(learned.calls / 2, self._limit.most * _SMALL)
        return since >= least and now - self._resumed_at < self._window

    def _ends_trial(self, now: float, since: int) -> bool:
        """Whether the call that was refused was one beyond what was learned."""
        known = interval_between(self._before, now, since, math.inf) if self._limit.shortens_burst else None
        return self._limit.refused(now, known)

    def _conclude(self, episode: Episode, now: float) -> None:
        """The first call after an episode was accepted: what does that say of the limit?"""
        hint, interval = episode.hint, self._limit.interval
        if episode.unsure and episode.refusals > 2:
            return
        if hint is not None and hint > max(_OF_A_RATE * interval, ROUNDED_S):
            self._conclude_from_long_wait(episode, now)
        elif hint is not None or episode.refusals == 1:
            self._learn_rate(episode, now)
        elif episode.waited_window:
            self._learn_from_window(episode, now)
        else:
            longest = math.inf if self._limit.users == 1 else 2 * interval  # others' calls may have come between
            self._limit.learn(self._limit.most, episode.burst(_INEXACT), min(episode.duration(now), longest), now)
            self._limit.shorten_interval(interval * LONGER)

    def _learn_rate(self, episode: Episode, now: float) -> None:
        if self._limit.learned is None or not self._limit.learned.interval:
            self._learn_first_rate(episode, now)
            return
        burst = min(self._limit.learned.burst, episode.burst(-HELD_BACK - _INEXACT))
        interval = self._limit.learned.interval * LONGER
        known = None
        if self._limit.learned.burst > 1 or episode.since < _ENOUGH:
            longest = (episode.since + _PAUSED) * _LATER * self._limit.interval
            known = interval_between(self._before, episode.began, episode.since, longest)
        if self._limit.users > 1:  # what others called in between is not known well
            self._limit.learn(self._limit.most, burst, interval * _LITTLE, now)
            self._limit.shorten_interval(interval)
            return
        self._limit.learn(self._limit.most, burst, max(interval, known or 0.0), now)
        if known is not None and known > interval and episode.since < _ENOUGH:
            self._limit.shorten_interval(max(interval, known * episode.since / (episode.since + 1)))

    def _learn_first_rate(self, episode: Episode, now: float) -> None:
        """A burst, and the interval that uses the whole window, unless the wait says that it is longer: whole seconds
        are rounded up."""
        calls = self._limit.learned.calls if self._limit.learned else self._limit.most
        interval, waited, at_least = self._window / calls, episode.waited, episode.waited_at_least
        longer = at_least > interval * _SLOWER
        interval *= _SPREAD if episode.counted_too else 1.0
        self._limit.learn(calls, episode.burst(_INEXACT), waited if longer else interval, now)
        if longer and at_least < waited:
            self._limit.shorten_interval(max(interval, at_least))

    def _conclude_from_long_wait(self, episode: Episode, now: float) -> None:
        before = self._before
        elapsed = episode.began - self._resumed_at
        if before is None or elapsed >= self._window:
            return
        interval = episode.began - before.began
        if episode.since == 1 and interval < self._window / 2:
            self._limit.learn(self._limit.most, before.burst(_INEXACT), interval, now)
            return
        # Where the wait is for the end of a window that began at the resumption, only calls since then fill it.
        fresh = elapsed + (episode.hint or 0.0) >= _WHOLE * self._window
        self._learn_window(episode.since if fresh else episode.in_window, now)

    def _learn_from_window(self, episode: Episode, now: float) -> None:
        """A window without calls, after one in which some were accepted and then none. Where an earlier one held far
        more, it is a count over two windows that does not take a burst after a burst: even calls suit it."""
        spread = self._limit.learned is not None and self._limit.learned.interval > 0
        if spread and episode.in_window <= self._limit.most * _SMALL:
            self._learn_slow_rate(episode, now)
            return
        nearly = self._limit.users > 1 and episode.in_window >= _NEARLY * self._limit.most
        if nearly or (episode.in_window < self._most_in_window / 2 and not spread):
            self._limit.learn(self._limit.most, 1, self._limit.even_interval * LONGER, now)
        else:
            self._learn_window(episode.in_window, now)

    def _learn_slow_rate(self, episode: Episode, now: float) -> None:
        """Very few of the calls that left evenly were accepted: a rate far below the limit, or a small window."""
        known = interval_between(self._before, episode.began, episode.since, math.inf) or 0.0
        shortest = max(self._limit.interval * LONGER, known * episode.since / (episode.since + 1))
        self._limit.learn(self._limit.most, 1, max(shortest, known), now)
        self._limit.shorten_interval(shortest)

    def _learn_window(self, calls: int, now: float) -> None:
        if 1 <= calls < self._limit.most:
            self._most_in_window = calls
            self._limit.learn(calls, calls, 0.0, now)
