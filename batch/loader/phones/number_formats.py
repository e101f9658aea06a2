"""What programs make of a phone number when they take it for a figure: exponents, decimals, thousands.

Owns: telling a figure that still has all its digits from one that lost some.
Flow: text -> the digits and the repair, or the code of a fault, or nothing: it is no figure.
"""

from __future__ import annotations

import re

from batch.text.language import tr_noop

LOST = tr_noop("digits lost in the spreadsheet: format the column as text and export again")
#: The largest whole numbers of 32 bits: a database puts them in place of every longer number. The first is valid in
#: Texas, and with a zero restored in Germany.
CUT_OFF = ("2147483647", "4294967295")
_CUT_OFF = re.compile(rf"(?:{'|'.join(CUT_OFF)})(?:\.0{{1,6}})?")
_SCIENTIFIC = re.compile(r"([+-]?)(\d+)(?:[.,](\d+))?([eE])\+?(\d{1,3})")
#: A spreadsheet's exponents have six significant digits; a program's shortest form has all but the zeros at the end.
_SHORTEST_FORM = 8
_DECIMALS = re.compile(r"(\+?\d{5,15})\s?[.,]\s?0{1,6}")
_FRACTION = re.compile(r"\+?\d{5,}[.,]\d{1,2}")
_THOUSANDS = tuple(
    re.compile(rf"\+?\d{{1,3}}(?:{mark}\d{{3}}){{{most}}}(?:{cents}0{{1,2}}){optional}")
    for mark, cents, most, optional in (
        *((",", r"\.", "2,4", "?"), (r"\.", ",", "2,4", ""), ("'", r"[.,]", "2,4", "?"), (" ", ",", "2,4", "")),
        *((",", r"\.", "1", ""), (r"\.", ",", "1", ""), (" ", ",", "1", "")),
    )
)
#: The same with cents: a price.
_CENTS = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+\.|(?:\.\d{3})+,|(?:'\d{3})+[.,]|(?: \d{3})+,)\d{1,2}")


def is_cut_off(text: str) -> bool:
    """True for the text of a cell that holds nothing but the largest value of a column of whole numbers."""
    return _CUT_OFF.fullmatch(text) is not None


def without_format(text: str) -> tuple[str, str]:
    """`text` as plain digits, and the repair (empty: it is no figure). Raises ValueError for a figure that lost digits
    (`LOST`) or is none of a phone (`fraction`)."""
    if not text[-1:].isdigit():
        return text, ""
    if scientific := _SCIENTIFIC.fullmatch(text):
        return _written_out(*scientific.groups()), "exponent written out"
    if decimals := _DECIMALS.fullmatch(text):
        return decimals[1], ".0 removed"
    if any(pattern.fullmatch(text) for pattern in _THOUSANDS):
        whole = re.sub(r"[.,]0{1,2}$", "", text)
        return re.sub(r"[.,' ]", "", whole), "thousands separators removed"
    if _FRACTION.fullmatch(text) or _CENTS.fullmatch(text):
        raise ValueError("fraction")
    return text, ""


def _written_out(sign: str, whole: str, fraction: str | None, mark: str, exponent: str) -> str:
    mantissa = whole + (fraction or "")
    size = int(exponent) + 1
    missing = size - len(mantissa)
    in_full = missing == 0 or (mark == "e" and missing > 0 and len(mantissa) >= _SHORTEST_FORM and size <= 15)
    if sign == "-" or len(whole) != 1 or not in_full:
        raise ValueError(LOST)
    return mantissa + "0" * missing
