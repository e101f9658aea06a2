"""NDJSON for pipelines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.reporter.columns import Columns
from batch.reporter.ndjson import write_ndjson
from batch.reporter.row_frames import every_row


def written(record: RunReader) -> list[dict[str, object]]:
    sink = io.BytesIO()
    write_ndjson(sink, Columns.of(record.facts().source), every_row(record, record.facts()))
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_one_object_a_line(mixed: RunReader) -> None:
    """Each row is one object, with line ends inside a cell escaped, null for empty and numbers for ours."""
    found = written(mixed)
    assert [line["_row"] for line in found] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert found[6]["Name"] == "Line\r\nbreak"
    assert found[5]["Name"] is None
    assert found[2]["Name"] == "=1+2"


def test_names_are_unique(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """No cell is lost to another of the same name."""
    (found,) = written(record([row(2, ["a", "b"])], ["Name", "Name"]))
    assert (found["Name"], found["Name (2)"]) == ("a", "b")


def test_numbers_are_numbers_again_where_that_is_exact(
    row: Callable[..., ReportRow], record: Callable[..., RunReader]
) -> None:
    """A cell becomes a number or a boolean only if it was of such a column and its text says exactly that."""
    exact = ["12", "1.5", "true", "12"]
    inexact = ["012", "1.50", "yes", "12"]
    long = [str(2**60), "nan", None, ""]
    rows = [row(2, exact), row(3, inexact), row(4, long)]
    found = written(record(rows, ["i", "f", "b", "s"], dtypes=["Int64", "Float64", "Boolean", "String"]))
    assert [[*line.values()][:4] for line in found] == [[12, 1.5, True, "12"], inexact, long]
