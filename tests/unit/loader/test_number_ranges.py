"""In each range of numbers libphonenumber has one answer, and the plan gives it.

Every calling code and length of the library's examples; `GUAYABA_LONG=1` asks both ends of every range.
"""

from __future__ import annotations

import os
import random
import re

import phonenumbers
import polars as pl
import pytest

from batch.loader.phones.number_ranges import REFUSED, Answer, plan
from batch.loader.phones.number_table import NO_NUMBER, UNDECIDED, NumberTable
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.parse import _KINDS
from batch.loader.phones.pattern_intervals import intervals

LONG = os.environ.get("GUAYABA_LONG") == "1"
EXAMPLES = [
    example
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in range(11)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
]
LENGTHS = sorted({(example.country_code or 0, len(national_digits(example))) for example in EXAMPLES})

PATTERNS = [
    # pattern, digits, begins so only?, intervals, why
    (r"[2-9]\d{3}", 4, False, (2000, 10000), "any last digits are one interval"),
    (r"[2-9]\d{3}", 3, False, (), "another length"),
    (r"1[357]\d", 3, False, (130, 140, 150, 160, 170, 180), "a class with gaps"),
    (r"1[0-4]\d|15\d", 3, False, (100, 160), "neighbours are one"),
    (r"(?:1|12)3?\d", 3, False, (120, 140), "alternatives that overlap, and a digit that may be missing"),
    (r"0\d{1,2}", 3, False, (0, 100), "zeros in front"),
    (r"7(?:[25]\d)?", 3, False, (720, 730, 750, 760), "a group that may be missing"),
    ("44|7", 3, True, (440, 450, 700, 800), "any digits may follow"),
]


@pytest.mark.parametrize(("pattern", "size", "is_prefix", "found", "why"), PATTERNS)
def test_intervals(pattern: str, size: int, is_prefix: bool, found: tuple[int, ...], why: str) -> None:
    """The intervals of a pattern hold the numbers that match it, and no others."""
    assert intervals(pattern, size, is_prefix=is_prefix) == found, why
    match = re.compile(pattern).match if is_prefix else re.compile(pattern).fullmatch
    for number in range(10**size):
        is_in = sum(border <= number for border in found) % 2 == 1
        assert is_in == (match(f"{number:0{size}}") is not None), number


def test_a_class_that_is_none_today() -> None:
    """A class that says which digits do not stand there is refused, not misread."""
    with pytest.raises(ValueError, match="2-9"):
        intervals("[^2-9]1", 2)


def told(code: int, digits: str) -> Answer:
    """What the library says of a number that is taken as it is written."""
    number = parse_valid(f"+{code}{digits}", None)
    if number is None:
        return REFUSED
    kind = phonenumbers.number_type(number)
    return Answer(phonenumbers.region_code_for_number(number) or "", _KINDS[kind])


@pytest.mark.parametrize("first", range(0, len(LENGTHS), 40))
def test_a_plan_says_what_the_library_says(first: int) -> None:
    """The first and last number of a range, and one between, have the answer of the range."""
    draws = random.Random(first)
    for code, size in LENGTHS[first : first + 40]:
        starts = plan(code, size).starts()
        ranges = list(zip(starts, [*starts[1:], 10**size], strict=True))
        for start, end in ranges if LONG else draws.sample(ranges, min(len(ranges), 4)):
            answer = plan(code, size).answer(start)
            for national in {start, end - 1, draws.randrange(start, end)} if answer is not None else ():
                assert answer == told(code, f"{national:0{size}}"), (code, national, size)


@pytest.mark.parametrize(("size", "inside"), [(10, 2225155143), (10, 3873150881), (12, 542658150000)])
def test_a_prefix_that_may_be_empty_parts_a_range(size: int, inside: int) -> None:
    """Argentina's 15 behind an area code is a prefix, though its pattern begins every number: its range is its own."""
    found = plan(54, size)
    start = max(at for at in found.starts() if at <= inside)
    assert found.answer(start) == found.answer(inside) is None


ANSWERS = [
    # calling code, national digits, answer (None: to be judged by itself), why
    (1, "2125550123", Answer("US", "fixed line or mobile"), "an area tells a North American number"),
    (1, "2423221234", Answer("BS", "fixed line"), "a region among those that share a code"),
    (44, "2079460018", Answer("GB", "fixed line"), "the main region of several"),
    (44, "7624123456", Answer("IM", "mobile"), "the Isle of Man by its first digits"),
    (39, "0612345678", Answer("IT", "fixed line"), "a zero that is the number's own"),
    (44, "02079460018", None, "a zero that the library takes off"),
    (7, "8001234567", None, "a national prefix"),
    (7, "7710001234", Answer("KZ", "mobile"), "the code again, behind which no number follows"),
    (7, "9001234567", Answer("RU", "mobile"), "no national prefix"),
    (49, "49301234567", None, "the code follows again, and a number"),
    (82, "820531127", None, "the code follows again, and a number behind a zero"),
    (55, "5581234567", None, "the code follows again, before what may be an old spelling"),
    (1, "8005550123", Answer("US", "toll free"), "a rare kind"),
    (81, "601234567", None, "a rare kind, which may be a mobile number that lacks a digit"),
    (353, "8551234567", None, "a mailbox"),
    (34, "112345678", REFUSED, "no other rule reads such digits"),
    (55, "1181234567", None, "an old spelling"),
    (55, "1101234567", REFUSED, "no old spelling"),
    (33, "112345678", Answer("FR", "fixed line"), "a valid number of France"),
    (33, "690123456", None, "a department's numbers are written with +33 as well"),
    (262, "112345678", REFUSED, "never metropolitan France with theirs"),
    (1, "2120550123", REFUSED, "an area that is known, and no exchange"),
    (1, "212555012", REFUSED, "a digit too few"),
    (1, "2315550123", Answer("US", "fixed line or mobile"), "an area that is known"),
    (1, "2325550123", None, "an area that may be newer than the library"),
    (870, "773111632", None, "a code that is no country's"),
]


@pytest.mark.parametrize(("code", "national", "answer", "why"), ANSWERS)
def test_answers(code: int, national: str, answer: Answer | None, why: str) -> None:
    """Digits decide a number where nothing but them is asked, and no other rule may read it."""
    assert plan(code, len(national)).answer(int(national)) == answer, why
    table = NumberTable()
    found = table.look_up(pl.Series([int(f"{code}{national}")], dtype=pl.UInt64))[0]
    assert (None if found == UNDECIDED else table.answers[found]) == answer, why


def test_a_pattern_of_a_later_version_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers whose plan cannot be read are judged by themselves."""
    monkeypatch.setattr("batch.loader.phones.number_table.plan", lambda *_: intervals("1(?!2)", 3))
    assert NumberTable().look_up(pl.Series([34912345678], dtype=pl.UInt64)).to_list() == [UNDECIDED]


def test_digits_of_no_calling_code_decide_nothing() -> None:
    """Digits that begin with no calling code, and no digits, have no answer; a refusal has the first place."""
    found = NumberTable().look_up(pl.Series([0, 2105550123, 999, 34112345678], dtype=pl.UInt64))
    assert found.to_list() == [UNDECIDED, UNDECIDED, UNDECIDED, NO_NUMBER]
