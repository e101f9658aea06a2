"""Numbers that exist, cells that spell them, and the figures of how they were read.

A number is drawn valid, by libphonenumber, from all fixed lines and mobiles of a region. What cannot be told apart by
anybody (a German number with a digit more is another German number) is allowed and counts as refused.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberDesc, PhoneNumberFormat, PhoneNumberType

REGIONS = (
    "US", "CA", "MX", "BR", "AR", "CO", "CL", "PE", "EC", "ES", "IT", "FR", "DE", "AT", "CH", "GB", "IE", "NL", "PL",
    "TR", "IN", "NG", "ZA", "JP", "KR", "PH", "AU", "NZ", "SG", "HK", "TW", "TH", "ID", "VN", "BJ", "CI",
    "RU", "UA", "PT", "BE", "SE", "FI", "HU", "EG", "MA", "SA", "IL", "MY", "PK", "CR", "DO", "UY",
)  # fmt: skip
_PERSONAL = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_DIGITS = "0123456789"


class Number(NamedTuple):
    """A number that exists: its region, calling code and national digits, and how its country writes it."""

    region: str
    code: str
    national: str
    home: str
    abroad: str

    @property
    def e164(self) -> str:
        return f"+{self.code}{self.national}"

    @property
    def groups(self) -> list[str]:
        """The groups of its national digits as written abroad."""
        return re.findall(r"\d+", self.abroad)[1:]

    @property
    def has_zero(self) -> bool:
        """True where 0 is dialled before it at home."""
        return self.home.lstrip("(").startswith("0") and not self.national.startswith("0")


class Cell(NamedTuple):
    """A cell of a column of `region`. `right` is the answer (`None`: refuse); other answers of `allowed` are as good
    as a refusal. `flagged`: a remark says not to use the number."""

    region: str
    spelling: str
    text: str
    right: str | None
    allowed: frozenset[str] = frozenset()
    flagged: bool = False


class Answer(NamedTuple):
    """What was read: a number or none, and whether it was flagged."""

    e164: str | None
    flagged: bool = False


@dataclass
class Figures:
    """How a corpus was read. `misses` and `wrongs` are examples, by spelling."""

    right: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    misses: dict[str, list[Cell]] = field(default_factory=dict)
    wrongs: list[tuple[Cell, str]] = field(default_factory=list)

    def count(self, cell: Cell, answer: Answer) -> None:
        if answer.e164 == cell.right and answer.flagged == cell.flagged:
            self.right[cell.spelling] += 1
        elif answer.e164 is None or answer.e164 in cell.allowed:
            self.refused[cell.spelling] += 1
            self.misses.setdefault(cell.spelling, []).append(cell)
        else:
            self.wrong[cell.spelling] += 1
            self.wrongs.append((cell, answer.e164))

    def lines(self) -> list[str]:
        """The figures as text: in total, and each spelling that is not all right."""
        right, refused, wrong = (sum(one.values()) for one in (self.right, self.refused, self.wrong))
        cells = right + refused + wrong
        lines = [f"{cells:,} cells: {right / cells:.2%} right, {refused / cells:.2%} refused, {wrong} wrong"]
        return lines + [
            f"  {name}: {self.right[name]}/{self.refused[name]}/{self.wrong[name]}"
            for name in sorted({*self.refused, *self.wrong})
        ]


#: Numbers that the library calls valid and nobody has: mobile numbers of South Africa, Korea, Austria and Finland that
#: lack digits, and Colombia's numbers of before 2021.
_NOBODYS = re.compile(
    r"\+(?:5746\d{6}|278[1-4]\d{3,6}|8210\d{7}|436\d{6,7}|541115\d{6}|35348\d{8}|358(?:4[0-8]|50)\d{4,5})"
)
#: Numbers that are tried of each beginning.
_TRIES = 8


def _kind(region: str, kind: int) -> PhoneNumberDesc:
    """What is known of the numbers of this kind in `region`."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    desc = metadata.mobile if kind == PhoneNumberType.MOBILE else metadata.fixed_line
    assert desc is not None
    return desc


@lru_cache(maxsize=64)
def _lengths(region: str, kind: int) -> tuple[int, ...]:
    desc = _kind(region, kind)
    # Open plans: what is really given out, without switchboards' extensions.
    dialled = {"DE": (9, 10, 11), "AT": (9, 10, 11), "IT": (9, 10), "ID": (9, 10, 11)}.get(region, desc.possible_length)
    return tuple(size for size in desc.possible_length if size in dialled)


@lru_cache(maxsize=512)
def _heads(region: str, kind: int, size: int) -> tuple[str, ...]:
    """Beginnings of three digits with which numbers of this kind and length were found."""
    draws = random.Random(f"{region} {kind} {size}")
    code = phonenumbers.country_code_for_region(region)
    numbers_of_kind = re.compile(_kind(region, kind).national_number_pattern or "")

    def begins_one(head: str) -> bool:
        for _ in range(_TRIES):
            digits = f"{head}{draws.randrange(10 ** (size - 3)):0{size - 3}d}"
            if numbers_of_kind.fullmatch(digits) and valid(code, digits, kind):
                return True
        return False

    return tuple(head for head in (f"{digits:03d}" for digits in range(1000)) if begins_one(head))


def valid(code: int, national: str, kind: int | None = None) -> PhoneNumber | None:
    zeros = len(national) - len(national.lstrip("0"))
    number = PhoneNumber(country_code=code, national_number=int(national or "0"))
    if zeros:
        number.italian_leading_zero, number.number_of_leading_zeros = True, zeros
    found = phonenumbers.number_type(number)
    if found not in _PERSONAL or (kind is not None and found not in {kind, PhoneNumberType.FIXED_LINE_OR_MOBILE}):
        return None
    return number if phonenumbers.is_valid_number(number) else None


def number(draws: random.Random, region: str) -> Number:
    """A valid fixed line or mobile of `region`, drawn from all of them."""
    code = phonenumbers.country_code_for_region(region)
    while True:
        kind = draws.choice((PhoneNumberType.MOBILE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE))
        size = draws.choice(_lengths(region, kind))
        heads = _heads(region, kind, size)
        if not heads:
            continue
        national = draws.choice(heads) + "".join(draws.choices(_DIGITS, k=size - 3))
        found = valid(code, national, kind)
        if _NOBODYS.fullmatch(f"+{code}{national}"):
            continue
        if found is not None and phonenumbers.region_code_for_number(found) == region and national[-6:] != "000000":
            return Number(
                region,
                str(code),
                national,
                phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL),
                phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL),
            )
