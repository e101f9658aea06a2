"""Digits with a calling code in front -> the numbers that they can be read as.

Owns: the readings of a text that begins with +; `Reading`.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber

from batch.loader.phones import numbering
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.plan_changes import rewrite

_ZERO = re.compile(r"\(\s*0\s*\)")
#: A doubled calling code has at least so many digits behind it.
FEWEST_NATIONAL = 7
_GROUP = re.compile(r"\d+")
_CODE_AND_NUMBER = 2
#: National prefixes that were dialled before the 0 of today. Lithuania: RRT, numbering plan.
_OLD_PREFIXES = {370: "8"}
#: So many digits too many are thought of where the groups of a number are those of another one.
DIGITS_TOO_MANY = 2
#: Digits that a change of a numbering plan added to a number, at most.
_DIGITS_ADDED = 2


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
    if _splits_code(text, digits):
        return []
    found = zeroed(text, digits)
    if _ZERO.search(text):  # the zeros behind "(0)" are no exit code
        return found
    doubled = _doubled_code(text, digits)
    if not found:
        return [] if is_digits_too_many(digits, text, doubled) else doubled
    return [*_doubled_or(found, doubled, text, digits), *_mexican(text, digits)]


def _splits_code(text: str, digits: str) -> bool:
    """True where the first group is a part of the calling code alone: "+5 305 275 6951" lacks a digit of its code, and
    leads not to +53."""
    groups, split = _GROUP.findall(text), numbering.split_code(digits)
    if split is None or len(groups) < 2 or all(len(group) == 1 for group in groups[:-1]):
        return False
    if groups[0] == "38" and groups[1].startswith("0"):  # Ukraine's 380 as it is written there: +38 (050)
        return False
    ends = accumulate(len(group) for group in groups)
    return len(groups[0]) < len(split[0]) and len(split[0]) not in ends


def _mexican(text: str, digits: str) -> list[Reading]:
    """A Mexican number behind the +1 of a form: no North American writes an area code of two digits."""
    groups = _GROUP.findall(text)
    if groups[0] != "1" or len(groups) < 2 or len(groups[1]) != 2:
        return []
    number = parse_valid(f"+52{digits[1:]}", None)
    is_apart = number is not None and numbering.first_group(number) == groups[1]
    return [Reading(number, ("+1 removed",))] if number is not None and is_apart else []


def international(digits: str, text: str, *repairs: str) -> list[Reading]:
    """The readings of `digits` with the calling code in front: as they are, else as they are written today."""
    if parse_valid(f"+{digits}", None) is not None:
        return as_written_today(digits, text, *repairs)
    split = numbering.split_code(digits)
    if split is None:
        return []
    code, national = split
    found = []
    if not begins_with_code(code, text):
        return []
    for new, name in rewrite(code, national, text):
        number = parse_valid(f"+{code}{new}", None)
        if number is not None and not splits_area(number, text) and not _is_in_groups_of_shorter(digits, text, 1):
            found.append(Reading(number, (*repairs, name)))
    # From abroad the departments are written with +33 as well, never metropolitan France with theirs.
    return found or (overseas(code, national, *repairs) if code == "33" else [])


def as_written_today(digits: str, text: str, *repairs: str) -> list[Reading]:
    """The reading of `digits` with the calling code in front; no old spelling is read."""
    number = parse_valid(f"+{digits}", None)
    is_read = number is not None and _is_as_written(number, digits, text) and not _is_longer(number, digits, text)
    return [Reading(number, repairs)] if number is not None and is_read else []


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
    is_home = number is not None and str(number.country_code) == numbering.calling_code(region or "")
    if number is not None and is_home and (not found or numbering.is_dialled(number, region or "")):
        found.append(Reading(number, ("stray + removed",)))
    return found


def _is_as_written(number: PhoneNumber, digits: str, text: str) -> bool:
    """True where the library took nothing off `digits` but a zero, or a national prefix that stands by itself.

    It takes off carriers' digits as well (Brazil's 0 65), and an 8 or a 1 that is more likely a digit too many: what is
    left is another person's number.
    """
    national = national_digits(number)
    rest = digits[len(str(number.country_code)) :]
    if not rest.endswith(national):  # rewritten, as Argentina's 15
        return True
    taken = rest[: len(rest) - len(national)]
    prefix = numbering.national_prefix(numbering.region_of(number))
    # No national number begins with 0, and no North American one with 1.
    if taken in {"", "0"} or (taken == prefix == "0"):
        return True
    if taken == prefix == "1":
        return not splits_area(number, text)  # "1 151 23456789" is no 1, 1 and 512
    prefix = _OLD_PREFIXES.get(number.country_code or 0, prefix)
    return taken.rstrip("0") == prefix and prefix in _GROUP.findall(text)


def _is_longer(number: PhoneNumber, digits: str, text: str) -> bool:
    """True for a number that is no person's, in the groups of a person's number with digits too many: "+60 16-002
    40099" is a mobile number of Malaysia's area 16 with one digit more, not the premium number 1600 240099."""
    if numbering.is_personal(number) or numbering.first_group(number) in _GROUP.findall(text)[1:2]:
        return False
    return _is_in_groups_of_shorter(digits, text, DIGITS_TOO_MANY)


