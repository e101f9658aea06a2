"""Cells that a spreadsheet program had shortened are as they were; corrections count."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pytest

from batch.loader import LoadedSource, OriginalRows, ReadOptions, load
from batch.loader.report_layout import row_number
from batch.model import ContactChange, Operation, Outcome

#: What the run had, what came back, what is taken, why.
CELLS = [
    ("02134", "2134", "02134", "zeros before a number are lost"),
    ("3.50", "3.5", "3.50", "zeros behind a fraction are lost"),
    ("3.00", "3", "3.00", "and the point with them"),
    ("+12125550100", "12125550100", "+12125550100", "a plus is lost"),
    ("-007", "-7", "-007", "a minus is not"),
    ("0", "0", "0", "nothing is lost"),
    ("true", "TRUE", "true", "a text becomes a truth value"),
    ("+525512345678", "5.25512E+11", "+525512345678", "Excel's General rounds to six digits"),
    ("525512345678", "5.26E+11", "525512345678", "Excel's Scientific rounds to three"),
    ("525512345678", "5.25513E+11", "5.25513E+11", "that is another number"),
    ("525512345678", "5E+11", "5E+11", "so short no program makes it"),
    ("2134", "02134", "02134", "a zero that was added is a correction"),
    ("02134", "02135", "02135", "another number is a correction"),
    ("02134", "", "", "a cell that was emptied is a correction"),
    ("3,50", "3,5", "3,5", "with a comma it is a number in some countries only"),
    ("Ann", "ANN", "ANN", "words are nobody's but the user's"),
    ("", "0", "0", "there was nothing to shorten"),
    ("1E5", "100000", "1E5", "what looks like an exponent is written out"),
    ("1E5", "1.00E+05", "1E5", "or in another way"),
    ("1E5", "100001", "100001", "that is another number, too"),
    ("1E5", "1 x", "1 x", "that is none"),
]


def written(cells: dict[int, list[str | None]], header: tuple[str, ...] = ("Phone", "Value")) -> OriginalRows:
    def of(numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        return ((number, json.dumps(cells[number]).encode()) for number in sorted(numbers) if number in cells)

    return OriginalRows("run-1", header, of)


def loaded(text: str, before: OriginalRows | None) -> LoadedSource:
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"), mapping={"phone": "Phone"}, rerun=True)
    return load("-", reading, stdin=io.BytesIO(text.encode()), written=before)


def cells_of(found: LoadedSource) -> list[tuple[str | None, ...]]:
    return [row.cells for batch in found.batches() for row in batch]


@pytest.mark.parametrize(("was", "came", "taken", "why"), CELLS, ids=[why for *_, why in CELLS])
def test_what_a_program_shortened_is_restored_and_a_correction_is_not(
    was: str, came: str, taken: str, why: str
) -> None:
    """A cell that is just what a spreadsheet program makes of the one of before is that one."""
    text = f'Phone,Value,_row,_outcome,_run\n+12125550100,"{came}",7,failed,run-1\n'
    found = loaded(text, written({7: ["+12125550100", was]}))
    assert cells_of(found) == [("+12125550100", taken or None)], why
    told = [notice for notice in found.survey.notices if "shortened" in notice]
    assert len(told) == (came != taken)


#: What the run had, what is in a workbook that is a report, what is taken, why.
GUARDED = [
    ("=1+1", "'=1+1", "=1+1", "the guard of our CSV, which was saved as a workbook"),
    ("=1+1", "=1+1", "=1+1", "a workbook of ours has no guard"),
    ("'=1+1", "''=1+1", "'=1+1", "one apostrophe is the user's own"),
    ("'=1+1", "'=1+1", "'=1+1", "the user's own, in a workbook of ours"),
    ("@ann", "'@bob", "@bob", "a correction behind the guard"),
    ("-x", "'-7", "'-7", "a number is not guarded: somebody wrote that"),
    ("Ann", "'=1+1", "'=1+1", "no guard was there: somebody wrote that"),
    ("-5", "-5", "-5", "a number is not guarded"),
    ("+1 (212) 555-0100", "'+1 (212) 555-0100", "+1 (212) 555-0100", "a number as people write it"),
]


@pytest.mark.parametrize(("was", "came", "taken", "why"), GUARDED, ids=[why for *_, why in GUARDED])
def test_the_guard_of_a_csv_that_became_a_workbook_is_undone(
    was: str, came: str, taken: str, why: str, tmp_path: Path
) -> None:
    """In a report that is no text file an apostrophe is the guard's only where the run's own cell says so."""
    frame = pl.DataFrame({"Phone": ["+12125550100"], "Value": [came], "_row": ["7"], "_outcome": ["failed"]})
    frame.write_excel(tmp_path / "failures.xlsx")
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"), mapping={"phone": "Phone"}, rerun=True)
    before = written({7: ["+12125550100", was]})
    for source in (tmp_path / "failures.xlsx", frame):
        found = load(source, reading, written=before)
        assert cells_of(found) == [("+12125550100", taken)], why
        assert not [notice for notice in found.survey.notices if "shortened" in notice]


def test_a_title_that_was_guarded_is_the_users_again() -> None:
    """A column called `@handle` keeps its name, and with it its part, through a CSV that became a workbook; so does one
    with an apostrophe of its own."""
    names = {"'@handle": ["'@ann"], "'=x": ["1"], "Phone": ["+12125550100"], "_row": ["7"], "_outcome": ["failed"]}
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"), mapping={"phone": "Phone"}, rerun=True)
    before = written({7: ["@ann", "1", "+12125550100", "2"]}, ("@handle", "'=x", "Phone", "=x"))
    found = load(pl.DataFrame(names), reading, written=before)
    assert found.facts.header == ("@handle", "'=x", "Phone")
    assert cells_of(found) == [("@ann", "1", "+12125550100")]


def test_a_row_is_known_by_its_number_and_a_column_by_its_name() -> None:
    """Rows sorted, columns turned, one added, one dropped, two of one name, a row added: each cell finds its own."""
    before = written({2: ["a", "01", "02"], 3: ["b", "03", "04"]}, ("Phone", "Zip", "Zip"))
    text = "Zip,New,_outcome,Zip,Phone,_row\n3,03,failed,4,b,3.0\n1,01,failed,2,a,2\n9,09,,9,c,\n"
    assert cells_of(loaded(text, before)) == [
        ("03", "03", "04", "b"), ("01", "01", "02", "a"), ("9", "09", "9", "c"),
    ]  # fmt: skip
    fewer = written({2: ["a", "01"]}, ("Phone", "Other"))
    assert cells_of(loaded("Phone,Zip,_outcome,_row\na,1,failed,2\n", fewer)) == [("a", "1")]


def test_without_the_run_nothing_is_guessed() -> None:
    """A report whose run is not at hand is taken as it is, and so is a row that the run did not have."""
    text = "Phone,Value,_row,_outcome\n+12125550100,2134,7,failed\n"
    assert cells_of(loaded(text, None)) == [("+12125550100", "2134")]
    assert cells_of(loaded(text, written({}))) == [("+12125550100", "2134")]


def test_a_phone_that_excel_rounded_is_called_as_it_was() -> None:
    """`5.25512E+11` is no number to call; the number of before is."""
    text = "Phone,Value,_row,_outcome\n1.21256E+10,x,7,failed\n"
    (row,) = next(loaded(text, written({7: ["+12125550100", "x"]})).batches())
    assert row.contact == "+12125550100"
    (row,) = next(loaded(text, None).batches())
    assert row.contact is None


# -- rows that are not in the report any more ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "only", "in_file", "taken", "why"),
    [
        ("not_found", None, False, True, "what it was folded into was deleted from the report, and was never done"),
        ("pending", None, False, True, "or was never sent"),
        ("succeeded", None, False, False, "it was done, so this one is, too"),
        ("not_found", Outcome.PENDING, False, False, "that is none of the outcomes that were asked for"),
        ("not_found", Outcome.NOT_FOUND, False, True, "and this is"),
        (None, None, False, False, "nobody knows that row"),
        ("not_found", None, True, False, "it is in the report, and was done since, as that says"),
    ],
)
def test_a_duplicate_of_a_deleted_row_shares_its_fate(
    said: str | None, only: Outcome | None, in_file: bool, taken: bool, why: str
) -> None:
    """Somebody deletes a row from a report and keeps the one that was folded into it: what the run said of the first
    says whether the second is taken, so that nobody who was to be DNC is passed over."""
    asked: list[list[int]] = []

    def outcomes(numbers: Iterable[int]) -> Iterable[tuple[int, str]]:
        asked.append(list(numbers))
        return [(number, said) for number in asked[-1] if said is not None]

    text = "Phone,_row,_outcome,_same_as\n+12125550100,7,duplicate,4\n+12125550101,8,pending,\n"
    text += "+12125550101,9,not_found,\n" + ("+12125550100,4,succeeded,\n" if in_file else "")
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange("DNC"), mapping={"phone": "Phone"}, rerun=True,
                      only=frozenset({only}) if only else None)  # fmt: skip
    before = OriginalRows("run-1", ("Phone",), lambda _: iter(()), outcomes)
    found = load("-", reading, stdin=io.BytesIO(text.encode()), written=before)
    rows = [row for batch in found.batches() for row in batch]
    assert any(row.contact == "+12125550100" for row in rows) is taken, why
    assert asked == [[] if in_file else [4]]


@pytest.mark.parametrize(
    ("cell", "number", "why"),
    [
        ("12", 12, "as it was written"),
        ("12.0", 12, "a number that was saved as one with a fraction"),
        ("12,0", 12, "the same, where a comma is before the fraction"),
        ("12,00", 12, "two places, as Excel shows numbers: it is not row 1200, whose cells are another person's"),
        ("12.00", 12, "the same, with a point"),
        ("1,024", 1024, "groups of three"),
        ("1,000", 1000, "three zeros are a group, not a fraction"),
        ("12.5", None, "no row has this number"),
        ("", None, "nothing"),
    ],
)
def test_a_row_number_is_read_as_a_spreadsheet_shows_it(cell: str, number: int | None, why: str) -> None:
    """A row number that a spreadsheet program formatted is still the number of the same row."""
    assert pl.DataFrame({"_row": [cell]}).select(row_number(pl.col("_row"))).item() == number, why


@pytest.mark.parametrize(("row", "told"), [("2", False), ("5", True)])
def test_it_is_said_of_which_file_the_row_numbers_are(row: str, told: bool) -> None:
    """Where rows stand elsewhere in the report than in the file of its run, a rerun says whose numbers it uses."""
    found = loaded(f"Phone,_row,_outcome\n+12125550100,{row},failed\n", None)
    assert any("row numbers are those of this report" in notice for notice in found.survey.notices) is told
