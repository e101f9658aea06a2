"""What one process learned of a key's limit, and what the others did: a bucket and its quota store agree.

Owns: when the bucket takes over what the store has, and when the store gets what the bucket has. The store has epoch
seconds, since it outlives the clock of a bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.learned_limit import LearnedLimit, parse_learned_limit
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
        self._told: LearnedLimit | None = None  # what was suspected last

    def exchange(self, now: float) -> None:
        """Take over what another process learned, else tell what this one did; and how many use the key."""
        self._bucket.known.users = self._quota.users
        text = self._quota.learned
        if text not in self._texts:
            ahead = self._wall() - now
            self._texts = (text, text)
            self.learned = parse_learned_limit(text)
            # No later than now: what a clock learned that was ahead is tried again, too.
            self._bucket.known.restore(
                self.learned and self.learned._replace(learned_at=min(now, self.learned.learned_at - ahead))
            )
            self._known = self._bucket.learned
            self.lesson = _round(self.learned)
        elif self._bucket.learner.suspected is not None and self._bucket.learner.suspected != self._told:
            self._told = self._bucket.learner.suspected
            self._tell(self._told, self._wall() - now)
        elif self._bucket.learned != self._known:
            ahead = self._wall() - now
            self._known = self._bucket.learned
            self.learned = self._known and self._known._replace(learned_at=self._known.learned_at + ahead)
            self._tell(self._known, ahead)
            self.lesson = _round(self.learned)

    def _tell(self, learned: LearnedLimit | None, ahead: float) -> None:
        text = learned._replace(learned_at=learned.learned_at + ahead).text if learned else ""
        self._texts = (text, self._texts[0])
        self._quota.learn(text)


def _round(learned: LearnedLimit | None) -> str:
    return learned._replace(interval=float(f"{learned.interval:.2g}"), refused_probes=0).text if learned else ""
