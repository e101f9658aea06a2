"""Why digits are no number: expected against found.

Owns: the words of an invalid number, and telling a number that the library's version does not know yet.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber

from batch.loader.phones.candidates import is_local
from batch.loader.phones.digits import Digits
from batch.loader.phones.numbering import FEWEST_WITHOUT_ZERO, knows_area, lengths, parse_valid
from batch.text.language import pluralize, tr
from batch.text.visible import quoted

#: A North American number as the plan forms it: no area code and no exchange begins with 0 or 1 or is N11 (NANPA).
_NORTH_AMERICAN = re.compile(r"1?([2-9](?!9|11)\d\d)[2-9](?!11)\d{6}")

#: A number with more digits that begins with 00 is one of another country.
_LONGEST_HOME = 11
#: A letter that looks like a 0 or a 1, behind a digit.
_LETTER = re.compile(r"(?<=\d)[OoIl](?![A-Za-z])")


def refusal(cell: str, text: str, digits: str, region: str | None) -> tuple[str, str]:
    """The code and the message for `digits` with no valid reading. `text` is the plain number of `cell`."""
    plus = text.lstrip(" ([").startswith("+")
    if area := unknown_area(digits, plus=plus, region=region):
        return "unknown_area", unknown_area_message(cell, area)
    if not plus and region is not None and _is_without_area(text, digits, region):
        return "ambiguous", tr("{cell} can be a number of several cities; write its area code", cell=quoted(cell))
    if not plus and len(digits) > _LONGEST_HOME and digits.startswith("00"):
        plus, digits = True, digits[2:]  # the fault is told of the country that 00 leads to
    try:
        number = phonenumbers.parse(f"+{digits}" if plus else digits, None if plus else region)
    except phonenumbers.NumberParseException:
        number = None
    return "invalid_number", message(cell, digits, plus, region, number)


def _is_without_area(text: str, digits: str, region: str) -> bool:
    """True for a number of a city that is one of another city's as well."""
    seen, number = Digits(text, digits, region), parse_valid(digits, region)
    if seen.is_bare and len(digits) < FEWEST_WITHOUT_ZERO:
        return False
    return number is not None and is_local(seen, number)


def unknown_area(digits: str, *, plus: bool, region: str | None) -> str:
    """The area code of a well-formed North American number, where the library knows no number of it; else empty."""
    is_home = region is not None and phonenumbers.country_code_for_region(region) == 1
    if plus and not digits.startswith("1"):
        return ""
    if not plus and not is_home:
        return ""
    found = _NORTH_AMERICAN.fullmatch(digits)
    return found[1] if found and not knows_area(found[1]) else ""


def unknown_area_message(cell: str, area: str) -> str:
    """Why a number of an area code that the library does not know is not sent."""
    return tr(
        "{cell}: libphonenumber {version}, which is in use here, does not know the area code {area}; if "
        "the area is new, --phone-check possible sends the number",
        cell=quoted(cell),
        version=phonenumbers.__version__,
        area=area,
    )


def message(cell: str, digits: str, plus: bool, region: str | None, number: PhoneNumber | None) -> str:
    """Expected against found: a letter among the digits, the count of digits, or that no such number is in use."""
    if letter := _LETTER.search(cell):
        return tr("{cell} has the letter {letter} where a digit belongs", cell=quoted(cell), letter=letter[0])
    if number is None and plus:
        return (
            tr("{cell} does not begin with the calling code of a country", cell=quoted(cell))
            if len(digits) > 3
            else tr("{cell} is too short", cell=quoted(cell))
        )
    home = phonenumbers.region_code_for_country_code(number.country_code or 0) if number else region
    home = region if region and not plus else home
    if home is None or home not in phonenumbers.SUPPORTED_REGIONS:
        return tr("{cell} is not a number in use", cell=quoted(cell))
    significant = phonenumbers.national_significant_number(number) if number else digits
    expected = lengths(home)
    if len(significant) in expected:
        return tr(
            "{cell} has the length of {home} number, but no such number is in use", cell=quoted(cell), home=_a(home)
        )
    apart = tr(" after +{code}", code=number.country_code) if plus and number else ""
    return tr(
        "{cell} has {digits}{apart}; {home} number has {expected}",
        cell=quoted(cell),
        digits=pluralize(len(significant), "digit"),
        apart=apart,
        home=_a(home),
        expected=_spoken(expected),
    )


def _a(region: str) -> str:
    """`a US`, `an ES`: the letters of a code are said one by one."""
    return (tr("an {region}") if region[0] in "AEFHILMNORSX" else tr("a {region}")).format(region=region)


def _spoken(expected: tuple[int, ...]) -> str:
    if len(expected) == 1:
        return str(expected[0])
    if expected[-1] - expected[0] == len(expected) - 1 and len(expected) > 2:
        return tr("{first} to {last}", first=expected[0], last=expected[-1])
    return ", ".join(map(str, expected[:-1])) + tr(" or ") + str(expected[-1])
