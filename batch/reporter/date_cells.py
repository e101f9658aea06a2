"""Dates in a workbook: a cell that a reader showed as a date goes back as a date.

Owns: which texts are dates, and the number format that shows a date as that very text. A rerun that reads the cell gets
the text again.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from batch.loader.sources.workbooks.date_text import FIRST_DAY, ZERO_DAY, stored_number

_ISO: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{1,2}:\d{2})(:\d{2})?)?", re.ASCII)


class DateCell(NamedTuple):
    """A stored number (days since 1899-12-30) and the number format that shows it."""

    number: float
    number_format: str


def date_cell(text: str, column_format: str | None = None) -> DateCell | None:
    """The date that `text` is, `2026-01-06` or `2026-01-06 9:30:00`, or one in the format that the user's column had;
    `None` for any other text."""
    if column_format is not None and (number := stored_number(text, column_format)) is not None:
        return DateCell(number, column_format)
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day, minutes, seconds = found.groups()
    try:
        moment = datetime.strptime(f"{day} {minutes or '0:00'}{seconds or ':00'}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
    if moment < FIRST_DAY:
        return None
    since = moment - ZERO_DAY
    number = since.days + since.seconds / 86_400
    if minutes is None:
        return DateCell(number, "yyyy-mm-dd")
    hours = "hh" if len(minutes) == 5 else "h"
    return DateCell(number, f"yyyy-mm-dd {hours}:mm{':ss' if seconds else ''}")
