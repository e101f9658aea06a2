"""Parquet: the types of the source come back, or the text stays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.model import REPORT_COLUMNS
from batch.reporter.columns import Columns
from batch.reporter.parquet import write_parquet
from batch.reporter.row_frames import every_row

ROOT = Path(__file__).parents[3]


def written(record: RunReader, scratch: Path, rows_per_group: int = 4) -> pl.DataFrame:
    path = scratch / "report.parquet"
    place = scratch / "scratch"
    place.mkdir(exist_ok=True)
    with path.open("wb") as sink:
        write_parquet(
            sink,
            Columns.of(record.facts().source),
            every_row(record, record.facts()),
            place,
            rows_per_group=rows_per_group,
        )
    return pl.read_parquet(path)


def test_rows_in_order_with_every_column(mixed: RunReader, tmp_path: Path) -> None:
    """All rows, in input order over several parts, the user's columns first."""
    found = written(mixed, tmp_path)
    assert found.columns == ["Name", "Phone", *REPORT_COLUMNS]
    assert found["_row"].to_list() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert found["Name"].to_list()[4:7] == ["Dup of two", None, "Line\r\nbreak"]


def test_no_rows_is_a_table_without_rows(record: Callable[..., RunReader], tmp_path: Path) -> None:
    """A run without failures has a failures file that can be read."""
    assert written(record([]), tmp_path).shape == (0, 15)


def test_types_come_back(row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path) -> None:
    """Columns are what they were in the source when every text of theirs is exactly that value."""
    stamp = "2026-01-31 09:00:00.000000"
    moment = "Datetime(time_unit='us', time_zone=None)"
    dtypes = ["Int64", "Float64", "Boolean", "Date", moment, "UInt8"]
    rows = [row(2, ["-12", "1.5", "true", "2026-01-31", stamp, "7"]), row(3, [None] * 6)]
    found = written(record(rows, [*"abcdef"], dtypes=dtypes), tmp_path)
    assert [str(dtype) for dtype in found.dtypes[:6]] == dtypes
    assert found.row(0)[:6] == (-12, 1.5, True, date(2026, 1, 31), datetime(2026, 1, 31, 9), 7)
    assert found.row(1)[:6] == (None,) * 6


@pytest.mark.parametrize(
    ("dtype", "cell"),
    [
        ("Int64", "012"),
        ("Int64", "+12"),
        ("Int64", ""),
        ("Int64", "9999999999999999999"),
        ("UInt8", "300"),
        ("Float64", "1.50"),
        ("Float32", "0.123456789"),
        ("Boolean", "True"),
        ("Date", "31/01/2026"),
        ("Categorical", "x"),
    ],
)
def test_a_text_that_the_type_cannot_say_keeps_the_column_text(
    dtype: str, cell: str, row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """One cell that would change, even far down, and the whole column stays text: no zero is lost."""
    rows = [*(row(2 + n, ["1"]) for n in range(9)), row(11, [cell])]
    found = written(record(rows, ["a"], dtypes=[dtype]), tmp_path)
    assert found["a"].to_list() == ["1"] * 9 + [cell]


def test_names_are_unique(row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path) -> None:
    """Parquet holds a name once, so a repetition is numbered and ours keep theirs."""
    found = written(record([row(2, ["a", "b", "c"])], ["Name", "Name", "_row"]), tmp_path)
    assert found.columns[:4] == ["Name", "Name (2)", "_row (2)", "_row"]
    assert found.row(0)[:4] == ("a", "b", "c", 2)


#: Run in a process of its own: the peak of a shared one is whatever another test left there.
MEASURED = """
import resource, sys
from pathlib import Path
import polars as pl
from batch.reporter.columns import Columns
from batch.reporter.row_frames import OURS
from batch.reporter.parquet import write_parquet

count, place = int(sys.argv[1]), Path(sys.argv[2])
blank = pl.DataFrame(schema=OURS)
frames = (
    pl.DataFrame({"0": [f"{at}" + "x" * 1_000 for at in range(first, first + 1_000)]}).hstack(blank.clear(1_000))
    for first in range(0, count, 1_000)
)
with (place / "out.parquet").open("wb") as sink:
    write_parquet(sink, Columns(("a",), ("String",)), frames, place, rows_per_group=4_096)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is in kilobytes on Linux only")
def test_memory_is_bounded(tmp_path: Path) -> None:
    """Ten times the rows, 200 MB of text instead of 20, raise the peak by less than half of what they add."""

    def peak(count: int) -> int:
        command = [sys.executable, "-c", MEASURED, str(count), str(tmp_path)]
        return int(subprocess.run(command, capture_output=True, check=True, timeout=60, cwd=ROOT).stdout)

    assert peak(200_000) - peak(20_000) < 90_000
