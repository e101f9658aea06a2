"""A run in memory on a virtual clock: the real engine, bucket, workers and writer against a server that counts.

The server and the ledger are in memory; the clock is trio's MockClock, through anyio.
"""

from __future__ import annotations

import random
import weakref
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import trio
import trio.testing

from batch.dispatcher.actions import Policy, ReadRequirement
from batch.dispatcher.clock import awake
from batch.dispatcher.engine import Engine
from batch.dispatcher.error_limit import ErrorCounter
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.in_place import InPlace
from batch.dispatcher.quota_stores.interface import RATES, Kind, Quota
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.quota_stores.sqlite import SqliteStore
from batch.dispatcher.workers import LaneContext, Workers
from batch.errors import JournalBroken
from batch.guayaba.exchange import ContactRead, Exchange, Failure, RateLimitHeaders, ReadResult
from batch.guayaba.verdict import Verdict, verdict
from batch.journal.entries import Entry, PendingRow, RowResult
from batch.journal.group_commit import GroupCommit
from batch.model import ContactChange, Outcome

DNC = ContactChange(status="DNC")
OK = b'{"success": true}'


@dataclass
class Server:
    """Counts writes in fixed or sliding windows, refuses what is over, and applies the rest."""

    limit: int = 30
    window: float = 60.0
    sliding: bool = False
    latency: float = 0.005
    swing: Callable[[], float] = lambda: 1.0  # what the latency is multiplied by, call by call
    begun_at: float = 0.0  # when its fixed windows begin, so that they do not begin with ours
    counted: deque[float] = field(default_factory=deque)
    all_counted: list[float] = field(default_factory=list)
    refused: int = 0
    applied: Counter[str] = field(default_factory=Counter)
    fault: Callable[[int], str | None] = lambda turn: None
    turn: int = 0
    sight: Callable[[PendingRow], ContactRead] = lambda row: ContactRead(
        ReadResult.OTHERWISE, Exchange(200, b"", RateLimitHeaders(100))
    )
    looks: list[tuple[str, float]] = field(default_factory=list)
    sent_at: dict[str, float] = field(default_factory=dict)

    async def send(self, row: PendingRow) -> Exchange:
        self.turn += 1
        self.sent_at[row.contact] = anyio.current_time()
        fault = self.fault(self.turn)
        if fault == "refused":
            return Exchange(failure=Failure.NEVER_LEFT)
        latency = self.latency * self.swing()
        await anyio.sleep(latency / 2)
        now = anyio.current_time()
        start = now - self.window if self.sliding else now - (now - self.begun_at) % self.window
        while self.counted and self.counted[0] <= start:
            self.counted.popleft()
        if len(self.counted) >= self.limit:
            self.refused += row.contact != "neighbour"
            return Exchange(429, quota=RateLimitHeaders(self.limit, 0, retry_after=self.counted[0] + self.window - now))
        self.counted.append(now)
        self.all_counted.append(now)
        if fault == "503":
            return Exchange(503)
        self.applied[row.contact] += 1
        await anyio.sleep(latency / 2)
        if fault == "cut":
            return Exchange(failure=Failure.NO_ANSWER)
        word = RateLimitHeaders(self.limit, self.limit - len(self.counted), start + self.window - now)
        return Exchange(200, OK, word)

    async def look(self, row: PendingRow) -> ContactRead:
        await anyio.sleep(self.latency)
        return ContactRead(ReadResult.AS_ASKED if self.applied[row.contact] else ReadResult.OTHERWISE, Exchange(200))

    async def look_first(self, row: PendingRow) -> ContactRead:
        """What `sight` says, out of a quota of reads."""
        self.looks.append((row.contact, anyio.current_time()))
        await anyio.sleep(self.latency)
        return self.sight(row)


@dataclass
class Ledger:
    """Remembers entries in memory; breaks at the `breaks_at`-th."""

    entries: list[Entry] = field(default_factory=list)
    breaks_at: int | None = None
    appends: int = 0

    def append(self, entries: Sequence[Entry]) -> None:
        self.appends += 1
        if self.breaks_at is not None and len(self.entries) + len(entries) >= self.breaks_at:
            raise JournalBroken("the disk is full")
        self.entries.extend(entries)


