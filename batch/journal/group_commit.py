"""Group commit: many tasks note, one transaction writes.

Owns: turning "durable when it returns" into as few commits as there are, without delaying anybody for it.

While one transaction is being written, the entries of everybody else gather for the next one: alone, an entry is
written at once; under load, hundreds share one fsync. Pages are written one after the other, so an entry is durable no
later than those that were noted after it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

from batch.dispatcher.actions import RowResult
from batch.guayaba.contact import Contact
from batch.journal.entries import AttemptFinished, Entry

_T = TypeVar("_T")


class JournalAppender(Protocol):
    """What the scribe writes to: all entries durable when it returns, or an error and none of them."""

    def append(self, entries: Sequence[Entry]) -> None: ...


async def in_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns, worked out in a thread: an fsync must not hold up the wire."""
    return await anyio.to_thread.run_sync(work)


@dataclass(slots=True)
class _Page:
    entries: list[Entry] = field(default_factory=list)
    claimed: bool = False  # a task is about to write it
    left: anyio.Event = field(default_factory=anyio.Event)  # that task has written it, or was cancelled before it could
    written: bool = False  # or found not to be writable
    fault: BaseException | None = None


class GroupCommit:
    """Notes for one journal. `aside` runs the blocking work: in a thread, or, on a virtual clock, in place."""

    def __init__(
        self, ledger: JournalAppender, aside: Callable[[Callable[[], None]], Awaitable[None]] = in_thread
    ) -> None:
        self._ledger = ledger
        self._aside = aside
        self._page = _Page()
        self._turn = anyio.Lock(fast_acquire=True)
        self._fault: BaseException | None = None

    def jot(self, entry: Entry) -> None:
        """Put `entry` before whatever is noted next; it is durable when that is, or after a flush."""
        self._page.entries.append(entry)

    async def note(self, entry: Entry) -> None:
        """Return when `entry`, and all before it, is durable. Raises what the ledger raised, to all on its page."""
        self.jot(entry)
        await self._settle(self._page)

    async def flush(self) -> None:
        """Return when everything that was noted or jotted is durable, also by tasks that were cancelled meanwhile.
        Raises what the ledger raised, now or before."""
        if self._page.entries:
            await self._settle(self._page)
        else:
            async with self._turn:  # the page before it is written
                pass
        if self._fault is not None:
            raise self._fault

    async def exclusively(self, work: Callable[[], _T]) -> _T:
        """What `work` returns, while nobody writes."""
        async with self._turn:
            return work()

    async def _settle(self, page: _Page) -> None:
        """Wait until `page` is written, or write it: the first to come does, and, if it is cancelled, any other."""
        if page.claimed:
            await page.left.wait()
        page.claimed = True
        try:
            if not page.written:
                async with self._turn:
                    await anyio.lowlevel.checkpoint()  # whoever is ready to note in this very turn of the loop may
                    await self._write(page)
        finally:
            page.left.set()
        if page.fault is not None:
            raise page.fault

    async def _write(self, page: _Page) -> None:
        if page.written:
            return
        self._page = _Page()
        try:
            if self._fault is None:  # what is on the disk after a failed write is not known: nothing follows it
                with anyio.CancelScope(shield=True):  # it is written whole, whoever is cancelled while waiting for it
                    await self._aside(lambda: self._ledger.append(page.entries))
        except BaseException as fault:
            self._fault = fault
            if not isinstance(fault, Exception):
                raise
        finally:
            page.written, page.fault = True, self._fault


def attempt_finished(
    finding: RowResult,
    attempt: int | None,
    at: float,
    left_at: float | None = None,
    before: Contact | None = None,
) -> AttemptFinished:
    """The journal's entry for what the engine found. Times are epoch seconds: the answer was seen, the request left.

    `attempt` is `None` after a look; `before` is what a first look showed.
    """
    return AttemptFinished(
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
        before,
    )
