"""Spreadsheet number formats: a stored number and its format code -> the text that the person sees in the cell.

Owns: sections, conditions, digit placeholders, literals, percent, thousands, dates, times and elapsed times.
Flow: format code -> `compile_format` (cached) -> `display`.
Source: ECMA-376 part 1, 18.8.30 (numFmts) and 18.8.31 (codes); the built-in numbers there.

Three departures, each on the safe side: an exponent is written out in full, since the file holds the digits; a date
whose layout follows the reader's own system (format 14) is written as ISO 8601, which has one meaning everywhere; a
number that is no date in a date format (Excel shows #####) is written as the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

_SYSTEM_DATE, _SYSTEM_DATETIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
#: Built-in formats by number. 14 to 17 and 22 depend on the system of the reader; 14 and 22 are ISO here.
BUILT_IN: dict[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: _SYSTEM_DATE, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: _SYSTEM_DATETIME, 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", 49: "@",
}  # fmt: skip
#: The last day that a spreadsheet can show: 9999-12-31.
_LAST_DAY = 2_958_466
#: Integers beyond this have lost digits: a double holds 15 of them for certain.
_WHOLE_LIMIT = 10**15

_PIECE = re.compile(
    r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|General|AM/PM|A/P|y+|m+|d+|h+|s+|e+|[0#?]|E[+-]|[.,%/@]|.',
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
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
#: Primary language of a Windows locale number (its low ten bits).
_LANGUAGES = {0x09: "en", 0x0A: "es", 0x16: "pt"}


class Section(NamedTuple):
    """One part of a format code between semicolons: its pieces, its condition (operator, limit), what it shows."""

    pieces: tuple[str, ...]
    condition: tuple[str, float] | None
    is_date: bool
    language: str | None


def general(value: float) -> str:
    """The number as the format General shows it in a wide cell, integers with all their digits."""
    if value == int(value) and abs(value) < _WHOLE_LIMIT:
        return str(int(value))
    text = format(value, ".15g")
    if "e" in text and abs(value) < 1:
        return format(Decimal(text), "f")
    return text.replace("e+", "E+")


@lru_cache(maxsize=4096)
def compile_format(code: str) -> tuple[Section, ...]:
    """The sections of a format code."""
    parts: list[list[str]] = [[]]
    for piece in _PIECE.findall(code):
        if piece == ";":
            parts.append([])
        else:
            parts[-1].append(piece)
    return tuple(_section(pieces) for pieces in parts)


def _section(pieces: list[str]) -> Section:  # noqa: C901 - one branch for each kind of piece of a format code
    condition, language, kept = None, "en", []
    system: str | None = None
    for piece in pieces:
        if found := _CONDITION.fullmatch(piece):
            condition = (found[1], float(found[2]))
        elif piece.startswith("[$"):
            symbol, _, locale = piece[2:-1].partition("-")
            if locale.upper() in {"F800", "F400"}:
                system = locale.upper()
            elif locale:
                language = _LANGUAGES.get(int(locale, 16) & 0x3FF, "") if re.fullmatch("[0-9A-Fa-f]+", locale) else "en"
            if symbol:
                kept.append(f'"{symbol}"')
        elif piece.startswith("[") and not re.fullmatch(r"\[(h+|m+|s+)\]", piece, re.IGNORECASE):
            continue  # a colour
        else:
            kept.append(piece)
    is_date = any(re.fullmatch(r"\[?(?:y+|m+|d+|h+|s+|e+)\]?|AM/PM|A/P", piece, re.IGNORECASE) for piece in kept)
    is_date = is_date and not any(piece in {"#", "?", "@"} for piece in kept)
    if system:
        kept, is_date = _PIECE.findall(_SYSTEM_DATE if system == "F800" else "h:mm:ss"), True
    return Section(tuple(kept), condition, is_date, language)


def display(value: float, code: str, *, date_1904: bool = False) -> str:
    """What the person sees of `value` in a cell with the format `code`."""
    if code in {"General", "@", ""}:
        return general(value)
    sections = compile_format(code)
    section, shown = _chosen(sections, value)
    if section.is_date:
        return _date(section, value, date_1904)
    if "@" in section.pieces:
        return general(value)
    return _number(section, shown)


def has_text_section(code: str) -> bool:
    """True where the format adds characters to text (`"+52 "@`)."""
    return "@" in code and code != "@"


def display_text(text: str, code: str) -> str:
    """What the person sees of a text in a cell with the format `code`."""
    sections = compile_format(code)
    section = sections[3] if len(sections) > 3 else sections[-1]
    if "@" not in section.pieces:
        return text
    return "".join(text if piece == "@" else _literal(piece) for piece in section.pieces)


def _chosen(sections: tuple[Section, ...], value: float) -> tuple[Section, float]:
    """The section for `value`, and the number that it shows: a section for negatives shows no sign of its own."""
    numbers = sections[:3]
    if any(section.condition for section in numbers):
        for section in numbers:
            if section.condition is None or _holds(section.condition, value):
                return section, value
        return numbers[-1], value
    if len(numbers) > 1 and value < 0:
        return numbers[1], -value
    if len(numbers) > 2 and value == 0:
        return numbers[2], value
    return numbers[0], value


def _holds(condition: tuple[str, float], value: float) -> bool:
    operator, limit = condition
    return {
        "<": value < limit, ">": value > limit, "=": value == limit, "<>": value != limit, "<=": value <= limit,
        ">=": value >= limit,
    }[operator]  # fmt: skip


def _literal(piece: str) -> str:
    if piece.startswith('"'):
        return piece.strip('"')
    if piece.startswith("\\"):
        return piece[1:]
    if piece.startswith("_") and len(piece) == 2:
        return " "
    if piece.startswith("*") and len(piece) == 2:
        return ""
    return piece


def _number(section: Section, value: float) -> str:  # noqa: C901 - the steps by which Excel shows a number (ECMA-376, 18.8.31)
    pieces = list(section.pieces)
    if any(piece.upper() in {"E+", "E-"} for piece in pieces) or _is_fraction(pieces):
        return general(value)
    places = [at for at, piece in enumerate(pieces) if piece in {"0", "#", "?"}]
    if not places:
        if any(piece.lower() == "general" for piece in pieces):
            sign = "-" if value < 0 else ""
            return sign + "".join(
                general(abs(value)) if piece.lower() == "general" else _literal(piece) for piece in pieces
            )
        return "".join(map(_literal, pieces))
    first, last = places[0], places[-1]
    point = next((at for at, piece in enumerate(pieces) if piece == "."), None)
    whole_end = point if point is not None else last + 1
    whole = [at for at in places if at < whole_end]
    decimals = [at for at in places if at > whole_end]
    commas = [at for at, piece in enumerate(pieces) if piece == ","]
    grouped = any(whole and whole[0] < at < whole[-1] for at in commas)
    scale = sum(1 for at in commas if whole and at > whole[-1] and (point is None or at < point or at > last))
    number = Decimal(repr(value)) if value != int(value) or abs(value) >= _WHOLE_LIMIT else Decimal(int(value))
    number = number.scaleb(2 * pieces.count("%") - 3 * scale)
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    digits, _, fraction = format(abs(rounded), "f").partition(".")
    filled = _whole_digits(pieces, whole, digits, grouped)
    trimmed = fraction
    while trimmed and trimmed.endswith("0") and pieces[decimals[len(trimmed) - 1]] != "0":
        trimmed = trimmed[:-1]
    for at, place in enumerate(decimals):
        filled[place] = trimmed[at] if at < len(trimmed) else " " if pieces[place] == "?" else ""
    out: list[str] = []
    for at, piece in enumerate(pieces):
        if at in filled:
            out.append(filled[at])
        elif piece == "." and at == point:
            out.append("." if any(filled[place] for place in decimals) or not decimals else "")
        elif piece == "," and (at > first or whole):
            continue
        else:
            out.append(_literal(piece))
    return ("-" if rounded < 0 else "") + "".join(out)


def _is_fraction(pieces: list[str]) -> bool:
    return any(
        piece == "/" and 0 < at < len(pieces) - 1 and pieces[at - 1] in {"?", "#", "0"}
        for at, piece in enumerate(pieces)
    )


def _whole_digits(pieces: list[str], whole: list[int], digits: str, grouped: bool) -> dict[int, str]:
    """The digits of the integer part by the place that shows them; the first place shows all that are left."""
    if digits == "0" and not any(pieces[at] == "0" for at in whole):
        digits = ""
    filled: dict[int, str] = {}
    left, shown = digits, 0

    def group(text: str) -> str:
        nonlocal shown
        out = ""
        for digit in reversed(text):
            out = digit + ("," if grouped and shown and shown % 3 == 0 else "") + out
            shown += 1
        return out

    for place in reversed(whole):
        take = left if place == whole[0] else left[-1:]
        left = left[: len(left) - len(take)]
        if take:
            filled[place] = group(take)
        else:
            filled[place] = group("0") if pieces[place] == "0" else " " if pieces[place] == "?" else ""
    return filled


def _date(section: Section, value: float, date_1904: bool) -> str:
    if not 0 <= value < _LAST_DAY:
        return general(value)
    pieces = [piece for piece in section.pieces if not (piece.startswith("*") and len(piece) == 2)]
    fractions = _second_fractions(pieces)
    moment = to_datetime(value, date_1904, digits=fractions)
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
            yield _literal(piece)


def date_pattern(section: Section) -> re.Pattern[str] | None:
    """What a text of this date section looks like, each part a named group; `None` where a part cannot be read back."""
    parts, names = [], set[str]()
    pieces = [piece for piece in section.pieces if not (piece.startswith("*") and len(piece) == 2)]
    for at, piece in enumerate(pieces):
        low = piece.lower()
        name, digits = _part_of(low, is_minute=_is_minute(pieces, at))
        if not name:
            parts.append(re.escape(_literal(piece)))
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


def month_of(name: str, language: str) -> int:
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


def to_datetime(value: float, date_1904: bool, *, digits: int = 0) -> datetime:
    """The moment of a serial number (days), rounded to `digits` of a second. Excel's 1900-02-29 is the day after."""
    start = datetime(1899, 12, 31) if value < 60 else datetime(1899, 12, 30)
    if date_1904:
        start = datetime(1904, 1, 1)
    return start + timedelta(seconds=round(value * 86_400, digits))
