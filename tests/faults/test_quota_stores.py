"""Ten machines with clocks of their own and one store that is killed again and again: the API's log is the judge."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest
from unit.dispatcher.quota_stores.servers import Server, postgres_server, redis_server

from batch.dispatcher.quota_stores.interface import Lease, QuotaStore
from batch.dispatcher.quota_stores.remote import RemoteChannel
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.settings.quota_store import store_address

MACHINES, KILLS = 10, 5
WINDOW_S, LIMIT = 1.0, 50
LONG = bool(os.environ.get("GUAYABA_LONG"))
#: The longest time of a request. The PostgreSQL is never away for so long that its users go on without it.
DEADLINE_S = {"redis": 0.5, "postgres": 5.0}
#: For so long the store gives nothing after a start: a Redis that was killed lost its memory, a PostgreSQL did not.
HOLD_S = {"redis": WINDOW_S, "postgres": 0.0}
#: Between two kills: three windows' worth, each with half a window to be called in.
OPEN_S = 2.5 * WINDOW_S


@dataclass
class Trial:
    """Machines that call as often as they may, and the times at which the API counted each call."""

    server: Server
    sort: str
    chance: random.Random = field(default_factory=lambda: random.Random(19))
    counted: list[float] = field(default_factory=list)
    #: From when to when the store gives nothing.
    closed: list[tuple[float, float]] = field(default_factory=list)

    def store(self) -> QuotaStore:
        if self.sort == "redis":
            from batch.dispatcher.quota_stores.redis import RedisStore

            return RedisStore(store_address(f"redis://127.0.0.1:{self.server.port}/0"), timeout=1.0)
        from batch.dispatcher.quota_stores.postgres import PostgresStore

        address = store_address(f"postgresql://quota@127.0.0.1:{self.server.port}/postgres")
        return PostgresStore(address, timeout=1.0)

    async def machine(self, number: int) -> None:
        """One machine: its clock is hours off, and in no way related to the store's."""
        off = self.chance.uniform(-1e5, 1e5)

        def skewed() -> float:
            return time.monotonic() + off

        store = self.store()
        channel = RemoteChannel(store, window=WINDOW_S, notify=lambda _: None, now=skewed)
        quota = SharedQuota(
            channel,
            "write",
            window=WINDOW_S,
            deadline=DEADLINE_S[self.sort],
            quota="key",
            user=f"m{number}",
            now=skewed,
        )
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(channel.serve)
                while True:
                    lease = await quota.claim(LIMIT)
                    if isinstance(lease, Lease):
                        tasks.start_soon(self.call, quota, lease)
                    else:
                        await anyio.sleep(lease)
        finally:
            store.close()

    async def call(self, quota: SharedQuota, lease: Lease) -> None:
        before, after = self.chance.uniform(0.0, 0.005), self.chance.uniform(0.0, 0.005)
        await anyio.sleep(before)
        self.counted.append(time.monotonic())
        await anyio.sleep(after)
        quota.settled(lease)

    async def kills(self) -> None:
        for _ in range(KILLS):
            await anyio.sleep(HOLD_S[self.sort] + OPEN_S)
            down = time.monotonic()
            self.server.kill()
            await anyio.sleep(0.1)
            await anyio.to_thread.run_sync(self.server.start)
            up = time.monotonic()
            self.closed.append((down, up + HOLD_S[self.sort]))
        await anyio.sleep(HOLD_S[self.sort] + OPEN_S)

    async def run(self) -> tuple[float, float]:
        """From when to when the machines could have called."""
        new = max(WINDOW_S, DEADLINE_S[self.sort])  # the store gives nothing for so long
        began = time.monotonic() + new
        async with anyio.create_task_group() as tasks:
            for number in range(MACHINES):
                tasks.start_soon(self.machine, number)
            await anyio.sleep(new - HOLD_S[self.sort])
            await self.kills()
            tasks.cancel_scope.cancel()
        return began, time.monotonic()


@contextmanager
def server_of(sort: str, folder: Path) -> Iterator[Server]:
    with redis_server(folder) if sort == "redis" else postgres_server(folder) as server:
        yield server


def finished_trial(sort: str, folder: Path) -> tuple[Trial, list[float], list[float]]:
    """The trial, and from when and to when its store could give: each time between two kills."""
    pytest.importorskip({"redis": "redis", "postgres": "psycopg"}[sort])
    with server_of(sort, folder) as server:
        trial = Trial(server, sort)
        began, ended = anyio.run(trial.run)
    return trial, [began, *(end for _, end in trial.closed)], [*(start for start, _ in trial.closed), ended]


@pytest.mark.parametrize("sort", ["redis", "postgres"])
def test_ten_skewed_machines_and_five_kills_stay_within_the_limit(sort: str, tmp_path: Path) -> None:
    """No window of the API's log holds more than the limit, and the machines call again after each kill."""
    trial, opens, closes = finished_trial(sort, tmp_path)
    times = sorted(trial.counted)
    for first, beyond in zip(times, times[LIMIT:], strict=False):
        assert beyond - first >= WINDOW_S, f"{LIMIT + 1} calls within {beyond - first:.3f} s"
    assert all(any(opened <= at <= close for at in times) for opened, close in zip(opens, closes, strict=True)), (
        trial.closed
    )


@pytest.mark.skipif(not LONG, reason="it measures a use of real time; GUAYABA_LONG=1 runs it")
@pytest.mark.parametrize("sort", ["redis", "postgres"])
def test_ten_skewed_machines_and_five_kills_use_the_limit(sort: str, tmp_path: Path) -> None:
    """95 % of what the store could give is used."""
    trial, opens, closes = finished_trial(sort, tmp_path)
    windows = [int((close - opened) / WINDOW_S - 0.45) + 1 for opened, close in zip(opens, closes, strict=True)]
    assert min(windows) >= 2, f"no trial: {windows}"
    used = len(trial.counted)
    assert used >= 0.95 * LIMIT * sum(windows), f"{used} of {LIMIT * sum(windows)}, closed: {trial.closed}"
