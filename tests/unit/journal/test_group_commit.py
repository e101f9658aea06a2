"""Group commit: few writes, each durable when its note returns, and no note lost by a cancellation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest
import trio
import trio.testing
from harness.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.errors import JournalBroken
from batch.journal.entries import AttemptStarted, Entry
from batch.journal.group_commit import GroupCommit


@dataclass
class Ledger:
    """Remembers each append as one page; breaks at those whose number is in `breaks`."""

    pages: list[list[Entry]] = field(default_factory=list)
    breaks: frozenset[int] = frozenset()
    tried: int = 0

    def append(self, entries: Sequence[Entry]) -> None:
        self.tried += 1
        if self.tried in self.breaks:
            raise JournalBroken("the disk is full")
        self.pages.append(list(entries))

    @property
    def entries(self) -> list[Entry]:
        return [entry for page in self.pages for entry in page]


async def slowly(work: Callable[[], None]) -> None:
    """Work that takes a second; like a thread it cannot be left while it works, but may be before."""
    await anyio.lowlevel.checkpoint()
    with anyio.CancelScope(shield=True):
        await anyio.sleep(1.0)
        work()


def intent(n: int) -> AttemptStarted:
    return AttemptStarted(n, 1, float(n))


def in_virtual_time(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_alone_a_note_is_written_at_once() -> None:
    """Notes one after the other are one page each: nobody waits for company."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        for n in range(3):
            began = anyio.current_time()
            await group.append(intent(n))
            assert anyio.current_time() - began == pytest.approx(1.0)
            assert ledger.entries[-1] == intent(n)

    in_virtual_time(main)
    assert ledger.pages == [[intent(n)] for n in range(3)]


@pytest.mark.parametrize("crowd", [1, 2, 300])
def test_what_is_noted_while_a_page_is_written_makes_one_further_page(crowd: int) -> None:
    """However many note meanwhile, they share one append, in their order, and all return when it is done."""
    ledger = Ledger()
    returned: list[float] = []

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)

        async def note(n: int) -> None:
            await group.append(intent(n))
            assert intent(n) in ledger.entries
            returned.append(anyio.current_time() - began)

        async with anyio.create_task_group() as tasks:
            began = anyio.current_time()
            tasks.start_soon(note, 0)
            await anyio.sleep(0.5)
            for n in range(1, crowd + 1):
                tasks.start_soon(note, n)
                await anyio.sleep(0)

    in_virtual_time(main)
    assert [len(page) for page in ledger.pages] == [1, crowd]
    assert sorted(ledger.pages[1]) == [intent(n) for n in range(1, crowd + 1)]
    assert returned == pytest.approx([1.0] + [2.0] * crowd)


