"""Several machines that share a rate by one store, in virtual time: the reference models of limiters judge."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
import trio
import trio.testing
from trio._core import _run as scheduler
from unit.dispatcher.pacing.limiters import (
    OK,
    FixedWindow,
    Gcra,
    Limiter,
    RoundedCounter,
    Seen,
    SlidingLog,
    StickTable,
)
from unit.dispatcher.quota_stores.test_remote import DEADLINE_S, WINDOW_S, Network, in_place

from batch.dispatcher.learned_limits import LearnedLimits
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.interface import Kind, Lease
from batch.dispatcher.quota_stores.remote import RemoteChannel
from batch.dispatcher.quota_stores.shared import SharedQuota


class Machine:
    """One user that calls as often as its bucket and the store let it."""

    def __init__(self, network: Network, name: str, limiter: Limiter, seen: Seen, trip: Callable[[], float]) -> None:
        self.bucket = Bucket(30, WINDOW_S)
        self._limiter, self._seen, self._trip = limiter, seen, trip
        self._channel = RemoteChannel(
            network, window=WINDOW_S, notify=lambda _: None, now=anyio.current_time, run_blocking=in_place
        )
        places = self._quota("write-rate", name, None)
        self._shared = self._quota("write", name, places)
        self._learned = LearnedLimits(self.bucket, self._shared, anyio.current_time)

    def _quota(self, kind: Kind, name: str, places: SharedQuota | None) -> SharedQuota:
        return SharedQuota(
            self._channel, kind, window=WINDOW_S, deadline=DEADLINE_S, user=name, now=anyio.current_time, places=places
        )

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._channel.serve)
            await self._shared.refresh()
            while True:
                self._learned.exchange(anyio.current_time())
                ready = self.bucket.ready_at(anyio.current_time())
                if ready is None or ready > anyio.current_time():
                    await anyio.sleep(0.01 if ready is None else ready - anyio.current_time())
                    continue
                left_at = self.bucket.take(anyio.current_time())
                lease = await self._shared.claim(self.bucket.tokens, self.bucket.learner.shared_rate)
                if isinstance(lease, Lease):
                    self.bucket.spent = self._shared.spent
                    tasks.start_soon(self._call, lease, left_at)
                else:
                    self.bucket.hold(anyio.current_time() + lease, left_at)

    async def _call(self, lease: Lease, left_at: float) -> None:
        await anyio.sleep(self._trip())
        exchange = self._limiter.call(anyio.current_time())
        (self._seen.accepted if exchange.status == OK else self._seen.refused).append(anyio.current_time())
        await anyio.sleep(self._trip())
        now = anyio.current_time()
        self._shared.settled(lease, left=exchange.may_be_counted)
        before = self.bucket.paused_until
        self.bucket.settle(exchange, now, left_at)
        if self.bucket.paused_until > max(before, now):
            self._shared.hear(self.bucket.limit, self.bucket.paused_until - now)


def together(folder: Path, limiter: Limiter, machines: int, end: float) -> Seen:
    """What a server saw of so many machines with one key and one store."""
    seen, draw, network = Seen(), random.Random(3), Network(folder)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for at in range(machines):
                machine = Machine(network, f"m{at}", limiter, seen, lambda: draw.uniform(0.001, 0.004))
                tasks.start_soon(machine.run)
                await anyio.sleep(0.7)
            await anyio.sleep(end - anyio.current_time())
            tasks.cancel_scope.cancel()

    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    scheduler._r.seed(machines)
    with network:
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return seen


@pytest.mark.parametrize("machines", [2, 3])
@pytest.mark.parametrize(
    ("limiter", "allowed", "refusals"),
    [
        (FixedWindow, 30, 0),
        (lambda: FixedWindow(20), 20, 3),
        (lambda: SlidingLog(20, headers="retry-after"), 20, 3),
        (Gcra, 30, 3),
        (lambda: Gcra(headers="retry-after"), 30, 3),
        (lambda: Gcra(6), 30, 3),
        (lambda: Gcra(status=503), 30, 3),
        # Each machine lengthens the interval by a little, until it is long enough.
        (lambda: Gcra(interval=4.0), 15, 20),
        (StickTable, 30, 3),
        (lambda: RoundedCounter(headers="stated"), 30, 3),
    ],
    ids=[
        "window", "smaller window", "smaller log, Retry-After", "rate", "rate, Retry-After", "burst of 6", "nginx, 503",
        "slower rate", "stick table", "rounded counter, stated",
    ],
)  # fmt: skip
def test_machines_with_a_store_learn_as_one(
    tmp_path: Path, limiter: Callable[[], Limiter], allowed: int, refusals: int, machines: int
) -> None:
    """All together meet few refusals, as one machine does, and then use 90 % of what the limiter allows."""
    seen = together(tmp_path, limiter(), machines, 12 * WINDOW_S)
    assert len(seen.refused) <= refusals, seen.refused
    assert seen.between(7 * WINDOW_S, 12 * WINDOW_S) >= 0.9 * 5 * allowed
