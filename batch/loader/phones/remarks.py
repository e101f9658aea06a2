"""Words in a phone cell -> what they mean for its number: nothing, an extension, a country, or not to use it.

Owns: taking labels, extensions, countries and remarks off a text, wherever they stand.

A text is seen as digits with stretches of words between them. Each stretch is a label, a connector ("or"), the word
before an extension, a country's name, or a remark. A remark stands in brackets, or is flagged; other words make the
cell more than a number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from batch.loader.phones.words import CONNECTORS, EXTENSIONS, FILLERS, LABELS, flag_of, words_of
from batch.loader.regions import match_region

_STRETCH = re.compile(r"[^\d+]*[^\W\d_][^\d+]*")
#: The digits of an extension, at the end of a text.
_EXTENSION_DIGITS = re.compile(r"[\s.:=#(]*(\d{1,9})(?:\s*[/,&-]\s*\d{1,6})*\s*[#)\]]?\s*")
_PAUSE = re.compile(r"(?:\s*,{2,}\s*|\s*#\s*|\s*;\s*(?=\d{1,5}\s*$))(\d{1,9})\s*[#)]?\s*$")
#: Digits before an extension, at least: fewer are no number of their own.
_NUMBER_DIGITS = 6
_BRACKETED = re.compile(r"[\s).,;:/-]*[(\[{<][^)\]}>]*[)\]}>]?[\s.,;:-]*")
_SEPARATOR = re.compile(r"[;,/|&\n]")
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


def without_words(text: str) -> Worded:  # noqa: C901 - one branch for each kind of word between digits
    """The number in folded `text`, and what its words say."""
    repairs: list[str] = []
    if carrier := _CARRIER.match(text):
        text = f"{carrier[1]}0{text[carrier.end() :]}"
        repairs.append("carrier placeholder removed")
    parts: list[str] = []
    flag = country = extension = ""
    place = 0
    for stretch in _STRETCH.finditer(text):
        parts.append(text[place : stretch.start()])
        place = stretch.end()
        words = words_of(stretch[0])
        behind = text[place:]
        before = sum(mark.isdigit() for part in parts for mark in part)
        if before >= _NUMBER_DIGITS and _is_extension(words):
            found = _EXTENSION_DIGITS.fullmatch(behind)
            if found or not behind.strip():
                extension, place = found[1] if found else "", len(text)
                repairs += [] if found else ["label removed"]
                break
        if found_flag := flag_of(stretch[0]):
            flag = flag or found_flag
            parts.append(_punctuation(stretch[0]))
        elif before and behind.strip() and len(words) == 1 and words[0] in CONNECTORS:
            parts.append(";")
        elif all(word in LABELS or word in CONNECTORS for word in words):
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
    plain = "".join((*parts, text[place:])).strip()
    if not extension and (pause := _PAUSE.search(plain)):
        head = plain[: pause.start()]
        if sum(mark.isdigit() for mark in head) >= _NUMBER_DIGITS + ("," not in pause[0] and "#" not in pause[0]):
            plain, extension = head.strip(), pause[1]
    return Worded(plain, extension, tuple(dict.fromkeys(repairs)), flag, country)


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
