"""Numbers behind a + looked up in a table of ranges, a column at a time.

Owns: which ranges are known so far, and what libphonenumber says of each.
Flow: numbers -> the calling code and length of each, as one range -> that range as its parts (`number_ranges.py`) ->
one number of each part is asked -> answers.

The table grows with what a column holds: some 40,000 ranges are all that there are.
"""

from __future__ import annotations

import threading
from typing import Final, NamedTuple

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from batch.loader.phones.number_ranges import REFUSED, Answer, plan
from batch.loader.phones.numbering import MAX_DIGITS

#: What stands for an answer where there is none: the number is to be judged by itself; the range has not been asked;
#: it has not been parted.
UNDECIDED: Final = -1
_UNASKED, _WHOLE = -2, -3
#: The place of `REFUSED` among the answers.
NO_NUMBER: Final = 0


class _Ranges(NamedTuple):
    """The first number of each range, ascending, and the place of its answer, or what stands for it."""

    starts: pl.Series
    places: pl.Series


class NumberTable:
    """What is known of numbers, for all columns and rules alike. Threads may share it."""

    __slots__ = ("_answers", "_lock", "_parts", "_ranges")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers = {REFUSED: NO_NUMBER}
        #: The first number of a range that was not parted -> calling code and count of national digits.
        self._parts = {
            code * 10**size: (code, size)
            for code in COUNTRY_CODE_TO_REGION_CODE
            for size in range(1, MAX_DIGITS + 1 - len(str(code)))
        }
        ends = {(code + 1) * 10**size for code, size in self._parts.values()}
        starts = sorted({0, *self._parts, *ends})
        self._ranges = _ranges(starts, [_WHOLE if start in self._parts else UNDECIDED for start in starts])

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
            if len(whole := fresh.filter(_found(self._ranges, fresh) == _WHOLE)):
                self._part(whole)
            if len(unasked := fresh.filter(_found(self._ranges, fresh) == _UNASKED)):
                self._ask(unasked)
        return found.scatter(new, _found(self._ranges, fresh))

    def _part(self, numbers: pl.Series) -> None:
        """Part the ranges of `numbers`."""
        starts, places = self._ranges.starts.to_list(), self._ranges.places.to_list()
        for at in sorted(_range_of(self._ranges, numbers).unique(), reverse=True):
            try:
                found = [starts[at] + start for start in plan(*self._parts[starts[at]]).starts()]
            except ValueError:
                places[at] = UNDECIDED
                continue
            starts[at : at + 1], places[at : at + 1] = found, [_UNASKED] * len(found)
        self._ranges = _ranges(starts, places)

    def _ask(self, numbers: pl.Series) -> None:
        """Ask one number of each range of `numbers`."""
        at = _range_of(self._ranges, numbers).unique()
        found = [self._asked(start) for start in self._ranges.starts.gather(at)]
        self._ranges = self._ranges._replace(places=self._ranges.places.clone().scatter(at, found))

    def _asked(self, number: int) -> int:
        digits = str(number)
        code = next(digits[:size] for size in (1, 2, 3) if int(digits[:size]) in COUNTRY_CODE_TO_REGION_CODE)
        found = plan(int(code), len(digits) - len(code)).answer(int(digits[len(code) :]))
        return UNDECIDED if found is None else self._answers.setdefault(found, len(self._answers))


def _ranges(starts: list[int], places: list[int]) -> _Ranges:
    return _Ranges(pl.Series(starts, dtype=pl.UInt64), pl.Series(places, dtype=pl.Int32))


def _range_of(ranges: _Ranges, numbers: pl.Series) -> pl.Series:
    return ranges.starts.search_sorted(numbers, side="right") - 1


def _found(ranges: _Ranges, numbers: pl.Series) -> pl.Series:
    return ranges.places.gather(_range_of(ranges, numbers))
