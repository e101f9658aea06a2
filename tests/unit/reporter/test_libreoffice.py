"""Reports that go through a spreadsheet program and come back. Skipped, and said so, where no LibreOffice is there."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.libreoffice import Office, needs_office
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.loader import ReadOptions, load
from batch.model import Operation, Outcome
from batch.reporter import publish
from batch.text.formula_guard import guard, unguard

pytestmark = needs_office

HEADER = ("Name", "Notes", "Phone")
#: Cells that spreadsheets like to make something else of, with what that would be.
TEMPTING = {
    "0012": "leading zeros",
    "1E+10": "a number in scientific notation",
    "12e3": "the same, smaller",
    "1234567890123456789": "more digits than a number holds",
    "4.42079E+11": "what is left of a phone number",
    "2026-01-02": "a date",
    "1/2/2026": "another, or the second of January",
    "3-4": "a third",
    "MAR1": "a gene",
    "12:30": "a time",
    "TRUE": "a truth",
    "1.50": "a price",
    "50%": "a share",
    "€5": "money",
    "+12125550123": "a sum",
    "-5": "a negative",
    "=1+1": "a formula",
    '=HYPERLINK("http://evil.example/","x")': "a link",
    "@SUM(A1)": "a formula of old",
    "'=1+1": "one that somebody guarded before",
    "'": "a mark of text",
    "  spaced  ": "trimmed",
    "two\nlines": "a row more",
    'O"Brien, Pat; x': "cells more",
    "José Ñandú 😀": "mojibake",
    "#N/A": "an error",
}
PHONES = [f"+1212555{100 + at:04d}" for at in range(len(TEMPTING))]
#: How a person, or another program, wrote a number; `{}` are its last four digits.
SPELLINGS = ("+1212555{}", "+1 212 555 {}", '="212555{}"', "(212) 555-{}", "212555{}", "1.212.555.{}", "'+1212555{}")
WRITTEN = [SPELLINGS[at % len(SPELLINGS)].format(phone[-4:]) for at, phone in enumerate(PHONES)]


@pytest.fixture
def tempting(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> Callable[[str], RunReader]:
    """A run of which every row failed, on a source of this format."""
    rows = [
        row(2 + at, (cell, cell, written), Outcome.FAILED, "server_error", cell, phone=phone, status=500)
        for at, (cell, phone, written) in enumerate(zip(TEMPTING, PHONES, WRITTEN, strict=True))
    ]
    return lambda extension: record(rows, HEADER, format=extension)


def reread(path: Path) -> list[tuple[str | None, ...]]:
    """The user's cells as a rerun of `path` takes them."""
    loaded = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True))
    assert loaded.facts.header == HEADER
    return [row.cells for batch in loaded.batches() for row in batch]


def numbers_sent(path: Path) -> list[str]:
    """The numbers that a rerun of `path` would send to."""
    loaded = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True))
    return [row.contact or "" for batch in loaded.batches() for row in batch]


def cells_were(change: Callable[[str], str] = str) -> list[tuple[str, ...]]:
    """The cells of the source, each after `change`."""
    return [tuple(map(change, (cell, cell, written))) for cell, written in zip(TEMPTING, WRITTEN, strict=True)]


def test_a_workbook_comes_back(tempting: Callable[[str], RunReader], office: Office, tmp_path: Path) -> None:
    """failures.xlsx, opened and saved: every cell of the user's is to the character what it was."""
    written = publish(tmp_path, tempting("xlsx"), ["xlsx"])["failures"]
    saved = office(written, "xlsx", saved="Calc MS Excel 2007 XML")
    assert reread(saved) == cells_were()
    assert numbers_sent(saved) == PHONES


def test_a_workbook_that_is_saved_as_text_comes_back(
    tempting: Callable[[str], RunReader], office: Office, tmp_path: Path
) -> None:
    """failures.xlsx, saved as CSV: all is as it was; but an apostrophe of the user's own before a formula goes."""
    written = publish(tmp_path, tempting("xlsx"), ["xlsx"])["failures"]
    saved = office(written, "csv", saved="Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false")
    assert reread(saved) == cells_were(unguard)
    assert numbers_sent(saved) == PHONES


def test_a_text_file_that_is_opened_as_text_comes_back(
    tempting: Callable[[str], RunReader], office: Office, tmp_path: Path
) -> None:
    """failures.csv, imported with its columns as text: saved as CSV all is as it was; saved as a workbook, where the
    guard cannot be told from the user's own apostrophe, it stays, and every number is found all the same."""
    written = publish(tmp_path, tempting("csv"), ["csv"])["failures"]
    as_text = f"CSV:44,34,76,1,{'/'.join(f'{place}/2' for place in range(1, 16))},0,true,false"
    saved = office(written, "csv", opened=as_text, saved="Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false")
    assert reread(saved) == cells_were()
    assert numbers_sent(saved) == PHONES
    book = office(written, "xlsx", opened=as_text)
    assert reread(book) == cells_were(guard)
    assert numbers_sent(book) == PHONES


def test_a_text_file_that_is_opened_without_care_is_harmless(
    tempting: Callable[[str], RunReader], office: Office, tmp_path: Path
) -> None:
    """failures.csv, opened by a double click: no formula and no link comes to be, and a rerun finds every number again,
    though the + of each is gone."""
    written = publish(tmp_path, tempting("csv"), ["csv"])["failures"]
    book = office(written, "xlsx", opened="CSV:44,34,76,1,,0,false,true")
    with zipfile.ZipFile(book) as archive:
        sheets = "".join(archive.read(name).decode() for name in archive.namelist() if "worksheets/" in name)
    assert not re.search(r"<f[ >]|<hyperlink", sheets)
    assert "<row " in sheets
    assert numbers_sent(book) == PHONES
