"""What the workers of a lane do for one row: the next rows, the reads, the request, the verdict.

Owns: which rows of a lane come next; which of them can never be sent; when a contact is read, by what, and before what.
Flow: journal -> `next_rows` -> `read_before_write` where it is required -> `send` -> `verdict`; after a lost response
`read_back`. The order of these calls is the engine's decision (`dispatcher/engine.py`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import Final, Protocol

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.error_limit import ErrorCounter
from batch.dispatcher.guards import GuardPolicy
from batch.dispatcher.row_states import Event, State, next_transition
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.reads import Reads, judge_read_back, read_contact
from batch.guayaba.requests import (
    OutreachEffect,
    build_request,
    is_idempotent,
    starts_outreach,
    stops_every_contact,
)
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass, Verdict, verdict
from batch.journal.entries import AttemptFinished, PendingRow, RowResult
from batch.journal.group_commit import GroupCommit
from batch.journal.journal import Journal
from batch.journal.row_queries import find_row
from batch.model import Outcome, Request, RunPlan
from batch.runs.contact_ref import ContactRef
from batch.runs.guard_policy import guard_policy
from batch.runs.number_reads import NumberReads
from batch.settings.slices import Guards, Limits
from batch.text.language import tr, tr_noop

_NOT_CONFIRMED: Final = "not_confirmed"
_PAST_CONFIRMED: Final = tr_noop("more contacts differ now than the calls that were confirmed; no write was made")


@dataclass(slots=True)
class Session:
    """What the lanes of one session share: one process's work on a run."""

    plan: RunPlan
    guards: Guards
    limits: Limits
    journal: Journal
    writer: GroupCommit
    #: Receives each result with the account of its lane.
    on_result: Callable[[str, RowResult], None]
    #: How many lanes there are.
    lanes: int
    #: How many requests each lane may have in flight.
    max_in_flight: int
    #: How many rows may still be sent; `None`: all.
    remaining_limit: int | None
    errors: ErrorCounter = field(default_factory=ErrorCounter)
    #: How many rows of each effect may still be taken, where a confirmation bounds them.
    allowed: dict[OutreachEffect, int] = field(default_factory=dict)
    #: How many calls that start outreach may still be made; `None`: as many as there are rows.
    starts_left: int | None = None
    #: Epoch seconds.
    wall: Callable[[], float] = time
    #: A random number in [0, 1).
    draw: Callable[[], float] = random.random
    guard_policy: GuardPolicy = field(init=False)
    #: The ordinals of the rows that `may_start` has counted.
    _started: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.guard_policy = guard_policy(self.plan, self.guards)

    def take_rows(self, account: str, effect: OutreachEffect, after_ordinal: int, count: int) -> list[PendingRow]:
        """Up to `count` pending rows of `account` and `effect` after `after_ordinal`, within the remaining limit and
        what was confirmed."""
        wanted = count if self.remaining_limit is None else min(count, self.remaining_limit)
        wanted = min(wanted, self.allowed.get(effect, wanted))
        rows = self.journal.todo(after_ordinal, wanted, account, effect) if wanted else []
        if self.remaining_limit is not None:
            self.remaining_limit -= len(rows)
        if effect in self.allowed:
            self.allowed[effect] -= len(rows)
        return rows

    def is_bounded(self, row: PendingRow) -> bool:
        """True where `row` starts outreach, and so many calls were confirmed to start it."""
        return self.starts_left is not None and starts_outreach(row.change, self.plan.stopping_statuses)

    def may_start(self, row: PendingRow) -> bool:
        """True where `row` starts no outreach, or is within the calls that were confirmed to start it. A row that was
        let pass once, or was sent before, counts once."""
        if row.attempts or row.ordinal in self._started or not self.is_bounded(row):
            return True
        assert self.starts_left is not None
        if self.starts_left <= 0:
            return False
        self.starts_left -= 1
        self._started.add(row.ordinal)
        return True

    def row_with_id(self, account: str, contact_id: str) -> int | None:
        """The number of a row that gives `contact_id` itself and was or will be sent."""
        return find_row(self.journal, account, contact_id)


class ApiClient(Reads, Protocol):
    """What sends and reads with a token that the caller has."""

    async def send(self, request: Request, *, repeatable: bool = False) -> Exchange: ...


class RowGuard(Protocol):
    """What is read of a contact before its row is sent, and what it means. One implementation for each kind of run."""

    def required_read(self, row: PendingRow) -> ReadRequirement:
        """What must be read before the row is sent, whether or not it can be."""
        ...

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        """The contact as it is now, and what that means for the row."""
        ...

    async def check_read_back(self, row: PendingRow, read: ContactRead, contacts: Sequence[Contact]) -> ContactRead:
        """What `read`, made after a lost response, means for the row. `contacts`: those that hold one of the forms of
        its number; none where the number has one form."""
        ...

    def settle_response(self, row: PendingRow, verdict: Verdict) -> Verdict:
        """What the `verdict` on the response to the write means for the row."""
        ...


