"""How soon `--help` is there, against its command line library alone (cyclopts, imported and nothing more).

Run: python tests/bench/bench_help.py [--quick]. Each is run in turn, so that all meet the same machine; the fastest
counts. The time of the processor is what help costs, and is the same on a busy machine; the time by the clock is what a
user waits.

Ends with 1 where one of our pages was not printed or, but for the quick mode, costs more than `GOAL` times the peer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

ROUNDS = 15
QUICK_ROUNDS = 1
GOAL = 2.0
PEER = "import cyclopts"
RUNS = {
    "python -c pass": ["-c", "pass"],
    PEER: ["-c", "import cyclopts; cyclopts.App"],
    "with its own help pages": ["-c", "import cyclopts.help, rich.console; cyclopts.App"],
    "guayaba-batch --help": ["-m", "batch", "--help"],
    "guayaba-batch update --help": ["-m", "batch", "update", "--help"],
}


def main(arguments: list[str]) -> int:
    is_quick = "--quick" in arguments
    good = True
    cost = dict.fromkeys(RUNS, float("inf"))
    wait = dict.fromkeys(RUNS, float("inf"))
    for _ in range(QUICK_ROUNDS if is_quick else ROUNDS):
        for name, words in RUNS.items():
            since = perf_counter()
            running = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
            good &= running.returncode == 0
            wait[name] = min(wait[name], perf_counter() - since)
            cost[name] = min(cost[name], used.ru_utime + used.ru_stime)
    for name in RUNS:
        told = f"{cost[name] * 1000:5.0f} ms of the processor, {wait[name] * 1000:5.0f} ms by the clock"
        print(f"{name:28}{told}  {cost[name] / cost[PEER]:4.2f} times {PEER}")
        good &= is_quick or cost[name] <= GOAL * cost[PEER] or not name.startswith("guayaba-batch")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