@settings(max_examples=examples(50))
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 4)), max_size=25))
def test_each_tasks_entries_are_written_once_and_in_its_order(notes: list[tuple[int, float]]) -> None:
    """Whatever the timing, nothing is lost or doubled, and a task's own notes keep their order."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)

        async def task(number: int) -> None:
            for at, (whose, wait) in enumerate(notes):
                if whose == number:
                    await anyio.sleep(wait)
                    await group.append(AttemptStarted(number, at, 0.0))
                    assert AttemptStarted(number, at, 0.0) in ledger.entries

        async with anyio.create_task_group() as tasks:
            for number in range(6):
                tasks.start_soon(task, number)

    in_virtual_time(main)
    written = [(entry.ordinal, entry.attempt) for entry in ledger.entries if isinstance(entry, AttemptStarted)]
    assert sorted(written) == sorted((whose, at) for at, (whose, _) in enumerate(notes))
    for number in range(6):
        own = [attempt for whose, attempt in written if whose == number]
        assert own == sorted(own)


def test_an_error_reaches_everybody_on_the_page_and_nobody_else() -> None:
    """When a page cannot be written, all who noted on it hear it; the page before it stays written."""
    ledger = Ledger(breaks=frozenset({2}))
    heard: dict[int, bool] = {}

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)

        async def note(n: int) -> None:
            try:
                await group.append(intent(n))
            except JournalBroken:
                heard[n] = True
            else:
                heard[n] = False

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note, 0)
            await anyio.sleep(0.5)
            for n in range(1, 5):
                tasks.start_soon(note, n)

    in_virtual_time(main)
    assert heard == {0: False, 1: True, 2: True, 3: True, 4: True}
    assert ledger.pages == [[intent(0)]]


def test_after_a_page_that_failed_nothing_more_is_written() -> None:
    """What is on the disk after a failed write is not known: later notes fail as well and try nothing."""
    ledger = Ledger(breaks=frozenset({1}))

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        for n in range(2):
            with pytest.raises(JournalBroken):
                await group.append(intent(n))

    in_virtual_time(main)
    assert (ledger.tried, ledger.pages) == (1, [])


# -- cancellation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["trio", "asyncio"])
def test_a_task_that_was_cancelled_in_its_write_goes_no_further(backend: str) -> None:
    """The append of a task that is cancelled while it writes does not return: the request behind it must not leave."""
    ledger, left = Ledger(), []

    async def main() -> None:
        async def cancelled(work: Callable[[], None]) -> None:
            scope.cancel()
            work()

        commit = GroupCommit(ledger, cancelled)
        with anyio.CancelScope() as scope:
            await commit.append(intent(1))
            left.append(1)

    anyio.run(main, backend=backend)
    assert (ledger.entries, left) == ([intent(1)], [])


def test_the_entry_of_a_task_that_was_cancelled_while_it_waited_is_flushed() -> None:
    """A note that waits for its turn when its task is cancelled is written by the flush, once."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(group.append, intent(0))
            await anyio.sleep(0.25)
            with anyio.move_on_after(0.25):
                await group.append(intent(1))
        assert ledger.entries == [intent(0)]
        await group.flush()
        await group.flush()

    in_virtual_time(main)
    assert ledger.pages == [[intent(0)], [intent(1)]]


def test_a_write_under_way_ends_although_its_task_is_cancelled() -> None:
    """Cancelled in the middle of its write, the page is written whole, and the flush writes nothing twice."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        with anyio.move_on_after(0.5):
            await group.append(intent(0))
        await group.flush()

    in_virtual_time(main)
    assert ledger.pages == [[intent(0)]]


@pytest.mark.parametrize("ticks", range(6))
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancellation_at_any_step_of_a_note_loses_nothing(ticks: int, backend: str) -> None:
    """With real threads: whenever the run is left, after the flush each noted entry is in the ledger exactly once."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger)
        async with anyio.create_task_group() as tasks:
            for n in range(3):
                tasks.start_soon(group.append, intent(n))
            for _ in range(ticks):
                await anyio.lowlevel.checkpoint()
            begun = set(ledger.entries) | set(group._batch.entries)
            tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await group.flush()
        assert begun <= set(ledger.entries)
        assert len(ledger.entries) == len(set(ledger.entries))
        if ticks:
            assert set(ledger.entries) == {intent(n) for n in range(3)}

    anyio.run(main, backend=backend)
    assert ledger.tried == len(ledger.pages)


def test_nobody_returns_from_a_page_that_was_not_written() -> None:
    """When the task that writes a page is cancelled first, others on that page still hear of durability only when
    it is there."""
    ledger = Ledger()
    returned: list[int] = []

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)

        async def note(n: int) -> None:
            await group.append(intent(n))
            returned.append(n)
            assert intent(n) in ledger.entries

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note, 0)
            await anyio.sleep(0.5)
            hasty = anyio.CancelScope()

            async def writer() -> None:
                with hasty:
                    await note(1)

            tasks.start_soon(writer)
            await anyio.sleep(0.25)
            tasks.start_soon(note, 2)
            # The writer of page 2 is woken when page 1 is done, and cancelled before its own write has begun.
            hasty.deadline = anyio.current_time() + 0.25
        await group.flush()

    in_virtual_time(main)
    assert 2 in returned
    assert sorted(ledger.entries) == [intent(0), intent(1), intent(2)]


