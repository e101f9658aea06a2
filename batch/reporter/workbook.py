"""XLSX reports: text cells that Excel leaves alone.

Owns: what a sheet looks like, and what does not fit in one. No cell is ever a formula, a link or a guessed number: the
user's cells and our texts are text, formatted as text, so that a phone corrected by hand stays one too; only dates
(`date_cells`) and `_row`, `_http_status`, `_attempts` and `_same_as` are numbers. After 1,048,575 rows a further sheet
begins, with a header. A cell over 32,767 UTF-16 units, which Excel cannot hold, is cut and ends with `CUT`; CSV, NDJSON
and Parquet keep it.
Source: Excel specifications and limits, https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter

from batch.errors import BatchError
from batch.loader.sources.workbooks.date_text import format_of
from batch.reporter.columns import Columns
from batch.reporter.date_cells import date_cell
from batch.text.language import tr

ROWS_PER_SHEET = 1_048_575  # and the header makes 2^20
MOST_COLUMNS = 16_384
LONGEST_CELL = 32_767  # UTF-16 units

#: How a cell that was cut ends. It cannot be taken for the whole: a row with such a cell is not to be sent again.
CUT = "… [cut: Excel holds 32,767 characters]"

_TEXT = 49  # Excel's built-in number format "@"
_NARROWEST, _WIDEST = 7, 44
#: As many lines as a person scrolls through before they judge the widths.
_MEASURED = 500
#: Workbooks carry a date of making. A fixed one makes equal reports equal files.
_MADE = datetime(2000, 1, 1)


def write_xlsx(  # noqa: C901 - one branch for each type of column
    sink: BinaryIO,
    columns: Columns,
    frames: Iterable[pl.DataFrame],
    scratch: Path,
    *,
    sheet_name: str = "rows",
    rows_per_sheet: int = ROWS_PER_SHEET,
) -> None:
    """Write `frames` to `sink` as a workbook; sheets are named `rows`, `rows 2`, …

    Memory holds one frame; the sheets grow on disk in `scratch`, which must be private. Raises BatchError
    for more columns than a sheet has, OSError.
    """
    header = columns.header
    _check_width(header)
    how = {
        "constant_memory": True,
        "tmpdir": str(scratch),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    # Left on an error too: the book closes its files, and what it wrote to `sink` is thrown away with it.
    with xlsxwriter.Workbook(sink, how) as book:
        book.use_zip64()
        book.set_properties({"created": _MADE})
        text = book.add_format({"num_format": _TEXT})
        bold = book.add_format({"num_format": _TEXT, "bold": True, "bottom": 1})
        dates: dict[str, Any] = {}
        own = [format_of(dtype) for dtype in columns.dtypes]
        sheet, filled, made = None, 0, 0
        widths: Sequence[int] = ()
        for frame in frames:
            widths = widths or _widths(header, frame.head(_MEASURED).rows())
            for line in frame.iter_rows():
                if sheet is None or filled == rows_per_sheet:
                    if sheet is not None:
                        _finish(sheet, filled, len(header))
                    made += 1
                    sheet, filled = _begin(book, sheet_name, made, header, widths, bold), 0
                filled += 1
                for place, cell in enumerate(line):
                    if isinstance(cell, str) and place < len(own) and (date := date_cell(cell, own[place])):
                        if date.number_format not in dates:
                            dates[date.number_format] = book.add_format({"num_format": date.number_format})
                        sheet.write_number(filled, place, date.number, dates[date.number_format])
                    elif isinstance(cell, str):
                        _write_text(sheet, filled, place, cell, text)
                    elif cell is not None:
                        sheet.write_number(filled, place, cell)
        if sheet is None:
            sheet = _begin(book, sheet_name, 1, header, _widths(header, []), bold)
        _finish(sheet, filled, len(header))


def _check_width(header: Sequence[str]) -> None:
    """Raise BatchError for more columns than a sheet has."""
    if len(header) > MOST_COLUMNS:
        raise BatchError(
            tr(
                "An XLSX sheet holds {most_columns:,} columns, and this report has {count:,}.",
                most_columns=MOST_COLUMNS,
                count=len(header),
            ),
            tip=tr("Write this report with --format csv or --format parquet."),
        )


def fit_cell(cell: str) -> str:
    """`cell`, or as much of it as Excel can hold, ending with `CUT`. Characters beyond U+FFFF count twice."""
    if 2 * len(cell) <= LONGEST_CELL:
        return cell
    units = cell.encode("utf-16-le")
    if len(units) // 2 <= LONGEST_CELL:
        return cell
    kept = units[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", "ignore")
    return kept + CUT


def _begin(book: Any, name: str, number: int, header: Sequence[str], widths: Sequence[int], bold: object) -> Any:
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    sheet.freeze_panes(1, 0)
    for place, (title, width) in enumerate(zip(header, widths, strict=True)):
        sheet.set_column(place, place, width)
        _write_text(sheet, 0, place, title, bold)
    return sheet


def _finish(sheet: Any, filled: int, width: int) -> None:
    sheet.autofilter(0, 0, filled, width - 1)
    # Phones are text that looks like numbers, on purpose: without this Excel flags each with a green corner.
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{filled + 1}"})


def _write_text(sheet: Any, row: int, place: int, cell: str, style: object) -> None:
    if not cell:
        return
    cell = fit_cell(cell)
    if cell.startswith("<r>") and cell.endswith("</r>"):
        # xlsxwriter takes such a text for its own rich-text XML and writes it unescaped: a cell could bring a formula
        # in. Three fragments of rich text (the fewest it takes), which it escapes, hold the same characters.
        refused = sheet.write_rich_string(row, place, cell[0], cell[1], cell[2:], style)
    else:
        refused = sheet.write_string(row, place, cell, style)
    if refused:  # it says so by a figure only, and a cell that is not written would be a loss in silence
        raise BatchError(
            tr("The XLSX writer refused a cell in sheet row {row} (code {refused}).", row=row + 1, refused=refused)
        )


def _widths(header: Sequence[str], lines: Sequence[Sequence[str | int | None]]) -> list[int]:
    """The width of each column, in characters, by its header and the first lines; the filter's arrow has room."""
    longest = [len(name) + 3 for name in header]
    for line in lines:
        for place, cell in zip_longest(range(len(header)), line):
            longest[place] = max(longest[place], 0 if cell is None else len(str(cell)) + 1)
    return [min(max(width, _NARROWEST), _WIDEST) for width in longest]
