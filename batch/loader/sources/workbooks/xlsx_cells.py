"""XLSX (and XLSM): the cells of one sheet as the person sees them.

Owns: the parts of the package, shared strings, number formats, hidden sheets and rows, formulas without a result.
Flow: zip parts -> `Workbook` (sheets, strings, formats) -> `read_sheet` -> `CellTable`.
Source: ECMA-376 parts 1 (SpreadsheetML) and 2 (packaging), both conformance classes.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from batch.loader.sources.workbooks.cell_table import MAX_COLUMNS, CellTable, TooLarge
from batch.loader.sources.workbooks.cell_text import CellText
from batch.loader.sources.workbooks.format_sections import BUILT_IN
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.loader.sources.workbooks.xml_events import parse
from batch.text.language import tr

#: `_x000D_` in a text stands for the character of that number.
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass
class Workbook:
    """An open package: its sheets, and what their cells refer to."""

    package: zipfile.ZipFile
    sheets: list[SheetEntry] = field(default_factory=list)
    active: int = 0
    date_1904: bool = False
    #: The program that wrote the file did not calculate: it stores 0 for each formula, or nothing.
    is_uncalculated: bool = False
    strings: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    _parts: dict[str, str] = field(default_factory=dict)

    def find_part(self, sheet: SheetEntry) -> str:
        """The name of the sheet's part in the package."""
        return self._parts[sheet.key]


def open_workbook(path: str) -> Workbook:  # noqa: C901 - one branch for each element
    """The workbook at `path`. Raises what `zipfile` and `xml_events` raise, and KeyError where a part is missing."""
    package = zipfile.ZipFile(path)
    main = next(iter(targets(package, "_rels/.rels", "officeDocument").values()), "xl/workbook.xml")
    book = Workbook(package)
    folder, name = posixpath.split(main)
    relations = f"{folder}/_rels/{name}.rels"

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "sheet":
            book.sheets.append(
                SheetEntry(attributes.get("name", ""), attributes.get("state", "visible"), attributes.get("id", ""))
            )
        elif element == "workbookView":
            book.active = int(attributes.get("activeTab", "0") or 0)
        elif element == "workbookPr":
            book.date_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif element == "calcPr":
            book.is_uncalculated = attributes.get("fullCalcOnLoad", "0") in {"1", "true"}

    with package.open(main) as stream:
        parse(stream, start, _nothing, _nothing)
    book._parts = targets(package, relations, "/worksheet")
    book.sheets = [sheet for sheet in book.sheets if sheet.key in book._parts]  # the others are charts and macros
    strings = next(iter(targets(package, relations, "sharedStrings").values()), "")
    if strings in package.namelist():
        with package.open(strings) as stream:
            book.strings = _shared_strings(stream)
    styles = next(iter(targets(package, relations, "styles").values()), "")
    if styles in package.namelist():
        with package.open(styles) as stream:
            book.formats = _formats(stream)
    return book


def _nothing(*_: object) -> None:
    """Ignore the event."""


def targets(package: zipfile.ZipFile, part: str, kind: str) -> dict[str, str]:
    """Relation id -> part name, of relations whose type ends with `kind`."""
    found: dict[str, str] = {}
    base = posixpath.dirname(posixpath.dirname(part))

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("Type", "").endswith(kind):
            target = attributes.get("Target", "")
            full = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(base, target))
            found[attributes.get("Id", "")] = full

    if part in package.namelist():
        with package.open(part) as stream:
            parse(stream, start, _nothing, _nothing)
    return found


