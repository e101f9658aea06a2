"""Every format that people bring, by its content and not by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import zstandard

from batch.errors import InputRefused
from batch.loader import ReadOptions, load
from batch.model import Operation, PlannedRow

PHONES = ["+12125550101", "+34600000102"]
FRAME = pl.DataFrame({"Name": ["José", "Ana"], "Phone": PHONES})
CSV = FRAME.write_csv().encode()


def rows_of(path: Path | str, **options: Any) -> list[PlannedRow]:
    """The rows of the source at `path`, read for a fulfilment in the US."""
    options.setdefault("operation", Operation.FULFILL)
    return [row for rows in load(path, ReadOptions(**options)).batches() for row in rows]


def zipped(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of `members`."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def damaged_zip(packing: int) -> bytes:
    """A ZIP archive whose only table has wrong bytes in its middle."""
    archive = zipped(("a.csv", b"Phone\n" + random.Random(1).randbytes(600)), packing=packing)
    return archive[:60] + bytes(byte ^ 255 for byte in archive[60:90]) + archive[90:]


def written(write: Callable[[Any], object]) -> bytes:
    """What `write` writes to a file."""
    target = io.BytesIO()
    write(target)
    return target.getvalue()


def xlsx() -> bytes:
    """The contacts as a workbook."""
    book = openpyxl.Workbook()
    for row in [FRAME.columns, *map(list, FRAME.rows())]:
        book.active.append(row)
    return written(book.save)


HTML = (
    "<html><head><meta charset='utf-8'><style>td{}</style></head><body><table><tr><th>Name<th>Phone</tr>"
    "<tr><td>José</td><td>+1&nbsp;212 555<br>0101</td></tr><tr><td><b>Ana</b></td><td>&#43;34600000102</td></tr>"
    "</table>"
)
SPREADSHEETML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Contacts"><Table><Row><Cell><Data ss:Type="String">Name</Data></Cell>
<Cell><Data ss:Type="String">Phone</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">José</Data></Cell><Cell><Data ss:Type="Number">12125550101</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">+34600000102</Data></Cell></Row></Table></Worksheet></Workbook>"""
FODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>
<table:table table:name="Contacts"><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell>
<table:table-cell><text:p>Phone</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>José</text:p></table:table-cell>
<table:table-cell office:value="12125550101"><text:p>+1 212 555 0101</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell/><table:table-cell><text:p>+34600000102</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document>"""
VCARDS = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;=4A=6F=73=C3=A9;;;\r\n"
    "TEL;HOME:212 555 0199\r\nTEL;CELL:+12125550101\r\nEND:VCARD\r\n"
    'BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nTEL;TYPE="cell,voice";VALUE=uri:tel:+3460000\n 0102\n'
    "item1.EMAIL:a@example.com\n"
    "END:VCARD\n"
)
FORMATS = [
    ("contacts.csv.gz", gzip.compress(CSV), "gzip"),
    ("contacts.csv.bz2", bz2.compress(CSV), "bzip2"),
    ("contacts.csv.xz", lzma.compress(CSV), "xz"),
    ("contacts.csv.zst", zstandard.compress(CSV), "zstd"),
    ("takeout.zip", zipped(("Takeout/contacts.csv", CSV)), "a ZIP with one table"),
    ("takeout.zip", zipped(("__MACOSX/x.csv", b"?"), ("readme.txt", b"hi"), ("c.csv", CSV)), "a ZIP with a readme"),
    ("export.zip", zipped(("contacts.xlsx", xlsx())), "a ZIP with a workbook"),
    ("export.zip", zipped(("contacts.csv.gz", gzip.compress(CSV))), "a ZIP with a packed table"),
    ("contacts.csv", zipped(("c.csv", CSV)), "a ZIP that is named .csv"),
    ("contacts.json", json.dumps(FRAME.to_dicts(), indent=2).encode(), "a JSON array"),
    ("contacts.json", json.dumps({"total": 2, "results": FRAME.to_dicts()}, indent=1).encode(), "what an API answers"),
    ("contacts.json", json.dumps({"results": FRAME.to_dicts(), "paging": {}}).encode(), "an answer in one line"),
    ("contacts.ndjson", written(FRAME.write_ndjson), "NDJSON"),
    ("contacts.arrow", written(FRAME.write_ipc), "Arrow IPC"),
    ("contacts.feather", written(lambda file: FRAME.write_ipc(file, compression="zstd")), "Feather, packed"),
    ("contacts.arrows", written(FRAME.write_ipc_stream), "an Arrow stream"),
    ("contacts.avro", written(FRAME.write_avro), "Avro"),
    ("contacts.parquet", written(FRAME.write_parquet), "Parquet"),
    ("contacts.txt", xlsx(), "a workbook that is named .txt"),
    ("contacts.xls", HTML.encode(), "an HTML table that is named .xls"),
    ("contacts.xls", ("\ufeff" + HTML).encode("utf-16-le"), "an HTML table in UTF-16"),
    ("contacts.xls", SPREADSHEETML.encode(), "SpreadsheetML 2003"),
    ("contacts.fods", FODS.encode(), "flat ODS"),
    ("contacts.ods", zipped(("mimetype", b"x"), ("content.xml", FODS.encode())), "ODS"),
    ("contacts.vcf", VCARDS.encode(), "vCards of two versions"),
    ("contacts.vcf", VCARDS.encode("utf-16"), "vCards in UTF-16"),
    ("contacts.vcf", VCARDS.encode("utf-16-be"), "vCards in UTF-16 without a mark"),
]


@pytest.mark.parametrize(("name", "content", "why"), FORMATS, ids=[why for *_, why in FORMATS])
def test_a_format_is_read_by_its_content(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """The two contacts come out of every format, from a file and from standard input."""
    path = tmp_path / name
    path.write_bytes(content)
    assert [row.contact for row in rows_of(path, region="US")] == PHONES, why
    loaded = load("-", ReadOptions(Operation.FULFILL, region="US"), stdin=io.BytesIO(content))
    assert loaded.survey.sendable == 2


@pytest.mark.parametrize(
    ("content", "words", "why"),
    [
        (zipped(("a.csv", CSV), ("b.csv", CSV)), "with 2 tables; expected one", "two tables"),
        (zipped(("word/document.xml", b"<x/>")), "a Word document", "Word"),
        (zipped(("Index/Document.iwa", b"x")), "Apple Numbers", "Numbers"),
        (damaged_zip(zipfile.ZIP_DEFLATED), "cannot be unpacked", "a damaged ZIP"),
        (damaged_zip(zipfile.ZIP_BZIP2), "cannot be unpacked", "a damaged ZIP, bzip2 inside"),
        (damaged_zip(zipfile.ZIP_LZMA), "cannot be unpacked", "a damaged ZIP, LZMA inside"),
        (zipped(("a.png", b"x"), ("b.png", b"y")), "with no tables", "pictures"),
        (zstandard.compress(CSV)[:-5], "damaged zstd", "half a zstd file"),
        (bz2.compress(CSV)[:-5], "damaged bzip2", "half a bzip2 file"),
        (b"Obj\x01" + bytes(50), "cannot be read as Avro", "half an Avro file"),
        (b"ARROW1\0\0" + bytes(50), "cannot be read as Arrow", "half an Arrow file"),
        (b"ORC" + bytes(50), "an ORC file", "ORC"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
         "protected with a password", "XLSX with a password"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "a 7-Zip archive", "7-Zip"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><Workbook "
         b"xmlns='urn:schemas-microsoft-com:office:spreadsheet'>&a;</Workbook>", "a document type", "entities"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>" + b"<a>" * 300,
         "200 levels deep", "elements inside each other"),
        (FODS.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="999999">').encode(),
         "repeats a filled row", "rows that repeat"),
        (FODS.replace("<table:table-cell>", '<table:table-cell table:number-columns-repeated="9999999">').encode(),
         "repeats a filled cell", "cells that repeat"),
        (b"[" * 100_000, "damaged JSON", "JSON inside JSON"),
        (b'{"a":1,\n"b":2}', "no arrays of objects", "a JSON object"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, content: bytes, words: str, why: str) -> None:
    """Damaged, hostile and foreign files are refused with what they are and what to do."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=words) as error:
        rows_of(path)
    assert error.value.tip, why


