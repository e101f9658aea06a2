"""Whom else digits can mean: at home, abroad without the +, before a plan changed. So many guesses are no faults."""

from __future__ import annotations

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from unit.loader.typed_numbers import PLANS, Person, at_home, canonical, exists, longest

_CODES = {str(code) for code in COUNTRY_CODE_TO_REGION_CODE}


def readings(region: str, digits: str) -> set[str]:
    """Everybody whom bare digits could mean in a column of `region`: at home, or abroad without the +."""
    abroad = {f"+{digits}", f"+{digits.removeprefix('00')}"}
    return at_home(region, digits) | {canonical(one) for one in abroad if exists(one)}


def same_person(one: Person) -> set[str]:
    """Other E.164 forms of the same line: Argentina's 9, Brazil's ninth digit, Mexico's old 1."""
    if one.code == "54":
        return {f"+549{one.national}"}
    if one.code == "52":
        return {f"+521{one.national}"}
    return {f"+55{one.national[:2]}{one.national[3:]}"} if one.code == "55" and len(one.national) == 11 else set()


def old_readings(region: str, digits: str) -> set[str]:
    """Whom digits meant before a plan changed, where they are a digit or two short or long today."""
    code, _, _ = PLANS[region]
    return _changed(code, digits.removeprefix("00").removeprefix(code) if len(digits) > longest(region) else digits)


def _changed(code: str, rest: str) -> set[str]:
    """What digits behind `code` became when its plan changed."""
    found: set[str] = set()
    for national in {rest, rest.removeprefix("0")}:
        found |= {re.sub(old, new, national) for old, new in _OLD_PLANS.get(code, ()) if re.fullmatch(old, national)}
    return {f"+{code}{one}" for one in found if exists(f"+{code}{one}")}


_VIETNAMESE = (*range(32, 40), 56, 58, 59, 70, *range(76, 80), *range(81, 86))
#: How old spellings of today's numbers looked: what is left of a wreck may be one.
_OLD_PLANS = {
    "55": ((r"(\d\d)([6-9]\d{7})", r"\g<1>9\2"),), "57": ((r"([1-8]\d{7})", r"60\1"),), "593": ((r"(\d{8})", r"9\1"),),
    "56": ((r"(\d{8})", r"9\1"), (r"(\d{8})", r"2\1")), "52": ((r"(?:1|01|044|045)(\d{10})", r"\1"),),
    "234": ((r"(\d{7,8})", r"20\1"),), "54": ((r"(\d{10})", r"9\1"), (r"(\d{2,4})15(\d{6,8})", r"9\1\2"),
    (r"9(\d{2,4})15(\d{6,8})", r"9\1\2")),
    "84": tuple((r"1[2689]\d(\d{7})", rf"{new}\1") for new in _VIETNAMESE),
}  # fmt: skip


def left_readings(region: str, text: str) -> set[str]:
    """Whom the digits of a wreck mean as they stand: at home, or abroad where they say so or are bare."""
    digits, code = re.sub(r"\D", "", text), PLANS[region][0]
    found = at_home(region, digits, most=14) | old_readings(region, digits)
    says_code = re.match(r"\D*(?:\+|00|\uff0b)", text) is not None
    first = re.search(r"\d+", text.removeprefix("p:"))
    if says_code or text.isdecimal() or (first and first[0] in _CODES):
        found |= readings(region, digits)
    once = digits.removeprefix("0").removeprefix(code)
    others = {f"+{code}{once}", f"+{code}{once.removeprefix(code)}", f"+{code}0{digits}"}
    others |= {f"+{digits[3:]}"} if digits.startswith("011") and code == "1" else set()
    behind = digits.removeprefix("0").removeprefix("33") if region == "FR" else ""
    others |= {f"+{other}{behind}" for other in ("262", "590", "594", "596") if behind}
    found |= {canonical(other) for other in others if exists(other)}
    if says_code and (
        code := next((code for code in sorted(_CODES, reverse=True) if digits.removeprefix("00").startswith(code)), "")
    ):
        behind = digits.removeprefix("00").removeprefix(code)
        others = {f"+{code}{behind.removeprefix('0')}", f"+{code}{behind.removeprefix(code)}"}
        found |= {canonical(other) for other in others if exists(other)} | _changed(code, behind)
    return found
