"""Reading every contact of a plan: by the team's list where that costs fewer reads, the rest one by one.

Owns: what each read says of its row, and where the reading goes on after a kill.
Flow: `snapshot.take_snapshot` -> rows that the list shows -> look-ups of the others. Each row is judged by the rules
that a run has before its write (`dispatcher/guards.py`). Everything read is in the journal before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import time
from typing import Final

import anyio

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.api_session import ApiSession, max_in_flight
from batch.dispatcher.guards import GuardPolicy, check_before_write, required_read
from batch.errors import first_error
from batch.guayaba.contact_list import ListProgress
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass
from batch.journal.entries import AttemptFinished, ContactListed, RowResult
from batch.journal.journal import Journal
from batch.journal.planned_contacts import PlannedContact, count_unread, listed_contacts, unread_contacts
from batch.journal.row_queries import find_row_of
from batch.model import ContactChange, Operation, Outcome, RunPlan
from batch.runs.patient_get import PatientGet
from batch.runs.snapshot import take_snapshot
from batch.settings.settings import Settings

#: Look-ups of one key under way together.
_CONCURRENCY: Final = 8
#: Rows that are taken from the journal at a time.
_BATCH_SIZE: Final = 1000
#: Tries of a look-up whose response cannot be read, and the seconds between two.
_TRIES: Final = 3
_RETRY_DELAY_S: Final = 1.0
_LISTED: Final = Exchange(200)
_NOT_LISTED: Final = "the team's list shows no contact with this id; no write was made"
_UNREADABLE_ID: Final = "no call reads a contact by its id, and its number is not known"


@dataclass(frozen=True, slots=True)
class PlanObserver:
    """How a caller takes part. `on_message` gets what is waited for, `on_list_progress` how far the walk over a list
    is, `on_progress` how many rows are read, and of how many."""

    on_message: Callable[[str], None] = lambda _: None
    on_list_progress: Callable[[ListProgress], object] = lambda _: None
    on_progress: Callable[[int, int], object] = lambda _done, _all: None


def plan_policy(plan: RunPlan, settings: Settings) -> GuardPolicy:
    """How careful a plan is: as a run with --skip-unchanged that reads every contact."""
    return GuardPolicy(
        frozenset(plan.terminal),
        guarded=not settings.allow_reactivation,
        skip_unchanged=not settings.assume_stale,
        keep_before=True,
        elsewhere=frozenset(plan.stopped),
        keeps_dnc=not settings.allow_lifting_dnc,
    )


async def read_contacts(
    journal: Journal, plan: RunPlan, settings: Settings, sessions: Mapping[str, ApiSession], observer: PlanObserver
) -> None:
    """Read the contact of each row of `journal` that is to be sent, and record what that means for the row.

    Raises KeyRefused, Unreachable; what was read is in the journal, and the same call goes on.
    """
    accounts = list(journal.pending_by_account())
    if not all(journal.is_listed(account) for account in accounts):
        await take_snapshot(journal, sessions, skips=True, on_progress=observer.on_list_progress)
    concurrency = min(_CONCURRENCY, max_in_flight(settings.connection, len(sessions)))
    total, done = journal.total(), journal.total() - count_unread(journal)

    def on_read() -> None:
        nonlocal done
        done += 1
        observer.on_progress(done, total)

    readings = [
        _Reading(journal, account, sessions[account], plan, settings, observer.on_message, on_read, concurrency)
        for account in accounts
    ]
    try:
        async with anyio.create_task_group() as tasks:
            for reading in readings:
                tasks.start_soon(reading.run)
    except BaseExceptionGroup as group:
        raise first_error(group) from None


class _Reading:
    """Reading the contacts of the rows of one account."""

    def __init__(
        self,
        journal: Journal,
        account: str,
        session: ApiSession,
        plan: RunPlan,
        settings: Settings,
        on_message: Callable[[str], None],
        on_read: Callable[[], None],
        concurrency: int,
    ) -> None:
        self._journal = journal
        self._account = account
        self._by_id = plan.operation is Operation.UPDATE_BY_ID
        self._policy = plan_policy(plan, settings)
        self._on_read = on_read
        self._concurrency = concurrency
        get = PatientGet(session.reader, settings.give_up_after, on_message)
        self._searches = ContactSearch(session.reader, session.reader, get, patience=None)

    async def run(self) -> None:
        self._judge_listed()
        await self._look_up_all()

    def _judge_listed(self) -> None:
        """Settle the rows that the list showed. One that it does not show well enough is looked up."""
        after = 0
        while rows := listed_contacts(self._journal, self._account, after, _BATCH_SIZE):
            after = rows[-1].ordinal
            self._journal.append(entry for row in rows if (entry := self._listed_entry(row)) is not None)

    def _listed_entry(self, row: PlannedContact) -> ContactListed | None:
        assert row.seen is not None and row.read_at is not None
        read = self._judge(row, ContactRead(ReadResult.OTHERWISE, _LISTED, row.seen.id, row.seen))
        if read.result is ReadResult.UNREADABLE:
            return ContactListed(row.ordinal, row.read_at, None)
        if read.outcome is None:
            return None
        return ContactListed(row.ordinal, row.read_at, row.seen, read.outcome, read.code, read.message)

    def _judge(self, row: PlannedContact, listed: ContactRead) -> ContactRead:
        """What the contact that was `listed` means for its row."""
        assert listed.seen is not None
        one = self._needs_lookup(row)
        read = check_before_write(listed.exchange, [listed.seen], True, _change(row), self._policy, one=one)
        return self._named_once(row, read)

    def _needs_lookup(self, row: PlannedContact) -> bool:
        """True where the call takes an id and the row gives a number."""
        return self._by_id and (row.contact or "").startswith("+")

    def _named_once(self, row: PlannedContact, read: ContactRead) -> ContactRead:
        """`read`, or a held row where another row gives the id of the contact that this one gives the number of."""
        if not self._needs_lookup(row) or read.outcome is not None or read.seen is None or read.seen.id is None:
            return read
        number = find_row_of(self._journal, self._account, read.seen.id.lower())
        if number is None:
            return read
        message = f"row {number} gives the id of this contact"
        return read._replace(outcome=Outcome.HELD, code="named_twice", message=message)

    async def _look_up_all(self) -> None:
        waiting: list[PlannedContact] = []
        after = 0

        def next_row() -> PlannedContact | None:
            nonlocal after
            if not waiting:
                waiting.extend(reversed(unread_contacts(self._journal, self._account, after, _BATCH_SIZE)))
                if not waiting:
                    return None
                after = waiting[0].ordinal
            return waiting.pop()

        async def work() -> None:
            while (row := next_row()) is not None:
                self._record(row, await self._look_up(row))

        async with anyio.create_task_group() as tasks:
            for _ in range(self._concurrency):
                tasks.start_soon(work)

    async def _look_up(self, row: PlannedContact) -> ContactRead:
        """What a search for the number of `row` shows of its contact, after a few tries where it shows nothing."""
        contact_id = row.contact if self._by_id and not self._needs_lookup(row) else None
        phone = row.phone if contact_id is not None else row.contact
        if phone is None:
            return ContactRead(ReadResult.UNREADABLE, Exchange(detail=_UNREADABLE_ID), message=_UNREADABLE_ID)
        judge = partial(check_before_write, ask=_change(row), caution=self._policy, one=self._needs_lookup(row))
        read = ContactRead(ReadResult.UNREADABLE, Exchange())
        for attempt in range(_TRIES):
            if attempt:
                await anyio.sleep(_RETRY_DELAY_S * 2**attempt)
            read = judge(*await self._searches.find(phone, contact_id))
            if read.result is not ReadResult.UNREADABLE or contact_id is not None:
                break
        return self._named_once(row, read)

    def _record(self, row: PlannedContact, read: ContactRead) -> None:
        if read.result is ReadResult.UNREADABLE:
            read = self._without_read(row, read)
        result = RowResult(
            row.ordinal, read.outcome, read.code, read.message, 0, False, ResponseClass.LOOKED, read.exchange.status,
            read.contact_id,
        )  # fmt: skip
        self._journal.append([AttemptFinished(result, None, time(), before=read.seen)])
        self._on_read()

    def _without_read(self, row: PlannedContact, read: ContactRead) -> ContactRead:
        """What a row comes to whose contact could not be read: it is sent only where no read is required."""
        if self._by_id and not self._needs_lookup(row) and self._journal.is_listed(self._account):
            return read._replace(outcome=Outcome.NOT_FOUND, code="contact_not_found", message=_NOT_LISTED, seen=None)
        required = required_read(_change(row), self._policy) is ReadRequirement.REQUIRED or self._needs_lookup(row)
        if required:
            return read._replace(outcome=Outcome.FAILED, code="not_read", seen=None)
        return read._replace(message=f"its contact could not be read: {read.message}", seen=None)


def _change(row: PlannedContact) -> ContactChange:
    return row.change or ContactChange()
