"""Whether a cell that came back from a spreadsheet program is the cell that was written. Pure.

Owns: what such a program does to a text without a change of its meaning: it takes `+12125550123` for a number, `true`
for a truth value, `2026-01-15` for a date, and keeps the apostrophe before a guarded formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from batch.text.formula_guard import unguard

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
#: A number as a spreadsheet program shows one that is too long for it; so many digits are what it keeps.
_ROUNDED: Final = re.compile(r"-?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]+")
#: Date orders, as programs of several countries write them.
_DATES: Final = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y", "%d-%m-%Y")
_TRUTH: Final = frozenset({"TRUE", "FALSE"})


def same_cell(written: str | None, found: str | None) -> bool:
    """True where `found` is `written`, or what a spreadsheet program shows of it."""
    was, now = _plain(written), _plain(found)
    if was == now or now == _plain(unguard(was)) or was in (_plain(unguard(now)), _plain(unguard(found or ""))):
        return True
    if was.upper() in _TRUTH:
        return now.upper() == was.upper()
    return _same_number(was, now) or any(each in set(_dates(now)) for each in _dates(was))


def _plain(cell: str | None) -> str:
    """Without the spaces at its ends, and with each line break as one character."""
    return (cell or "").strip().replace("\r\n", "\n").replace("\r", "\n")


def _same_number(was: str, now: str) -> bool:
    if not _NUMBER.fullmatch(was) or not _NUMBER.fullmatch(now):
        return False
    try:
        number, found = Decimal(was), Decimal(now)
        if number == found:
            return True
        if not _ROUNDED.fullmatch(now) or not number:
            return False
        digits = len(now.lower().partition("e")[0].replace(".", "").lstrip("-"))
        # Fewer digits than these say too little to tell one phone number from another.
        return digits >= 6 and found == number.quantize(
            Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_HALF_UP
        )
    except InvalidOperation:
        return False


def _dates(cell: str) -> Iterator[date]:
    """Every day that `cell` can mean; none where it is no date."""
    if len(cell) > 10:
        return
    for form in _DATES:
        try:
            yield datetime.strptime(cell, form).date()
        except ValueError:
            continue
