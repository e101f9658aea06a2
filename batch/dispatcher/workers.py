"""The shell around the engine: it waits, sends, reads and writes down what the engine says, and decides nothing.

Owns: tasks, waiting, the order "intent on the disk, request out, outcome on the disk".

Flow: every worker asks the engine, does what it says and asks again; no worker hands work out. A worker
that must make a call first lets another worker ask; of those that must wait, one waits and the others end. What a call
came to is written together with the intent of the worker's next one: one wait for the disk a row, not two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import random
from time import time
from typing import Final, Protocol

import anyio
from anyio.abc import TaskGroup

from batch.dispatcher.actions import Feed, Finish, Read, ReadRequirement, Send, StopReason, Wait
from batch.dispatcher.clock import ASLEEP_S, awake
from batch.dispatcher.engine import Engine
from batch.dispatcher.learned_limits import LearnedLimits
from batch.dispatcher.pacing.learned_limit import LearnedLimit
from batch.dispatcher.quota_stores.interface import Lease, Quota
from batch.dispatcher.row_queue import RowState
from batch.guayaba.contact import Contact
from batch.guayaba.event_loop import event_loop_clock
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.number_forms import order_key
from batch.guayaba.verdict import Verdict
from batch.journal.entries import (
    AttemptFinished,
    AttemptStarted,
    Entry,
    LimitLearned,
    LimitObserved,
    PauseRecorded,
    PendingRow,
    RowResult,
)
from batch.journal.group_commit import GroupCommit
from batch.text.language import tr

#: Where calls leave one at a time, the intent of one is written so many seconds before it may leave, at most.
INTENT_S = 0.1
_CALLS: Final = (Send, Read)
#: How long requests in flight may take to finish once the run is to stop.
DRAIN_S = 8.0


class RowIO(Protocol):
    """What the workers of one lane do for one row: the calls, and the rules that depend on the kind of run."""

    async def next_rows(self, count: int) -> Sequence[PendingRow]:
        """The next `count` rows of the lane; fewer only when no more rows follow."""
        ...

    def required_read(self, row: PendingRow) -> ReadRequirement:
        """What must be read of the row's contact before the row is sent."""
        ...

    def is_readable(self, row: PendingRow) -> bool:
        """True where the row's contact can be read back."""
        ...

    def is_idempotent(self, row: PendingRow) -> bool:
        """True where sending the row twice does no harm."""
        ...

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        """The row's contact as it is before the row is sent, and what that means for the row."""
        ...

    async def send(self, row: PendingRow) -> Exchange:
        """The request of the row and its response."""
        ...

    async def read_back(self, row: PendingRow) -> ContactRead:
        """The row's contact after a request whose response was lost."""
        ...

    def verdict(self, row: PendingRow, exchange: Exchange) -> Verdict:
        """What the response says about the row."""
        ...


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What the workers of one lane use beside its rows: the journal, the quotas of the machine, and the clocks."""

    #: The writer of the journal; all lanes share it.
    writer: GroupCommit
    #: The quotas of the lane's key, which all of its users share.
    writes: Quota
    reads: Quota
    #: Receives each result after it is on the disk.
    on_result: Callable[[RowResult], None]
    #: Epoch seconds.
    wall: Callable[[], float] = time
    #: A random number in [0, 1).
    draw: Callable[[], float] = random
    #: Seconds for which the machine has slept so far.
    slept: Callable[[], float] = awake
    #: The name of the lane's account; empty where the run has one key.
    account: str = ""


class Workers:
    """One engine at work. `run` once; `drain` and `abandon` from the same event loop."""

    def __init__(self, engine: Engine, row_io: RowIO, lane: LaneContext) -> None:
        self.engine = engine
        self._row_io = row_io
        self._lane = lane
        self._rows: dict[int, PendingRow] = {}  # fed and not settled
        self._tasks: TaskGroup | None = None  # while it runs
        self._starts = False  # a worker was started that has not asked yet
        self._watched_until: float | None = None  # when the worker that waits wakes up; `None`: none waits
        self._bell = anyio.Event()  # wakes them earlier
        self._scope = anyio.CancelScope()
        self._pause_until = float("-inf")
        self._outage_began: float | None = None
        self._limit = 0  # none is noted yet
        self._lesson = ""
        self._now: Callable[[], float] = anyio.current_time
        self._slept = lane.slept()
        self._learned = LearnedLimits(engine.writes, lane.writes, lane.wall)

    async def run(self) -> None:
        """Return when every row that was fed is settled, or the engine was stopped and its requests have ended.

        Whatever the row I/O raises (a broken journal) ends all tasks at once and is raised.
        """
        self._now = event_loop_clock()
        self._learned.exchange(self._now())
        with self._scope:
            async with anyio.create_task_group() as self._tasks:
                await self._work()

    @property
    def learned(self) -> LearnedLimit | None:
        """What was learned of the server's limit for writes; `learned_at` is in epoch seconds."""
        return self._learned.learned

    def drain(self, reason: StopReason) -> None:
        """Send nothing more and let those in flight end, for at most `DRAIN_S`."""
        self.engine.stop(reason)
        self._scope.deadline = min(self._scope.deadline, anyio.current_time() + DRAIN_S)
        self._bell.set()

    def abandon(self) -> None:
        """Leave at once. Requests in flight stay in doubt; a resume reads them back."""
        self.engine.stop(StopReason.STOPPED)
        self._scope.cancel()

    async def _work(self) -> None:  # noqa: C901 - one branch for each action of the engine
        """Do what the engine says, until it says that all is done, or to wait while another worker waits already."""
        self._starts = False
        result: RowResult | None = None  # by the last call, and maybe not on the disk yet
        while True:
            now = self._now()
            if self._asleep_since(self._slept):
                self._slept = self._lane.slept()
                self.engine.on_wake()
            command = self.engine.next(now)
            if isinstance(command, _CALLS):
                result = await self._call(command, now, result)
                continue
            if result is not None:
                await self._lane.writer.flush()
                self._lane.on_result(result)
                result = None
            match command:
                case Feed():
                    rows = await self._row_io.next_rows(command.rows)
                    self._rows.update((row.ordinal, row) for row in rows)
                    self.engine.feed([self._row_state(row) for row in rows], last=len(rows) < command.rows)
                case Wait():
                    if command.until is not None:
                        self._lane.writes.idle(command.until - now)
                        self._lane.reads.idle(command.until - now)
                    if not await self._watch(float("inf") if command.until is None else command.until):
                        return
                case Finish():
                    self._lane.writes.idle(float("inf"))
                    self._lane.reads.idle(float("inf"))
                    self._bell.set()
                    return

    async def _watch(self, until: float) -> bool:
        """Wait until `until`, or until the bell rings. False, at once, where another worker waits already."""
        if self._watched_until is not None:
            if until < self._watched_until:
                self._bell.set()
            return False
        self._watched_until = until
        with anyio.CancelScope(deadline=until):
            await self._bell.wait()
        self._watched_until = None
        if self._bell.is_set():
            self._bell = anyio.Event()
        return True

    async def _call(self, command: Send | Read, now: float, before: RowResult | None) -> RowResult | None:
        """Make the call and return its recorded result; `before`, the worker's last result, is reported first.

        Without a token in the machine's budget the command is taken back, and `before` is returned.
        """
        row, slept = self._rows[command.ordinal], self._slept
        sending = isinstance(command, Send)
        budget, bucket = (self._lane.writes, self.engine.writes) if sending else (self._lane.reads, self.engine.reads)
        grant = await budget.claim(bucket.tokens, bucket.shared_rate)
        if not isinstance(grant, Lease):
            self._learned.exchange(now := self._now())
            self.engine.defer_until(command, now + grant)
            return before
        bucket.store_users.granted(budget.spent, self._now())
        leaves_at = max(self._now() + grant.lead, (command.leaves_at if isinstance(command, Send) else None) or 0.0)
        self._let_another_ask()
        if isinstance(command, Send):
            await self._lane.writer.append(AttemptStarted(row.ordinal, command.attempt, self._lane.wall()))
        elif before is not None:
            await self._lane.writer.flush()
        if before is not None:
            self._lane.on_result(before)
        if leaves_at > self._now():  # a sleep of nothing costs a pass of the event loop
            await anyio.sleep_until(leaves_at)
        if isinstance(command, Send):
            return await self._send(row, command.attempt, grant, slept)
        return await self._read(row, command.before_write, grant, slept)

    def _let_another_ask(self) -> None:
        """There may be more to do than the call that this worker is about to make."""
        if self.engine.is_full or self._starts:
            return
        if self._watched_until is not None:
            self._bell.set()
        elif self._tasks is not None:
            self._starts = True  # when it has work, it lets another ask in its turn
            self._tasks.start_soon(self._work)

    def _asleep_since(self, slept: float) -> bool:
        """True where the machine has slept since it had slept for `slept` seconds: what was read before may be hours
        old, whatever the event loop's clock says."""
        return self._lane.slept() - slept >= ASLEEP_S

    async def _send(self, row: PendingRow, attempt: int, grant: Lease, slept: float) -> RowResult:
        left_at = self._lane.wall()
        if self._asleep_since(slept):
            exchange = Exchange(failure=Failure.NEVER_LEFT, detail=tr("the machine slept before the request left"))
        else:
            self.engine.departs(row.ordinal, self._now())
            exchange = await self._row_io.send(row)
        seen_at = self._lane.wall()
        verdict = self._row_io.verdict(row, exchange)
        finding = self.engine.settle(row.ordinal, exchange, verdict, self._now(), self._lane.draw())
        self._lane.writes.settled(grant, left=exchange.may_be_counted, trip=self.engine.writes.clock.at_least)
        return self._settled(finding, attempt, seen_at, left_at)

    async def _read(self, row: PendingRow, first: bool, grant: Lease, slept: float) -> RowResult:
        look = await (self._row_io.read_before_write(row) if first else self._row_io.read_back(row))
        if first and self._asleep_since(slept):
            look = ContactRead(
                ReadResult.UNREADABLE, look.exchange, message=tr("the machine slept while the contact was read")
            )
        self._lane.reads.settled(grant, left=look.exchange.may_be_counted)
        if first and look.seen is not None:
            self._rows[row.ordinal] = row._replace(seen=look.seen)
        finding = self.engine.settle_read(row.ordinal, look, self._now(), self._lane.draw())
        # `before`: what the contact was before anything of ours can have reached it.
        return self._settled(finding, None, self._lane.wall(), None, look.seen if first else None)

    def _settled(
        self, finding: RowResult, attempt: int | None, at: float, left_at: float | None, before: Contact | None = None
    ) -> RowResult:
        # Jotted before anything is awaited: this row's next attempt must stand behind it in the journal.
        self._lane.writer.queue(AttemptFinished(finding, attempt, at, left_at, before))
        for news in self._news():
            self._lane.writer.queue(news)
        if finding.outcome is not None:
            del self._rows[finding.ordinal]
        return finding

    def _news(self) -> list[Entry]:
        """What the answers said of the server since this was last asked: its limit, a pause, an outage that ended."""
        now, wall = self._now(), self._lane.wall()
        entries: list[Entry] = []
        self._learned.exchange(now)
        limit, until = self.engine.writes.limit, self.engine.writes.paused_until
        if limit != self._limit:
            self._limit = limit
            self._lane.writes.hear(self._limit)
            entries.append(LimitObserved(self._limit, self._lane.account))
        if self._learned.lesson != self._lesson:
            self._lesson = self._learned.lesson
            entries.append(LimitLearned(self._lesson, self._lane.account))
        if until > now and until > self._pause_until:
            self._lane.writes.hear(self._limit, until - now)
            since = max(self._pause_until, now)  # answers that were refused together lengthen one pause
            entries.append(PauseRecorded(wall + since - now, wall + until - now, "throttled"))
            self._pause_until = until
        if self.engine.outage.since is None and self._outage_began is not None:
            entries.append(PauseRecorded(self._outage_began, wall, "outage"))
            self._outage_began = None
        elif self.engine.outage.since is not None and self._outage_began is None:
            self._outage_began = wall
        return entries

    def _row_state(self, row: PendingRow) -> RowState:
        return RowState(
            row.ordinal,
            order_key(row.contact),
            self._row_io.is_idempotent(row),
            self._row_io.is_readable(row),
            row.attempts,
            row.in_doubt,
            self._row_io.required_read(row),
        )
