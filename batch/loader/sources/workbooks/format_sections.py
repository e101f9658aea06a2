"""Spreadsheet number formats, taken apart: a format code -> its sections.

Owns: the pieces of a section, its condition and language, the built-in formats, and the format General.
Source: ECMA-376 part 1, 18.8.30 (numFmts) and 18.8.31 (codes); the built-in numbers there.
"""

from __future__ import annotations

import re
from decimal import Decimal
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
#: Integers beyond this have lost digits: a double holds 15 of them for certain.
WHOLE_LIMIT = 10**15


_PIECE = re.compile(
    r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|General|AM/PM|A/P|y+|m+|d+|h+|s+|e+|[0#?]|E[+-]|[.,%/@]|.',
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[\d.]+)\]")
#: Primary language of a Windows locale number (its low ten bits).
_LANGUAGES = {0x09: "en", 0x0A: "es", 0x16: "pt"}


class Section(NamedTuple):
    """One part of a format code between semicolons: its pieces, its condition (operator, limit), what it shows."""

    pieces: tuple[str, ...]
    condition: tuple[str, float] | None
    is_date: bool
    language: str | None


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


def literal(piece: str) -> str:
    """What a piece that stands for no digit shows."""
    if piece.startswith('"'):
        return piece.strip('"')
    if piece.startswith("\\"):
        return piece[1:]
    if piece.startswith("_") and len(piece) == 2:
        return " "
    if piece.startswith("*") and len(piece) == 2:
        return ""
    return piece


def general(value: float) -> str:
    """The number as the format General shows it in a wide cell, integers with all their digits."""
    if value == int(value) and abs(value) < WHOLE_LIMIT:
        return str(int(value))
    text = format(value, ".15g")
    if "e" in text and abs(value) < 1:
        return format(Decimal(text), "f")
    return text.replace("e+", "E+")