def sqlite_quota(
    path: Path, kind: Kind, *, window: float = 60.0, deadline: float = 30.0, user: str = "", now: Callable[[], float]
) -> SharedQuota:
    """The quota of a key in the file `path`, as one more process of this machine has it. It closes its file when nobody
    has it any more, as the end of a process does."""
    store = SqliteStore(path, window=window, now=now)
    channel = InPlace(store)
    places = SharedQuota(channel, RATES[kind], window=window, deadline=deadline, user=user, now=now)
    quota = SharedQuota(channel, kind, window=window, deadline=deadline, user=user, now=now, places=places)
    weakref.finalize(quota, store.close)
    return quota


async def in_place(work: Callable[[], None]) -> None:
    work()


@dataclass
class Rows:
    """The row I/O of a lane in memory: rows that may be repeated and read back, and the server."""

    stage: Stage
    left: deque[PendingRow]

    async def next_rows(self, count: int) -> list[PendingRow]:
        return [self.left.popleft() for _ in range(min(count, len(self.left)))]

    def required_read(self, row: PendingRow) -> ReadRequirement:
        return self.stage.need(row)

    def is_readable(self, _row: PendingRow) -> bool:
        return True

    def is_idempotent(self, _row: PendingRow) -> bool:
        return True

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        return await self.stage.server.look_first(row)

    async def send(self, row: PendingRow) -> Exchange:
        return await self.stage.server.send(row)

    async def read_back(self, row: PendingRow) -> ContactRead:
        return await self.stage.server.look(row)

    def verdict(self, row: PendingRow, exchange: Exchange) -> Verdict:
        return verdict(exchange, row.change, None)


@dataclass
class Stage:
    """A run in memory: rows, a server, a ledger, and what the run found."""

    server: Server
    rows: int
    ledger: Ledger = field(default_factory=Ledger)
    policy: Policy = field(default_factory=Policy)
    errors: ErrorCounter = field(default_factory=ErrorCounter)
    budget: Callable[[], Quota] = LocalQuota
    need: Callable[[PendingRow], ReadRequirement] = lambda row: ReadRequirement.NONE
    slept: Callable[[], float] = awake
    lead: float = 0.0
    run_blocking: Callable[[Callable[[], None]], Awaitable[None]] = in_place
    found: dict[int, RowResult] = field(default_factory=dict)
    workers: Workers = field(init=False)

    def open(self) -> None:
        draw = random.Random(7)
        writer = GroupCommit(self.ledger, run_blocking=self.run_blocking)
        left = deque(PendingRow(n, f"c{n}", f"c{n}", DNC, 0, False) for n in range(1, self.rows + 1))

        context = LaneContext(
            writer=writer,
            on_result=lambda result: self.take_result(result),  # noqa: PLW0108 - a test may put another in its place
            wall=anyio.current_time,
            draw=draw.random,
            writes=self.budget(),
            reads=LocalQuota(),
            slept=self.slept,
        )
        engine = Engine(Bucket(30, 60.0, lead=self.lead), Bucket(100, 60.0), self.policy, self.errors)
        self.workers = Workers(engine, Rows(self, left), context)

    def take_result(self, result: RowResult) -> None:
        self.found[result.ordinal] = result

    def outcomes(self) -> Counter[Outcome | None]:
        return Counter(result.outcome for result in self.found.values())


def in_virtual_time(stage: Stage, beside: Callable[[], object] | None = None) -> float:
    """Run `stage` to its end, `beside` next to it; how long it took, in virtual seconds."""

    async def main() -> float:
        stage.open()
        began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            if beside is not None:
                tasks.start_soon(beside)  # type: ignore[arg-type]
            await stage.workers.run()
            tasks.cancel_scope.cancel()
        return anyio.current_time() - began

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
