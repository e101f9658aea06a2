"""The text of a date cell -> the number that a workbook stores for it: the inverse of `number_format.display`.

Owns: which formats and values can be read back from their text, reading one, and the name of a column of such cells.
A workbook's report shows a date by the format of the user's own column, so that the cell is a date again.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from batch.loader.sources.workbooks.date_format import date_pattern, parse_month
from batch.loader.sources.workbooks.format_sections import Section, compile_format
from batch.loader.sources.workbooks.number_format import display

#: The type of a column of dates in a workbook: this, then the format of its cells.
_DATE_CELLS: Final = "DateCell:"
_LONGEST_CODE: Final = 80
#: Excel counts days from here on without its leap year that never was.
FIRST_DAY: Final = datetime(1900, 3, 1)
ZERO_DAY: Final = datetime(1899, 12, 30)
#: The years that two digits mean when they are typed into Excel.
_SHORT_YEARS: Final = (datetime(1930, 1, 1), datetime(2030, 1, 1))
_LAST_DAY: Final = 2_958_466.0
_DAYS_TO_1904: Final = 1462


class _Readable(NamedTuple):
    """How a text of one format is read, and the values (from, below) that it can give back."""

    pattern: re.Pattern[str]
    low: float
    high: float


def is_date(code: str) -> bool:
    """True where a number in this format is shown as a date or a time."""
    return compile_format(code)[0].is_date


def date_cells(code: str) -> str:
    """The type of a column whose cells have the date format `code`."""
    return f"{_DATE_CELLS}{code}"


def format_of(dtype: str) -> str | None:
    """The date format of a column of the type `dtype`; `None` for any other column."""
    return dtype.removeprefix(_DATE_CELLS) if dtype.startswith(_DATE_CELLS) else None


def plain_types(dtypes: tuple[str, ...]) -> tuple[str, ...]:
    """`dtypes` without the formats of date cells, for a comparison: older runs did not record them."""
    return tuple("String" if dtype.startswith(_DATE_CELLS) else dtype for dtype in dtypes)


def keeps_value(code: str, value: float, *, date_1904: bool = False) -> bool:
    """True where the text of a cell with this date format gives its value back, as far as the format shows it."""
    readable = _readable(code)
    if readable is None:
        return False
    days = value + _DAYS_TO_1904 if date_1904 and readable.low else value
    return readable.low <= days < readable.high


@lru_cache(maxsize=65_536)
def stored_number(text: str, code: str) -> float | None:
    """The days since 1899-12-30 whose cell with the format `code` shows exactly `text`; `None` where there is none."""
    readable = _readable(code)
    found = readable.pattern.fullmatch(text) if readable else None
    if found is None:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    try:
        number = _days(parts, compile_format(code)[0].language or "en")
    except (ValueError, OverflowError):
        return None
    return number if number is not None and display(number, code) == text else None


@lru_cache(maxsize=1024)
def _readable(code: str) -> _Readable | None:
    """`None` for a format that is no date, or does not show enough of one."""
    section: Section = compile_format(code)[0]
    pattern = date_pattern(section) if section.is_date and len(code) <= _LONGEST_CODE and code.isprintable() else None
    if pattern is None or section.condition is not None:
        return None
    shown = pattern.groupindex.keys()
    day = {"year", "short", "month", "name", "day"} & shown
    if not day:
        high = _LAST_DAY if {"hours", "minutes", "seconds"} & shown else 1.0 if "hour" in shown else 1.0 / 24
        return _Readable(pattern, 0.0, high)
    if "day" not in day or not {"month", "name"} & day or not {"year", "short"} & day:
        return None
    if "year" in day:
        return _Readable(pattern, float((FIRST_DAY - ZERO_DAY).days), _LAST_DAY)
    return _Readable(pattern, *(float((each - ZERO_DAY).days) for each in _SHORT_YEARS))


def _days(parts: dict[str, str], language: str) -> float | None:
    """The number of what a text says. Raises ValueError for a day or time that does not exist."""
    numbers = {name: int(text) for name, text in parts.items() if name not in {"name", "weekday", "noon"}}
    hour = numbers.get("hour", 0)
    if noon := parts.get("noon"):
        hour = hour % 12 + (12 if noon[0] == "P" else 0)
    seconds = hour * 3600 + numbers.get("minute", 0) * 60 + numbers.get("second", 0)
    seconds += numbers.get("hours", 0) * 3600 + numbers.get("minutes", 0) * 60 + numbers.get("seconds", 0)
    if "day" not in numbers:
        return seconds / 86_400
    year = numbers.get("year", 0)
    if short := parts.get("short"):
        year = int(short) + (2000 if int(short) < 30 else 1900)
    month = numbers["month"] if "month" in numbers else parse_month(parts["name"], language)
    moment = datetime(year, month, numbers["day"])
    return (moment - ZERO_DAY).days + seconds / 86_400 if moment >= FIRST_DAY else None
