"""Ranges of numbers in which libphonenumber gives one answer.

Owns: all numbers behind one calling code, of one length, as ranges: what is asked of a number that is taken as it is
written behind a + has one answer in each; and that answer.
Flow: calling code and length -> the intervals of its regions' patterns -> `Plan`: where its ranges start; a number of a
range -> its answer.
Source: phonenumbers' `phonenumberutil` (`region_code_for_number`, `_number_type_helper`).

Why it holds: the library asks patterns and lengths, and takes a national prefix off, which is a pattern of first
digits. The rules behind a + ask that again of the digits behind a second calling code (`international.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from batch.loader.phones import metadata, numbering
from batch.loader.phones.international import FEWEST_NATIONAL
from batch.loader.phones.pattern_intervals import Intervals, intervals
from batch.loader.phones.pattern_syntax import longest
from batch.loader.phones.plan_changes import changes_of

#: Behind it numbers of the French departments are written as well, which have calling codes of their own.
_FRANCE = 33
#: The digits of a North American number, and what its area code can be.
_AMERICAN_DIGITS = 10
_AREA = re.compile(r"[2-9](?!9|11)\d\d")


class Answer(NamedTuple):
    """What a number is: of a kind in a region, or no valid number (`kind` and `region` are empty)."""

    region: str = ""
    kind: str = ""


REFUSED: Final = Answer()


class _RegionPlan(NamedTuple):
    """A region's national numbers of one length: those that begin with its leading digits (`None`: it has none), all,
    those of each rare kind in the library's order, fixed lines and mobiles."""

    region: str
    leading: Intervals | None
    general: Intervals = ()
    rare: tuple[tuple[str, Intervals], ...] = ()
    fixed: Intervals = ()
    mobile: Intervals = ()

    def kind(self, national: int) -> str | None:
        """The kind of a number; `None` for no valid one."""
        if not _is_in(national, self.general):
            return None
        for kind, numbers in self.rare:
            if _is_in(national, numbers):
                return kind
        is_mobile = _is_in(national, self.mobile)
        if _is_in(national, self.fixed):
            return metadata.COMMON_KINDS[2 if is_mobile else 0]
        return metadata.COMMON_KINDS[1] if is_mobile else None


