"""Digits that are no valid number -> a number of a fitting length, for those who asked for no more.

Owns: what `--phone-check possible` takes beyond valid numbers: never what a rule refused.
"""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumber

from batch.loader.phones.numbering import calling_code, longest_dialled, national_digits, region_of


def possible_number(digits: str, region: str | None, *, plus: bool) -> PhoneNumber | None:
    """The number that `digits`, behind a + where `plus`, may be by their length; in the calling code of `region`."""
    if not plus and (region is None or digits.startswith("00")):
        return None
    try:
        number = phonenumbers.parse(f"+{digits}" if plus else digits, None if plus else region)
    except phonenumbers.NumberParseException:
        return None
    is_home = plus or str(number.country_code) == calling_code(region or "")
    if not is_home or phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    # Some company numbers are longer than people dial: as many digits are rather those of another country.
    if len(national_digits(number)) > longest_dialled(region_of(number)):
        return None
    # A valid number was refused by a rule. Two national prefixes leave one behind, and what is written then is read as
    # another number.
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None if phonenumbers.is_valid_number(number) or phonenumbers.parse(e164, None) != number else number
