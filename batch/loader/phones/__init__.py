"""Plain phone text -> the one E.164 number that it can be, or the reason why there is none.

Owns: which readings of a cell exist, and that a number is taken only when exactly one reading is valid.
Flow: raw cell -> `cells.clean` -> several numbers? -> readings (national, + lost, 00 or 011, leading zero lost) ->
`Phone`.

The declared region is the user's word: a number without a country code is that region's if it can be. Repairs that go
beyond the library are made only where the region's own reading is impossible. See `_without_plus`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from batch.loader.phones.cells import LOST, clean, quoted
from batch.settings.read_options import Extensions, PhoneCheck, TwoNumbers
from batch.text.plural import pluralize

phonenumbers.enable_pattern_cache()

_SEPARATED = re.compile(r"[;,|/\n&]|\s:::\s|(?<=[\d\s).])(?=\+)")
_PLUS = re.compile(r"[^\d+]*\+")
_NOT_DIGITS = re.compile(r"\D+")
#: Fewer digits than this are no number of their own.
_NUMBER_DIGITS = 7
#: E.164's own limit.
MOST_DIGITS = 15
_KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
    PhoneNumberType.TOLL_FREE: "toll free",
    PhoneNumberType.PREMIUM_RATE: "premium rate",
    PhoneNumberType.SHARED_COST: "shared cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company number",
    PhoneNumberType.VOICEMAIL: "voicemail",
}


class Rules(NamedTuple):
    """How phone cells are judged. `wary`: pluses were evidently lost in this column (see `_without_plus`)."""

    phone_check: PhoneCheck = "valid"
    extensions: Extensions = "drop"
    two_numbers: TwoNumbers = "refuse"
    wary: bool = False


class Phone(NamedTuple):
    """A judged cell: `e164`, or `code` and `message`. `foreign` marks a lost + of another country's number."""

    e164: str | None
    code: str = ""
    message: str = ""
    repairs: tuple[str, ...] = ()
    region: str = ""
    kind: str = ""
    foreign: bool = False


class _Reading(NamedTuple):
    """One valid way to read a text: the number, and the repairs that it took."""

    number: PhoneNumber
    repairs: tuple[str, ...] = ()
    foreign: bool = False

    @property
    def e164(self) -> str:
        return phonenumbers.format_number(self.number, phonenumbers.PhoneNumberFormat.E164)


def judge(cell: str | None, region: str | None, rules: Rules) -> Phone:
    """What the cell says, read in `region` (ISO 3166-1; `None`: none declared). Never raises."""
    if cell is None or not cell.strip():
        return Phone(None, "no_phone")
    cleaned = clean(cell)
    if cleaned.code:
        return Phone(None, cleaned.code, cleaned.message)
    phone = _judge_text(cell, cleaned.text, region, rules)
    if phone.e164 is None:
        return phone
    repairs = (*cleaned.repairs, *phone.repairs)
    if cleaned.extension:
        if rules.extensions == "refuse":
            return Phone(None, "extension", f"{quoted(cell)} has the extension {cleaned.extension}")
        repairs = (*repairs, "extension dropped")
    return phone._replace(repairs=repairs)


def _judge_text(cell: str, text: str, region: str | None, rules: Rules) -> Phone:
    parts = [part.strip() for part in _SEPARATED.split(text) if part and part.strip(" ()-.")]
    if len(parts) == 1:
        parts = _halves(parts[0], region) or parts
    if len(parts) == 1:
        return _judge_one(cell, parts[0], region, rules)
    return _judge_parts(cell, text, parts, region, rules)


