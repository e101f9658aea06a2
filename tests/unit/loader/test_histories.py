"""Files that are read and that would change a contact wrongly: encodings, placeholders, titles, totals, nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from batch.errors import InputRefused, SettingsError
from batch.loader import LoadedSource, ReadOptions, load
from batch.model import ContactChange, Operation, PlannedRow

ID = "019b1c2d-0000-7000-8000-000000000001"
BY_ID = Operation.UPDATE_BY_ID


def read(path: Path, **options: Any) -> LoadedSource:
    """The source at `path`, read for a fulfilment in the US unless `options` say otherwise."""
    options.setdefault("operation", Operation.FULFILL)
    options.setdefault("region", "US")
    return load(path, ReadOptions(**options))


def rows_of(loaded: LoadedSource) -> list[PlannedRow]:
    return [row for rows in loaded.batches() for row in rows]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1251", "Иван Петров"), ("cp1252", "José Muñoz"), ("cp1250", "Łukasz Żółć"), ("cp932", "山田太郎"),
        ("gb18030", "张伟"), ("cp1253", "Γιώργος"), ("cp1256", "محمد"), ("cp949", "김민수"),
    ],
)  # fmt: skip
def test_a_guessed_encoding_is_never_written(tmp_path: Path, encoding: str, name: str) -> None:
    """A name in an encoding that nothing tells is refused with previews; told, it is written as it stands."""
    path = tmp_path / "names.csv"
    path.write_bytes(f"id,name\n{ID},{name}\n".encode(encoding))
    with pytest.raises(InputRefused, match="does not say its encoding") as error:
        read(path, operation=BY_ID)
    assert any(repr(name) in line for line in error.value.problems), error.value.problems
    assert "--encoding" in error.value.tip
    (row,) = rows_of(read(path, operation=BY_ID, encoding=encoding))
    assert row.change is not None and row.change.name == name


def test_a_guessed_encoding_refuses_nothing_that_is_not_written(tmp_path: Path) -> None:
    """Where letters are only kept for the report, the file is read."""
    path = tmp_path / "names.csv"
    path.write_bytes("Name,Phone\nJosé,+12125550101\n".encode("cp1252"))
    assert [row.contact for row in rows_of(read(path))] == ["+12125550101"]


@pytest.mark.parametrize(
    "cell", ["#N/A", "#REF!", "nan", "NULL", "None", "undefined", "<NA>", "NaT", "#VALUE!", "\\N", "(null)", "#¡REF!"]
)
def test_what_stands_for_nothing_is_not_written(tmp_path: Path, cell: str) -> None:
    """Error words and the nulls of programs are blank as a name and as a variable, with a note; or literal if told."""
    path = tmp_path / "names.csv"
    path.write_text(f"id,name,var:city,var:team\n{ID},{cell},{cell},A\n")
    loaded = read(path, operation=BY_ID)
    (row,) = rows_of(loaded)
    assert row.change is not None and (row.change.name, dict(row.change.variables)) == (None, {"team": "A"})
    assert any("blank in 1 row (2)" in notice for notice in loaded.survey.notices)
    (row,) = rows_of(read(path, operation=BY_ID, keep_literal=True))
    assert row.change is not None and (row.change.name, row.change.variables["city"]) == (cell, cell)


@pytest.mark.parametrize("name", ["Nan", "Null", "Nadia", "None of Your Business LLC", "A/N"])
def test_names_that_are_words_are_written(tmp_path: Path, name: str) -> None:
    """Only what a program writes as a whole cell stands for nothing."""
    path = tmp_path / "names.csv"
    path.write_text(f"id,name\n{ID},{name}\n")
    (row,) = rows_of(read(path, operation=BY_ID))
    assert row.change is not None and row.change.name == name


def test_cells_are_written_as_the_person_sees_them(tmp_path: Path) -> None:
    """Dates, times, zeros, currencies and truth values of a workbook are variables as the cells show them."""
    path = tmp_path / "seen.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "var:day", "var:zip", "var:time", "var:price", "var:member", "var:gone"])
        sheet.write(1, 0, ID)
        for at, (value, code) in enumerate(
            [(46037, "dd/mm/yyyy"), (1234, "00000"), (0.395833333333333, "h:mm"), (12.5, "$#,##0.00")], 1
        ):
            sheet.write_number(1, at, value, book.add_format({"num_format": code}))
        sheet.write_boolean(1, 5, True)
        sheet.write_formula(1, 6, "=NA()", None, "#N/A")
    (row,) = rows_of(read(path, operation=BY_ID))
    assert row.change is not None
    assert dict(row.change.variables) == {
        "day": "15/01/2026", "zip": "01234", "time": "9:30", "price": "$12.50", "member": "TRUE"
    }  # fmt: skip


def test_nothing_is_nothing_in_parquet(tmp_path: Path) -> None:
    """Null lists, null structs, NaN and empty lists change no variable."""
    path = tmp_path / "nothing.parquet"
    pl.DataFrame(
        {
            "id": [ID],
            "name": ["Ann"],
            "var:list": pl.Series([None], dtype=pl.List(pl.String)),
            "var:empty": pl.Series([[]], dtype=pl.List(pl.String)),
            "var:struct": pl.Series([None], dtype=pl.Struct({"a": pl.Int64})),
            "var:nan": [float("nan")],
            "var:nulls": pl.Series([[None]], dtype=pl.List(pl.String)),
        }
    ).write_parquet(path)
    (row,) = rows_of(read(path, operation=BY_ID))
    assert row.change is not None and (row.change.name, dict(row.change.variables)) == ("Ann", {})


@pytest.mark.parametrize(
    "series",
    [
        pl.Series([b"\xff\xfe" * 8]), pl.Series([[b"\xff"]]), pl.Series([{"a": b"\xff"}]),
        pl.Series([1], dtype=pl.Int64).cast(pl.Duration("us")), pl.Series([["a"]], dtype=pl.Array(pl.String, 1)),
        pl.Series([1], dtype=pl.Int128), pl.Series([None], dtype=pl.Null), pl.Series([1.5], dtype=pl.Float16),
    ],
    ids=lambda series: str(series.dtype),
)  # fmt: skip
def test_a_column_that_is_not_used_refuses_nothing(tmp_path: Path, series: pl.Series) -> None:
    """Whatever type another column has, the phones are read."""
    path = tmp_path / "odd.parquet"
    pl.DataFrame({"Phone": ["+12125550101"], "x": series}).write_parquet(path)
    assert [row.contact for row in rows_of(read(path))] == ["+12125550101"]


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "odd").iterdir()), ids=lambda path: path.stem)
def test_a_type_that_the_engine_cannot_read_refuses_nothing_else(path: Path) -> None:
    """Files of DuckDB 2.0.1 with an interval, a map of intervals and an infinite date: the phones are read, and such a
    column is refused only where it is used."""
    assert [row.contact for row in rows_of(read(path))] == ["+12125550101"]
    if "interval" in path.name:
        with pytest.raises(InputRefused, match="a type in 'x' that cannot be read"):
            read(path, mapping={"phone": "x"})


def test_decimals_of_fifty_digits_refuse_nothing(tmp_path: Path) -> None:
    """A decimal beyond what the engine holds is text by itself, or nothing."""
    import decimal

    import pyarrow
    from pyarrow import parquet

    path = tmp_path / "decimal.parquet"
    wide = pyarrow.array([decimal.Decimal("1.5")], pyarrow.decimal256(50, 2))
    parquet.write_table(pyarrow.table({"Phone": ["+12125550101"], "x": wide}), path)
    assert [row.contact for row in rows_of(read(path))] == ["+12125550101"]


def test_uuids_and_padded_text_in_binary_columns(tmp_path: Path) -> None:
    """A binary column of 16 bytes is a UUID; bytes that are text are that text without their padding."""
    path = tmp_path / "binary.parquet"
    key = bytes.fromhex("019b1c2d000070008000000000000001")
    phones = [b"+12125550101\0\0\0", b"+12125550102"]
    pl.DataFrame({"id": [key, key[:-1] + b"\xff"], "Phone": phones}).write_parquet(path)
    rows = rows_of(read(path))
    assert [row.cells[0] for row in rows] == [ID, f"{ID[:-2]}ff"]
    assert [row.contact for row in rows] == ["+12125550101", "+12125550102"]


def test_trailing_blank_rows_are_no_rows(tmp_path: Path) -> None:
    """Rows of separators alone, as spreadsheets leave them below a table, fail nothing."""
    path = tmp_path / "blank.csv"
    path.write_text("Name,Phone,City\nA,+12125550101,X\n,,\n , ,\nB,+12125550102,Y\n,,\n,,\n")
    loaded = read(path)
    assert (loaded.survey.rows, loaded.survey.sendable) == (2, 2)
    assert [row.number for row in rows_of(loaded)] == [2, 5]


TITLES = ["Contacts of November", "Exported 2026-11-29 12:00"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_header_is_found_below_titles(tmp_path: Path, kind: str) -> None:
    """Title rows above the header are named and not read; row numbers are those of the file. A contact whose cell
    begins with `tel:` is no second header."""
    path = tmp_path / f"titles.{kind}"
    rows = [[title] for title in TITLES] + [[], ["Name", "Phone"], ["A", "tel: +12125550101"]]
    if kind == "csv":
        path.write_text("".join(",".join(row) + "\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    loaded = read(path)
    assert [(row.number, row.contact) for row in rows_of(loaded)] == [(5, "+12125550101")]
    assert any(
        "Row 4 is read as the header; the 2 title rows above it are not read" in n for n in loaded.survey.notices
    )


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("Report\nName,Phone\nA,+12125550101\nName,Phone\nB,+12125550102\n", "rows 2 and 4 could both", "two tables"),
        ("A,+12125550101\nB,+12125550102\n", "row 1 is a contact", "no header"),
        ("Bob,+12125550101\nName,Phone\nB,+12125550102\n", "row 1 is a contact", "a contact above the header"),
        ("name@example.com,2125550101\n", "row 1 is a contact", "an address and a number"),
        (f"{ID}\n", "row 1 is a contact", "an id"),
        ("Ann,555-0101\nBob,555-0102\n", "row 1 is a contact", "a short number"),
        ("Ann,12 34 56 78\n", "row 1 is a contact", "a number in groups"),
    ],
)
def test_a_header_is_never_guessed(tmp_path: Path, text: str, words: str, why: str) -> None:
    """Where two rows could be the header, or the first row is a contact, the file is refused with the option."""
    path = tmp_path / "none.csv"
    path.write_text(text)
    with pytest.raises(InputRefused, match=words) as error:
        read(path)
    assert "--header-row" in error.value.tip or "--no-header" in error.value.tip, why


@pytest.mark.parametrize("title", ["2025-2026", "2026-11-29", "Q1 2026", "12", "info@", "Phone 1"])
def test_titles_are_no_contacts(tmp_path: Path, title: str) -> None:
    """Years, dates and numbers name columns."""
    path = tmp_path / "titles.csv"
    path.write_text(f"Phone,{title}\n+12125550101,x\n")
    assert read(path).survey.rows == 1


def test_our_own_tip_does_not_lose_the_first_person(tmp_path: Path) -> None:
    """`--map phone=` with the first person's number is refused, not followed."""
    path = tmp_path / "none.csv"
    path.write_text("A,+12125550101\nB,+12125550102\n")
    with pytest.raises(InputRefused, match="no header: row 1 is a contact"):
        read(path, mapping={"phone": "+12125550101"})


