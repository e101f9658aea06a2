"""All of the quota of real limiters, their rules unknown: `python tests/bench/bench_limiters.py [--quick|--install]`.

Each limiter (`limiters/`) is started on loopback and allows each key 30 writes in 6 s, by a rule of its own. Ours is
the program itself, from the file to the report; three ways that people limit calls with make the same `ROWS` writes at
the same time, each with a key of its own:

- plain bucket: 30 tokens, full at the start, one more each 0.2 s; 16 workers.
- aiolimiter: `AsyncLimiter(30, 6)`, the library itself; 16 workers.
- one each 0.2 s: from start to start, one at a time.

Two hosts are two runs of ours with one key, half of the rows each, and no common quota store; and two more with one: a
Redis on loopback, where redis-server and redis-py are installed.

Whoever is refused makes the call again when its limiter lets it. A proxy before the limiter counts what it answers.

- refused: calls that the limiter refused, the first window among them.
- of the allowed: calls that it accepted in the four windows after the first, of 30 a window.
- of the ideal: the time from the first call to the last accepted one, over that of a client which makes 30 calls at
  once and then one each 0.2 s (for a rate without burst: one each 0.2 s).

Ours is to reach 97% of the allowed with at most 3 refusals, two hosts at most 5% refused, where the limiter says what
is left, and with a store no more than one alone; else this ends with 1.
`--quick` runs nginx and slowapi only, and judges the refusals alone, by a bound that holds on a machine that has other
things to do: where a call is held up, the next one comes too early. The exact bounds are those of virtual time
(`tests/unit/dispatcher/pacing/test_limiters.py`). Node's packages are taken from
`~/.cache/guayaba-batch-bench`, where `--install` puts them; limiters without their packages are skipped.
"""

from __future__ import annotations

import asyncio
import importlib.util
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.calls import phones, write_csv
from bench.limiters.counting_proxy import CountingProxy
from bench.limiters.servers import LIMITERS, NODE_PACKAGES, Limiter, started

LIMIT: Final = 30
WINDOW: Final = 6.0
ROWS: Final = 5 * LIMIT
WORKERS: Final = 16
INTERVAL: Final = WINDOW / LIMIT
GOAL: Final = 0.97
MOST_REFUSED: Final = 3
MOST_REFUSED_QUICK: Final = ROWS // 10
MOST_REFUSED_OF_TWO: Final = 0.05
#: No client takes longer; what is not done then is not waited for.
LONGEST_S: Final = 75.0
#: So many limiters are measured side by side.
TOGETHER: Final = 2
OURS: Final = "ours"
TWO: Final = "ours, two hosts"
STORE: Final = "two and a store"
#: A store that is new gives nothing for the longest time of a request: it is a window here, not half a minute.
TIMEOUT: Final = "6s"

Call = Callable[[], Awaitable[bool]]


async def plain_bucket(call: Call) -> None:
    """A token bucket as it stands in most answers on the subject."""
    tokens, filled_at = float(LIMIT), time.monotonic()
    turn = asyncio.Lock()

    async def token() -> None:
        nonlocal tokens, filled_at
        async with turn:
            while True:
                now = time.monotonic()
                tokens, filled_at = min(LIMIT, tokens + (now - filled_at) / INTERVAL), now
                if tokens >= 1.0:
                    break
                await asyncio.sleep((1.0 - tokens) * INTERVAL)
            tokens -= 1.0

    await _workers(call, token)


async def aiolimiter(call: Call) -> None:
    """The library, as its documentation shows it."""
    from aiolimiter import AsyncLimiter

    limiter = AsyncLimiter(LIMIT, WINDOW)
    await _workers(call, limiter.acquire)


async def fixed_interval(call: Call) -> None:
    """One call after the other, spaced from start to start."""
    done = 0
    while done < ROWS:
        began = time.monotonic()
        done += await call()
        await asyncio.sleep(max(0.0, began + INTERVAL - time.monotonic()))


async def _workers(call: Call, token: Callable[[], Awaitable[None]]) -> None:
    left = ROWS

    async def work() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            while True:
                await token()
                if await call():
                    break

    await asyncio.gather(*(work() for _ in range(WORKERS)))


PEERS: Final = {"plain bucket": plain_bucket, "aiolimiter": aiolimiter, "one each 0.2 s": fixed_interval}


class Score(NamedTuple):
    """What the limiter answered to one key."""

    accepted: int
    refused: int
    #: Of the calls that the four windows after the first allow.
    share: float
    #: The time until the last accepted call, over the ideal one.
    wall: float
    #: The part of the accepted calls that the first of two hosts made.
    split: float = 0.0


@contextmanager
def quota_store(folder: Path) -> Iterator[str]:
    """The address of a Redis of our own; empty where it is not installed."""
    program = shutil.which("redis-server")
    if program is None or importlib.util.find_spec("redis") is None:
        yield ""
        return
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", f"{port}", "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            while server.poll() is None:
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


async def run_ours(url: str, key: str, folder: Path, rows: int, *options: str) -> None:
    """The program, with a home of its own: a host."""
    folder.mkdir(parents=True)
    write_csv(folder / "in.csv", ["Phone"], ([phone] for phone in phones(rows)))
    env = {**os.environ, "GUAYABA_API_KEY": key, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    command = ["-m", "batch", "update", "in.csv", "--status", "DNC", "--base-url", url, "--window", f"{WINDOW:g}s"]
    with (folder / "log").open("w") as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable, *command, "--fresh", "--yes", *options, cwd=folder, env=env, stdout=log, stderr=log
        )
        try:
            code = await asyncio.wait_for(child.wait(), LONGEST_S)
        except TimeoutError:
            child.send_signal(signal.SIGTERM)
            code = await child.wait()
    if code:
        print(f"the program ended with {code}: {(folder / 'log').read_text()[-600:]}", file=sys.stderr)


