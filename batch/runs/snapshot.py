"""What the team's list shows of a run's contacts, recorded before any of them is written.

Owns: whether the list is read or each contact looked up, which costs fewer reads; which rows need no write, and how old
a read may be for that.
Flow: `take_snapshot` before the run is confirmed, so that its plan can say what is saved; `settle_unchanged` after it.

The list alone makes no row `not_found`: a contact that is not on it is looked up by phone first, because pages shift
while they are read. And old reads settle no row: what was read more than a few seconds ago is read again, by a second
walk, which settles page by page, or contact by contact, whichever is cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from time import time
from typing import Final, NamedTuple

import anyio

from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.reader import Reader
from batch.dispatcher.row_states import Event, State, next_transition
from batch.errors import KeyRefused, Unreachable, single_error
from batch.guayaba.contact import Contact, is_unchanged
from batch.guayaba.contact_list import ListProgress, Page, iter_pages, progress_estimator, read_first_page
from batch.guayaba.number_forms import siblings
from batch.journal.entries import ContactListed, Entry, ListPagesRead
from batch.journal.journal import Journal
from batch.journal.snapshot_queries import (
    needs_list,
    rows_not_listed,
    unsent_rows,
    unsent_rows_with_contact,
)
from batch.text.language import tr, tr_noop

#: A read that is older settles no row. The engine's own pre-write reads are valid as long.
FRESH_S: Final = 15.0
#: Pages under way at once: enough for the quota at half a second each.
_CONCURRENCY: Final = 4
_AS_ASKED: Final = next_transition(State.QUEUED, Event.LISTED_AS_ASKED)
_MESSAGE: Final = tr_noop("already up to date when it was read; no write was made")


class SnapshotStats(NamedTuple):
    """What the list of one team showed."""

    #: Rows that are as asked.
    same: int = 0
    #: Rows of contacts that are not on it.
    unlisted: int = 0
    #: Rows for which the list was not read: each is looked up before its write.
    looked_up: int = 0


def _ignore(_: ListProgress) -> None:
    return None


async def take_snapshot(
    journal: Journal,
    ways: Mapping[str, ApiSession],
    *,
    skips: bool,
    for_dnc: bool = False,
    on_progress: Callable[[ListProgress], object] = _ignore,
) -> dict[str, SnapshotStats]:
    """What the lists show of the rows of `journal`, by account, after it is recorded there; nothing without `skips`.
    `for_dnc`: a contact is read before it gets another status than DNC.

    A list is also read for contacts that are known by their ids alone and must be read before they are written: nothing
    else shows their numbers. `on_progress` gets the progress. Raises KeyRefused and Unreachable: nothing was sent.
    """
    lock = anyio.Lock()
    stats: dict[str, SnapshotStats] = {}

    async def one(account: str, rows: int) -> None:
        reader = ways[account].reader
        must = needs_list(journal, account, reads_all=skips, for_dnc=for_dnc)
        if not skips and not must:
            return
        first = await read_first_page(reader)
        if first is None or (first.pages > rows and not must):
            journal.append([ListPagesRead(time(), 1)])
            stats[account] = SnapshotStats(looked_up=rows)
            return
        if await _SnapshotWriter(journal, account, lock, on_progress).walk(reader, first):
            journal.mark_listed(account)
        stats[account] = _count(journal, account)

    with single_error():
        async with anyio.create_task_group() as tasks:
            for account, rows in journal.pending_by_account().items():
                tasks.start_soon(one, account, rows)
    return stats if skips else {}


async def settle_unchanged(
    journal: Journal,
    ways: Mapping[str, ApiSession],
    on_progress: Callable[[ListProgress], object] = _ignore,
    *,
    fresh_s: float = FRESH_S,
) -> None:
    """Settle the rows that a list shows to be as asked, by reads of at most `fresh_s` seconds ago.

    The others stay pending: each is read before its write, if necessary. `on_progress`: as `take_snapshot`.
    """
    lock = anyio.Lock()
    with single_error():
        async with anyio.create_task_group() as tasks:
            for account in journal.pending_by_account():
                tasks.start_soon(_settle_one, journal, account, ways[account].reader, lock, on_progress, fresh_s)


async def _settle_one(
    journal: Journal,
    account: str,
    reader: Reader,
    lock: anyio.Lock,
    on_progress: Callable[[ListProgress], object],
    fresh_s: float,
) -> None:
    # Of a list that was not read whole, nothing says whether the number has another contact in its other form.
    is_listed = journal.is_listed(account)
    as_asked = [
        each
        for each in unsent_rows_with_contact(journal, account)
        if is_unchanged([each[2]], each[0].change) and (is_listed or not siblings(each[0].contact))
    ]
    fresh = [
        ContactListed(row.ordinal, read_at, seen, *_AS_ASKED.end, tr(_MESSAGE))
        for row, read_at, seen in as_asked
        if 0 <= time() - read_at < fresh_s
    ]
    journal.append(fresh)
    stale = {row.ordinal for row, _, _ in as_asked} - {each.ordinal for each in fresh}
    # Where the list cannot be read now, each contact is read by itself, and the engine handles an outage.
    with suppress(KeyRefused, Unreachable):
        if stale and (first := await read_first_page(reader)) is not None and first.pages < len(stale):
            await _SnapshotWriter(journal, account, lock, on_progress, settling=stale).walk(reader, first)


class _SnapshotWriter:
    """Records one walk over one list. With `settling`, these rows, which were seen as asked once, are settled when they
    are seen so again."""

    def __init__(
        self,
        journal: Journal,
        account: str,
        lock: anyio.Lock,
        on_progress: Callable[[ListProgress], object],
        settling: Collection[int] | None = None,
    ) -> None:
        self._journal, self._account, self._lock, self._on_progress = journal, account, lock, on_progress
        self._settling = settling
        self._doubtful: set[int] = set()  # rows that two contacts on the list could be
        self._began = time()

    async def walk(self, reader: Reader, first: Page) -> bool:
        """Walk the list from its `first` page on. True where everybody on it was seen."""
        before = reader.made
        on_page = progress_estimator(self._account, reader.seconds_for, self._on_progress)
        complete = await iter_pages(reader, first, self._take, at_once=_CONCURRENCY, on_page=on_page)
        self._journal.append([ListPagesRead(time(), 1 + reader.made - before)])
        return complete

    async def _take(self, contacts: Sequence[Contact]) -> None:
        at = time()
        async with self._lock:
            self._journal.append(self._entries(contacts, at))

    def _entries(self, contacts: Sequence[Contact], at: float) -> list[Entry]:  # noqa: C901 - one branch for each thing that a list can show of a row
        by_key: dict[str, Contact] = {}
        twins: set[str] = set()  # numbers of two contacts of this very page, in whatever form
        for seen in contacts:
            if seen.id is not None:
                by_key[seen.id.lower()] = seen
                for number in _forms(seen):
                    if by_key.setdefault(number, seen).id != seen.id:
                        twins.add(number)
        entries: list[Entry] = []
        # A settling walk compares with the contact that the walk before it saw.
        since = self._began if self._settling is None else 0.0
        for row, known in unsent_rows(self._journal, self._account, list(by_key), since):
            seen = by_key[row.contact]
            if row.ordinal in self._doubtful:
                continue
            if row.contact in twins or (known is not None and known != seen.id and self._settling is None):
                self._doubtful.add(row.ordinal)
                entries.append(ContactListed(row.ordinal, at, None))
            elif self._settling is None:
                entries.append(ContactListed(row.ordinal, at, seen))
            elif row.ordinal in self._settling and known == seen.id:
                if is_unchanged([seen], row.change):
                    entries.append(ContactListed(row.ordinal, at, seen, *_AS_ASKED.end, tr(_MESSAGE)))
                else:
                    entries.append(ContactListed(row.ordinal, at, seen))
        return entries


def _forms(seen: Contact) -> tuple[str, ...]:
    """The numbers by which rows may mean this contact: its own, and the other forms of it."""
    return () if seen.phone_number is None else (seen.phone_number, *siblings(seen.phone_number))


def rows_without_call(journal: Journal, account: str) -> tuple[list[int], list[int]]:
    """The ordinals of the rows of `account` that need no call by what was read: as asked, and not on the list."""
    reads = unsent_rows_with_contact(journal, account)
    return [row.ordinal for row, _, seen in reads if is_unchanged([seen], row.change)], rows_not_listed(
        journal, account
    )


def _count(journal: Journal, account: str) -> SnapshotStats:
    """How many rows of `account` are as asked by what was read, and how many have no contact that was read."""
    same, unlisted = rows_without_call(journal, account)
    return SnapshotStats(len(same), len(unlisted))
