"""A store that goes away and comes back, in virtual time: who waits, who goes on, and what is counted afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import anyio
import pytest
import trio
import trio.testing

from batch.dispatcher.quota_stores.interface import Lease, QuotaReply, QuotaRequest, StoreDown
from batch.dispatcher.quota_stores.remote import RemoteChannel
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.quota_stores.sqlite import SqliteStore

_T = TypeVar("_T")
WINDOW_S, DEADLINE_S, LIMIT = 60.0, 30.0, 30


@dataclass
class Network:
    """One store for all machines, open until the end of the context, and whether it can be reached."""

    folder: Path
    up: bool = True
    round_trips: int = 0

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self.folder / "store", window=WINDOW_S, now=anyio.current_time)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def connect(self) -> None: ...

    def exchange(self, requests: Sequence[QuotaRequest]) -> list[QuotaReply]:
        self.round_trips += 1
        if not self.up:
            raise StoreDown("Connection refused")
        return self._store.exchange(requests)

    def close(self) -> None: ...


async def in_place(work: Callable[[], _T]) -> _T:
    await anyio.sleep(0.001)
    return work()


@dataclass
class Machine:
    """One user that calls as often as its quota lets it."""

    network: Network
    name: str
    counted: list[float]
    notices: list[str] = field(default_factory=list)

    async def run(self) -> None:
        channel = RemoteChannel(
            self.network, window=WINDOW_S, notify=self.notices.append, now=anyio.current_time, run_blocking=in_place
        )
        quota = SharedQuota(
            channel, "write", window=WINDOW_S, deadline=DEADLINE_S, quota="q", user=self.name, now=anyio.current_time
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(channel.serve)
            while True:
                lease = await quota.claim(LIMIT)
                if isinstance(lease, Lease):
                    await anyio.sleep(0.05)
                    self.counted.append(anyio.current_time())
                    quota.settled(lease)
                else:
                    await anyio.sleep(lease)


def most_in_a_window(counted: Sequence[float]) -> int:
    times = sorted(counted)
    return max((sum(start <= at < start + WINDOW_S - 1e-6 for at in times) for start in times), default=0)


def story(folder: Path, machines: int, *events: tuple[float, bool], end: float) -> tuple[list[Machine], list[float]]:
    """What `machines` did until `end`, while the store could be reached, or not, from the times of `events` on."""
    network, counted = Network(folder), list[float]()
    users = [Machine(network, f"m{at}", counted) for at in range(machines)]

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for user in users:
                tasks.start_soon(user.run)
            for at, up in events:
                await anyio.sleep(at - anyio.current_time())
                network.up = up
            await anyio.sleep(end - anyio.current_time())
            tasks.cancel_scope.cancel()

    with network:
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return users, counted


def test_machines_share_a_quota_and_use_all_of_it(tmp_path: Path) -> None:
    """Three machines make the calls of one: the limit in each window, and never more."""
    _, counted = story(tmp_path, 3, end=600.0)
    assert most_in_a_window(counted) == LIMIT
    assert len(counted) >= 0.98 * 10 * LIMIT


def test_a_store_that_is_away_for_a_moment_costs_that_moment(tmp_path: Path) -> None:
    """Calls wait while it is away, nobody goes on alone, and afterwards all goes on as before."""
    users, counted = story(tmp_path, 3, (100.0, False), (130.0, True), end=600.0)
    assert most_in_a_window(counted) <= LIMIT
    assert not [at for at in counted if 100.1 <= at < 130.0]
    assert len(counted) >= 0.98 * (600.0 - 30.0) / WINDOW_S * LIMIT
    assert [notice.split(" (")[0] for notice in users[0].notices] == [
        "the quota store does not answer",
        "the quota store answers again.",
    ]


def test_a_store_that_stays_away_leaves_each_machine_its_part(tmp_path: Path) -> None:
    """After a window and a deadline each machine goes on with its part; all together, and afterwards, stay within the
    limit."""
    _, counted = story(tmp_path, 3, (100.0, False), (700.0, True), end=1200.0)
    assert most_in_a_window(counted) <= LIMIT
    alone = [at for at in counted if 200.0 <= at < 700.0]
    assert not [at for at in counted if 100.1 <= at < 190.0], "until then what the store gave may still be counted"
    assert len(alone) >= 0.9 * 3 * (LIMIT // 4) * 500.0 / WINDOW_S
    assert len([at for at in counted if at >= 800.0]) >= 400.0 // WINDOW_S * LIMIT


@pytest.mark.parametrize("up", [True, False])
def test_a_user_that_waits_is_heard_of(tmp_path: Path, up: bool) -> None:
    """The store is asked some times a window also by a user that has nothing to say, and once a second while it is
    away: not more often."""
    network = Network(tmp_path, up=True)

    async def main() -> int:
        channel = RemoteChannel(
            network, window=WINDOW_S, notify=lambda _: None, now=anyio.current_time, run_blocking=in_place
        )
        quota = SharedQuota(
            channel, "write", window=WINDOW_S, deadline=DEADLINE_S, quota="q", user="u", now=anyio.current_time
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(channel.serve)
            await quota.refresh()
            network.up = up
            before = network.round_trips
            await anyio.sleep(10 * WINDOW_S)
            tasks.cancel_scope.cancel()
        return network.round_trips - before

    with network:
        asked = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert 38 <= asked <= 40 if up else 500 <= asked <= 600


def test_a_claim_that_is_cancelled_keeps_no_token(tmp_path: Path) -> None:
    """Tokens that arrive for nobody go back at once."""
    network = Network(tmp_path)

    async def main() -> tuple[int, int]:
        channel = RemoteChannel(
            network, window=WINDOW_S, notify=lambda _: None, now=anyio.current_time, run_blocking=in_place
        )
        quotas = [
            SharedQuota(
                channel, "write", window=WINDOW_S, deadline=DEADLINE_S, quota="q", user=user, now=anyio.current_time
            )
            for user in ("a", "b")
        ]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(channel.serve)
            with anyio.move_on_after(0.0005):
                await quotas[0].claim(1)
            await anyio.sleep(0.1)
            lease = await quotas[1].claim(1)
            tasks.cancel_scope.cancel()
        return isinstance(lease, Lease), network.round_trips

    with network:
        took, _ = trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert took
