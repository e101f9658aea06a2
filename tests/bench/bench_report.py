"""How fast reports are written, and in how much memory, against polars.

Run: `python tests/bench/bench_report.py [rows] [format ...] [--quick]`.

A million rows and CSV, Parquet and NDJSON unless told otherwise; XLSX only when named: it takes a minute a million.
Each side runs in a process of its own on the same journal, and the peak of that process is printed beside its speed.

- ours: the journal as a run leaves it -> `outcomes.*`: every row checked against the counts, cells out of their JSON,
  tips, times, formulas guarded, the file whole and synced. What `report RUN` does for this file.
- polars alone: the same finished table, already typed and decoded, from a Parquet file to the format by streaming
  (`scan_parquet` -> `sink_*`; XLSX: `write_excel`). It does less: no journal, no guard.
- polars from the journal: `read_database` in batches -> the format. The same source; cells stay JSON.

The tables are compared as well: what polars reads out of our file has every row. Ends with 1 where it has not or, but
for the quick mode, where ours takes more than `GOAL` times the CPU of polars from the same journal. CPU is judged, not
time: ours waits for the disk until the file is safe, the others do not, and how long that takes is the machine's.
"""

from __future__ import annotations

import math
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import polars as pl

from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import ContactChange, Operation, RunPlan, SourceMeta
from batch.reporter.publish import write_rows

ROWS = 1_000_000
QUICK_ROWS = 2_000
#: Our seconds of CPU for each of polars from the journal, which checks and guards nothing: at most so many.
GOAL = 3.0
FORMATS = ("csv", "parquet", "ndjson")
HEADER = ("Name", "Phone", "Company", "Email", "Notes")
PLAN = RunPlan(
    run="bench",
    verb="update",
    command_fingerprint="c",
    operation=Operation.UPDATE,
    base_url="https://api.guayaba.ai",
    key_fingerprint="k",
    source=SourceMeta("contacts.csv", "csv", "ab" * 32, HEADER, ("String",) * len(HEADER), {"phone": "Phone"}),
    change=ContactChange(status="DNC"),
    stopping_statuses=("DNC",),
    rate=None,
    formats=(),
    planned_at=1_769_850_000.0,
)

#: Of a hundred rows 90 succeeded, 4 are no contacts, 2 are duplicates, 2 cannot be read, 2 were not sent.
MADE = """
WITH RECURSIVE place (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < :rows),
kind AS (SELECT at, at % 100 AS of_100, printf('+1212555%04d', 100 + at % 100) AS phone FROM place)
INSERT INTO rows (ordinal, number, cells, contact, phone, ask, outcome, code, message, same_as, repair, in_doubt,
    attempts, status, contact_id, finished_at)
SELECT at, at + 1,
    CAST(json_array('José Contact ' || at, phone, iif(at % 5, 'Acme', 'Acme, Inc.'), 'c' || at || '@example.com',
        iif(at % 3, NULL, '=call back')) AS BLOB),
    phone, iif(of_100 < 2, NULL, phone), CAST('{"status":"DNC"}' AS BLOB),
    CASE WHEN of_100 < 2 THEN 'invalid' WHEN of_100 < 4 THEN 'duplicate' WHEN of_100 < 8 THEN 'not_found'
        WHEN of_100 < 98 THEN 'succeeded' END,
    CASE WHEN of_100 < 2 THEN 'not_a_number' WHEN of_100 < 4 THEN 'same_contact' WHEN of_100 < 8
        THEN 'contact_not_found' WHEN of_100 < 98 THEN 'confirmed' ELSE '' END,
    iif(of_100 BETWEEN 4 AND 7, 'Not found: Contact not found', ''), iif(of_100 IN (2, 3), at, NULL), '', 0,
    of_100 BETWEEN 4 AND 97, iif(of_100 < 4 OR of_100 > 97, NULL, iif(of_100 < 8, 404, 200)),
    iif(of_100 BETWEEN 8 AND 97, 'd290f1ee-6c54-4b01-90e6-d701748f0851', NULL), 1769850000.0 + 2 * at
FROM kind
"""


