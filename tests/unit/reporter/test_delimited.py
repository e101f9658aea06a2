"""CSV: what people open in Excel, and what the loader reads back exactly."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.model import REPORT_COLUMNS
from batch.reporter.columns import Columns
from batch.reporter.delimited import separator_for, write_delimited
from batch.reporter.row_frames import every_row
from batch.text.formula_guard import unguard

cells = st.none() | st.text(max_size=12) | st.text(alphabet="'=+-@\t\r\n\",;\x00 ＝1e.", max_size=6)


def written(record: RunReader, separator: str = ",", *, piped: bool = False) -> bytes:
    sink, facts = io.BytesIO(), record.facts()
    frames = every_row(record, facts)
    write_delimited(sink, Columns.of(facts.source), frames, separator=separator, piped=piped)
    return sink.getvalue()


def parsed(found: bytes, delimiter: str = ",") -> list[list[str]]:
    text = io.StringIO(found.decode("utf-8-sig"), newline="")
    return [[unguard(cell) for cell in line] for line in csv.reader(text, delimiter=delimiter, strict=True)]


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_cells_come_back_exactly(
    separator: str,
    piped: bool,
    row: Callable[..., ReportRow],
    record: Callable[..., RunReader],
) -> None:
    """Any cells and any header, parsed by the standard library and unguarded, are what they were (blank is blank)."""

    @given(st.lists(st.tuples(cells, cells), max_size=5), st.tuples(st.text(max_size=5), st.text(max_size=5)), cells)
    @example([("'=1", "''@x")], ("=SUM(A1)", "'-"), "=cmd|' /C calc'!A0")
    def holds(lines: list[tuple[str | None, str | None]], header: tuple[str, str], message: str | None) -> None:
        rows = [row(2 + n, line, message=message or "") for n, line in enumerate(lines)]
        found = parsed(written(record(rows, header), separator, piped=piped), separator)
        assert found[0] == [*header, *REPORT_COLUMNS]
        assert [line[:2] for line in found[1:]] == [[cell or "" for cell in line] for line in lines]
        assert all(line[7] == (message or "") for line in found[1:])

    holds()


def test_the_file_is_what_excel_reads(mixed: RunReader) -> None:
    """A byte order mark for accents, CRLF line ends, and a formula made harmless, while E.164 stays plain."""
    found = written(mixed)
    assert found.startswith(codecs.BOM_UTF8 + b"Name,Phone,_row,")
    assert found.endswith(b"\r\n")
    assert b"\r\n'=1+2,(212) 555-0103,4,+12125550103,,not_found," in found


def test_no_cell_begins_a_formula(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """Neither a user's cell nor an answer of the API can be run by a spreadsheet."""
    rows = [row(2, ["@SUM(1)", "\t=1"], message="=IMPORTXML(1)")]
    found = written(record(rows, ["+cmd|x", "-1+2"])).decode("utf-8-sig")
    for line in csv.reader(io.StringIO(found, newline="")):
        assert not any(cell.startswith(("=", "@", "-", "\t", "+c")) for cell in line)


def test_a_repeated_header_is_repeated(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """CSV can hold a name twice, so the user's header stays as it was, even where it is ours too."""
    found = parsed(written(record([row(2, ["a", "b", "c"])], ["Name", "Name", "_row"])))
    assert found[0][:4] == ["Name", "Name", "_row", "_row"]


def test_golden_outcomes(mixed: RunReader, golden: Callable[[str, bytes], None]) -> None:
    """The outcomes of the mixed run are these bytes."""
    golden("outcomes.csv", written(mixed))


@pytest.mark.parametrize(
    ("extension", "source", "separator", "why"),
    [
        ("csv", ";", ";", "where Excel writes a semicolon it expects one"),
        ("csv", "|", "|", "an export's own"),
        ("csv", ",", ",", "the usual"),
        ("csv", "", ",", "the source is no text"),
        ("csv", "\t", ",", "a TSV that is asked for as CSV"),
        ("csv", "^", ",", "of an Excel sep= line: the loader would not find it again by itself"),
        ("tsv", ";", "\t", "a TSV is separated by tabs"),
    ],
)
def test_the_separator_is_the_sources_own(extension: str, source: str, separator: str, why: str) -> None:
    """A report is separated as its source was, where that can be read again."""
    assert separator_for(extension, source) == separator, why


def test_what_goes_into_a_pipe_has_no_mark(mixed: RunReader) -> None:
    """A pipe gets lines that end as lines do there, and no byte order mark before the first name."""
    found = written(mixed, piped=True)
    assert found.startswith(b"Name,Phone,_row,")
    assert found.count(b"\r") == 1  # a cell's own
    assert found.endswith(b"\n")
