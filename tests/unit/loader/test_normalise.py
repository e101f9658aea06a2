"""CSV in, normalised Parquet out: the same verdicts as a run's, a column each."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from bench.normalise import normalise

from batch.loader import ReadOptions, load
from batch.model import Operation

READING = ReadOptions(Operation.FULFILL, region="US")
CONTENT = """_row,Phone,Notes,Notes
a,(212) 555-0100,,
b,+12125550100,,
c,2125550101.0,,

d,4.47911E+11,,
e,+44 (0)20 7946 0018,x,
f,broken
"""


def test_the_table_has_every_row(tmp_path: Path) -> None:
    """The user's cells come first under names that are unique, then what a run would make of the row."""
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text(CONTENT)
    survey = normalise(source, READING, target)
    table = pl.read_parquet(target)
    ours = ["_row", "_phone", "_region", "_type", "_repair", "_code", "_same_as"]
    assert table.columns == ["_row (2)", "Phone", "Notes", "Notes (2)", *ours]
    assert table.select("_row", "_phone", "_region", "_repair", "_code", "_same_as").rows() == [
        (2, "+12125550100", "US", None, None, None),
        (3, "+12125550100", "US", None, "same_contact", 2),
        (4, "+12125550101", "US", ".0 removed", None, None),
        (6, None, None, None, "digits_lost", None),
        (7, "+442079460018", "GB", None, None, None),
        (8, None, None, None, "broken_row", None),
    ]
    assert survey.rows == 6


def test_it_says_what_a_run_says(tmp_path: Path) -> None:
    """Contacts and codes are those of the planned rows."""
    source, target = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text(CONTENT)
    normalise(source, READING, target)
    planned = [row for batch in load(source, READING).batches() for row in batch]
    rows = pl.read_parquet(target, columns=["_row", "_phone", "_code", "_same_as"]).rows()
    assert rows == [(row.number, row.phone, row.code or None, row.same_as) for row in planned]
