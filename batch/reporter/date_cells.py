"""Dates in a workbook: a cell that a reader showed as an ISO date goes back as a date.

Owns: which texts are dates, and the number format that shows a date as that very text. A rerun that reads the cell gets
the text again.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

_ISO: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{1,2}:\d{2})(:\d{2})?)?", re.ASCII)
#: Excel counts days from here on without its leap year that never was.
_FIRST: Final = datetime(1900, 3, 1)


class DateCell(NamedTuple):
    """A moment and the number format that shows it."""

    moment: datetime
    number_format: str


def date_cell(text: str) -> DateCell | None:
    """The date that `text` is, `2026-01-06` or `2026-01-06 9:30:00`; `None` for any other text."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day, minutes, seconds = found.groups()
    try:
        moment = datetime.strptime(f"{day} {minutes or '0:00'}{seconds or ':00'}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    if moment < _FIRST:
        return None
    if minutes is None:
        return DateCell(moment, "yyyy-mm-dd")
    hours = "hh" if len(minutes) == 5 else "h"
    return DateCell(moment, f"yyyy-mm-dd {hours}:mm{':ss' if seconds else ''}")
