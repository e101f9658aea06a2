"""Where the rows of one engine wait, and whose turn it is. Pure.

Owns: the queues, the order within a contact, the times at which waiting rows are due.

- A contact's rows go in file order, never two at a time: the next enters when the one before has its final word.
- Rows that were read and are ready go first, for what was read does not stay fresh; then due looks (reads have a quota
  of their own), then due retries, then fresh rows in the order in which they were fed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

from batch.dispatcher.actions import QueuedRow
from batch.guayaba.verdict import ResponseClass, Verdict

#: The cause of a row whose request left in an earlier stretch, and of one that was never sent.
SENT_EARLIER = Verdict(ResponseClass.IN_DOUBT, "answer_lost", "sent earlier, no answer was seen")
_UNSENT = Verdict(ResponseClass.LOOKED, "", "")


@dataclass(slots=True)
class RowState:
    """A row on its way: mutable, private to one engine."""

    job: QueuedRow
    attempts: int
    in_doubt: bool
    looks: int = 0  # that could not be read
    otherwise: int = 0  # that showed it not to be done
    cause: Verdict = _UNSENT  # what the last exchange meant
    status: int | None = None
    first: bool = False  # its next look is a first one: not about what was sent, but about what is to be sent
    seen_at: float | None = None  # when a first look showed that it may be sent


class RowQueue:
    """The rows that wait. Each queue is open to the engine, which takes from its front."""

    def __init__(self) -> None:
        self.fresh: deque[RowState] = deque()
        self.again: deque[RowState] = deque()  # due to be sent again
        self.to_look: deque[RowState] = deque()  # due to be read
        self.ready: deque[RowState] = deque()  # read, and to be sent while that is fresh
        self._later: list[tuple[float, int, bool, RowState]] = []  # heap: (due, tie-break, look?, row)
        self._followers: dict[str, deque[RowState]] = {}  # contact with a row on its way -> its later rows
        self._ties = 0

    @property
    def at_hand(self) -> int:
        """How many rows can be taken, but for those that were read already."""
        return len(self.fresh) + len(self.again) + len(self.to_look)

    @property
    def due(self) -> float | None:
        """When the next row is due that waits for its time."""
        return self._later[0][0] if self._later else None

    def feed(self, job: QueuedRow) -> None:
        """Take a row: last of its contact's, or of all."""
        track = RowState(job, job.attempts, job.in_doubt, cause=SENT_EARLIER if job.in_doubt else _UNSENT)
        if job.contact in self._followers:
            self._followers[job.contact].append(track)
        else:
            self._followers[job.contact] = deque()
            self._entrance(track).append(track)

    def leave(self, track: RowState) -> None:
        """The row has its final word; the next row of its contact may go, ahead of the fresh ones."""
        waiting = self._followers[track.job.contact]
        if waiting:
            follower = waiting.popleft()
            self._entrance(follower).appendleft(follower)
        else:
            del self._followers[track.job.contact]

    def put_off(self, track: RowState, due: float, *, look: bool) -> None:
        """Let the row wait until `due`, to be read then, or sent."""
        self._ties += 1
        heappush(self._later, (due, self._ties, look, track))

    def wake(self, now: float) -> None:
        """Line up the rows whose time has come."""
        while self._later and self._later[0][0] <= now:
            _, _, look, due = heappop(self._later)
            (self.to_look if look else self.again).append(due)

    def still_fresh(self, since: float) -> deque[RowState]:
        """The rows that were read at `since` or later and may be sent; the others are to be read again."""
        while self.ready and (self.ready[0].seen_at or 0.0) < since:
            self.ready[0].seen_at = None  # held up too long, by a 429 or an outage
            self.again.append(self.ready.popleft())
        return self.ready

    def _entrance(self, track: RowState) -> deque[RowState]:
        return self.to_look if track.job.in_doubt and track.job.readable else self.fresh
