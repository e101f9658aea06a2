"""CSV files as people have them: separators, encodings, line ends, broken lines, row numbers."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from harness.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.errors import BatchError, InputRefused, SettingsError
from batch.loader import ReadOptions, load
from batch.loader.sources import text
from batch.loader.sources.records import record_at
from batch.model import Operation, Outcome

if TYPE_CHECKING:
    from unit.loader.conftest import Read

US = "+12125550100"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Name,Phone\nAnn,2125550100\n", "comma, LF"),
        (b"Name;Phone\r\nAnn;2125550100\r\n", "semicolon, CRLF"),
        (b"Name\tPhone\rAnn\t2125550100\r", "tab, the CR of old Macs"),
        (b"Name|Phone\nAnn|2125550100", "pipe, no last line end"),
        (b"sep=;\r\nName;Phone\r\nAnn;2125550100\r\n", "Excel's sep= line"),
        (b'"sep=|"\nName|Phone\nAnn|2125550100\n', "the same, quoted"),
        (b"\xef\xbb\xbfName,Phone\nAnn,2125550100\n", "UTF-8 with BOM"),
        ("Name\tPhone\r\nAnn\t2125550100\r\n".encode("utf-16"), "Excel's Unicode Text"),
        ("Name,Phone\nAnn,2125550100\n".encode("utf-16-le"), "UTF-16 without BOM"),
        (b'"Name","Phone"\n"Ann","2125550100"\n', "everything quoted"),
        (b"Phone\n2125550100\n", "one column"),
        (b"Name,Notes,Phone\nAnn,a;b;c;d,2125550100\n", "another separator inside cells"),
    ],
)
def test_dialects(read: Read, content: bytes, why: str) -> None:
    """Separator, encoding and line ends are found, whatever the program that wrote the file."""
    assert [row.contact for row in read(content).rows] == [US], why


@pytest.mark.parametrize(
    ("raw", "name", "why"),
    [
        ("Phone,Name\n2125550100,Núñez\n".encode(), "Núñez", "UTF-8"),
        ("Phone,Name\n2125550100,Núñez “X”\n".encode("cp1252"), "Núñez “X”", "Windows-1252"),
        ("Phone,Name\n2125550100,Ñandú".encode() + b"\n2125550101,bro\xffken\n", "Ñandú", "UTF-8, one broken line"),
    ],
)
def test_encodings(read: Read, raw: bytes, name: str, why: str) -> None:
    """Names come out as they were written, and one broken byte does not turn a UTF-8 file into another encoding."""
    assert read(raw).rows[0].cells[1] == name, why


def test_encoding_option(read: Read) -> None:
    """`encoding` overrules the guess; an unknown one is a settings error."""
    assert read("Phone,Name\n2125550100,Жук\n".encode("cp1251"), encoding="cp1251").rows[0].cells[1] == "Жук"
    with pytest.raises(SettingsError, match="No encoding"):
        read("Phone\n1\n", encoding="klingon")


def test_row_numbers_are_the_spreadsheets(read: Read) -> None:
    """Blank lines and rows of empty cells count as rows and are skipped; a quoted line break makes no new row."""
    result = read('Phone,Notes\n2125550100,"two\nlines"\n\n2125550101,\n,\n2125550102,x\n')
    assert [row.number for row in result.rows] == [2, 4, 6]
    assert result.by_number[2].cells == ("2125550100", "two\nlines")


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_one_column_stays_one(read: Read, separator: str) -> None:
    """What stands between two numbers in the cells of a single column separates no columns."""
    cell = f"+12125550100{separator} +12125550101"
    result = read(f"Phone\n{cell}\n{cell}\n")
    assert [row.cells for row in result.rows] == [(cell,), (cell,)]
    assert {row.code for row in result.rows} == {"two_numbers"}


BROKEN = [
    ("2125550101\n", "has 1 cell; the header has 3", "too few cells"),
    ("Ann,2125550101,x,Smith, John\n", "has 5 cells; the header has 3", "an unquoted comma"),
    ('"Ann,2125550101,x\n', "never closed", "an open quote"),
    ('Ann,"2125550101,x\n', "never closed", "an open quote in the middle"),
]


@pytest.mark.parametrize(("line", "words", "why"), BROKEN)
def test_a_broken_line_spoils_its_own_row(read: Read, line: str, words: str, why: str) -> None:
    """Rows before and after a broken line are read; no cell of the broken one is taken for a phone."""
    result = read(f"Name,Phone,Notes\nA,2125550100,a\n{line}B,2125550102,b\n" + "C,2125550103,c\n" * 3)
    assert result.by_number[2].contact == US
    assert result.by_number[4].contact == "+12125550102"
    broken = result.by_number[3]
    assert (broken.outcome, broken.code, broken.contact) == (Outcome.INVALID, "broken_row", None), why
    assert words in broken.message
    assert broken.cells == (line.rstrip("\n"), None, None)


def test_trailing_empty_cells_are_no_fault(read: Read) -> None:
    """Separators beyond the header that separate nothing are ignored, as spreadsheets do."""
    assert read("Phone,Name\n2125550100,Ann,,,\n").rows[0].cells == ("2125550100", "Ann")


def test_cells_stay_as_they_were(read: Read) -> None:
    """The user's cells come through untouched: spaces, quotes, line ends, leading zeros."""
    result = read(b'Phone,A,B,C\r\n 2125550100 ,"say ""hi""","x\r\ny",007\r\n')
    assert result.rows[0].cells == (" 2125550100 ", 'say "hi"', "x\r\ny", "007")
    assert result.loaded.facts.header == ("Phone", "A", "B", "C")