def test_a_file_without_a_header(tmp_path: Path) -> None:
    """With --no-header the columns are letters, the first row is row 1, and the only column of phones is found."""
    path = tmp_path / "none.csv"
    path.write_text("A,+12125550101,x\nB,+12125550102,y\n")
    loaded = read(path, no_header=True)
    assert loaded.facts.header == ("A", "B", "C")
    assert [(row.number, row.contact) for row in rows_of(loaded)] == [(1, "+12125550101"), (2, "+12125550102")]
    assert len(rows_of(read(path, no_header=True, mapping={"phone": "B"}))) == 2


@pytest.mark.parametrize("option", [{"no_header": True}, {"header_row": 4}])
def test_the_report_of_such_a_file_is_run_again(tmp_path: Path, option: dict[str, Any]) -> None:
    """A rerun has the options of its run, and its report has a header all the same."""
    path = tmp_path / "failures.csv"
    path.write_text("A,B,_row,_outcome\nAnn,+12125550101,1,failed\n")
    rows = rows_of(read(path, rerun=True, mapping={"phone": "B"}, **option))
    assert [row.contact for row in rows] == ["+12125550101"]


def test_the_header_row_can_be_told(tmp_path: Path) -> None:
    """--header-row reads the row of that number, and names the rows where it is not there."""
    path = tmp_path / "told.csv"
    path.write_text("Name,Phone\nold,+12125550109\n\nName,Phone\nA,+12125550101\n")
    assert [row.number for row in rows_of(read(path, header_row=4))] == [5]
    with pytest.raises(SettingsError, match=r"row 3 of .* is empty or not there"):
        read(path, header_row=3)


