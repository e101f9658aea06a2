"""The engine: told `now` and what happened, it answers with the next command. Pure.

Owns: retries, looks, stopping: what follows from an exchange.

Flow: `feed` rows in; ask `next(now)`; obey the command; tell `settle` (after a Send) or `settle_look` (after a Read)
what came of it; ask again. The same calls give the same commands: there is no clock and no random number in here.

- A row that needs a first look is read shortly before each attempt: when its request leaves, what was read is not older
  than the policy allows.
- A 429 uses up no attempt, nor does a request that never left this machine.
- A request that may have arrived is read back before anything is sent again.
- An outage (nothing leaves) is not the rows' fault: all wait, one probes, nobody's attempts are used up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from batch.dispatcher.actions import (
    Action,
    Feed,
    Finish,
    Policy,
    QueuedRow,
    Read,
    ReadRequirement,
    RowResult,
    Send,
    StopReason,
    Wait,
)
from batch.dispatcher.bucket import Bucket
from batch.dispatcher.error_limit import ErrorCounter, ErrorLimit
from batch.dispatcher.outage import Outage
from batch.dispatcher.row_queue import SENT_EARLIER, RowQueue, RowState
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.model import Outcome


class Engine:
    """Decides, for the rows of one API key. `writes` and `reads` are its two buckets, used by nobody else; `errors`
    counts for all engines of a run."""

    def __init__(
        self, writes: Bucket, reads: Bucket, policy: Policy | None = None, errors: ErrorCounter | None = None
    ) -> None:
        self.writes = writes
        self.reads = reads
        self.policy = policy or Policy()
        self.stopped: StopReason | None = None
        self.outage = Outage(self.policy.backoff, self.policy.give_up_after)
        self._turns = RowQueue()
        self._looking: set[int] = set()  # first looks in flight
        self._in_flight: dict[int, RowState] = {}
        self._fed_all = False
        self._hungry = False  # a Feed is out
        self._errors = ErrorLimit(self.policy, errors)

    # -- in ---------------------------------------------------------------------------------------------------------

    def feed(self, jobs: Iterable[QueuedRow], *, last: bool) -> None:
        """Take more rows, in file order; `last` says that there are no further ones (the end is not a row)."""
        self._hungry = False
        self._fed_all = last
        for job in jobs:
            self._turns.feed(job)

    def stop(self, reason: StopReason) -> None:
        """Send nothing more. What is in flight may still settle; everything else stays as it is."""
        self.stopped = self.stopped or reason

    def slept(self) -> None:
        """Read again what was read: the machine slept, and the clock of `now` slept with it."""
        self._turns.still_fresh(float("inf"))

    @property
    def full(self) -> bool:
        """True while as many requests are in flight as may be: nothing can be done before one of them settles."""
        return len(self._in_flight) >= self.policy.in_flight

    # -- what to do -------------------------------------------------------------------------------------------------

    def next(self, now: float) -> Action:
        """The next command at `now`. A `Send` or `Read` has its token spent and its row in flight when it returns."""
        turns = self._turns
        turns.wake(now)
        if self.stopped:
            return Wait(None) if self._in_flight else Finish()
        held = self._held(now)
        if held is not None:
            return held
        wakes: list[float] = []
        if track := self._turn(turns.still_fresh(now - self.policy.fresh_for), self.writes, now, wakes):
            return Send(track.job.ordinal, track.attempts + 1)
        if track := self._turn(turns.to_look, self.reads, now, wakes):
            return self._read(track)
        if not self._fed_all and not self._hungry and turns.at_hand < self.policy.at_hand // 2:
            self._hungry = True
            return Feed(self.policy.at_hand)
        if command := self._send_or_look(now, wakes):
            return command
        if turns.due is not None:
            wakes.append(turns.due)
        if wakes:
            return Wait(min(wakes))
        idle = not (self._in_flight or self._hungry or turns.at_hand or turns.ready)
        return Finish() if idle else Wait(None)

    def hold(self, command: Send | Read, until: float) -> None:
        """Take `command` back, undone: the machine's budget has no token for it before `until`."""
        track = self._in_flight.pop(command.ordinal)
        self._looking.discard(command.ordinal)
        if isinstance(command, Send):
            self.writes.hold(until)
            (self._turns.again if track.seen_at is None else self._turns.ready).appendleft(track)
        else:
            self.reads.hold(until)
            self._turns.to_look.appendleft(track)

    # -- what came of it --------------------------------------------------------------------------------------------

    def settle(self, ordinal: int, exchange: Exchange, verdict: Verdict, now: float, draw: float) -> RowResult:
        """What a Send came to. `draw`, in [0, 1), is the jitter of a retry."""
        track = self._in_flight.pop(ordinal)
        track.cause, track.status, track.seen_at = verdict, exchange.status, None
        self._spend(self.writes, exchange, now, draw)
        if verdict.meaning not in (ResponseClass.THROTTLED, ResponseClass.UNREACHABLE, ResponseClass.HALT):
            track.attempts += 1
        match verdict.meaning:
            case ResponseClass.SUCCEEDED:
                return self._end(track, Outcome.SUCCEEDED)
            case ResponseClass.NOT_FOUND:
                return self._end(track, Outcome.NOT_FOUND)
            case ResponseClass.REJECTED:
                return self._end(track, Outcome.REJECTED)
            case ResponseClass.HALT:
                self.stop(StopReason.KEY_REFUSED)
                return self._finding(track)
            case ResponseClass.THROTTLED | ResponseClass.UNREACHABLE:
                self._turns.again.append(track)
                return self._finding(track)
            case ResponseClass.RETRY if track.job.repeatable or not track.job.readable:
                return self._retry(track, now, draw, exchange.quota.retry_after)
            case ResponseClass.RETRY:  # a gateway may say 503 after the effect, and looking costs no write
                return self._doubt(track, now, draw)
            case (
                ResponseClass.IN_DOUBT | ResponseClass.UNREADABLE | ResponseClass.LOOKED
            ):  # (no answer to a Send means the last)
                return self._doubt(track, now, draw)

    def settle_look(self, ordinal: int, look: ContactRead, now: float, draw: float) -> RowResult:
        """What a Read came to: it settles a doubt or leaves it, or, as a first look, lets the row be sent or not."""
        track = self._in_flight.pop(ordinal)
        self._looking.discard(ordinal)
        self._spend(self.reads, look.exchange, now, draw)
        status = look.exchange.status
        if status in (401, 403):
            self.stop(StopReason.KEY_REFUSED)
            return self._finding(track)
        if look.exchange.failure is Failure.NEVER_LEFT or status == 429:
            self._turns.to_look.appendleft(track)  # that says nothing about the row
            return self._finding(track)
        if track.first:
            return self._first_look(track, look, now, draw)
        match look.sight:
            case ReadResult.AS_ASKED:
                track.cause = Verdict(ResponseClass.SUCCEEDED, "read_back", track.cause.message, look.contact_id)
                return self._end(track, Outcome.SUCCEEDED)
            case ReadResult.STOPPED if not track.job.repeatable:
                # Somebody may have asked to be left alone since: what was asked before that is not sent again.
                track.cause = track.cause._replace(code="stopped_since")
                return self._end(track, Outcome.UNKNOWN)
            case ReadResult.OTHERWISE | ReadResult.STOPPED | ReadResult.ABSENT:
                return self._not_done(track, now, draw)
            case ReadResult.UNREADABLE:
                return self._unread(track, now, draw)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _held(self, now: float) -> Wait | None:
        """The wait that holds every row: all places taken, or an outage in which one request at a time may probe."""
        if self.full:
            return Wait(None)
        if self.outage.since is None:
            return None
        if self._in_flight:
            return Wait(None)
        return Wait(self.outage.probe_at) if now < self.outage.probe_at else None

    def _send_or_look(self, now: float, wakes: list[float]) -> Action | None:
        """The next row to be sent, or to be read because it is next but one; `None` where all must wait."""
        queue = self._turns.again or self._turns.fresh
        if not queue or queue[0].job.need is ReadRequirement.NOTHING:
            track = self._turn(queue, self.writes, now, wakes)
            return Send(track.job.ordinal, track.attempts + 1) if track else None
        sendable = self.writes.ready_at(now)
        if sendable is None:
            return None
        if sendable > now + self.policy.look_ahead:
            wakes.append(sendable - self.policy.look_ahead)
            return None
        wanted = self.writes.ready_by(now + self.policy.look_ahead, now, self.policy.in_flight)
        if len(self._turns.ready) + len(self._looking) >= wanted:
            return None
        if track := self._turn(queue, self.reads, now, wakes):
            track.first = True
            return self._read(track)
        return None

    def _read(self, track: RowState) -> Read:
        if track.first:
            self._looking.add(track.job.ordinal)
        return Read(track.job.ordinal, track.first)

    def _turn(self, queue: deque[RowState], bucket: Bucket, now: float, wakes: list[float]) -> RowState | None:
        """The first row of `queue`, in flight and its token spent; `None` where it must wait, its time in `wakes`."""
        ready = bucket.ready_at(now) if queue else None
        if ready is None:
            return None
        if ready > now:
            wakes.append(ready)
            return None
        track = queue.popleft()
        bucket.take(now)
        self._in_flight[track.job.ordinal] = track
        return track

    def _doubt(self, track: RowState, now: float, draw: float) -> RowResult:
        """The request may have arrived: read the contact back, where it can be read."""
        track.in_doubt, track.first, track.looks, track.otherwise = True, False, 0, 0
        if not track.job.readable:
            return self._unread(track, now, draw)
        self._schedule(track, now, draw, look=True, failures=track.attempts)
        return self._finding(track)

    def _first_look(self, track: RowState, look: ContactRead, now: float, draw: float) -> RowResult:
        """What was read before the row is sent: it may have the last word, be unreadable, or let the row be sent."""
        track.cause = Verdict(ResponseClass.LOOKED, look.code, look.message, look.contact_id)
        if look.outcome is not None:
            if look.outcome is Outcome.UNCHANGED and track.attempts:  # it was our own attempt, seen late
                track.cause = Verdict(ResponseClass.SUCCEEDED, "read_back", "", look.contact_id)
                return self._end(track, Outcome.SUCCEEDED)
            return self._end(track, look.outcome)
        if look.sight is ReadResult.UNREADABLE:
            track.looks += 1
            if track.looks < self.policy.looks:
                self._schedule(track, now, draw, look=True, failures=track.looks)
                return self._finding(track)
            if track.job.need is ReadRequirement.MUST_LOOK:
                track.cause = track.cause._replace(code="answer_lost" if track.in_doubt else "not_read")
                return self._end(track, Outcome.UNKNOWN if track.in_doubt else Outcome.FAILED)
        track.looks, track.first, track.seen_at = 0, False, now
        self._turns.ready.append(track)
        return self._finding(track)

    def _not_done(self, track: RowState, now: float, draw: float) -> RowResult:
        """Reading back showed the contact not as asked. Where repeating can do harm, only a second look some time later
        is believed: the server may still have been at work."""
        track.otherwise += 1
        if track.job.repeatable:
            track.in_doubt = False
        elif track.otherwise < 2:
            # Of an earlier stretch nobody knows when it was sent: the time of the attempt itself may not be over yet.
            patience = self.policy.patience * (2 if track.cause is SENT_EARLIER else 1)
            self._schedule(track, now, draw, look=True, failures=1, at_least=patience)
            return self._finding(track)
        elif track.attempts < self.policy.attempts:
            track.in_doubt = False
        return self._retry(track, now, draw)

    def _retry(self, track: RowState, now: float, draw: float, at_least: float | None = None) -> RowResult:
        """The row is not done: send it again later, or call it failed (unknown where an attempt is in doubt)."""
        if track.attempts >= self.policy.attempts:
            return self._end(track, Outcome.UNKNOWN if track.in_doubt else Outcome.FAILED)
        self._schedule(track, now, draw, look=False, failures=max(1, track.attempts), at_least=at_least)
        return self._finding(track)

    def _unread(self, track: RowState, now: float, draw: float) -> RowResult:
        """Reading back did not work: read again, send again where that is safe, or call it unknown. What may be
        repeated, and was answered with an error each time, has failed: its answer was seen."""
        track.looks += 1
        blind = track.job.repeatable and track.cause.meaning is not ResponseClass.UNREADABLE
        if track.job.readable and track.looks < (1 if blind else self.policy.looks):
            self._schedule(track, now, draw, look=True, failures=track.looks)
            return self._finding(track)
        if blind and track.attempts < self.policy.attempts:
            self._schedule(track, now, draw, look=False, failures=max(1, track.attempts))
            return self._finding(track)
        if blind and track.status is not None:
            return self._end(track, Outcome.FAILED)
        if track.cause.meaning is not ResponseClass.UNREADABLE:
            track.cause = track.cause._replace(code="answer_lost")
        return self._end(track, Outcome.UNKNOWN)

    def _schedule(
        self, track: RowState, now: float, draw: float, *, look: bool, failures: int, at_least: float | None = None
    ) -> None:
        self._turns.put_off(track, now + max(self.policy.backoff.wait(failures, draw), at_least or 0.0), look=look)

    def _end(self, track: RowState, outcome: Outcome) -> RowResult:
        """The row has its final word."""
        self._turns.leave(track)
        track.in_doubt = outcome is Outcome.UNKNOWN
        reason = self._errors.settled(outcome, track.status, track.cause.message)
        if reason is not None:
            self.stop(reason)
        return self._finding(track, outcome)

    def _finding(self, track: RowState, outcome: Outcome | None = None) -> RowResult:
        cause = track.cause
        return RowResult(
            track.job.ordinal,
            outcome,
            cause.code,
            cause.message,
            track.attempts,
            track.in_doubt,
            cause.meaning,
            track.status,
            cause.contact_id,
        )

    def _spend(self, bucket: Bucket, exchange: Exchange, now: float, draw: float) -> None:
        """Settle the token of one exchange, and follow what it says of the server as a whole."""
        if exchange.failure is Failure.NEVER_LEFT:
            bucket.never_left()
        elif exchange.status is None:
            bucket.unanswered(now)
        elif exchange.status == 429:
            bucket.throttled(exchange.quota, now)
        else:
            bucket.answered(exchange.quota, now)
        if self.outage.meet(bucket, exchange, now, draw):
            self.stop(StopReason.OUTAGE)
