"""How people of many regions write their own numbers: areas, lengths and habits, told by the countries themselves.

Owns: a table of plans by hand, and numbers drawn from it. It is made without the program's rules and without the
metadata's patterns: libphonenumber only says whether a drawn number exists.

Source: the national numbering plans as their regulators publish them (ITU-T E.129 lists them), and the printed habits.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

#: Region -> code, trunk prefix, lines. A line: areas | heads of the subscriber number | its size | ways to write it.
#: In a way `T` is the trunk prefix, `a` the area, a digit a group of so many digits.
_NANP = ["{} | 2 3 4 5 6 7 8 9 | 7 | (a) 3-4 ; a-3-4 ; a.3.4 ; a 3 4 ; (a)3-4 ; 1-a-3-4 ; 1 (a) 3-4 ; a 34 ; a/3-4"]
PLANS: dict[str, tuple[str, str, list[str]]] = {
    "US": ("1", "", [_NANP[0].format("212 305 312 415 713 786 818 202 646 917 206 512 404 617 702 832 972")]),
    "CA": ("1", "", [_NANP[0].format("416 514 604 403 613 647 905 438 780 902")]),
    "DO": ("1", "", [_NANP[0].format("809 829 849")]),
    "MX": ("52", "", [
        "55 33 81 56 | 1 2 3 4 5 8 | 8 | a 4 4 ; (a) 4 4 ; (a) 4-4 ; a-2-2-2-2 ; a 2 2 2 2 ; a4-4 ; (a)8 ; a.4.4",
        "222 442 477 664 998 662 614 686 | 1 2 3 4 | 7 | a 3 4 ; (a) 3 4 ; (a) 3-2-2 ; a-3-4 ; a 3 2 2 ; a3-4 ; "
        "a 1 2 2 2"]),
    "BR": ("55", "0", [
        "11 21 31 41 51 61 71 81 85 92 27 48 62 | 96 97 98 99 | 9 | (a) 5-4 ; a 5-4 ; (Ta) 5-4 ; a 9 ; (a)5-4 ; "
        "a-5-4 ; Ta 5 4 ; a 1 4-4 ; (a) 1.4-4",
        "11 21 31 41 51 61 71 81 85 19 13 | 32 33 25 30 | 8 | (a) 4-4 ; a 4-4 ; (Ta) 4-4 ; Ta 4 4 ; a.4.4 ; a-4-4"]),
    "AR": ("54", "0", [
        "11 | 41 43 45 47 48 49 | 8 | Ta 4-4 ; (Ta) 4-4 ; a 4-4 ; (a) 4 4 ; Ta-4-4",
        "351 341 261 381 223 221 | 4 | 7 | Ta 3-4 ; (Ta) 3-4 ; Ta-3-4 ; (Ta) 7"]),
    "CO": ("57", "", [
        "300 301 310 311 312 315 316 317 318 320 321 | 2 3 4 5 6 7 | 7 | a 3 4 ; a-3-4 ; a3 4 ; (a) 3-4 ; a 3 2 2 ; "
        "a.3.4",
        "601 602 604 605 607 | 2 3 4 6 | 7 | (a) 3 4 ; a 3 4 ; a-3-4 ; a3 2 2 ; a 7"]),
    "CL": ("56", "", [
        "9 | 5 6 7 8 9 | 8 | a 4 4 ; a-4-4 ; a 8 ; (a) 4 4 ; a 4-4 ; a.4.4",
        "2 | 22 23 24 25 26 27 | 8 | a 4 4 ; (a) 4 4 ; (a) 4-4 ; a-8",
        "32 41 45 51 | 2 | 7 | a 3 4 ; (a) 3 4 ; (a) 3-4 ; a-7"]),
    "PE": ("51", "0", [
        "9 | 1 2 3 4 5 6 7 8 9 | 8 | a2 3 3 ; a2-3-3 ; a8 ; a2.3.3 ; a2 2 2 2",
        "1 | 2 3 4 5 6 7 | 7 | (Ta) 3-4 ; Ta 3 4 ; (Ta) 7 ; Ta-7 ; (a) 3-4",
        "44 54 74 84 | 2 4 | 6 | (Ta) 6 ; Ta-6 ; (Ta) 2-2-2 ; Ta 3 3"]),
    "EC": ("593", "0", [
        "9 | 58 59 62 69 79 80 82 83 84 87 91 92 93 94 95 96 97 98 99 | 8 | Ta2 3 3 ; Ta8 ; Ta2-3-3 ; Ta 4 4 ; "
        "Ta2 3 2 2",
        "2 4 7 | 2 | 7 | (Ta) 3-4 ; Ta 3 4 ; Ta-3-4 ; (Ta) 7"]),
    "GT": ("502", "", ["5 4 3 2 | 2 3 4 5 0 | 7 | a3 4 ; a3-4 ; a7 ; (502) a3-4"]),
    "CR": ("506", "", ["8 7 6 2 | 2 3 4 5 0 | 7 | a3 4 ; a3-4 ; a7 ; a3.4 ; (506) a3-4"]),
    "UY": ("598", "0", ["94 98 99 91 92 95 | 2 3 4 5 6 7 | 6 | Ta 3 3 ; Ta 6 ; Ta-3-3 ; Ta6",
    "2 | 2 4 6 7 9 | 7 | a3 4 ; a3-4 ; a7"]),
    "GB": ("44", "0", [
        "7400 7700 7791 7811 7903 7946 7500 7533 7860 | 0 1 2 3 4 5 6 | 6 | Ta 6 ; Ta 3 3 ; Ta-6 ; (Ta) 6 ; "
        "Ta 2 2 2 ; Ta-3-3 ; Ta6",
        "20 | 70 71 72 74 76 79 81 83 85 87 30 | 8 | Ta 4 4 ; (Ta) 4 4 ; Ta-4-4 ; Ta8 ; (Ta) 8",
        "161 121 113 141 131 | 2 3 4 5 6 7 8 9 | 7 | Ta 3 4 ; (Ta) 3 4 ; Ta-3-4 ; Ta 7",
        "1223 1273 1483 1865 1904 | 2 3 4 5 6 7 8 | 6 | Ta 6 ; (Ta) 6 ; Ta-6 ; Ta 3 3"]),
    "IE": ("353", "0", [
        "83 85 86 87 89 | 1 2 3 4 5 6 7 8 9 | 7 | Ta 3 4 ; Ta-3-4 ; (Ta) 3 4 ; Ta 7 ; Ta 2 2 3",
        "1 | 2 4 6 8 | 7 | (Ta) 3 4 ; Ta 3 4 ; Ta-3-4 ; Ta-7", "21 91 61 | 4 | 7 | (Ta) 3 4 ; Ta 3 4 ; Ta-7"]),
    "DE": ("49", "0", [
        "151 160 170 171 172 173 175 176 177 178 179 | 2 3 4 5 6 7 8 | 7 | Ta 7 ; Ta/7 ; Ta-7 ; Ta 3 2 2 ; "
        "Ta / 3 4 ; (Ta) 7 ; Ta 2 2 3",
        "151 152 157 159 | 1 2 3 4 5 | 8 | Ta 8 ; Ta/8 ; Ta-8 ; Ta 2 2 2 2 ; Ta / 4 4 ; Ta 4-4",
        "30 40 89 69 | 2 3 4 5 6 7 8 9 | 8 | Ta 8 ; Ta/8 ; (Ta) 8 ; Ta-8 ; Ta / 2 2 2 2 ; (T a) 2 2 2 2 ; Ta 4 4",
        "221 211 711 511 341 | 2 3 4 5 6 7 8 9 | 7 | Ta 7 ; Ta/7 ; Ta-7 ; (Ta) 7 ; Ta / 3 4 ; (Ta) 3 2 2",
        "6221 7071 2151 8321 | 2 3 4 5 6 7 8 9 | 6 | Ta 6 ; Ta/6 ; Ta-6 ; (Ta) 6 ; Ta / 2 2 2"]),
    "AT": ("43", "0", [
        "664 676 699 660 650 680 681 | 1 2 3 4 5 6 7 | 7 | Ta 7 ; Ta/7 ; Ta/3 2 2 ; Ta 3 4 ; (Ta) 7 ; Ta-7",
        "1 | 2 3 4 5 6 7 8 | 7 | Ta 7 ; Ta/7 ; Ta/3 2 2 ; (Ta) 7 ; Ta 3 4",
        "316 512 662 732 | 2 3 4 6 7 8 | 6 | Ta 6 ; Ta/6 ; (Ta) 6 ; Ta/2 2 2"]),
    "CH": ("41", "0", [
        "76 77 78 79 | 2 3 4 5 6 7 8 | 7 | Ta 3 2 2 ; Ta/3 2 2 ; Ta 7 ; (Ta) 3 2 2 ; Ta.3.2.2 ; Ta-3-2-2",
        "44 43 31 22 61 21 | 2 3 4 5 6 7 8 | 7 | Ta 3 2 2 ; Ta/3 2 2 ; Ta 7 ; (Ta) 3 2 2"]),
    "FR": ("33", "0", [
        "6 7 | 1 2 6 7 8 | 8 | Ta 2 2 2 2 ; Ta.2.2.2.2 ; Ta-2-2-2-2 ; Ta8 ; Ta/2/2/2/2 ; Ta2 3 3 ; Ta 8 ; Ta_2_2_2_2",
        "1 2 3 4 5 | 3 4 5 6 | 8 | Ta 2 2 2 2 ; Ta.2.2.2.2 ; Ta-2-2-2-2 ; Ta8 ; (Ta) 2 2 2 2"]),
    "ES": ("34", "", [
        "6 7 | 1 2 3 4 5 6 | 8 | a2 3 3 ; a2 2 2 2 ; a2-3-3 ; a8 ; a2.3.3 ; a2-2-2-2 ; a2 6",
        "91 93 95 96 | 2 3 4 5 | 7 | a 3 2 2 ; a1 2 2 2 ; a-3-2-2 ; a1 3 3 ; (a) 3 2 2 ; a 7"]),
    "PT": ("351", "", ["91 92 93 96 | 1 2 3 4 5 6 7 8 | 7 | a1 3 3 ; a 3 2 2 ; a1-3-3 ; a1.3.3 ; a7 ; a 3 4",
    "21 22 | 1 2 3 4 6 7 8 | 7 | a 3 4 ; a1 3 3 ; a 3 2 2 ; (a) 3 4"]),
    "IT": ("39", "", [
        "320 328 333 335 338 339 340 347 348 349 366 392 | 1 2 3 4 5 6 7 8 9 | 7 | a 7 ; a 3 4 ; a-7 ; a/7 ; "
        "a 3 2 2 ; a.7 ; a 2 2 3 ; (a) 7",
        "06 02 | 3 4 5 6 7 8 | 8 | a 8 ; a/8 ; a-8 ; a 4 4 ; (a) 8 ; a.8",
        "051 011 081 055 | 2 3 4 5 6 7 8 | 7 | a 7 ; a/7 ; a-7 ; a 3 4 ; (a) 7",
        "0532 0522 0862 | 2 3 4 6 7 | 6 | a 6 ; a/6 ; a-6 ; a 2 2 2"]),
    "NL": ("31", "0", [
        "6 | 1 2 3 4 5 | 8 | Ta-8 ; Ta 8 ; Ta 2 2 2 2 ; Ta 4 4 ; Ta - 8 ; Ta8 ; (Ta) 8",
        "20 10 70 30 | 2 3 4 5 6 7 | 7 | Ta-7 ; Ta 7 ; (Ta) 7 ; Ta-3 2 2 ; Ta - 3 4",
        "412 348 222 | 2 3 4 5 6 | 6 | Ta-6 ; Ta 6 ; (Ta) 6"]),
    "BE": ("32", "0",
    ["470 472 475 476 478 484 486 495 497 499 | 1 2 3 4 5 6 7 8 9 | 6 | Ta 2 2 2 ; Ta/2.2.2 ; Ta-2-2-2 ; Ta.2.2.2 ; "
    "Ta/6 ; Ta 6", "2 3 9 | 2 3 4 5 6 7 | 7 | Ta 3 2 2 ; Ta/3.2.2 ; Ta-3.2.2 ; Ta 7"]),
    "PL": ("48", "",
    ["600 601 602 604 606 608 660 692 502 505 512 | 1 2 3 4 5 6 7 8 9 | 6 | a 3 3 ; a-3-3 ; a3 3 ; a.3.3 ; a 2 2 2",
    "22 12 61 71 | 2 3 4 5 6 7 8 | 7 | a 3 2 2 ; (a) 3 2 2 ; a-3-2-2 ; a 7"]),
    "SE": ("46", "0", ["70 72 73 76 | 2 3 4 5 6 7 | 7 | Ta-3 2 2 ; Ta 3 2 2 ; Ta-7 ; Ta-3 4 ; (Ta) 3 2 2"]),
    "NO": ("47", "", ["4 9 | 1 2 5 6 7 8 0 | 7 | a2 2 3 ; a1 2 2 2 ; a7", "22 55 73 | 1 2 3 4 5 6 | 6 | a 2 2 2 ; a6"]),
    "RU": ("7", "8",
    ["903 905 910 911 915 916 921 925 926 950 985 | 1 2 3 4 5 6 7 8 9 | 7 | T (a) 3-2-2 ; T a 3 2 2 ; T-a-3-2-2 ; "
    "(a) 3-2-2 ; Ta7", "495 499 812 | 1 2 3 4 5 6 7 9 | 7 | T (a) 3-2-2 ; (a) 3-2-2 ; T a 3-2-2"]),
    "TR": ("90", "0",
    ["532 533 535 536 541 542 505 506 544 | 2 3 4 5 6 7 8 9 | 7 | Ta 3 2 2 ; (Ta) 3 2 2 ; a 3 2 2 ; Ta 3 4 ; "
    "T a 3 2 2 ; T(a)3 2 2 ; Ta-3-2-2",
    "212 216 312 232 | 2 3 4 5 6 | 7 | Ta 3 2 2 ; (Ta) 3 2 2 ; (a) 3 2 2 ; Ta 3 4"]),
    "IN": ("91", "0",
    ["98 99 97 96 90 88 70 81 63 | 1 2 3 4 5 6 7 8 9 | 8 | a3 5 ; Ta3 5 ; a1 3 4 ; a8 ; a3-5 ; Ta8 ; a2 2 2 2 ; "
    "T-a8", "22 11 80 44 33 | 2 | 8 | Ta-8 ; Ta 4 4 ; (Ta) 8 ; (Ta) 4 4 ; Ta 8 ; Ta-4 4"]),
    "PH": ("63", "0",
    ["917 918 919 905 906 915 927 998 999 | 1 2 3 4 5 6 7 8 9 | 7 | Ta 3 4 ; Ta-3-4 ; Ta7 ; (Ta) 3 4 ; Ta 7 ; Ta-7",
    "2 | 82 85 86 87 88 | 8 | (Ta) 4 4 ; Ta-4-4 ; (Ta) 4-4 ; Ta 8",
    "32 82 | 2 3 4 | 7 | (Ta) 3 4 ; (Ta) 3-4 ; Ta 3 4"]),
    "JP": ("81", "0", ["90 80 70 | 1 2 3 4 5 6 7 8 9 | 8 | Ta-4-4 ; Ta 4 4 ; Ta8 ; (Ta)4-4 ; Ta.4.4",
    "3 6 | 3 5 6 | 8 | Ta-4-4 ; (Ta)4-4 ; Ta 4 4 ; Ta(4)4", "45 75 52 | 2 3 4 6 7 | 7 | Ta-3-4 ; (Ta)3-4 ; Ta 3 4"]),
    "KR": ("82", "0", ["10 | 2 3 4 5 6 7 8 9 | 8 | Ta-4-4 ; Ta 4 4 ; Ta8 ; Ta.4.4 ; Ta)4-4",
    "2 | 3 5 6 7 | 7 | Ta-3-4 ; (Ta) 3-4 ; Ta)3-4", "31 51 53 | 2 3 4 6 7 | 7 | Ta-3-4 ; (Ta) 3-4"]),
    "TH": ("66", "0", ["81 82 84 86 89 91 92 95 62 | 1 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; Ta-3-4 ; Ta-7 ; Ta7 ; Ta 7",
    "2 | 2 3 5 6 7 | 7 | Ta 3 4 ; Ta-3-4 ; (Ta) 3 4"]),
    "NG": ("234", "0",
    ["803 805 806 813 816 802 808 703 706 901 903 | 1 2 3 4 5 6 7 8 9 | 7 | Ta 3 4 ; Ta7 ; Ta-3-4 ; Ta 7 ; T a 3 4"]),
    "ZA": ("27", "0", ["82 83 84 72 73 76 | 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; Ta-3-4 ; (Ta) 3 4 ; Ta 7 ; Ta7",
    "11 21 31 12 | 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; (Ta) 3 4 ; (Ta) 3-4 ; Ta 7"]),
    "KE": ("254", "0", ["712 720 722 733 700 710 110 | 1 2 3 4 5 6 7 | 6 | Ta 6 ; Ta 3 3 ; Ta6 ; Ta-3-3 ; Ta-6"]),
    "EG": ("20", "0", ["10 11 12 | 0 1 2 | 8 | Ta 4 4 ; Ta8 ; Ta1 3 4 ; Ta-8 ; Ta 8",
    "2 | 2 3 | 8 | Ta 4 4 ; (Ta) 8 ; Ta-8 ; (Ta) 4 4"]),
    "MA": ("212", "0", ["61 66 67 65 | 1 2 3 4 5 6 | 7 | Ta 2 2 3 ; Ta1 2 2 2 ; Ta7 ; Ta-7 ; Ta1-3-3"]),
    "GH": ("233", "0", ["24 20 54 55 | 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; Ta-3-4 ; Ta7 ; Ta 7"]),
    "AU": ("61", "0",
    ["4 | 00 01 02 10 11 12 14 17 18 19 21 22 23 30 31 32 33 38 39 | 8 | Ta2 3 3 ; Ta2-3-3 ; Ta8 ; Ta2 6 ; (Ta) 4 4",
    "2 3 7 8 | 83 86 92 93 94 95 97 98 | 8 | (Ta) 4 4 ; Ta 4 4 ; Ta-4-4 ; (Ta)4 4 ; Ta 8"]),
    "NZ": ("64", "0", ["21 27 22 | 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; Ta-3-4 ; Ta 7 ; (Ta) 3 4 ; Ta7",
    "9 4 3 | 2 3 4 5 | 7 | (Ta) 3 4 ; Ta 3 4 ; Ta-3-4 ; Ta 7"]),
    "SG": ("65", "", ["9 8 6 | 1 2 3 4 5 6 7 | 7 | a3 4 ; a3-4 ; a7 ; (65) a3 4"]),
    "HK": ("852", "", ["9 6 5 2 | 1 2 3 4 5 6 7 | 7 | a3 4 ; a3-4 ; a7 ; (852) a3 4"]),
    "TW": ("886", "0", ["9 | 10 11 12 18 19 20 22 28 32 33 35 37 52 72 88 | 8 | Ta2-3-3 ; Ta2 3 3 ; Ta8 ; Ta2-6",
    "2 | 2 8 | 8 | (Ta) 4-4 ; Ta-4-4 ; Ta 4 4 ; (Ta)8"]),
    "ID": ("62", "0", ["812 813 821 852 857 878 811 | 1 2 3 4 5 6 7 8 9 | 8 | Ta-4-4 ; Ta 4 4 ; Ta8 ; Ta.4.4",
    "21 | 2 3 4 5 6 7 8 | 8 | (Ta) 8 ; Ta-8 ; Ta 4 4 ; (Ta) 4-4"]),
    "VN": ("84", "0",
    ["90 91 93 97 98 86 70 79 | 1 2 3 4 5 6 7 8 9 | 7 | Ta 3 4 ; Ta.3.4 ; Ta7 ; Ta-3-4 ; Ta1 3 3 ; Ta1.3.3"]),
    "MY": ("60", "0", ["12 13 16 17 19 | 2 3 4 5 6 7 8 9 | 7 | Ta-3 4 ; Ta-7 ; Ta 3 4 ; Ta7",
    "3 | 2 5 6 7 8 9 | 8 | Ta-4 4 ; Ta-8 ; (Ta) 4 4"]),
    "PK": ("92", "0", ["300 301 321 333 345 | 1 2 3 4 5 6 7 8 9 | 7 | Ta 7 ; Ta-7 ; Ta7 ; Ta-3-4 ; (Ta) 7"]),
    "IL": ("972", "0", ["50 52 54 53 | 2 3 4 5 6 7 8 | 7 | Ta-3-4 ; Ta-7 ; Ta 3 4 ; Ta7",
    "3 2 | 5 6 | 7 | Ta-3-4 ; Ta-7 ; (Ta) 7"]),
    "AE": ("971", "0", ["50 52 55 56 | 1 2 3 4 5 6 7 8 | 7 | Ta 3 4 ; Ta-7 ; Ta7 ; (Ta) 3 4"]),
}  # fmt: skip
#: Longest numbers of people in plans whose numbers are of several lengths.
_OPEN = {"ID": 12, "NZ": 10, "AT": 12, "DE": 11, "MY": 10, "VN": 10}
_PERSONAL = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


@dataclass(frozen=True)
class Person:
    """A person's number: how it is dialled at home, written at home, and its groups as written abroad."""

    region: str
    code: str
    trunk: str
    national: str
    home: str
    groups: tuple[str, ...]

    @property
    def e164(self) -> str:
        return f"+{self.code}{self.national}"

    @property
    def bare(self) -> str:
        """What is dialled at home."""
        return re.sub(r"\D", "", self.home)


