"""A phone cell -> the one E.164 number that it can be, or the reason why there is none.

Owns: that a number is taken only when exactly one reading is left; cells with several numbers; the options.
Flow: raw cell -> `cells.clean` -> several numbers? -> `candidates` -> `Phone`.

This is the definition. `vectorised.py` gives the same answers for a whole column, faster.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType

from batch.loader.phones import refusals
from batch.loader.phones.candidates import without_plus
from batch.loader.phones.cells import Cleaned, clean
from batch.loader.phones.international import Reading, international, with_plus
from batch.loader.phones.named_country import is_other_word
from batch.loader.phones.number_formats import LOST
from batch.loader.phones.numbering import (
    MAX_DIGITS,
    calling_code,
    is_calling_code,
    parse_valid,
    split_code,
)
from batch.loader.phones.possible import possible_number
from batch.loader.phones.remarks import PLACE_OR_CODE
from batch.settings.read_options import Extensions, PhoneCheck, TwoNumbers
from batch.text.language import tr
from batch.text.visible import quoted

_SEPARATED = re.compile(r"[;,|/\n&]|\s:::\s|(?<=[\d\s).])(?=\+)")
_SEPARATOR = re.compile(r"[;,|/\n&]")
#: The library knows the slash as punctuation, not these.
_ODD_SEPARATOR = re.compile(r"[;,|\n&]")
_PLUS = re.compile(r"[^\d+]*\+")
#: Zeros before a + are of no use; so is a calling code before a + and a whole number.
_ZEROS_BEFORE_PLUS = re.compile(r"[\s(]*0{1,3}[\s)]*(?=\+)")
_CODE_BEFORE_PLUS = re.compile(r"[\s(]*(?:\+|00)?\s*\(?\s*([1-9]\d{0,2})[\s().\-]*\+(?=[\s(]*\d)")
#: "1. 030 …", "1) 030 …": the place in a list, or the first group of the number.
_LISTED = re.compile(r"\s*[1-9]\d?(?:\.\s+|(\))\s*)(?=[+(\[\d])")
_NOT_DIGITS = re.compile(r"\D+")
#: Fewer digits than this are no number of their own.
_NUMBER_DIGITS = 7
#: An area code has fewer digits than this.
_AREA_DIGITS = 6
#: A whole number, and one or two digits behind a slash.
_OTHER_LINE = re.compile(r"(.*\d{4})\s*/\s*\d{1,2}\s*")
#: Of so many bare digits, all behind the first six are zeros: a spreadsheet rounded them.
_ROUNDED = re.compile(r"\d{6}0{6,}")
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
    """How phone cells are judged. `wary`: pluses were evidently lost in this column (`candidates.without_plus`)."""

    phone_check: PhoneCheck = "valid"
    extensions: Extensions = "drop"
    two_numbers: TwoNumbers = "refuse"
    wary: bool = False


class Phone(NamedTuple):
    """A judged cell: `e164`, or `code` and `message`. `foreign` marks a lost + of another country's number; `flag` is
    the remark that says not to use the number (wrong, dead, a fax, do not call)."""

    e164: str | None
    code: str = ""
    message: str = ""
    repairs: tuple[str, ...] = ()
    region: str = ""
    kind: str = ""
    foreign: bool = False
    flag: str = ""


def judge(cell: str | None, region: str | None, rules: Rules) -> Phone:  # noqa: C901 - one branch for each refusal, in their order
    """What the cell says, read in `region` (ISO 3166-1; `None`: none declared). Never raises."""
    if cell is None or not cell.strip():
        return Phone(None, "no_phone")
    cleaned = clean(cell)
    if cleaned.code:
        return Phone(None, cleaned.code, cleaned.message)
    phone = _parse_text(cell, cleaned.text, region, rules)
    if cleaned.country:
        phone = _in_country(cell, cleaned, phone, region, rules)
    if phone.e164 is None:
        return phone
    if PLACE_OR_CODE.match(cell):
        other = _parse_text(cell, f"+1 {cleaned.text}", region, rules).e164
        if other not in {None, phone.e164}:
            return _ambiguous(cell, sorted((phone.e164, str(other))))
    repairs = (*cleaned.repairs, *phone.repairs)
    if cleaned.extension:
        if rules.extensions == "refuse":
            return Phone(
                None,
                "extension",
                tr("{cell} has the extension {extension}", cell=quoted(cell), extension=cleaned.extension),
            )
        repairs = (*repairs, "extension dropped")
    if cleaned.flag:
        repairs = (*repairs, f"remark: {cleaned.flag}")
    return phone._replace(repairs=tuple(dict.fromkeys(repairs)), flag=cleaned.flag)


def _in_country(cell: str, cleaned: Cleaned, phone: Phone, region: str | None, rules: Rules) -> Phone:
    """`phone`, or what the text is in the country that it names; neither where the two contradict each other."""
    is_other = is_other_word(cleaned.named, region)
    if phone.e164 is None and (is_other or phone.code not in {"invalid_number", "region_needed"}):
        return phone
    if phone.e164 is not None and phone.e164.startswith(f"+{calling_code(cleaned.country)}"):
        return phone
    there = _parse_text(cell, cleaned.text, cleaned.country, rules)  # as its own country writes it
    if phone.e164 is None:
        return there
    if is_other:
        found = {phone.e164, there.e164 or phone.e164}
        return phone if len(found) == 1 else _ambiguous(cell, sorted(found))
    return Phone(None, "not_a_number", tr("{cell} names another country than its number", cell=quoted(cell)))


def _parse_text(cell: str, text: str, region: str | None, rules: Rules) -> Phone:
    if listed := _LISTED.match(text):
        return _parse_listed(cell, text, listed, region, rules)
    if zeros := _ZEROS_BEFORE_PLUS.match(text):
        phone = _parse_text(cell, text[zeros.end() :], region, rules)
        return phone._replace(repairs=("zeros before + removed", *phone.repairs)) if phone.e164 else phone
    if (code := _CODE_BEFORE_PLUS.match(text)) and is_calling_code(code[1]):
        return _parse_form_code(cell, text, code, region, rules)
    phone = _parse_numbers(cell, text, region, rules)
    if phone.code in {"invalid_number", "unknown_area"} and rules.phone_check == "possible":
        phone = _possible(text, region) or phone
    return phone


def _parse_listed(cell: str, text: str, listed: re.Match[str], region: str | None, rules: Rules) -> Phone:
    """A few digits and a point or bracket before a number: its place in a list, unless they are its first group."""
    rest = text[listed.end() :]
    phone, whole = _parse_text(cell, rest, region, rules), _parse_numbers(cell, text, region, rules)
    if phone.e164 is None or phone.e164 == whole.e164:
        return phone if phone.code == "ambiguous" else whole
    begins = rest.startswith(("+", "0", "(", "["))  # as a number does, and no group in the middle of one
    if whole.e164 is not None and not (listed[1] and begins):
        return _ambiguous(cell, sorted((whole.e164, phone.e164)))
    if not begins and (len(listed[0].strip(" .)")) > 1 or _is_abroad(text)):
        return whole
    return phone._replace(repairs=("label removed", *phone.repairs))


def _is_abroad(text: str) -> bool:
    """True where all digits of `text` are a number behind a + that was lost."""
    return bool(international(_digits(text), text))


def _parse_form_code(cell: str, text: str, code: re.Match[str], region: str | None, rules: Rules) -> Phone:
    """A calling code with a + behind it: the code of a form before a number with its own, or a + too many."""
    behind = text[code.end() :]
    literal = f"+{code[1]} {behind}"
    phones = [
        phone._replace(repairs=(repair, *phone.repairs))
        for rest, repair in (
            (f"+{behind}", "doubled calling code removed"),
            (f"+{code[1]} {behind}", "stray + removed"),
        )
        if (phone := _parse_numbers(cell, rest, region, rules)).e164
    ]
    found = {str(phone.e164): phone for phone in reversed(phones)}
    if len(found) > 1:
        return _ambiguous(cell, sorted(found))
    return found.popitem()[1] if found else _parse_numbers(cell, literal, region, rules)


def _ambiguous(cell: str, found: list[str]) -> Phone:
    return Phone(None, "ambiguous", tr("{cell} can be {found}", cell=quoted(cell), found=tr(" or ").join(found)))


def _parse_numbers(cell: str, text: str, region: str | None, rules: Rules) -> Phone:
    parts = [part.strip() for part in _SEPARATED.split(text) if part and part.strip(" ()-.")]
    if len(parts) == 1:
        parts = _halves(parts[0], region) or parts
    if len(parts) == 1:
        return _parse_one(cell, parts[0], region, rules)
    return _parse_parts(cell, text, parts, region, rules)


def _parse_parts(  # noqa: C901 - one branch for each way in which the parts belong together
    cell: str, text: str, parts: list[str], region: str | None, rules: Rules
) -> Phone:
    """A cell with separators: one number written with them, the same number twice, or several numbers."""
    whole = _parse_one(cell, _ODD_SEPARATOR.sub(" ", text), region, rules) if "+" not in text[1:] else None
    if whole is not None and _ODD_SEPARATOR.search(text):
        whole = whole._replace(repairs=(*whole.repairs, "separators inside the number"))
    first = _parse_one(cell, parts[0], region, rules)
    several = sum(len(_digits(part)) >= _NUMBER_DIGITS for part in parts) > 1 and not _is_slashed(text, parts)
    if not several and (same := _same_apart(cell, text, len(parts), region, rules)):
        return same._replace(repairs=(*same.repairs, "same number twice"))
    whole = _or_other_line(cell, text, whole, region, rules)
    if not several and first.e164 is None:
        return whole or Phone(None, "not_a_number", tr("{cell} has a + inside", cell=quoted(cell)))
    if not several and whole is not None and whole.e164 is not None:
        if whole.e164 == first.e164:
            return whole
        return Phone(
            None,
            "ambiguous",
            tr("{cell} can be {e164} or {e164_2}", cell=quoted(cell), e164=first.e164, e164_2=whole.e164),
        )
    others = {_parse_one(cell, part, region, rules).e164 for part in parts[1:]}
    is_same = first.e164 is not None and others == {first.e164}
    if same := first if is_same else _same_apart(cell, text, len(parts), region, rules):
        return same._replace(repairs=(*same.repairs, "same number twice"))
    if rules.two_numbers == "first":
        return first._replace(repairs=(*first.repairs, "first of several numbers"))
    return Phone(
        None, "two_numbers", tr("{cell} holds {count} numbers; expected one", cell=quoted(cell), count=len(parts))
    )


def _or_other_line(cell: str, text: str, whole: Phone | None, region: str | None, rules: Rules) -> Phone | None:
    """`whole`, the number of all digits, unless the last one or two behind a slash can be those of another line of the
    same person: "0211/584516/51"."""
    found = _OTHER_LINE.fullmatch(text)
    if found is None or whole is None or whole.e164 is None:
        return whole
    line = _parse_one(cell, _ODD_SEPARATOR.sub(" ", found[1]), region, rules)
    return whole if line.e164 in {None, whole.e164} else _ambiguous(cell, sorted((whole.e164, str(line.e164))))


def _same_apart(cell: str, text: str, parts: int, region: str | None, rules: Rules) -> Phone | None:
    """The number that is written twice in `text`, with separators of its own: "0211/208-5319; +49 …"."""
    for mark in (":::", "\n", ";", "|", ",", " / "):
        pieces = [piece for piece in text.split(mark) if any(map(str.isdigit, piece))]
        if 1 < len(pieces) < parts:
            phones = [_parse_numbers(cell, piece.strip(), region, rules) for piece in pieces]
            if phones[0].e164 is not None and len({phone.e164 for phone in phones}) == 1:
                return phones[0]
    return None


def _is_slashed(text: str, parts: list[str]) -> bool:
    """True for one international number with a slash behind its area code: "+234 (0)702/952 6024"."""
    if len(parts) != 2 or not _PLUS.match(text) or "/" not in text or _SEPARATOR.sub("", text) == text:
        return False
    split = split_code(_digits(parts[0]))
    return split is not None and len(split[1].lstrip("0")) < _AREA_DIGITS


def _halves(text: str, region: str | None) -> list[str]:
    """Two valid numbers with only a space between, where one number would have too many digits; else nothing."""
    if len(_digits(text)) <= MAX_DIGITS:
        return []
    for gap in re.finditer(r"\s+", text):
        left, right = text[: gap.start()], text[gap.end() :]
        if parse_valid(left, region) and parse_valid(right, region):
            return [left, right]
    return []


def _parse_one(cell: str, text: str, region: str | None, rules: Rules) -> Phone:
    digits = _digits(text)
    plus = _PLUS.match(text) is not None
    if not plus and text.isdecimal() and _ROUNDED.fullmatch(digits):
        return Phone(
            None, "digits_lost", tr("{cell} ends in zeros where digits were; {lost}", cell=quoted(cell), lost=tr(LOST))
        )
    if plus:
        readings = with_plus(text, digits, region)
    elif region is None:
        if not digits.startswith("00"):
            return Phone(None, "region_needed", tr("{cell} has no + and no country was named", cell=quoted(cell)))
        readings = with_plus(f"+{digits}", digits, None)
        readings = [reading._replace(repairs=("00 read as +", *reading.repairs[1:])) for reading in readings]
    else:
        readings = without_plus(text, digits, region, wary=rules.wary)
    found: dict[str, Reading] = {reading.e164: reading for reading in reversed(readings)}
    if len(found) > 1:
        return _ambiguous(cell, sorted(found))
    for e164, reading in found.items():
        kind = phonenumbers.number_type(reading.number)
        country = phonenumbers.region_code_for_number(reading.number) or ""
        return Phone(e164, "", "", reading.repairs, country, _KINDS.get(kind, ""), reading.foreign)
    return Phone(None, *refusals.refusal(cell, text, digits, region))


def _possible(text: str, region: str | None) -> Phone | None:
    """The number of a fitting length that a text with no valid reading is, for those who asked for no more."""
    number = possible_number(_digits(text), region, plus=_PLUS.match(text) is not None)
    if number is None or _SEPARATOR.search(text):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    country = phonenumbers.region_code_for_country_code(number.country_code or 0) or ""
    return Phone(e164, "", "", ("not checked beyond its length",), country, "")


def _digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)
