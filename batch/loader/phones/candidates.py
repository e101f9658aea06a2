"""A plain phone text without + -> the numbers that it can be read as.

Owns: which readings of a text there are, and which of two gives way. A reading is a valid number, always; more than one
left means that two people could be meant.

The declared region is the user's word: a number without a country code is that region's if it can be. Repairs that go
beyond the library are made only where the region's own reading is impossible, or longer than anybody dials there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType, number_type

from batch.loader.phones import numbering
from batch.loader.phones.digits import BRACKETED_GROUP, Digits
from batch.loader.phones.foreign import home_or_foreign, lost_plus, lost_zero
from batch.loader.phones.international import (
    Reading,
    as_written_today,
    dialled_or_doubled,
    international,
    overseas,
    splits_area,
)
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.own_code import home_or_own, is_own_code_apart, own_code, zero_before_code
from batch.loader.phones.plan_changes import rewrite

#: Digits of a part of an area code, at most: the longest area codes have five.
_LONGEST_PART = 4
#: Digits of an Italian mobile number behind a 0, and of their beginning that tells the operator.
_OLD_ITALIAN, _ITALIAN_AREA = 11, 4
#: Digits of an area code that no local number is grouped by, unless all of it stands in pairs.
_SHORT_AREA = 2
#: 011 and nine digits: with fewer behind it, the area of Delhi is as likely as an island abroad.
_FEWEST_BEHIND_011 = 12
_SLASHED_GROUP = re.compile(r"\s*\d+\s*/")
#: Zeros of the exit code 00 behind one more.
_ZEROS_OF_EXIT = 3


def without_plus(text: str, digits: str, region: str, *, wary: bool) -> list[Reading]:
    """The valid readings of a text without + in `region`, after the rules have chosen among them.

    `wary` columns have numbers of other countries whose + was lost. There a bare number that is also a valid number of
    another country is returned with both readings.
    """
    seen = Digits(text, digits, region)
    if abroad := _exit_codes(seen):
        return abroad
    home, own = _home(seen), own_code(seen)
    if home and not own and is_own_code_apart(seen, home[0].number):
        home = []  # the rest of an international number that lost digits
    if home and (led := zero_before_code(seen, home[0].number)):
        return led
    if home:
        if own:
            return home_or_own(seen, home, own)
        found = home_or_foreign(seen, home, wary=wary)
        if found == home and number_type(home[0].number) == PhoneNumberType.PREMIUM_RATE:
            found = [*home, *lost_zero(seen)]  # Italy's 144 051297, or Acqui Terme's 0144 051297
        return [] if found == home and _is_digit_more(seen, home[0].number) else found
    return own or zero_before_code(seen, None) or [*lost_plus(seen), *lost_zero(seen)]


def _exit_codes(seen: Digits) -> list[Reading]:
    """The readings of digits that begin with an exit code: the region's own, or 00, which everybody knows.

    Where 00 and a calling code make a number, and the region's exit code with a carrier's digits makes another, the
    region's own calling code wins; else both are returned.
    """
    digits, text = seen.digits, seen.text
    plain = international(digits[2:], text, "00 read as +") if digits.startswith("00") else []
    plain = dialled_or_doubled(plain, text, digits[2:])
    # Groups that part a North American area are those of a home number, its zero typed twice: "00175/46063234".
    plain = [
        one for one in plain if one.number.country_code != 1 or seen.code == "1" or not splits_area(one.number, text)
    ]
    if plain and (asian := _behind_001(seen, plain[0].number)):
        own = [one for one in asian if str(one.number.country_code) == seen.code == seen.groups[1]]
        return own or [*plain, *asian]
    prefix = _exit_code_of(digits, seen.region)
    if prefix == "011" and seen.code != "1" and (BRACKETED_GROUP.match(text) or _is_area_011(seen.groups)):
        prefix = ""  # the area of Buenos Aires, Johannesburg or Turin
    if seen.groups[:1] == ["00"]:
        prefix = "" if prefix.startswith("00") else prefix  # no carrier's digits are parted from their exit code
    if not prefix and _is_american_exit(seen):
        prefix = "011" if parse_valid(digits, seen.region) is None else ""
    found = plain
    # Behind 00 the own calling code is never a carrier's digits (Brazil's 00 55, Colombia's 00 5 7).
    if prefix and prefix != "00" and not digits.startswith(f"00{seen.code}"):
        # Behind an exit code with a carrier's digits in it, an old spelling is one guess too many.
        is_plain = prefix in {"011", _exit_pattern(seen.region).pattern}
        read = international if is_plain else as_written_today
        behind = read(digits[len(prefix) :], text, f"{prefix} read as +")
        found = [*plain, *(one for one in behind if is_plain or _is_dialled_behind(seen, prefix, one))]
    own = [reading for reading in found if str(reading.number.country_code) == seen.code]
    if own or not found:
        return own or _stray_zeros(seen)
    # Where 00 by itself is no exit code, a 0 typed twice before a home number is as likely.
    is_twice = (plain or seen.is_bare) and digits.startswith("00") and not numbering.dials_00(seen.region)
    home = parse_valid(digits[1:], seen.region) if is_twice else None
    return [*found, Reading(home, ("stray zeros removed",))] if home is not None else found


def _is_dialled_behind(seen: Digits, prefix: str, one: Reading) -> bool:
    """True for a person's number behind a carrier's exit code, where the groups do not part the two otherwise."""
    groups, code = seen.groups, str(one.number.country_code)
    is_led = groups[0] == prefix and (len(groups) == len(("exit code", "all the digits")) or groups[1] == code)
    # What does not begin with 00 is more often the beginning of a home number behind its 0 (Cancún's 0998 in Mexico).
    is_apart = is_led or (prefix.startswith("00") and (len(groups) == 1 or groups[0] == f"{prefix}{code}"))
    # Where plans are open nearly any digits are a fixed line: that they are one says nothing.
    is_any = numbering.is_nearly_any(numbering.region_of(one.number)) and not numbering.is_mobile(one.number)
    return is_apart and not is_any and numbering.is_personal(one.number)


def _is_area_011(groups: list[str]) -> bool:
    """True for 011 in a group of its own where the next of several groups is no calling code: "011-4972-7413"."""
    is_grouped = groups[0] == "011" and len(groups) > len(("011", "all the digits"))
    return is_grouped and not numbering.is_calling_code(groups[1])


def _is_american_exit(seen: Digits) -> bool:
    """True for 011 in a group of its own, and a calling code in the next one, or all digits: "011 4934 4909" is a
    number of Buenos Aires."""
    groups = seen.groups
    if groups[:1] != ["011"] or not numbering.may_mean_011(seen.region):
        return False
    if len(groups) <= len(("011", "all the digits")):
        return len(seen.digits) > _FEWEST_BEHIND_011
    return numbering.is_calling_code(groups[1])


def _behind_001(seen: Digits, plain: PhoneNumber) -> list[Reading]:
    """The readings behind 001, which is an exit code in Asia, where the next group is no American area code: no `plain`
    number behind 00 and 1 is written so ("001 65 6221 2345")."""
    if seen.groups[0] != "001" or numbering.first_group(plain) == seen.groups[1]:
        return []
    return as_written_today(seen.digits[3:], seen.text, "001 read as +")


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
    zeros = len(seen.digits) - len(rest)
    if zeros < 2 or len(rest) < numbering.FEWEST_WITHOUT_ZERO:
        return []
    found = [
        Reading(number, ("stray zeros removed",))
        for number in (parse_valid(f"0{rest}", seen.region), parse_valid(rest, seen.region))
        if number is not None
        and str(number.country_code) == seen.code
        and national_digits(number) in {rest, f"0{rest}"}  # no carrier's digits were taken off
    ][:1]
    if (
        zeros == _ZEROS_OF_EXIT - 1 or seen.groups[0] == "00"
    ):  # an exit code, or the 09 of a home number with its digits exchanged
        found = []
    if not rest.startswith(seen.code):
        # 0 before 00 and another country's code looks like three zeros before a home number.
        abroad = as_written_today(rest, seen.text, "stray zeros removed") if zeros == _ZEROS_OF_EXIT and found else []
        return [*found, *(one for one in abroad if numbering.is_personal(one.number))]
    abroad = international(rest, seen.text, "stray zeros removed")
    if seen.digits.startswith("000") and found and numbering.is_dialled(found[0].number, seen.region):
        return [*abroad, *found]
    return abroad


def _home(seen: Digits) -> list[Reading]:
    """The region's own reading, as the library makes it, or as old digits are written today."""
    digits, region, code = seen.digits, seen.region, seen.code
    # To the library the region's own calling code may be missing its +; that is another reading (`own_code`).
    is_led = code != "1" and digits.startswith(code)
    number = parse_valid(f"+{code}{digits}", None) if is_led else parse_valid(digits, region)
    if number is None and digits.startswith("0") and numbering.rewrites_digits(region):
        # The library takes 15 for Argentina's mobile prefix, also where it is a part of the number.
        literal = parse_valid(f"+{code}{digits[1:]}", None)
        number = literal if literal is not None and national_digits(literal) == digits[1:] else None
    if number is not None and str(number.country_code) == code and not _is_prefix_apart(seen, number):
        is_cut = seen.is_bare and digits == national_digits(number) and numbering.national_prefix(region) == "0"
        is_cut = is_cut and number_type(number) not in numbering.kinds_without_zero(region)
        if is_cut and len(digits) < numbering.FEWEST_WITHOUT_ZERO:
            return []
        if _is_unlikely(seen, number):
            return []
        repairs = ("leading zero restored",) if is_cut else _exit_code_taken(seen, number)
        return _not_old(seen, Reading(number, repairs))
    found = []
    for new, name in rewrite(code, digits, seen.text):
        number = parse_valid(f"+{code}{new}", None)
        if number is not None and not splits_area(number, seen.text):
            found.append(Reading(number, (name,)))
    return found or overseas(code, digits)


