"""Spreadsheet number formats: a stored number and its format code -> the text that the person sees in the cell.

Owns: which section shows a value; digit placeholders, percent and thousands.
Flow: format code -> `format_sections.compile_format` (cached) -> `display` -> a number, or `date_format.py`.
Source: ECMA-376 part 1, 18.8.31.

Three departures, each on the safe side: an exponent is written out in full, since the file holds the digits; a date
whose layout follows the reader's own system (format 14) is written as ISO 8601, which has one meaning everywhere; a
number that is no date in a date format (Excel shows #####) is written as the number.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from batch.loader.sources.workbooks.date_format import display_date
from batch.loader.sources.workbooks.format_sections import WHOLE_LIMIT, Section, compile_format, general, literal


def display(value: float, code: str, *, date_1904: bool = False) -> str:
    """What the person sees of `value` in a cell with the format `code`."""
    if code in {"General", "@", ""}:
        return general(value)
    sections = compile_format(code)
    section, shown = _chosen(sections, value)
    if section.is_date:
        return display_date(section, value, date_1904)
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
    return "".join(text if piece == "@" else literal(piece) for piece in section.pieces)


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


def _number(section: Section, value: float) -> str:  # noqa: C901 - the steps by which Excel shows a number (ECMA-376, 18.8.31)
    pieces = list(section.pieces)
    if any(piece.upper() in {"E+", "E-"} for piece in pieces) or _is_fraction(pieces):
        return general(value)
    places = [at for at, piece in enumerate(pieces) if piece in {"0", "#", "?"}]
    if not places:
        if any(piece.lower() == "general" for piece in pieces):
            sign = "-" if value < 0 else ""
            return sign + "".join(
                general(abs(value)) if piece.lower() == "general" else literal(piece) for piece in pieces
            )
        return "".join(map(literal, pieces))
    first, last = places[0], places[-1]
    point = next((at for at, piece in enumerate(pieces) if piece == "."), None)
    whole_end = point if point is not None else last + 1
    whole = [at for at in places if at < whole_end]
    decimals = [at for at in places if at > whole_end]
    commas = [at for at, piece in enumerate(pieces) if piece == ","]
    grouped = any(whole and whole[0] < at < whole[-1] for at in commas)
    scale = sum(1 for at in commas if whole and at > whole[-1] and (point is None or at < point or at > last))
    number = Decimal(repr(value)) if value != int(value) or abs(value) >= WHOLE_LIMIT else Decimal(int(value))
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
            out.append(literal(piece))
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
