"""ODS and flat ODS: the cells of one sheet as the person sees them, since the format stores what is displayed.

Owns: repeated rows and cells within limits, hidden and filtered rows, hidden sheets, comments left out.
Flow: `content.xml` or the flat file -> events -> `CellTable`.
Source: OASIS OpenDocument 1.3 part 3: 9.1 (tables), 19.636 and 19.642 (repeats), 19.749 (visibility), 16.29 (styles).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import IO

from batch.loader.sources.workbooks.cell_table import CellTable, TooLarge
from batch.loader.sources.workbooks.format_sections import general
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.loader.sources.workbooks.xml_events import parse
from batch.text.language import tr

#: Filled rows that one element may stand for; a column filled down to the end of the sheet is no contact list.
MAX_REPEATED_ROWS = 65_536
MAX_REPEATED_CELLS = 4_096
#: A number that is shown with fewer digits than it has.
_ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?E[+-]?\d+|#{3,}", re.IGNORECASE)


def open_document(
    path: str, *, flat: bool
) -> tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]:
    """The sheets of the document at `path`, the place of the first, and what reads one of them."""

    def stream() -> AbstractContextManager[IO[bytes]]:
        return open(path, "rb") if flat else zipfile.ZipFile(path).open("content.xml")  # noqa: PTH123

    names = _Names()
    with stream() as content:
        parse(content, names.start, names.end, lambda _: None)

    def read_sheet(sheet: SheetEntry, table: CellTable) -> None:
        reader = _Reader(int(sheet.key), table)
        with stream() as content:
            parse(content, reader.start, reader.end, reader.text)

    return names.sheets(), 0, read_sheet


class _Names:
    """The tables of a document, and which of their styles hide them."""

    def __init__(self) -> None:
        self._tables: list[tuple[str, str]] = []
        self._hiding: set[str] = set()
        self._style = ""
        self._depth = 0

    def start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "style":
            self._style = attributes.get("name", "")
        elif element == "table-properties" and attributes.get("display") == "false":
            self._hiding.add(self._style)
        elif element == "table":
            self._depth += 1
            if self._depth == 1:
                self._tables.append((attributes.get("name", ""), attributes.get("style-name", "")))

    def end(self, element: str) -> None:
        if element == "table":
            self._depth -= 1

    def sheets(self) -> list[SheetEntry]:
        return [
            SheetEntry(name, "hidden" if style in self._hiding else "visible", str(at))
            for at, (name, style) in enumerate(self._tables)
        ]


class _Reader:
    """The state between the events of one sheet."""

    def __init__(self, wanted: int, table: CellTable) -> None:
        self._wanted, self._table = wanted, table
        self._seen, self._depth, self._columns = -1, 0, 0
        self._number, self._repeat, self._hidden = 1, 1, False
        self._cells: dict[int, str] = {}
        self._column, self._cell_repeat, self._attributes = 0, 1, {}  # type: int, int, dict[str, str]
        self._paragraphs: list[str] = []
        self._in_cell = self._in_text = False
        self._skipped = 0

    @property
    def _inside(self) -> bool:
        return self._seen == self._wanted and self._depth == 1

    def start(self, element: str, attributes: dict[str, str]) -> None:  # noqa: C901 - one branch for each element
        if element == "table":
            self._depth += 1
            if self._depth == 1:
                self._seen += 1
        if not self._inside:
            return
        if element == "table-column":
            repeat = int(attributes.get("number-columns-repeated", "1"))
            if attributes.get("visibility", "visible") != "visible":
                self._table.hidden_columns.append((self._columns, self._columns + repeat - 1))
            self._columns += repeat
        elif element == "table-row":
            self._repeat = int(attributes.get("number-rows-repeated", "1"))
            self._hidden = attributes.get("visibility", "visible") != "visible"
            self._table.filtered |= attributes.get("visibility") == "filter"
            self._cells, self._column = {}, 0
        elif element in {"table-cell", "covered-table-cell"}:
            self._cell_repeat = int(attributes.get("number-columns-repeated", "1"))
            self._attributes, self._paragraphs = attributes, []
            self._in_cell = True
        elif element in {"annotation", "shape", "frame"}:
            self._skipped += 1
        elif self._in_cell and not self._skipped:
            if element == "p":
                self._paragraphs.append("")
                self._in_text = True
            elif self._in_text and element in {"s", "tab", "line-break"}:
                self.text({"s": " " * min(int(attributes.get("c", "1")), 1000), "tab": "\t"}.get(element, "\n"))

    def text(self, piece: str) -> None:
        if self._in_text and not self._skipped:
            self._paragraphs[-1] += piece

    def end(self, element: str) -> None:
        if element == "table":
            self._depth -= 1
        if not self._inside:
            return
        if element in {"annotation", "shape", "frame"}:
            self._skipped -= 1
        elif element == "p" and not self._skipped:
            self._in_text = False
        elif element in {"table-cell", "covered-table-cell"}:
            self._end_cell()
        elif element == "table-row":
            self._end_row()

    def _end_cell(self) -> None:
        self._in_cell = False
        text = "\n".join(self._paragraphs) or self._stored_value()
        if _ROUNDED.fullmatch(text) and self._attributes.get("value"):
            text = self._full_number(text)
        if text:
            if self._cell_repeat > MAX_REPEATED_CELLS:
                raise TooLarge(tr("it repeats a filled cell {cell_repeat:,} times", cell_repeat=self._cell_repeat))
            self._cells.update(dict.fromkeys(range(self._column, self._column + self._cell_repeat), text))
        elif "formula" in self._attributes and "value-type" not in self._attributes:
            self._table.note_unresolved(self._column, self._number)
        self._column += self._cell_repeat

    def _stored_value(self) -> str:
        """The stored value, where a program wrote no displayed text beside it."""
        found = self._attributes
        value = found.get("string-value") or found.get("date-value") or found.get("value") or ""
        if found.get("value-type") == "boolean":
            return found.get("boolean-value", "").upper()
        return value.removesuffix(".0")

    def _full_number(self, text: str) -> str:
        """The stored number, where the cell shows it rounded (Gnumeric: 1.213E+10) or as #####."""
        try:
            return general(float(self._attributes["value"]))
        except (ValueError, OverflowError):
            return text

    def _end_row(self) -> None:
        if self._cells:
            if self._repeat > MAX_REPEATED_ROWS:
                raise TooLarge(tr("it repeats a filled row {repeat:,} times", repeat=self._repeat))
            for number in range(self._number, self._number + self._repeat):
                self._table.add_row(number, self._cells, hidden=self._hidden)
        self._number += self._repeat
