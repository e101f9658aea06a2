"""The rows of one engine that wait to be sent or read, in their order. Pure.

Owns: the queues, the order within a contact, the times at which delayed rows are due.

- Rows of one contact go in file order, never two at a time: the next one enters when the one before has its outcome.
- Rows that were read and may be sent go first, for what was read gets stale; then reads that are due (reads have a
  quota of their own), then retries that are due, then new rows in the order of the file.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

from batch.dispatcher.actions import Policy, ReadRequirement
from batch.dispatcher.row_states import Condition, State
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.text.language import tr_noop

#: The last verdict on a row whose request left in an earlier session, and on one that was never sent.
SENT_EARLIER = Verdict(ResponseClass.IN_DOUBT, "answer_lost", tr_noop("sent earlier, no answer was seen"))
_UNSENT = Verdict(ResponseClass.LOOKED, "", "")


@dataclass(slots=True)
class RowState:
    """A row on its way. Mutable; from `feed` on it belongs to one engine."""

    #: The place of the row in the input, from 1.
    ordinal: int
    #: What all rows of one contact share (`number_forms.order_key`).
    contact: str
    #: Sending it twice has the effect of sending it once.
    is_idempotent: bool
    #: The contact can be read back. A row in doubt that is neither this nor idempotent must not be fed.
    is_readable: bool = True
    #: Attempts that were used up, those of earlier sessions among them.
    attempts: int = 0
    #: One of them may have arrived.
    in_doubt: bool = False
    #: What must be read before it is sent.
    required_read: ReadRequirement = ReadRequirement.NONE
    #: The next read is before the write, not to settle a doubt.
    reads_before_write: bool = False
    #: Reads in a row that could not be used, and reads in a row that showed no effect of the attempt.
    unusable_reads: int = 0
    reads_without_effect: int = 0
    #: The verdict on the last exchange, and the HTTP status of the last attempt.
    verdict: Verdict = _UNSENT
    status: int | None = None
    #: When a read before the write allowed it to be sent.
    checked_at: float | None = None
    #: When the request that is under way left.
    left_at: float = 0.0

    @property
    def state(self) -> State:
        return State.IN_DOUBT if self.in_doubt else State.QUEUED

    def conditions(self, policy: Policy) -> set[Condition]:
        """The conditions of a transition that hold for this row now."""
        unreadable_response = self.verdict.meaning is ResponseClass.UNREADABLE
        resendable = self.is_idempotent and not unreadable_response
        may_read_again = self.reads_before_write or (self.is_readable and not resendable)
        holds = (
            (Condition.IDEMPOTENT, self.is_idempotent),
            (Condition.RESENDABLE, resendable),
            (Condition.READABLE, self.is_readable),
            (Condition.ATTEMPTS_LEFT, self.attempts < policy.attempts),
            (Condition.READS_LEFT, may_read_again and self.unusable_reads < policy.reads),
            (Condition.READ_REQUIRED, self.required_read is ReadRequirement.REQUIRED),
            (Condition.SECOND_READ, self.reads_without_effect >= 2),
            (Condition.ANSWERED, self.status is not None),
            (Condition.UNREADABLE_RESPONSE, unreadable_response),
        )
        return {condition for condition, is_true in holds if is_true}


class RowQueue:
    """The rows that wait. The engine takes from the front of each queue."""

    def __init__(self) -> None:
        self.new: deque[RowState] = deque()
        self.retry: deque[RowState] = deque()  # due to be sent again
        self.to_read: deque[RowState] = deque()  # due to be read
        self.to_send: deque[RowState] = deque()  # read, and to be sent while that is fresh
        self._delayed: list[tuple[float, int, bool, RowState]] = []  # heap: (due, tie-break, read?, row)
        self._followers: dict[str, deque[RowState]] = {}  # contact with a row on its way -> its later rows
        self._ties = 0

    @property
    def buffered(self) -> int:
        """How many rows can be taken, without those that were read already."""
        return len(self.new) + len(self.retry) + len(self.to_read)

    @property
    def next_due(self) -> float | None:
        """When the next delayed row is due."""
        return self._delayed[0][0] if self._delayed else None

    def feed(self, row: RowState) -> None:
        """Add a row as the last of its contact, or of all."""
        if row.in_doubt:
            row.verdict = SENT_EARLIER
        if row.contact in self._followers:
            self._followers[row.contact].append(row)
        else:
            self._followers[row.contact] = deque()
            self._entrance(row).append(row)

    def complete(self, row: RowState) -> None:
        """The row has its outcome; the next row of its contact may go, ahead of the new ones."""
        waiting = self._followers[row.contact]
        if waiting:
            follower = waiting.popleft()
            self._entrance(follower).appendleft(follower)
        else:
            del self._followers[row.contact]

    def schedule(self, row: RowState, due: float, *, read: bool) -> None:
        """Let the row wait until `due`, to be read then, or sent."""
        self._ties += 1
        heappush(self._delayed, (due, self._ties, read, row))

    def wake(self, now: float) -> None:
        """Queue the delayed rows that are due."""
        while self._delayed and self._delayed[0][0] <= now:
            _, _, read, row = heappop(self._delayed)
            (self.to_read if read else self.retry).append(row)

    def drop_stale(self, since: float) -> deque[RowState]:
        """The rows that may be sent because they were read at `since` or later; the others go back to be read again."""
        while self.to_send and (self.to_send[0].checked_at or 0.0) < since:
            self.to_send[0].checked_at = None  # delayed too long, by a 429 or an outage
            self.retry.append(self.to_send.popleft())
        return self.to_send

    def _entrance(self, row: RowState) -> deque[RowState]:
        return self.to_read if row.in_doubt and row.is_readable else self.new
