"""Digits with a calling code in front -> the numbers that they can be read as.

Owns: the readings of a text that begins with +; `Reading`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber

from batch.loader.phones import numbering
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.plan_changes import rewrite

_ZERO = re.compile(r"\(\s*0\s*\)")
#: A doubled calling code has at least so many digits behind it.
_FEWEST_NATIONAL = 7
_GROUP = re.compile(r"\d+")


class Reading(NamedTuple):
    """One valid way to read a text: the number, and the repairs that it took. `foreign` marks a lost + of another
    country's number."""

    number: PhoneNumber
    repairs: tuple[str, ...] = ()
    foreign: bool = False

    @property
    def e164(self) -> str:
        return f"+{self.number.country_code}{national_digits(self.number)}"


def with_plus(text: str, digits: str, region: str | None) -> list[Reading]:
    """The valid readings of a text that begins with +; `region` is that of the column."""
    if digits.startswith("0"):
        return _zero_behind_plus(text, digits, region)
    found = zeroed(text, digits)
    return found or _doubled_code(text, digits)


def international(digits: str, text: str, *repairs: str) -> list[Reading]:
    """The readings of `digits` with the calling code in front: as they are, else as they are written today."""
    number = parse_valid(f"+{digits}", None)
    if number is not None:
        return [Reading(number, repairs)]
    split = numbering.split_code(digits)
    if split is None:
        return []
    code, national = split
    found = []
    for new, name in rewrite(code, national, text):
        number = parse_valid(f"+{code}{new}", None)
        if number is not None:
            found.append(Reading(number, (*repairs, name)))
    # From abroad the departments are written with +33 as well, never metropolitan France with theirs.
    return found or (overseas(code, national, *repairs) if code == "33" else [])


def overseas(code: str, national: str, *repairs: str) -> list[Reading]:
    """A number that is dialled like a home number and has a calling code of its own (French departments)."""
    codes = numbering.domestic_codes(phonenumbers.region_code_for_country_code(int(code)))
    found = [
        Reading(number, (*repairs, f"overseas +{other}"))
        for other in codes
        if str(other) != code and (number := parse_valid(f"+{other}{national.removeprefix('0')}", None)) is not None
    ]
    return found if len(found) == 1 else []


def zeroed(text: str, digits: str, *repairs: str) -> list[Reading]:
    """The international readings of `digits`; a "(0)" may be for those who call from home, or a part of the number."""
    found = international(digits, text, *repairs)
    if _ZERO.search(text):
        found += international("".join(_GROUP.findall(_ZERO.sub("", text))), text, *repairs, "(0) removed")
    return found


def _zero_behind_plus(text: str, digits: str, region: str | None) -> list[Reading]:
    """No calling code begins with 0: an exit code behind the +, stray zeros, or a + before a national number."""
    for prefix in ("00", "011"):
        if digits.startswith(prefix) and (found := international(digits[len(prefix) :], text, f"{prefix} removed")):
            return found
    found = international(digits.lstrip("0"), text, "0 removed")
    number = parse_valid(digits, region) if region is not None else None
    if number is not None and (not found or numbering.is_dialled(number, region or "")):
        found.append(Reading(number, ("stray + removed",)))
    return found


def _doubled_code(text: str, digits: str) -> list[Reading]:
    """A whole number, with + or exit code, typed behind the calling code that a form had put there."""
    split = numbering.split_code(digits)
    if split is None or parse_valid(f"+{digits[:-1]}", None) is not None:
        return []
    code, rest = split
    behind = rest.lstrip("0")
    if len(behind) < len(code) + _FEWEST_NATIONAL:
        return []
    if behind.startswith(code) or rest.startswith("00"):
        return international(behind, text, "doubled calling code removed")
    if rest.startswith("011") and code == "1":
        return international(rest[3:], text, "doubled calling code removed")
    return []
