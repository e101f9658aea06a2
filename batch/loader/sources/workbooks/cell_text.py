"""Stored values -> the text of a cell, by the number format of its style.

Owns: styles by number, and remembering what was formatted already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from batch.loader.sources.workbooks.cell_table import CellTable
from batch.loader.sources.workbooks.date_text import is_date, keeps_value
from batch.loader.sources.workbooks.number_format import display, display_text, has_text_section

_PLAIN_NUMBER = re.compile(r"-?[1-9][0-9]{0,14}|0")
_UNFORMATTED = frozenset({"General", "@", "0", ""})
_REMEMBERED = 100_000
#: BIFF's numbers of errors, as [MS-XLS] 2.5.10 and [MS-XLSB] 2.5.97.2 have them.
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


class CellText:
    """The texts of a workbook's cells. `formats` are the format codes of its styles."""

    def __init__(self, formats: Sequence[str], *, date_1904: bool = False) -> None:
        self._formats, self._date_1904 = formats, date_1904
        self._dates = frozenset(style for style, code in enumerate(formats) if is_date(code))
        self._known: dict[tuple[int, str], str] = {}

    def find_format(self, style: int) -> str:
        """The format code of a style."""
        return self._formats[style] if style < len(self._formats) else "General"

    def text(self, style: int, text: str) -> str:
        """A text as the cell shows it."""
        code = self.find_format(style)
        return display_text(text, code) if has_text_section(code) else text

    def note_date(self, table: CellTable, column: int, style: int, value: str) -> None:
        """Tell `table` of a number in `column` whose style shows a date."""
        if style in self._dates:
            code = self._formats[style]
            table.note_date(column, code, is_kept=keeps_value(code, float(value), date_1904=self._date_1904))

    def number(self, style: int, value: str) -> str:
        """A number, given as a decimal text, as the cell shows it."""
        code = self.find_format(style)
        if code in _UNFORMATTED and _PLAIN_NUMBER.fullmatch(value):
            return value
        found = self._known.get((style, value))
        if found is None:
            try:
                found = display(float(value), code, date_1904=self._date_1904)
            except (ValueError, OverflowError, ArithmeticError):
                found = value
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[style, value] = found
        return found
