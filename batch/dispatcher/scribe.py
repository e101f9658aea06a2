"""Group commit: many tasks note, one transaction writes.

Owns: turning "durable when it returns" into as few commits as there are, without delaying anybody for it.
Does not own: what is written (`journal.py`).

While one transaction is being written, the entries of everybody else gather for the next one: alone, an entry is
written at once; under load, hundreds share one fsync.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread

from batch.dispatcher.commands import Finding
from batch.journal_entries import Entry, Found

_T = TypeVar("_T")


class Ledger(Protocol):
    """What the scribe writes to: all entries durable when it returns, or an error and none of them."""

    def append(self, entries: Sequence[Entry]) -> None: ...


async def in_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns, worked out in a thread: an fsync must not hold up the wire."""
    return await anyio.to_thread.run_sync(work)


@dataclass(slots=True)
class _Page:
    entries: list[Entry] = field(default_factory=list)
    written: bool = False
    fault: Exception | None = None


class Scribe:
    """Notes for one journal. `aside` runs the blocking work: in a thread, or, on a virtual clock, in place."""

    def __init__(self, ledger: Ledger, aside: Callable[[Callable[[], None]], Awaitable[None]] = in_thread) -> None:
        self._ledger = ledger
        self._aside = aside
        self._page = _Page()
        self._turn = anyio.Lock()
        self._fault: Exception | None = None

    async def note(self, entry: Entry) -> None:
        """Return when `entry` is durable. Raises what the ledger raised, to everybody on the same page."""
        page = self._page
        page.entries.append(entry)
        async with self._turn:
            await self._write(page)
        if page.fault is not None:
            raise page.fault

    async def flush(self) -> None:
        """Write what cancelled tasks left behind."""
        async with self._turn:
            await self._write(self._page)

    async def exclusively(self, work: Callable[[], _T]) -> _T:
        """What `work` returns, while nobody writes."""
        async with self._turn:
            return work()

    async def _write(self, page: _Page) -> None:
        if page.written or not page.entries:
            return
        page.written = True
        self._page = _Page()
        if self._fault is not None:
            page.fault = self._fault  # what is on the disk after a failed write is not known: nothing follows it
            return
        try:
            with anyio.CancelScope(shield=True):  # a page is written whole, whoever is cancelled while waiting for it
                await self._aside(lambda: self._ledger.append(page.entries))
        except Exception as fault:
            page.fault = self._fault = fault


def entry_of(finding: Finding, attempt: int | None, at: float, left_at: float | None = None) -> Found:
    """The journal's entry for what the engine found. Times are epoch seconds: the answer was seen, the request left.

    `attempt` is `None` after a look.
    """
    return Found(
        finding.ordinal,
        attempt,
        at,
        left_at,
        finding.status,
        finding.verdict,
        finding.outcome,
        finding.code,
        finding.message,
        finding.attempts,
        finding.in_doubt,
        finding.contact_id,
    )
