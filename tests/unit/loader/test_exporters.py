"""The table of `samples/guides/exporters.md`: each row is what the file of its program says, and what we make of it.

The files in `exports/` were written by the programs and versions that the table names, each with its default settings,
from the file that the guide shows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from batch.loader import ReadOptions, load
from batch.model import Operation

HERE = Path(__file__).parent
GUIDE = HERE.parents[2] / "samples" / "guides" / "exporters.md"
#: Column -> (region, what the first row means).
COLUMNS = {
    "E164": ("US", "+12125550101"), "Exit": ("ES", "+34600000101"), "Trunk": ("GB", "+447911123456")
}  # fmt: skip


class Line(NamedTuple):
    """A row of the table."""

    file: Path
    cells: tuple[str, ...]
    repairs: tuple[str, ...]


def lines() -> list[Line]:
    """The rows of the guide's table."""
    found = []
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if link := re.search(r"\]\(([^)]+/exports/[^)]+)\)", line):
            *_, repaired = line.strip("| ").split(" | ")
            cells = tuple(re.findall(r"`([+\d,.e]{6,})`", line))
            found.append(Line((GUIDE.parent / link[1]).resolve(), cells, tuple(repaired.split("; "))))
    return found


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.file.name)
def test_a_row_of_the_table_is_so(line: Line) -> None:
    """The cells of the file are those of the table, the numbers are read, and the repairs are named."""
    first = load(line.file, ReadOptions(Operation.FULFILL, region="US", mapping={"phone": "E164"}))
    for at, (title, (region, expected)) in enumerate(COLUMNS.items()):
        loaded = first.read_again(ReadOptions(Operation.FULFILL, region=region, mapping={"phone": title}))
        row = next(row for rows in loaded.batches() for row in rows)
        assert row.cells[loaded.facts.header.index(title)] == line.cells[at]
        assert row.contact == expected
        assert (row.repair or "as written") == line.repairs[at]


def test_every_file_is_in_the_table() -> None:
    """No file is kept that no row is about."""
    assert {line.file.name for line in lines()} == {path.name for path in (HERE / "exports").iterdir()}
