"""A plain phone text without + -> the numbers that it can be read as.

Owns: which readings of a text there are, and which of two gives way. A reading is a valid number, always; more than one
left means that two people could be meant.

The declared region is the user's word: a number without a country code is that region's if it can be. Repairs that go
beyond the library are made only where the region's own reading is impossible, or longer than anybody dials there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from phonenumbers import PhoneMetadata, PhoneNumber, number_type

from batch.loader.phones import numbering
from batch.loader.phones.international import Reading, as_written_today, international, overseas, zeroed
from batch.loader.phones.numbering import calling_code, national_digits, parse_valid
from batch.loader.phones.plan_changes import rewrite

_GROUP = re.compile(r"\d+")
#: A first group in brackets, and one before brackets.
_BRACKETED_GROUP = re.compile(r"\s*\(\s*\d+\s*\)")
_BRACKETED_AREA = re.compile(r"\s*\d{1,3}[\s.-]*\(\s*\d")
#: Digits of a part of an area code, at most: the longest area codes have five.
_LONGEST_PART = 4
#: Digits that a foreign number in an old spelling has more than the longest home number.
_OLD_SPELLING = 2


class Digits(NamedTuple):
    """A plain text without + as the rules see it: its digits, and how they are grouped."""

    text: str
    digits: str
    region: str

    @property
    def is_bare(self) -> bool:
        """True where the cell is digits and nothing else: from such cells spreadsheets take + and leading zeros."""
        return self.text.isdecimal() or all(len(group) == 1 for group in self.groups)

    @property
    def groups(self) -> list[str]:
        return _GROUP.findall(self.text)

    @property
    def code(self) -> str:
        return calling_code(self.region)


def without_plus(text: str, digits: str, region: str, *, wary: bool) -> list[Reading]:
    """The valid readings of a text without + in `region`, after the rules have chosen among them.

    `wary` columns have numbers of other countries whose + was lost. There a bare number that is also a valid number of
    another country is returned with both readings.
    """
    seen = Digits(text, digits, region)
    if abroad := _exit_codes(seen):
        return abroad
    home, own = _home(seen), _own_code(seen)
    if home and not own and _is_own_code_apart(seen, home[0].number):
        home = []  # the rest of an international number that lost digits
    if home and (led := _zero_before_code(seen, home[0].number)):
        return led
    if home:
        return _home_or_own(seen, home, own) if own else _home_or_foreign(seen, home, wary=wary)
    return own or _zero_before_code(seen, None) or [*_foreign(seen), *_lost_zero(seen)]


def _exit_codes(seen: Digits) -> list[Reading]:
    """The readings of digits that begin with an exit code: the region's own, or 00, which everybody knows.

    Where 00 and a calling code make a number, and the region's exit code with a carrier's digits makes another, the
    region's own calling code wins; else both are returned.
    """
    digits, text = seen.digits, seen.text
    plain = international(digits[2:], text, "00 read as +") if digits.startswith("00") else []
    prefix = _exit_code_of(digits, seen.region)
    if not prefix and digits.startswith("011") and seen.groups[0] == "011" and numbering.may_mean_011(seen.region):
        prefix = "011" if parse_valid(digits, seen.region) is None else ""
    found = plain
    # Behind 00 the own calling code is never a carrier's digits (Brazil's 00 55, Colombia's 00 5 7).
    if prefix and prefix != "00" and not digits.startswith(f"00{seen.code}"):
        # Behind an exit code with a carrier's digits in it, an old spelling is one guess too many.
        is_plain = prefix in {"011", _exit_pattern(seen.region).pattern}
        read = international if is_plain else as_written_today
        found = [*plain, *read(digits[len(prefix) :], text, f"{prefix} read as +")]
    own = [reading for reading in found if str(reading.number.country_code) == seen.code]
    return own or found or _stray_zeros(seen)


@lru_cache(maxsize=512)
def _exit_pattern(region: str) -> re.Pattern[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    return re.compile((metadata.international_prefix if metadata else None) or "(?!)")


def _exit_code_of(digits: str, region: str) -> str:
    """What `digits` begin with of the region's exit codes; the library takes one wherever it stands."""
    found = _exit_pattern(region).match(digits)
    return found[0] if found and digits[found.end() : found.end() + 1] not in {"", "0"} else ""


