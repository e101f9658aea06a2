"""Verify a run: read every contact back and name the rows that are not as asked. Nothing is written to the API.

Owns: which reads are made, list or look-ups, and in which order; when a contact is called not as asked.
Flow: walk the team's list where that costs fewer reads, look up the rest one by one, then the files.

A page of the list shows a hundred contacts, but pages shift while they are read. So a contact that is right on the list
is right; one that is wrong or missing there is looked up alone before it is reported. A number that a look-up does not
find is `not_found` only where the search is known to be reliable (`guayaba/search.py`). Otherwise the list decides, and
the list never proves that a number is no contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final

import anyio

from batch.dispatcher.api_session import ApiSession, max_in_flight, open_sessions
from batch.errors import Unreachable, first_error
from batch.guayaba import contact_list
from batch.guayaba.contact import Contact, differences
from batch.guayaba.reads import Reads
from batch.guayaba.search import ContactSearch
from batch.journal.verified_rows import ExpectedRow, VerifiedRow, VerifyStatus, VerifyStore
from batch.model import RunPlan
from batch.runs.binding import require_plan
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_name import files_folder, resolve_folder
from batch.runs.look_ups import TRIES, for_each_row, pause_before_try
from batch.runs.patient_get import PatientGet
from batch.runs.verify.compare import compare, counted_contacts, listed_names, not_listed, searched_forms
from batch.runs.verify.files import write_files
from batch.runs.verify.result import VerifyResult
from batch.settings.base_url import require_base_url
from batch.settings.slices import Dispatch, Verification
from batch.text.language import pluralize, tr

#: A verification that was cut short is continued within a day; what was read earlier says too little about now.
_MAX_AGE_S: Final = 86_400.0
#: Look-ups and pages of one key under way together.
_CONCURRENCY: Final = 8
#: Rows that are taken from the journal at a time.
_BATCH_SIZE: Final = 256
#: Rows without their DNC that a result names; its file names all.
_MAX_DNC: Final = 1000


@dataclass(frozen=True, slots=True)
class VerifyObserver:
    """How a caller takes part. `on_message` gets what will be read and what is waited for, `on_list_progress` how far
    the walk over a list is, `on_progress` how many rows are done, and of how many."""

    on_message: Callable[[str], None] = lambda _: None
    on_list_progress: Callable[[contact_list.ListProgress], object] = lambda _: None
    on_progress: Callable[[int, int], object] = lambda _done, _all: None


def verify(folder: Path, settings: Verification, observer: VerifyObserver | None = None) -> VerifyResult:
    """The result for the run in `folder` (or of that name in the folder of runs). One that was cut short is continued.

    Raises SettingsError where that is no run, InputRefused where address or key are not its own, KeyRefused, RunLocked,
    JournalBroken, and Unreachable where the API never answered.
    """
    return anyio.run(verify_async, folder, settings, observer or VerifyObserver())


async def verify_async(folder: Path, settings: Verification, observer: VerifyObserver) -> VerifyResult:
    """`verify`, for callers with an event loop of their own."""
    files = settings.files
    with run_folder.reopen_run(resolve_folder(folder, files.out)) as opened:
        plan = require_plan(opened, settings.access)
        dispatch = settings.dispatch.at(require_base_url(plan.base_url))
        _remove_old_store(opened.folder)
        max_age_s = 0.0 if settings.fresh else _MAX_AGE_S
        store = VerifyStore(opened.journal, time(), max_age_s=max_age_s, every_dnc=plan.change.status == "DNC")
        async with open_sessions(
            dispatch.connection,
            settings.access.lanes(plan.accounts),
            lambda note: observer.on_message(note.rstrip(".")),
        ) as sessions:
            stopped_for, why = await _read_all(store, sessions, dispatch, observer, plan)
            reads = sum(session.reader.made for session in sessions.values())
        store.mark_superseded(RunCatalog(opened.folder.parent).newer_runs(plan, plan.planned_at, strict=False))
        missing, dnc = store.missing_dnc(_MAX_DNC)
        counts = store.counts()
        result = VerifyResult(
            folder=opened.folder,
            out=files.out,
            plan=plan,
            rows=sum(counts.values()),
            counts=counts,
            kinds=store.kinds(),
            dnc_missing=missing,
            dnc=dnc,
            since=store.begun,
            until=time(),
            reads=reads,
            stopped_for=stopped_for,
            why=why,
        )
        if stopped_for is None:
            place = files_folder(opened.folder, files.named_out)
            result = write_files(result, opened.journal, store, files.format, place)
            store.clear()
        return result


def _remove_old_store(folder: Path) -> None:
    """Remove the store of an earlier version: a verification that was cut short begins again."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            (folder / f"verify.sqlite{suffix}").unlink()


async def _read_all(
    store: VerifyStore, sessions: Mapping[str, ApiSession], settings: Dispatch, observer: VerifyObserver, plan: RunPlan
) -> tuple[str | None, str]:
    """Why the reading stopped before its end, as a code and as text; `None` where every contact was read."""
    total = store.count_unread()
    readings = [
        _ReadBack(
            store,
            account,
            sessions[account],
            settings,
            observer,
            total,
            max_in_flight(settings.connection, len(sessions)),
            frozenset({*plan.stopping_statuses, *plan.stopping_in_any_team, "DNC"}),
        )
        for account in store.accounts()
    ]
    try:
        with anyio.move_on_after(settings.limits.max_runtime) as in_time:
            async with anyio.create_task_group() as tasks:
                for reading in readings:
                    tasks.start_soon(reading.run)
    except BaseExceptionGroup as group:
        fault = first_error(group)
        if not isinstance(fault, Unreachable) or not any(session.reader.made for session in sessions.values()):
            raise fault from None
        return "outage", fault.message.removesuffix(tr(" Nothing was sent."))
    return ("time_up", tr("the time for it was over")) if in_time.cancelled_caught else (None, "")


