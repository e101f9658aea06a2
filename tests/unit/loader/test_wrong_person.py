"""Files that are read and that could name another person, or one that nobody asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from deltalake import DeltaTable, write_deltalake

from batch.errors import InputRefused
from batch.loader import ReadOptions, load
from batch.model import ContactChange, Operation, PlannedRow


def rows_of(path: Path | str, **options: Any) -> list[PlannedRow]:
    """The rows of the source at `path`, read for a fulfilment in the US unless `options` say otherwise."""
    options.setdefault("operation", Operation.FULFILL)
    options.setdefault("region", "US")
    return [row for rows in load(path, ReadOptions(**options)).batches() for row in rows]


@pytest.mark.parametrize(
    ("dtype", "values", "codes", "why"),
    [
        (pl.Float32, [600000101, 600000103], ["digits_lost"] * 2, "a Float32 holds 24 bits"),
        (pl.Float32, [12125550101.0], ["digits_lost"], "eleven digits neither"),
        (pl.Float32, [16_777_218.0], ["digits_lost"], "eight digits beyond 2^24 neither"),
        (pl.Float16, [2052.0], ["digits_lost"], "a Float16 holds 11 bits"),
        (pl.Float64, [12125550101.0], [""], "a Float64 holds 53 bits"),
        (pl.Float64, [2.0**53 + 2], ["digits_lost"], "and no more"),
        (pl.Int64, [12125550101], [""], "an integer holds all its digits"),
    ],
)
def test_a_float_that_cannot_hold_the_number_is_refused(
    tmp_path: Path, dtype: type[pl.DataType], values: list[float], codes: list[str], why: str
) -> None:
    """A phone in a float type that has lost its digits is `digits_lost`, never another number."""
    path = tmp_path / "phones.parquet"
    pl.DataFrame({"Phone": pl.Series(values, dtype=dtype)}).write_parquet(path)
    assert [row.code for row in rows_of(path, region="ES" if values[0] < 10**9 else "US")] == codes, why


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_unless_it_is_named(tmp_path: Path, state: str) -> None:
    """The first sheet that a person sees is read; a notice names the hidden ones; `--sheet` reads one."""
    path = tmp_path / "hidden.xlsx"
    book = openpyxl.Workbook()
    old = book.active
    old.append(["Phone"])
    old.append(["+12125550119"])
    old.sheet_state = state
    contacts = book.create_sheet("Contacts")
    contacts.append(["Phone"])
    contacts.append(["+12125550101"])
    book.active = 1
    book.save(path)
    loaded = load(path, ReadOptions(Operation.FULFILL))
    assert [row.contact for rows in loaded.batches() for row in rows] == ["+12125550101"]
    assert any("1 sheet that the workbook hides too: Sheet" in notice for notice in loaded.survey.notices)
    assert [row.contact for row in rows_of(path, sheet="Sheet")] == ["+12125550119"]


def test_the_open_sheet_is_not_passed_over_where_outreach_starts(tmp_path: Path) -> None:
    """A workbook that was saved with "November" open does not call those of "October" without a word."""
    path = tmp_path / "months.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "October"
    for title, phone in (("October", "+12125550109"), ("November", "+12125550111")):
        sheet = book[title] if title in book.sheetnames else book.create_sheet(title)
        sheet.append(["Phone"])
        sheet.append([phone])
    book.active = 1
    book.save(path)
    active: dict[str, Any] = {"operation": Operation.UPDATE, "ask": ContactChange(status="active")}
    with pytest.raises(InputRefused, match="saved with the sheet 'November' open"):
        rows_of(path, **active)
    assert [row.contact for row in rows_of(path, **active, sheet="November")] == ["+12125550111"]
    assert [row.contact for row in rows_of(path)] == ["+12125550109"]


@pytest.mark.parametrize(
    ("status", "second", "is_refused", "why"),
    [
        ("DNC", "Phone", True, "the people on the second sheet asked not to be called either"),
        ("dnc", "Phone", True, "in small letters"),
        ("DNC", "Month", False, "no contacts on the second sheet"),
        ("active", "Phone", False, "nobody is called for being left out"),
    ],
)
def test_no_sheet_of_people_who_asked_not_to_be_called_is_passed_over(
    tmp_path: Path, status: str, second: str, is_refused: bool, why: str
) -> None:
    """Where every row is to be DNC, a second sheet with contacts is no note: one of them is named with --sheet."""
    path = tmp_path / "opted_out.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Phone"])
    book.active.append(["+12125550109"])
    book.create_sheet("More").append([second])
    book["More"].append(["+12125550111"])
    book.save(path)
    asked: dict[str, Any] = {"operation": Operation.UPDATE, "ask": ContactChange(status=status)}
    if is_refused:
        with pytest.raises(InputRefused, match="contacts are in 'More' too"):
            rows_of(path, **asked)
    else:
        assert [row.contact for row in rows_of(path, **asked)] == ["+12125550109"], why
    if second == "Phone":
        assert [row.contact for row in rows_of(path, **asked, sheet="More")] == ["+12125550111"], why


@pytest.mark.parametrize(
    ("header", "second", "ask", "is_refused", "why"),
    [
        ("Status", [["Phone", "Status"], ["+12125550111", "DNC"]], {}, True, "a person who asked not to be called"),
        ("Estado", [["Teléfono", "Notas"], ["+12125550111", "No llamar"]], {}, True, "in other words"),
        ("Status", [["Phone", "Status"], ["+12125550111", "active"]], {}, False, "nobody who did"),
        ("Status", [["Month", "Status"], ["May", "DNC"]], {}, False, "no contacts"),
        ("Status", [["Phone", "Status"], ["+12125550111", "DNC"]], {"status": "paused"}, False, "no list of DNC"),
        ("Notes", [["Phone", "Status"], ["+12125550111", "DNC"]], {"name": "A"}, False, "nor is this one"),
    ],
)
def test_no_sheet_with_dnc_is_passed_over_where_a_column_says_the_status(
    tmp_path: Path, header: str, second: list[list[str]], ask: dict[str, Any], is_refused: bool, why: str
) -> None:
    """Where rows say their own status, a second sheet of contacts some of whom are DNC is no note."""
    path = tmp_path / "two_sheets.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Phone", header])
    book.active.append(["+12125550109", "paused"])
    sheet = book.create_sheet("More")
    for line in second:
        sheet.append(line)
    book.save(path)
    asked: dict[str, Any] = {"operation": Operation.UPDATE, "ask": ContactChange(**ask)}
    if is_refused:
        with pytest.raises(InputRefused, match="contacts are in 'More' too"):
            rows_of(path, **asked)
    else:
        assert [row.contact for row in rows_of(path, **asked)] == ["+12125550109"], why


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "hidden").iterdir()), ids=lambda path: path.name)
def test_what_a_program_hides_is_known_in_each_format(path: Path) -> None:
    """A hidden first sheet, row 4 and column B of a workbook, and formats of cells, as these programs wrote them."""
    loaded = load(path, ReadOptions(Operation.FULFILL))
    rows = [row for rows in loaded.batches() for row in rows]
    assert [row.contact for row in rows] == [f"+1212555010{at}" for at in range(1, 5)]
    assert [row.cells[3] for row in rows[:2]] == ["15/01/2026", "01234"]
    notices = " ".join(loaded.survey.notices)
    assert "1 sheet that the workbook hides too: Old" in notices
    assert "1 row hidden in the spreadsheet and read too: row 4" in notices
    assert 'hidden in the spreadsheet: B ("Phone")' in notices
    assert len(rows_of(path, hidden_rows="skip")) == 3


def test_a_hidden_column_that_is_read_is_named(tmp_path: Path) -> None:
    """Where the phones that are called stand in a column that nobody sees, a notice names it."""
    path = tmp_path / "columns.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Phone", "Notes"])
        sheet.write_row(1, 0, ["A", "+12125550101", "x"])
        sheet.set_column(1, 2, None, None, {"hidden": True})
    notices = load(path, ReadOptions(Operation.FULFILL)).survey.notices
    assert [note for note in notices if "hidden" in note] == [
        'The column that is read is hidden in the spreadsheet: B ("Phone"). --map names another.'
    ]


def test_contacts_on_a_hidden_sheet_alone_are_named(tmp_path: Path) -> None:
    """Where no sheet in sight names a phone, the refusal names the sheets that were not read, and the option."""
    path = tmp_path / "hidden.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Phone"])
    book.active.append(["+12125550119"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Cover").append(["Welcome"])
    book.active = 1
    book.save(path)
    with pytest.raises(InputRefused, match="No column is recognised as the phone") as error:
        rows_of(path)
    assert any("hides too: Sheet. Choose with --sheet" in line for line in error.value.problems)


def delta_table(folder: Path) -> Path:
    """A Delta table of two contacts, the first of them deleted."""
    frame = pl.DataFrame({"Name": ["P1", "P2"], "Phone": ["+12125550101", "+12125550102"]})
    write_deltalake(str(folder), frame)
    DeltaTable(str(folder)).delete("Name = 'P1'")
    return folder


def test_the_files_of_a_delta_table_are_refused(tmp_path: Path) -> None:
    """A glob over a Delta table, and one of its files, would call removed rows: both are refused, with the way out."""
    folder = delta_table(tmp_path / "delta")
    for given in (f"{folder}/*.parquet", str(next(folder.glob("*.parquet")))):
        with pytest.raises(InputRefused, match=r"a Delta table .*removed rows are still in these files") as error:
            rows_of(given)
        assert f"Give the folder: {folder}" in error.value.tip


def test_a_delta_table_is_read_as_it_is_now(tmp_path: Path) -> None:
    """The folder of a Delta table gives the rows that the table has: none that were deleted."""
    assert [row.contact for row in rows_of(delta_table(tmp_path / "delta"))] == ["+12125550102"]


@pytest.mark.parametrize(("mark", "kind"), [("metadata/1.metadata.json", "Iceberg"), (".hoodie/x", "Hudi")])
def test_files_of_other_tables_are_refused(tmp_path: Path, mark: str, kind: str) -> None:
    """Iceberg and Hudi keep removed rows in their files, too."""
    (tmp_path / mark).parent.mkdir()
    (tmp_path / mark).write_text("{}")
    data = tmp_path / "data"
    data.mkdir()
    pl.DataFrame({"Phone": ["+12125550101"]}).write_parquet(data / "a.parquet")
    with pytest.raises(InputRefused, match=f"{kind} table"):
        rows_of(f"{data}/*.parquet")


@pytest.mark.parametrize(
    ("number", "code", "region", "contact", "why"),
    [
        (5512345671, '"+52 "0', "US", "+525512345671", "the country code stands in the format"),
        (5512345671, "+52 00 0000 0000", "US", "+525512345671", "without quotes, too"),
        (600000101, '"+34 "000 000 000', "US", "+34600000101", "with groups of digits"),
        (2125550101, "(000) 000-0000", "US", "+12125550101", "punctuation is no country code"),
        (12125550101, "0", "US", "+12125550101", "a plain format changes nothing"),
        (12125550101, "0.00E+00", "US", "+12125550101", "an exponent hides digits that the file holds"),
        (12125550101, "#,##0", "US", "+12125550101", "thousands are no other number"),
        (12125550101, "yyyy-mm-dd", "US", "+12125550101", "no date: the cell shows #####, the file holds the number"),
        (600000101, "000000000000", "ES", "+34600000101", "zeros that the format adds change nobody's number"),
    ],
)
def test_a_number_is_read_in_the_format_of_its_cell(
    tmp_path: Path, number: int, code: str, region: str, contact: str | None, why: str
) -> None:
    """What is read is what the person sees in the cell."""
    path = tmp_path / "format.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Phone")
        sheet.write_number(1, 0, number, book.add_format({"num_format": code}))
    assert [row.contact for row in rows_of(path, region=region)] == [contact], why


def filtered_workbook(path: Path) -> Path:
    """A workbook of six contacts, four of them hidden by a filter."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Phone", "Team"])
        for at in range(1, 7):
            sheet.write_row(at, 0, [f"P{at}", f"+1212555010{at}", "A" if at < 3 else "B"])
            if at >= 3:
                sheet.set_row(at, options={"hidden": True})
        sheet.autofilter(0, 0, 6, 2)
        sheet.filter_column("C", "x == A")
    return path


