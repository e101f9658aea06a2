"""Words in a phone cell -> what they mean for its number: nothing, an extension, a country, or not to use it.

Owns: taking labels, extensions, countries and remarks off a text, wherever they stand.

A text is seen as digits with stretches of words between them. Each stretch is a label, a connector ("or"), the word
before an extension, a country's name, or a remark. A remark stands in brackets, or is flagged; other words make the
cell more than a number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from batch.loader.cells.regions import match_region
from batch.loader.phones.flags import flag_of, is_telefax
from batch.loader.phones.named_country import country_code
from batch.loader.phones.words import (
    CONNECTORS,
    EXTENSIONS,
    FILLERS,
    SHORT_EXTENSIONS,
    TIMES,
    is_label,
    is_person,
    words_of,
)

_STRETCH = re.compile(r"[^\d+]*[^\W\d_][^\d+]*")
#: The digits of an extension, at the end of a text.
_EXTENSION_DIGITS = re.compile(
    r"[\s.:=#(]*(\d{1,9})(?:\s*(?:[/,&-]|or|and|o|y|e|ou)\s*x?\s*\d{1,6})*\s*[#)\]번号號]?\s*"
)
#: The most digits behind a word of one letter, or one that is a label as well.
_SHORT_EXTENSION = 5
#: Letters that are no extension within the digits.
_MISTYPED = frozenset({"l", "m", "r"})
_PAUSE = re.compile(
    r"(?:\s*,{2,}\s*|\s*,\s*(?=\d{1,6}\s*#\s*$)|\s*#\s*|\s*;\s*(?=\d{1,5}\s*#?\s*$))(\d{1,9})\s*[#)]?\s*$"
)
#: Digits before an extension, at least: fewer are no number of their own.
_NUMBER_DIGITS = 6
_BRACKETED = re.compile(r"[\s).,;:/-]*[(\[{<][^)\]}>]*[)\]}>]?[\s.,;:-]*")
_SEPARATOR = re.compile(r"[;,/|&\n]")
#: Brackets with words and a few digits: "(since 2019)", "(line 2)".
_REMARK = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
#: Hours of the day in brackets: "(24h)", "(9-17h)", "(8am-5pm)", "(24/7)".
_HOURS = re.compile(
    r"\s*(?:24\s*/\s*7|(?:\d{1,2}(?:[:.h]\d{2})?\s*(?:h|hs|hrs?|am|pm|uhr)?\s*(?:-|a|to|bis|as)\s*)?"
    r"\d{1,2}(?:[:.]\d{2})?\s*(?:h|hs|hrs?|hours|horas|am|pm|uhr)\.?)\s*"
)
#: What follows "after", "until": an hour, or a year.
_WHEN = re.compile(rf"{_HOURS.pattern}|\s*(?:20\d\d|(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?)\s*")
#: A day in brackets.
_DAY = re.compile(r"\b(?:\d{1,2}[/.-]\d{1,2}[/.-](?:20)?\d\d|20\d\d-\d\d-\d\d)\b")
#: An e-mail address, and what parts it from a number.
_EMAIL = re.compile(r"[\s,;/|<(]*(?<![\w.+-])[a-z][\w.+-]*@[\w-]+(?:\.[\w-]+)+[\s,;/|>)]*")
#: The same without brackets.
_ALWAYS = re.compile(r"(?<=\d)(?:\s*[,;]\s*|\s+(?:-\s*)?)24\s?/\s?7\s*$")
#: A few digits in brackets behind a whole number.
_LAST_BRACKETS = re.compile(r"(.*\d)\D*[(\[{](\d{1,4})[)\]}]\s*")
#: So many digits are too few for a second number, and may stand in a remark.
_FEW_DIGITS = 4
#: "Mobile 2: …", "Mobile (2): …": the place of the number in a list of a person's numbers. In "Home: (2) 3247 2069" it
#: is an area code.
_COUNTED = re.compile(r"([^\W\d_][^\d+]*\()\d(\s*\)\s*:\s*(?=[\d+(]))|([^\W\d_][^\d+(:]*)[1-5](\s*[:)]\s*(?=[\d+(]))")
#: In "Tel 1:4389560050" it can be the calling code as well.
PLACE_OR_CODE = re.compile(r"\s*[^\W\d_][^\d+(:]*1:(?=[1-9])")
#: Letters behind a hyphen, at the end.
_VANITY = re.compile(r"-[a-z]{4,}")
#: Two single letters with points: the name of a document. T.E. is Argentina's telephone, H.P. Korea's mobile.
_INITIALS = re.compile(r"\b(?!n\.\s?o|t\.\s?e\b|h\.\s?p\b)[a-z]\.\s?[a-z]\b")
#: A number sign before a number.
_NUMBER_SIGN = re.compile(r"\s*#(?:\s*(?=[+(])|\s+(?=\d{3}))")
#: "0xx11": the place of the carrier's digits in a Brazilian number.
_CARRIER = re.compile(r"^((?:[^\d+(*]*|.*\+\s?55[\s)]*)\(?)(?<![^\W\d_])0?\s*-?\(?(?:xx|\*\*)\)?[\s-]*(?=\(?\d{2})")


class Worded(NamedTuple):
    """A text without its words. `flag`: the remark that says not to use the number; `unknown`: words that mean
    nothing here; `country`: the ISO code of a country that was named, by the word `named`."""

    text: str
    extension: str = ""
    repairs: tuple[str, ...] = ()
    flag: str = ""
    country: str = ""
    named: str = ""
    unknown: str = ""


class _Stretch(NamedTuple):
    """A stretch of words, the count of digits before it, and the text behind it."""

    text: str
    before: int
    behind: str

    @property
    def words(self) -> list[str]:
        return words_of(self.text)

    @property
    def is_end(self) -> bool:
        """True where a whole number stands before the words, and at most a few digits behind them."""
        return self.before >= _NUMBER_DIGITS and _count_digits(self.behind) <= _FEW_DIGITS

    @property
    def is_glued(self) -> bool:
        """True where the words are a part of the digits: there is nothing between them and those behind them."""
        return self.text[-1:].isalpha() and self.behind[:1].isdigit()


def without_words(text: str, names: frozenset[str] = frozenset(), codes: frozenset[str] = frozenset()) -> Worded:
    """The number in folded `text`, and what its words say. `names` are those of its words that were written as names
    are, `codes` as the codes of countries."""
    repairs: list[str] = []
    text = _without_remarks(text, repairs)
    if (last := _LAST_BRACKETS.fullmatch(text)) and _count_digits(last[1]) > _NUMBER_DIGITS:
        if len(last[2]) > 1:
            return Worded(text, unknown=last[2])
        text, repairs = last[1], [*repairs, "label removed"]
    worded = _without_stretches(text, repairs, names, codes)
    if worded.unknown or worded.extension or not (pause := _PAUSE.search(worded.text)):
        return worded
    head = worded.text[: pause.start()]
    if _count_digits(head) < _NUMBER_DIGITS + ("," not in pause[0] and "#" not in pause[0]):
        return worded
    return worded._replace(text=head.strip(), extension=pause[1])


def _without_stretches(  # noqa: C901 - one branch for each kind of words
    text: str, repairs: list[str], names: frozenset[str], codes: frozenset[str]
) -> Worded:
    parts: list[str] = []
    flag = country = named = extension = ""
    place = 0
    for found in _STRETCH.finditer(text):
        if found.end() <= place:
            continue
        parts.append(text[place : found.start()])
        place = found.end()
        stretch = _Stretch(found[0], _count_digits("".join(parts)), text[place:])
        if (digits := _extension(stretch)) is not None:
            extension, place = digits, len(text)
            repairs += [] if digits else ["label removed"]
            break
        kind, value = _meaning(stretch, names, codes)
        if kind == "unknown":
            return Worded(text, unknown=value)
        if kind == "time":
            kind, place = "label", len(text)
        if kind == "flag":
            flag, place = flag or value, len(text) if stretch.is_end else place  # a year behind it, or the like
        elif kind == "label":
            is_first = not stretch.before and "+" not in "".join(parts)
            repairs.append(_repair(stretch.text, stretch.words, is_first=is_first))
        elif kind == "country":
            country, named = value, " ".join(stretch.words)
            repairs.append("label removed")
        parts.append("&" if kind == "two" else _punctuation(stretch.text))
        if place == len(text):
            break
    plain = "".join((*parts, text[place:])).strip()
    return Worded(plain, extension, tuple(dict.fromkeys(repairs)), flag, country, named)


def _meaning(  # noqa: C901 - one branch for each kind of words
    stretch: _Stretch, names: frozenset[str], codes: frozenset[str]
) -> tuple[str, str]:
    """What a stretch of words says: `flag`, `two` (numbers), `label`, `time`, `country` or `unknown`, and the words or
    the country."""
    text, words, is_between = stretch.text, stretch.words, bool(stretch.before and _count_digits(stretch.behind))
    unknown = "unknown", " ".join(words)
    if flag := flag_of(text):
        return "flag", flag
    if is_between and (stretch.is_glued or text[0].isalpha()):
        return unknown  # "2024-W03", "38o 55": no word of its own
    if is_between and len(words) == 1 and words[0] in CONNECTORS:
        return "two", ""
    if (
        stretch.is_end
        and not TIMES.isdisjoint(words)
        and all(map(is_person, words))
        and _WHEN.fullmatch(stretch.behind)
    ):
        return "time", ""  # "after 18:00"
    if stretch.is_end and stretch.before > _NUMBER_DIGITS and _count_digits(stretch.behind):
        return unknown  # "line 2": no digits of the number
    if _INITIALS.search(text) or (stretch.is_glued and len(words[-1]) == 2 and _country(words[-1:])):
        return unknown  # "C.C. 1012345678", "DE123456789": the number of an identity card, of a taxpayer
    if stretch.before <= _NUMBER_DIGITS + 1 and _VANITY.fullmatch(text) and not stretch.behind:
        return unknown  # "212-555-HOME": the keys of a telephone
    is_code = not is_between and not stretch.is_glued and codes.issuperset(words)
    if is_code and (found := country_code(words, is_bracketed=_BRACKETED.fullmatch(text) is not None)):
        return "country", found
    if not is_between and all(map(is_person, words)):
        return "label", ""
    if all(is_label(word) or word in CONNECTORS or (word == "fax" and is_telefax(text)) for word in words):
        is_two = stretch.before >= _NUMBER_DIGITS and _count_digits(stretch.behind) >= _NUMBER_DIGITS
        return "two" if is_two else "label", ""
    if named := _country([word for word in words if not is_label(word) or len(words) == 1]):
        is_id = stretch.is_glued or words == ["id"] or "#" in text  # "ID: 9876543210" can be that of anything
        is_id &= not stretch.before and not stretch.behind.startswith("+")
        return unknown if is_id else ("country", named)
    if not _BRACKETED.fullmatch(text):
        return unknown
    strange = [word for word in words if not is_person(word) and word not in CONNECTORS and word not in names]
    return ("flag", " ".join(words)) if strange else ("label", "")


def _extension(stretch: _Stretch) -> str | None:
    """The digits of the extension that these words announce, empty where there are none; `None`: they announce none."""
    words = stretch.words
    if stretch.before < _NUMBER_DIGITS or not _is_extension(words):
        return None
    if stretch.text in _MISTYPED and stretch.is_glued:
        return None  # "336l727": an l for a 1
    found = _EXTENSION_DIGITS.fullmatch(stretch.behind)
    is_short = next(word for word in reversed(words) if word in EXTENSIONS) in SHORT_EXTENSIONS
    if found:
        return None if is_short and len(found[1]) > _SHORT_EXTENSION else found[1]
    return None if is_short or stretch.behind.strip() else ""


def _without_remarks(text: str, repairs: list[str]) -> str:
    """`text` without what stands for a carrier, its place in a list, hours, and the digits of bracketed remarks."""
    if carrier := _CARRIER.match(text):
        text = f"{carrier[1]}0{text[carrier.end() :]}"
        repairs.append("carrier placeholder removed")
    if (plain := _EMAIL.sub(" ", text)) != text:
        text = plain.strip()
        repairs.append("label removed")
    if found := _NUMBER_SIGN.match(text):
        text = text[found.end() :]
        repairs.append("label removed")
    if (always := _ALWAYS.search(text)) and _count_digits(text[: always.start()]) > _NUMBER_DIGITS:
        text = text[: always.start()]
        repairs.append("label removed")
    if counted := _COUNTED.match(text):
        text = f"{counted[1] or counted[3]} {counted[2] or counted[4]}{text[counted.end() :]}"
    return _without_bracketed(text, repairs)


def _without_bracketed(text: str, repairs: list[str]) -> str:
    """`text` without hours in brackets, and without the digits of other bracketed remarks."""
    text = _REMARK.sub(lambda found: _DAY.sub(" ", found[0]) if words_of(found[1]) else found[0], text)
    for remark in reversed(list(_REMARK.finditer(text))):
        words = words_of(remark[1])
        is_remark = words and any(len(word) > 2 for word in words) and not any(word in EXTENSIONS for word in words)
        if _HOURS.fullmatch(remark[1]):
            text = f"{text[: remark.start()]} {text[remark.end() :]}"
            repairs.append("label removed")
            continue
        outside = _count_digits(text) - _count_digits(remark[0])
        if is_remark and 0 < _count_digits(remark[1]) <= _FEW_DIGITS and outside > _NUMBER_DIGITS:
            text = text[: remark.start()] + re.sub(r"\d", " ", remark[0]) + text[remark.end() :]
    return text


def _count_digits(text: str) -> int:
    return sum(mark.isdigit() for mark in text)


def _is_extension(words: list[str]) -> bool:
    while len(words) > 1 and words[-1] in FILLERS:
        words = words[:-1]
    return bool(words) and words[-1] in EXTENSIONS and all(is_label(word) or word in EXTENSIONS for word in words)


def _country(words: list[str]) -> str:
    return (match_region(" ".join(words)) or "") if words and not any(word.isdecimal() for word in words) else ""


def _punctuation(stretch: str) -> str:
    """What stays of a stretch of words: brackets of the digits around it, and a separator of two numbers."""
    inner = stretch.strip()
    left = ")" if inner.startswith(")") else ""
    right = "(" if inner.endswith("(") else ""
    separator = _SEPARATOR.search(re.split(r"[^\W\d_]", stretch, maxsplit=1)[0])
    return f"{left}{separator[0] if separator else ' '}{right}"


def _repair(stretch: str, words: list[str], *, is_first: bool) -> str:
    is_scheme = is_first and len(words) == 1 and stretch.strip().rstrip("/").endswith(":")
    return f"{words[0]}: removed" if is_scheme else "label removed"
