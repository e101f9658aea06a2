"""XLS (BIFF, Excel 97 to 2003): the cells of one sheet as the person sees them.

Owns: what xlrd reads -> text by the cell's number format; hidden sheets and rows.
Source: xlrd 2, the field's reader of BIFF; [MS-XLS] for the codes of errors. xlrd gives a formula's stored result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from batch.loader.sources.workbooks.cell_table import CellTable
from batch.loader.sources.workbooks.date_text import is_date, keeps_value
from batch.loader.sources.workbooks.format_sections import BUILT_IN
from batch.loader.sources.workbooks.number_format import display, display_text, has_text_section
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.text.language import tr

#: xlrd's type of a number in a date format.
_DATE = 3
_STATES = ("visible", "hidden", "veryHidden")


def open_workbook(path: str) -> tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]:
    """The sheets of the workbook at `path`, the place of the open one, and what reads one of them.

    Raises ValueError for a file with a password, and xlrd's own errors for a damaged one.
    """
    import xlrd

    try:
        book: Any = xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=_Silence())
    except Exception as error:  # xlrd has no common one
        # A workbook with a password, XLSX too, is an OLE file with a part of this name.
        if "EncryptedPackage".encode("utf-16-le") in Path(path).read_bytes() or "encrypted" in str(error).lower():
            raise ValueError(tr("it is protected with a password; save it without one")) from error
        raise
    sheets = [
        SheetEntry(name, _STATES[book._sheet_visibility[at]], str(at)) for at, name in enumerate(book.sheet_names())
    ]
    active = int(getattr(book, "active_sheet", 0) or 0)

    def read_sheet(entry: SheetEntry, table: CellTable) -> None:
        sheet = book.sheet_by_index(int(entry.key))
        codes = [_code(book, style) for style in book.xf_list]
        table.hidden_columns += [(at, at) for at, column in sheet.colinfo_map.items() if column.hidden]
        for at in range(sheet.nrows):
            cells: dict[int, str] = {}
            for column, cell in enumerate(sheet.row(at)):
                text = _text(cell, codes, bool(book.datemode), xlrd.error_text_from_code)
                _note_date(table, column, cell, codes, date_1904=bool(book.datemode))
                if text:
                    cells[column] = text
            info = sheet.rowinfo_map.get(at)
            table.add_row(at + 1, cells, hidden=bool(info is not None and info.hidden))

    return sheets, active, read_sheet


def _note_date(table: CellTable, column: int, cell: Any, codes: Sequence[str], *, date_1904: bool) -> None:
    if cell.ctype == _DATE and cell.xf_index is not None and is_date(code := codes[cell.xf_index]):
        table.note_date(column, code, is_kept=keeps_value(code, float(cell.value), date_1904=date_1904))


class _Silence:
    """A log that keeps nothing: stdout is for the answer."""

    def write(self, _: str) -> int:
        return 0

    def flush(self) -> None:
        pass


def _code(book: Any, style: Any) -> str:
    number = style.format_key
    if number in BUILT_IN and number in {14, 22}:
        return BUILT_IN[number]
    found = book.format_map.get(number)
    return found.format_str if found is not None else BUILT_IN.get(number, "General")


def _text(cell: Any, codes: Sequence[str], date_1904: bool, errors: dict[int, str]) -> str:
    code = codes[cell.xf_index] if cell.xf_index is not None and cell.xf_index < len(codes) else "General"
    match cell.ctype:
        case 1:
            return display_text(cell.value, code) if has_text_section(code) else str(cell.value)
        case 2 | 3:
            try:
                return display(float(cell.value), code, date_1904=date_1904)
            except (ValueError, OverflowError, ArithmeticError):
                return repr(cell.value)
        case 4:
            return "TRUE" if cell.value else "FALSE"
        case 5:
            return errors.get(int(cell.value), "#ERROR!")
        case _:
            return ""
