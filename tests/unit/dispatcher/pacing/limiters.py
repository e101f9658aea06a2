"""Reference models of limiters, and a caller that keeps to a bucket: what a server sees of it, on a virtual clock.

Each limiter is told when a request arrives and answers with an exchange. They share no code with the pacing. `headers`
is what a response says: `none`; `retry-after` (whole seconds, rounded up, on a refusal); `stated` (Limit, Remaining and
Reset on every response, and Retry-After on a refusal).
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from batch.dispatcher.pacing.bucket import Bucket
from batch.guayaba.exchange import Exchange, RateLimitHeaders

OK = 200


class Limiter(Protocol):
    """A server's rule. `calls` in `window` seconds are documented."""

    def call(self, now: float) -> Exchange:
        """The response to a request that arrives `now`."""
        ...


@dataclass
class Counting:
    """What the limiters with a window share: `limit` calls in `window` seconds."""

    limit: int = 30
    window: float = 60.0
    headers: str = "none"
    status: int = 429

    def accept(self, remaining: int, reset: float) -> Exchange:
        return Exchange(OK, quota=self.said(remaining, reset))

    def refuse(self, reset: float) -> Exchange:
        said = self.said(0, reset)
        if self.headers != "none":
            said = said._replace(retry_after=float(math.ceil(reset)))
        return Exchange(self.status, quota=said)

    def said(self, remaining: int, reset: float) -> RateLimitHeaders:
        return RateLimitHeaders(self.limit, remaining, reset) if self.headers == "stated" else RateLimitHeaders()


@dataclass
class FixedWindow(Counting):
    """Windows that begin at `begins` and each `window` seconds later (express-rate-limit, a counter with a TTL)."""

    begins: float = -17.0
    count: int = 0
    number: int = -1

    def call(self, now: float) -> Exchange:
        number = math.floor((now - self.begins) / self.window)
        if number != self.number:
            self.number, self.count = number, 0
        reset = self.begins + (number + 1) * self.window - now
        if self.count >= self.limit:
            return self.refuse(reset)
        self.count += 1
        return self.accept(self.limit - self.count, reset)


@dataclass
class SlidingLog(Counting):
    """No `window` seconds hold more than `limit` calls, wherever they begin."""

    log: deque[float] = field(default_factory=deque)

    def call(self, now: float) -> Exchange:
        while self.log and self.log[0] <= now - self.window:
            self.log.popleft()
        if len(self.log) >= self.limit:
            return self.refuse(self.log[0] + self.window - now)
        self.log.append(now)
        return self.accept(self.limit - len(self.log), self.log[0] + self.window - now)


@dataclass
class SlidingCounter(Counting):
    """Two fixed windows, the earlier one weighted by how much of it is still within `window` seconds."""

    begins: float = -17.0
    number: int = -1
    count: int = 0
    before: int = 0

    def call(self, now: float) -> Exchange:
        number = math.floor((now - self.begins) / self.window)
        if number != self.number:
            self.before = self.count if number == self.number + 1 else 0
            self.number, self.count = number, 0
        part = 1 - ((now - self.begins) / self.window - number)
        weighted = self.before * part + self.count
        reset = part * self.window
        if weighted + 1 > self.limit:
            return self.refuse(reset if not self.before else min(reset, self.window / self.before))
        self.count += 1
        return self.accept(max(0, int(self.limit - weighted - 1)), reset)


@dataclass
class StickTable:
    """A weighted counter of the requests themselves, the refused ones among them (HAProxy's `http_req_rate`). Its
    windows begin with the first request, or `phase` before."""

    limit: int = 30
    window: float = 60.0
    phase: float = 0.0
    status: int = 429
    begins: float | None = None
    count: int = 0
    before: int = 0

    def call(self, now: float) -> Exchange:
        if self.begins is None:
            self.begins = now - self.phase
        passed = math.floor((now - self.begins) / self.window)
        if passed:
            self.before = self.count if passed == 1 else 0
            self.count = 0
            self.begins += passed * self.window
        self.count += 1
        rate = math.floor(self.before * (1 - (now - self.begins) / self.window) + self.count)
        return Exchange(OK if rate <= self.limit else self.status)


