"""What libphonenumber says about a region's numbers, as the rules for damaged cells need it.

Owns: the lengths that people dial, exit codes, the parse of digits, and the one test of validity.
Source: phonenumbers' metadata. `_DIALLED_…` and `_AREA_011` hold what the metadata does not say.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType

phonenumbers.enable_pattern_cache()

#: The most digits of a fixed line that people dial where plans are open: the metadata allows for direct dialling into
#: private exchanges as well. Germany: BNetzA, numbering plan for geographic numbers (11 without the 0). Austria: RTR.
#: Italy: AGCOM, 0 + area + subscriber. Indonesia: Kominfo, area and at most eight digits behind it. Finland: Traficom.
_DIALLED_FIXED = {"DE": 11, "AT": 11, "IT": 11, "SM": 10, "VA": 11, "ID": 11, "FI": 10, "AX": 10, "LU": 9, "LI": 7}
#: The same of mobile numbers.
_DIALLED_MOBILE = {"AT": 11, "LU": 9, "FI": 10, "AX": 10}
#: Numbers that the metadata allows and nobody has: (calling code, national digits). South Africa: ICASA, each number
#: has nine digits. Korea: MSIT, 010 and eight digits. Austria, Finland: no mobile number is so short. Ireland: ComReg,
#: 048 is dialled there for Northern Ireland, which is +44 28. Argentina: ENACOM, 15 begins no
#: subscriber's number: it is the mobile prefix. Colombia: CRC, resolution 5826 of 2019: ten digits, 46… was Medellín's
#: 4 and seven digits. North America: ten digits; Canada's 310-xxxx is dialled without an area, and only there.
NOT_GIVEN = (
    (1, r"\d{7}"),
    (27, r"8[1-4]\d{3,6}"),
    (82, r"10\d{7}"),
    (43, r"6\d{6,7}"),
    (358, r"(?:4[0-8]|50)\d{4,5}"),
    (353, r"48\d{8}"),
    (54, r"1115\d{6}"),
    (57, r"46\d{6}"),
)
#: With fewer digits and no zero before them, bare digits are no whole number: a local one, a postcode, a date.
FEWEST_WITHOUT_ZERO = 7
#: The most digits of a subscriber's number, which is dialled in the same city without the area code, where numbers with
#: an area code can be as short: without the 0 in front, the two look alike. Source: the national plans that the ITU
#: publishes (E.129), the longest numbers of the capital or the largest city.
_LOCAL_DIGITS = {
    **dict.fromkeys(("AT", "AX", "BG", "CD", "CU", "FI", "IE", "KE", "MM", "PY", "RO", "RS", "SY"), 7),
    **dict.fromkeys(("BD", "CN", "DE", "EG", "ID", "IR", "KR", "MY", "PH", "SE", "TW"), 8),
}
#: E.164's own limit.
MAX_DIGITS = 15
#: Regions in which 01 is a group of its own, and 1 may follow it (Abidjan, Cotonou).
_AREA_01 = frozenset({"CI", "BJ"})
#: France and its overseas departments dial one another with 0 and nine digits; each department has a code of its own
#: (ARCEP, plan national de numérotation).
_FRENCH = ("FR", "GP", "GF", "MQ", "RE", "YT", "BL", "MF")
_FRENCH_CODES = (33, 590, 594, 596, 262)
#: What a person's number is; a company's, a premium number or a pager is never the better of two readings.
_PERSONAL = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)
_COMMON = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
#: Lengths of fixed lines of which a plan must have so many to be called open.
_OPEN_LENGTHS = 3


def parse_valid(text: str, region: str | None) -> PhoneNumber | None:
    """The number that the library reads in `text` if it is a valid one, and can be a contact's.

    The library's voicemail numbers are mobile numbers with digits more (Italy, Ireland), and some of its company and
    personal numbers are mobile numbers with a digit less (Japan, Korea): in a list of contacts they are typing errors.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN or is_not_given(number):
        return None
    if kind not in _COMMON and (kind == PhoneNumberType.VOICEMAIL or _lacks_digit(number)):
        return None
    return number


