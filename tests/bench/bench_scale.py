"""Whether a row costs the same in a long run as in a short one: `python tests/bench/bench_scale.py [--quick]`.

The whole path of an update by id, from the file to the reports, its journal on the disk and durable before each call,
for 1 thousand, 100 thousand and 1 million rows. Only the socket is not there: calls are answered in this process by a
transport that does what `raw_server.py` does, for a million real ones would say nothing more and take ten minutes more
(`bench_cost.py` measures them). Each size is a process of its own; "start" is one with ten rows, and is
taken off the other's time.

Flat is: a row of the longest run takes no more than `GOAL` times the CPU of a row of the one before. Memory is that of
the process at its peak, and what of it comes with each row; polars holds the input once, as text.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.calls import Cost, measured, write_csv
from bench.raw_server import answer

START: Final = 10
SIZES: Final = (1_000, 100_000, 1_000_000)
QUICK_SIZES: Final = (100, 1_000)
GOAL: Final = 1.5


def run() -> None:
    """The program's own `update-by-id in.csv`, its calls answered in memory. Does not return."""
    from batch.cli.main import main as program
    from batch.guayaba import client
    from batch.guayaba.connection import HttpRequest
    from batch.guayaba.usual_response import Response

    class InMemory:
        """Answers at once."""

        async def exchange(self, request: HttpRequest) -> Response:
            head, _, body = answer(f"{request.method} {request.target.decode()} ".lower().encode()).partition(
                b"\r\n\r\n"
            )
            lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
            return Response(200, [(name.lower(), value) for name, _, value in lines], body, reusable=True)

        async def aclose(self) -> None:
            return None

    client._build_transport = lambda url, connections: InMemory()
    sys.argv[1:] = ["update-by-id", "in.csv", "--status", "DNC", "--workers", "100", "--fresh", "--yes", "--quiet"]
    sys.argv += ["--json", "--base-url", "http://127.0.0.1:1"]
    program()


def cost_of(rows: int, folder: Path) -> Cost:
    """What a run over `rows` rows costs. Ends the benchmark where not all of them succeeded."""
    contacts = ([f"Contact {at}", UUID(int=at, version=4), "Acme, Inc."] for at in range(rows))
    write_csv(folder / "in.csv", ["Name", "Contact ID", "Company"], contacts)
    cost = measured([sys.executable, __file__, "--side"], folder)
    done = json.loads(cost.said)["counts"]["succeeded"]
    if done != rows:
        raise SystemExit(f"of {rows:,} rows {done:,} succeeded")
    return cost


def measure(sizes: Sequence[int]) -> bool:
    """Print a line for each size; true where a row of the last one costs no more than one of the size before."""
    print(f"{'rows':>10} {'seconds':>8} {'CPU us/row':>11} {'peak MB':>8} {'KB/row':>7} {'CPU of a row':>13}")
    with tempfile.TemporaryDirectory() as name:
        start = cost_of(START, Path(name))
    print(f"{'start':>10} {start.seconds:>8.1f} {'':>11} {start.peak:>8,}")
    found: list[float] = []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as name:
            cost = cost_of(rows, Path(name))
        found.append(1e6 * (cost.cpu - start.cpu) / (rows - START))
        ratio = f"{found[-1] / found[-2]:>12.2f}x" if len(found) > 1 else ""
        each = (cost.peak - start.peak) * 1024 / rows
        print(f"{rows:>10,} {cost.seconds:>8.1f} {found[-1]:>11,.0f} {cost.peak:>8,} {each:>7.1f} {ratio}", flush=True)
    return found[-1] <= GOAL * found[-2]


def main(arguments: Sequence[str]) -> int:
    if "--side" in arguments:
        run()
    if "--quick" in arguments:
        measure(QUICK_SIZES)
        return 0
    return 0 if measure([int(rows) for rows in arguments] or SIZES) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
