"""The list of repaired cells, and what a remark beside a number does to its row."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from batch.errors import SettingsError
from batch.loader import ReadOptions, load, write_repairs
from batch.model import ContactChange, Operation, Outcome

LINES = ("Name,Phone", "A,(212) 555-0101 ext. 4", "B,+12125550102", "C,=2125550103", "D,555", "E,212-555-0104 (fax)")
FULFILL = ReadOptions(Operation.FULFILL, region="US")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_every_repair_is_listed_before_and_after(source: Path, tmp_path: Path) -> None:
    """The list has the cell and the number of each repaired row and of no other, for its owner's eyes only."""
    out = tmp_path / "repairs.csv"
    assert write_repairs(load(source, FULFILL), out) == 3
    found = list(csv.reader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert found == [
        ["_row", "_before", "_after", "_repair"],
        ["2", "(212) 555-0101 ext. 4", "+12125550101", "extension dropped"],
        ["4", "'=2125550103", "+12125550103", "leading = removed"],
        ["6", "212-555-0104 (fax)", "+12125550104", "remark: fax"],
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_file_is_never_overwritten(source: Path) -> None:
    """Where the list's name is taken, the file that has it stays as it is."""
    with pytest.raises(SettingsError, match="exists"):
        write_repairs(load(source, FULFILL), source)
    assert source.read_text(encoding="utf-8") == "\n".join(LINES)


@pytest.mark.parametrize(
    ("status", "held", "why"),
    [
        ("DNC", False, "a number that is not to be called is to be DNC all the more"),
        ("fulfilled", False, "nothing is started"),
        ("active", True, "the person would be called at a number that is a fax"),
    ],
)
def test_a_flagged_number_is_held_back_only_where_outreach_starts(
    source: Path, status: str, held: bool, why: str
) -> None:
    """A remark that says not to use the number keeps the row back where it would start outreach; else it is sent."""
    loaded = load(source, ReadOptions(Operation.UPDATE, region="US", ask=ContactChange(status=status)))
    (row,) = (row for rows in loaded.batches() for row in rows if row.number == 6)
    assert (row.outcome, row.code) == ((Outcome.INVALID, "flagged") if held else (None, "")), why
    assert any("remark" in notice for notice in loaded.survey.notices) is not held
