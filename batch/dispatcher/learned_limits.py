"""What one process learned of a key's limit, and what the others did: a bucket and its quota store agree.

Owns: when the bucket takes over what the store has, and when the store gets what the bucket has. The store has epoch
seconds, since it outlives the clock of a bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.learned_limit import LearnedLimit, Rate, parse_learned_limit
from batch.dispatcher.quota_stores.interface import Quota


class LearnedLimits:
    """Keeps `bucket` and `quota` at one. `wall` tells epoch seconds."""

    def __init__(self, bucket: Bucket, quota: Quota, wall: Callable[[], float] = time) -> None:
        #: What the bucket keeps to beside the documented limit; `learned_at` is in epoch seconds.
        self.learned: LearnedLimit | None = None
        #: The same as text, but for what changes with each call: an interval that is still being learned is rounded.
        self.lesson = ""
        self._bucket = bucket
        self._quota = quota
        self._wall = wall
        self._texts = ("", "")  # of the store: now, and before our own last word, which may still be under way
        self._known: LearnedLimit | None = None
        self._suspected: LearnedLimit | None = None  # since a refusal whose lesson is not known yet
        self._suspicion_told = False

    def exchange(self, now: float) -> None:
        """Take over what another process learned, else tell what this one did; and how many use the key."""
        self._bucket.known.users = self._quota.users
        text, suspected, learned = self._quota.learned, self._bucket.learner.suspected, self._bucket.learned
        if text not in self._texts:
            self._take_over(text, self._wall() - now)
        elif suspected is not None:
            if suspected != self._suspected:
                self._tell(suspected, self._wall() - now)
                self._suspicion_told = True
        elif learned != self._known or self._suspicion_told:
            ahead = self._wall() - now
            self.learned = learned and learned._replace(learned_at=learned.learned_at + ahead)
            self.lesson = _round(self.learned)
            self._tell(learned, ahead, _full(learned, self._known))
            self._known, self._suspicion_told = learned, False
        self._suspected = suspected

    def _take_over(self, text: str, ahead: float) -> None:
        self._texts, self._suspicion_told = (text, text), False
        self.learned = learned = parse_learned_limit(text)
        if learned is not None:
            # No later than now: what a clock learned that was ahead is tried again, too.
            learned = learned._replace(learned_at=min(self._wall(), learned.learned_at) - ahead)
        if learned is not None or not text:  # a text of another version says nothing
            self._bucket.known.restore(learned)
        self._known = self._bucket.learned
        self.lesson = _round(self.learned)

    def _tell(self, learned: LearnedLimit | None, ahead: float, full: Rate | None = None) -> None:
        text = learned._replace(learned_at=learned.learned_at + ahead).text if learned else ""
        self._texts = (text, self._texts[0])
        self._quota.learn(text, full)


def _full(learned: LearnedLimit | None, before: LearnedLimit | None) -> Rate | None:
    """The rate that a refusal taught: its limiter has no room."""
    if learned is None or not learned.interval or (before is not None and before.learned_at == learned.learned_at):
        return None
    return Rate(learned.burst, learned.interval)


def _round(learned: LearnedLimit | None) -> str:
    return (
        learned._replace(interval=float(f"{learned.interval:.2g}"), refused_probes=0, shortest=0.0).text
        if learned
        else ""
    )
