"""The program with its waits cut short: forked with `harness.hurried:main` by tests that look at what it says in the
end, and not at how long it tries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from batch.cli.main import main as program


def main(times: float) -> None:
    """Be the program, each pause of its own `times` shorter. Deadlines are what they are."""
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep

    async def hurried(delay: float) -> None:
        await sleep(delay / times)

    anyio.sleep = hurried
    program()