@dataclass
class RoundedCounter(SlidingCounter):
    """The sliding counter of the library `limits` (slowapi, flask-limiter): it rounds down, and its Reset, when the
    next call is free, comes a second late."""

    def call(self, now: float) -> Exchange:
        number = math.floor((now - self.begins) / self.window)
        if number != self.number:
            self.before = self.count if number == self.number + 1 else 0
            self.number, self.count = number, 0
        left = (number + 1) * self.window - (now - self.begins)
        reset = 1.0 + (left % (self.window / self.before) if self.before else left)
        if math.floor(self.before * left / self.window) + self.count >= self.limit:
            return self.refuse(reset)
        self.count += 1
        return self.accept(self.limit - math.floor(self.before * left / self.window + self.count), reset)


@dataclass
class Gcra:
    """A burst of `burst`, then one call each `interval` seconds (nginx `burst=… nodelay`, a token bucket)."""

    burst: int = 1
    interval: float = 2.0
    headers: str = "none"
    status: int = 429
    owed_until: float = float("-inf")

    def call(self, now: float) -> Exchange:
        early = self.owed_until - (self.burst - 1) * self.interval
        if now < early - 1e-9:  # a binary fraction that was rounded is no early call
            wait = math.ceil(early - now) if self.headers == "retry-after" else early - now
            said = RateLimitHeaders(retry_after=float(wait)) if self.headers != "none" else RateLimitHeaders()
            return Exchange(self.status, quota=said)
        self.owed_until = max(self.owed_until, now) + self.interval
        return Exchange(OK)


@dataclass
class LeakyBucket:
    """One call each `interval` seconds; up to `queue` more wait for their turn, and their response with them (nginx
    `burst=…`)."""

    queue: int = 5
    interval: float = 2.0
    status: int = 503
    owed_until: float = float("-inf")
    delay: float = 0.0  # of the last call

    def call(self, now: float) -> Exchange:
        wait = max(0.0, self.owed_until - now)
        if wait > self.queue * self.interval:
            self.delay = 0.0
            return Exchange(self.status)
        self.delay = wait
        self.owed_until = max(self.owed_until, now) + self.interval
        return Exchange(OK)


@dataclass
class Throttler(Counting):
    """A fixed window that begins with its first call; a refusal blocks for a window of its own (@nestjs/throttler)."""

    first: float = float("-inf")
    count: int = 0
    blocked_until: float = float("-inf")

    def call(self, now: float) -> Exchange:
        if now < self.blocked_until:
            return self.refuse(self.blocked_until - now)
        if now >= self.first + self.window or self.blocked_until > self.first:
            self.first, self.count, self.blocked_until = now, 0, float("-inf")
        if self.count >= self.limit:
            self.blocked_until = now + self.window
            return self.refuse(self.window)
        self.count += 1
        return self.accept(self.limit - self.count, self.first + self.window - now)


@dataclass
class Changing:
    """One limiter until `at`, another from then on."""

    first: Limiter
    then: Limiter
    at: float

    def call(self, now: float) -> Exchange:
        return (self.first if now < self.at else self.then).call(now)


@dataclass
class Banning:
    """A network's own rule before the API: whoever is above `limit` calls in `window` seconds is refused for `ban`
    seconds, and says no word of it. `prolongs`: each call meanwhile begins the ban anew."""

    limit: int = 20
    window: float = 60.0
    ban: float = 600.0
    prolongs: bool = False
    until: float = float("-inf")
    log: deque[float] = field(default_factory=deque)

    def call(self, now: float) -> Exchange:
        while self.log and self.log[0] <= now - self.window:
            self.log.popleft()
        banned = now < self.until
        if banned or len(self.log) >= self.limit:
            if self.prolongs or not banned:
                self.until = now + self.ban
            self.log.clear()
            return Exchange(429)
        self.log.append(now)
        return Exchange(OK)


