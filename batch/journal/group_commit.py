"""Group commit: many tasks append entries, one transaction writes them.

Owns: "durable when `append` returns", with few commits and no added delay.

While one transaction is being written, new entries collect for the next one: a single entry is written at once; under
load, hundreds share one fsync. Batches are written one after the other, so an entry is durable no later than those that
were appended after it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

from batch.journal.entries import Entry

_T = TypeVar("_T")

#: What tasks append that are ready in so many passes of the event loop is written together: a pass takes microseconds,
#: and a transaction as long as forty rows of one.
_PASSES: Final = 5


class JournalAppender(Protocol):
    """Where the entries go: all are durable when it returns, or it raises and none of them is written."""

    def append(self, entries: Sequence[Entry]) -> None: ...


async def in_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns, run in a thread: an fsync must not delay the requests."""
    return await anyio.to_thread.run_sync(work)


@dataclass(slots=True)
class _Batch:
    entries: list[Entry] = field(default_factory=list)
    claimed: bool = False  # a task is about to write it
    left: anyio.Event = field(default_factory=anyio.Event)  # that task has written it, or was cancelled before
    written: bool = False  # or failed
    fault: BaseException | None = None


class GroupCommit:
    """Entries for one journal. `run_blocking` runs the write: in a thread, or, on a virtual clock, in place."""

    def __init__(
        self, journal: JournalAppender, run_blocking: Callable[[Callable[[], None]], Awaitable[None]] = in_thread
    ) -> None:
        self._journal = journal
        self._run_blocking = run_blocking
        self._batch = _Batch()
        self._writer_lock = anyio.Lock(fast_acquire=True)
        self._fault: BaseException | None = None

    def queue(self, entry: Entry) -> None:
        """Put `entry` before the next one that is appended; it is durable when that one is, or after a flush."""
        self._batch.entries.append(entry)

    def append(self, entry: Entry) -> Coroutine[Any, Any, None]:
        """Return when `entry`, and all before it, is durable. Raises the error of the write, for all in its batch."""
        self.queue(entry)
        return self._complete(self._batch)

    async def flush(self) -> None:
        """Return when everything that was appended or queued is durable, also by tasks that were cancelled meanwhile.
        Raises the error of the write, now or earlier."""
        if self._batch.entries:
            await self._complete(self._batch)
        else:
            async with self._writer_lock:  # the batch before it is written
                pass
        if self._fault is not None:
            raise self._fault

    async def with_writer_lock(self, work: Callable[[], _T]) -> _T:
        """What `work` returns, run while no batch is written."""
        async with self._writer_lock:
            return work()

    async def _complete(self, batch: _Batch) -> None:
        """Wait until `batch` is written, or write it: the first task does, and, if it is cancelled, another one."""
        if batch.claimed:
            await batch.left.wait()
        batch.claimed = True
        try:
            if not batch.written:
                async with self._writer_lock:
                    if not batch.written:  # else the one before was cancelled, and another wrote it
                        await self._write(batch)
        finally:
            batch.left.set()
        if batch.fault is not None:
            raise batch.fault

    async def _write(self, batch: _Batch) -> None:
        """Write `batch`, after what is ready in the next passes has joined it."""
        for _ in range(_PASSES):
            await anyio.lowlevel.checkpoint()
        self._batch = _Batch()
        try:
            if self._fault is None:  # after a failed write the disk is unknown: write nothing more
                with anyio.CancelScope(shield=True):  # a cancelled task does not interrupt the write
                    await self._run_blocking(lambda: self._journal.append(batch.entries))
        except BaseException as fault:
            self._fault = fault
            if not isinstance(fault, Exception):
                raise
        finally:
            batch.written, batch.fault = True, self._fault
        if self._fault is None:  # what follows an append is a request: a cancelled task makes none
            await anyio.lowlevel.checkpoint_if_cancelled()