def unescape(text: str) -> str:
    """`text` with the characters that XML cannot hold."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _shared_strings(stream: IO[bytes]) -> list[str]:  # noqa: C901 - one closure for each event of the parser
    strings: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(element: str, _: dict[str, str]) -> None:
        if element == "si":
            parts.clear()
        elif element in inside:
            inside[element] = True

    def end(element: str) -> None:
        if element == "si":
            strings.append(unescape("".join(parts)))
        elif element in inside:
            inside[element] = False

    def text(piece: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(piece)

    parse(stream, start, end, text, bulk=True)
    return strings


def _formats(stream: IO[bytes]) -> list[str]:
    """The format code of each cell style."""
    codes: dict[int, str] = dict(BUILT_IN)
    found: list[str] = []
    inside = False

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if element == "numFmt" and "numFmtId" in attributes:
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")
        elif element == "cellXfs":
            inside = True
        elif element == "xf" and inside:
            found.append(codes.get(int(attributes.get("numFmtId", "0")), "General"))

    def end(element: str) -> None:
        nonlocal inside
        inside = inside and element != "cellXfs"

    parse(stream, start, end, _nothing)
    return found


def parse_column(reference: str) -> int:
    """The column of a cell reference such as `AB12`, from 0."""
    column = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column - 1


def read_sheet(book: Workbook, sheet: SheetEntry, table: CellTable) -> None:
    """Add the rows of `sheet` to `table`."""
    with book.package.open(book.find_part(sheet)) as stream:
        reader = _SheetReader(book, table)
        parse(stream, reader.start, reader.end, reader.characters, bulk=True)


class _SheetReader:
    """The state between the events of one sheet."""

    def __init__(self, book: Workbook, table: CellTable) -> None:
        self._book, self._table = book, table
        self._number, self._hidden = 0, False
        self._cells: dict[int, str] = {}
        self._column, self._style, self._kind = -1, 0, "n"
        self._value: list[str] = []
        self._wanted = self._formula = self._phonetic = False
        self._columns: dict[str, int] = {}
        self._text = CellText(book.formats, date_1904=book.date_1904)

    def start(self, element: str, attributes: dict[str, str]) -> None:  # noqa: C901 - one branch for each element
        if element == "c":
            reference = attributes.get("r", "")
            if reference:
                letters = reference.rstrip("0123456789")
                found = self._columns.get(letters)
                if found is None:
                    found = self._columns[letters] = parse_column(letters)
                self._column = found
            else:
                self._column += 1
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", "0"))
            self._formula = False
            self._value.clear()
        elif element in {"v", "t"}:
            self._wanted = not self._phonetic
        elif element == "row":
            self._number = int(attributes.get("r", self._number + 1))
            self._hidden = attributes.get("hidden", "0") in {"1", "true"} or attributes.get("ht") == "0"
            self._cells = {}
            self._column = -1
        elif element == "f":
            self._formula = True
        elif element == "rPh":
            self._phonetic = True
        elif element == "col" and attributes.get("hidden", "0") in {"1", "true"}:
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", attributes.get("min", "1")))
            self._table.hidden_columns.append((first - 1, last - 1))
        elif element == "autoFilter":
            self._table.filtered = True

    def characters(self, piece: str) -> None:
        if self._wanted:
            self._value.append(piece)

    def end(self, element: str) -> None:
        if element in {"v", "t"}:
            self._wanted = False
        elif element == "c":
            self._end_cell()
        elif element == "row":
            self._table.add_row(self._number, self._cells, hidden=self._hidden)
        elif element == "rPh":
            self._phonetic = False

    def _end_cell(self) -> None:  # noqa: C901 - one branch for each type of cell
        if self._column >= MAX_COLUMNS or self._column < 0:
            raise TooLarge(tr("it has more than {max_columns:,} columns", max_columns=MAX_COLUMNS))
        value = "".join(self._value)
        if self._formula and self._book.is_uncalculated and value.strip() == "0":
            value = ""
        if value == "":
            if self._formula and self._kind != "str":
                self._table.note_unresolved(self._column, self._number)
            return
        kind, style = self._kind, self._style
        if kind == "n":
            value = value.strip()
            text = self._text.number(style, value)
            if text != value:
                self._text.note_date(self._table, self._column, style, value)
        elif kind == "s":
            text = self._text.text(style, self._book.strings[int(value)])
        elif kind == "b":
            text = "TRUE" if value.strip() in {"1", "true"} else "FALSE"
        elif kind == "d":
            text = self._iso_text(style, value.strip())
        elif kind == "e":
            text = value.strip()
        else:
            text = self._text.text(style, unescape(value))
        self._cells[self._column] = text

    def _iso_text(self, style: int, value: str) -> str:
        """A date that is stored as ISO 8601 text, in the format of its cell."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        days = (moment.replace(tzinfo=None) - datetime(1899, 12, 30)).total_seconds() / 86_400
        if self._text.find_format(style) in {"General", "@"}:
            return value
        self._text.note_date(self._table, self._column, style, repr(days))
        return self._text.number(style, repr(days))
