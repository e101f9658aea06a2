"""How soon `--help` is there, against its command line library alone (cyclopts, imported and nothing more).

Run: python tests/bench/bench_help.py. Each is run in turn, so that all meet the same machine; the fastest counts. The
time of the processor is what help costs, and is the same on a busy machine; the time by the clock is what a user waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

ROUNDS = 15
PEER = "import cyclopts"
RUNS = {
    "python -c pass": ["-c", "pass"],
    PEER: ["-c", "import cyclopts; cyclopts.App"],
    "with its own help pages": ["-c", "import cyclopts.help, rich.console; cyclopts.App"],
    "guayaba-batch --help": ["-m", "batch", "--help"],
    "guayaba-batch update --help": ["-m", "batch", "update", "--help"],
}


def main() -> None:
    cost = dict.fromkeys(RUNS, float("inf"))
    wait = dict.fromkeys(RUNS, float("inf"))
    for _ in range(ROUNDS):
        for name, arguments in RUNS.items():
            since = perf_counter()
            running = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
            _, running.returncode, used = os.wait4(running.pid, 0)
            wait[name] = min(wait[name], perf_counter() - since)
            cost[name] = min(cost[name], used.ru_utime + used.ru_stime)
    for name in RUNS:
        told = f"{cost[name] * 1000:5.0f} ms of the processor, {wait[name] * 1000:5.0f} ms by the clock"
        print(f"{name:28}{told}  {cost[name] / cost[PEER]:4.2f} times {PEER}")


if __name__ == "__main__":
    main()