@pytest.mark.parametrize("kind", ["ndjson", "json", "parquet"])
def test_a_phone_inside_a_column_can_be_mapped(tmp_path: Path, kind: str) -> None:
    """`--map phone=properties.phone` reads the member of an object or struct."""
    rows = [{"id": 1, "properties": {"phone": "+12125550101", "name": "A"}}, {"id": 2, "properties": {"phone": None}}]
    path = tmp_path / f"hubspot.{kind}"
    if kind == "parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        path.write_text(json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows)))
    found = rows_of(path, mapping={"phone": "properties.phone"})
    assert [(row.contact, row.code) for row in found] == [("+12125550101", ""), (None, "no_phone")]


def test_partition_columns(tmp_path: Path) -> None:
    """A folder of partitioned Parquet is one table with the partition as a column; so is a glob over it."""
    for country, phone in (("ES", "600000101"), ("US", "2125550101")):
        (tmp_path / "t" / f"country={country}").mkdir(parents=True)
        pl.DataFrame({"Phone": [phone]}).write_parquet(tmp_path / "t" / f"country={country}" / "0.parquet")
    (tmp_path / "t" / "_SUCCESS").touch()
    for given in (str(tmp_path / "t"), f"{tmp_path}/t/*/*.parquet"):
        rows = rows_of(given, mapping={"region": "country"})
        assert [row.contact for row in rows] == ["+34600000101", "+12125550101"]


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    """A folder that is no table names the pattern that would read its Parquet files."""
    (tmp_path / "a.csv").write_bytes(CSV)
    with pytest.raises(InputRefused, match="is a folder, and only a folder of Parquet files is read") as error:
        rows_of(tmp_path)
    assert "*.csv" in error.value.tip
    assert "(1 other file)" in str(error.value)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A folder without files is called empty."""
    with pytest.raises(InputRefused, match="is an empty folder"):
        rows_of(tmp_path)


def test_a_sheet_of_a_file_without_sheets(tmp_path: Path) -> None:
    """--sheet for a file that has no sheets is told, and the file is read."""
    (tmp_path / "a.csv").write_bytes(CSV)
    options = ReadOptions(operation=Operation.FULFILL, sheet="March")
    assert any("--sheet is not used: " in note for note in load(tmp_path / "a.csv", options).survey.notices)


def test_vcards_take_the_mobile(tmp_path: Path) -> None:
    """A card's mobile is taken before its home number, and the row says so; a card that is cut off is a broken row."""
    path = tmp_path / "phone.vcf"
    path.write_text(VCARDS + "BEGIN:VCARD\nFN:Cut\nTEL:+12125550103\n", encoding="utf-8", newline="")
    rows = rows_of(path, region="US")
    assert [(row.number, row.contact, row.code) for row in rows] == [
        (2, "+12125550101", ""), (3, "+34600000102", ""), (4, None, "broken_row")
    ]  # fmt: skip
    assert "taken from Phone 2 - Value" in rows[0].repair
    assert rows[0].cells[0] == "José"


