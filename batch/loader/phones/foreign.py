"""A plain phone text without + -> the numbers of other countries that it can be, where the + was lost.

Owns: which of a home number and a foreign one gives way, and how many digits or which groups tell them apart.
"""

from __future__ import annotations

import re

from phonenumbers import PhoneNumber

from batch.loader.phones import numbering
from batch.loader.phones.digits import BRACKETED_GROUP, Digits
from batch.loader.phones.international import Reading, dialled_or_doubled, international, splits_area
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.plan_changes import rewrite

#: An area code before brackets.
_BRACKETED_AREA = re.compile(r"\s*\d{1,3}[\s.-]*\(\s*\d")
#: Digits that a foreign number in an old spelling has more than the longest home number.
_OLD_SPELLING = 2
#: Digits of most Italian fixed lines behind their 0. Fewer are rather a local number without its area (Rome's and
#: Milan's have eight digits), and more one with a digit too many.
_ITALIAN = 9
_PLAIN_REPAIRS = (("lost + restored",), ("doubled calling code removed",))
#: An IPv4 address has four numbers of eight bits (RFC 791).
_IP_NUMBERS, _IP_LARGEST = 4, 255


def home_or_foreign(seen: Digits, home: list[Reading], *, wary: bool) -> list[Reading]:
    """A home number, and beside it the foreign one where it is as likely.

    Where plans are open (Germany), almost any digits are a fixed line; but none is written in groups without the 0.
    """
    digits = seen.digits
    foreign = None if digits.startswith("0") else parse_valid(f"+{digits}", None)
    if foreign is None or Reading(foreign).e164 == home[0].e164:
        return home
    number = home[0].number
    other = Reading(foreign, ("lost + restored",))
    is_old = bool(home[0].repairs) and home[0].repairs != ("leading zero restored",)
    is_open = numbering.has_open_plan(seen.region) and numbering.is_personal(foreign)
    if seen.is_bare:
        if is_open and not numbering.is_dialled(number, seen.region):
            return [other._replace(foreign=True)]
        # Digits behind a rare prefix (Brazil's 90 for collect calls) are a foreign number as likely.
        is_odd = numbering.has_odd_prefix(digits, seen.region) and numbering.is_personal(foreign)
        likely = is_old or is_odd or (is_open and not numbering.is_mobile(number))
        return [*home, other] if wary or likely else home
    return _grouped(seen, home, other, is_old=is_old, is_open=is_open)


def _grouped(seen: Digits, home: list[Reading], other: Reading, *, is_old: bool, is_open: bool) -> list[Reading]:
    """The same of digits in groups: where the first group is the calling code of the other number, or begins with it,
    the groups tell which of the two is meant."""
    number, foreign, groups = home[0].number, other.number, seen.groups
    is_as_at_home = numbering.is_personal(number) and groups == numbering.groups_abroad(number)[1:]
    if is_as_at_home and groups[0] != str(foreign.country_code):
        return home
    if is_digit_before(seen) or _is_figure(seen, number, foreign, is_open=is_open):
        return [*home, other]
    if groups[0] != str(foreign.country_code):
        is_glued = is_open and not is_old and groups[0].startswith(str(foreign.country_code))
        is_glued &= not splits_area(foreign, seen.text)  # "151 23456789" is no 1 and 512
        if not is_glued or numbering.first_group(number) == groups[0]:
            return home
        is_home = numbering.is_dialled(number, seen.region) or not numbering.is_nearly_any(seen.region)
        return [*home, other] if is_home else [other._replace(foreign=True)]
    if not (is_old or is_open):
        # Seville is 954, and 95 to the people there; no North American parts an area code.
        is_other = numbering.is_mobile(foreign) or (seen.code == "1" and splits_area(number, seen.text))
        is_other |= _BRACKETED_AREA.match(seen.text) is not None and numbering.is_personal(foreign)
        return [*home, other] if is_other and numbering.first_group(number) != groups[0] else home
    if is_open and not is_old and numbering.first_group(number) != groups[0]:
        return [*home, other] if numbering.is_mobile(number) else [other._replace(foreign=True)]
    # Mexico's old 1 before a mobile number: the next group tells whose it is.
    is_mexican = is_old and seen.digits.startswith("1") and groups[1:2] == [numbering.first_group(number)]
    return home if is_mexican and groups[1:2] != [numbering.first_group(foreign)] else [*home, other]


def _is_figure(seen: Digits, number: PhoneNumber, foreign: PhoneNumber, *, is_open: bool) -> bool:
    """True where digits in groups, such as thousands, are a person's number abroad, and at home a premium number, or
    one behind a rare prefix (Brazil's 90 for collect calls)."""
    if not numbering.is_personal(foreign):
        return False
    is_odd = not is_open and numbering.has_odd_prefix(seen.digits, seen.region)
    is_odd = is_odd and seen.groups[0].startswith(str(foreign.country_code))
    return is_odd or not numbering.is_personal(number)