def _judge_parts(cell: str, text: str, parts: list[str], region: str | None, rules: Rules) -> Phone:
    """A cell with separators: one number written with them, the same number twice, or several numbers."""
    whole = _judge_one(cell, re.sub(r"[;,|/\n&]", " ", text), region, rules) if "+" not in text[1:] else None
    if whole is not None and re.search(r"[;,|\n&]", text):  # the library knows the slash as punctuation, not these
        whole = whole._replace(repairs=(*whole.repairs, "separators inside the number"))
    first = _judge_one(cell, parts[0], region, rules)
    several = sum(len(_digits(part)) >= _NUMBER_DIGITS for part in parts) > 1
    if not several and first.e164 is None:
        return whole or Phone(None, "not_a_number", f"{quoted(cell)} has a + inside")
    if not several and whole is not None and whole.e164 is not None:
        if whole.e164 == first.e164:
            return whole
        return Phone(None, "ambiguous", f"{quoted(cell)} can be {first.e164} or {whole.e164}")
    others = {_judge_one(cell, part, region, rules).e164 for part in parts[1:]}
    if first.e164 is not None and others == {first.e164}:
        return first._replace(repairs=(*first.repairs, "same number twice"))
    if rules.two_numbers == "first":
        return first._replace(repairs=(*first.repairs, "first of several numbers"))
    return Phone(None, "two_numbers", f"{quoted(cell)} holds {len(parts)} numbers; expected one")


def _halves(text: str, region: str | None) -> list[str]:
    """Two valid numbers with only a space between, where one number would have too many digits; else nothing."""
    if len(_digits(text)) <= MOST_DIGITS:
        return []
    for gap in re.finditer(r"\s+", text):
        left, right = text[: gap.start()], text[gap.end() :]
        if _valid(left, region) and _valid(right, region):
            return [left, right]
    return []


def _judge_one(cell: str, text: str, region: str | None, rules: Rules) -> Phone:
    digits = _digits(text)
    if _PLUS.match(text):
        readings = _with_plus(text, digits, region)
    elif region is None:
        if not digits.startswith("00"):
            return Phone(None, "region_needed", f"{quoted(cell)} has no + and no country was named")
        readings = _valid(f"+{digits[2:]}", None, "00 read as +")
    else:
        if text.isdecimal() and len(digits) >= 12 and not digits[6:].strip("0"):
            return Phone(None, "digits_lost", f"{quoted(cell)} ends in zeros where digits were; {LOST}")
        readings = _without_plus(text, digits, region, rules)
    found = {reading.e164: reading for reading in reversed(readings)}
    if len(found) > 1:
        return Phone(None, "ambiguous", f"{quoted(cell)} can be {' or '.join(sorted(found))}")
    for e164, reading in found.items():
        kind = phonenumbers.number_type(reading.number)
        country = phonenumbers.region_code_for_number(reading.number) or ""
        return Phone(e164, "", "", reading.repairs, country, _KINDS.get(kind, ""), reading.foreign)
    return _refused(cell, text, digits, region, rules)


def _with_plus(text: str, digits: str, region: str | None) -> list[_Reading]:
    """The valid readings of a text that begins with +."""
    if digits.startswith("00"):
        return _valid(f"+{digits[2:]}", None, "00 removed")
    if digits.startswith("011"):
        return _valid(f"+{digits[3:]}", None, "011 removed")
    if digits.startswith("0"):  # no calling code does: the + was put before a national number
        return _valid(digits, region, "stray + removed") if region else []
    found = _valid(f"+{digits}", None)
    if re.search(r"\(\s*0\s*\)", text):
        without = _digits(re.sub(r"\(\s*0\s*\)", "", text))
        found += _valid(f"+{without}", None, "(0) removed")
    return found


def _without_plus(text: str, digits: str, region: str, rules: Rules) -> list[_Reading]:
    """The valid readings of a text without + in `region`.

    1. The region's own reading, as the library makes it. It is the answer, except that bare digits which begin with
       the region's own calling code may also be a whole E.164 number; two different valid numbers are both returned.
    2. Only when there is none: 00 and 011; the + restored, when there are more digits than any number of the region
       has (with fewer, lost or mistyped digits are as likely as a lost +); a leading zero restored, when the cell is
       bare digits.

    `wary` columns have numbers of other countries whose + was lost. There a bare number that is also a valid number of
    another country is returned with both readings.
    """
    bare = text.isdecimal()
    home = _valid(digits, region)
    code = str(phonenumbers.country_code_for_region(region))
    if home:
        if bare and not digits.startswith("0") and (rules.wary or digits.startswith(code)):
            home += _valid(f"+{digits}", None)
        return _named(home, digits, code, region)
    found: list[_Reading] = []
    for prefix in ("00", "011"):
        if digits.startswith(prefix):
            found += _valid(f"+{digits[len(prefix) :]}", None, f"{prefix} read as +")
    if not digits.startswith("0"):
        if len(digits) > _lengths(region)[-1]:
            found += [
                reading._replace(foreign=str(reading.number.country_code) != code)
                for reading in _valid(f"+{digits}", None, "+ restored")
            ]
        if bare:
            found += _valid(f"0{digits}", region, "leading zero restored")
    return found


