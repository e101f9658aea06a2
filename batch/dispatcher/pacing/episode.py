"""A refusal, and what follows until a call is accepted. Pure.

Owns: what is kept of it for the lesson (`learner.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Episode:
    """A refusal, and what follows until a call is accepted."""

    began: float
    #: How many calls were owed, at the documented rate or the learned one, when the refusal was seen.
    level: float
    #: Calls that were accepted in the last window, and since the episode before.
    in_window: int
    since: int
    #: Seconds since the last accepted call.
    after: float
    hint: float | None
    refusals: int = 1
    #: It taught its lesson when it began: it ended a trial.
    taught: bool = False
    #: It may have been no limit's: then it is over sooner or later, and only a short one tells a rate.
    unsure: bool = False
    #: Where the last pause was a whole window.
    waited_window: bool = False

    def burst(self, inexact: float) -> int:
        """The burst of a rate whose limiter refuses a call at this level, which is too high by up to `inexact`."""
        return max(1, math.ceil(self.level - inexact)) if math.isfinite(self.level) else 1
