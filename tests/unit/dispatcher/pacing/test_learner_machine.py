"""The learner as a machine: calls, waits, strangers and restarts in any order, against limiters whose rule it does not
know."""

from __future__ import annotations

from heapq import heappop, heappush

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from unit.dispatcher.pacing.limiters import (
    OK,
    FixedWindow,
    Gcra,
    LeakyBucket,
    Limiter,
    RoundedCounter,
    SlidingCounter,
    SlidingLog,
    StickTable,
    Throttler,
)

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.learned_limit import parse_learned_limit
from batch.guayaba.exchange import Exchange

LIMIT, WINDOW = 30, 60.0
HEADERS = st.sampled_from(["none", "retry-after", "stated"])
LIMITERS = st.one_of(
    st.builds(FixedWindow, st.integers(5, LIMIT), headers=HEADERS, begins=st.floats(-WINDOW, 0)),
    st.builds(SlidingLog, st.integers(5, LIMIT), headers=HEADERS),
    st.builds(SlidingCounter, st.integers(5, LIMIT), headers=HEADERS, begins=st.floats(-WINDOW, 0)),
    st.builds(RoundedCounter, st.integers(5, LIMIT), headers=HEADERS, begins=st.floats(-WINDOW, 0)),
    st.builds(StickTable, st.integers(5, LIMIT), phase=st.floats(0, 59)),
    st.builds(Throttler, st.integers(5, LIMIT), headers=HEADERS),
    st.builds(Gcra, st.integers(1, LIMIT), st.floats(1, 6), headers=st.sampled_from(["none", "retry-after"])),
    st.builds(Gcra, st.integers(1, LIMIT), st.floats(1, 6), status=st.just(503)),
    st.builds(LeakyBucket, st.integers(0, LIMIT), st.floats(1, 4)),
)


class Learning(RuleBasedStateMachine):
    """A bucket and a limiter; `now` is virtual."""

    @initialize(limiter=LIMITERS)
    def begin(self, limiter: Limiter) -> None:
        self.limiter, self.bucket, self.now = limiter, Bucket(LIMIT, WINDOW), 0.0
        self.in_flight: list[tuple[float, int, float, Exchange]] = []
        self.accepted: list[float] = []
        self.calls = 0

    @rule(count=st.integers(1, 40), latency=st.floats(0.001, 3.0))
    def call(self, count: int, latency: float) -> None:
        """So many calls leave, each as soon as it may."""
        for _ in range(count):
            while (ready := self.bucket.ready_at(self.now)) is None or ready > self.now:
                self.answer(ready)
            left_at = self.bucket.take(self.now)
            # Of two calls the one that left first arrives first.
            arrives = self.now + latency / 2
            exchange = self.limiter.call(arrives)
            if exchange.status == OK:
                self.accepted.append(arrives)
            self.calls += 1
            seen = arrives + latency / 2 + getattr(self.limiter, "delay", 0.0)
            heappush(self.in_flight, (seen, self.calls, left_at, exchange))
            self.now = arrives if latency < 0.5 else self.now  # short calls leave one after the other

    @rule(seconds=st.floats(0, 300))
    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.in_flight and self.in_flight[0][0] <= until:
            self.answer(None)
        self.now = max(self.now, until)

    @rule(count=st.integers(1, 5))
    def strangers_call(self, count: int) -> None:
        for _ in range(count):
            self.limiter.call(self.now)

    @rule()
    def restart(self) -> None:
        """A new process goes on with what was learned; the quota store holds it back until the tokens are there."""
        self.wait(WINDOW + 30.0 * 4 + 60.0)
        learned = self.bucket.learned
        self.bucket = Bucket(LIMIT, WINDOW)
        self.bucket.known.restore(learned)

    def answer(self, ready: float | None) -> None:
        """Let time pass until a response is seen or, earlier, until `ready`."""
        if not self.in_flight or (ready is not None and ready <= self.in_flight[0][0]):
            assert ready is not None, "nothing is under way, and no call may ever leave"
            # The two windows that a weighted counter looks at, and one of doubt; a little over 2.5 were met.
            assert ready - self.now <= 3 * WINDOW, "a pause without a reason"
            self.now = max(self.now, ready)
            return
        seen, _, left_at, exchange = heappop(self.in_flight)
        self.now = max(self.now, seen)
        self.bucket.settle(exchange, self.now, left_at)

    @invariant()
    def the_documented_limit_is_kept(self) -> None:
        recent = sorted(self.accepted[-3 * LIMIT :]) if hasattr(self, "accepted") else []
        assert all(beyond - first >= WINDOW - 1e-6 for first, beyond in zip(recent, recent[LIMIT:], strict=False))

    @invariant()
    def what_was_learned_is_narrower_and_can_be_kept(self) -> None:
        learned = self.bucket.learned if hasattr(self, "bucket") else None
        if learned is not None:
            assert 1 <= learned.burst <= learned.calls <= LIMIT
            assert parse_learned_limit(learned.text) == learned


TestLearning = Learning.TestCase
TestLearning.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
