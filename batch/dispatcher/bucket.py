"""The token bucket: when may the next request of one class (writes, or reads) leave?

Owns: one class's tokens. A token is taken when a request leaves and comes back **one window after its answer was
seen**. The server counted the request somewhere between those two moments, so no window of the server's, fixed or
sliding, wherever it begins, can hold more than `limit` of ours. Pure: told `now`, in seconds of any steady clock.
Does not own: whose turn it is (`engine.py`), how headers are read (`quota.py`).

What the server says overrides, but only towards caution: a lower Remaining takes tokens away until Reset (somebody
else is using the key), a 429 pauses everything once, and a changed Limit is followed. After a start and after a 429
the first request goes alone: its answer says how much is left before a burst can do harm.
"""

from __future__ import annotations

from heapq import heappop, heappush

from batch.dispatcher.exchange import QuotaWord


class Bucket:
    """Tokens for one class of requests.

    `limit` tokens a `window` (seconds). With `cap`, a Limit above it that the server announces is not followed.
    Of the limit only `share` (above 0, at most 1) is used: the rest is left to others on the same key.
    """

    def __init__(self, limit: int, window: float, cap: int | None = None, share: float = 1.0) -> None:
        if limit < 1 or window <= 0:
            raise ValueError(f"a bucket needs a limit of 1 or more and a window above 0, not {limit} in {window}")
        self.limit = limit
        self.window = window
        self.paused_until = float("-inf")
        self._cap = cap
        self._share = share
        self._held_until = float("-inf")
        self._in_flight = 0
        self._returning: list[float] = []  # heap: when each spent token comes back
        self._alone = True  # the next answer teaches: one request at a time until it is seen

    def ready_at(self, now: float) -> float | None:
        """When the next token can be taken: `now`, a later time, or `None` while only an answer can tell."""
        self._collect(now)
        if self._alone and self._in_flight:
            return None
        held = max(self.paused_until, self._held_until)
        if self._free() > 0:
            return max(now, held)
        if self._returning:
            return max(self._returning[0], held)
        return None

    def take(self, now: float) -> None:
        """Spend a token on a request that leaves now. The caller has asked `ready_at`."""
        self._collect(now)
        self._in_flight += 1

    def never_left(self) -> None:
        """Take a token back at once: its request did not leave this machine."""
        self._in_flight -= 1

    def hold(self, until: float) -> None:
        """Take a token back, and give none before `until`: other users of this machine have them all."""
        self.never_left()
        self._held_until = max(self._held_until, until)

    @property
    def tokens(self) -> int:
        """How many requests a window may hold."""
        return max(1, int(self.limit * self._share))

    def unanswered(self, now: float) -> None:
        """Let a token return one window from now: its request may have been counted any time until now."""
        self._in_flight -= 1
        heappush(self._returning, now + self.window)

    def answered(self, word: QuotaWord, now: float) -> None:
        """Let a token return one window from now, and follow what the answer says of Limit and Remaining."""
        self.unanswered(now)
        self._alone = False
        if word.limit is not None:
            self.limit = word.limit if self._cap is None else min(word.limit, self._cap)
        if word.remaining is not None:
            self._collect(now)
            back = now + (self.window if word.reset_in is None else word.reset_in)
            for _ in range(self._free() - word.remaining):
                heappush(self._returning, back)

    def throttled(self, word: QuotaWord, now: float) -> float:
        """Pause after a 429 and return until when: Retry-After, else Reset, else one window.

        Answers to requests that were in flight together fall into one pause. The refused request was not counted by
        the server; its token returns with the pause.
        """
        self._in_flight -= 1
        waits = (word.retry_after, word.reset_in, self.window)
        wait = next(wait for wait in waits if wait is not None)
        self.paused_until = max(self.paused_until, now + wait)
        self._alone = True
        return self.paused_until

    def _free(self) -> int:
        return self.tokens - self._in_flight - len(self._returning)

    def _collect(self, now: float) -> None:
        while self._returning and self._returning[0] <= now:
            heappop(self._returning)