def _exit_code_taken(seen: Digits, number: PhoneNumber) -> tuple[str, ...]:
    """The repair for an exit code that the library took off the region's own `number` ("00-8852-…" in Hong Kong)."""
    rest = f"{seen.code}{national_digits(number)}"
    taken = seen.digits.removesuffix(rest)
    return (f"{taken} read as +",) if taken.startswith("00") and taken != seen.digits else ()


def is_local(seen: Digits, number: PhoneNumber) -> bool:
    """True for a fixed line without its 0, in digits that can be those of another city without the area code: 677 1234
    is a number of Dublin as well as one of Nenagh (067). Brackets, a slash or a short group part the area code."""
    digits, text = seen.digits, seen.text
    if digits.startswith("0") or len(digits) > numbering.longest_local(seen.region):
        return False
    if number_type(number) != PhoneNumberType.FIXED_LINE or national_digits(number) != digits:
        return False
    if len(seen.groups) == 1 or seen.groups[0] != numbering.first_group(number):
        return True
    is_apart = BRACKETED_GROUP.match(text) or _SLASHED_GROUP.match(text)
    first, second = map(len, seen.groups[:2])
    return not is_apart and (first > _SHORT_AREA or second == first == _SHORT_AREA)


def _is_carrier_guessed(seen: Digits, number: PhoneNumber) -> bool:
    """True where the library takes a carrier's digits off that nobody dials: Korea's, or Brazil's in the brackets of an
    area code, before an area that is no group, or where they are as likely the area before a digit too many."""
    national = national_digits(number)
    taken = seen.digits[: -len(national)] if seen.digits.endswith(national) else ""
    if len(taken) < len("0") + 2:
        return False
    if seen.is_bare:
        shorter = (parse_valid(seen.digits[:-size], seen.region) for size in (1, 2))
        return seen.region == "KR" or any(number is not None for number in shorter)
    is_area = BRACKETED_GROUP.match(seen.text) is not None and seen.groups[0] == taken
    is_area |= seen.groups[0] == taken and numbering.first_group(number) != seen.groups[1]
    return seen.region == "KR" or (seen.region == "BR" and is_area)