@dataclass(slots=True)
class ApiRowIO:
    """`dispatcher.workers.RowIO` for the rows of one account, over the journal and the API."""

    session: Session
    account: str
    client: ApiClient
    searches: ContactSearch
    ref: ContactRef
    guard: RowGuard
    numbers: NumberReads
    #: The kinds of rows that are still to be taken; those that only stop outreach come first.
    _effects: list[OutreachEffect] = field(default_factory=lambda: list(OutreachEffect))
    _after_ordinal: int = 0

    async def next_rows(self, count: int) -> list[PendingRow]:
        """The next `count` rows that can be sent. A row that cannot gets its outcome here."""
        rows: list[PendingRow] = []
        while len(rows) < count and self._effects:
            taken = await self.session.writer.with_writer_lock(
                partial(self.session.take_rows, self.account, self._effects[0], self._after_ordinal, count - len(rows))
            )
            if not taken:
                del self._effects[0]
                self._after_ordinal = 0
                continue
            self._after_ordinal = taken[-1].ordinal
            rows += [row for row in taken if not await self._settle_unsendable(row)]
        return rows

    def required_read(self, row: PendingRow) -> ReadRequirement:
        return ReadRequirement.NONE if self.ref.phone(row) is None else self.guard.required_read(row)

    def is_readable(self, row: PendingRow) -> bool:
        return (row.change.phone_number or self.ref.phone(row)) is not None

    def is_idempotent(self, row: PendingRow) -> bool:
        return is_idempotent(row.change, self.session.plan.stopping_statuses)

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        read = await self.guard.read_before_write(row)
        if read.outcome is None and not self.session.may_start(row):
            return read._replace(outcome=Outcome.HELD, code=_NOT_CONFIRMED, message=tr(_PAST_CONFIRMED))
        return read

    async def send(self, row: PendingRow) -> Exchange:
        request = build_request(self.session.plan.operation, self.ref.key(row), row.change, row.seen)
        return await self.client.send(request, repeatable=self.is_idempotent(row))

    async def read_back(self, row: PendingRow) -> ContactRead:
        phone, stopped = self.ref.phone(row), self.session.guard_policy.protected_statuses
        forms = self.ref.forms(row) if row.change.phone_number is None else ()
        if len(forms) < 2:
            find = self.searches.finds_people
            read = await read_contact(self.client, phone, self.ref.id(row), row.change, stopped, find)
            return await self.guard.check_read_back(row, read, ())
        result, complete = await self.numbers.read_next(row.ordinal, forms)
        if not complete:
            return ContactRead(ReadResult.INCOMPLETE, result.exchange)
        contacts = result.contacts or []
        if not stops_every_contact(row.change, stopped):  # it was sent to one of them
            contacts = [seen for seen in contacts if seen.phone_number == self.ref.form(row)] or contacts
        read = judge_read_back(result._replace(contacts=result.contacts and contacts), row.change, stopped)
        return await self.guard.check_read_back(row, read, contacts)

    def verdict(self, row: PendingRow, exchange: Exchange) -> Verdict:
        # By id, the contact may have another number now than the file gives.
        names = (None, self.ref.key(row)) if self.ref.by_id else (self.ref.key(row), None)
        return self.guard.settle_response(row, verdict(exchange, row.change, *names))

    async def _settle_unsendable(self, row: PendingRow) -> bool:
        """True where the row got its outcome because no call can settle or send it."""
        event = Event.NO_READ_POSSIBLE
        if row.in_doubt and not self.is_readable(row) and not self.is_idempotent(row):
            state, meaning = State.IN_DOUBT, ResponseClass.IN_DOUBT
            message = tr("sent earlier, no answer was seen; a contact known by its id alone cannot be read back")
        elif self.ref.phone(row) is None and self.guard.required_read(row) is ReadRequirement.REQUIRED:
            state, meaning = State.QUEUED, ResponseClass.LOOKED
            message = tr("the team's list shows no contact with this id, and no call reads a contact by its id")
            is_listed = partial(self.session.journal.is_listed, self.account)
            if row.seen is None and not row.in_doubt and await self.session.writer.with_writer_lock(is_listed):
                event, message = (
                    Event.NOT_LISTED,
                    tr("the team's list shows no contact with this id; no write was made"),
                )
        elif (
            self.session.is_bounded(row)
            and self.required_read(row) is ReadRequirement.NONE
            and not self.session.may_start(row)
        ):
            held = RowResult(
                row.ordinal, Outcome.HELD, _NOT_CONFIRMED, tr(_PAST_CONFIRMED), 0, False, ResponseClass.LOOKED
            )
            return await self._settle(held)
        else:
            return False
        outcome, code = next_transition(state, event).end
        in_doubt = state is State.IN_DOUBT
        return await self._settle(RowResult(row.ordinal, outcome, code, message, row.attempts, in_doubt, meaning))

    async def _settle(self, result: RowResult) -> bool:
        await self.session.writer.append(AttemptFinished(result, None, time()))
        self.session.on_result(self.account, result)
        return True