_Judge = Callable[[ExpectedRow, Contact], VerifiedRow | None]


class _ReadBack:
    """Reading back the rows of one account."""

    def __init__(
        self,
        store: VerifyStore,
        account: str,
        session: ApiSession,
        settings: Dispatch,
        observer: VerifyObserver,
        total: int,
        concurrency: int,
        stopping: frozenset[str],
    ) -> None:
        self._store = store
        self._account = account
        self._session = session
        self._reads: Reads = session.reader
        self._get = PatientGet(session.reader, settings.limits.give_up_after, self._report)
        self._searches = ContactSearch(session.reader, session.reader, self._get, patience=None)
        self._observer = observer
        self._total = total
        self._stopping = stopping  # the statuses that stop outreach
        self._concurrency = min(_CONCURRENCY, concurrency)
        self._doubted: set[int] = set()  # rows that differ on the list

    async def run(self) -> None:
        """Read until every row has its status. Raises KeyRefused, Unreachable; what was read is in the store."""
        rows = self._store.count_unread(self._account)
        if not rows:
            return
        id_only = self._store.count_id_only(self._account)
        first = await contact_list.read_first_page(self._reads, self._get) if rows > 1 or id_only else None
        if first is not None and (id_only or first.pages < rows):
            self._report(
                tr(
                    "{rows}: the list is read, {pages}",
                    rows=pluralize(rows, "row"),
                    pages=pluralize(first.pages, "page"),
                )
            )
            await self._walk(first, self._judge_listed)
        else:
            self._report(tr("{rows}: each contact is looked up", rows=pluralize(rows, "row")))
        await self._look_up_all()
        if self._store.count_unread(self._account):
            await self._decide_by_list()

    def _report(self, message: str) -> None:
        self._observer.on_message(f"{self._account}: {message}" if self._account else message)

    # -- the list ----------------------------------------------------------------------------------------------------

    async def _walk(self, first: contact_list.Page, judge: _Judge) -> bool:
        """Record what `judge` says of each row that the list shows; true where the list was read completely."""

        async def take(contacts: Sequence[Contact]) -> None:
            named = [(name, seen) for seen in contacts for name in listed_names(seen)]
            rows = self._store.rows_by_contact(self._account, [name for name, _ in named])
            judged = [judge(row, seen) for name, seen in named for row in rows.get(name, ())]
            self._store.record([each for each in judged if each is not None], time())
            self._observer.on_progress(self._total - self._store.count_unread(), self._total)

        progress = contact_list.progress_estimator(
            self._account, self._session.reader.seconds_for, self._observer.on_list_progress
        )
        return await contact_list.iter_pages(
            self._reads, first, take, at_once=self._concurrency, get=self._get, on_page=progress
        )

    def _judge_listed(self, row: ExpectedRow, seen: Contact) -> VerifiedRow | None:
        """Right is right, unless another contact with this number is wrong; a wrong one is looked up alone."""
        if differences(seen, row.change):
            self._doubted.add(row.ordinal)
            return compare(row, seen)._replace(status=None)
        return None if row.is_doubted or row.ordinal in self._doubted else compare(row, seen)

    async def _decide_by_list(self) -> None:
        """Settle what no look-up could: contacts known by their ids, and all where the search is not reliable. The list
        is walked (again) and decides; an id that is not on it is `not_found`, if the list was read completely."""
        first = await contact_list.read_first_page(self._reads, self._get)
        complete = False
        if first is not None:
            unread = {row.ordinal for row in self._store.unread_rows(self._account)}
            complete = await self._walk(first, lambda row, seen: compare(row, seen) if row.ordinal in unread else None)
        self._store.record([not_listed(row, complete) for row in self._store.unread_rows(self._account)], time())

    # -- one contact -------------------------------------------------------------------------------------------------

    async def _look_up_all(self) -> None:
        """Look up every row without a status that has a number, several at a time."""

        def unread(after: int) -> Sequence[ExpectedRow]:
            return self._store.unread_rows(self._account, after, _BATCH_SIZE)

        async def look_up(row: ExpectedRow) -> None:
            if row.number is not None and (verified := await self._look_up(row)) is not None:
                self._store.record([verified], time())
            self._observer.on_progress(self._total - self._store.count_unread(), self._total)

        await for_each_row(unread, look_up, self._concurrency)

    async def _look_up(self, row: ExpectedRow) -> VerifiedRow | None:
        """The status that a search for the row's number gives. `None`: the search did not find it, which proves nothing
        of a contact known by its id, whose number may be another, nor where the search is not reliable."""
        message = ""
        for attempt in range(TRIES):
            await pause_before_try(attempt)
            contacts: list[Contact] = []
            for form in searched_forms(row):
                seen = await self._searches.search(form, row.contact if row.by_id else None)
                if seen.contacts is None or (not seen.contacts and not seen.whole):
                    message = tr("the API did not show it (HTTP {status})", status=seen.exchange.status)
                    break
                contacts += seen.contacts
            else:
                message = ""
            if message:
                continue
            if contacts:
                counted = counted_contacts(row, contacts, self._stopping)
                return compare(row, next((each for each in counted if differences(each, row.change)), counted[0]))
            if not row.by_id and await self._searches.finds_people():
                return VerifiedRow(row.ordinal, VerifyStatus.NOT_FOUND, message=tr("the API does not list it"))
            return None
        return VerifiedRow(row.ordinal, VerifyStatus.NOT_READ, message=message)
