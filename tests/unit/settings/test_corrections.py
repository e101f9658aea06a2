"""The corrections file: what it holds, how a new correction joins it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.settings.corrections import (
    Correction,
    corrections_text,
    merge_correction,
    read_corrections,
    row_digest,
)

ROW = row_digest(["Ana", None, "555"])
CELL = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        # The first correction of a cell.
        ([], ("Phone", "a", "b", ""), [("Phone", "a", "b", "")]),
        # The corrected cell is corrected again: the original one leads to the last, and so does the cell itself.
        ([("Phone", "a", "b", "")], ("Phone", "b", "c", ""), [("Phone", "a", "c", ""), ("Phone", "b", "c", "")]),
        # Back to the original: nothing is corrected.
        ([("Phone", "a", "b", "")], ("Phone", "b", "a", ""), [("Phone", "b", "a", "")]),
        # Of one row: its correction changes, and stays one.
        ([("Phone", "", "b", ROW)], ("Phone", "b", "c", ROW), [("Phone", "", "c", ROW)]),
        # Of another row: both stay.
        (
            [("Phone", "", "b", ROW)],
            ("Phone", "", "c", "other"),
            [("Phone", "", "b", ROW), ("Phone", "", "c", "other")],
        ),
        # Of another column: both stay.
        ([("Phone", "a", "b", "")], ("Status", "b", "c", ""), [("Phone", "a", "b", ""), ("Status", "b", "c", "")]),
    ],
)
def test_a_new_correction_joins_the_others(
    before: list[tuple[str, str, str, str]], new: tuple[str, str, str, str], after: list[tuple[str, str, str, str]]
) -> None:
    """A cell that was corrected before leads to its newest correction; no correction says that a cell is itself."""
    merged = merge_correction([Correction(*each) for each in before], Correction(*new))
    assert sorted(merged) == sorted(Correction(*each) for each in after)


@given(st.lists(st.tuples(CELL, CELL.filter(bool), CELL, CELL)))
def test_a_file_of_corrections_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]]
) -> None:
    """For any text, line breaks and separators among it."""
    corrections = tuple(Correction(*row) for row in rows)
    path = tmp_path_factory.mktemp("corrections") / "corrections.csv"
    path.write_bytes(corrections_text(corrections).encode())
    assert read_corrections(str(path)) == corrections


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Phone,Name\n1,2\n", "expected a corrections file with the header"),
        ("column,cell,corrected,row\nPhone,a,b\n", "expected 4 cells in each line"),
        ("column,cell,corrected,row\nPhone,,b,\n", "expected a row for the empty cell"),  # whose phone would that be?
    ],
)
def test_what_is_no_corrections_file_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    """With what was expected: the file of contacts is not taken for it, and no empty cell is everybody's."""
    path = tmp_path / "corrections.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=problem):
        read_corrections(str(path))


def test_a_row_is_named_by_all_its_cells() -> None:
    """An empty cell and a missing one are the same; where cells begin and end counts."""
    assert row_digest(["a", None]) == row_digest(["a", ""])
    assert row_digest(["a,b", ""]) != row_digest(["a", "b"])