@pytest.mark.parametrize(
    ("footer", "why"),
    [
        ("Total,2,\n", "a total"), ("Grand Total,24251110203,\n", "a sum of phones"), ("Total: 2 contacts\n", "words"),
        ("Grand Totals (302 records)\n", "the words of Salesforce"),
        ("2 records,,\n", "a count"), ("\nGenerated by CRM on 2026-11-29\n", "a remark"), ("Suma,,\n", "Spanish"),
        ('"Copyright (c) 2026 Example Inc. All rights reserved."\n"Confidential Information"\n', "two lines"),
        (",,\nTotal general,,2\n,,\n", "among blank rows"),
        ('\n"Contact Report"\n"Copyright (c) 2026 CRM"\n"Generated By:  Jane 11/29"\n"Example Inc"\n', "Salesforce"),
        ("Name,Phone,City\n", "the header again"),
    ],
)  # fmt: skip
def test_footers_are_named_and_not_sent(tmp_path: Path, footer: str, why: str) -> None:
    """Totals and remarks below the table are no contacts."""
    path = tmp_path / "total.csv"
    path.write_text(f"Name,Phone,City\nA,+12125550101,X\nB,+12125550102,Y\n{footer}")
    loaded = read(path)
    assert [row.contact for row in rows_of(loaded)] == ["+12125550101", "+12125550102"], why
    assert any("below the table" in note or "repeats the header" in note for note in loaded.survey.notices)


