"""Reads outside the engine: in virtual time, against a server that counts them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import anyio
import pytest
import trio
import trio.testing
from unit.dispatcher.harness import sqlite_quota

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.learned_limit import Rate
from batch.dispatcher.quota_stores.interface import Lease, Quota
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.reader import Reader
from batch.errors import Unreachable
from batch.guayaba.client import Client
from batch.guayaba.exchange import Exchange, Failure, RateLimitHeaders
from batch.guayaba.reads import get_with_retries
from batch.guayaba.search import ContactSearch

_T = TypeVar("_T")


@dataclass
class Server:
    """Answers reads, refuses what is over `limit` in any minute, and remembers when each came."""

    limit: int = 100
    latency: float = 0.1
    first: list[Exchange] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    refused: int = 0
    body: bytes = b"[]"
    base_url: str = "https://api.guayaba.ai"

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        now = anyio.current_time()
        recent = sum(at > now - 60.0 for at in self.times)
        self.times.append(now)
        await anyio.sleep(self.latency)
        if self.first:
            return self.first.pop(0)
        if recent >= self.limit:
            self.refused += 1
            return Exchange(429, quota=RateLimitHeaders(self.limit, 0, retry_after=60.0))
        return Exchange(200, self.body, RateLimitHeaders(self.limit, self.limit - recent - 1))


def reader(server: Server, budget: Quota | None = None) -> Reader:
    return Reader(cast(Client, server), Bucket(100, 60.0), budget or LocalQuota())


def in_virtual_time(use: Callable[[], Awaitable[_T]]) -> _T:
    return trio.run(use, clock=trio.testing.MockClock(autojump_threshold=0))


def test_pages_are_read_at_the_pace_of_the_quota() -> None:
    """350 reads one after another take three windows, use all of the quota and meet no 429; the last of a window leave
    evenly."""
    server = Server()

    async def walk() -> float:
        reads, began = reader(server), anyio.current_time()
        for _ in range(350):
            assert (await reads.read("/contacts", {"page": 1})).status == 200
        assert reads.made == 350
        return anyio.current_time() - began

    assert in_virtual_time(walk) == pytest.approx(3 * 60.0 + 50 * 0.1, abs=2.0)
    assert server.refused == 0


def test_two_processes_share_the_reads_of_a_key(tmp_path: Path) -> None:
    """Two readers with a budget file between them make, together, the reads of one, and meet no 429."""
    server = Server(latency=0.01)

    async def main() -> float:
        async def walk(reads: Reader) -> None:
            for _ in range(120):
                await reads.read("/contacts")

        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                budget = sqlite_quota(tmp_path / "b", "read", window=60.0, deadline=30.0, now=anyio.current_time)
                tasks.start_soon(walk, reader(server, budget))
        return anyio.current_time()

    in_virtual_time(main)
    assert len(server.times) == 240
    assert server.refused == 0


def test_a_429_is_waited_for_by_everybody(tmp_path: Path) -> None:
    """After a 429 with 45 s the next read of another process on the same key leaves 45 s later and, since the one that
    was refused is the first to read, a hundredth of a window."""
    server = Server(first=[Exchange(429, quota=RateLimitHeaders(retry_after=45.0))])

    def budget() -> SharedQuota:
        return sqlite_quota(tmp_path / "b", "read", window=60.0, deadline=30.0, now=anyio.current_time)

    async def main() -> None:
        await reader(server, budget()).read("/contacts")
        await reader(server, budget()).read("/contacts")

    in_virtual_time(main)
    assert server.times[1] - server.times[0] == pytest.approx(45.1 + 0.6, abs=0.2)


def test_a_read_that_never_left_costs_nothing() -> None:
    """A refused connection gives its token back at once, and is not counted as made."""
    server = Server(first=[Exchange(failure=Failure.NEVER_LEFT)] * 150)

    async def main() -> tuple[float, int]:
        reads = reader(server)
        for _ in range(150):
            await reads.read("/contacts")
        return anyio.current_time(), reads.made

    took, made = in_virtual_time(main)
    assert made == 0
    assert took - server.times[0] == pytest.approx(15.0)


def test_a_read_that_was_cancelled_keeps_its_token() -> None:
    """A read that is given up may have been counted: its token comes back one window later, not never."""
    server = Server(latency=10.0)

    async def main() -> list[float]:
        reads = reader(server)
        reads.bucket.known.limit = 1
        with anyio.move_on_after(1.0):
            await reads.read("/contacts")
        await reads.read("/contacts")
        return server.times

    first, second = in_virtual_time(main)
    assert second - first == pytest.approx(61.0)


def test_a_read_does_not_wait_for_ever_for_a_store_that_gives_nothing() -> None:
    """Where the store is down, or others have every token, a read is given up after some minutes, and says why."""

    class Down(LocalQuota):
        async def claim(self, limit: int, rate: Rate | None = None) -> Lease | float:
            return 1.0

    server = Server()

    async def main() -> float:
        began = anyio.current_time()
        with pytest.raises(Unreachable, match="the quota store gave no token"):
            await get_with_retries(reader(server, Down()), "/contacts")
        return anyio.current_time() - began

    assert in_virtual_time(main) == pytest.approx(300.0, abs=2.0)
    assert not server.times


def test_the_limit_that_the_server_says_is_followed_and_told(tmp_path: Path) -> None:
    """A server that allows more reads is read faster, and the next process on this key knows it from the start."""
    server = Server(limit=6000, latency=0.001)
    path = tmp_path / "b"

    async def main() -> float:
        budget = sqlite_quota(path, "read", window=60.0, deadline=30.0, now=anyio.current_time)
        reads, began = reader(server, budget), anyio.current_time()
        for _ in range(1000):
            await reads.read("/contacts")
        again = sqlite_quota(path, "read", window=60.0, deadline=30.0, now=anyio.current_time)
        await again.refresh()
        assert reader(server, again).bucket.limit == 6000
        return anyio.current_time() - began

    assert in_virtual_time(main) < 10.0


def test_the_proof_of_a_search_does_not_wait_for_the_read_that_needs_it() -> None:
    """Where others used the key a moment ago, calls go one at a time: a read that finds no contact, and whose token is
    settled after the proof that the search works, does not hold this proof up."""
    server = Server(limit=60_000, latency=0.01, body=b'{"contacts": [], "total": 0}')

    async def main() -> float:
        reads = reader(server)
        server.times = [anyio.current_time()] * 5  # the calls of others
        await reads.read("/contacts/statuses")
        began = anyio.current_time()
        reads.bucket.take(began)  # as the engine does for the read that follows
        search = ContactSearch(cast(Client, server), reads, answered=reads.answered)
        assert (await search.find("+12125550123")).whole
        return anyio.current_time() - began

    assert in_virtual_time(main) < 1.0
