"""What the team's list says of a run's contacts, noted before any of them is written.

Owns: whether the list is walked or each contact looked up, which costs fewer reads; noting whom it shows; which rows
need no write, and how old what was read may be for that.
Flow: `take_stock` before the run is confirmed, so that its plan can say what is saved; `settle` once it is.

The list alone makes nobody `not_found`: whoever is not on it is looked up by phone first, for pages shift while they
are read. And it leaves nobody unwritten on old evidence: what was read more than a few seconds ago is read again, from
a second walk, which settles page by page, or contact by contact, whichever is cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from time import time
from typing import Final, NamedTuple

import anyio
import msgspec

from batch.dispatcher.api_session import ApiSession
from batch.dispatcher.reader import Reader
from batch.errors import KeyRefused, Unreachable
from batch.guayaba.contact import Contact, is_unchanged
from batch.guayaba.contact_list import ListProgress, Page, iter_pages, progress_estimator, read_first_page
from batch.journal.entries import ContactListed, Entry, ListPagesRead
from batch.journal.journal import Journal
from batch.model import ContactChange, Outcome

#: What was read longer ago proves no contact as asked. The engine's own looks hold as long.
FRESH_S: Final = 15.0
#: Pages that are under way at once: enough for the quota at half a second each.
_AT_ONCE: Final = 4
_TOLD: Final = "it was as asked when it was read; no write was made"

#: Rows of a contact that no other row is about, by number or by id: what its first row changes, its second must not be
#: judged by before.
_ALONE: Final = """NOT EXISTS (
    SELECT 1 FROM rows o WHERE o.contact IN (r.contact, lower(json_extract(CAST(b.contact AS TEXT), '$.id')),
    json_extract(CAST(b.contact AS TEXT), '$.phoneNumber'))
    AND o.account = r.account AND o.outcome IS NULL AND o.ordinal <> r.ordinal)"""
#: Rows that name an id, and no number but one that is to be set.
_BY_ID: Final = """r.contact NOT LIKE '+%' AND (r.phone IS NULL OR json_extract(CAST(r.ask AS TEXT), '$.phone_number')
    IS NOT NULL)"""
#: Rows that start outreach, or that merge custom variables into those that are there.
_MUST: Final = """(r.turn = 2 OR (json_extract(CAST(r.ask AS TEXT), '$.variables') IS NOT NULL
    AND NOT coalesce(json_extract(CAST(r.ask AS TEXT), '$.replace_variables'), 0)))"""


class SnapshotStats(NamedTuple):
    """What the list of one team said: `same` rows are as asked, `unlisted` ones are of nobody on it.

    `looked_up` are the rows for whose sake the list was not walked: each is looked up before its write.
    """

    same: int = 0
    unlisted: int = 0
    looked_up: int = 0


class _Row(NamedTuple):
    ordinal: int
    contact: str
    ask: ContactChange


def _ignore(_: ListProgress) -> None:
    return None


async def take_snapshot(
    journal: Journal, ways: Mapping[str, ApiSession], *, skips: bool, told: Callable[[ListProgress], object] = _ignore
) -> dict[str, SnapshotStats]:
    """What the lists say of the rows of `journal`, which holds it afterwards, by account; nothing where nothing is
    skipped.

    A list is also walked for contacts that are known by their ids alone and must be read before they are written:
    nothing else shows their numbers. `told` hears how far that is. Raises KeyRefused and Unreachable: nothing was sent.
    """
    lock = anyio.Lock()
    found: dict[str, SnapshotStats] = {}

    async def one(account: str, rows: int) -> None:
        reader = ways[account].reader
        must = _known_by_id_alone(journal, account, skips)
        if not skips and not must:
            return
        first = await read_first_page(reader)
        if first is None or (first.pages > rows and not must):
            journal.append([ListPagesRead(time(), 1)])
            found[account] = SnapshotStats(looked_up=rows)
            return
        await _SnapshotWriter(journal, account, lock, told).of(reader, first)
        found[account] = _count(journal, account)

    try:
        async with anyio.create_task_group() as tasks:
            for account, rows in journal.left().items():
                tasks.start_soon(one, account, rows)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    return found if skips else {}


async def settle_unchanged(
    journal: Journal, ways: Mapping[str, ApiSession], told: Callable[[ListProgress], object] = _ignore
) -> None:
    """Give the rows their final word that a list shows to be as asked, on evidence of a few seconds ago at most.

    The others are left as they are: each is looked at before its write, if it needs to be. `told`: as `take_stock`.
    """
    lock = anyio.Lock()
    try:
        async with anyio.create_task_group() as tasks:
            for account in journal.left():
                tasks.start_soon(_settle_one, journal, account, ways[account].reader, lock, told)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


async def _settle_one(
    journal: Journal, account: str, reader: Reader, lock: anyio.Lock, told: Callable[[ListProgress], object]
) -> None:
    candidates = {row.ordinal: row for row, _, seen in _fresh_reads(journal, account) if is_unchanged([seen], row.ask)}
    fresh = [
        ContactListed(row.ordinal, at, seen, Outcome.UNCHANGED, "already_so", _TOLD)
        for row, at, seen in _fresh_reads(journal, account)
        if row.ordinal in candidates and 0 <= time() - at <= FRESH_S
    ]
    journal.append(fresh)
    stale = candidates.keys() - {each.ordinal for each in fresh}
    # Where the list cannot be read now, each contact is looked at by itself, and the engine sees to an outage.
    with suppress(KeyRefused, Unreachable):
        if stale and (first := await read_first_page(reader)) is not None and first.pages < len(stale):
            await _SnapshotWriter(journal, account, lock, told, settling=stale).of(reader, first)


class _SnapshotWriter:
    """Notes of one walk over one list. With `settling`, rows that have been seen once, as asked, have their final word
    when they are seen so again."""

    def __init__(
        self,
        journal: Journal,
        account: str,
        lock: anyio.Lock,
        told: Callable[[ListProgress], object],
        settling: Collection[int] | None = None,
    ) -> None:
        self._journal, self._account, self._lock, self._told = journal, account, lock, told
        self._settling = settling
        self._doubtful: set[int] = set()  # rows that two contacts on the list could be
        self._began = time()

    async def of(self, reader: Reader, first: Page) -> None:
        """Walk the list from its `first` page on."""
        before = reader.made
        told = progress_estimator(self._account, reader.seconds_for, self._told)
        await iter_pages(reader, first, self._take, at_once=_AT_ONCE, told=told)
        self._journal.append([ListPagesRead(time(), 1 + reader.made - before)])

    async def _take(self, contacts: Sequence[Contact]) -> None:
        at = time()
        async with self._lock:
            self._journal.append(self._entries(contacts, at))

    def _entries(self, contacts: Sequence[Contact], at: float) -> list[Entry]:
        by_key: dict[str, Contact] = {}
        twins: set[str] = set()  # numbers of two contacts of this very page
        for seen in contacts:
            if seen.id is not None:
                by_key[seen.id.lower()] = seen
                if seen.phone_number is not None and by_key.setdefault(seen.phone_number, seen).id != seen.id:
                    twins.add(seen.phone_number)
        found: list[Entry] = []
        for row, known in self._rows(list(by_key)):
            seen = by_key[row.contact]
            if row.ordinal in self._doubtful:
                continue
            if row.contact in twins or (known is not None and known != seen.id and self._settling is None):
                self._doubtful.add(row.ordinal)
                found.append(ContactListed(row.ordinal, at, None))
            elif self._settling is None:
                found.append(ContactListed(row.ordinal, at, seen))
            elif row.ordinal in self._settling and known == seen.id:
                same = is_unchanged([seen], row.ask)
                told = (Outcome.UNCHANGED, "already_so", _TOLD) if same else (None, "", "")
                found.append(ContactListed(row.ordinal, at, seen, *told))
        return found

    def _rows(self, keys: Sequence[str]) -> list[tuple[_Row, str | None]]:
        """The rows of these contacts without a final word, and the id of whom this walk saw for each already (when
        settling: whom the walk before it saw)."""
        since = self._began if self._settling is None else 0.0
        found = self._journal.ask(
            "SELECT r.ordinal, r.contact, r.ask, json_extract(CAST(b.contact AS TEXT), '$.id') FROM rows r"
            " LEFT JOIN before b ON b.ordinal = r.ordinal AND b.at >= ?"
            " WHERE r.account = ? AND r.outcome IS NULL AND r.attempts = 0 AND r.contact IN"
            f" ({','.join('?' * len(keys))})",
            (since, self._account, *keys),
        )
        return [(_Row(ordinal, contact, _decode_change(ask)), known) for ordinal, contact, ask, known in found]


def _fresh_reads(journal: Journal, account: str) -> list[tuple[_Row, float, Contact]]:
    """What was read of the contacts of `account` whose only row has no final word and was never sent."""
    found = journal.ask(
        "SELECT r.ordinal, r.contact, r.ask, b.at, b.contact FROM rows r JOIN before b ON b.ordinal = r.ordinal"
        f" WHERE r.account = ? AND r.outcome IS NULL AND r.attempts = 0 AND NOT r.in_doubt AND {_ALONE}",
        (account,),
    )
    return [
        (_Row(ordinal, contact, _decode_change(ask)), at, msgspec.json.decode(seen, type=Contact))
        for ordinal, contact, ask, at, seen in found
    ]


def _known_by_id_alone(journal: Journal, account: str, skips: bool) -> bool:
    """True where a row without a final word can be read only once the list has shown its contact's number."""
    must = "1" if skips else _MUST
    told = f"SELECT 1 FROM rows r WHERE r.account = ? AND r.outcome IS NULL AND {_BY_ID} AND {must} LIMIT 1"
    return bool(list(journal.ask(told, (account,))))


def _count(journal: Journal, account: str) -> SnapshotStats:
    """How many rows of `account` are as asked, by what was read, and how many are of nobody who was read."""
    same = sum(is_unchanged([seen], row.ask) for row, _, seen in _fresh_reads(journal, account))
    ((unlisted,),) = journal.ask(
        "SELECT count(*) FROM rows r WHERE account = ? AND outcome IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM before b WHERE b.ordinal = r.ordinal)",
        (account,),
    )
    return SnapshotStats(same, unlisted)


def _decode_change(encoded: bytes) -> ContactChange:
    return msgspec.json.decode(encoded, type=ContactChange)