def _is_in_groups_of_shorter(digits: str, text: str, most: int) -> bool:
    """True for digits in the groups of a person's number with up to `most` digits more: "+84 12 125 06 130" is the
    mobile number 12 125 06 13 with one, and not an old spelling of 79 250 61 30."""
    groups = _GROUP.findall(text)
    if len(groups) <= _CODE_AND_NUMBER:
        return False
    shorter = (parse_valid(f"+{digits[:-more]}", None) for more in range(1, most + 1))
    return any(
        found is not None and numbering.is_personal(found) and numbering.first_group(found) == groups[1]
        for found in shorter
    )


def is_digits_too_many(digits: str, text: str, doubled: list[Reading]) -> bool:
    """True for digits that are an international number with one digit more, or two where its area code is like its
    calling code (South Africa's +27 27): as likely as the calling code written twice before the number `doubled`,
    unless the groups are those of that one."""
    groups = _GROUP.findall(text)
    groups = [group for group in groups if group.strip("0")]
    if len(groups) > 1 and doubled and groups[1:] == numbering.groups_abroad(doubled[0].number):
        return False
    if (number := parse_valid(f"+{digits[:-1]}", None)) and numbering.is_dialled(number, numbering.region_of(number)):
        return True
    number = parse_valid(f"+{digits[:-2]}", None) if len(groups) > 1 else None
    return number is not None and numbering.first_group(number) == str(number.country_code)


def _doubled_or(found: list[Reading], doubled: list[Reading], text: str, digits: str) -> list[Reading]:
    """The readings of digits that are a number, `found`, and another one where their calling code is written twice:
    that one, where nobody dials so many digits as the first one has, or the second code is a group of its own."""
    number = found[0].number
    if not doubled or not numbering.is_personal(doubled[0].number):
        return found
    region = numbering.region_of(number)
    code, groups = str(number.country_code), _GROUP.findall(text)
    if not numbering.is_dialled(number, region):
        is_apart = groups[:2] == [code, code] or text.lstrip("+ (").isdecimal()
        is_sure = is_apart and numbering.is_mobile(doubled[0].number)
        return doubled if is_sure or not is_digits_too_many(digits, text, doubled) else [*found, *doubled]
    if groups[:2] != [code, code] or groups[2:] == [] or groups == numbering.groups_abroad(number):
        return found
    if numbering.first_group(number) == code or all(len(group) == len(code) for group in groups[:-1]):
        return [*found, *doubled]
    return [*found, *doubled] if numbering.is_mobile(number) else doubled


def splits_area(number: PhoneNumber, text: str) -> bool:
    """True where the groups of `text` part the area code of `number`: then `text` is no old spelling of it, but a
    figure with its thousands (18.688.221.363), or another number."""
    groups = _GROUP.findall(text)
    _, area, *subscriber = numbering.groups_abroad(number)
    if not subscriber or len(groups) < 2 or all(len(group) == 1 for group in groups):
        return False
    digits = "".join(groups)
    ends = tuple(accumulate(len(group) for group in groups))
    # Further behind, the same digits are those of the subscriber. An old spelling can be shorter.
    last = len(digits) - len(national_digits(number)) + _DIGITS_ADDED
    starts = [found.start() for found in re.finditer(f"(?={area})", digits) if found.start() <= last]
    return bool(starts) and all(any(start < end < start + len(area) for end in ends) for start in starts)


def begins_with_code(code: str, text: str, then: str = "") -> bool:
    """True where the first group of `text`, behind zeros of an exit code, is the calling code, with no more than a part
    of an area code behind it; or with `then` behind it, the same code, in that group or as the next one: "+323 28…" is
    not +32 twice."""
    groups = [group for group in _GROUP.findall(text) if group.strip("0")]
    if len(groups) < 2 or all(len(group) == 1 for group in groups):
        return True
    first = groups[0].lstrip("0").removeprefix("11" if groups[0].startswith("011") else "")
    behind = first.removeprefix(code)
    if not first or not first.startswith(code) or not then:
        return not first or first.startswith(code)
    second = groups[1]
    is_next = second.lstrip("0") == then or second.startswith(f"00{then}") or len(groups) == _CODE_AND_NUMBER
    return behind.startswith((then, "0")) or (not behind and is_next)


def dialled_or_doubled(found: list[Reading], text: str, digits: str) -> list[Reading]:
    """`found`, the readings of `digits` whose + is missing; where nobody dials so many digits, what is left of them
    without a doubled calling code."""
    region = numbering.region_of(found[0].number) if found else ""
    if not numbering.has_open_plan(region) or numbering.is_dialled(found[0].number, region):
        return found
    return _doubled_code(text, digits)


def _doubled_code(text: str, digits: str) -> list[Reading]:
    """A whole number, with + or exit code, typed behind the calling code that a form had put there."""
    split = numbering.split_code(digits)
    if split is None:
        return []
    code, rest = split
    behind = rest.lstrip("0")
    if len(behind) < len(code) + FEWEST_NATIONAL or not begins_with_code(code, text, code):
        return []
    if behind.startswith(code) or rest.startswith("00"):
        return international(behind, text, "doubled calling code removed")
    if rest.startswith("011") and code == "1":
        return international(rest[3:], text, "doubled calling code removed")
    return []
