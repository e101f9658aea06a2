"""The token bucket: when may the next request of one class (writes, or reads) leave?

Owns: one class's tokens. A token is taken when a request leaves and comes back **one window after its answer was
seen**. The server counted the request somewhere between those two moments, so no window of the server's, fixed or
sliding, wherever it begins, can hold more than `limit` of ours. Pure: it gets `now`, in seconds of any steady clock.

What the server says overrides, but only towards caution: a lower Remaining takes tokens away until Reset (another
client uses the key), a 429 pauses everything once, and a changed Limit is followed. After a start and after a 429
the first request goes alone: its answer says how much is left before a burst can do harm.
"""

from __future__ import annotations

from heapq import heappop, heappush

from batch.dispatcher.pacing.rate_cap import RateCap
from batch.guayaba.exchange import RateLimitHeaders
from batch.text.language import tr

#: So many times in a row a server is believed that a pause as long as it says will do.
_BELIEVED = 4


class Bucket:
    """Tokens for one class of requests.

    `limit` tokens a `window` (seconds), as the server counts them. Of them only `share` (above 0, at most 1) is used:
    the rest is left to others on the same key. `pace`, the user's own limit over a time of its own, must have
    a token too.
    """

    def __init__(self, limit: int, window: float, share: float = 1.0, pace: RateCap | None = None) -> None:
        if limit < 1 or window <= 0:
            raise ValueError(
                tr(
                    "a bucket needs a limit of 1 or more and a window above 0, not {limit} in {window}",
                    limit=limit,
                    window=window,
                )
            )
        self.limit = limit
        self.window = window
        self.paused_until = float("-inf")
        self._share = share
        self._pace = pace or RateCap()
        self._held_until = float("-inf")
        self._in_flight = 0
        self._returning: list[float] = []  # heap: when each spent token comes back
        self._alone = True  # the next answer teaches: one request at a time until it is seen
        self._refusals = 0  # pauses in a row, without an answer between them

    def ready_at(self, now: float) -> float | None:
        """When the next token can be taken: `now`, a later time, or `None` while only an answer can tell."""
        self._collect(now)
        if self._alone and self._in_flight:
            return None
        held = max(self.paused_until, self._held_until, self._pace.ready_at(now))
        if self._free() > 0:
            return max(now, held)
        if self._returning:
            return max(self._returning[0], held)
        return None

    def ready_by(self, at: float, now: float, most: int) -> int:
        """How many tokens can be taken until `at`, as far as is known `now`; no more than `most` are counted."""
        ready = self.ready_at(now)
        if ready is None or ready > at:
            return 0
        found = self._free()
        places = [0] if self._returning else []
        while places and found < most:  # down the heap, as far as it is early enough: what comes later is not looked at
            place = places.pop()
            if self._returning[place] <= at:
                found += 1
                places += [below for below in (2 * place + 1, 2 * place + 2) if below < len(self._returning)]
        return min(found, most, self._pace.ready_by(at, most))

    def take(self, now: float) -> None:
        """Spend a token on a request that leaves now. The caller has asked `ready_at`."""
        self._collect(now)
        self._in_flight += 1
        self._pace.take(now)

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

    def answered(self, word: RateLimitHeaders, now: float) -> None:
        """Let a token return one window from now, and follow what the answer says of Limit and Remaining."""
        self.unanswered(now)
        self._alone = False
        self._refusals = 0
        if word.limit is not None:
            self.limit = word.limit
        if word.remaining is not None:
            self._collect(now)
            back = now + (self.window if word.reset_in is None else word.reset_in)
            for _ in range(self._free() - word.remaining):
                heappush(self._returning, back)

    def throttled(self, word: RateLimitHeaders, now: float) -> float:
        """Pause after a 429 and return until when: Retry-After, else Reset, else one window.

        Answers to requests that were in flight together fall into one pause. Pauses that follow each other without an
        answer grow whatever the server says: at once where it names no time to come, else after some pauses as it says.
        A Retry-After of nothing must not become a storm. The refused request was not counted by the server; its token
        returns with the pause.
        """
        self._in_flight -= 1
        if now >= self.paused_until:
            self._refusals += 1
        wait = next(wait for wait in (word.retry_after, word.reset_in, self.window) if wait is not None)
        believed = _BELIEVED if wait >= 1.0 else 0
        floor = min(self.window, 2.0 ** min(self._refusals - 1 - believed, 32))
        self.paused_until = max(self.paused_until, now + max(wait, floor))
        self._alone = True
        return self.paused_until

    def _free(self) -> int:
        return self.tokens - self._in_flight - len(self._returning)

    def _collect(self, now: float) -> None:
        while self._returning and self._returning[0] <= now:
            heappop(self._returning)
