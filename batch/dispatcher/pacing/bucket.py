"""The token bucket: when may the next request of one class (writes, or reads) leave?

Owns: one class's tokens, and what a response means for them. A token is taken when a request leaves and comes back
**one window after its response was seen**. The server counted the request somewhere between those two moments, so no
window of the server's, fixed or sliding, wherever it begins, can hold more than `limit` of ours. Pure: it gets `now`,
in seconds of any steady clock.

What the server says overrides, but only towards caution. Beside the tokens a call waits for a pause
(`refusal_pause.py`), the limit that was learned (`learner.py`), a fair part where others use the key (`fair_share.py`),
what Remaining leaves (`stated_remaining.py`), further stated windows (`stated_windows.py`) and the user's own limit
(`rate_cap.py`).
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappop, heappush

from batch.dispatcher.pacing.due import count_due
from batch.dispatcher.pacing.fair_share import FairShare
from batch.dispatcher.pacing.known_limit import KnownLimit
from batch.dispatcher.pacing.learned_limit import LearnedLimit, Rate
from batch.dispatcher.pacing.learner import Learner
from batch.dispatcher.pacing.rate_cap import RateCap
from batch.dispatcher.pacing.rate_clock import RateClock
from batch.dispatcher.pacing.refusal_pause import RefusalPause
from batch.dispatcher.pacing.stated_pause import stated_pause
from batch.dispatcher.pacing.stated_remaining import FEW, StatedRemaining
from batch.dispatcher.pacing.stated_windows import StatedWindows
from batch.dispatcher.pacing.store_users import StoreUsers
from batch.guayaba.exchange import Exchange, Failure, RateLimitHeaders
from batch.text.language import tr

#: One request under way for so many that were accepted in a row, and no more than so many times what the limit needs.
_ACCEPTED_FOR_ONE = 16
_TOGETHER = 4
#: So many returned tokens are remembered, for responses that were under way when they returned.
_RETURNED = 64
#: A count that a server weights is rounded.
_ROUNDED = 1
#: A 503 to a call that leaves while at least so many calls are owed may be a limiter's.
_TOO_SOON = 0.5


class Bucket:
    """Tokens for one class of requests.

    `limit` tokens a `window` (seconds), as the server counts them. Of them only `share` (above 0, at most 1) is used:
    the rest is left to others on the same key. `pace`, the user's own limit over a time of its own, must have
    a token too. Where calls leave one at a time, each is named up to `lead` seconds before it may leave: what the
    caller does first then costs none of the rate.
    """

    def __init__(
        self, limit: int, window: float, share: float = 1.0, pace: RateCap | None = None, *, lead: float = 0.0
    ) -> None:
        if limit < 1 or window <= 0:
            raise ValueError(
                tr(
                    "a bucket needs a limit of 1 or more and a window above 0, not {limit} in {window}",
                    limit=limit,
                    window=window,
                )
            )
        self.window = window
        #: The limit that holds, and what was learned of it.
        self.known = KnownLimit(limit, window, share)
        self._pace = pace or RateCap()
        self._longest_lead = lead
        #: What its refusals teach, and to which rate all users of the store keep.
        self.learner = Learner(self.known)
        #: How long calls take, and how many are owed.
        self.clock = RateClock(self.known.interval)
        #: What the other users of the quota store do.
        self.store_users = StoreUsers(self.known)
        self._fair = FairShare(window)
        self._stated = StatedWindows(window)
        self._remaining = StatedRemaining(window)
        self._held_until = float("-inf")
        self._in_flight: list[float] = []  # when each request under way left, the earliest first
        self._answered = 0  # of these: how many have their response, see `answered`
        self._returning: list[float] = []  # heap: when each spent token comes back
        self._returned: deque[float] = deque(maxlen=_RETURNED)  # when the last ones did
        self._refusal = RefusalPause(window)
        self._accepted = 0  # in a row, since the start or the last refusal

    @property
    def paused_until(self) -> float:
        """When the pause after the last refusal ends."""
        return self._refusal.until

    @property
    def limit(self) -> int:
        """The limit that the server states, or the documented one."""
        return self.known.limit

    @property
    def tokens(self) -> int:
        """How many requests a window may hold."""
        return self.known.calls

    @property
    def learned(self) -> LearnedLimit | None:
        """The limit that was learned, where it is narrower than `limit`; `learned_at` is of the clock of `now`."""
        return self.known.learned

    @property
    def shared_rate(self) -> Rate | None:
        """The rate in which a call must take a place from the store, beside the token; `None`: in none."""
        rate = self.learner.shared_rate
        return rate and rate._replace(lead=self.clock.lead(self._longest_lead, rate.interval))

    def ready_at(self, now: float) -> float | None:
        """When the next token can be taken: `now`, a later time, or `None` while only an answer can tell."""
        self._collect(now)
        open_ = len(self._in_flight) - self._answered
        alone = open_ >= self._together()
        if alone and not self._accepted:
            return None
        stated, token = self._stated.ready_at(now, open_), self._token_at(now)
        named = self._conforming_at(now)
        if named is not None and named > now:
            named += self.clock.give_way(self.known.users) - self.clock.lead(self._longest_lead)
        if stated is None or token is None or named is None:
            return None
        even = self.known.even_interval
        evenly = max(
            self._remaining.ready_at(now, even * self.known.users), self._in_flight[-1] + even if alone else now
        )
        return max(self._refusal.until, self._held_until, self._pace.ready_at(now), stated, token, named, evenly)

    def ready_by(self, at: float, now: float, most: int) -> int:
        """How many tokens can be taken until `at`, as far as is known `now`; no more than `most` are counted."""
        ready = self.ready_at(now)
        if ready is None or ready > at:
            return 0
        found = max(0, self._free()) + sum(
            count_due(heap, at, most) for heap in (self._returning, self._remaining.taken)
        )
        burst = self._burst(now)
        if burst:
            most = self.clock.ready_by(at, now, self._in_flight[self._answered :], burst, most)
        return max(1, min(found, most, self._pace.ready_by(at, most)))

    def take(self, now: float) -> float:
        """When a request may leave on which a token is spent now: at `now` or, with a lead, a little later. The caller
        has asked `ready_at`, and names this time when the request is over."""
        self._collect(now)
        leaves_at = now if not self._longest_lead else max(now, self._conforming_at(now) or now)
        insort(self._in_flight, leaves_at)
        self._pace.take(leaves_at)
        self._remaining.take(leaves_at)
        return leaves_at

    def departs(self, left_at: float, now: float) -> float:
        """The request that was to leave at `left_at` leaves `now`: by what this returns it is named from here on."""
        if self._refusal.covers(left_at):
            return left_at
        self._in_flight.remove(left_at)
        insort(self._in_flight, now)
        return now

    def give_back(self, left_at: float) -> None:
        """Take a token back at once: its request does not leave."""
        self._in_flight.remove(left_at)

    @contextmanager
    def answered(self, now: float) -> Iterator[None]:
        """A call under way has its response, seen `now`, and is settled after other calls that it needs: meanwhile they
        do not wait for it. Until it is settled, and once more then, the server is taken to have counted it."""
        self.clock.count(now)
        self._stated.counted(now)
        self._answered += 1
        try:
            yield
        finally:
            self._answered -= 1

    def hold(self, until: float, left_at: float) -> None:
        """Take a token back, and give none before `until`: other users of the store have all."""
        self.give_back(left_at)
        self.store_users.refused()
        self._held_until = max(self._held_until, until)

    def settle(self, exchange: Exchange, now: float, left_at: float) -> None:
        """Follow the exchange of the request that left at `left_at`, and that is over `now`."""
        self.give_back(left_at)
        if exchange.failure is Failure.NEVER_LEFT:
            return
        if exchange.status == 429:
            self._refused(exchange, now, left_at)
            return
        heappush(self._returning, now + self.window)
        self._stated.counted(now)
        self._fair.counted(now)
        if exchange.status == 503:
            self._unavailable(exchange, now, left_at)
        elif exchange.status is not None:
            self._accept(exchange.quota, now, left_at)

    def _accept(self, said: RateLimitHeaders, now: float, left_at: float) -> None:
        self._collect(now)
        self._follow(said)
        level = self.store_users.level_of_accepted(self.clock.level(left_at), left_at)
        if said.remaining is not None:
            recently = self._returned and self._returned[-1] > left_at
            returned = sum(at > left_at for at in self._returned) if recently else 0  # the server counted them still
            own = len(self._returning) + len(self._in_flight) + returned
            self._fair.observe(self.limit, said.remaining, max(own, self.store_users.spent), now)
            own = self.store_users.calls(own)
            until = now + (self.window if said.reset_in is None else said.reset_in)
            counted = self.limit - said.remaining
            ours = self._fair.explained(counted, own, now) - own
            self._remaining.observe(said.remaining, self._free(), ours, until)
            forgotten = own - counted - _ROUNDED - count_due(self._returning, 2 * now - left_at, own)
            soon = self._free() + count_due(self._returning, now + (FEW + 1) * self.known.even_interval, FEW + 1)
            self._remaining.expect(said.remaining - len(self._in_flight), forgotten, soon, now)
        self.clock.interval = self._interval(now)
        self.clock.accepted(now, left_at)
        if self._refusal.covers(left_at):
            return
        self._accepted += 1
        self._refusal.end()
        before = self.known.learned
        self.learner.accepted(now, level, self.store_users.calls(len(self._returning)))
        if self.known.learned is not before:
            self.clock.interval = self._interval(now)
            if self.known.burst:
                self.clock.is_full(now, self.known.burst)

    def _refused(self, exchange: Exchange, now: float, left_at: float) -> None:
        """Pause after a refusal: for what it says (Retry-After, else Reset), else for what is to be learned.

        A request that got 429 was not counted by the server; its token returns with the pause.
        """
        said, hint = exchange.quota, stated_pause(exchange)
        if self._refusal.covers(left_at):
            self._refusal.prolong(now + (hint or 0.0))
            return
        self._collect(now)
        self._accepted = 0
        self._follow(said)
        own = self.store_users.calls(len(self._returning), 1)
        self.known.contradicted(own, said.remaining)
        others = False  # who uses the same store is none of them
        if self.known.users == 1 and said.remaining == 0:
            others = self._fair.explained(self.limit, own, now) < self.tokens
        if others:
            self._fair.refused(self.limit, own, now)
        if others or not self.known.can_be_learned:
            wait = self.window if hint is None else hint
        else:
            early = bool(self.known.burst) and self.clock.came_early(left_at, self.known.burst, self.known.users)
            wait = self.learner.refused(
                now,
                self.store_users.level(self.clock.level(now), now),
                own,
                hint,
                early=early,
                unsure=exchange.status == 503,
            )
        self.clock.interval = self._interval(now)
        self._refusal.begin(now, wait, hint)

    def _unavailable(self, exchange: Exchange, now: float, left_at: float) -> None:
        """A 503 with Retry-After is waited for like a 429. One without may be a limiter's (nginx), if the call came
        soon after others."""
        follows = self.learner.paused or self._refusal.covers(left_at)
        owed = self.store_users.level(self.clock.level(left_at) + len(self._in_flight), left_at)
        soon = self.known.can_be_learned and self._accepted and (self.known.burst or owed >= _TOO_SOON)
        if exchange.quota.retry_after is not None or follows or soon:
            self._refused(exchange, now, left_at)

    def _follow(self, said: RateLimitHeaders) -> None:
        """Follow the limits that a response states. A stated window that is not ours narrows it, and no more."""
        self._stated.follow(said.policies)
        if said.limit is not None:
            self.known.follow(said.limit, said.reset_in)

    def _together(self) -> int:
        """How many requests may be under way together: as many as use the limit; after a start and after a refusal one,
        then more the more are accepted. So a burst that the server does not take costs one refusal."""
        needed = math.ceil(_TOGETHER * self.clock.duration / self.known.even_interval)
        return max(1, min(needed, self._accepted // _ACCEPTED_FOR_ONE))

    def _interval(self, now: float) -> float:
        """Seconds between two calls where no burst is left."""
        interval = self.known.interval
        return max(interval, self._fair.interval(self.tokens, now)) if self._shares(now) else interval

    def _shares(self, now: float) -> bool:
        """Whether others use the key with whom only Remaining tells of each other: users of a store share by it."""
        return self.known.users == 1 and self._fair.active(now)

    def _burst(self, now: float) -> int:
        """How many calls may leave together; 0: as many as there are tokens."""
        if self._shares(now):
            return 1
        return self.known.burst

    def _conforming_at(self, now: float) -> float | None:
        burst = self._burst(now)
        return self.clock.ready_at(now, self._in_flight[self._answered :], burst) if burst else now

    def _token_at(self, now: float) -> float | None:
        if self._free() > 0:
            return now
        return min((heap[0] for heap in (self._returning, self._remaining.taken) if heap), default=None)

    def _free(self) -> int:
        return self.tokens - len(self._in_flight) - len(self._returning) - len(self._remaining.taken)

    def _collect(self, now: float) -> None:
        while self._returning and self._returning[0] <= now:
            self._returned.append(heappop(self._returning))
        self._remaining.collect(now)
