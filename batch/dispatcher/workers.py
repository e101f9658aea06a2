"""The shell around the engine: it waits, sends, reads and writes down what the engine says, and decides nothing.

Owns: tasks, waiting, the order "intent on the disk, request out, outcome on the disk".

Flow: every worker asks the engine, does what it says and asks again; nobody hands work out. Whoever is told to make a
call sees to it that somebody else goes on asking; of those that are told to wait, one waits and the others end. What a
call came to is written together with the intent of the worker's next one: one wait for the disk a row, not two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from batch.dispatcher.actions import Feed, Finish, QueuedRow, Read, ReadRequirement, RowResult, Send, StopReason, Wait
from batch.dispatcher.clock import ASLEEP_S, awake
from batch.dispatcher.engine import Engine
from batch.dispatcher.shared_quota import Lease, LocalQuota, SharedQuota
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.requests import is_idempotent
from batch.guayaba.verdict import Verdict
from batch.journal.entries import AttemptStarted, Entry, LimitObserved, PauseRecorded, PendingRow
from batch.journal.group_commit import GroupCommit, attempt_finished

#: How long requests in flight may take to finish once the run is to stop.
DRAIN_S = 8.0


@dataclass(frozen=True, slots=True)
class RowIO:
    """What the workers of one lane use of the world.

    `account` names the lane's key. `feed(n)` returns the next n rows, fewer at the end. `scribe` writes the journal,
    and is shared by all lanes. `need` says what must be read before a row is sent: `look_first` reads it, and `look`
    settles a doubt. `readable` says whether a row's contact can be read back. `told` hears every finding after it is on
    the disk. `wall` is epoch seconds, `draw` a random number in [0, 1). `writes` and `reads` are the machine's budgets.
    `slept` says for how many seconds the machine has slept so far.
    """

    send: Callable[[PendingRow], Awaitable[Exchange]]
    look: Callable[[PendingRow], Awaitable[ContactRead]]
    look_first: Callable[[PendingRow], Awaitable[ContactRead]]
    judge: Callable[[PendingRow, Exchange], Verdict]
    feed: Callable[[int], Awaitable[Sequence[PendingRow]]]
    scribe: GroupCommit
    need: Callable[[PendingRow], ReadRequirement]
    readable: Callable[[PendingRow], bool]
    told: Callable[[RowResult], None]
    wall: Callable[[], float]
    draw: Callable[[], float]
    terminal: frozenset[str]
    writes: SharedQuota | LocalQuota
    reads: SharedQuota | LocalQuota
    account: str = ""
    slept: Callable[[], float] = awake


class Workers:
    """One engine at work. `run` once; `drain` and `abandon` from the same event loop."""

    def __init__(self, engine: Engine, ports: RowIO) -> None:
        self.engine = engine
        self._ports = ports
        self._rows: dict[int, PendingRow] = {}  # fed and not settled
        self._tasks: TaskGroup | None = None  # while it runs
        self._watched_until: float | None = None  # when the one who waits wakes up; nobody does where it is `None`
        self._bell = anyio.Event()  # wakes them earlier
        self._scope = anyio.CancelScope()
        self._pause_until = float("-inf")
        self._outage_began: float | None = None
        self._limit = 0  # none is noted yet
        self._slept = ports.slept()

    async def run(self) -> None:
        """Return when every row that was fed is settled, or the engine was stopped and its requests have ended.

        Whatever a port raises (a broken journal) ends all tasks at once and is raised.
        """
        with self._scope:
            async with anyio.create_task_group() as self._tasks:
                await self._work()

    def drain(self, reason: StopReason) -> None:
        """Send nothing more and let those in flight end, for at most `DRAIN_S`."""
        self.engine.stop(reason)
        self._scope.deadline = min(self._scope.deadline, anyio.current_time() + DRAIN_S)
        self._bell.set()

    def abandon(self) -> None:
        """Leave at once. Requests in flight stay in doubt; whoever goes on reads them back."""
        self.engine.stop(StopReason.STOPPED)
        self._scope.cancel()

    async def _work(self) -> None:
        """Do what the engine says, until it says that all is done, or to wait while another worker waits already."""
        found: RowResult | None = None  # by the last call, and maybe not on the disk yet
        while True:
            now = anyio.current_time()
            if self._asleep_since(self._slept):
                self._slept = self._ports.slept()
                self.engine.slept()
            command = self.engine.next(now)
            if isinstance(command, Send | Read):
                found = await self._call(command, now, found)
                continue
            if found is not None:
                await self._ports.scribe.flush()
                self._ports.told(found)
                found = None
            match command:
                case Feed():
                    rows = await self._ports.feed(command.rows)
                    self._rows.update((row.ordinal, row) for row in rows)
                    self.engine.feed([self._job(row) for row in rows], last=len(rows) < command.rows)
                case Wait():
                    if not await self._watch(float("inf") if command.until is None else command.until):
                        return
                case Finish():
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
        """What the call came to, jotted; `before`, what the worker's last call came to, is told on the way. Without a
        token in the machine's budget the command is taken back, and `before` returned."""
        row, slept = self._rows[command.ordinal], self._slept
        sending = isinstance(command, Send)
        budget, bucket = (self._ports.writes, self.engine.writes) if sending else (self._ports.reads, self.engine.reads)
        grant = budget.claim(bucket.tokens)
        if not isinstance(grant, Lease):
            self.engine.hold(command, now + grant)
            return before
        self._let_another_ask()
        if isinstance(command, Send):
            await self._ports.scribe.note(AttemptStarted(row.ordinal, command.attempt, self._ports.wall()))
        elif before is not None:
            await self._ports.scribe.flush()
        if before is not None:
            self._ports.told(before)
        if isinstance(command, Send):
            return await self._send(row, command.attempt, grant, slept)
        return await self._read(row, command.first, grant, slept)

    def _let_another_ask(self) -> None:
        """There may be more to do than the call that this worker is about to make."""
        if self.engine.full:
            return
        if self._watched_until is not None:
            self._bell.set()
        elif self._tasks is not None:
            self._tasks.start_soon(self._work)

    def _asleep_since(self, slept: float) -> bool:
        """True where the machine has slept since it had slept for `slept` seconds: what was read before may be hours
        old, whatever the event loop's clock says."""
        return self._ports.slept() - slept >= ASLEEP_S

    async def _send(self, row: PendingRow, attempt: int, grant: Lease, slept: float) -> RowResult:
        left_at = self._ports.wall()
        if self._asleep_since(slept):
            exchange = Exchange(failure=Failure.NEVER_LEFT, detail="the machine slept before the request left")
        else:
            exchange = await self._ports.send(row)
        seen_at = self._ports.wall()
        self._ports.writes.settled(grant, left=exchange.failure is not Failure.NEVER_LEFT)
        verdict = self._ports.judge(row, exchange)
        finding = self.engine.settle(row.ordinal, exchange, verdict, anyio.current_time(), self._ports.draw())
        return self._settled(finding, attempt, seen_at, left_at)

    async def _read(self, row: PendingRow, first: bool, grant: Lease, slept: float) -> RowResult:
        look = await (self._ports.look_first(row) if first else self._ports.look(row))
        if first and self._asleep_since(slept):
            look = ContactRead(
                ReadResult.UNREADABLE, look.exchange, message="the machine slept while the contact was read"
            )
        self._ports.reads.settled(grant, left=look.exchange.failure is not Failure.NEVER_LEFT)
        if first and look.seen is not None:
            self._rows[row.ordinal] = row._replace(seen=look.seen)
        finding = self.engine.settle_look(row.ordinal, look, anyio.current_time(), self._ports.draw())
        # What the contact was before anything of ours can have reached it.
        before = look.seen if first and not finding.attempts else None
        return self._settled(finding, None, self._ports.wall(), None, before)

    def _settled(
        self,
        finding: RowResult,
        attempt: int | None,
        at: float,
        left_at: float | None,
        before: Contact | None = None,
    ) -> RowResult:
        # Jotted before anything is awaited: this row's next attempt must stand behind it in the journal.
        self._ports.scribe.jot(attempt_finished(finding, attempt, at, left_at, before))
        for news in self._news():
            self._ports.scribe.jot(news)
        if finding.outcome is not None:
            del self._rows[finding.ordinal]
        return finding

    def _news(self) -> list[Entry]:
        """What the answers said of the server since this was last asked: its limit, a pause, an outage that ended."""
        now, wall = anyio.current_time(), self._ports.wall()
        found: list[Entry] = []
        if self.engine.writes.limit != self._limit:
            self._limit = self.engine.writes.limit
            self._ports.writes.hear(self._limit)
            found.append(LimitObserved(self._limit, self._ports.account))
        until = self.engine.writes.paused_until
        if until > max(self._pause_until, now):
            self._ports.writes.hear(self._limit, until - now)
            since = max(self._pause_until, now)  # answers that were refused together lengthen one pause
            found.append(PauseRecorded(wall + since - now, wall + until - now, "throttled"))
            self._pause_until = until
        if self.engine.outage.since is None and self._outage_began is not None:
            found.append(PauseRecorded(self._outage_began, wall, "outage"))
            self._outage_began = None
        elif self.engine.outage.since is not None and self._outage_began is None:
            self._outage_began = wall
        return found

    def _job(self, row: PendingRow) -> QueuedRow:
        return QueuedRow(
            row.ordinal,
            row.contact,
            is_idempotent(row.ask, self._ports.terminal),
            self._ports.readable(row),
            row.attempts,
            row.in_doubt,
            self._ports.need(row),
        )
