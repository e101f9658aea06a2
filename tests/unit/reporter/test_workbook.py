"""XLSX: a workbook in which nothing runs and nothing is guessed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import fastexcel
import pytest
from unit.reporter.report_row import ReportRow

from batch.errors import BatchError
from batch.journal.run_reader import RunReader
from batch.reporter.columns import Columns
from batch.reporter.row_frames import every_row
from batch.reporter.workbook import CUT, LONGEST_CELL, ROWS_PER_SHEET, fit_cell, write_xlsx

HOSTILE = [
    "=1+2",
    '=HYPERLINK("http://evil.example","x")',
    "{=1+2}",
    "http://evil.example/",
    "mailto:a@b.c",
    "internal:Sheet1!A1",
    "external:c:\\x.xlsx",
    "+12125550123",
    "0012",
    "1e5",
    "true",
    '<r></t></is></c><c r="B2"><f>1+2</f></c></r>',
    "</t></is></c>",
    "<![CDATA[x]]>&amp;",
    "\u202eevil\u2066",
    "tab\there",
    "line\nbreak",
    " lead and trail ",
    "_x0041_",
    "'quoted",
    "😀" * 50,
]


def written(record: RunReader, scratch: Path, rows_per_sheet: int = ROWS_PER_SHEET) -> bytes:
    sink = io.BytesIO()
    write_xlsx(
        sink,
        Columns.of(record.facts().source),
        every_row(record, record.facts()),
        scratch,
        rows_per_sheet=rows_per_sheet,
    )
    return sink.getvalue()


def read(found: bytes, sheet: int = 0) -> list[tuple[object, ...]]:
    book = fastexcel.read_excel(found)
    return book.load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()


def sheets(found: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(found)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/"))


@pytest.fixture
def hostile(row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path) -> bytes:
    rows = [row(2 + n, [cell, "x"], message=cell) for n, cell in enumerate(HOSTILE)]
    return written(record(rows, ["=SUM(A1)", "http://header.example"]), tmp_path)


def test_no_formula_and_no_link(hostile: bytes) -> None:
    """The package holds neither formula nor hyperlink, whatever the cells say: not even through raw rich text."""
    with zipfile.ZipFile(io.BytesIO(hostile)) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name or "sheet1.xml.rels" in name]
    xml = sheets(hostile)
    assert not re.search(r"<f[ >/]|<hyperlink|<dde|TargetMode", xml)
    assert xml.count("<row ") == len(HOSTILE) + 1


def test_cells_come_back(hostile: bytes) -> None:
    """A reader of XLSX gets every hostile cell back as it was, as text."""
    assert [line[0] for line in read(hostile)[1:]] == HOSTILE


def test_only_our_figures_are_numbers(hostile: bytes) -> None:
    """Numbers are `_row`, `_http_status` and `_attempts`; `0012`, `1e5` and phones stay text."""
    columns = set(re.findall(r'<c r="([A-Z]+)\d+"[^>]*><v>', sheets(hostile)))
    assert columns == {"C", "J", "K"}


def test_the_sheet_is_ready_to_work_in(hostile: bytes) -> None:
    """The header stays in sight, every column can be filtered, cells are formatted as text."""
    xml = sheets(hostile)
    assert 'state="frozen"' in xml
    assert f'<autoFilter ref="A1:O{len(HOSTILE) + 1}"/>' in xml
    assert 'numFmtId="49"' in xml


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(mixed: RunReader, tmp_path: Path) -> None:
    """No row is lost at the edge of a sheet, and each sheet has the header."""
    found = written(mixed, tmp_path, rows_per_sheet=3)
    assert fastexcel.read_excel(found).sheet_names == ["rows", "rows 2", "rows 3"]
    pages = [read(found, sheet) for sheet in range(3)]
    assert [page[0][:2] for page in pages] == [("Name", "Phone")] * 3
    assert [line[2] for page in pages for line in page[1:]] == [*"23456789"]


def test_no_rows_is_a_header(record: Callable[..., RunReader], tmp_path: Path) -> None:
    """A run without failures has a workbook with a header."""
    assert read(written(record([]), tmp_path))[0][:3] == ("Name", "Phone", "_row")


@pytest.mark.parametrize("cell", ["a" * 40_000, "😀" * 20_000, "a" + "😀" * 20_000])
def test_a_cell_that_excel_cannot_hold_is_cut_and_says_so(cell: str) -> None:
    """What is written fits by Excel's own count, is the beginning of the cell, and ends with the mark."""
    kept = fit_cell(cell)
    assert len(kept.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert kept.endswith(CUT)
    assert cell.startswith(kept.removesuffix(CUT))


@pytest.mark.parametrize("cell", ["a" * LONGEST_CELL, "😀" * (LONGEST_CELL // 2), ""])
def test_a_cell_that_just_fits_is_whole(cell: str) -> None:
    """Nothing is cut that Excel can hold."""
    assert fit_cell(cell) == cell


def test_a_long_cell_does_not_break_the_file(
    row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """A cell of 40,000 characters leaves a workbook that opens."""
    found = read(written(record([row(2, ["a" * 40_000, "b"])]), tmp_path))
    assert str(found[1][0]).endswith(CUT)
    assert found[1][1] == "b"


def test_too_many_columns_are_refused(record: Callable[..., RunReader], tmp_path: Path) -> None:
    """Columns beyond the sheet are never dropped in silence: the error says what to do."""
    header: Sequence[str] = [f"c{n}" for n in range(16_384)]
    with pytest.raises(BatchError, match="16,397") as error:
        written(record([], header), tmp_path)
    assert "--format csv" in error.value.tip
