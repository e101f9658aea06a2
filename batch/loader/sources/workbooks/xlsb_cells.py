"""XLSB (BIFF12): the cells of one sheet as the person sees them.

Owns: the records of cells in their long and short forms, shared strings, number formats, hidden sheets and rows.
Flow: zip parts -> records -> `CellTable`. Relations between the parts are XML, as in XLSX.
Source: [MS-XLSB] 2.1.4 (records), 2.4 (their contents), 2.5.122 (RkNumber). The short forms leave the column out: it is
the one after the cell before; readers that do not know them lose whole rows.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO

from batch.loader.sources.workbooks.cell_table import CellTable
from batch.loader.sources.workbooks.cell_text import ERRORS, CellText
from batch.loader.sources.workbooks.format_sections import BUILT_IN
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.loader.sources.workbooks.xlsx_cells import targets
from batch.text.language import tr

_STATES = ("visible", "hidden", "veryHidden")
_ROW, _BLANK, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = range(8)
_FORMULA_TEXT, _FORMULA_NUMBER, _FORMULA_BOOL, _FORMULA_ERROR = 8, 9, 10, 11
_NUMBERS = (_RK, _REAL, _FORMULA_NUMBER)
#: The short forms 12 to 18 of the records 1 to 7.
_SHORT = range(12, 19)
_STRING_ITEM, _FORMAT, _STYLE, _RICH_TEXT = 19, 44, 47, 62
_COLUMNS = 60
_PROPERTIES, _SHEET, _VIEW, _FILTER = 153, 156, 158, 161
_BEGIN_STYLES, _END_STYLES = 617, 618
_BLOCK = 1 << 20


def open_workbook(path: str) -> tuple[Sequence[SheetEntry], int, Callable[[SheetEntry, CellTable], None]]:
    """The sheets of the workbook at `path`, the place of the open one, and what reads one of them."""
    package = zipfile.ZipFile(path)
    main = next(iter(targets(package, "_rels/.rels", "officeDocument").values()), "xl/workbook.bin")
    folder, _, name = main.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    parts = targets(package, relations, "/worksheet")
    sheets: list[SheetEntry] = []
    active, date_1904 = 0, False
    with package.open(main) as stream:
        for kind, body in _records(stream):
            if kind == _SHEET:
                state = struct.unpack_from("<I", body)[0]
                key, at = _wide(body, 8)
                sheets.append(SheetEntry(_wide(body, at)[0], _STATES[min(state, 2)], key))
            elif kind == _PROPERTIES:
                date_1904 = bool(body[0] & 1)
            elif kind == _VIEW and len(body) >= 28:
                active = struct.unpack_from("<I", body, 24)[0]
    sheets = [sheet for sheet in sheets if sheet.key in parts]
    shared = targets(package, relations, "sharedStrings").values()
    strings = [text for part in shared for text in _strings(package, part)]
    formats = [code for part in targets(package, relations, "styles").values() for code in _formats(package, part)]
    text = CellText(formats, date_1904=date_1904)

    def read_sheet(sheet: SheetEntry, table: CellTable) -> None:
        with package.open(parts[sheet.key]) as stream:
            _read(stream, table, strings, text)

    return sheets, active, read_sheet


def _records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the body of every record."""
    buffer, at = b"", 0
    while True:
        if len(buffer) - at < 6:
            more = stream.read(_BLOCK)
            buffer, at = buffer[at:] + more, 0
            if not buffer:
                return
        kind, at = _varint(buffer, at, 2)
        size, at = _varint(buffer, at, 4)
        while len(buffer) - at < size:
            more = stream.read(max(_BLOCK, size))
            if not more:
                raise ValueError(tr("a record is cut off"))
            buffer, at = buffer[at:] + more, 0
        yield kind, buffer[at : at + size]
        at += size


