"""Corrections of cells, applied while a source is read, and the table in which a person corrects them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from batch.api.review import Correction, Review, columns, review
from batch.model import Operation
from batch.settings.corrections import row_digest
from batch.settings.settings import Settings

CELLS: dict[str, list[str | None]] = {
    "Name": ["Ana", "Ben", "Cleo", "Dan", "Eva", "Fay"],
    "Phone": ["212-555-0100", None, "212–555–0101", "305-555-0149 / 305-555-0150", None, "305-555-0149 / 305-555-0150"],
}


def reviewed(*corrections: Correction) -> Review:
    return review(pl.DataFrame(CELLS), Operation.FULFILL, Settings(), region="US", corrections=corrections)


def sent(result: Review) -> dict[int, str | None]:
    """Row number -> the number that is sent."""
    return {row.number: row.phone for batch in result._loaded.batches() for row in batch if row.outcome is None}


def test_a_correction_of_a_cell_holds_for_every_row_with_it() -> None:
    """And for no other: rows 5 and 7 have the same two numbers."""
    fixed = Correction("Phone", CELLS["Phone"][3] or "", "305-555-0149")
    assert sent(reviewed(fixed)) == {2: "+12125550100", 4: "+12125550101", 5: "+13055550149"}
    assert reviewed(fixed).summary.duplicates == 1


def test_a_correction_of_an_empty_cell_is_that_rows_alone() -> None:
    """Ben gets a number, Eva none: a row is named by its cells, so it is found wherever it stands."""
    fixed = Correction("Phone", "", "212-555-0102", row_digest(["Ben", None]))
    assert sent(reviewed(fixed))[3] == "+12125550102"
    turned = {name: cells[::-1] for name, cells in CELLS.items()}
    again = review(pl.DataFrame(turned), Operation.FULFILL, Settings(), region="US", corrections=[fixed])
    assert sent(again)[6] == "+12125550102"
    assert again.summary.counts["invalid"] == reviewed().summary.counts["invalid"] - 1


def test_the_correction_of_a_row_goes_before_that_of_a_cell() -> None:
    """Row 7 gets its own number, row 5 that of the cell."""
    cell = CELLS["Phone"][5] or ""
    both = (
        Correction("Phone", cell, "305-555-0149"),
        Correction("Phone", cell, "305-555-0150", row_digest(["Fay", cell])),
    )
    assert sent(reviewed(*both))[5] == "+13055550149"
    assert sent(reviewed(*both))[7] == "+13055550150"


def test_a_correction_that_fits_nothing_changes_nothing() -> None:
    """Next week's export may lack the column, or the cell."""
    assert sent(reviewed(Correction("Mobile", "x", "y"), Correction("Phone", "x", "y"))) == sent(reviewed())


@pytest.mark.parametrize(
    ("number", "every", "rows", "reason"),
    [
        (5, True, {""}, "both numbers are in the cell, so it means the same in next week's export"),
        (5, False, {row_digest(["Dan", CELLS["Phone"][3]])}, "this row alone was asked for"),
        (
            3,
            True,
            {row_digest(["Ben", None])},
            "an empty cell is nobody's number: this row alone, though Eva's is equal",
        ),
    ],
)
def test_whom_a_correction_is_for(number: int, every: bool, rows: set[str], reason: str) -> None:
    """A cell that names one contact can be corrected for all rows; one that says nothing of whom, in its row only."""
    table = reviewed().rows
    (row,) = [each for code in ("two_numbers", "no_phone") for each in table.page(code, 0, 9) if each.number == number]
    made = reviewed().corrections(row, "305-555-0149", every=every)
    assert {each.row for each in made} == rows, reason


def test_the_table_shows_the_cell_at_fault_and_the_repaired_number() -> None:
    """Before and after, by page, with how many rows have the same cell."""
    table = reviewed().rows
    assert table.count("two_numbers") == 2
    assert [(row.number, row.column, row.equal) for row in table.page("two_numbers", 1, 5)] == [(7, "Phone", 2)]
    (repaired,) = table.page("repaired", 0, 5)
    assert (repaired.cell, repaired.phone, repaired.repair != "") == ("212–555–0101", "+12125550101", True)


def test_the_columns_of_a_file_are_shown_whatever_they_are_for(tmp_path: Path) -> None:
    """Also where no column of phones was recognised: with their first cells, blanks and repetitions left out."""
    path = tmp_path / "export.csv"
    path.write_text("Who,Where\nAna,\nAna,Paris\nBen,Lyon\n")
    assert [tuple(each) for each in columns(path).columns] == [("Who", ("Ana", "Ben")), ("Where", ("Paris", "Lyon"))]
