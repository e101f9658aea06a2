"""A plain phone text without + that may begin with its region's own calling code -> the numbers that it can be.

Owns: which of a home number and one behind the own calling code gives way, and zeros before that code.
"""

from __future__ import annotations

from phonenumbers import PhoneNumber

from batch.loader.phones import numbering
from batch.loader.phones.digits import BRACKETED_GROUP, Digits
from batch.loader.phones.foreign import is_digit_before
from batch.loader.phones.international import (
    Reading,
    begins_with_code,
    international,
    is_digits_too_many,
    splits_area,
    zeroed,
)
from batch.loader.phones.numbering import national_digits, parse_valid


def is_own_code_apart(seen: Digits, number: PhoneNumber) -> bool:
    """True where the first group is the region's own calling code, and not the first group of the home `number`."""
    groups = seen.groups
    is_apart = len(groups) > 1 and groups[0] == seen.code and seen.code != "1" and not seen.is_bare
    return is_apart and numbering.first_group(number) != seen.code


def own_code(seen: Digits) -> list[Reading]:
    """The readings of digits that begin with the region's own calling code: a + or an exit code is missing."""
    digits, code = seen.digits, seen.code
    if code == "1" or not digits.startswith(code):  # to North Americans the 1 is a prefix like any other
        return []
    found = [
        reading for reading in zeroed(seen.text, digits, "lost + restored") if not _is_home_with_more(seen, reading)
    ]
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


def _is_home_with_more(seen: Digits, own: Reading) -> bool:
    """True where the own calling code, and an old spelling, a number that is no person's or an area behind it, are as
    likely a home number with a digit or two too many: "39840846437" is a mobile number of Italy's 398 rather than a
    shared-cost number, and "(55) 3754-043428" is in the groups of the area 55, not in those of the area 37."""
    is_old = not seen.digits.endswith(national_digits(own.number))
    is_rare = is_old or not numbering.is_personal(own.number)
    if is_rare and (parse_valid(seen.digits[:-1], seen.region) if seen.is_bare else is_old and is_digit_before(seen)):
        return True
    groups = seen.groups
    if not BRACKETED_GROUP.match(seen.text) or not numbering.is_area_code(seen.region, groups[0]):
        return False
    return len(groups) > len(("code", "all the digits")) and groups[1] != numbering.first_group(own.number)


def zero_before_code(seen: Digits, home: PhoneNumber | None) -> list[Reading]:
    """A zero before the region's own calling code, in digits that are no home number with digits too many; where they
    are the number `home`, only if nobody dials so many digits, or the code is a group of its own."""
    rest, groups = seen.digits.lstrip("0"), seen.groups
    if rest == seen.digits or not rest.startswith(seen.code):
        return []
    found = international(rest, seen.text, "0 before the calling code removed")
    if seen.code == "1" and groups[0] not in ("0", "01"):
        return []  # "0151 5214 3736" and "015142826023" are German mobile numbers, and no 01 and 515, no 01 and 514
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


def home_or_own(seen: Digits, home: list[Reading], own: list[Reading]) -> list[Reading]:
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
