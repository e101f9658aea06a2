"""The engine: given the time and what happened, it answers with the next action. Pure.

Owns: retries, reads and stopping. `row_states.py` says what an exchange makes of a row; the engine says when the row is
sent or read next.
Flow: `feed` rows; call `next(now)`; do the action; report it to `settle` (after a Send) or `settle_read` (after a
Read); call `next` again. The same calls give the same actions: the engine has no clock and no random number.

- A row that must be read before it is sent is read shortly before each attempt: when its request leaves, the read is
  not older than the policy allows.
- A 429 uses up no attempt, nor does a request that never left this machine.
- A request that may have arrived is read back before anything is sent again.
- An outage (no request leaves) is not the fault of a row: all rows wait, one request probes, no attempt is used up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from batch.dispatcher.actions import (
    Action,
    Feed,
    Finish,
    Policy,
    Read,
    ReadRequirement,
    Send,
    StopReason,
    Wait,
)
from batch.dispatcher.error_limit import ErrorCounter, ErrorLimit
from batch.dispatcher.forbidden import KeyAcceptance
from batch.dispatcher.outage import Outage
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.row_queue import SENT_EARLIER, RowQueue, RowState
from batch.dispatcher.row_states import (
    CHECK_EVENTS,
    READ_BACK_EVENTS,
    RESPONSE_EVENTS,
    UNCONDITIONAL,
    Condition,
    Event,
    State,
    Step,
    Transition,
    next_transition,
)
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.journal.entries import RowResult
from batch.model import Outcome
from batch.text.language import tr


class Engine:
    """Decides, for the rows of one API key. `writes` and `reads` are its two buckets, used by no other engine; `errors`
    counts for all engines of a run."""

    def __init__(
        self, writes: Bucket, reads: Bucket, policy: Policy | None = None, errors: ErrorCounter | None = None
    ) -> None:
        self.writes = writes
        self.reads = reads
        self.policy = policy or Policy()
        self.stopped: StopReason | None = None
        self.outage = Outage(self.policy.backoff, self.policy.give_up_after)
        self._queue = RowQueue()
        self._checking: set[int] = set()  # first looks in flight
        self._in_flight: dict[int, RowState] = {}
        self._all_fed = self._feed_requested = False  # requested: a Feed is out
        self._errors = ErrorLimit(self.policy, errors)
        self._key = KeyAcceptance()

    # -- in ---------------------------------------------------------------------------------------------------------

    def feed(self, rows: Iterable[RowState], *, last: bool) -> None:
        """Take more rows, in file order; `last` says that there are no further ones (the end is not a row)."""
        self._feed_requested, self._all_fed = False, last
        for row in rows:
            self._queue.feed(row)

    def stop(self, reason: StopReason) -> None:
        """Send nothing more. What is in flight may still settle; everything else stays as it is."""
        self.stopped = self.stopped or reason

    def on_wake(self) -> None:
        """Read again what was read: the machine slept, and the clock of `now` slept with it."""
        self._queue.drop_stale(float("inf"))

    @property
    def is_full(self) -> bool:
        """True while as many requests are in flight as may be: nothing can be done before one of them settles."""
        return len(self._in_flight) >= self.policy.in_flight

    # -- what to do -------------------------------------------------------------------------------------------------

    def next(self, now: float) -> Action:  # noqa: C901 - the order of precedence of all actions, in one place
        """The next action at `now`. A `Send` or `Read` has its token spent and its row in flight when it returns."""
        waiting = self._queue
        waiting.wake(now)
        if self.stopped:
            return Wait(None) if self._in_flight else Finish()
        if (held := self._held(now)) is not None:
            return held
        wakes: list[float] = []
        if row := self._take(waiting.drop_stale(now - self.policy.fresh_for), self.writes, now, wakes):
            return _send(row, now)
        if row := self._take(waiting.to_read, self.reads, now, wakes):
            return self._read(row)
        if not self._all_fed and not self._feed_requested and waiting.buffered < self.policy.buffer_size // 2:
            self._feed_requested = True
            return Feed(self.policy.buffer_size)
        if action := self._send_or_check(now, wakes):
            return action
        if waiting.next_due is not None:
            wakes.append(waiting.next_due)
        if wakes:
            return Wait(min(wakes))
        idle = not (self._in_flight or self._feed_requested or waiting.buffered or waiting.to_send)
        return Finish() if idle else Wait(None)

    def departs(self, ordinal: int, now: float) -> None:
        """The request of a Send leaves `now`."""
        self._in_flight[ordinal].left_at = self.writes.departs(self._in_flight[ordinal].left_at, now)

    def defer_until(self, action: Send | Read, until: float) -> None:
        """Take `action` back, undone: the machine's budget has no token for it before `until`."""
        row = self._in_flight.pop(action.ordinal)
        self._checking.discard(action.ordinal)
        resend = self._queue.retry if row.checked_at is None else self._queue.to_send
        bucket, queue = (self.writes, resend) if isinstance(action, Send) else (self.reads, self._queue.to_read)
        if self.outage.waits(bucket, row.left_at):
            self.stop(StopReason.NO_QUOTA_LEFT)
        bucket.hold(until, row.left_at)
        queue.appendleft(row)

    # -- what came of it --------------------------------------------------------------------------------------------

    def settle(self, ordinal: int, exchange: Exchange, verdict: Verdict, now: float, draw: float) -> RowResult:
        """The result of a Send. `draw`, in [0, 1), is the jitter of a retry."""
        row = self._in_flight.pop(ordinal)
        status, exchange = exchange.status, self._key.observe(exchange)
        if exchange.status != status:
            verdict = verdict._replace(meaning=ResponseClass.THROTTLED)
        row.verdict, row.status, row.checked_at = verdict, status, None
        self._spend(self.writes, row, exchange, now, draw)
        if verdict.meaning not in (ResponseClass.THROTTLED, ResponseClass.UNREACHABLE, ResponseClass.HALT):
            row.attempts += 1
        if verdict.meaning is ResponseClass.HALT:
            self.stop(self._key.refusal(status))
        if verdict.meaning is ResponseClass.NEXT_CONTACT:  # which one is next, only a read says
            row.required_read = ReadRequirement.REQUIRED
        key = row.state, RESPONSE_EVENTS[verdict.meaning]
        transition = UNCONDITIONAL.get(key) or next_transition(*key, row.conditions(self.policy))
        if transition.step is Step.READ:
            row.reads_before_write, row.unusable_reads, row.reads_without_effect = False, 0, 0
            row.in_doubt = True
            if not row.is_readable:
                return self._apply_read_back(row, Event.READ_BACK_UNREADABLE, now, draw)
        at_least = exchange.quota.retry_after if transition.step is Step.SEND else None
        return self._apply(row, transition, now, draw, failures=max(1, row.attempts), at_least=at_least)

    def settle_read(self, ordinal: int, read: ContactRead, now: float, draw: float) -> RowResult:
        """The result of a Read: it settles a doubt or leaves it, or, before the write, lets the row be sent or not."""
        row = self._in_flight.pop(ordinal)
        self._checking.discard(ordinal)
        exchange = self._key.observe(read.exchange)
        status = exchange.status
        self._spend(self.reads, row, exchange, now, draw)
        if status in (401, 403):
            self.stop(self._key.refusal(status))
            return self._result(row)
        if exchange.failure is Failure.NEVER_LEFT or status == 429:
            self._queue.to_read.appendleft(row)  # that says nothing about the row
            return self._result(row)
        if row.reads_before_write:
            return self._apply_check(row, read, now, draw)
        if read.result is ReadResult.AS_ASKED:
            message = read.message or row.verdict.message
            row.verdict = Verdict(ResponseClass.SUCCEEDED, read.code or "read_back", message, read.contact_id)
        return self._apply_read_back(row, READ_BACK_EVENTS[read.result], now, draw)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _held(self, now: float) -> Wait | None:
        """The wait that holds every row: all places taken, or an outage in which one request at a time may probe."""
        if self.is_full or (self.outage.since is not None and self._in_flight):
            return Wait(None)
        free = self.outage.since is None or now >= self.outage.probe_at
        return None if free else Wait(self.outage.probe_at)

    def _send_or_check(self, now: float, wakes: list[float]) -> Action | None:
        """The next row to be sent, or to be read because it is next but one; `None` where all must wait."""
        queue = self._queue.retry or self._queue.new
        if not queue or queue[0].required_read is ReadRequirement.NONE:
            row = self._take(queue, self.writes, now, wakes)
            return _send(row, now) if row else None
        sendable = self.writes.ready_at(now)
        if sendable is None:
            return None
        if sendable > now + self.policy.look_ahead:
            wakes.append(sendable - self.policy.look_ahead)
            return None
        wanted = self.writes.ready_by(now + self.policy.look_ahead, now, self.policy.in_flight)
        if len(self._queue.to_send) + len(self._checking) >= wanted:
            return None
        if row := self._take(queue, self.reads, now, wakes):
            row.reads_before_write = True
            return self._read(row)
        return None

    def _read(self, row: RowState) -> Read:
        if row.reads_before_write:
            self._checking.add(row.ordinal)
        return Read(row.ordinal, row.reads_before_write)

    def _take(self, queue: deque[RowState], bucket: Bucket, now: float, wakes: list[float]) -> RowState | None:
        """The first row of `queue`, in flight and its token spent; `None` where it must wait, its time in `wakes`."""
        ready = bucket.ready_at(now) if queue else None
        if ready is None:
            return None
        if ready > now:
            wakes.append(ready)
            return None
        row = queue.popleft()
        row.left_at = bucket.take(now)
        self._in_flight[row.ordinal] = row
        return row

    def _apply_check(self, row: RowState, read: ContactRead, now: float, draw: float) -> RowResult:
        """A read before the write: it gives the outcome, lets the row be sent, or cannot be used."""
        row.verdict = Verdict(ResponseClass.LOOKED, read.code, read.message, read.contact_id)
        if read.outcome is not None:
            own_effect = read.outcome is Outcome.UNCHANGED and row.attempts > 0  # an attempt of this row, seen late
            if own_effect:
                row.verdict = Verdict(ResponseClass.SUCCEEDED, "read_back", "", read.contact_id)
            conditions = {Condition.OWN_EFFECT} if own_effect else set[Condition]()
            transition = next_transition(row.state, Event.CHECK_DECIDED, conditions)
            return self._apply(row, transition._replace(then=transition.then or read.outcome), now, draw)
        row.unusable_reads += read.result is ReadResult.UNREADABLE
        transition = next_transition(row.state, CHECK_EVENTS[read.result], row.conditions(self.policy))
        if transition.step is Step.SEND_NOW:
            row.unusable_reads, row.reads_before_write, row.checked_at = 0, False, now
        return self._apply(row, transition, now, draw, failures=row.unusable_reads)

    def _apply_read_back(self, row: RowState, event: Event, now: float, draw: float) -> RowResult:
        """A read that settles a doubt about an attempt, or cannot."""
        failures, at_least = max(1, row.attempts), None
        if event is Event.READ_BACK_UNREADABLE:
            row.unusable_reads += 1
        elif event not in (Event.READ_BACK_AS_ASKED, Event.READ_BACK_INCOMPLETE):
            row.reads_without_effect += 1
        transition = next_transition(row.state, event, row.conditions(self.policy))
        if transition.step is Step.READ:
            if event is Event.READ_BACK_UNREADABLE:
                failures = row.unusable_reads
            else:
                # It is not known when a request of an earlier session left: its own time may not be over yet.
                failures, at_least = 1, self.policy.patience * (2 if row.verdict is SENT_EARLIER else 1)
        return self._apply(row, transition, now, draw, failures=failures, at_least=at_least)

    def _apply(
        self,
        row: RowState,
        transition: Transition,
        now: float,
        draw: float,
        *,
        failures: int = 1,
        at_least: float | None = None,
    ) -> RowResult:
        """Put `row` into its next state, or give it its outcome. A delayed row waits for a backoff by its `failures` in
        a row, and for `at_least` seconds."""
        if transition.code:
            row.verdict = row.verdict._replace(code=transition.code)
        if isinstance(transition.then, Outcome):
            return self._finish(row, transition.then)
        row.in_doubt = transition.then is State.IN_DOUBT
        match transition.step:
            case Step.SEND_NOW:
                (self._queue.retry if row.checked_at is None else self._queue.to_send).append(row)
            case Step.READ_NOW:
                self._queue.to_read.append(row)
            case Step.SEND | Step.READ:
                wait = max(self.policy.backoff.wait(failures, draw), at_least or 0.0)
                self._queue.schedule(row, now + wait, read=transition.step is Step.READ)
        return self._result(row)

    def _finish(self, row: RowState, outcome: Outcome) -> RowResult:
        self._queue.complete(row)
        row.in_doubt = outcome is Outcome.UNKNOWN
        reason = self._errors.settled(outcome, row.status, row.verdict.message)
        if reason is not None:
            self.stop(reason)
        return self._result(row, outcome)

    def _result(self, row: RowState, outcome: Outcome | None = None) -> RowResult:
        verdict = row.verdict
        return RowResult(
            row.ordinal,
            outcome,
            verdict.code,
            tr(verdict.message),
            row.attempts,
            row.in_doubt,
            verdict.meaning,
            row.status,
            verdict.contact_id,
        )

    def _spend(self, bucket: Bucket, row: RowState, exchange: Exchange, now: float, draw: float) -> None:
        """Settle the token of one exchange, and follow what it says of the server as a whole."""
        bucket.settle(exchange, now, row.left_at)
        if self.outage.observe(bucket, exchange, now, draw):
            self.stop(StopReason.OUTAGE)


def _send(row: RowState, now: float) -> Send:
    return Send(row.ordinal, row.attempts + 1, row.left_at if row.left_at > now else None)