def make(path: Path, rows: int) -> None:
    with closing(Journal.create(path)) as journal:
        journal.write_rows([], ())
        journal.save_plan(PLAN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(MADE, {"rows": rows})


def ours(source: Path, target: Path) -> None:
    with closing(Journal.open_readonly(source)) as journal:
        record = JournalReader(journal)
        write_rows(target, record.facts(), record.report_rows())


def alone(source: Path, target: Path) -> None:
    table = source.with_name("table.parquet")
    match target.suffix:
        case ".csv":
            pl.scan_parquet(table).sink_csv(target)
        case ".parquet":
            pl.scan_parquet(table).sink_parquet(target)
        case ".ndjson":
            pl.scan_parquet(table).sink_ndjson(target)
        case _:
            pl.read_parquet(table).head(1_048_575).write_excel(target)


def from_journal(source: Path, target: Path) -> None:
    query = (
        "SELECT CAST(cells AS TEXT) AS cells, number, phone, coalesce(outcome, 'pending') AS outcome, code, message,"
        " status, attempts, same_as, contact_id, finished_at FROM rows ORDER BY ordinal"
    )
    kinds = (pl.String, pl.Int64, pl.String, pl.String, pl.String, pl.String, pl.Int32, pl.Int64, pl.Int64, pl.String)
    names = ("cells", "number", "phone", "outcome", "code", "message", "status", "attempts", "same_as", "contact_id")
    schema = {**dict(zip(names, kinds, strict=True)), "finished_at": pl.Float64}
    with closing(sqlite3.connect(source)) as connection, target.open("wb") as sink:
        batches = pl.read_database(query, connection, iter_batches=True, batch_size=65_536, schema_overrides=schema)
        if target.suffix == ".csv":
            for place, frame in enumerate(batches):
                frame.write_csv(sink, include_header=not place)
        elif target.suffix == ".ndjson":
            for frame in batches:
                frame.write_ndjson(sink)
        else:  # Parquet and workbooks cannot be added to: polars holds the whole table
            whole = pl.concat(batches)
            if target.suffix == ".xlsx":
                whole.head(1_048_575).write_excel(sink)
            else:
                whole.write_parquet(sink)


SIDES = {"ours": ours, "polars alone": alone, "polars from the journal": from_journal}


def measured(side: str, source: Path, target: Path) -> tuple[float, float, int]:
    """The seconds, the seconds of CPU and the peak in MB of `side`, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, str(source), str(target)]
    seconds, cpu, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(cpu), int(peak)


def peak_mb() -> int:
    """The most memory that this process had. Linux hands `ru_maxrss` down from its parent process; VmHWM is our own."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def rows_in(target: Path) -> int:
    match target.suffix:
        case ".csv":
            return int(pl.scan_csv(target, infer_schema=False).select(pl.len()).collect().item())
        case ".parquet":
            return int(pl.scan_parquet(target).select(pl.len()).collect().item())
        case ".ndjson":
            return int(pl.scan_ndjson(target).select(pl.len()).collect().item())
    import fastexcel

    book = fastexcel.read_excel(target)
    return sum(book.load_sheet(name, use_columns=[0]).to_polars().height for name in book.sheet_names)


def measure(rows: int, formats: tuple[str, ...], folder: Path, goal: float) -> bool:
    """Print one line per format and side; true when our files hold every row, written within `goal`."""
    source = folder / "journal.sqlite"
    make(source, rows)
    print(
        f"{rows:,} rows, journal of {source.stat().st_size >> 20:,} MB, {os.cpu_count()} cores; polars {pl.__version__}"
    )
    print(f"{'format':<8} {'side':<24} {'seconds':>8} {'CPU s':>8} {'peak MB':>8} {'file MB':>8} {'ours is':>8}")
    ours(source, folder / "table.parquet")
    good = True
    for extension in formats:
        cost: dict[str, float] = {}
        for side in SIDES:
            target = folder / f"out.{extension}"
            seconds, cost[side], peak = measured(side, source, target)
            ratio = "" if side == "ours" else f"{cost[side] / cost['ours']:.2f}x"
            size = target.stat().st_size >> 20
            print(f"{extension:<8} {side:<24} {seconds:>8.1f} {cost[side]:>8.1f} {peak:>8,} {size:>8,} {ratio:>8}")
            if side == "ours":
                good &= rows_in(target) == rows
            target.unlink()
        good &= cost["ours"] <= goal * cost["polars from the journal"]
    return good


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--side"]:
        _, side, source, target = arguments
        started, spent = time.perf_counter(), time.process_time()
        SIDES[side](Path(source), Path(target))
        print(time.perf_counter() - started, time.process_time() - spent, peak_mb())
        return 0
    is_quick = "--quick" in arguments
    usual = QUICK_ROWS if is_quick else ROWS
    rows, *formats = [word for word in arguments if word != "--quick"] or [str(usual)]
    with tempfile.TemporaryDirectory() as folder:
        goal = math.inf if is_quick else GOAL
        good = measure(int(rows.replace("_", "")), tuple(formats) or FORMATS, Path(folder), goal)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