@lru_cache(maxsize=200_000)
def exists(e164: str) -> bool:
    """True where `+` and digits are a number that libphonenumber knows, of any kind."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return False


def canonical(e164: str) -> str:
    """A number that exists as it is written today; the library knows some old spellings."""
    return phonenumbers.format_number(phonenumbers.parse(e164, None), phonenumbers.PhoneNumberFormat.E164)


def at_home(region: str, digits: str, *, most: int = 0) -> set[str]:
    """The numbers of `region` that `digits` are at home, as long as people's numbers are there, or `most` digits."""
    code, trunk, _ = PLANS[region]
    found = set()
    for national in {digits, digits.removeprefix(trunk), digits.removeprefix("0"), digits.removeprefix(code)}:
        zeros = len(national) - len(national.lstrip("0"))
        number = PhoneNumber(country_code=int(code), national_number=int(national or "0"))
        if zeros:
            number.italian_leading_zero, number.number_of_leading_zeros = True, zeros
        if len(national) <= (most or longest(region)) and phonenumbers.is_valid_number(number):
            found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return found


@lru_cache
def longest(region: str) -> int:
    """Digits of the longest numbers of people there; open plans have longer ones, behind switchboards."""
    return _OPEN.get(region) or max(
        len(line.split("|")[0].split()[0]) + int(line.split("|")[2]) for line in PLANS[region][2]
    )


def person(draws: random.Random, region: str) -> Person:
    """A number that exists, from the lines of `region`, each as likely as another."""
    code, trunk, lines = PLANS[region]
    while True:
        areas, heads, size, ways = (part.strip() for part in draws.choice(lines).split("|"))
        area, head = draws.choice(areas.split()), draws.choice(heads.split())
        rest = head + "".join(draws.choices("0123456789", k=int(size) - len(head)))
        way = draws.choice(ways.split(" ; ")).strip()
        national = area + rest
        if not exists(f"+{code}{national}") or re.search(r"(\d)\1{4}", national):
            continue
        if phonenumbers.number_type(phonenumbers.parse(f"+{code}{national}", None)) not in _PERSONAL:
            continue
        literal = re.match(r"\((?:502|506|65|852)\) |1[ -](?=[(a])", way)
        start = literal.group() if literal else ""
        home, at, groups = start, 0, [area]
        for mark in way.removeprefix(start):
            if mark.isdecimal():
                home += rest[at : at + int(mark)]
                groups.append(rest[at : at + int(mark)])
                at += int(mark)
            else:
                home += {"T": trunk, "a": area}.get(mark, mark)
        return Person(region, code, trunk, national, home, tuple(groups))