async def run_peer(peer: Callable[[Call], Awaitable[None]], url: str, key: str) -> None:
    """One of the other ways, over one client."""
    import aiohttp

    async with aiohttp.ClientSession(headers={"X-API-Key": key}) as session:

        async def call() -> bool:
            body = {"phone": "+12125550100", "status": "DNC"}
            async with session.post(f"{url}/contacts/update", json=body) as answer:
                await answer.read()
                return bool(answer.status == 200)

        try:
            await asyncio.wait_for(peer(call), LONGEST_S)
        except TimeoutError:
            return


async def measured(limiter: Limiter, folder: Path, store: str, *, quick: bool) -> dict[str, Score]:
    """What each side came to at `limiter`; `store` is the address of a quota store, if there is one."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(started(limiter, folder))
        proxy = await stack.enter_async_context(CountingProxy(port))
        keys = {side: f"gua_bench{at:03d}_no-such-key" for at, side in enumerate((OURS, TWO, *PEERS, STORE))}
        peers = [] if quick or importlib.util.find_spec("aiohttp") is None else list(PEERS)
        if importlib.util.find_spec("aiolimiter") is None:
            peers = [peer for peer in peers if peer != "aiolimiter"]
        hosts = [] if quick else [folder / "east", folder / "west"]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_ours(proxy.url(), keys[OURS], folder / "one", ROWS))
            for at, host in enumerate(hosts):
                tasks.create_task(run_ours(proxy.url(at), keys[TWO], host, ROWS // 2))
            for host in hosts if store else []:
                options = ("--quota-store", store, "--timeout", TIMEOUT)
                at_store = host.with_name(f"{host.name} with a store")
                tasks.create_task(run_ours(proxy.url(), keys[STORE], at_store, ROWS // 2, *options))
            for peer in peers:
                tasks.create_task(run_peer(PEERS[peer], proxy.url(), keys[peer]))
        sides = [OURS, *([TWO] if hosts else []), *([STORE] if hosts and store else []), *peers]
        return {side: score(proxy, keys[side], limiter) for side in sides}


def score(proxy: CountingProxy, key: str, limiter: Limiter) -> Score:
    calls = sorted(proxy.calls[key])
    accepted = [at for at, status, _ in calls if status == 200]
    if not accepted:
        return Score(0, len(calls), 0.0, math.inf)
    began = calls[0][0]
    share = sum(began + WINDOW <= at < began + 5 * WINDOW for at in accepted) / (4 * LIMIT)
    ideal = (ROWS - limiter.burst) * INTERVAL
    first = sum(status == 200 and host == 0 for _, status, host in calls)
    refused = sum(status in (429, 503) for _, status, _ in calls)
    return Score(len(accepted), refused, share, (accepted[-1] - began) / ideal, first / max(1, len(accepted)))


def shown(limiter: Limiter, scores: dict[str, Score], *, quick: bool) -> bool:
    """Print the lines of a limiter; true where ours reached its goals, of which `quick` has the refusals alone."""
    good = True
    for side, found in scores.items():
        name = limiter.name if side == OURS else ""
        note = f"  split {found.split:.0%} : {1 - found.split:.0%}" if side == TWO else ""
        if found.accepted < ROWS:
            note += f"  {found.accepted:,} of {ROWS:,} rows in time"
        if side == OURS:
            good &= found.refused <= (MOST_REFUSED_QUICK if quick else MOST_REFUSED)
            good &= quick or (found.accepted == ROWS and found.share >= GOAL)
        elif side == STORE:
            good &= found.refused <= MOST_REFUSED and found.accepted == ROWS
        elif side == TWO and limiter.says_what_is_left:
            good &= found.refused <= MOST_REFUSED_OF_TWO * (found.accepted + found.refused)
        print(f"{name:<28} {side:<16} {found.refused:>7} {found.share:>14.1%} {found.wall:>12.2f}x{note}", flush=True)
    return good


async def measure(limiters: list[Limiter], *, quick: bool) -> bool:
    """Print the table; true where ours reached its goals at each limiter."""
    print(f"{LIMIT} writes in {WINDOW:g} s for each key, {ROWS} rows")
    print(f"{'limiter':<28} {'':<16} {'refused':>7} {'of the allowed':>14} {'of the ideal':>13}")
    places = asyncio.Semaphore(TOGETHER)

    async def one(limiter: Limiter, folder: Path) -> dict[str, Score]:
        async with places:
            return await measured(limiter, folder, store, quick=quick)

    good = True
    with tempfile.TemporaryDirectory() as name, quota_store(Path(name)) as store:
        running = []
        for at, limiter in enumerate(limiters):
            if missing := limiter.missing():
                print(f"{limiter.name:<28} skipped: {missing}")
                continue
            folder = Path(name) / str(at)
            folder.mkdir()
            running.append((limiter, asyncio.create_task(one(limiter, folder))))
        for limiter, task in running:
            good &= shown(limiter, await task, quick=quick)
    return good


def install() -> int:
    """Put Node's packages where the benchmark looks for them."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed")
    NODE_PACKAGES.mkdir(parents=True, exist_ok=True)
    pinned = sorted({package for limiter in LIMITERS if limiter.kind == "node" for package in limiter.packages})
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(NODE_PACKAGES), *pinned]
    return os.spawnv(os.P_WAIT, npm, command)


if __name__ == "__main__":
    if "--install" in sys.argv[1:]:
        sys.exit(install())
    quick = "--quick" in sys.argv[1:]
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    chosen = [one for one in LIMITERS if (one.quick or not quick) and (not words or any(w in one.name for w in words))]
    sys.exit(0 if asyncio.run(measure(chosen, quick=quick)) else 1)
