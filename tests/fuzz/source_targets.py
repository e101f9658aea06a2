"""Fuzz targets of the readers of files: sheets, cards, JSON documents, number formats, encodings.

Owns: these targets and their seeds. A sheet reader runs in a child that turns every exception into words; what must
hold is that it ends, that its rows rise, and that nothing it says is outside of the table.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import polars as pl
import xlsxwriter

from batch.errors import BatchError
from batch.loader.cells.placeholders import is_placeholder
from batch.loader.rows.contact_phones import listed_phones
from batch.loader.sources import encoding_guess, json_document, vcards
from batch.loader.sources.workbooks import sheet_child
from batch.loader.sources.workbooks.cell_table import MAX_COLUMNS, CellTable
from batch.loader.sources.workbooks.cell_text import CellText

_KINDS = ("xlsx", "xls", "xlsb", "ods", "fods", "spreadsheetml", "html")


def sheets(raw: bytes) -> None:
    """A workbook of any bytes, by each reader: an exception, or rows that rise within the width of a sheet."""
    with NamedTemporaryFile() as file, TemporaryDirectory() as folder:
        file.write(raw)
        file.flush()
        for kind in _KINDS:
            with suppress(Exception):
                entries, active, read_sheet = sheet_child._open(kind, file.name)
                assert active >= 0
                for entry in entries[:3]:
                    table = CellTable()
                    read_sheet(entry, table)
                    rows = table.write(Path(folder) / "cells")
                    _judge(pl.read_parquet(Path(folder) / "cells"), rows)


def _judge(cells: pl.DataFrame, rows: int) -> None:
    numbers = cells["number"].to_list()
    if cells.height != rows or cells.width - 2 > MAX_COLUMNS or any(number < 1 for number in numbers):
        raise SystemExit(f"a table of {cells.height} rows, {cells.width} columns, not of {rows}")  # no mere Exception


def cards(raw: bytes) -> None:
    """A vCard file of any bytes: a row a card, or refused in words."""
    with NamedTemporaryFile() as file, suppress(BatchError):
        file.write(raw)
        file.flush()
        found, broken = vcards.read_cards(Path(file.name), "it")
        assert found.height == len(broken) >= 1
        assert "Phone 1 - Value" in found.columns


def documents(raw: bytes) -> None:
    """A JSON document of any bytes: as many lines as objects, or refused in words."""
    json_document.is_document(raw)
    with NamedTemporaryFile() as file, NamedTemporaryFile() as lines, suppress(BatchError):
        file.write(raw)
        file.flush()
        json_document.write_ndjson(Path(file.name), "it", Path(lines.name))
        assert Path(lines.name).read_bytes().endswith(b"\n")


def number_formats(raw: bytes) -> None:
    """A format code and a number of any text: text, and never an exception."""
    code, _, number = raw.decode("utf-8", "replace").partition("\n")
    for value in (number, "12125550101", "-1.5", "46037.395833333336", "1e300", "nan"):
        shown = CellText([code]).number(0, value)
        assert isinstance(shown, str)
    assert isinstance(CellText([code]).text(0, number), str)


def cells(raw: bytes) -> None:
    """A cell of any text: phones of a list are texts, a placeholder is one word, a preview is decoded."""
    text = raw.decode("utf-8", "replace")
    assert all(isinstance(phone, str) for _, phone in listed_phones(text))
    assert not (is_placeholder(text) and len(text.strip()) > 20)
    encoding_guess.score(text)


def _workbook() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Phone"])
        sheet.write(1, 1, 2125550101, book.add_format({"num_format": '"+1 "0'}))
        sheet.set_row(1, options={"hidden": True})
    return target.getvalue()


def _stored(content: bytes) -> bytes:
    """The members of a ZIP archive without compression, so that mutations reach what is in them."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(target, "w") as stored:
        for name in packed.namelist():
            stored.writestr(name, packed.read(name))
    return target.getvalue()


_ODS = (
    b'<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    b'xmlns:table="t" xmlns:text="x"><table:table table:name="A"><table:table-row table:number-rows-repeated="2" '
    b'table:visibility="filter"><table:table-cell table:number-columns-repeated="3"><text:p>Phone<text:s text:c="2"/>'
    b"</text:p></table:table-cell></table:table-row></table:table></office:document>"
)
SEEDS = {
    "sheets": (
        _stored(_workbook()),
        _ODS,
        b'<Workbook xmlns:ss="s"><Worksheet ss:Name="A"><Table><Row ss:Index="2" ss:Hidden="1"><Cell ss:Index="3">'
        b'<Data ss:Type="Number">2125550101</Data></Cell></Row></Table></Worksheet></Workbook>',
        b"<table><tr><th colspan=2 rowspan=3>Phone<tr><td>+1<br>212</td></table><table><tr hidden><td>x",
    ),
    "cards": (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Doe;Ann;;;\r\nTEL;CELL:+1212\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=4A=\n=6F\n"
        b'item1.TEL;TYPE="a,b":tel:+1\n 212\nEND:VCARD',
        b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=a\x00b:=4A\nEND:VCARD",
        b"BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nTEL:1\\n2\nFN:\xe9\nEND:VCARD\n",
    ),
    "documents": (b'[{"phone": "+1"}, 2, null]', b'{"a": 1,\n"rows": [{"x": [1.0]}]}', b"[[[[[[", b'{"a": "\\ud800"}'),
    "number_formats": (
        b'"+52 "00 0000 0000\n5512345671', b"[>=100]#,##0.0#;[Red]-0\n-5", b"[h]:mm:ss.00 AM/PM\n0.5",
        b"[$-40A]dddd d mmmm yyyy;@\n46037", b"?/?%\\x_-*-\n1e15",
    ),
    "cells": (
        b'["+1212", {"value": "2", "type": "cell"}]', b'{"a": {"b": ["c"]}}', b"#N/A", "\u0418\u0432\u0430".encode(),
    ),
}  # fmt: skip