def lost_plus(seen: Digits) -> list[Reading]:
    """Another country's number that lost its +: bare digits, or groups of which the first is the calling code, with
    more digits than any fixed line or mobile of the region has. With fewer, lost or mistyped digits are as likely.

    Digits that are a home number with one digit too many are two numbers where they are bare, and none where their
    punctuation is that of the home number.
    """
    digits = seen.digits
    longest = numbering.longest_dialled(seen.region)
    if digits.startswith("0") or len(digits) <= longest or _is_ip_address(seen.text):
        return []
    found = dialled_or_doubled(international(digits, seen.text, "lost + restored"), seen.text, digits)
    if not found or (found[0].repairs not in _PLAIN_REPAIRS and len(digits) < longest + _OLD_SPELLING):
        return []
    # Behind a + that is only guessed no zero is taken off: 49 0 5661 8248 is a home number with a digit too many.
    is_other = seen.is_bare and found[0].e164 != f"+{digits}"
    own = parse_valid(f"+{digits[1:]}", None) if is_other else None
    is_own = own is not None and str(own.country_code) == seen.code  # behind a digit too many
    if is_other and (is_own or len(digits) <= longest + _OLD_SPELLING or not _has_known_repair(found[0])):
        return []
    if not seen.is_bare and not _is_grouped_abroad(seen, found[0].number):
        return []
    if seen.is_bare and not (
        numbering.has_open_plan(seen.region)
        and (numbering.is_nearly_any(seen.region) or numbering.is_mobile(found[0].number))
    ):
        shorter = _home_number(digits[:-1], seen)
        if shorter is not None:
            return [*found, Reading(shorter, ("last digit dropped",))]
    found = [reading._replace(foreign=str(reading.number.country_code) != seen.code) for reading in found]
    return [*found, *_old_behind_zero(seen)]


def _is_ip_address(text: str) -> bool:
    """True for four numbers up to 255 with points between them, as in 192.168.178.20."""
    numbers = text.split(".")
    return len(numbers) == _IP_NUMBERS and all(number.isdecimal() and int(number) <= _IP_LARGEST for number in numbers)


def _old_behind_zero(seen: Digits) -> list[Reading]:
    """The home numbers that bare digits are in an old spelling whose zero the spreadsheet took: Mexico's 044 before a
    mobile number looks like the United Kingdom's 44."""
    rewritten = rewrite(seen.code, f"0{seen.digits}", f"0{seen.digits}") if seen.is_bare else []
    numbers = ((parse_valid(f"+{seen.code}{new}", None), name) for new, name in rewritten)
    return [Reading(number, ("leading zero restored", name)) for number, name in numbers if number is not None]


def _has_known_repair(reading: Reading) -> bool:
    """True where digits were taken off by a named rule: an old spelling, or a doubled calling code of more than a 1."""
    is_doubled = "doubled calling code removed" in reading.repairs
    return str(reading.number.country_code) != "1" if is_doubled else len(reading.repairs) > 1


def _is_grouped_abroad(seen: Digits, number: PhoneNumber) -> bool:
    """True where the groups are those of `number`, its calling code first, and not those of a home number with one
    digit before it or up to two behind it."""
    groups = seen.groups
    if groups[0] != str(number.country_code) or not numbering.is_personal(number):
        return False
    if BRACKETED_GROUP.match(seen.text) and numbering.is_area_code(seen.region, groups[0]):
        return False
    if _begins(seen.digits[:-1], seen) or is_digit_before(seen) or _is_grouped_with_two_more(seen):
        return False
    if groups == numbering.groups_abroad(number):
        return True
    is_little_longer = len(seen.digits) <= numbering.longest_dialled(seen.region) + 2
    is_little_longer &= numbering.is_area_code(seen.region, groups[0])
    return not is_little_longer and not _begins(seen.digits[:-2], seen)


def _is_grouped_with_two_more(seen: Digits) -> bool:
    """True for a home number, in its own groups, with two digits behind it."""
    home = _home_number(seen.digits[:-2], seen)
    groups = [*seen.groups[:-1], seen.groups[-1][:-2]]
    return home is not None and [group for group in groups if group] == numbering.groups_abroad(home)[1:]


def is_digit_before(seen: Digits) -> bool:
    """True for a home number, in its own groups, with one digit before it."""
    home = _home_number(seen.digits[1:], seen)
    if home is None:
        return False
    prefix, groups = numbering.national_prefix(seen.region), [seen.groups[0][1:], *seen.groups[1:]]
    if seen.groups[0] == prefix:  # Russia's 8
        return False
    if prefix and groups[0] == prefix:
        return True
    groups = groups if groups[0] else groups[1:]
    area = groups[0].removeprefix(prefix)
    if [area, *groups[1:]] == numbering.groups_abroad(home)[1:]:
        return True
    return groups[0] != area and area == numbering.first_group(home)  # how the rest is grouped is a habit


def _begins(digits: str, seen: Digits) -> bool:
    """True where `digits` are a home number that is written with the first group of the cell."""
    home = _home_number(digits, seen)
    return home is not None and national_digits(home).startswith(seen.groups[0])


def _home_number(digits: str, seen: Digits) -> PhoneNumber | None:
    number = parse_valid(digits, seen.region)
    return number if number is not None and str(number.country_code) == seen.code else None


def lost_zero(seen: Digits) -> list[Reading]:
    """The home number that bare digits are behind a zero that the spreadsheet took (Italian fixed lines)."""
    digits, region = seen.digits, seen.region
    if not seen.is_bare or digits.startswith("0") or len(digits) < numbering.FEWEST_WITHOUT_ZERO:
        return []
    if len(digits) <= numbering.longest_local(region) or (numbering.is_nearly_any(region) and len(digits) != _ITALIAN):
        return []
    number = parse_valid(f"0{digits}", region)
    if number is None or str(number.country_code) != seen.code or not numbering.is_dialled(number, region):
        return []
    if national_digits(number) not in {digits, f"0{digits}"}:  # a carrier's digits were taken off
        return []
    # A mobile number that lacks a digit looks the same.
    longer = parse_valid(f"{digits}0", region)
    if longer is not None and numbering.is_mobile(longer):
        return []
    foreign = parse_valid(f"+{digits}", None)
    others = [Reading(foreign, ("lost + restored",))] if foreign is not None and numbering.is_personal(foreign) else []
    return [Reading(number, ("leading zero restored",)), *others]