def _not_old(seen: Digits, home: Reading) -> list[Reading]:
    """The home reading, unless a carrier's digits were guessed for it, or an old spelling is as likely or more."""
    if _is_carrier_guessed(seen, home.number):
        return []
    if mobile := _old_italian(seen):
        return mobile if seen.groups[0] == seen.digits[:_ITALIAN_AREA] else [home, *mobile]
    return [home]


def _old_italian(seen: Digits) -> list[Reading]:
    """An Italian mobile number behind the 0 of before 2001, which is also a fixed line with more digits than most:
    "0392/…" is no number of Monza (039)."""
    if seen.code != "39" or not seen.digits.startswith("03") or len(seen.digits) != _OLD_ITALIAN:
        return []
    rewritten = rewrite(seen.code, seen.digits, seen.text)
    numbers = ((parse_valid(f"+{seen.code}{new}", None), name) for new, name in rewritten)
    return [Reading(number, (name,)) for number, name in numbers if number is not None]


def _is_prefix_apart(seen: Digits, number: PhoneNumber) -> bool:
    """True where the national prefix is a group of its own (Russia's 8), and `number` has its digits for its own: one
    of those behind it is missing."""
    prefix = numbering.national_prefix(seen.region)
    is_apart = not seen.is_bare and seen.groups[0] == prefix and national_digits(number) == seen.digits
    return is_apart and numbering.first_group(number) != prefix


def _is_unlikely(seen: Digits, number: PhoneNumber) -> bool:
    """True for a number that lacks its area code, for the 1 of North America twice where the groups part the area
    behind it, and, without a 0 in an open plan, where nearly all digits are a number: for one that is longer than
    people dial, or in groups of which the first is only a part of the area code."""
    if is_local(seen, number) or (seen.code == "1" and seen.digits.startswith("11") and splits_area(number, seen.text)):
        return True
    if not numbering.has_open_plan(seen.region) or seen.digits.startswith("0"):
        return False
    if seen.is_bare:
        return not numbering.is_dialled(number, seen.region)
    group, area = seen.groups[0], numbering.first_group(number)
    is_part = len(group) <= _LONGEST_PART and len(group) < len(area) and area.startswith(group)
    return is_part and not numbering.is_mobile(number)


def _is_digit_more(seen: Digits, number: PhoneNumber) -> bool:
    """True for grouped digits without the 0 that nearly any digits are behind, in other groups than area and
    subscriber, or longer than people dial: "60341 3612942" is 0341 with a digit too many, not 06034."""
    if seen.is_bare or seen.digits.startswith("0") or not numbering.is_nearly_any(seen.region):
        return False
    if numbering.is_mobile(number) or not numbering.has_open_plan(seen.region):
        return False
    return seen.groups[0] != numbering.first_group(number) or not numbering.is_dialled(number, seen.region)