def _stray_zeros(seen: Digits) -> list[Reading]:
    """A number behind more zeros than anybody dials: those of a form, or of a column of fixed width."""
    rest = seen.digits.lstrip("0")
    if not seen.digits.startswith("00"):
        return []
    found = [
        Reading(number, ("stray zeros removed",))
        for number in (parse_valid(f"0{rest}", seen.region), parse_valid(rest, seen.region))
        if number is not None
        and str(number.country_code) == seen.code
        and national_digits(number) in {rest, f"0{rest}"}  # no carrier's digits were taken off
    ][:1]
    if not rest.startswith(seen.code):
        return found
    abroad = international(rest, seen.text, "stray zeros removed")
    if seen.digits.startswith("000") and found and numbering.is_dialled(found[0].number, seen.region):
        return [*abroad, *found]
    return abroad


def _home(seen: Digits) -> list[Reading]:
    """The region's own reading, as the library makes it, or as old digits are written today."""
    digits, region, code = seen.digits, seen.region, seen.code
    # To the library the region's own calling code may be missing its +; that is another reading (`_own_code`).
    is_led = code != "1" and digits.startswith(code)
    number = parse_valid(f"+{code}{digits}", None) if is_led else parse_valid(digits, region)
    if number is not None and str(number.country_code) == code:
        is_cut = seen.is_bare and digits == national_digits(number) and numbering.national_prefix(region) == "0"
        is_cut = is_cut and number_type(number) not in numbering.kinds_without_zero(region)
        if numbering.has_open_plan(region) and not digits.startswith("0") and _is_unlikely(seen, number):
            return []
        return [Reading(number, ("leading zero restored",) if is_cut else ())]
    found = []
    for new, name in rewrite(code, digits, seen.text):
        number = parse_valid(f"+{code}{new}", None)
        if number is not None:
            found.append(Reading(number, (name,)))
    return found or overseas(code, digits)


def _is_unlikely(seen: Digits, number: PhoneNumber) -> bool:
    """True for digits without a 0 before them in an open plan, where nearly all digits are a number: longer than people
    dial, or in groups of which the first is only a part of the area code."""
    if seen.is_bare:
        return not numbering.is_dialled(number, seen.region)
    group, area = seen.groups[0], numbering.first_group(number)
    is_part = len(group) <= _LONGEST_PART and len(group) < len(area) and area.startswith(group)
    return is_part and not numbering.is_mobile(number)


def _is_own_code_apart(seen: Digits, number: PhoneNumber) -> bool:
    """True where the first group is the region's own calling code, and not the first group of the home `number`."""
    groups = seen.groups
    is_apart = len(groups) > 1 and groups[0] == seen.code and seen.code != "1" and not seen.is_bare
    return is_apart and numbering.first_group(number) != seen.code


def _own_code(seen: Digits) -> list[Reading]:
    """The readings of digits that begin with the region's own calling code: a + or an exit code is missing."""
    digits, code = seen.digits, seen.code
    if code == "1" or not digits.startswith(code):  # to North Americans the 1 is a prefix like any other
        return []
    found = zeroed(seen.text, digits, "lost + restored")
    if _BRACKETED_GROUP.match(seen.text) and numbering.is_area_code(seen.region, seen.groups[0]):
        found = [reading for reading in found if reading.repairs == ("lost + restored",)]  # as written today
    behind = digits[len(code) :]
    if not behind.startswith(code):
        return found
    doubled = international(behind, seen.text, "doubled calling code removed")
    if not found or not doubled or not numbering.is_personal(doubled[0].number):
        return found or doubled
    return [*found, *doubled] if numbering.is_dialled(found[0].number, seen.region) else doubled