class Plan:
    """The national numbers of `size` digits behind the calling code `code`; of them those that begin with `first`.

    Raises ValueError where a pattern of their regions is written as none is today.
    """

    __slots__ = ("_code", "_first", "_metadata", "_not_given", "_old", "_prefix", "_regions", "_size")

    def __init__(self, code: int, size: int, first: str = "") -> None:
        self._code, self._size, self._first = code, size, first
        main = metadata.main_metadata(code)
        self._prefix = (main.national_prefix_for_parsing if main is not None else None) or ""
        regions = COUNTRY_CODE_TO_REGION_CODE[code]
        self._metadata = [(region, found) for region in regions if (found := metadata.metadata_of(region)) is not None]
        plans = (_region_plan(region, found, size, first) for region, found in self._metadata)
        self._regions = [each for each in plans if each.leading != ()]
        self._not_given = [
            intervals(pattern, size, first) for its_code, pattern in numbering.NOT_GIVEN if its_code == code
        ]
        #: Old spellings.
        self._old = [intervals(change.old.pattern, size, first) for change in changes_of(str(code))]

    def starts(self) -> list[int]:
        """The first national number of each range, as an integer, ascending; the first of all is among them."""
        unit = 10 ** (self._size - len(self._first))
        start = int(self._first or 0) * unit
        found = {start, *self._borders()}
        for zeros in ("", "0"):  # the calling code again, or a zero and then it
            again = f"{zeros}{self._code}"
            inner = self._size - len(again)
            if inner >= FEWEST_NATIONAL and (again.startswith(self._first) or self._first.startswith(again)):
                first = self._code * 10**inner
                behind = plan(self._code, inner, self._first[len(again) :])
                found |= {first + 10**inner, *(first + at for at in behind.starts())}
        if self._size > 1:
            found |= {10 ** (self._size - 2), 10 ** (self._size - 1)}  # two zeros, one zero
        if self._is_american:
            found |= {area * 10**7 for area in range(200, 1000)}
        return sorted(at for at in found if start <= at < start + unit)

    def answer(self, national: int) -> Answer | None:
        """What all numbers in the range of `national` are; `None`: each is to be judged by itself, because it may be
        read in another way."""
        digits = f"{national:0{self._size}}"
        if not self._metadata or self._may_be_shorter(digits):
            return None
        for each in self._regions:
            if each.leading is None or _is_in(national, each.leading):
                kind = each.kind(national)
                if kind is not None or each.leading is not None or len(self._regions) == 1:
                    break
        else:
            return self._refusal(national, digits)
        if kind not in (None, *metadata.COMMON_KINDS) and (kind == "voicemail" or self._may_lack_digit):
            return None
        if kind is None or any(_is_in(national, each) for each in self._not_given):
            return self._refusal(national, digits)
        return Answer(each.region, kind)

    @property
    def _may_lack_digit(self) -> bool:
        """True where a number may be a mobile number without its last digit."""
        return any(_of(_mobile(found), self._size + 1, self._first) for _, found in self._metadata)

    @property
    def _is_american(self) -> bool:
        return self._code == 1 and self._size == _AMERICAN_DIGITS

    def _borders(self) -> Iterator[int]:
        """Yield where anything that the library asks changes."""
        prefix = self._prefix.replace("$", "")
        for length in range(1, min(longest(prefix), self._size) + 1):  # a prefix that may be empty begins every number
            found = intervals(prefix, length, self._first[:length])
            yield from (at * 10 ** (self._size - length) for at in found)
        for each in self._regions:
            rare = (numbers for _, numbers in each.rare)
            for found in (each.leading or (), each.general, *rare, each.fixed, each.mobile):
                yield from found
        for found in (*self._not_given, *self._old):
            yield from found

    def _may_be_shorter(self, digits: str) -> bool:
        """True where the library may take a national prefix off, or the calling code may be written twice."""
        prefix = re.match(self._prefix, digits)
        if digits.startswith("00") or (self._code == 1 and digits.startswith("011")) or (prefix and prefix.end()):
            return True
        code, behind = str(self._code), digits.lstrip("0")
        if len(behind) < len(code) + FEWEST_NATIONAL or not behind.startswith(code):
            return False
        inner = behind[len(code) :]
        return plan(self._code, len(inner), inner[: len(self._first)]).answer(int(inner)) != REFUSED

    def _refusal(self, national: int, digits: str) -> Answer | None:
        """The answer to no valid number; `None` where it may be an old spelling, or of an area that is new."""
        if self._code == _FRANCE or any(_is_in(national, old) for old in self._old):
            return None
        is_formed = self._is_american and _AREA.match(digits) is not None
        return REFUSED if not is_formed or numbering.knows_area(digits[:3]) else None


@lru_cache(maxsize=4096)
def plan(code: int, size: int, first: str = "") -> Plan:
    """The numbers of one calling code and length that begin with `first`. Raises as `Plan` does."""
    return Plan(code, size, first)


def _region_plan(region: str, found: PhoneMetadata, size: int, first: str) -> _RegionPlan:
    leading = intervals(found.leading_digits, size, first, is_prefix=True) if found.leading_digits else None
    if leading == () or not (general := _of(found.general_desc, size, first)):
        return _RegionPlan(region, leading)
    rare = ((kind, _of(getattr(found, field), size, first)) for field, kind in metadata.RARE_KINDS)
    return _RegionPlan(
        *(region, leading, general, tuple((kind, numbers) for kind, numbers in rare if numbers)),
        *(_of(found.fixed_line, size, first), _of(_mobile(found), size, first)),
    )


def _mobile(found: PhoneMetadata) -> PhoneNumberDesc | None:
    return found.fixed_line if found.same_mobile_and_fixed_line_pattern else found.mobile


def _of(desc: PhoneNumberDesc | None, size: int, first: str) -> Intervals:
    """The numbers of `desc` that have `size` digits and begin with `first`."""
    if desc is None or not desc.national_number_pattern or size not in (desc.possible_length or (size,)):
        return ()
    return intervals(desc.national_number_pattern, size, first)


def _is_in(number: int, found: Intervals) -> bool:
    return bisect_right(found, number) % 2 == 1
