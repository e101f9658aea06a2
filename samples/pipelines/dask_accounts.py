"""Dask: one file of many accounts on several machines, one partition of accounts a task. Run with distributed 2026.8.0.

    python samples/pipelines/dask_accounts.py contacts.csv tcp://scheduler:8786

Read samples/guides/machines.md first: below some thousand keys one machine is enough, and simpler. All machines see
this folder, and GUAYABA_QUOTA_STORE names one store for all of them, so a key keeps to its quota wherever it is used.
A task whose machine is lost is given to another one by Dask, which goes on with the same run: its folder is known by
the name of the partition. Exit code 75 means "stopped early, the same command goes on", and 11 that another process
still works on the run; both are tried again. At the end there is one report: merged/.
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

from distributed import Client, as_completed

PARTITIONS = int(os.environ.get("PARTITIONS", "32"))
DELAY = float(os.environ.get("RETRY_SECONDS", "60"))
COLUMN = os.environ.get("ACCOUNT_COLUMN", "Account")


def partitioned(export: Path, folder: Path) -> list[Path]:
    """The rows of the export in one file for each partition of accounts. An account is in one file only."""
    with export.open(newline="", encoding="utf-8-sig") as source:
        rows = csv.DictReader(source)
        parts: dict[int, list[dict[str, str]]] = {}
        numbers: dict[str, int] = {}
        for row in rows:
            number = numbers.setdefault(row[COLUMN].strip().casefold(), len(numbers) % PARTITIONS)
            parts.setdefault(number, []).append(row)
    paths = []
    for number, found in sorted(parts.items()):
        path = folder / f"partition-{number:04d}.csv"
        with path.open("w", newline="", encoding="utf-8") as sink:
            table = csv.DictWriter(sink, rows.fieldnames)
            table.writeheader()
            table.writerows(found)
        paths.append(path)
    return paths


def run_of(partition: Path) -> Path | None:
    """The run of a partition, if one was begun."""
    return next(iter(sorted(partition.with_suffix("").glob("2*/journal.sqlite"))), None)


def update(partition: str) -> int:
    """The task: the exit code of the partition's run. It is begun once; whoever comes later goes on with it."""
    path = Path(partition)
    out = path.with_suffix("")
    while True:
        begun = run_of(path)
        command = ["guayaba-batch", "update", path, "--region", "US", "--status", "DNC"]
        if begun is not None:
            command = ["guayaba-batch", "resume", begun.parent]
        with subprocess.Popen([*command, "--yes", "--json", "--out", out], stdout=subprocess.DEVNULL) as program:
            try:
                code = program.wait()
            except BaseException:
                program.terminate()
                raise
        if code not in (11, 75):
            return code
        time.sleep(DELAY)


def main(export: Path, scheduler: str) -> int:
    folder = Path("partitions").absolute()
    folder.mkdir(mode=0o700)
    paths = partitioned(export, folder)
    with Client(scheduler) as client:
        tasks = client.map(update, [str(path) for path in paths], key=[path.stem for path in paths], pure=False)
        codes = {task.key: code for task, code in as_completed(tasks, with_results=True)}
    wrong = {name: code for name, code in codes.items() if code not in (0, 3)}
    if wrong:
        print(f"exit codes of partitions that somebody has to look at: {wrong}", file=sys.stderr)
        return 1
    runs = [begun.parent for path in paths if (begun := run_of(path)) is not None]
    return subprocess.run(["guayaba-batch", "report", *runs, "--out", "merged"]).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