def is_not_given(number: PhoneNumber) -> bool:
    return any(
        number.country_code == code and re.fullmatch(pattern, national_digits(number)) for code, pattern in NOT_GIVEN
    )


def _lacks_digit(number: PhoneNumber) -> bool:
    """True where one digit more makes a mobile number."""
    longer = PhoneNumber()
    longer.merge_from(number)
    longer.national_number = (number.national_number or 0) * 10
    return phonenumbers.number_type(longer) == PhoneNumberType.MOBILE


def is_personal(number: PhoneNumber) -> bool:
    """True for fixed lines, mobiles and VoIP numbers."""
    return phonenumbers.number_type(number) in _PERSONAL


def is_mobile(number: PhoneNumber) -> bool:
    """True for a number that can only be a mobile, or, where both look alike, a mobile or a fixed line."""
    kind = phonenumbers.number_type(number)
    return kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def region_of(number: PhoneNumber) -> str:
    """The region of the number's calling code, the main one where several share it."""
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def national_digits(number: PhoneNumber) -> str:
    """The national significant number."""
    return phonenumbers.national_significant_number(number)


@lru_cache(maxsize=512)
def calling_code(region: str) -> str:
    """The region's calling code, as digits."""
    return str(phonenumbers.country_code_for_region(region))


@lru_cache(maxsize=512)
def lengths(region: str) -> tuple[int, ...]:
    """The lengths that national numbers of `region` can have, ascending."""
    metadata = PhoneMetadata.metadata_for_region(region)
    general = metadata.general_desc if metadata else None
    return tuple(sorted(general.possible_length)) if general and general.possible_length else (15,)


@lru_cache(maxsize=512)
def fixed_lengths(region: str) -> tuple[int, ...]:
    """The lengths of the region's fixed lines, ascending."""
    metadata = PhoneMetadata.metadata_for_region(region)
    fixed = metadata.fixed_line if metadata else None
    return tuple(sorted(fixed.possible_length)) if fixed and fixed.possible_length else lengths(region)


@lru_cache(maxsize=512)
def longest_fixed(region: str) -> int:
    """The most digits of a fixed line of the region, without its national prefix."""
    return min(fixed_lengths(region)[-1], _DIALLED_FIXED.get(region, MAX_DIGITS))


@lru_cache(maxsize=512)
def longest_dialled(region: str) -> int:
    """The most digits of a fixed line or mobile of the region, without its national prefix."""
    metadata = PhoneMetadata.metadata_for_region(region)
    mobile = metadata.mobile if metadata else None
    longest = max((*(mobile.possible_length if mobile else ()), 1))
    return max(longest_fixed(region), min(longest, _DIALLED_MOBILE.get(region, MAX_DIGITS)))


def is_dialled(number: PhoneNumber, region: str) -> bool:
    """True where the number is no longer than people dial in `region`."""
    is_fixed = phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE
    return len(national_digits(number)) <= (longest_fixed(region) if is_fixed else longest_dialled(region))


@lru_cache(maxsize=512)
def has_open_plan(region: str) -> bool:
    """True where fixed lines differ so much in length that almost any digits make one, and a 0 is dialled first."""
    return len(fixed_lengths(region)) >= _OPEN_LENGTHS and national_prefix(region) == "0"


def longest_local(region: str) -> int:
    """The most digits of a number that can be one without its area code; 0 where such numbers are no others."""
    return _LOCAL_DIGITS.get(region, 0)


def is_nearly_any(region: str) -> bool:
    """True where nearly any digits are a fixed line, so that a valid one says little."""
    return region in _DIALLED_FIXED or region == "SE"


@lru_cache(maxsize=512)
def national_prefix(region: str) -> str:
    """What is dialled before a national number, or an empty text."""
    metadata = PhoneMetadata.metadata_for_region(region)
    return (metadata.national_prefix or "") if metadata else ""


