"""What a call costs where no quota binds: `python tests/bench/bench_cost.py [rows] [--quick] [--peer REPO]`.

Ours is the whole path of the program, from the file to the reports, its journal on the disk and durable before each
call; the peers make the same calls with the same input and keep nothing. Each has 100 calls under way at once, runs in
a process of its own on the first core, and is timed from its start to its end, imports included; the server
(`raw_server.py`) has the last core. The best of `REPEATS` turns counts.

- httpx: one AsyncClient, 100 tasks, `client.post(url, json=...)`.
- aiohttp: one ClientSession, 100 tasks, `session.post(url, json=...)`.
- curl --parallel: one config file with all calls, `--parallel-max 100`.
- an earlier version of this program, with `--peer REPO` (or GUAYABA_PEER): a checkout with its own .venv.

CPU a row is what to look at on a machine that has other things to do. A second table takes start and end apart from
the rows, by a line through this run and one of a tenth of the rows (`SHORTER`). Ends with 1 where a call failed or, but
for the quick mode, where ours misses a goal: `OF_AIOHTTP` of the rows a second of the aiohttp loop; beside an earlier
version, `OF_EARLIER` of its CPU a row and no more memory.
"""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.calls import KEY, Cost, measured, on_first_core, phones, serving, write_csv

ROWS: Final = 20_000
QUICK_ROWS: Final = 300
REPEATS: Final = 2
#: The rows of the run that tells what start and end cost, of those of the other.
SHORTER: Final = 10
CONCURRENT: Final = 100
#: Rows a second of ours, of those of the aiohttp loop; CPU a row of ours, of that of an earlier version.
OF_AIOHTTP: Final = 0.9
OF_EARLIER: Final = 0.6
#: The documented limit of a key.
WRITES_A_MINUTE: Final = 30
HEADERS: Final = {"X-API-Key": KEY}
#: The checkout of an earlier version; empty: none.
PEER: Final = sys.argv[sys.argv.index("--peer") + 1] if "--peer" in sys.argv else os.environ.get("GUAYABA_PEER", "")


def numbers_in(path: Path) -> Iterator[str]:
    with path.open(newline="") as source:
        for row in csv.DictReader(source):
            yield row["Phone"]


async def _loops(source: Path, call: Callable[[str], Awaitable[int]]) -> int:
    """How many of the calls, `CONCURRENT` at a time, were answered with 200."""
    numbers, good = numbers_in(source), 0

    async def loop() -> None:
        nonlocal good
        for phone in numbers:
            status = await call(phone)
            good += status == 200

    await asyncio.gather(*(loop() for _ in range(CONCURRENT)))
    return good


async def by_httpx(url: str, source: Path) -> int:
    import httpx

    limits = httpx.Limits(max_connections=CONCURRENT, max_keepalive_connections=CONCURRENT)
    async with httpx.AsyncClient(limits=limits, headers=HEADERS, trust_env=False) as client:

        async def call(phone: str) -> int:
            answer = await client.post(f"{url}/contacts/update", json={"phone": phone, "status": "DNC"})
            answer.json()
            return answer.status_code

        return await _loops(source, call)


async def by_aiohttp(url: str, source: Path) -> int:
    import aiohttp

    async with aiohttp.ClientSession(headers=HEADERS) as session:

        async def call(phone: str) -> int:
            body = {"phone": phone, "status": "DNC"}
            async with session.post(f"{url}/contacts/update", json=body) as answer:
                await answer.json()
                return int(answer.status)

        return await _loops(source, call)


def curl_config(url: str, source: Path) -> str:
    calls = [
        f'url = "{url}/contacts/update"\nheader = "X-API-Key: {KEY}"\nheader = "Content-Type: application/json"\n'
        f'data = "{{\\"phone\\":\\"{phone}\\",\\"status\\":\\"DNC\\"}}"\noutput = "/dev/null"\n'
        'write-out = "%{http_code}\\n"\n'
        for phone in numbers_in(source)
    ]
    return "next\n".join(calls)


def ours(url: str, folder: Path, python: str = sys.executable) -> tuple[Cost, int]:
    """`python` is the one of the version that is run."""
    command = ["-m", "batch", "update", "in.csv", "--status", "DNC", "--base-url", url, "--workers", f"{CONCURRENT}"]
    cost = measured([python, *command, "--fresh", "--yes", "--quiet", "--json"], folder)
    return cost, json.loads(cost.said)["counts"]["succeeded"]


def httpx_loop(url: str, folder: Path) -> tuple[Cost, int]:
    cost = measured([sys.executable, __file__, "--side", "httpx", url], folder)
    return cost, int(cost.said)


def aiohttp_loop(url: str, folder: Path) -> tuple[Cost, int]:
    cost = measured([sys.executable, __file__, "--side", "aiohttp", url], folder)
    return cost, int(cost.said)


def curl_parallel(url: str, folder: Path) -> tuple[Cost, int]:
    (folder / "curl.cfg").write_text(curl_config(url, folder / "in.csv"))
    cost = measured(["curl", "-s", "--parallel", "--parallel-max", f"{CONCURRENT}", "-K", "curl.cfg"], folder)
    return cost, cost.said.count("200\n")


