"""Numbers behind a + looked up in a table of ranges, a column at a time.

Owns: which ranges are known so far, and what libphonenumber says of each.
Flow: numbers -> the calling code and length of each, as one range -> the part of it with the same first digits, as its
ranges (`number_ranges.py`) -> one number of each range is asked -> answers.

The table grows with what a column holds: some 40,000 ranges are all that there are.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Final, NamedTuple

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones.number_ranges import REFUSED, Answer, Plan, plan
from batch.loader.phones.numbering import MAX_DIGITS

#: What stands for an answer where there is none: the number is to be judged by itself; the range has not been asked;
#: it has not been parted.
UNDECIDED: Final = -1
_UNASKED, _WHOLE = -2, -3
#: The place of `REFUSED` among the answers.
NO_NUMBER: Final = 0
#: So many first digits of national numbers make a part: a column holds few of all numbers.
_FIRST = 2


class _Ranges(NamedTuple):
    """The first number of each range, ascending; the place of its answer, or what stands for it; and so many numbers
    make a part of a range that is whole."""

    starts: pl.Series
    places: pl.Series
    units: pl.Series


class NumberTable:
    """What is known of numbers, for all columns and rules alike. Threads may share it."""

    __slots__ = ("_answers", "_lock", "_ranges")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers = {REFUSED: NO_NUMBER}
        self._ranges = _whole_ranges()

    @property
    def answers(self) -> list[Answer]:
        """All answers so far, by their place."""
        return list(self._answers)

    def look_up(self, numbers: pl.Series) -> pl.Series:
        """The place of each number's answer (Int32); `UNDECIDED`: there is none. `numbers` are E.164 as integers."""
        found = _found(self._ranges, numbers)
        new = (found < UNDECIDED).arg_true()
        if not len(new):
            return found
        fresh = numbers.gather(new)
        with self._lock:
            at = _range_of(self._ranges, fresh)
            units = self._ranges.units.gather(at)
            self._part((fresh - fresh % units).filter(self._ranges.places.gather(at) == _WHOLE).unique())
            self._ask(_range_of(self._ranges, fresh).unique())
        return found.scatter(new, _found(self._ranges, fresh))

    def _part(self, firsts: pl.Series) -> None:
        """Part the numbers that begin as `firsts`, which are the first of their part."""
        if not len(firsts):
            return
        at, old = _range_of(self._ranges, firsts), self._ranges
        found = dict(zip(old.starts, zip(old.places, old.units, strict=True), strict=True))
        for first, unit in zip(firsts, old.units.gather(at), strict=True):
            found.setdefault(first + unit, (_WHOLE, unit))
            code, national = _parted(first)
            base = first - int(national)
            try:
                found |= dict.fromkeys((base + start for start in _plan(code, national).starts()), (_UNASKED, 1))
            except ValueError:
                found[first] = UNDECIDED, 1
        self._ranges = _ranges(found)

    def _ask(self, at: pl.Series) -> None:
        """Ask one number of each range at the places `at` that has not been asked."""
        unasked = at.filter(self._ranges.places.gather(at) == _UNASKED)
        found = [self._asked(start) for start in self._ranges.starts.gather(unasked)]
        self._ranges = self._ranges._replace(places=self._ranges.places.clone().scatter(unasked, found))

    def _asked(self, number: int) -> int:
        code, national = _parted(number)
        found = _plan(code, national).answer(int(national))
        return UNDECIDED if found is None else self._answers.setdefault(found, len(self._answers))


@cache
def _whole_ranges() -> _Ranges:
    """What is known before anything is asked: the numbers of each calling code and length are one range."""
    found = {0: (UNDECIDED, 1)}
    for code in COUNTRY_CODE_TO_REGION_CODE:
        for size in range(1, MAX_DIGITS + 1 - len(str(code))):
            found.setdefault((code + 1) * 10**size, (UNDECIDED, 1))
            found[code * 10**size] = _WHOLE, 10 ** max(size - _FIRST, 0)
    return _ranges(found)


def _parted(number: int) -> tuple[int, str]:
    """The calling code of a number, and the digits behind it."""
    digits = str(number)
    size = next(size for size in (1, 2, 3) if int(digits[:size]) in COUNTRY_CODE_TO_REGION_CODE)
    return int(digits[:size]), digits[size:]


def _plan(code: int, national: str) -> Plan:
    """The plan of the part that a number is in."""
    return plan(code, len(national), national[:_FIRST])


def _ranges(found: dict[int, tuple[int, int]]) -> _Ranges:
    starts = sorted(found)
    places, units = zip(*(found[start] for start in starts), strict=True)
    return _Ranges(
        pl.Series(starts, dtype=pl.UInt64), pl.Series(places, dtype=pl.Int32), pl.Series(units, dtype=pl.UInt64)
    )


def _range_of(ranges: _Ranges, numbers: pl.Series) -> pl.Series:
    return ranges.starts.search_sorted(numbers, side="right") - 1


def _found(ranges: _Ranges, numbers: pl.Series) -> pl.Series:
    return ranges.places.gather(_range_of(ranges, numbers))