def test_a_long_footer_is_shown_to_the_end_of_a_word(tmp_path: Path) -> None:
    """What a notice shows of a row that is left out is not cut within a word."""
    path = tmp_path / "long.csv"
    path.write_text(f"Name,Phone\nA,+12125550101\nConfidential {'information ' * 8}\n")
    [notice] = [note for note in read(path).survey.notices if "below the table" in note]
    assert "Confidential information information information …'" in notice


def test_a_report_has_no_footer(tmp_path: Path) -> None:
    """The last row of a report is a row of its run, whatever its name."""
    path = tmp_path / "failures.csv"
    path.write_text("Name,Phone,_row,_outcome\nA,+12125550101,2,failed\nTotal,2125550102,3,failed\n")
    assert len(rows_of(read(path, rerun=True))) == 2


@pytest.mark.parametrize(
    "row", ["Total,+33612345678,Paris\n", f"Total,,{ID}\n", "Ann,,\n", "Total Wine,2125550103,\n", "Ann,,\nTotal,,\n"]
)
def test_a_contact_at_the_end_is_no_footer(tmp_path: Path, row: str) -> None:
    """A last row that may be a contact stays a row, whatever its name."""
    path = tmp_path / "total.csv"
    path.write_text(f"Name,Phone,City\nA,+12125550101,X\n{row}")
    assert read(path).survey.rows == 2


def test_a_role_can_be_let_go(tmp_path: Path) -> None:
    """`--map id=` leaves HubSpot's Record ID alone, and the phone says who it is."""
    path = tmp_path / "hubspot.csv"
    path.write_text("Record ID,Phone Number,Name\n123,+12125550101,Ann\n")
    rows = rows_of(read(path, operation=BY_ID, mapping={"id": "", "phone": "Phone Number", "phoneNumber": ""}))
    assert [(row.contact, row.code) for row in rows] == [("+12125550101", "")]


