"""The proof of a run: every contact read back, and whoever is not as asked named. Nothing is written to the API.

Owns: which reads are made, list or look-ups, and in which order; when a contact is called not as asked; how a
verification ends, and its files.

A page of the list shows a hundred contacts and is not the truth about one: pages shift, and a page is read before
others. So a contact that is right on the list is right; one that is wrong or missing there is looked up alone before
anything is said of it. And whoever a look-up does not find is called no contact only where such a search is known to
find people (`guayaba/search.py`); else the list has the last word, which never says of a number that it is
nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final

import anyio

from batch.dispatcher.api_session import ApiSession, max_in_flight, open_sessions
from batch.errors import Unreachable
from batch.guayaba import contact_list
from batch.guayaba.contact import Contact, differences
from batch.guayaba.exchange import Exchange
from batch.guayaba.reads import Reads, get_with_retries
from batch.guayaba.search import ContactSearch
from batch.model import iso_utc
from batch.runs.binding import bind
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog
from batch.runs.verify import files as proof_file
from batch.runs.verify.result import VerifyResult
from batch.runs.verify.store import ExpectedRow, VerifyStatus, VerifyStore
from batch.settings.settings import Settings
from batch.text.plural import pluralize

_BOOK: Final = "verify.sqlite"
#: A verification that was cut short goes on within a day; later, what it had seen says too little about now.
_GOOD_FOR_S: Final = 86_400.0
#: Look-ups and pages of one key under way together.
_MOST_AT_ONCE: Final = 8
#: Rows that a lane has at hand.
_AT_HAND: Final = 256
#: Tries of a look-up whose answer cannot be read, and the seconds between two.
_TRIES: Final = 3
_BETWEEN_TRIES_S: Final = 1.0
#: Seconds between two attempts to reach an API that has answered before.
_BETWEEN_OUTAGES_S: Final = 15.0
#: Rows that asked for DNC and are not, which a proof names; its file names all.
_MOST_DNC: Final = 1000


@dataclass(frozen=True, slots=True)
class VerifyObserver:
    """How a caller takes part: `said` hears what will be read and what is waited for; `listed`, how far the walk over a
    list is; `told`, how many rows are done, of how many."""

    said: Callable[[str], None] = lambda _: None
    listed: Callable[[contact_list.ListProgress], object] = lambda _: None
    told: Callable[[int, int], object] = lambda _done, _all: None


def verify(folder: Path, settings: Settings, watching: VerifyObserver | None = None) -> VerifyResult:
    """The proof of the run in `folder` (or of that name below `settings.out`). One that was cut short goes on.

    Raises SettingsError where that is no run, InputRefused where address or key are not its own, KeyRefused, RunLocked,
    JournalBroken, and Unreachable where the API never answered.
    """
    return anyio.run(verify_async, folder, settings, watching or VerifyObserver())


async def verify_async(folder: Path, settings: Settings, watching: VerifyObserver) -> VerifyResult:
    """`verify`, for callers with an event loop of their own."""
    with run_folder.reopen_run(run_folder.resolve_folder(folder, settings.out)) as opened:
        plan, settings = bind(opened, settings)
        book = VerifyStore.open(
            opened.folder / _BOOK,
            opened.journal.path,
            of=repr(opened.journal.get("ended_at", float)),
            now=time(),
            good_for=0.0 if settings.fresh else _GOOD_FOR_S,
            every_dnc=plan.ask.status == "DNC",
        )
        try:
            async with open_sessions(settings, settings.lanes(plan.accounts)) as ways:
                stopped_for, why = await _read_all(book, ways, settings, watching)
                reads = sum(way.reader.made for way in ways.values())
            book.written_since(RunCatalog(opened.folder.parent).newer_runs(plan, plan.planned_at, strict=False))
            missing, dnc = book.dnc(_MOST_DNC)
            counts = book.counts()
            proof = VerifyResult(
                folder=opened.folder,
                out=settings.out,
                plan=plan,
                rows=sum(counts.values()),
                counts=counts,
                kinds=book.kinds(),
                dnc_missing=missing,
                dnc=dnc,
                since=book.begun,
                until=time(),
                reads=reads,
                stopped_for=stopped_for,
                why=why,
            )
            if stopped_for is None:
                proof = proof_file.write_mismatches(proof, opened.journal, book, settings.format)
                book.remove()
            return proof
        finally:
            book.close()


async def _read_all(
    book: VerifyStore, ways: Mapping[str, ApiSession], settings: Settings, watching: VerifyObserver
) -> tuple[str | None, str]:
    """Why the reading ended before its end, as a code and in words; `None` where every contact was read."""
    total = book.left()
    readings = [
        _ReadBack(book, account, ways[account], settings, watching, total, max_in_flight(settings, len(ways)))
        for account in book.accounts()
    ]
    try:
        with anyio.move_on_after(settings.max_runtime) as in_time:
            async with anyio.create_task_group() as tasks:
                for reading in readings:
                    tasks.start_soon(reading.run)
    except BaseExceptionGroup as group:
        fault = group.exceptions[0]
        while isinstance(fault, BaseExceptionGroup):
            fault = fault.exceptions[0]
        if not isinstance(fault, Unreachable) or not any(way.reader.made for way in ways.values()):
            raise fault from None
        return "outage", fault.message.removesuffix(" Nothing was sent.")
    return ("time_up", "the time for it was over") if in_time.cancelled_caught else (None, "")


class _ReadBack:
    """Reading back the rows of one account."""

    def __init__(
        self,
        book: VerifyStore,
        account: str,
        way: ApiSession,
        settings: Settings,
        watching: VerifyObserver,
        total: int,
        at_once: int,
    ) -> None:
        self._book = book
        self._account = account
        self._way = way
        self._reads: Reads = way.reader
        self._searches = ContactSearch(way.reader, way.reader, self._get, patience=None)
        self._give_up_after = settings.give_up_after
        self._silent_since: float | None = None
        self._watching = watching
        self._total = total
        self._at_once = min(_MOST_AT_ONCE, at_once)

    async def run(self) -> None:
        """Read until every row has its standing. Raises KeyRefused, Unreachable; what was found is in the book."""
        rows = self._book.left(self._account)
        if not rows:
            return
        by_id_alone = self._book.without_number(self._account)
        first = await contact_list.read_first_page(self._reads, self._get) if rows > 1 or by_id_alone else None
        if first is not None and (by_id_alone or first.pages < rows):
            self._tell(f"{pluralize(rows, 'row')}: the list is read, {pluralize(first.pages, 'page')}")
            await self._walk(first, self._seen_on_the_list)
        else:
            self._tell(f"{pluralize(rows, 'row')}: each contact is looked up")
        await self._look_ups()
        if self._book.left(self._account):
            await self._by_the_list_alone()

    def _tell(self, what: str) -> None:
        self._watching.said(f"{self._account}: {what}" if self._account else what)

    # -- the list ----------------------------------------------------------------------------------------------------

    async def _walk(self, first: contact_list.Page, judge: Callable[[ExpectedRow, Contact], None]) -> bool:
        async def take(contacts: Sequence[Contact]) -> None:
            for seen in contacts:
                for known_as in {seen.phone_number, (seen.id or "").lower()} - {None, ""}:
                    for row in self._book.of_contact(self._account, known_as or ""):
                        judge(row, seen)
            self._watching.told(self._total - self._book.left(), self._total)

        told = contact_list.progress_estimator(self._account, self._way.reader.seconds_for, self._watching.listed)
        return await contact_list.iter_pages(self._reads, first, take, at_once=self._at_once, get=self._get, told=told)

    def _seen_on_the_list(self, row: ExpectedRow, seen: Contact) -> None:
        """Right is right, unless another contact with this number is wrong; wrong is a doubt."""
        if differences(seen, row.ask):
            self._note(row, None, seen)
        elif not self._book.doubted(row.ordinal):
            self._note(row, VerifyStatus.AS_ASKED, seen)

    async def _by_the_list_alone(self) -> None:
        """What no look-up could settle: contacts known by their ids, and all where no search finds anybody. The list is
        walked (again), and has the last word; an id that is not on it is nobody's, if the walk saw everybody."""
        first = await contact_list.read_first_page(self._reads, self._get)
        whole = False
        if first is not None:
            left = {row.ordinal for row in self._rows()}

            def judge(row: ExpectedRow, seen: Contact) -> None:
                if row.ordinal in left:
                    self._note(
                        row, VerifyStatus.NOT_AS_ASKED if differences(seen, row.ask) else VerifyStatus.AS_ASKED, seen
                    )

            whole = await self._walk(first, judge)
        for row in self._rows():
            if not whole:
                self._note(row, VerifyStatus.NOT_READ, told="the list of the team's contacts could not be read whole")
            elif row.by_id:
                self._note(row, VerifyStatus.NOT_FOUND, told="the list of the team's contacts does not hold it")
            else:
                told = "the API's search by phone is not known to find anybody, and the list does not show this number"
                self._note(row, VerifyStatus.NOT_READ, told=told)

    def _rows(self) -> list[ExpectedRow]:
        return self._book.wanted(self._account, 0, -1)

    # -- one contact -------------------------------------------------------------------------------------------------

    async def _look_ups(self) -> None:
        """Look up every row without a standing that has a number, several at a time."""
        waiting: list[ExpectedRow] = []
        after = 0

        def next_row() -> ExpectedRow | None:
            nonlocal after
            while not waiting:
                rows = self._book.wanted(self._account, after, _AT_HAND)
                if not rows:
                    return None
                after = rows[-1].ordinal
                waiting.extend(row for row in reversed(rows) if row.number is not None)
            return waiting.pop()

        async def look_on() -> None:
            while (row := next_row()) is not None:
                await self._look_up(row)
                self._watching.told(self._total - self._book.left(), self._total)

        async with anyio.create_task_group() as tasks:
            for _ in range(self._at_once):
                tasks.start_soon(look_on)

    async def _look_up(self, row: ExpectedRow) -> None:
        """Note where the row stands by what a search for its number shows. Not to be found so proves nothing of a
        contact that is known by its id, which may have another number, and nothing of anybody where no search finds
        people: then nothing is noted."""
        told = ""
        for attempt in range(_TRIES):
            if attempt:
                await anyio.sleep(_BETWEEN_TRIES_S * 2**attempt)
            seen = await self._searches.search(row.number or "", row.contact if row.by_id else None)
            if seen.contacts is None or (not seen.contacts and not seen.whole):
                told = f"the API did not show it (HTTP {seen.exchange.status})"
                continue
            if seen.contacts:
                wrong = next((contact for contact in seen.contacts if differences(contact, row.ask)), None)
                standing = VerifyStatus.AS_ASKED if wrong is None else VerifyStatus.NOT_AS_ASKED
                self._note(row, standing, wrong or seen.contacts[0])
            elif not row.by_id and await self._searches.finds_people():
                self._note(row, VerifyStatus.NOT_FOUND, told="the API does not list it")
            return
        self._note(row, VerifyStatus.NOT_READ, told=told)

    def _note(
        self, row: ExpectedRow, standing: VerifyStatus | None, seen: Contact | None = None, told: str = ""
    ) -> None:
        found = differences(seen, row.ask) if seen is not None else []
        kind = "; ".join(difference.kind for difference in found)
        told = told or "; ".join(difference.text for difference in found)
        self._book.note([(row.ordinal, standing, kind, told, seen.id if seen else None)], time())

    async def _get(self, reads: Reads, path: str, query: Mapping[str, str | int]) -> Exchange:
        """`reads.get_with_retries`, with the patience of a run once the API has answered at all: a 503 is no answer.

        Raises KeyRefused, and Unreachable once nothing was answered for so long.
        """
        while True:
            began = anyio.current_time()
            try:
                exchange = await get_with_retries(reads, path, query)
                if exchange.status != 503:
                    self._silent_since = None
                    return exchange
                fault = Unreachable(f"{reads.base_url} answers nothing but 503 (unavailable)")
            except Unreachable as unreachable:
                fault = unreachable
            if self._silent_since is None:
                self._silent_since = began
                if self._way.reader.made:
                    end = iso_utc(time() + began + self._give_up_after - anyio.current_time())
                    self._tell(f"the API cannot be reached; trying again until {end[11:16]} UTC")
            if not self._way.reader.made or anyio.current_time() - self._silent_since >= self._give_up_after:
                raise fault
            await anyio.sleep(_BETWEEN_OUTAGES_S)
