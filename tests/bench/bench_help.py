"""How soon `--help` is there, against the bare interpreter and against the import of its command line library.

Run: python tests/bench/bench_help.py. Each is run in turn, so that all meet the same machine; the fastest counts.
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

ROUNDS = 15
PEERS = {
    "python -c pass": ["-c", "pass"],
    "import cyclopts and rich.console": ["-c", "import cyclopts.help, rich.console; cyclopts.App"],
    "guayaba-batch --help": ["-m", "batch", "--help"],
    "guayaba-batch update --help": ["-m", "batch", "update", "--help"],
}


def main() -> None:
    fastest = dict.fromkeys(PEERS, float("inf"))
    for _ in range(ROUNDS):
        for name, arguments in PEERS.items():
            since = perf_counter()
            subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
            fastest[name] = min(fastest[name], perf_counter() - since)
    bare = fastest["python -c pass"]
    for name, seconds in fastest.items():
        print(f"{name:34} {seconds * 1000:6.0f} ms  {seconds / bare:5.1f} times the bare interpreter")


if __name__ == "__main__":
    main()