def _varint(buffer: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of 7 bits a byte, and the place after it. A record's number keeps its marks out of the way."""
    value = 0
    for place in range(most):
        if at >= len(buffer):
            raise ValueError(tr("a record is cut off"))
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return value, at


def _wide(body: bytes, at: int) -> tuple[str, int]:
    """A string in UTF-16 with its length before it, and the place after it; a null string is empty."""
    length = struct.unpack_from("<I", body, at)[0]
    at += 4
    if length == 0xFFFFFFFF:
        return "", at
    return body[at : at + 2 * length].decode("utf-16-le", "replace"), at + 2 * length


def _strings(package: zipfile.ZipFile, part: str) -> list[str]:
    with package.open(part) as stream:
        return [_wide(body, 1)[0] for kind, body in _records(stream) if kind == _STRING_ITEM]


def _formats(package: zipfile.ZipFile, part: str) -> list[str]:
    codes, found, inside = dict(BUILT_IN), [], False
    with package.open(part) as stream:
        for kind, body in _records(stream):
            if kind == _FORMAT:
                codes[struct.unpack_from("<H", body)[0]] = _wide(body, 2)[0]
            elif kind in {_BEGIN_STYLES, _END_STYLES}:
                inside = kind == _BEGIN_STYLES
            elif kind == _STYLE and inside:
                found.append(codes.get(struct.unpack_from("<H", body, 2)[0], "General"))
    return found


def _read(stream: IO[bytes], table: CellTable, strings: Sequence[str], text: CellText) -> None:  # noqa: C901 - one branch for each record
    number, hidden, column = 0, False, -1
    cells: dict[int, str] = {}
    for record, body in _records(stream):
        kind = record
        if kind == _ROW:
            table.add_row(number, cells, hidden=hidden)
            number, hidden, column = struct.unpack_from("<I", body)[0] + 1, bool(body[11] & 0x10), -1
            cells = {}
        elif _BLANK <= kind <= _FORMULA_ERROR or kind in _SHORT or kind == _RICH_TEXT:
            if kind in _SHORT:
                kind, column, at = kind - 11, column + 1, 4
                style = int.from_bytes(body[0:3], "little")
            else:
                column, at = struct.unpack_from("<I", body)[0], 8
                style = int.from_bytes(body[4:7], "little")
            if kind in _NUMBERS:
                value = _number(kind, body, at)
                cells[column] = text.number(style, value)
                text.note_date(table, column, style, value)
            elif shown := _cell(kind, body, at, style, strings, text):
                cells[column] = shown
        elif kind == _COLUMNS and body[16] & 1:
            table.hidden_columns.append(struct.unpack_from("<II", body))
        elif kind == _FILTER:
            table.filtered = True
    table.add_row(number, cells, hidden=hidden)


def _cell(kind: int, body: bytes, at: int, style: int, strings: Sequence[str], text: CellText) -> str:
    if kind in {_TEXT, _FORMULA_TEXT}:
        return text.text(style, _wide(body, at)[0])
    if kind == _RICH_TEXT:
        return text.text(style, _wide(body, at + 1)[0])
    if kind == _SHARED:
        return text.text(style, strings[struct.unpack_from("<I", body, at)[0]])
    if kind in {_BOOL, _FORMULA_BOOL}:
        return "TRUE" if body[at] else "FALSE"
    if kind in {_ERROR, _FORMULA_ERROR}:
        return ERRORS.get(body[at], "#ERROR!")
    return ""


def _number(kind: int, body: bytes, at: int) -> str:
    """The stored number of a record, as decimal text."""
    if kind == _RK:
        return _plain(_rk(struct.unpack_from("<I", body, at)[0]))
    return _plain(struct.unpack_from("<d", body, at)[0])


def _rk(packed: int) -> float:
    """A number in 30 bits: an integer or the upper part of a double, perhaps times a hundred."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        value = struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0]
    return value / 100 if packed & 1 else value


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 10**15 else repr(value)
