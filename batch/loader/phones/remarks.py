"""Words in a phone cell -> what they mean for its number: nothing, an extension, a country, or not to use it.

Owns: taking labels, extensions, countries and remarks off a text, wherever they stand.

A text is seen as digits with stretches of words between them. Each stretch is a label, a connector ("or"), the word
before an extension, a country's name, or a remark. A remark stands in brackets, or is flagged; other words make the
cell more than a number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from batch.loader.phones.words import CONNECTORS, EXTENSIONS, FILLERS, LABELS, flag_of, is_telefax, words_of
from batch.loader.regions import match_region

_STRETCH = re.compile(r"[^\d+]*[^\W\d_][^\d+]*")
#: The digits of an extension, at the end of a text.
_EXTENSION_DIGITS = re.compile(r"[\s.:=#(]*(\d{1,9})(?:\s*[/,&-]\s*\d{1,6})*\s*[#)\]]?\s*")
_PAUSE = re.compile(r"(?:\s*,{2,}\s*|\s*#\s*|\s*;\s*(?=\d{1,5}\s*$))(\d{1,9})\s*[#)]?\s*$")
#: Digits before an extension, at least: fewer are no number of their own.
_NUMBER_DIGITS = 6
_BRACKETED = re.compile(r"[\s).,;:/-]*[(\[{<][^)\]}>]*[)\]}>]?[\s.,;:-]*")
_SEPARATOR = re.compile(r"[;,/|&\n]")
#: "2) 030 …": the number in a list of numbers.
_ENUMERATED = re.compile(r"\s*\d{1,2}\)\s*(?=[\d+(])")
#: Brackets with words and a few digits: "(since 2019)", "(line 2)".
_REMARK = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
#: A few digits in brackets behind a whole number.
_LAST_BRACKETS = re.compile(r"(.*\d)\D*[(\[{](\d{1,4})[)\]}]\s*")
#: So many digits are too few for a second number, and may stand in a remark.
_FEW_DIGITS = 4
#: "0xx11": the place of the carrier's digits in a Brazilian number.
_CARRIER = re.compile(r"^(\(?)0?\s*-?\(?(?:xx|\*\*)\)?[\s-]*(?=\(?\d{2})")


class Worded(NamedTuple):
    """A text without its words. `flag`: the remark that says not to use the number; `unknown`: words that mean
    nothing here; `country`: the ISO code of a country that was named."""

    text: str
    extension: str = ""
    repairs: tuple[str, ...] = ()
    flag: str = ""
    country: str = ""
    unknown: str = ""


def without_words(text: str) -> Worded:
    """The number in folded `text`, and what its words say."""
    repairs: list[str] = []
    text = _without_remarks(text, repairs)
    if (last := _LAST_BRACKETS.fullmatch(text)) and _count_digits(last[1]) > _NUMBER_DIGITS:
        if len(last[2]) > 1:
            return Worded(text, unknown=last[2])
        text, repairs = last[1], [*repairs, "label removed"]
    worded = _without_stretches(text, repairs)
    if worded.unknown or worded.extension or not (pause := _PAUSE.search(worded.text)):
        return worded
    head = worded.text[: pause.start()]
    if _count_digits(head) < _NUMBER_DIGITS + ("," not in pause[0] and "#" not in pause[0]):
        return worded
    return worded._replace(text=head.strip(), extension=pause[1])


def _without_stretches(  # noqa: C901 - one branch for each kind of word between digits
    text: str, repairs: list[str]
) -> Worded:
    parts: list[str] = []
    flag = country = extension = ""
    place = 0
    for stretch in _STRETCH.finditer(text):
        parts.append(text[place : stretch.start()])
        place = stretch.end()
        words = words_of(stretch[0])
        behind = text[place:]
        before = _count_digits("".join(parts))
        is_end = before >= _NUMBER_DIGITS and _count_digits(behind) <= _FEW_DIGITS
        if before >= _NUMBER_DIGITS and _is_extension(words):
            found = _EXTENSION_DIGITS.fullmatch(behind)
            if found or not behind.strip():
                extension, place = found[1] if found else "", len(text)
                repairs += [] if found else ["label removed"]
                break
        if found_flag := flag_of(stretch[0]):
            flag, place = flag or found_flag, len(text) if is_end else place  # a year behind it, or the like
            parts.append(_punctuation(stretch[0]))
        elif before and behind.strip() and len(words) == 1 and words[0] in CONNECTORS:
            parts.append(";")
        elif is_end and before > _NUMBER_DIGITS and _count_digits(behind):
            return Worded(text, unknown=" ".join(words))  # "line 2": no digits of the number
        elif all(word in LABELS or word in CONNECTORS or (word == "fax" and is_telefax(stretch[0])) for word in words):
            repairs.append(_repair(stretch[0], words, is_first=not before and "+" not in "".join(parts)))
            parts.append(_punctuation(stretch[0]))
        elif named := _country([word for word in words if word not in LABELS or len(words) == 1]):
            country = named
            repairs.append("label removed")
            parts.append(_punctuation(stretch[0]))
        elif _BRACKETED.fullmatch(stretch[0]):
            repairs.append("label removed")
            parts.append(_punctuation(stretch[0]))
        else:
            return Worded(text, unknown=" ".join(words))
        if place == len(text):
            break
    plain = "".join((*parts, text[place:])).strip()
    return Worded(plain, extension, tuple(dict.fromkeys(repairs)), flag, country)


def _without_remarks(text: str, repairs: list[str]) -> str:
    """`text` without what stands for a carrier, the place in a list before it, and the digits of bracketed remarks."""
    if carrier := _CARRIER.match(text):
        text = f"{carrier[1]}0{text[carrier.end() :]}"
        repairs.append("carrier placeholder removed")
    if found := _ENUMERATED.match(text):
        text = text[found.end() :]
        repairs.append("label removed")
    for remark in reversed(list(_REMARK.finditer(text))):
        words = words_of(remark[1])
        is_remark = words and any(len(word) > 2 for word in words) and not any(word in EXTENSIONS for word in words)
        outside = _count_digits(text) - _count_digits(remark[0])
        if is_remark and 0 < _count_digits(remark[1]) <= _FEW_DIGITS and outside > _NUMBER_DIGITS:
            text = text[: remark.start()] + re.sub(r"\d", " ", remark[0]) + text[remark.end() :]
    return text


def _count_digits(text: str) -> int:
    return sum(mark.isdigit() for mark in text)


def _is_extension(words: list[str]) -> bool:
    while len(words) > 1 and words[-1] in FILLERS:
        words = words[:-1]
    return bool(words) and words[-1] in EXTENSIONS and all(word in LABELS or word in EXTENSIONS for word in words)


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