@dataclass
class Misleading:
    """A limiter whose responses carry `said(now)`: the headers of another one, or what is not so."""

    limiter: Limiter
    said: Callable[[float], RateLimitHeaders]
    #: What a refusal names beside them.
    retry_after: float | None = None

    def call(self, now: float) -> Exchange:
        exchange, said = self.limiter.call(now), self.said(now)
        refused = exchange.status != OK and self.retry_after is not None
        return exchange._replace(quota=said._replace(retry_after=self.retry_after) if refused else said)


@dataclass
class Deploying:
    """Until `end` a part of the servers is away: every second call from `begin` on gets 503 and Retry-After."""

    limiter: Limiter
    begin: float
    end: float
    retry_after: float | None
    calls: int = 0

    def call(self, now: float) -> Exchange:
        if self.begin <= now < self.end:
            self.calls += 1
            if self.calls % 2:
                return Exchange(503, quota=RateLimitHeaders(retry_after=self.retry_after))
        return self.limiter.call(now)


@dataclass
class WithAPerson:
    """Somebody works with the same key in a browser: one to three calls at a time, `calls` a window or so."""

    limiter: Limiter
    calls: float = 6.0
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    at: float = 0.0
    accepted: list[float] = field(default_factory=list)

    def call(self, now: float) -> Exchange:
        while self.at <= now:
            for _ in range(self.chance.randint(1, 3)):
                if self.limiter.call(self.at).status == OK:
                    self.accepted.append(self.at)
            self.at += self.chance.expovariate(self.calls / 2 / 60.0)
        return self.limiter.call(now)


@dataclass
class Seen:
    """What a server saw: when it accepted, and when it refused."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def between(self, since: float, until: float) -> int:
        """How many calls were accepted from `since` to `until`."""
        return sum(since <= at < until for at in self.accepted)


def drive(
    buckets: Sequence[Bucket],
    limiter: Limiter,
    until: float,
    trip: Callable[[], tuple[float, float]] = lambda: (0.0025, 0.0025),
    workers: int = 16,
    begin: Sequence[float] = (0.0, 1.3, 2.1, 3.7),
    prepare: Callable[[], float] = lambda: 0.0,
) -> list[Seen]:
    """What the server saw of each of `buckets`, whose callers take all that they are allowed until `until`. `prepare`
    is how long a caller needs until its request can leave, `trip` how long that takes there and back."""
    seen = [Seen() for _ in buckets]
    now, flying = 0.0, [0 for _ in buckets]
    pending: list[tuple[float, int, float]] = []  # arrivals: when, who, left at
    answers: list[tuple[float, int, float, Exchange]] = []
    while now < until:
        left = False
        times = []
        for who, bucket in enumerate(buckets):
            if now < begin[who]:
                times.append(begin[who])
                continue
            ready = bucket.ready_at(now) if flying[who] < workers else None
            if ready is not None and ready <= now:
                leaves_at = bucket.take(now)
                flying[who] += 1
                pending.append((max(now + prepare(), leaves_at) + trip()[0], who, leaves_at))
                left = True
            elif ready is not None:
                times.append(ready)
        if left:
            continue
        times += [at for at, _, _ in pending] + [at for at, _, _, _ in answers]
        now = max(now, min(times))
        for arrival in sorted(one for one in pending if one[0] <= now):
            pending.remove(arrival)
            at, who, left_at = arrival
            exchange = limiter.call(at)
            (seen[who].accepted if exchange.status == OK else seen[who].refused).append(at)
            answers.append((at + getattr(limiter, "delay", 0.0) + trip()[1], who, left_at, exchange))
        for answer in sorted((one for one in answers if one[0] <= now), key=lambda one: one[0]):
            answers.remove(answer)
            at, who, left_at, exchange = answer
            flying[who] -= 1
            buckets[who].settle(exchange, at, left_at)
    return seen