@pytest.mark.parametrize("role", ["status", "campaign"])
def test_other_roles_can_be_let_go(tmp_path: Path, role: str) -> None:
    """A column that is recognised is not used where its role is mapped to nothing."""
    path = tmp_path / "roles.csv"
    path.write_text("Phone,Status,Campaign ID,New Status\n+12125550101,DNC,019b1c2d-0000-7000-8000-000000000002,DNC\n")
    loaded = read(path, operation=Operation.UPDATE, mapping={role: ""}, ask=ContactChange())
    assert role not in loaded.facts.roles


SEVERAL = [
    ("Work", "+12125550101", "Mobile", "+12125550102", "+12125550102", "the mobile first, by its type"),
    ("", "+12125550101", "", "+34600000102", "+34600000102", "then by its number"),
    ("Home", "12", "Work", "+12125550102", "+12125550102", "then the first that can be called"),
    ("Work Fax", "+12125550101", "Home", "+12125550102", "+12125550102", "a fax last"),
    ("", "", "", "+12125550102", "+12125550102", "only the second is filled"),
]


@pytest.mark.parametrize(("type1", "phone1", "type2", "phone2", "taken", "why"), SEVERAL)
def test_one_of_several_phones_is_taken(
    tmp_path: Path, type1: str, phone1: str, type2: str, phone2: str, taken: str, why: str
) -> None:
    """Google's numbered columns are the phones of one contact; the row says which was taken."""
    path = tmp_path / "google.csv"
    head = "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value"
    path.write_text(f"{head}\nA,{type1},{phone1},{type2},{phone2}\nB,,+12125550199,,+12125550198\n")
    row = rows_of(read(path))[0]
    assert row.contact == taken, why
    assert ("taken from Phone 2 - Value" in row.repair) == bool(phone1)


def test_every_phone_can_be_a_row(tmp_path: Path) -> None:
    """--phones all makes a row of each phone; a contact without one stays a row."""
    path = tmp_path / "google.csv"
    path.write_text("Name,Phone 1 - Value,Phone 2 - Value\nA,+12125550101,+12125550102\nB,,\nC,,+12125550103\n")
    loaded = read(path, phones="all")
    assert [(row.number, row.cells[0], row.contact) for row in rows_of(loaded)] == [
        (2, "A", "+12125550101"), (3, "A", "+12125550102"), (4, "B", None), (5, "C", "+12125550103")
    ]  # fmt: skip
    assert any("--phones all" in notice for notice in loaded.survey.notices)


def test_several_columns_can_be_mapped(tmp_path: Path) -> None:
    """`--map phone=A,B` takes the first filled; a header with a comma is found whole."""
    path = tmp_path / "two.csv"
    path.write_text('"Phone, private",Office,Name\n,+12125550101,A\n+12125550102,,B\n')
    rows = rows_of(read(path, mapping={"phone": "Phone, private,Office"}))
    assert [row.contact for row in rows] == ["+12125550101", "+12125550102"]


def test_lists_of_phones(tmp_path: Path) -> None:
    """A list column of Parquet holds the phones of one contact."""
    path = tmp_path / "list.parquet"
    pl.DataFrame({"Phone": [["+12125550101"], ["12", "+12125550102"], [], None]}).write_parquet(path)
    rows = rows_of(read(path))
    assert [(row.contact, row.code) for row in rows] == [
        ("+12125550101", ""), ("+12125550102", ""), (None, "no_phone"), (None, "no_phone")
    ]  # fmt: skip


def test_a_list_of_google_contacts(tmp_path: Path) -> None:
    """Google writes several numbers of one type into one cell: the first that can be called, or each."""
    path = tmp_path / "google.csv"
    path.write_text("Name,Phone 1 - Value\nA,12 ::: +12125550102 ::: +12125550103\n")
    assert [row.contact for row in rows_of(read(path))] == ["+12125550102"]
    assert [row.contact for row in rows_of(read(path, phones="all"))] == [None, "+12125550102", "+12125550103"]


