"""Formats, whole-file refusals, and files that mean harm."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter
from harness.forked_sheets import BY_AN_INTERPRETER

from batch.errors import InputRefused, SettingsError
from batch.loader import ReadOptions, load
from batch.loader.sources import cloud
from batch.loader.sources.workbooks import child_call
from batch.model import ContactChange, Operation, PlannedRow

if TYPE_CHECKING:
    from unit.loader.conftest import Read

READING = ReadOptions(Operation.FULFILL, region="US")
US = "+12125550100"


def rows_of(path: Path, reading: ReadOptions = READING) -> list[PlannedRow]:
    """All rows of the file at `path`."""
    return [row for batch in load(path, reading).batches() for row in batch]


def workbook(path: Path, *sheets_of_rows: list[list[object]]) -> Path:
    """An XLSX at `path` with one sheet per list; the first cell of each is A1."""
    with xlsxwriter.Workbook(path) as book:
        for rows in sheets_of_rows:
            sheet = book.add_worksheet()
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


def test_xlsx(tmp_path: Path) -> None:
    """Text and number cells are read as a person would write them; row numbers are the spreadsheet's."""
    rows: list[list[object]] = [[], ["Name", "Phone"], ["Ann", 12125550100], [], ["Bob", "(212) 555-0101"], ["Cy", 2.5]]
    found = rows_of(workbook(tmp_path / "c.xlsx", rows))
    assert [(row.number, row.contact, row.cells) for row in found] == [
        (3, US, ("Ann", "12125550100")),
        (5, "+12125550101", ("Bob", "(212) 555-0101")),
        (6, None, ("Cy", "2.5")),
    ]


def test_sheets_by_name(tmp_path: Path) -> None:
    """The first sheet is read, with a notice of the others; `sheet` chooses; a wrong name lists them all."""
    path = workbook(tmp_path / "c.xlsx", [["Phone"], [2125550100]], [["Phone"], [2125550101], [2125550102]])
    assert any("Sheet2" in notice for notice in load(path, READING).survey.notices)
    assert load(path, ReadOptions(Operation.FULFILL, region="US", sheet="Sheet2")).survey.rows == 2
    with pytest.raises(SettingsError, match="no sheet called") as error:
        load(path, ReadOptions(Operation.FULFILL, region="US", sheet="Contacts"))
    assert "Sheet2" in str(error.value)


def test_contacts_behind_an_empty_or_cover_sheet_are_read(tmp_path: Path) -> None:
    """The only sheet in sight that names a phone is read, and a notice says which."""
    covers: list[list[list[object]]] = [[], [["Contacts of our team"], ["see the next sheet"]]]
    for cover in covers:
        path = workbook(tmp_path / "c.xlsx", cover, [["Phone"], [2125550101]])
        loaded = load(path, READING)
        assert loaded.survey.rows == 1
        assert "The sheet 'Sheet2' is read" in " ".join(loaded.survey.notices)


def test_two_sheets_of_contacts_behind_a_cover_are_not_guessed(tmp_path: Path) -> None:
    """Where two sheets could be meant, both are named, with the option that chooses."""
    path = workbook(tmp_path / "c.xlsx", [["Cover"]], [["Phone"], [2125550101]], [["Phone"], [2125550102]])
    with pytest.raises(InputRefused, match="2 other sheets do: 'Sheet2', 'Sheet3'") as error:
        load(path, READING)
    assert "--sheet" in str(error.value)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([2125550100, None, 2125550101], pl.Int64),
        ([2125550100.0, None, 2125550101.0], pl.Float64),
        (["2125550100", None, "2125550101"], pl.String),
        (["2125550100", None, "2125550101"], pl.Categorical),
    ],
)
def test_parquet(tmp_path: Path, values: list[object], dtype: pl.DataType) -> None:
    """Phones may be text, integers, floats or categories; the types are remembered for the report."""
    path = tmp_path / "c.parquet"
    pl.DataFrame({"Phone": pl.Series(values, dtype=dtype), "n": [1.0, 2.5, None]}).write_parquet(path)
    loaded = load(path, READING)
    rows = [row for batch in loaded.batches() for row in batch]
    assert [row.contact for row in rows] == [US, None, "+12125550101"]
    assert [row.cells[1] for row in rows] == ["1", "2.5", None]
    assert loaded.facts.dtypes[1] == "Float64"


