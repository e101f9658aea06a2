"""Reading every contact of a plan: by the team's list where that costs fewer reads, the rest one by one.

Owns: what each read says of its row, and where the reading goes on after a kill.
Flow: `snapshot.take_snapshot` -> rows that the list shows -> look-ups of the others. Each row is judged by the rules
that a run has before its write (`dispatcher/guards.py`). Everything read is in the journal before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import time
from typing import Final

import anyio

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.api_session import ApiSession, max_in_flight
from batch.dispatcher.guards import check_before_write, required_read
from batch.errors import single_error
from batch.guayaba.contact import Contact, is_unchanged
from batch.guayaba.contact_list import ListProgress
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.number_forms import siblings
from batch.guayaba.reads import SearchResult
from batch.guayaba.requests import stops_every_contact
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass
from batch.journal.entries import AttemptFinished, ContactListed, RowResult
from batch.journal.journal import Journal
from batch.journal.planned_contacts import (
    ExpectedContact,
    PlannedContact,
    count_unread,
    expect_contacts,
    listed_contacts,
    unread_contacts,
)
from batch.journal.row_queries import find_row
from batch.model import ContactChange, Operation, Outcome, RunPlan
from batch.runs.guard_policy import guard_policy
from batch.runs.look_ups import TRIES, for_each_row, pause_before_try
from batch.runs.patient_get import PatientGet
from batch.runs.snapshot import take_snapshot
from batch.settings.slices import Dispatch
from batch.text.language import tr, tr_noop

#: Look-ups of one key under way together.
_CONCURRENCY: Final = 8
#: Rows that are taken from the journal at a time.
_BATCH_SIZE: Final = 1000
_LISTED: Final = Exchange(200)
_NOT_LISTED: Final = tr_noop("the team's list shows no contact with this id; no write was made")
_UNREADABLE_ID: Final = tr_noop("no call reads a contact by its id, and its number is not known")


@dataclass(frozen=True, slots=True)
class PlanObserver:
    """How a caller takes part. `on_message` gets what is waited for, `on_list_progress` how far the walk over a list
    is, `on_progress` how many rows are read, and of how many."""

    on_message: Callable[[str], None] = lambda _: None
    on_list_progress: Callable[[ListProgress], object] = lambda _: None
    on_progress: Callable[[int, int], object] = lambda _done, _all: None


async def read_contacts(
    journal: Journal, plan: RunPlan, settings: Dispatch, sessions: Mapping[str, ApiSession], observer: PlanObserver
) -> None:
    """Read the contact of each row of `journal` that is to be sent, and record what that means for the row.

    Raises KeyRefused, Unreachable; what was read is in the journal, and the same call goes on.
    """
    accounts = list(journal.pending_by_account())
    if not all(journal.is_listed(account) for account in accounts):
        await take_snapshot(journal, sessions, skips=True, on_progress=observer.on_list_progress)
    concurrency = min(_CONCURRENCY, max_in_flight(settings.connection, len(sessions)))
    total, done = journal.count_rows(), journal.count_rows() - count_unread(journal)

    def on_read() -> None:
        nonlocal done
        done += 1
        observer.on_progress(done, total)

    readings = [
        _Reading(journal, account, sessions[account], plan, settings, observer.on_message, on_read, concurrency)
        for account in accounts
    ]
    with single_error():
        async with anyio.create_task_group() as tasks:
            for reading in readings:
                tasks.start_soon(reading.run)


class _Reading:
    """Reading the contacts of the rows of one account."""

    def __init__(
        self,
        journal: Journal,
        account: str,
        session: ApiSession,
        plan: RunPlan,
        settings: Dispatch,
        on_message: Callable[[str], None],
        on_read: Callable[[], None],
        concurrency: int,
    ) -> None:
        self._journal = journal
        self._account = account
        self._by_id = plan.operation is Operation.UPDATE_BY_ID
        # As a run with --skip-unchanged that reads every contact.
        guards = replace(settings.guards, preflight=True, skip_unchanged=True, keep_before=True)
        self._policy = guard_policy(plan, guards)
        self._on_read = on_read
        self._concurrency = concurrency
        get = PatientGet(session.reader, settings.limits.give_up_after, on_message)
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
        # Of a list that was not read whole, nothing says whether the number has another contact in its other form.
        if len(self._forms(row)) > 1 and not self._journal.is_listed(self._account):
            return ContactListed(row.ordinal, row.read_at, None)
        read = self._judge(row, SearchResult(_LISTED, [row.seen], True))
        if read.result is ReadResult.UNREADABLE:
            return ContactListed(row.ordinal, row.read_at, None)
        if read.outcome is None:
            return None
        return ContactListed(row.ordinal, row.read_at, row.seen, read.outcome, read.code, read.message)

    def _judge(self, row: PlannedContact, result: SearchResult) -> ContactRead:
        """What the contacts of `result`, in whatever form they hold the number, mean for its row. The first is written
        first: of a change that stops outreach, one that is not as asked, else that of the row's own form."""
        change, one = _change(row), self._needs_lookup(row)
        contacts = result.contacts
        if contacts and stops_every_contact(change, self._policy.protected_statuses):
            missing = [seen for seen in contacts if not is_unchanged([seen], change)]
            contacts = missing or contacts[:1]
        read = check_before_write(result.exchange, contacts, result.whole, change, self._policy, one=one)
        return self._named_once(row, read)

    def _forms(self, row: PlannedContact) -> tuple[str, ...]:
        """The number of `row` in each form in which the team may hold it; none where the contact's id is known."""
        contact = row.contact or ""
        return (contact, *siblings(contact)) if contact.startswith("+") else ()

    def _needs_lookup(self, row: PlannedContact) -> bool:
        """True where the call takes an id and the row gives a number."""
        return self._by_id and (row.contact or "").startswith("+")

    def _named_once(self, row: PlannedContact, read: ContactRead) -> ContactRead:
        """`read`, or a held row where another row gives the id of the contact that this one gives the number of."""
        if not self._needs_lookup(row) or read.outcome is not None or read.seen is None or read.seen.id is None:
            return read
        number = find_row(self._journal, self._account, read.seen.id.lower())
        if number is None:
            return read
        message = tr("row {number} gives the id of this contact", number=number)
        return read._replace(outcome=Outcome.HELD, code="named_twice", message=message)

    async def _look_up_all(self) -> None:
        def unread(after: int) -> Sequence[PlannedContact]:
            return unread_contacts(self._journal, self._account, after, _BATCH_SIZE)

        async def look_up(row: PlannedContact) -> None:
            self._record(row, *await self._look_up(row))

        await for_each_row(unread, look_up, self._concurrency)

    async def _look_up(self, row: PlannedContact) -> tuple[ContactRead, list[Contact]]:
        """What the contact of `row` means for it, after a few tries where it cannot be read; and every contact that
        holds the number, the one that is written first before the others."""
        read, contacts = ContactRead(ReadResult.UNREADABLE, Exchange(), message=tr(_UNREADABLE_ID)), list[Contact]()
        forms = self._forms(row)
        if not forms and row.phone is None:
            return read, contacts
        for attempt in range(TRIES):
            await pause_before_try(attempt)
            result = await (self._search_forms(forms) if forms else self._searches.find(row.phone or "", row.contact))
            read, contacts = self._judge(row, result), result.contacts or []
            if read.result is not ReadResult.UNREADABLE or not forms:
                break
        return read, sorted(contacts, key=lambda seen: seen is not read.seen)

    async def _search_forms(self, forms: Sequence[str]) -> SearchResult:
        """The contacts that hold one of `forms`; as `ContactSearch.find`, none only where that is proved of each."""
        contacts: list[Contact] = []
        result = SearchResult(_LISTED, [], True)
        for form in forms:
            result = await self._searches.find(form)
            if result.contacts is None or (not result.contacts and not result.whole):
                return result
            contacts += result.contacts
        return result._replace(contacts=contacts, whole=True)

    def _record(self, row: PlannedContact, read: ContactRead, contacts: Sequence[Contact]) -> None:
        if read.result is ReadResult.UNREADABLE:
            read = self._without_read(row, read)
        result = RowResult(
            row.ordinal, read.outcome, read.code, read.message, 0, False, ResponseClass.LOOKED, read.exchange.status,
            read.contact_id,
        )  # fmt: skip
        if len(contacts) > 1:
            expect_contacts(self._journal, [(row.ordinal, ExpectedContact(tuple(contacts)))])
        self._journal.append([AttemptFinished(result, None, time(), before=read.seen)])
        self._on_read()

    def _without_read(self, row: PlannedContact, read: ContactRead) -> ContactRead:
        """What a row comes to whose contact could not be read: it is sent only where no read is required."""
        if self._by_id and not self._needs_lookup(row) and self._journal.is_listed(self._account):
            return read._replace(
                outcome=Outcome.NOT_FOUND, code="contact_not_found", message=tr(_NOT_LISTED), seen=None
            )
        required = required_read(_change(row), self._policy) is ReadRequirement.REQUIRED or self._needs_lookup(row)
        if required:
            return read._replace(outcome=Outcome.FAILED, code="not_read", seen=None)
        return read._replace(message=tr("its contact could not be read: {why}", why=read.message), seen=None)


def _change(row: PlannedContact) -> ContactChange:
    return row.change or ContactChange()
