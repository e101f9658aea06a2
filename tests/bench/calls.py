"""What the benchmarks of calls share: an input, the server on a core of its own, and a program that is measured."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import NamedTuple

KEY = "gua_bench000_no-such-key"


class Cost(NamedTuple):
    """Of a program, its children with it: seconds from its start to its end, seconds of CPU, peak memory in MB, and
    what it wrote to stdout."""

    seconds: float
    cpu: float
    peak: int
    said: str


def phones(count: int) -> list[str]:
    """Up to 37,000 valid public-fiction numbers, 555-0100 to 555-0199 of every area code, in E.164."""
    import phonenumbers

    areas = [
        area for area in range(201, 990) if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550100", None))
    ]
    found = [f"+1{area}555{line:04d}" for line, area in product(range(100, 200), areas)]
    if count > len(found):
        raise SystemExit(f"there are {len(found):,} numbers that nobody has; ask for no more rows")
    return found[:count]


def write_csv(path: Path, header: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with path.open("w", newline="") as sink:
        table = csv.writer(sink)
        table.writerow(header)
        table.writerows(rows)


@contextmanager
def serving() -> Iterator[str]:
    """The address of `raw_server.py`, on the last core."""
    command = [sys.executable, str(Path(__file__).with_name("raw_server.py")), str((os.cpu_count() or 1) - 1)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()


def measured(command: Sequence[str], folder: Path) -> Cost:
    """What `command` costs, run in `folder`. Ends the benchmark where it fails.

    Its modules are compiled once, as of an installed program, even where the environment forbids to keep bytecode.
    """
    env = {**os.environ, "GUAYABA_API_KEY": KEY, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    out, err = folder / "stdout", folder / "stderr"
    with out.open("w") as said, err.open("w") as told:
        began = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} ended with {child.returncode}:\n{err.read_text()[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10, out.read_text())


def on_first_core() -> None:
    """Let this process, and those that it starts, use the first core alone."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