def _named(home: list[_Reading], digits: str, code: str, region: str) -> list[_Reading]:
    """`home` with the repair that its first reading took, where spreadsheets took something away."""
    first = home[0]
    if str(first.number.country_code) != code:
        prefix = "011" if digits.startswith("011") else "00"
        home[0] = first._replace(repairs=(f"{prefix} read as +",) if digits.startswith(prefix) else first.repairs)
        return home
    national = phonenumbers.national_significant_number(first.number)
    if digits == code + national and code != "1":
        home[0] = first._replace(repairs=("+ restored",))
    elif digits == national and _national_prefix(region) == "0":
        home[0] = first._replace(repairs=("leading zero restored",))
    return home


def _valid(text: str, region: str | None, *repairs: str) -> list[_Reading]:
    """The one reading of `text` in `region` if it is a valid number, else nothing."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return []
    return [_Reading(number, repairs)] if phonenumbers.is_valid_number(number) else []


def _refused(cell: str, text: str, digits: str, region: str | None, rules: Rules) -> Phone:
    """The verdict on digits with no valid reading; with `phone_check` possible, a number of a fitting length."""
    plus = _PLUS.match(text) is not None
    try:
        number = phonenumbers.parse(f"+{digits}" if plus else digits, None if plus else region)
    except phonenumbers.NumberParseException:
        return Phone(None, "invalid_number", _why(cell, digits, plus, region, None))
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if possible and rules.phone_check == "possible":
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        country = phonenumbers.region_code_for_country_code(number.country_code or 0) or ""
        # Two national prefixes leave one behind, and what is written then is read as another number.
        if phonenumbers.parse(e164, None) == number:
            return Phone(e164, "", "", ("not checked beyond its length",), country, "")
    return Phone(None, "invalid_number", _why(cell, digits, plus, region, number))


def _why(cell: str, digits: str, plus: bool, region: str | None, number: PhoneNumber | None) -> str:
    """Expected against found: the count of digits, or that no such number is in use."""
    if number is None and plus:
        return (
            f"{quoted(cell)} begins with no country's calling code"
            if len(digits) > 3
            else f"{quoted(cell)} is too short"
        )
    home = phonenumbers.region_code_for_country_code(number.country_code or 0) if number else region
    home = region if region and not plus else home
    if home is None or home not in phonenumbers.SUPPORTED_REGIONS:
        return f"{quoted(cell)} is no number in use"
    significant = phonenumbers.national_significant_number(number) if number else digits
    lengths = _lengths(home)
    if len(significant) in lengths:
        return f"{quoted(cell)} has the length of {_a(home)} number, but no such number is in use"
    apart = f" after +{number.country_code}" if plus and number else ""
    return f"{quoted(cell)} has {pluralize(len(significant), 'digit')}{apart}; {_a(home)} number has {_spoken(lengths)}"


def _a(region: str) -> str:
    """`a US`, `an ES`: the letters of a code are said one by one."""
    return f"{'an' if region[0] in 'AEFHILMNORSX' else 'a'} {region}"


@lru_cache(maxsize=512)
def _lengths(region: str) -> tuple[int, ...]:
    """The lengths that national numbers of `region` can have, ascending."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    general = metadata.general_desc if metadata else None
    return tuple(sorted(general.possible_length)) if general and general.possible_length else (15,)


@lru_cache(maxsize=512)
def _national_prefix(region: str) -> str:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    return (metadata.national_prefix or "") if metadata else ""


def _spoken(lengths: tuple[int, ...]) -> str:
    if len(lengths) == 1:
        return str(lengths[0])
    if lengths[-1] - lengths[0] == len(lengths) - 1 and len(lengths) > 2:
        return f"{lengths[0]} to {lengths[-1]}"
    return f"{', '.join(map(str, lengths[:-1]))} or {lengths[-1]}"


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)
