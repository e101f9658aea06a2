"""How fast a run starts beside 1,000 earlier ones, against a peer that asks each of them six times.

Run: python tests/bench/bench_catalog.py [--runs 1000] [--peer REPO]. REPO (or GUAYABA_PEER) is a checkout of an earlier
version with its own .venv; both make their own folder of runs and are measured in turn. Without it the peer is six
passes over the journals of this version, as b94a496 made them. What is measured is what a start does with the earlier
runs, from the first look at the folder to the new run's plan; imports and the new run's own work are left out. The
seconds are those of the processor: other programs on the machine change them least.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import process_time, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batch.model import RunPlan

ROUNDS = 5
#: How many times less CPU than the peer.
GOAL = 5.0
TESTS = Path(__file__).parents[1]

#: What b94a496 does in `run_async` with the folder of runs: three passes for the plan and three for the state.
_PEER = """
import sys
from pathlib import Path
from time import process_time, time
from batch import runs
out, count, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, "tests")
from middle.stage import plan, planned, sendable
for number in range(count):
    folder = out / f"20260131T090000Z-update-contacts-{number:08x}"
    folder.mkdir(parents=True)
    journal = planned(folder / "journal.sqlite", sendable(1), run=folder.name, command_fingerprint=f"{number:064x}")
    journal.close_run()
    journal.close()
best = float("inf")
new = plan(run="new", planned_at=time())
for _ in range(rounds):
    since = process_time()
    runs.listed(out)  # changed_input.command_of
    runs.unfinished(out, "f" * 64)  # runs.begin
    runs.finished_before(out, "f" * 64)
    for _ in range(2):  # before and after the question
        runs.later(out, new, new.planned_at)
    best = min(best, process_time() - since)
print(best)
"""


def make_runs(out: Path, count: int) -> None:
    """`count` finished runs of one row below `out`."""
    sys.path.insert(0, str(TESTS))
    from unit.harness import planned, sendable

    for number in range(count):
        folder = out / f"20260131T090000Z-update-contacts-{number:08x}"
        folder.mkdir(parents=True)
        journal = planned(folder / "journal.sqlite", sendable(1), run=folder.name, command_fingerprint=f"{number:064x}")
        journal.close_run()
        journal.close()


def measure_ours(out: Path) -> float:
    """CPU seconds of the fastest start of ROUNDS."""
    from batch.runs.folder.catalog import RunCatalog, begin_run

    best = float("inf")
    for _ in range(ROUNDS):
        since = process_time()
        catalog = RunCatalog(out)
        with begin_run(catalog, "f" * 64, "update", "contacts.csv", time(), fresh=False) as (opened, _):
            catalog.find_finished("f" * 64)
            for _ in range(2):  # before and after the question
                catalog.refresh()
                catalog.newer_runs(_new_plan(opened.folder.name), time())
            best = min(best, process_time() - since)
    return best


def measure_six_passes(out: Path) -> float:
    """CPU seconds of six passes over all journals, a connection each."""
    from batch.journal.journal import Journal

    best = float("inf")
    for _ in range(ROUNDS):
        since = process_time()
        for each in range(6):
            for path in sorted(out.glob("*/journal.sqlite")):
                with closing(Journal.open_readonly(path)) as journal:
                    if each % 2:
                        _ = journal.is_closed, journal.count_rows(), journal.count_settled()
                    else:
                        journal.plan()
        best = min(best, process_time() - since)
    return best


def measure_peer(repo: Path, count: int) -> float:
    """CPU seconds of the fastest start of the version in `repo`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(repo / ".venv/bin/python"), "-c", _PEER, folder, str(count), str(ROUNDS)]
        return float(subprocess.run(command, cwd=repo, capture_output=True, text=True, check=True).stdout)


def _new_plan(run: str) -> RunPlan:
    from unit.harness import plan

    return plan(run=run, planned_at=time())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--peer", type=Path, default=os.environ.get("GUAYABA_PEER"))
    parser.add_argument("--quick", action="store_true", help="50 runs")
    options = parser.parse_args()
    count = 50 if options.quick else options.runs
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        make_runs(out, count)
        if options.peer:
            name, peer = f"the version in {Path(options.peer).name}", measure_peer(Path(options.peer), count)
        else:
            name, peer = "six passes", measure_six_passes(out)
        ours = measure_ours(out)
    print(f"a start beside {count:,} earlier runs")
    print(f"{name:32}{peer * 1000:9.1f} ms of CPU")
    print(f"{'one catalogue':32}{ours * 1000:9.1f} ms of CPU   {peer / ours:5.1f} times faster")
    if peer / ours < GOAL and not options.quick:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