@pytest.mark.parametrize(
    ("status", "phones", "contacts", "why"),
    [
        ("DNC", None, ["+12125550101", "+12125550102", "+12125550103"], "who asked not to be called has many numbers"),
        ("dnc", None, ["+12125550101", "+12125550102", "+12125550103"], "in any spelling of the status"),
        ("DNC", "first", ["+12125550101", None], "unless one number is asked for"),
        ("paused", None, ["+12125550101", None], "another status is for one number, and the other is named"),
    ],
)
def test_dnc_is_for_every_phone_of_a_person(
    tmp_path: Path, status: str, phones: Literal["first", "all"] | None, contacts: list[str | None], why: str
) -> None:
    """Where every row is to be DNC, all columns with phones are read, but for a fax, and the notices say so."""
    path = tmp_path / "two.csv"
    path.write_text("Phone,Mobile,Fax\n2125550101,2125550102,2125550109\n,2125550103,\n")
    asked = ReadOptions(Operation.UPDATE, ask=ContactChange(status=status), region="US", phones=phones)
    loaded = load(path, asked)
    assert [row.contact for rows in loaded.batches() for row in rows] == contacts, why
    assert any("Mobile" in notice for notice in loaded.survey.notices)


TWO = ["+12125550101", "+12125550102"]
LISTS = [
    # a cell that is a list, how the file is read, what is taken, why
    ('"[""+12125550101"", ""+12125550102""]"', {}, TWO, "a list column: each number can be called"),
    ("+12125550101 ::: +12125550102", {}, TWO, "a list of Google's"),
    ("+12125550101 ::: +12125550102", {"phones": "first"}, TWO[:1], "unless one number is asked for"),
    ("+12125550101 ::: +12125550102", {"where": ("Phone!=",)}, TWO, "a condition is about the row of the file"),
]


@pytest.mark.parametrize(("cell", "options", "contacts", "why"), LISTS)
def test_dnc_is_for_every_phone_of_a_list(
    tmp_path: Path, cell: str, options: dict[str, Any], contacts: list[str], why: str
) -> None:
    """Where every row is to be DNC, each number of a list in one cell is a row, without --phones all."""
    path = tmp_path / "list.csv"
    path.write_text(f"Name,Phone\nA,{cell}\nB,\n")
    loaded = read(path, operation=Operation.UPDATE, ask=ContactChange(status="DNC"), **options)
    assert [row.contact for row in rows_of(loaded) if row.contact] == contacts, why


MANY = [f"+12125550{number}" for number in range(100, 160)]


@pytest.mark.parametrize(
    ("cell", "contacts", "why"),
    [
        ([{"cell": TWO[0]}, {"value": TWO[1]}, {"value": None}], TWO, "a key that is not in the table, and no value"),
        ([{"home": TWO[0], "work": TWO[1]}, {"value": "12"}], [*TWO, None], "two phones of one object; one is none"),
        ([[TWO[0], TWO[1]], None, ""], TWO, "a list in a list"),
        ([{"value": TWO[0]}, {"primary": True}, {"cell": TWO[1], "main": True}], TWO, "what is true is no phone"),
        ([12125550101.0, 12125550102.0], TWO, "figures, as pandas has them"),
        (MANY, MANY, "however many they are"),
    ],
)
def test_no_part_of_a_list_is_left_out(
    tmp_path: Path, cell: list[object], contacts: list[str | None], why: str
) -> None:
    """For DNC each value in a list is a row: one that is not read is refused, and not forgotten."""
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"Name": "A", "Phone": json.dumps(cell)}]))
    rows = rows_of(read(path, operation=Operation.UPDATE, ask=ContactChange(status="DNC")))
    assert [row.contact for row in rows] == contacts, why


@pytest.mark.parametrize(
    ("condition", "contacts", "why"),
    [
        ("Phone!=", ["+12125550101", "+12125550102"], "the row has a phone, so all its phones are taken"),
        ("Phone=", ["+12125550103"], "the row has none there: its mobile is taken, and no part of another row"),
    ],
)
def test_a_condition_is_about_the_row_before_it_becomes_several(
    tmp_path: Path, condition: str, contacts: list[str], why: str
) -> None:
    """`--where` on a column of phones never leaves out one of the phones of a row that it takes."""
    path = tmp_path / "two.csv"
    path.write_text("Phone,Mobile\n2125550101,2125550102\n,2125550103\n")
    loaded = read(path, operation=Operation.UPDATE, ask=ContactChange(status="DNC"), where=(condition,))
    assert [row.contact for row in rows_of(loaded)] == contacts, why
    assert loaded.survey.left_out == 1