@pytest.mark.parametrize("width", [1_000_000])
def test_a_million_columns_are_refused(tmp_path: Path, width: int) -> None:
    """An HTML table of a million columns ends in words, not in a dead process."""
    path = tmp_path / "wide.xls"
    path.write_bytes(b"<table><tr>" + b"<td>x" * width + b"</table>")
    with pytest.raises(InputRefused, match="more than 16,384 columns"):
        rows_of(path)


def test_a_csv_of_a_hundred_thousand_columns_is_refused(tmp_path: Path) -> None:
    """A text file has no more columns than a spreadsheet, either."""
    path = tmp_path / "wide.csv"
    path.write_text("Phone" + ",x" * 100_000 + "\n+12125550101\n")
    with pytest.raises(InputRefused, match="100,001 columns; the limit is 16,384"):
        rows_of(path)


COLUMNS = {"Name": ["A", "B"], "Phone": ["+12125550100", "+12125550101"]}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (json.dumps(COLUMNS), "a dict of lists, in one line: read as one contact, all but the first were lost"),
        (json.dumps(COLUMNS, indent=1), "in several lines"),
        (json.dumps({name: dict(enumerate(cells)) for name, cells in COLUMNS.items()}), "to_json() of pandas"),
        (json.dumps({"Phone": dict(enumerate(COLUMNS["Phone"]))}), "of one column"),
    ],
)
def test_a_json_object_of_columns_is_no_contact(tmp_path: Path, document: str, why: str) -> None:
    """An object that holds columns is refused with the way to write rows: it is never read as one contact."""
    path = tmp_path / "contacts.json"
    path.write_text(document)
    with pytest.raises(InputRefused, match="holds columns; expected rows") as error:
        load(path, ReadOptions(Operation.FULFILL, region="US"))
    assert "Phone" in error.value.problems[-1], why
    assert 'orient="records"' in error.value.tip
