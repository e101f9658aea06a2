"""HTML tables (CRMs and ERPs name them .xls): the cells of one table as the person sees them.

Owns: which table, spans, hidden rows, line breaks, the encoding that the page declares.
Source: the HTML standard's table model; Python's html.parser, which never raises for damaged markup.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path

from batch.loader.sources.workbooks.cell_table import MAX_COLUMNS, CellTable, TooLarge
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.text.language import tr

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = frozenset({"br", "p", "div", "li"})
#: Tables inside each other; what lies deeper is layout.
_MAX_SPAN = 1_000


def open_page(path: str) -> tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]:
    """The tables of the page at `path` with rows of their own, the place of the first, and what reads one of them."""
    content = Path(path).read_bytes()
    text = content.decode(_encoding(content), "replace")
    page = _Page()
    page.feed(text)
    page.close()
    page.end_all()
    filled = [table for table in page.tables if table]
    sheets = [SheetEntry(f"table {at + 1}", "visible", str(at)) for at in range(len(filled))]

    def read_sheet(sheet: SheetEntry, table: CellTable) -> None:
        for number, (cells, hidden) in enumerate(filled[int(sheet.key)], 1):
            table.add_row(number, cells, hidden=hidden)

    return sheets, 0, read_sheet


def _encoding(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    found = _CHARSET.search(content[:4096])
    try:
        name = codecs.lookup(found[1].decode("ascii")).name if found else ""
    except LookupError:
        name = ""
    if not name or name == "utf-8":
        raise ValueError(tr("its letters are in an encoding that the page does not declare; save it as CSV in UTF-8"))
    return "cp1252" if name == "iso8859-1" else name


class _Page(HTMLParser):
    """The rows of every table: cells by column, and whether the row is hidden."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[dict[int, str], bool]]] = []
        self._open: list[_OpenTable] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in {"style", "script", "head", "title"}:
            self._silent += tag != "head"
        elif tag == "table":
            self.tables.append([])
            self._open.append(_OpenTable(self.tables[-1]))
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1].start_row("hidden" in found or bool(_HIDDEN.search(found.get("style", ""))))
        elif tag in {"td", "th"}:
            self._open[-1].start_cell(_span(found.get("colspan")), _span(found.get("rowspan")))
        elif tag in _BLOCKS:
            self._open[-1].text("\n", layout=True)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "title"}:
            self._silent = max(0, self._silent - 1)
        elif not self._open:
            return
        elif tag == "table":
            self._open.pop().end_row()
        elif tag == "tr":
            self._open[-1].end_row()
        elif tag in {"td", "th"}:
            self._open[-1].end_cell()

    def _add_text(self, data: str) -> None:
        if self._open and not self._silent:
            self._open[-1].text(data)

    handle_data = _add_text  # the name that HTMLParser calls

    def end_all(self) -> None:
        """End the tables that the page leaves open."""
        while self._open:
            self._open.pop().end_row()


def _span(text: str | None) -> int:
    span = int(text) if text and text.isdecimal() and len(text) < 6 else 1
    return max(1, min(span, _MAX_SPAN))


class _OpenTable:
    """One table while it is read."""

    def __init__(self, rows: list[tuple[dict[int, str], bool]]) -> None:
        self._rows = rows
        self._cells: dict[int, str] | None = None
        self._hidden = False
        self._column, self._columns_spanned, self._rows_spanned = 0, 1, 1
        self._text: list[str] | None = None
        #: Columns that a cell of an earlier row still covers, and for how many rows.
        self._covered: dict[int, int] = {}

    def start_row(self, hidden: bool) -> None:
        self.end_row()
        self._cells, self._hidden, self._column = {}, hidden, 0

    def start_cell(self, columns: int, rows: int) -> None:
        if self._cells is None:
            self.start_row(False)
        self.end_cell()
        while self._covered.get(self._column, 0) > 0:
            self._column += 1
        if self._column >= MAX_COLUMNS:
            raise TooLarge(tr("it has more than {max_columns:,} columns", max_columns=MAX_COLUMNS))
        self._columns_spanned, self._rows_spanned, self._text = columns, rows, []

    def text(self, piece: str, *, layout: bool = False) -> None:
        if self._text is not None:
            self._text.append(piece if layout else _SPACES.sub(" ", piece))

    def end_cell(self) -> None:
        if self._text is None or self._cells is None:
            return
        lines = [line.strip(" ") for line in "".join(self._text).split("\n")]
        text = "\n".join(line for line in lines if line.strip("\u00a0")).strip("\u00a0 ")
        if text:
            self._cells[self._column] = text
        for column in range(self._column, self._column + self._columns_spanned):
            self._covered[column] = max(self._covered.get(column, 0), self._rows_spanned)
        self._column += self._columns_spanned
        self._text = None

    def end_row(self) -> None:
        self.end_cell()
        if self._cells is None:
            return
        self._rows.append((self._cells, self._hidden))
        self._covered = {column: left - 1 for column, left in self._covered.items() if left > 1}
        self._cells = None
