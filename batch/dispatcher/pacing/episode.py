"""A refusal, and what follows until a call is accepted. Pure.

Owns: what is kept of it for the lesson (`learner.py`), and how long to pause where the refusal does not say it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from batch.dispatcher.pacing.learned_limit import LearnedLimit

#: A wait in whole seconds is rounded up by so much at most.
ROUNDED_S: Final = 1.0
#: The pause is doubled so many times: to a quarter of an hour, where the window is a minute.
_LONGEST_BAN: Final = 4


@dataclass(slots=True)
class Episode:
    """A refusal, and what follows until a call is accepted."""

    began: float
    #: How many calls were owed, at the documented rate or the learned one, when the refusal was seen.
    level: float
    #: Calls that were accepted in the last window, and since the episode before.
    in_window: int
    since: int
    #: Seconds since the last accepted call; 0 where they say nothing about a rate.
    after: float
    hint: float | None
    #: So many refused calls the limiter may count, too: it took a whole window's calls since the episode before, and no
    #: rate is learned. Each user may have had one under way.
    counted_too: int = 0
    refusals: int = 1
    #: It taught its lesson when it began: it ended a trial.
    taught: bool = False
    #: What was known of the limit when it began: another user may learn more meanwhile.
    known: LearnedLimit | None = None
    #: The call may have come a little early, which alone says nothing about the limit.
    early: bool = False
    #: It may have been no limit's: then it is over sooner or later, and only a short one tells a rate.
    unsure: bool = False
    #: How many pauses of a whole window or more there were.
    windows: int = 0
    #: When the last pause ends, and for how many seconds nothing was to be sent after pauses.
    paused_until: float = 0.0
    idle: float = 0.0

    @property
    def teaches(self) -> bool:
        """Whether it is still to be concluded what it says of the limit."""
        return not (self.taught or (self.early and self.refusals == 1))

    @property
    def waited_window(self) -> bool:
        """Whether the last pause was a whole window or more."""
        return self.windows > 0

    def call_ended(self, now: float, interval: float) -> None:
        """Note the response to another call. A call that leaves when it may takes no longer than an `interval`: by how
        much it is later, nothing was to be sent, which says nothing of the limit."""
        self.idle += max(0.0, now - self.paused_until - interval)

    def duration(self, now: float) -> float:
        """Seconds from its beginning to `now`, in which calls were to be sent."""
        return now - self.began - self.idle

    @property
    def waited(self) -> float:
        """Seconds from the last accepted call to the time that the refusal named."""
        return (self.hint or 0.0) + self.after

    @property
    def waited_at_least(self) -> float:
        """The same, if whole seconds were rounded up."""
        return self.waited - (ROUNDED_S if self.waited and self.hint == int(self.hint or 0.0) else 0.0)

    def burst(self, inexact: float) -> int:
        """The burst of a rate whose limiter refuses a call at this level, which is too high by up to `inexact`."""
        return max(1, math.ceil(self.level - inexact)) if math.isfinite(self.level) else 1

    def pause(self, window: float, interval: float, calls: int) -> float:
        """How many seconds to pause: first for one call, then, unless it may have been a slow rate, for a window; then
        for two, four, and so on: it is a ban, which each call may prolong."""
        if self.refusals == 1:
            return interval * (1 + self.counted_too)
        if self.unsure:
            return min(window, interval * 2.0 ** min(self.refusals - 2, 32))
        if self.refusals == 2 and 0 < self.in_window < calls / 2:
            return interval
        self.windows += 1
        return window * 2.0 ** min(self.windows - 1, _LONGEST_BAN)


def interval_between(before: Episode | None, now: float, accepted: int, longest: float) -> float | None:
    """The interval of a limiter that was full when `before` began and is full `now`, with so many accepted calls
    between; `None`: not known, for it was longer ago than `longest`, so the limiter may have been empty."""
    if before is None or not accepted or now - before.began > longest:
        return None
    return (now - before.began) / accepted