def test_hidden_rows_are_refused_where_outreach_starts(tmp_path: Path) -> None:
    """A run that starts outreach does not take rows that a filter hides unless it is told what becomes of them."""
    path = filtered_workbook(tmp_path / "filtered.xlsx")
    active: dict[str, Any] = {"operation": Operation.UPDATE, "ask": ContactChange(status="active")}
    with pytest.raises(InputRefused, match=r"hides 4 rows by a filter.*rows 4, 5, 6, 7") as error:
        rows_of(path, **active)
    assert "--hidden-rows skip" in error.value.tip
    assert [row.number for row in rows_of(path, **active, hidden_rows="skip")] == [2, 3]
    assert len(rows_of(path, **active, hidden_rows="read")) == 6


def test_hidden_rows_are_read_and_named_where_outreach_stops(tmp_path: Path) -> None:
    """Who asked not to be called is protected in hidden rows, too, and a notice names these."""
    path = filtered_workbook(tmp_path / "filtered.xlsx")
    loaded = load(path, ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC")))
    assert loaded.survey.sendable == 6
    assert any("4 rows hidden in the spreadsheet and read too: rows 4, 5" in note for note in loaded.survey.notices)


def test_a_formula_without_a_result_is_refused(tmp_path: Path) -> None:
    """A formula that nothing has calculated is no empty cell: the file is refused, with the column and rows."""
    path = tmp_path / "formula.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Phone", "Other"], ['="+1"&"2125550101"', "=1+1"], ["+12125550102", 2]):
        sheet.append(row)
    book.save(path)
    with pytest.raises(InputRefused, match="formulas without a stored result") as error:
        rows_of(path)
    assert "column A ('Phone'): row 2" in error.value.problems