def _zero_before_code(seen: Digits, home: PhoneNumber | None) -> list[Reading]:
    """A zero before the region's own calling code, in digits that are no home number with one digit too many; where
    they are the number `home`, only if nobody dials so many digits, or the code is a group of its own."""
    rest, groups = seen.digits.lstrip("0"), seen.groups
    if seen.code == "1" or rest == seen.digits or not rest.startswith(seen.code):
        return []
    if home is not None:
        is_group = (
            groups[0] == f"0{seen.code}"
            and len(groups) > 1
            and numbering.first_group(home) not in (groups[0], seen.code)
        )
        if not is_group and numbering.is_dialled(home, seen.region):
            return []
    elif parse_valid(seen.digits[:-1], seen.region) is not None:
        return []
    found = international(rest, seen.text, "0 before the calling code removed")
    return [reading for reading in found if home is None or numbering.is_personal(reading.number)]


def _home_or_own(seen: Digits, home: list[Reading], own: list[Reading]) -> list[Reading]:
    """Digits that are a home number, and, with their first digits for the calling code, a whole number."""
    if home[0].e164 in {reading.e164 for reading in own}:
        return home
    if not numbering.is_dialled(home[0].number, seen.region):
        return own
    if not any(numbering.is_personal(reading.number) for reading in own):
        return home
    groups = seen.groups
    is_led = len(groups) > 1 and groups[0] == seen.code
    # Written in groups a number lost no zero: its national prefix would be there.
    if is_led and (numbering.has_open_plan(seen.region) or groups[1].startswith("0")):
        return own
    return [*home, *own]


def _home_or_foreign(seen: Digits, home: list[Reading], *, wary: bool) -> list[Reading]:
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
    if groups[0] != str(foreign.country_code):
        is_glued = is_open and not is_old and groups[0].startswith(str(foreign.country_code))
        if not is_glued or numbering.first_group(number) == groups[0]:
            return home
        return [*home, other] if numbering.is_dialled(number, seen.region) else [other._replace(foreign=True)]
    is_odd = numbering.has_odd_prefix(seen.digits, seen.region) and numbering.is_personal(foreign)
    if not (is_old or is_open or is_odd):
        is_other = numbering.is_mobile(foreign) or (_BRACKETED_AREA.match(seen.text) and numbering.is_personal(foreign))
        return [*home, other] if is_other and numbering.first_group(number) != groups[0] else home
    if is_open and not is_old and numbering.first_group(number) != groups[0]:
        return [*home, other] if numbering.is_mobile(number) else [other._replace(foreign=True)]
    # Mexico's old 1 before a mobile number: the next group tells whose it is.
    is_mexican = is_old and seen.digits.startswith("1") and groups[1:2] == [numbering.first_group(number)]
    return home if is_mexican and groups[1:2] != [numbering.first_group(foreign)] else [*home, other]


def _foreign(seen: Digits) -> list[Reading]:  # noqa: C901 - one branch for each form of a foreign prefix
    """Another country's number that lost its +: bare digits, or groups of which the first is the calling code, with
    more digits than any fixed line or mobile of the region has. With fewer, lost or mistyped digits are as likely.

    Digits that are a home number with one digit too many are two numbers where they are bare, and none where their
    punctuation is that of the home number.
    """
    digits = seen.digits
    longest = numbering.longest_dialled(seen.region)
    if digits.startswith("0") or len(digits) <= longest:
        return []
    found = international(digits, seen.text, "lost + restored")
    if not found or (found[0].repairs != ("lost + restored",) and len(digits) < longest + _OLD_SPELLING):
        return []
    if not seen.is_bare:
        is_code = seen.groups[0] == str(found[0].number.country_code)
        is_home = _BRACKETED_GROUP.match(seen.text) and numbering.is_area_code(seen.region, seen.groups[0])
        if not is_code or is_home:
            return []
    if not (seen.is_bare and numbering.has_open_plan(seen.region)):
        shorter = parse_valid(digits[:-1], seen.region)
        if shorter is not None and str(shorter.country_code) == seen.code:
            if seen.is_bare:
                return [*found, Reading(shorter, ("last digit dropped",))]
            if numbering.first_group(shorter) == seen.groups[0]:
                return []
    return [reading._replace(foreign=str(reading.number.country_code) != seen.code) for reading in found]


def _lost_zero(seen: Digits) -> list[Reading]:
    """The home number that bare digits are behind a zero that the spreadsheet took (Italian fixed lines)."""
    digits, region = seen.digits, seen.region
    if not seen.is_bare or digits.startswith("0"):
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
