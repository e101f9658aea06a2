"""Changes of numbering plans: how an old spelling of a number is written today.

Owns: the table, one row a change: date, rule, exception, source. Which numbers exist is for libphonenumber to say: a
rule is used only where the old spelling is not valid and the new one is.

Patterns read the national digits behind the calling code, with what was once dialled before them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class PlanChange(NamedTuple):
    """One change. `old` matches all of the old national digits, `new` is what they became.

    `name` stands in reports. `grouped`: how the subscriber's digits must be grouped for an old number, where another
    damage looks alike (empty: any).
    """

    code: int
    since: str
    name: str
    old: re.Pattern[str]
    new: str
    exception: str
    source: str
    grouped: str = ""


def _change(
    code: int, since: str, name: str, old: str, new: str, exception: str, source: str, grouped: str = ""
) -> PlanChange:
    return PlanChange(code, since, name, re.compile(old), new, exception, source, grouped)


#: The 9 is Argentina's only behind its calling code; else it is a digit too many.
_BEHIND_54 = r"^\D*(?:00\D*)?54\D*9"
_CI = "ARTCI, basculement à 10 chiffres: the operator's prefix stands before the old eight digits"
_VN = (
    "MIC of Vietnam, conversion of 11-digit mobile numbers: one new three-digit prefix for each old one from"
    " 15 September 2018, and nothing else since 15 November 2018"
)
_VN_PREFIXES = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85",
    "127": "81", "129": "82", "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37",
    "168": "38", "169": "39", "186": "56", "188": "58", "199": "59",
}  # fmt: skip

#: No area: 0321 to 0324, 0331, 0332, 0341 to 0346, 0362 to 0365, 0371 to 0377 and 0381 to 0386 are those of landlines.
_ITALIAN_MOBILE = r"0(3(?:2[05-9]|3[03-9]|4[07-9]|5\d|6[016-9]|7[089]|8[07-9]|9\d)\d{7})"

CHANGES: tuple[PlanChange, ...] = (
    _change(
        52, "2019-08-03", "Mexico: 1, 01, 044, 045 dropped",
        r"(?:01|04[45])([2-9]\d{9})|1([2-7]\d{9}|[89](?:0[1-9]|[1-9]\d)\d{7})", r"\1\2",
        "the 1 stood before mobile numbers: 1 800 is North American",
        "IFT, Plan Técnico Fundamental de Numeración: ten digits for every call since 3 August 2019",
    ),
    _change(
        55, "2016-11-06", "Brazil: 9 before old mobile numbers", r"0?([1-9]{2})([6-8]\d{7})", r"\g<1>9\2",
        "trunked radio (7x) kept eight digits; the library knows those",
        "Anatel, resolution 553/2010: ninth digit from 29 July 2012 (area 11) to 6 November 2016 (areas 41 to 55)",
        grouped=r"^\D*(?:(?:00\D*)?55\D*)?0?\D*\d{2}(?:\D.*|\d{4}\D+\d{4}\D*|\d{8}\D*)$",
    ),
    _change(
        55, "2016-11-06", "Brazil: 9 before old mobile numbers", r"0?([1-9]{2})(9\d{7})", r"\g<1>9\2",
        "an eight-digit number that begins with 9 may be a new one that lacks a digit: only as 9xxx-xxxx",
        "Anatel, as above", grouped=r"\D\d{4}\D+\d{4}$",
    ),
    _change(
        229, "2024-11-30", "Benin: 01 before every number", r"(\d{8})", r"01\1",
        "none", "ARCEP Bénin: ten digits since 30 November 2024",
    ),
    _change(
        225, "2021-01-31", "Ivory Coast: 07 before Orange mobile numbers", r"([04-9][789]\d{6})", r"07\1",
        "special numbers (13, 800, 900)", _CI,
    ),
    _change(
        225, "2021-01-31", "Ivory Coast: 05 before MTN mobile numbers", r"([04-9][456]\d{6})", r"05\1",
        "special numbers (13, 800, 900)", _CI,
    ),
    _change(
        225, "2021-01-31", "Ivory Coast: 01 before Moov mobile numbers", r"([04-9][0-3]\d{6})", r"01\1",
        "special numbers (13, 800, 900)", _CI,
    ),
    _change(
        225, "2021-01-31", "Ivory Coast: 27 before Orange fixed lines", r"([23]\d[1-7]\d{5})", r"27\1",
        "fixed lines of MTN (25) and Moov (21): their old digits do not say whose they are", _CI,
    ),
    _change(
        57, "2021-09-01", "Colombia: 60 before the area digit", r"0?([1245678]\d{7})", r"60\1",
        "mobile numbers (3xx) did not change", "CRC, resolution 5826 of July 2019; in force since 1 September 2021",
        grouped=r"^\D*(?:(?:00\D*)?57\D+)?(?:0\D*)?(?:\d\D.*|\d{8}\D*)$|^\D*(?:00\D*)?57\d\D*\d{7}\D*$",
    ),
    _change(
        54, "1999-01-24", "Argentina: 15 dropped behind 9", r"9(11)15(\d{8})|9(\d{3})15(\d{7})|9(\d{4})15(\d{6})",
        r"9\1\2\3\4\5\6", "none",
        "Plan Fundamental de Numeración Nacional of 1997, since 24 January 1999: 9 from abroad, 15 at home",
    ),
    _change(
        54, "1999-01-24", "Argentina: 15 dropped behind 9", r"90(11)15(\d{8})|90(\d{3})15(\d{7})|90(\d{4})15(\d{6})",
        r"9\1\2\3\4\5\6", "none", "as above; the 0 is the national prefix", grouped=_BEHIND_54,
    ),
    _change(
        54, "1999-01-24", "Argentina: 0 dropped behind 9", r"90([1-8]\d{9})", r"9\1", "none",
        "as above; the 0 of a number as it is dialled at home, behind the 9 from abroad", grouped=_BEHIND_54,
    ),
    _change(
        234, "2024-01-01", "Nigeria: 20 before fixed lines", r"0?((?:[129][2-9]|[3-8]\d)\d{6})", r"20\1",
        "mobile numbers did not change; no subscriber's number begins with 0 or 1 (areas 1, 2 and 9 have one digit)",
        "NCC, announcement of 20 September 2023: 02 in place of the 0, alone since 1 January 2024",
        grouped=r"^\D*(?:\d+\D*|(?:(?:00\D*)?234\D*)?0?\d{1,2}\D.*)$",
    ),
    _change(
        593, "2012-09-30", "Ecuador: 9 before mobile numbers", r"0?(8\d{7})", r"9\1",
        "old numbers that begin with 9 look like new ones that lack a digit",
        "SENATEL: nine digits for mobile numbers since 30 September 2012",
        grouped=r"^\D*(?:(?:00\D*)?593\D*)?0?8(?:\d{0,2}\D.*|\d{7}\D*)$",
    ),
    _change(
        56, "2016-02-06", "Chile: 0 dropped", r"0([2-79]\d{8})", r"\1",
        "no area begins with 8",
        "SUBTEL: nine digits for every call since 6 February 2016; before, 0 and 09 were dialled",
        grouped=r"^\D*(?:(?:00\D*)?56\D*)?0(?:\D.*|[29]\D.*|[2-7]\d\D.*|\d{9}\D*)$",
    ),
    _change(
        39, "2001-06-30", "Italy: 0 dropped before mobile numbers", _ITALIAN_MOBILE, r"\1",
        "fixed lines kept their 0: no area of one is rewritten", "AGCOM, Piano di numerazione, 21 July 2000",
    ),
    _change(
        48, "2010-05-15", "Poland: 0 dropped", r"0(\d{9})", r"\1",
        "none", "UKE: with or without 0 since 30 September 2009, without it since 15 May 2010",
        grouped=r"^\D*(?:(?:00\D*)?48\D*)?0(?:\D.*|\d{2}\D.*|[45678]\d{2}\D.*|\d{9}\D*)$",
    ),
    _change(
        380, "2009-10-14", "Ukraine: 8 dropped", r"80(\d{9})", r"\1", "none",
        "NKRZ, numbering plan: 0 for calls between areas since 14 October 2009; before, 8, and 0 behind the tone",
    ),
    *(
        _change(84, "2018-11-15", "Vietnam: new mobile prefix", rf"0?{old}(\d{{7}})", rf"{new}\1", "none", _VN)
        for old, new in _VN_PREFIXES.items()
    ),
)  # fmt: skip


@lru_cache(maxsize=256)
def changes_of(code: str) -> tuple[PlanChange, ...]:
    """The changes of the plan behind a calling code."""
    return tuple(change for change in CHANGES if str(change.code) == code)


def rewrite(code: str, national: str, text: str) -> list[tuple[str, str]]:
    """What the old `national` digits became, each with the name of its rule. `text` is the cell, for its grouping."""
    found = []
    for change in changes_of(code):
        match = change.old.fullmatch(national)
        if match is not None and (not change.grouped or re.search(change.grouped, text)):
            found.append((match.expand(change.new), change.name))
    return found