def earlier(url: str, folder: Path) -> tuple[Cost, int]:
    own = folder / "earlier"  # its quota store is none of ours
    own.mkdir(exist_ok=True)
    shutil.copy(folder / "in.csv", own)
    return ours(url, own, str(Path(PEER).resolve() / ".venv/bin/python"))


SIDES: Final = {
    "ours": ours,
    "earlier version": earlier,
    "httpx loop": httpx_loop,
    "aiohttp loop": aiohttp_loop,
    "curl --parallel": curl_parallel,
}


def missing(name: str) -> str | None:
    """What is to be installed before `name` can be measured."""
    if name == "earlier version" and not PEER:
        return "no --peer was given"
    if name == "aiohttp loop" and importlib.util.find_spec("aiohttp") is None:
        return "aiohttp is not installed (pip install -e '.[bench]')"
    if name == "curl --parallel" and shutil.which("curl") is None:
        return "curl is not installed"
    return None


def best_of(rows: int, repeats: int) -> dict[str, tuple[Cost, int]]:
    """What each side cost at best with `rows` rows, and how many of its calls succeeded at least."""
    found: dict[str, tuple[Cost, int]] = {}
    with tempfile.TemporaryDirectory() as name, serving() as url:
        folder = Path(name)
        write_csv(
            folder / "in.csv",
            ["Name", "Phone", "Company"],
            ([f"Contact {at}", phone, "Acme, Inc."] for at, phone in enumerate(phones(rows))),
        )
        for _ in range(repeats):
            for side in filter(lambda side: missing(side) is None, SIDES):
                cost, good = SIDES[side](url, folder)
                best = found.get(side, (cost, good))
                found[side] = (
                    Cost(min(cost.seconds, best[0].seconds), min(cost.cpu, best[0].cpu), cost.peak, ""),
                    min(good, best[1]),
                )
    return found


def measure(rows: int, repeats: int, *, judged: bool) -> bool:
    """Print a line for each side; true where every side made all its calls and, if that is `judged`, ours reached its
    goals."""
    on_first_core()
    found = best_of(rows, repeats)
    print(f"{rows:,} rows, {CONCURRENT} calls at once, on one core")
    print(f"{'':<16} {'rows/s':>8} {'CPU us/row':>11} {'peak MB':>8} {'ours is':>8} {'ours CPU':>9}")
    own = found["ours"][0]
    for side in SIDES:
        if side not in found:
            print(f"{side:<16} skipped: {missing(side)}")
            continue
        cost, good = found[side]
        ratios = "" if side == "ours" else f"{cost.seconds / own.seconds:>7.2f}x {own.cpu / cost.cpu:>8.2f}x"
        wrong = "" if good == rows else f"   only {good:,} calls succeeded"
        print(
            f"{side:<16} {rows / cost.seconds:>8,.0f} {1e6 * cost.cpu / rows:>11,.0f} {cost.peak:>8,} {ratios}{wrong}"
        )
    keys = rows / own.cpu / (WRITES_A_MINUTE / 60)
    print(f"one core of this machine drives {keys:,.0f} keys at their full {WRITES_A_MINUTE} writes a minute")
    costs = {side: cost for side, (cost, _) in found.items()}
    if judged:
        print_apart(costs, rows, {side: cost for side, (cost, _) in best_of(rows // SHORTER, repeats).items()})
    complete = all(good == rows for _, good in found.values())
    return complete and (not judged or reached(costs))


def print_apart(costs: dict[str, Cost], rows: int, shorter: dict[str, Cost]) -> None:
    """Print what start and end cost each side, and what each row does, by its `costs` of `rows` rows and of `shorter`
    ones."""
    fewer = rows // SHORTER
    print(f"{'':<16} {'start and end: CPU ms':>22} {'each row: CPU us':>17} {'ours CPU':>9}")
    each = {side: (cost.cpu - shorter[side].cpu) / (rows - fewer) for side, cost in costs.items()}
    for side, of_row in each.items():
        ratio = "" if side == "ours" else f"{each['ours'] / of_row:>8.2f}x"
        print(f"{side:<16} {1e3 * (costs[side].cpu - rows * of_row):>22,.0f} {1e6 * of_row:>17,.0f} {ratio}")


def reached(costs: dict[str, Cost]) -> bool:
    """Whether ours reached its goals; says which it missed."""
    own, aiohttp, before = costs["ours"], costs.get("aiohttp loop"), costs.get("earlier version")
    missed = []
    if aiohttp and aiohttp.seconds < OF_AIOHTTP * own.seconds:
        missed.append(f"fewer than {OF_AIOHTTP:g} of the rows a second of the aiohttp loop")
    if before and own.cpu > OF_EARLIER * before.cpu:
        missed.append(f"more than {OF_EARLIER:g} of the CPU of the earlier version")
    if before and own.peak > before.peak:
        missed.append("more memory than the earlier version")
    for goal in missed:
        print(f"missed: {goal}")
    return not missed


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--side"]:
        _, side, url = arguments
        print(asyncio.run((by_httpx if side == "httpx" else by_aiohttp)(url, Path("in.csv"))))
        return 0
    if "--quick" in arguments:
        return 0 if measure(QUICK_ROWS, 1, judged=False) else 1
    rows = [word for word in arguments if word.replace("_", "").isdigit()]
    return 0 if measure(int(rows[0].replace("_", "")) if rows else ROWS, REPEATS, judged=True) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
