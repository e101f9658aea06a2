"""What all users of a quota store do together, as its replies tell. Pure.

Owns: how many tokens all of them have, and how full that makes a limiter of whose calls each user sees its own alone.
"""

from __future__ import annotations

from batch.dispatcher.pacing.known_limit import KnownLimit


class StoreUsers:
    """The users of one store, this one among them; `known` says how many there are, and the rate they keep to."""

    def __init__(self, known: KnownLimit) -> None:
        self._known = known
        #: How many tokens all of them had that were not back, as of the last reply: nobody else's calls.
        self.spent = 0
        #: The last token was waited for: all others, or all places of a shared rate, were taken before it.
        self.waited = False
        self._refused = False
        self._asked_at = float("-inf")
        self._owed_until = float("-inf")

    def granted(self, spent: int, now: float) -> None:
        """A token was taken `now`, and `spent` are not back. What others took since the reply before counts as of then:
        the level is not too high."""
        taken = max(0, spent - self.spent)
        self._owed_until = max(self._owed_until, min(self._asked_at, now)) + taken * self._known.interval
        self.spent, self._asked_at = spent, now
        self.waited, self._refused = self._refused, False

    def refused(self) -> None:
        """There was no token, or no place."""
        self._refused = True

    def calls(self, own: int, without: int = 0) -> int:
        """How many calls of the last window are all users', but for `without`, where `own` are this one's."""
        return max(own, self.spent - without) if self._known.users > 1 else own

    def level_of_accepted(self, own: float, left_at: float) -> float:
        """The same for a call that left at `left_at` and was accepted: one that waited left when it just could."""
        return max(self.level(own, left_at), self._known.burst if self.waited else own)

    def level(self, own: float, now: float) -> float:
        """How many calls are owed at `now`, where this user's alone make it `own`; the last call is not counted."""
        if self._known.users == 1:
            return own
        return max(own, (self._owed_until - now) / self._known.interval - 1)