@pytest.mark.parametrize(
    ("name", "format"),
    [("c.tsv", "tsv"), ("c.txt", "tsv"), ("c", "tsv"), ("c.csv", "csv"), ("c.CSV", "csv"), ("c.csv.gz", "csv")],
)
def test_a_table_with_tabs_comes_back_as_it_is_called(name: str, format: str, tmp_path: Path) -> None:
    """Reports have the ending of the input: what is called CSV is one, whatever separates it."""
    table = b"Name\tPhone\nA\t2125550100\n"
    (tmp_path / name).write_bytes(gzip.compress(table) if name.endswith(".gz") else table)
    assert load(tmp_path / name, READING).facts.format == format


def test_an_empty_row_of_a_table_is_a_row(tmp_path: Path) -> None:
    """A table has no blank lines: a row without any value has its outcome too, in Parquet and in a DataFrame."""
    frame = pl.DataFrame({"Phone": ["2125550100", None, "", "2125550101"]})
    frame.write_parquet(tmp_path / "c.parquet")
    for source in (tmp_path / "c.parquet", frame):
        found = [(row.number, row.code) for batch in load(source, READING).batches() for row in batch]
        assert found == [(2, ""), (3, "no_phone"), (4, "no_phone"), (5, "")]


def test_many_parquet_files(tmp_path: Path) -> None:
    """A pattern reads all files in the order of their names as one table, also when types differ."""
    pl.DataFrame({"Phone": [2125550100]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"Phone": ["212-555-0101"]}).write_parquet(tmp_path / "b.parquet")
    assert [row.number for row in rows_of(tmp_path / "*.parquet")] == [2, 3]
    pl.DataFrame({"Tel": ["212-555-0101"]}).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(InputRefused, match="other columns"):
        rows_of(tmp_path / "*.parquet")


def test_ndjson(tmp_path: Path) -> None:
    """Keys are columns in the order of their first appearance; a line that is no object spoils its row only."""
    path = tmp_path / "c.ndjson"
    path.write_text('{"phone": 2125550100}\nnonsense\n\n{"name": "B", "phone": "+12125550101", "tags": ["x"]}\n[1]\n')
    rows = rows_of(path)
    assert [(row.number, row.contact, row.code) for row in rows] == [
        (2, US, ""), (3, None, "broken_row"), (5, "+12125550101", ""), (6, None, "broken_row")
    ]  # fmt: skip
    assert rows[2].cells == ("+12125550101", "B", '["x"]')


def test_gzip_and_stdin(read: Read) -> None:
    """A gzip file is recognised by its bytes, also on standard input."""
    assert read(gzip.compress(b"Phone\n2125550100\n")).rows[0].contact == US
    damaged = gzip.compress(b"Phone\n2125550100\n" * 100)[:-20]
    with pytest.raises(InputRefused, match="damaged gzip"):
        read(damaged)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    """`sha256` is that of the file itself."""
    path = tmp_path / "c.csv"
    path.write_bytes(b"Phone\n2125550100\n")
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert load(path, READING).facts.sha256 == expected


