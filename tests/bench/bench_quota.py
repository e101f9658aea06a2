"""How much of a quota is used, and how often it is overrun: `python tests/bench/bench_quota.py [--quick]`.

Ours (the engine, bucket, workers and writer of a run) and three ways that people limit calls with, each for an hour of
virtual time against the same server: 30 writes a minute, in fixed or sliding windows; it answers after 5 ms, after 2 s,
or after something between nothing and 4 s.

- plain bucket: 30 tokens, full at the start, one more every two seconds; 16 workers.
- aiolimiter: `AsyncLimiter(30, 60)`, the library itself; 16 workers.
- curl --rate 30/m, modelled: one call at a time, and from start to start at least two seconds (curl's manual).

Whoever is refused makes the call again when its limiter lets it. A call is *made* when the server accepts it; made
calls are counted from the second minute on, 429s from the first.

- of the limit: calls made, of 30 for every minute.
- of what is safe: calls made, of those that a client can make which is to meet no 429 from any such server. It cannot
  see when, between request and answer, a call was counted, so the call's place is free again a minute after its answer:
  30 calls for every minute *and latency*. At 2 s that is 97% of the limit. Who makes more has luck with a server
  whose latency never changes; from that of the last tables it gets 429s.

Ours is to make 99% of those calls and to meet no 429; else this ends with 1.
"""

from __future__ import annotations

import asyncio
import importlib.util
import random
import selectors
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import anyio

sys.path.insert(0, str(Path(__file__).parents[1]))  # the stage that the flow tests play on

from unit.dispatcher.harness import DNC, Server, Stage

from batch.journal.entries import PendingRow

LIMIT: Final = 30
WINDOW: Final = 60.0
WINDOWS: Final = 60
QUICK_WINDOWS: Final = 6
WORKERS: Final = 16
GOAL: Final = 0.99
#: The server's windows do not begin when a client does.
BEGUN_AT: Final = -41.0

_TURN_S: Final = 1e-6

Side = Callable[[Server], Awaitable[None]]


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which nobody waits: where it would, its clock jumps. Each turn takes a microsecond, as if it had
    been worked on: there are limiters that wait for less than a float can tell."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self.now


class _Jumps(selectors.DefaultSelector):
    """Waits for nothing: it moves the clock of its loop instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        self._loop.now += max(timeout or 0.0, _TURN_S)
        return super().select(0)


async def ours(server: Server) -> None:
    """The dispatcher of a run, its journal in memory."""
    stage = Stage(server, rows=LIMIT * (WINDOWS + 2))
    stage.open()
    await stage.workers.run()


async def plain_bucket(server: Server) -> None:
    """A token bucket as it stands in most answers on the subject."""
    tokens, filled_at = float(LIMIT), anyio.current_time()
    turn = anyio.Lock()

    async def token() -> None:
        nonlocal tokens, filled_at
        async with turn:
            while True:
                now = anyio.current_time()
                tokens, filled_at = min(LIMIT, tokens + (now - filled_at) * LIMIT / WINDOW), now
                if tokens >= 1.0:
                    break
                await anyio.sleep((1.0 - tokens) * WINDOW / LIMIT + 1e-9)
            tokens -= 1.0

    await _workers(server, token)


async def aiolimiter(server: Server) -> None:
    """The library, as its documentation shows it."""
    from aiolimiter import AsyncLimiter

    limiter = AsyncLimiter(LIMIT, WINDOW)
    await _workers(server, limiter.acquire)


async def curl_rate(server: Server) -> None:
    """One transfer after the other, as `curl --rate 30/m` spaces them."""
    while True:
        began = anyio.current_time()
        await server.send(PendingRow(0, "c", None, DNC, 0, False))
        await anyio.sleep(max(0.0, began + WINDOW / LIMIT - anyio.current_time()))


async def _workers(server: Server, token: Callable[[], Awaitable[None]]) -> None:
    async def work() -> None:
        while True:
            await token()
            await server.send(PendingRow(0, "c", None, DNC, 0, False))

    async with anyio.create_task_group() as tasks:
        for _ in range(WORKERS):
            tasks.start_soon(work)


SIDES: Final[Mapping[str, Side]] = {
    "ours": ours,
    "plain bucket": plain_bucket,
    "aiolimiter": aiolimiter,
    "curl --rate": curl_rate,
}


class Score(NamedTuple):
    """What the server saw: calls that it accepted after the first window, and all that it refused."""

    made: int
    refused: int


def played(side: Side, server: Server, windows: int) -> Score:
    """How `side` fares for `windows` windows, after a first one."""

    async def main() -> None:
        with anyio.move_on_after((windows + 1) * WINDOW):
            await side(server)

    anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualLoop})
    counted = sum(WINDOW <= at < (windows + 1) * WINDOW for at in server.all_counted)
    return Score(counted, server.refused)


def measure(windows: int) -> bool:
    """Print a table for each server; true where ours makes its calls and meets no 429."""
    found = [
        compared(sliding, latency, swings, windows)
        for latency, swings in ((0.005, False), (2.0, False), (2.0, True))
        for sliding in (False, True)
    ]
    return all(found)


def compared(sliding: bool, latency: float, swings: bool, windows: int) -> bool:
    """Print the table of one server, its latency always the same or, on average, `latency`."""
    allowed = LIMIT * windows
    safe = allowed * WINDOW / (WINDOW + latency)
    after = f"0 to {2 * latency:g}" if swings else f"{latency:g}"
    print(
        f"\n{LIMIT} a minute in {'sliding' if sliding else 'fixed'} windows, answers after {after} s, {windows} minutes"
    )
    print(f"{'':<14} {'made':>7} {'of the limit':>13} {'of what is safe':>16} {'429s':>6} {'ours makes':>11}")
    own, good = 0, True
    for name, side in SIDES.items():
        if name == "aiolimiter" and importlib.util.find_spec(name) is None:
            print(f"{name:<14} skipped: it is not installed (pip install -e '.[bench]')")
            continue
        server = Server(sliding=sliding, latency=latency, begun_at=BEGUN_AT)
        if swings:
            server.swing = partial(random.Random(7).uniform, 0.0, 2.0)
        score = played(side, server, windows)
        if side is ours:
            own, good = score.made, score.refused == 0 and score.made >= GOAL * safe
        print(
            f"{name:<14} {score.made:>7,} {score.made / allowed:>13.1%} {score.made / safe:>16.1%}"
            f" {score.refused:>6,} {'' if side is ours else f'{own / score.made:.3f}x':>11}"
        )
    return good


if __name__ == "__main__":
    sys.exit(0 if measure(QUICK_WINDOWS if "--quick" in sys.argv[1:] else WINDOWS) else 1)
