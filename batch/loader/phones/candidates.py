"""A plain phone text without + -> the numbers that it can be read as.

Owns: which readings of a text there are, and which of two gives way. A reading is a valid number, always; more than one
left means that two people could be meant.

The declared region is the user's word: a number without a country code is that region's if it can be. Repairs that go
beyond the library are made only where the region's own reading is impossible, or longer than anybody dials there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from phonenumbers import PhoneMetadata, PhoneNumber, number_type

from batch.loader.phones import numbering
from batch.loader.phones.digits import BRACKETED_GROUP, Digits
from batch.loader.phones.foreign import home_or_foreign, lost_plus, lost_zero
from batch.loader.phones.international import (
    Reading,
    as_written_today,
    begins_with_code,
    dialled_or_doubled,
    international,
    is_digits_too_many,
    overseas,
    splits_area,
    zeroed,
)
from batch.loader.phones.numbering import national_digits, parse_valid
from batch.loader.phones.plan_changes import rewrite

#: Digits of a part of an area code, at most: the longest area codes have five.
_LONGEST_PART = 4
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
    home, own = _home(seen), _own_code(seen)
    if home and not own and _is_own_code_apart(seen, home[0].number):
        home = []  # the rest of an international number that lost digits
    if home and (led := _zero_before_code(seen, home[0].number)):
        return led
    if home:
        return _home_or_own(seen, home, own) if own else home_or_foreign(seen, home, wary=wary)
    return own or _zero_before_code(seen, None) or [*lost_plus(seen), *lost_zero(seen)]


def _exit_codes(seen: Digits) -> list[Reading]:
    """The readings of digits that begin with an exit code: the region's own, or 00, which everybody knows.

    Where 00 and a calling code make a number, and the region's exit code with a carrier's digits makes another, the
    region's own calling code wins; else both are returned.
    """
    digits, text = seen.digits, seen.text
    plain = international(digits[2:], text, "00 read as +") if digits.startswith("00") else []
    plain = dialled_or_doubled(plain, text, digits[2:])
    if plain and (asian := _behind_001(seen, plain[0].number)):
        return [*plain, *asian]
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
    if own or not found:
        return own or _stray_zeros(seen)
    # Where 00 is no exit code, a 0 typed twice before a home number is as likely.
    home = parse_valid(digits[1:], seen.region) if plain and not numbering.dials_00(seen.region) else None
    return [*found, Reading(home, ("stray zeros removed",))] if home is not None else found


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
    # To the library the region's own calling code may be missing its +; that is another reading (`_own_code`).
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
        if numbering.has_open_plan(region) and not digits.startswith("0") and _is_unlikely(seen, number):
            return []
        return [Reading(number, ("leading zero restored",) if is_cut else ())]
    found = []
    for new, name in rewrite(code, digits, seen.text):
        number = parse_valid(f"+{code}{new}", None)
        if number is not None and not splits_area(number, seen.text):
            found.append(Reading(number, (name,)))
    return found or overseas(code, digits)


def _is_prefix_apart(seen: Digits, number: PhoneNumber) -> bool:
    """True where the national prefix is a group of its own (Russia's 8), and `number` has its digits for its own: one
    of those behind it is missing."""
    prefix = numbering.national_prefix(seen.region)
    is_apart = not seen.is_bare and seen.groups[0] == prefix and national_digits(number) == seen.digits
    return is_apart and numbering.first_group(number) != prefix


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
    if BRACKETED_GROUP.match(seen.text) and numbering.is_area_code(seen.region, seen.groups[0]):
        found = [reading for reading in found if reading.repairs == ("lost + restored",)]  # as written today
    is_area = BRACKETED_GROUP.match(seen.text) or numbering.is_area_code(seen.region, seen.groups[0])
    if not seen.is_bare and seen.groups[0] != code and is_area:
        found = [reading for reading in found if not splits_area(reading.number, seen.text)]
    behind = digits[len(code) :]
    if not behind.startswith(code) or not begins_with_code(code, seen.text, code):
        return found
    doubled = international(behind, seen.text, "doubled calling code removed")
    doubled = [reading for reading in doubled if numbering.is_personal(reading.number)]
    if not doubled:
        return found
    if found and numbering.is_dialled(found[0].number, seen.region):
        return [*found, *doubled]
    is_sure = seen.is_bare and numbering.is_mobile(doubled[0].number)
    is_sure = is_sure and numbering.is_nearly_any(seen.region)
    return doubled if is_sure or not is_digits_too_many(digits, seen.text, doubled) else found


def _zero_before_code(seen: Digits, home: PhoneNumber | None) -> list[Reading]:
    """A zero before the region's own calling code, in digits that are no home number with digits too many; where they
    are the number `home`, only if nobody dials so many digits, or the code is a group of its own."""
    rest, groups = seen.digits.lstrip("0"), seen.groups
    if rest == seen.digits or not rest.startswith(seen.code):
        return []
    found = international(rest, seen.text, "0 before the calling code removed")
    if home is None:
        is_area = not seen.is_bare and groups[0].lstrip("0") not in ("", seen.code)  # 0317 is no 0 and 31
        is_bracketed = BRACKETED_GROUP.match(seen.text) and numbering.is_area_code(seen.region, groups[0].lstrip("0"))
        is_area = is_area or bool(is_bracketed)
        # No North American number begins with a 0.
        shorter = parse_valid(seen.digits[:-2], seen.region) if not seen.is_bare and groups[1:] else None
        is_longer = shorter is not None and f"0{numbering.first_group(shorter)}" == groups[0]
        is_longer = is_longer or parse_valid(seen.digits[:-1], seen.region) is not None
        return [] if seen.code != "1" and (is_longer or is_area) else found
    if seen.code == "1" or (len(groups) > 1 and groups[0] == f"0{numbering.first_group(home)}"):
        return []
    found = [reading for reading in found if numbering.is_personal(reading.number)]
    if not numbering.is_dialled(home, seen.region):
        return found
    is_group = len(groups) > 1 and groups[0] == f"0{seen.code}" and numbering.first_group(home) != seen.code
    if not is_group or not found:
        return []
    is_sure = numbering.is_mobile(found[0].number) and not numbering.is_mobile(home)
    return found if is_sure else [*found, Reading(home)]


def _home_or_own(seen: Digits, home: list[Reading], own: list[Reading]) -> list[Reading]:
    """Digits that are a home number, and, with their first digits for the calling code, a whole number."""
    if home[0].e164 in {reading.e164 for reading in own}:
        return home
    if not numbering.is_dialled(home[0].number, seen.region):
        is_area = not seen.is_bare and seen.groups[0] == numbering.first_group(home[0].number)
        return [*home, *own] if is_area else own
    if not any(numbering.is_personal(reading.number) for reading in own):
        return home
    groups = seen.groups
    is_led = len(groups) > 1 and groups[0] == seen.code
    if is_led and numbering.groups_abroad(home[0].number)[1:] == groups:
        return [*home, *own]  # an area code like the calling code (Lund's 46), without its zero
    # Written in groups a number lost no zero: its national prefix would be there.
    if is_led and (numbering.has_open_plan(seen.region) or groups[1].startswith("0")):
        return own
    return [*home, *own]
