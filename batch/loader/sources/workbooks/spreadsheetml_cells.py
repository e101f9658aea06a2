"""SpreadsheetML 2003 (an XML file, often named .xls): the cells of one sheet as the person sees them.

Owns: indexed cells and rows, number formats by style, hidden rows and sheets.
Source: Microsoft's XML Spreadsheet Reference (Office 2003): ss:Index, ss:Hidden, ss:Type, x:Visible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from batch.loader.sources.workbooks.cell_table import CellTable
from batch.loader.sources.workbooks.number_format import display
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.loader.sources.workbooks.xml_events import parse

#: Names of formats that stand for codes.
_NAMED = {
    "general number": "General", "general date": "yyyy-mm-dd hh:mm", "short date": "yyyy-mm-dd",
    "medium date": "d-mmm-yy", "long date": "yyyy-mm-dd", "short time": "h:mm", "medium time": "h:mm AM/PM",
    "long time": "h:mm:ss", "fixed": "0.00", "standard": "#,##0.00", "percent": "0.00%", "scientific": "0.00E+00",
}  # fmt: skip


def open_workbook(path: str) -> tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]:
    """The sheets of the workbook at `path`, the place of the first, and what reads one of them."""
    names = _Reader(-1, CellTable())
    with Path(path).open("rb") as stream:
        parse(stream, names.start, names.end, names.text)

    def read_sheet(sheet: SheetEntry, table: CellTable) -> None:
        reader = _Reader(int(sheet.key), table)
        with Path(path).open("rb") as stream:
            parse(stream, reader.start, reader.end, reader.text)

    return names.sheets, 0, read_sheet


class _Reader:
    """The state between the events; sheet -1 only collects names."""

    def __init__(self, wanted: int, table: CellTable) -> None:
        self.sheets: list[SheetEntry] = []
        self._wanted, self._table = wanted, table
        self._codes: dict[str, str] = {}
        self._style = self._row_style = self._cell_style = ""
        self._number, self._column, self._hidden = 0, -1, False
        self._columns = 0
        self._cells: dict[int, str] = {}
        self._kind, self._value = "", []  # type: str, list[str]
        self._in_data = self._visible = False
        self._merged = 0
        self._formula = False

    @property
    def _inside(self) -> bool:
        return len(self.sheets) - 1 == self._wanted

    def start(self, element: str, attributes: dict[str, str]) -> None:  # noqa: C901 - one branch for each element
        if element == "Style":
            self._style = attributes.get("ID", "")
        elif element == "NumberFormat":
            code = attributes.get("Format", "General")
            self._codes[self._style] = _NAMED.get(code.lower(), code)
        elif element == "Worksheet":
            self.sheets.append(SheetEntry(attributes.get("Name", ""), "visible", str(len(self.sheets))))
            self._number = self._columns = 0
        elif element == "Visible":
            self._visible, self._value = True, []
        elif element == "Column":
            self._start_columns(attributes)
        elif element == "Row":
            self._number = int(attributes.get("Index", self._number + 1))
            self._hidden = attributes.get("Hidden") == "1"
            self._row_style = attributes.get("StyleID", "")
            self._cells, self._column, self._merged = {}, -1, 0
        elif element == "Cell":
            self._column = int(attributes.get("Index", self._column + self._merged + 2)) - 1
            self._merged = int(attributes.get("MergeAcross", "0"))
            self._cell_style = attributes.get("StyleID", self._row_style)
            self._formula = "Formula" in attributes
        elif element == "Data":
            self._kind, self._value, self._in_data = attributes.get("Type", "String"), [], True

    def _start_columns(self, attributes: dict[str, str]) -> None:
        first = int(attributes.get("Index", self._columns + 1)) - 1
        self._columns = first + int(attributes.get("Span", "0")) + 1
        if self._inside and attributes.get("Hidden") == "1":
            self._table.hidden_columns.append((first, self._columns - 1))

    def text(self, piece: str) -> None:
        if self._in_data or self._visible:
            self._value.append(piece)

    def end(self, element: str) -> None:  # noqa: C901 - one branch for each element
        if element == "Visible":
            self._visible = False
            state = {"SheetHidden": "hidden", "SheetVeryHidden": "veryHidden"}.get("".join(self._value).strip())
            if state and self.sheets:
                self.sheets[-1] = self.sheets[-1]._replace(state=state)
        elif element == "Data":
            self._in_data = False
            if self._inside and (text := self._shown("".join(self._value))):
                self._cells[self._column] = text
        elif element == "Cell":
            if self._inside and self._formula and self._column not in self._cells:
                self._table.note_unresolved(self._column, self._number)
        elif element == "Row" and self._inside:
            self._table.add_row(self._number, self._cells, hidden=self._hidden)

    def _shown(self, value: str) -> str:
        code = self._codes.get(self._cell_style, "General")
        try:
            if self._kind == "Number":
                return display(float(value), code)
            if self._kind == "DateTime" and code != "General":
                days = (datetime.fromisoformat(value) - datetime(1899, 12, 30)).total_seconds() / 86_400
                return display(days, code)
        except (ValueError, OverflowError, ArithmeticError):
            return value
        if self._kind == "Boolean":
            return "TRUE" if value.strip() == "1" else "FALSE"
        return value