@lru_cache(maxsize=512)
def kinds_without_zero(region: str) -> frozenset[int]:
    """The kinds of number (`PhoneNumberType`) that people of `region` write without the national prefix 0, such as
    mobiles in Colombia: no zero can be lost there. None where the prefix is another: no zero is expected there at all.
    Source: the national format of libphonenumber's example numbers."""
    if national_prefix(region) != "0":
        return frozenset()
    found = set()
    for kind in _COMMON:
        example = phonenumbers.example_number_for_type(region, kind)
        if example is not None:
            written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
            if not written.lstrip("(").startswith("0"):
                found.add(kind)
    return frozenset(found)


@lru_cache(maxsize=4096)
def is_area_code(region: str, group: str) -> bool:
    """True where a number of `region` is written with `group` as its first group of digits."""
    code = calling_code(region)
    for size in {*fixed_lengths(region), longest_dialled(region)}:
        for filler in ("2345678", "3234567", "9123456", "4567890", "6543210"):
            number = parse_valid(f"+{code}{(group + filler * 2)[:size]}", None)
            if number is not None and first_group(number) == group:
                return True
    return False


def first_group(number: PhoneNumber) -> str:
    """The first group of digits of the number as its country writes it, without a prefix."""
    return groups_abroad(number)[1]


def groups_abroad(number: PhoneNumber) -> list[str]:
    """The groups of digits of the number as it is written abroad, its calling code first."""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return re.findall(r"\d+", written)


@lru_cache(maxsize=512)
def dials_00(region: str) -> bool:
    """True where 00 is an exit code."""
    metadata = PhoneMetadata.metadata_for_region(region)
    return metadata is not None and re.match(metadata.international_prefix or "(?!)", "00") is not None


@lru_cache(maxsize=512)
def rewrites_digits(region: str) -> bool:
    """True where 0 is dialled first, and the library puts other digits in place of some (Argentina's 15)."""
    metadata = PhoneMetadata.metadata_for_region(region)
    return national_prefix(region) == "0" and metadata is not None and bool(metadata.national_prefix_transform_rule)


def has_odd_prefix(digits: str, region: str) -> bool:
    """True for a home number's digits that are longer than a number and do not begin with the national prefix."""
    prefix = national_prefix(region)
    return len(digits) > longest_dialled(region) and not (prefix and digits.startswith(prefix))


@lru_cache(maxsize=512)
def may_mean_011(region: str) -> bool:
    """True where 011 in a group of its own can only be an American's exit code; it is none where 11 is an area code
    (Buenos Aires, Delhi, São Paulo, Johannesburg, Riyadh, Egypt's mobile numbers), or 011 (Turin)."""
    return region not in _AREA_01 and not (is_area_code(region, "11") or is_area_code(region, "011"))


def domestic_codes(region: str) -> tuple[int, ...]:
    """The calling codes of the territories that are dialled from `region` like a home number."""
    return _FRENCH_CODES if region in _FRENCH else ()


@lru_cache(maxsize=2048)
def is_calling_code(digits: str) -> bool:
    """True for the digits of a calling code."""
    return digits.isdecimal() and digits[0] != "0" and int(digits) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


def split_code(digits: str) -> tuple[str, str] | None:
    """The calling code that `digits` begin with, and the rest; `None`: they begin with none. No code begins another."""
    for size in (1, 2, 3):
        if len(digits) > size and is_calling_code(digits[:size]):
            return digits[:size], digits[size:]
    return None


@lru_cache(maxsize=1024)
def knows_area(area: str) -> bool:
    """True where the library knows any number of the North American area code `area`."""
    if phonenumbers.is_valid_number(PhoneNumber(country_code=1, national_number=int(f"{area}2345678"))):
        return True
    others = map(PhoneMetadata.metadata_for_region, phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
    return any(one is not None and one.leading_digits and re.match(one.leading_digits, area) for one in others)