@settings(max_examples=examples(100))
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.booleans(), st.none() | st.integers(0, 12)),  # when, jot first?, left after
        max_size=12,
    )
)
def test_an_append_that_returns_is_durable_whichever_task_is_cancelled(
    notes: list[tuple[int, bool, int | None]],
) -> None:
    """Tasks note, jot and are cancelled in any order and at any step: who returns is on the disk, with what came
    before; after the flush everything is there once."""
    ledger = Ledger()
    begun: list[Entry] = []

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)

        async def one(n: int, at: int, jot: bool, left_after: int | None) -> None:
            await anyio.sleep(at / 4)
            with anyio.move_on_after(None if left_after is None else left_after / 4):
                if jot:
                    begun.append(intent(100 + n))
                    group.queue(intent(100 + n))
                begun.append(intent(n))
                earlier = set(begun)
                await group.append(intent(n))
                assert earlier <= set(ledger.entries)

        async with anyio.create_task_group() as tasks:
            for n, note in enumerate(notes):
                tasks.start_soon(one, n, *note)
        await group.flush()

    in_virtual_time(main)
    assert ledger.entries == begun


def test_who_notes_while_an_orphaned_page_is_taken_waits_for_it() -> None:
    """A page whose first writer was cancelled is written by another; who joins it in that very moment returns no
    earlier than it is written."""

    async def main() -> None:
        ledger = Ledger()
        group = GroupCommit(ledger, run_blocking=slowly)

        async def note(n: int, at: float, left_at: float = 9.0, ticks: int = 0) -> None:
            await anyio.sleep(at)
            for _ in range(ticks):
                await anyio.lowlevel.checkpoint()
            with anyio.CancelScope(deadline=anyio.current_time() + left_at - at):
                await group.append(intent(n))
                assert intent(n) in ledger.entries

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(note, 0, 0.0)
            tasks.start_soon(note, 1, 0.25, 0.75)  # the first on its page; it leaves before its turn comes
            tasks.start_soon(note, 2, 0.5)  # whose turn it is at 1.0
            for n in range(3, 12):
                tasks.start_soon(note, n, 1.0, 9.0, n - 3)
        assert sorted(ledger.entries) == [intent(n) for n in range(12)]

    for _ in range(10):  # trio draws the order of tasks that are ready together
        in_virtual_time(main)


# -- jotting --------------------------------------------------------------------------------------------------------


def test_what_was_jotted_is_on_the_page_of_the_next_note() -> None:
    """A jot costs no write of its own: it stands before the next note, on the same page."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        group.queue(intent(0))
        group.queue(intent(1))
        await group.append(intent(2))

    in_virtual_time(main)
    assert ledger.pages == [[intent(0), intent(1), intent(2)]]


def test_a_flush_waits_for_the_page_that_is_being_written() -> None:
    """When a flush returns, what others had noted before it is durable too, though their page was taken already."""
    ledger = Ledger()

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(group.append, intent(0))
            await anyio.sleep(0.5)
            await group.flush()
            assert ledger.entries == [intent(0)]

    in_virtual_time(main)


def test_a_flush_tells_of_a_write_that_failed() -> None:
    """Whoever only jotted hears from the flush that the ledger is broken, at once and ever after."""
    ledger = Ledger(breaks=frozenset({1}))

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        group.queue(intent(0))
        for _ in range(2):
            with pytest.raises(JournalBroken):
                await group.flush()

    in_virtual_time(main)
    assert (ledger.tried, ledger.pages) == (1, [])


# -- the rest -------------------------------------------------------------------------------------------------------


def test_work_alone_sees_no_half_of_a_page() -> None:
    """`with_writer_lock` runs between two writes and never during one, and returns what the work does."""
    ledger = Ledger()
    seen: list[int] = []

    async def main() -> None:
        group = GroupCommit(ledger, run_blocking=slowly)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(group.append, intent(0))
            await anyio.sleep(0.5)
            seen.append(await group.with_writer_lock(lambda: len(ledger.entries)))

    in_virtual_time(main)
    assert seen == [1]


def test_with_nothing_noted_a_flush_writes_nothing() -> None:
    """A flush of an empty page is no append."""
    ledger = Ledger()
    in_virtual_time(GroupCommit(ledger, run_blocking=slowly).flush)
    assert ledger.tried == 0
