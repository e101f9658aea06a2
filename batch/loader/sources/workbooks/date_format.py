"""Dates and times in spreadsheet formats: a serial number and a date section -> the text in the cell, and back.

Owns: dates, times and elapsed times as they are shown, what such a text looks like, and what day a serial number is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from batch.loader.sources.workbooks.format_sections import Section, general, literal

#: The last day that a spreadsheet can show: 9999-12-31.
_LAST_DAY = 2_958_466
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
}


def display_date(section: Section, value: float, date_1904: bool) -> str:
    """What the person sees of a serial number in a cell with this date section."""
    if not 0 <= value < _LAST_DAY:
        return general(value)
    pieces = [piece for piece in section.pieces if not (piece.startswith("*") and len(piece) == 2)]
    fractions = _second_fractions(pieces)
    moment = _to_datetime(value, date_1904, digits=fractions)
    twelve = any(piece.upper() in {"AM/PM", "A/P"} for piece in pieces)
    if section.language == "" and any(re.fullmatch("m{3,5}|d{3,4}", piece, re.IGNORECASE) for piece in pieces):
        return moment.strftime("%Y-%m-%d" if not value % 1 else "%Y-%m-%d %H:%M:%S")
    total = timedelta(days=value)
    seconds = round(total.total_seconds(), fractions)
    return "".join(_date_pieces(pieces, moment, seconds, twelve, section.language or "en"))


def _date_pieces(pieces: list[str], moment: datetime, seconds: float, twelve: bool, language: str) -> Iterator[str]:
    months, days = _MONTHS[language].split(), _DAYS[language].split()
    month, day = months[moment.month - 1], days[moment.weekday()]
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    numbers = {"d": moment.day, "m": moment.month, "h": hour, "s": moment.second}
    elapsed = {"h": int(seconds // 3600), "m": int(seconds // 60), "s": int(seconds)}
    texts = {
        "yyyy": f"{moment.year:04}", "yyy": f"{moment.year:04}", "e": f"{moment.year:04}", "ee": f"{moment.year:04}",
        "yy": f"{moment.year % 100:02}", "y": f"{moment.year % 100:02}", "mmm": month[:3], "mmmm": month,
        "mmmmm": month[0], "ddd": day[:3], "dddd": day, "am/pm": "AM" if moment.hour < 12 else "PM",
        "a/p": "A" if moment.hour < 12 else "P",
    }  # fmt: skip
    shown = 0
    for at, piece in enumerate(pieces):
        low = piece.lower()
        if low in texts:
            yield texts[low]
        elif low in {"m", "mm"} and _is_minute(pieces, at):
            yield f"{moment.minute:0{len(low)}}"
        elif low in {"d", "dd", "m", "mm", "h", "hh", "s", "ss"}:
            yield f"{numbers[low[0]]:0{len(low)}}"
        elif low.startswith("[") and low[1:2] in elapsed:
            yield f"{elapsed[low[1]]:0{len(low) - 2}}"
        elif low == "0":
            yield f"{moment.microsecond:06}"[shown : shown + 1] or "0"
            shown += 1
        else:
            yield literal(piece)


def date_pattern(section: Section) -> re.Pattern[str] | None:
    """What a text of this date section looks like, each part a named group; `None` where a part cannot be read back."""
    parts, names = [], set[str]()
    pieces = [piece for piece in section.pieces if not (piece.startswith("*") and len(piece) == 2)]
    for at, piece in enumerate(pieces):
        low = piece.lower()
        name, digits = _part_of(low, is_minute=_is_minute(pieces, at))
        if not name:
            parts.append(re.escape(literal(piece)))
        elif not digits or name in names:
            return None
        else:
            parts.append(f"(?P<{name}>{digits})")
            names.add(name)
    return re.compile("".join(parts), re.ASCII)


def _part_of(low: str, *, is_minute: bool) -> tuple[str, str]:  # noqa: C901 - one branch for each kind of part
    """The name of a piece of a date, and what its text matches: nothing if it cannot be read. A literal has no name."""
    if low in {"yyyy", "yyy", "e", "ee"}:
        return "year", r"\d{4}"
    if low in {"yy", "y"}:
        return "short", r"\d\d"
    if low in {"mmm", "mmmm"}:
        return "name", r"[^\d\s]+"
    if low in {"ddd", "dddd"}:
        return "weekday", r"[^\d\s]+"
    if low in {"mmmmm", "0"}:
        return low, ""
    if low in {"am/pm", "a/p"}:
        return "noon", "AM|PM|A|P"
    if low in {"d", "dd", "m", "mm", "h", "hh", "s", "ss"}:
        name = {"d": "day", "m": "minute" if is_minute else "month", "h": "hour", "s": "second"}[low[0]]
        return name, r"\d\d?" if len(low) == 1 else r"\d\d"
    if low.startswith("[") and low[1:2] in {"h", "m", "s"}:
        return {"h": "hours", "m": "minutes", "s": "seconds"}[low[1]], r"\d{1,9}"
    return "", ""


def parse_month(name: str, language: str) -> int:
    """The number of the month that `name` is, in full or by its first three letters. Raises ValueError for none."""
    for number, month in enumerate(_MONTHS[language].split(), 1):
        if name in {month, month[:3]}:
            return number
    raise ValueError(name)


def _second_fractions(pieces: list[str]) -> int:
    """How many digits of a second the format shows."""
    return min(6, pieces.count("0"))


def _is_minute(pieces: list[str], at: int) -> bool:
    """True where an m means minutes: the time part before it is an hour, or the one after it a second."""
    parts = re.compile(r"\[?(?:y+|m+|d+|h+|s+|e+)\]?", re.IGNORECASE)
    before = next((piece for piece in reversed(pieces[:at]) if parts.fullmatch(piece)), "")
    after = next((piece for piece in pieces[at + 1 :] if parts.fullmatch(piece)), "")
    return before.lower().strip("[]").startswith("h") or after.lower().strip("[]").startswith("s")


def _to_datetime(value: float, date_1904: bool, *, digits: int = 0) -> datetime:
    """The moment of a serial number (days), rounded to `digits` of a second. Excel's 1900-02-29 is the day after."""
    start = datetime(1899, 12, 31) if value < 60 else datetime(1899, 12, 30)
    if date_1904:
        start = datetime(1904, 1, 1)
    return start + timedelta(seconds=round(value * 86_400, digits))