def test_a_formula_in_a_column_that_is_not_used_refuses_nothing(tmp_path: Path) -> None:
    """Only columns that say something about the contact count."""
    path = tmp_path / "formula.xlsx"
    book = openpyxl.Workbook()
    for row in (["Phone", "Other"], ["+12125550101", "=1+1"]):
        book.active.append(row)
    book.save(path)
    assert [row.contact for row in rows_of(path)] == ["+12125550101"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2023-03-15", "ISO"), ("2023-03-15 00:00:00", "with a time"), ("15/03/2023", "day first"),
        ("3/15/2023", "month first"), ("15.03.2023", "with points"), ("-2125550101", "a negative number"),
        ("-600000101.0", "a negative decimal"),
    ],
)  # fmt: skip
def test_dates_and_negative_numbers_are_no_phones(tmp_path: Path, cell: str, why: str) -> None:
    """In some country each would be a valid number (+45 20230315); a person sees that it is none."""
    path = tmp_path / "dates.csv"
    path.write_text(f"Phone\n{cell}\n")
    for region in ("DK", "US", "DE", "PE"):
        assert [row.code for row in rows_of(path, region=region)] == ["not_a_number"], why


def test_a_number_with_its_country_code_needs_no_country(tmp_path: Path) -> None:
    """An unknown country beside a full E.164 number refuses nothing; beside a national number it does."""
    path = tmp_path / "countries.csv"
    path.write_text("Country,Phone\nAtlantis,+12125550100\nAtlantis,2125550101\n")
    rows = rows_of(path, mapping={"region": "Country"})
    assert [(row.contact, row.code) for row in rows] == [("+12125550100", ""), (None, "unknown_region")]


def test_the_zero_of_a_formula_that_was_never_calculated_is_no_result(tmp_path: Path) -> None:
    """xlsxwriter stores 0 for each formula: such a column is refused in words, and a result that is there is read."""
    path = tmp_path / "formulas.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Phone"])
        sheet.write_formula(1, 0, '="+1212"&"5550101"')
    with pytest.raises(InputRefused, match="formulas without a stored result"):
        rows_of(path)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Phone"])
        sheet.write_formula(1, 0, '="+1212"&"5550101"', value="+12125550101")
    assert [row.contact for row in rows_of(path)] == ["+12125550101"]