@pytest.mark.parametrize(
    ("content", "words", "why"),
    [
        (b"", "empty", "nothing at all"),
        (b"\n\n \n", "no header", "blank lines only"),
        (b"Phone,Name\n", "no rows", "a header only"),
        (b"Phone,Name\n\n\n", "no rows", "a header and blank lines"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "cannot be read as XLS", "half an old workbook"),
        (b"<html><table><tr><td>Phone</td></tr></table>", "no rows", "an HTML table of a header"),
        (b"<html><p>Please log in</p></html>", "has no table", "a login page in place of the export"),
        (b"<?xml version='1.0'?><rss/>", "XML of a kind", "another XML"),
        (b"%PDF-1.7\n", "PDF", "a PDF"),
        (b'[{"phone": "1"}', "damaged JSON", "half a JSON array"),
        (b"[1, 2]", "holds no objects", "a JSON array of numbers"),
        (b'{"a": [{"x": 1}],\n "b": [{"y": 2}]}', "2 arrays of objects", "JSON with two tables"),
        (b"PK\x03\x04" + b"\0" * 50, "not complete", "half a workbook"),
        (b"PAR1" + b"\0" * 50, "cannot be read as Parquet", "half a Parquet file"),
        (b'{"a"\n', "no JSON object", "broken NDJSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(99), "a picture", "an image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00" + bytes(range(32)) * 9, "a picture", "a photo"),
        (b"SQLite format 3\x00\x10\x00\x01\x01\x00@  " + bytes(99), "SQLite", "a database"),
    ],
)
def test_whole_file_refusals(read: Read, content: bytes, words: str, why: str) -> None:
    """What cannot be read is refused as a whole, with the reason and what to do."""
    with pytest.raises(InputRefused) as error:
        read(content)
    assert words in error.value.message, why
    assert error.value.tip


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    """A missing file, a folder and a pattern without files are refused by name."""
    for path, words in ((tmp_path / "no.csv", "no file"), (tmp_path, "folder"), (tmp_path / "*.parquet", "No file")):
        with pytest.raises(InputRefused, match=words):
            load(path, READING)
    with pytest.raises(InputRefused, match="standard input"):
        load("-", READING)


FAR = b"""<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>
<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>"""


def with_sheet(path: Path, sheet: bytes) -> Path:
    """A workbook whose first sheet's XML is `sheet`."""
    plain = workbook(path.with_suffix(".plain.xlsx"), [["Phone"]])
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            is_sheet = part.filename == "xl/worksheets/sheet1.xml"
            target.writestr(part, sheet if is_sheet else source.read(part.filename), zipfile.ZIP_DEFLATED)
    return path


def test_a_far_cell_asks_for_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook of 7 kB with a cell in the last row and column is read: only cells that are there take memory."""
    monkeypatch.setattr(child_call, "run_child", BY_AN_INTERPRETER)
    rows = rows_of(with_sheet(tmp_path / "far.xlsx", FAR))
    assert [(row.number, row.code) for row in rows] == [(1_048_576, "broken_row")]


def test_a_cell_beyond_the_last_column_is_refused(tmp_path: Path) -> None:
    """No spreadsheet program has a column ZZZZ; the file is refused in words."""
    with pytest.raises(InputRefused, match="more than 16,384 columns"):
        load(with_sheet(tmp_path / "far.xlsx", FAR.replace(b"XFD", b"ZZZZ")), READING)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    """A part that unpacks to far more than its size is refused before it is unpacked."""
    with pytest.raises(InputRefused, match="times its size"):
        load(with_sheet(tmp_path / "bomb.xlsx", b"<x>" + b" " * (200 << 20)), READING)


def test_a_slow_workbook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the time limit."""
    monkeypatch.setattr(child_call, "CHILD_SECONDS", 0.01)
    monkeypatch.setattr(child_call, "run_child", BY_AN_INTERPRETER)
    with pytest.raises(InputRefused, match="seconds"):
        load(workbook(tmp_path / "c.xlsx", [["Phone"], [1]]), READING)


@pytest.mark.parametrize("sheet", [b"", b"<worksheet", b"<worksheet><sheetData><row><c r='A1'><v>", b"\0\xff" * 100])
def test_a_damaged_workbook_is_refused(tmp_path: Path, sheet: bytes) -> None:
    """A workbook with damaged parts is an InputRefused, whatever the reader says."""
    with pytest.raises(InputRefused):
        load(with_sheet(tmp_path / "bad.xlsx", sheet), READING)


def test_stdin_is_read_once_and_judged_twice() -> None:
    """Rows of standard input can be handed over any number of times, and checked again by other options."""
    loaded = load("-", READING, stdin=io.BytesIO(b"Phone\n2125550100\n"))
    assert list(loaded.batches()) == list(loaded.batches())
    assert loaded.read_again(ReadOptions(Operation.FULFILL)).survey.problems[0].code == "region_needed"


def test_a_refusal_names_the_file(tmp_path: Path) -> None:
    """Whatever is wrong with what a file holds, the message says with which file."""
    for name, content in (("image.csv", b"\x89PNG\r\n\x1a\n" + bytes(99)), ("who.csv", b"Who,Where\na,b\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputRefused, match=name):
            load(tmp_path / name, READING)


CLOUD = "s3://bucket/contacts.csv"


def test_an_object_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text and Parquet objects are fetched once and then are files like any other, by their own address."""

    def fetch(name: str, target: Path) -> None:
        fetched.append(name)
        if name.endswith(".parquet"):
            pl.DataFrame({"Phone": [2125550100]}).write_parquet(target)
        else:
            target.write_bytes(b"Phone\n2125550100\n")

    fetched: list[str] = []
    monkeypatch.setattr(cloud, "_fetch", fetch)
    for name in (CLOUD, "gs://bucket/contacts.parquet", "az://box/*.parquet"):
        loaded = load(Path(name), READING)  # as the command line gives it, with one slash
        assert [row.contact for batch in loaded.batches() for row in batch] == [US]
        assert loaded.facts.path == name
    assert len(fetched) == 3


@pytest.mark.parametrize(
    ("name", "error", "words", "why"),
    [
        (CLOUD, pl.exceptions.ComputeError("no credentials\nand more"), "no credentials", "polars says why"),
        (CLOUD, FileNotFoundError("object not found"), "object not found", "nothing is there"),
        (CLOUD, None, "is empty", "an object of no bytes"),
        ("s3://bucket/contacts.xlsx", None, "not read from the cloud", "a format that polars does not fetch"),
    ],
)
def test_an_object_that_cannot_be_fetched(
    name: str, error: Exception | None, words: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing object or credential is a refusal that names the object."""

    def fetch(_: str, target: Path) -> None:
        if error is not None:
            raise error
        target.touch()

    monkeypatch.setattr(cloud, "_fetch", fetch)
    with pytest.raises(InputRefused, match=words) as refused:
        load(name, READING)
    assert name in refused.value.message, why
    assert refused.value.tip


def test_polars_own_reader_fetches_text_and_tables(tmp_path: Path) -> None:
    """What fetches objects is polars' object store: tried on its `file://`, the one that needs no credentials."""
    (tmp_path / "in.csv").write_bytes(b'Phone,N\r\n2125550100,"x\ny"\r\n\r\n2125550101,\xc3\xa9\n')
    cloud._fetch(f"file://{tmp_path}/in.csv", tmp_path / "object.csv")
    assert (tmp_path / "object.csv").read_bytes() == b'Phone,N\n2125550100,"x\ny"\n\n2125550101,\xc3\xa9\n'
    for part in "ab":
        pl.DataFrame({"Phone": [part]}).write_parquet(tmp_path / f"{part}.parquet")
    cloud._fetch(f"file://{tmp_path}/*.parquet", tmp_path / "object.pq")
    assert pl.read_parquet(tmp_path / "object.pq")["Phone"].to_list() == ["a", "b"]


def test_a_name_that_is_not_utf_8_is_refused_in_words(tmp_path: Path) -> None:
    """A name of another encoding can stand in no report; the file is refused, and nothing breaks on it later."""
    path = tmp_path / "caf\udce9.csv"
    path.write_text("phone\n2025550100\n")
    with pytest.raises(InputRefused, match="is not valid UTF-8"):
        load(path, READING)


@pytest.mark.parametrize(
    ("option", "change"), [("--status", ContactChange("\udcff")), ("--campaign", ContactChange(campaign_id="\udcff"))]
)
def test_an_option_that_is_not_utf_8_is_refused_in_words(tmp_path: Path, option: str, change: ContactChange) -> None:
    """What no request can hold is refused before the file is judged by it."""
    path = tmp_path / "a.csv"
    path.write_text("phone\n2025550100\n")
    with pytest.raises(SettingsError, match=f"{option}: expected text in UTF-8"):
        load(path, ReadOptions(Operation.UPDATE, ask=change, region="US"))
