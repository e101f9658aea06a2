"""Machines that share a key by one store, in virtual time: what a server sees of them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path

import anyio
import trio
import trio.testing
from trio._core import _run as scheduler
from unit.dispatcher.pacing.limiters import OK, Limiter, Seen
from unit.dispatcher.quota_stores.test_remote import Network, in_place

from batch.dispatcher.learned_limits import LearnedLimits
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.interface import Kind, Lease
from batch.dispatcher.quota_stores.remote import RemoteChannel
from batch.dispatcher.quota_stores.shared import SharedQuota


@dataclass(frozen=True)
class Setting:
    """What all machines have in common. Times are seconds; `trip` and `prepare` are the least and the most."""

    window: float = 60.0
    deadline: float = 30.0
    #: How long a request is under way, there or back.
    trip: tuple[float, float] = (0.001, 0.004)
    #: How long a machine takes from its token to its request: the intent is written.
    prepare: tuple[float, float] = (0.0, 0.0)
    #: A call is named so much earlier than it may leave.
    lead: float = 0.0
    #: How long one machine starts after another.
    apart: float = 0.7


class Machine:
    """One user that calls as often as its bucket and the store let it."""

    def __init__(
        self, network: Network, name: str, limiter: Limiter, seen: Seen, setting: Setting, draw: random.Random
    ) -> None:
        self.bucket = Bucket(30, setting.window, lead=setting.lead)
        self._limiter, self._seen, self._setting, self._draw = limiter, seen, setting, draw
        self._channel = RemoteChannel(
            network, window=setting.window, notify=lambda _: None, now=anyio.current_time, run_blocking=in_place
        )
        places = self._quota("write-rate", name, None)
        self._shared = self._quota("write", name, places)
        self.made = 0  # calls
        self._bell = anyio.Event()  # rings when a response is seen
        self.learned = LearnedLimits(self.bucket, self._shared, anyio.current_time)

    def _quota(self, kind: Kind, name: str, places: SharedQuota | None) -> SharedQuota:
        return SharedQuota(
            self._channel,
            kind,
            window=self._setting.window,
            deadline=self._setting.deadline,
            user=name,
            now=anyio.current_time,
            places=places,
        )

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._channel.serve)
            await self._shared.refresh()
            while True:
                self.learned.exchange(anyio.current_time())
                ready = self.bucket.ready_at(anyio.current_time())
                if ready is None or ready > anyio.current_time():
                    self._bell = anyio.Event()
                    with anyio.move_on_at(math.inf if ready is None else ready):
                        await self._bell.wait()
                    continue
                left_at = self.bucket.take(anyio.current_time())
                lease = await self._shared.claim(self.bucket.tokens, self.bucket.shared_rate)
                if isinstance(lease, Lease):
                    self.bucket.store_users.granted(self._shared.spent, anyio.current_time())
                    tasks.start_soon(self._call, lease, left_at)
                else:
                    self.bucket.hold(anyio.current_time() + lease, left_at)

    async def _call(self, lease: Lease, left_at: float) -> None:
        may_leave_at = max(left_at, anyio.current_time() + lease.lead)
        await anyio.sleep(self._draw.uniform(*self._setting.prepare))
        await anyio.sleep_until(may_leave_at)
        left_at = self.bucket.departs(left_at, anyio.current_time())
        await anyio.sleep(self._draw.uniform(*self._setting.trip))
        self.made += 1
        exchange = self._limiter.call(anyio.current_time())
        (self._seen.accepted if exchange.status == OK else self._seen.refused).append(anyio.current_time())
        await anyio.sleep(self._draw.uniform(*self._setting.trip) + getattr(self._limiter, "delay", 0.0))
        now = anyio.current_time()
        before = self.bucket.paused_until
        self.bucket.settle(exchange, now, left_at)
        self._shared.settled(lease, left=exchange.may_be_counted, trip=self.bucket.clock.at_least)
        self._bell.set()
        if self.bucket.paused_until > max(before, now):
            self._shared.hear(self.bucket.limit, self.bucket.paused_until - now)


def together(
    folder: Path, limiter: Limiter, machines: int, end: float, setting: Setting | None = None, seed: int = 3
) -> tuple[Seen, list[Machine]]:
    """What a server saw of so many machines with one key and one store, and the machines."""
    setting = setting or Setting()
    seen, draw, network = Seen(), random.Random(seed), Network(folder)
    users = [Machine(network, f"m{at}", limiter, seen, setting, draw) for at in range(machines)]

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for user in users:
                tasks.start_soon(user.run)
                await anyio.sleep(setting.apart)
            await anyio.sleep(end - anyio.current_time())
            tasks.cancel_scope.cancel()

    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]
    scheduler._r.seed(machines)
    with network:
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return seen, users
