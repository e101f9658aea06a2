"""Looking up the contacts of rows one by one, several at a time.

Owns: the order of the rows, how many are under way, and how often a look-up is tried whose response cannot be read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

import anyio

#: Tries of a look-up whose response cannot be read, and half of the seconds before the second; then twice as many.
TRIES: Final = 3
_RETRY_DELAY_S: Final = 1.0


class _Row(Protocol):
    @property
    def ordinal(self) -> int: ...


T = TypeVar("T", bound=_Row)


async def for_each_row(
    rows_after: Callable[[int], Sequence[T]], look_up: Callable[[T], Awaitable[None]], concurrency: int
) -> None:
    """Await `look_up` for each row, `concurrency` at a time, in the order of their ordinals. `rows_after` gives the
    next rows behind an ordinal; none: there are no more."""
    waiting: list[T] = []
    after = 0

    def next_row() -> T | None:
        nonlocal after
        if not waiting:
            waiting.extend(reversed(rows_after(after)))
            if not waiting:
                return None
            after = waiting[0].ordinal
        return waiting.pop()

    async def work() -> None:
        while (row := next_row()) is not None:
            await look_up(row)

    async with anyio.create_task_group() as tasks:
        for _ in range(concurrency):
            tasks.start_soon(work)


async def pause_before_try(attempt: int) -> None:
    """Wait before the second and each later try of a look-up. `attempt`: from 0."""
    if attempt:
        await anyio.sleep(_RETRY_DELAY_S * 2**attempt)