def test_a_stray_quote_inside_a_cell_is_text(read: Read) -> None:
    """A quote that does not open a cell is an inch sign."""
    result = read('Item,Phone\n5" pipe,2125550100\n6" pipe,2125550101\n')
    assert [row.cells[0] for row in result.rows] == ['5" pipe', '6" pipe']


def test_a_file_of_one_endless_line_is_refused(read: Read) -> None:
    """A line of many megabytes is refused before it is held in memory."""
    with pytest.raises(InputRefused, match="line of more than"):
        read(b"Phone," + b"x" * (20 << 20), encoding="utf-8")


PIECES = (
    *("a", "1", "é", " ", "  ", "\u00a0", "\u2028", "\x1c", "\x00", "\ufeff", "#", "\t", "\t"),
    *(",", ",", ",", ",", ";", '"', '"', '""', '"a,b"', '"x\ny"', "\n", "\n", "\n", "\r\n", "\r"),
)


@settings(max_examples=examples(400))
@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.integers(1, 4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([7, 50, 1 << 20]),
)
def test_blocks_are_read_as_records_are(body: str, width: int, separator: str, block: int) -> None:
    """Whatever polars reads of a file is what reading it record by record gives: numbers, cells and faults."""
    header = separator.join(f"h{place}" for place in range(width))
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(text, "BLOCK", block):
        path = Path(folder) / "in.csv"
        path.write_text(f"{header}\n{body}", encoding="utf-8", newline="")
        chunks = list(text.read_chunks(path, text.Dialect("utf-8", separator, 0), width))
    found = [row for chunk in chunks for row in chunk.rows()]
    lines = list(io.StringIO(body, newline=""))
    expected: list[tuple[object, ...]] = []
    at, number = 0, 1
    while at < len(lines):
        record = record_at(lambda place: lines[place] if place < len(lines) else None, at, separator)
        at, number = at + record.lines, number + 1
        if record.cells is not None:
            fault, cells = text._fit_record(record, separator, width)
            if fault or any(cell and cell.strip() for cell in cells):
                expected.append((number, fault, *cells))
    assert found == expected


def test_a_quoted_cell_longer_than_pythons_csv_takes_spoils_its_row(read: Read) -> None:
    """A cell of 200,000 characters in quotes is a broken row and no crash."""
    long = "x" * 200_000
    result = read(f'Phone,Notes\n2125550100,"{long} ""and"" {long}\n2\n"\n2125550101,b\n')
    assert [row.code for row in result.rows] == ["broken_row", ""]


def test_many_lines_one_broken(read: Read) -> None:
    """Odd lines in the middle of plain ones keep everyone's number."""
    lines = [f"2125550{at:03},{at}\n" for at in range(100, 200)]
    lines[10] = '2125550110,"two\nlines"\n'
    lines[20] = "\n"
    lines[30] = "2125550130\n"
    lines[40] = '"2125550140",plain\n'
    lines[50] = '"2125550150,never\n'
    result = read("Phone,N\n" + "".join(lines))
    assert [row.number for row in result.rows] == [at for at in range(2, 102) if at != 22]
    assert {row.number: row.code for row in result.rows if row.code} == {32: "broken_row", 52: "broken_row"}
    assert result.by_number[42].cells == ("2125550140", "plain")
    assert result.by_number[101].contact == "+12125550199"


@settings(max_examples=examples(150))
@given(st.binary(max_size=300) | st.text(alphabet='Phone,;\t|"\n\r0123456789+é', max_size=200).map(str.encode))
def test_hostile_bytes(raw: bytes) -> None:
    """Any bytes give rows that add up, or one of our errors; never anything else."""
    try:
        loaded = load("-", ReadOptions(Operation.FULFILL, region="US"), stdin=io.BytesIO(b"Phone,Name\n" + raw))
        rows = [row for batch in loaded.batches() for row in batch]
    except BatchError:
        return
    assert len(rows) == loaded.survey.rows == sum(loaded.survey.counts.values())
    assert [row.number for row in rows] == sorted({row.number for row in rows})
    assert all(len(row.cells) == len(loaded.facts.header) for row in rows)
