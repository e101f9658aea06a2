"""The column-wise reading of phones says what the one-by-one reading says, and that what libphonenumber says.

A sample of every region's examples, near misses, noise and damage; `GUAYABA_LONG=1` takes a million numbers.
"""

from __future__ import annotations

import os
import random
import re

import phonenumbers
import polars as pl
import pytest
from harness.examples import ALL, examples

from batch.loader.phones import Rules, judge, vectorised
from batch.loader.phones import validity as phone_validity
from batch.loader.phones.numbering import NOT_GIVEN, parse_valid
from batch.loader.phones.vectorised import PHONE, judge_column

LONG = os.environ.get("GUAYABA_LONG") == "1"
#: Between, before and behind the digits: everything that the library takes for punctuation, and what spreadsheets add.
PUNCTUATION = (
    *(
        " ",
        "-",
        ".",
        "(",
        ")",
        "  ",
        ") ",
        "-(",
        "/",
        "~",
        "*",
        "x",
        "[",
        "]",
        ",",
        ".0",
        ";",
        "\t",
        "\n",
        "0",
        "00",
        "+",
    ),
    *(chr(mark) for mark in (0xA0, 0xAD, 0x2007, 0x200B, 0x202A, 0x202C, 0x202F, 0x2060, 0x3000, 0xFEFF)),
    *(chr(mark) for mark in (*range(0x2010, 0x2016), 0x2212, 0x30FC, 0xFF0D, 0xFF0F, 0xFF0E, 0x2053, 0x223C, 0xFF5E)),
    *(chr(mark) for mark in (0xFF08, 0xFF09, 0xFF3B, 0xFF3D, 0xFF0B, 0x0661, 0x06F2, 0xFF13, 0x2028, 0x1C)),
)
PERSONAL = {
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
#: What spreadsheets put around a cell.
WRAPPED = (
    '="{}"',
    "'{}",
    "{}.0",
    "{}.00",
    "tel:{}",
    '"{}"',
    " {} ",
    "\u00a0{}",
    "{}\u200e",
    "={}",
    "{} x12",
    "{};ext=7",
)
EXAMPLES = [
    example
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in range(11)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
]
#: One of each way in which regions differ: shared calling codes, prefixes that are patterns or that rewrite the number,
#: lengths that vary, zeros that belong to the number.
REGIONS = [
    "US",
    "GB",
    "DE",
    "IT",
    "AR",
    "BR",
    "MX",
    "KZ",
    "BS",
    "RU",
    "AU",
    "JP",
    "CN",
    "GG",
    "SM",
    "HU",
    "SG",
    "TW",
    "BY",
]


def near_misses(draws: random.Random, count: int, home: str | None) -> list[str]:
    """Numbers around the examples of every region: digits changed, lost and added, prefixes, punctuation; and noise."""
    shared = phonenumbers.country_code_for_region(home) if home else 0
    examples = [example for example in EXAMPLES if example.country_code == shared]
    cells: list[str] = []
    while len(cells) < count:
        example = draws.choice(examples if examples and draws.random() < 0.4 else EXAMPLES)
        national = list(phonenumbers.national_significant_number(example))
        for _ in range(draws.choice((0, 0, 1, 4))):
            national[draws.randrange(len(national))] = draws.choice("0123456789")
        digits = "".join(national)
        digits = draws.choice((digits, digits, digits, digits[:-1], digits + draws.choice("0123456789")))
        code = example.country_code
        cell = draws.choice(
            (
                *(f"+{code}{digits}", f"+{code} {digits}", f"{code}{digits}", digits, f"({digits[:3]}) {digits[3:]}"),
                *(
                    f"+{code} (0){digits}",
                    f"+{code}(0) {digits}",
                    f"+{code}0{digits}",
                    f"+{code} ({digits[0]}){digits[1:]}",
                ),
                *(f"{prefix}{digits}" for prefix in ("0", "1", "8", "06", "9", "15", "90", "044", "00")),
                *(f"{prefix}{code}{digits}" for prefix in ("00", "011", "0011", "010", "810", "001")),
                *(str(draws.randrange(10 ** draws.randrange(4, 17))), f"+{draws.randrange(10**15)}"),
            )
        )
        if draws.random() < 0.3:
            at = draws.randrange(len(cell) + 1)
            cell = cell[:at] + draws.choice(PUNCTUATION) + cell[at:]
        if draws.random() < 0.2:
            cell = draws.choice(WRAPPED).format(cell)
        cells.append(cell)
    return cells


def written() -> list[str]:
    """Every region's example numbers of every type, in each of the library's formats."""
    return [phonenumbers.format_number(example, style) for example in EXAMPLES for style in (0, 1, 2, 3)]


def column(cells: list[str], home: str | None, rules: Rules) -> list[tuple[object, ...]]:
    """The column's answers; words that it leaves to `judge` are asked there."""
    homes = pl.repeat(home, len(cells), dtype=pl.String, eager=True)
    found = judge_column(pl.Series(cells, dtype=pl.String), homes, rules)
    assert found.schema == PHONE
    return [
        (
            *(phone, code or "", judge(cell, home, rules).message if message is None else message),
            *(repair, region or "", kind or "", foreign, flag or ""),
        )
        for cell, (phone, code, message, repair, region, kind, foreign, flag) in zip(
            cells, found.iter_rows(), strict=True
        )
    ]


def one_by_one(cell: str, home: str | None, rules: Rules) -> tuple[object, ...]:
    """The answer of `judge`, in the order of the column's."""
    phone = judge(cell, home, rules)
    return phone._replace(repairs=", ".join(phone.repairs))  # type: ignore[arg-type]


@pytest.mark.parametrize("home", [*REGIONS, None])
def test_a_column_is_judged_as_its_cells_are(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For near misses of every region the column's answers are those of `judge`, to the last field; wary or not."""
    monkeypatch.setattr(phone_validity, "FEWEST", 1)
    draws = random.Random(f"near {home}")
    for rules in (Rules(), Rules(wary=True), Rules(phone_check="possible", two_numbers="first")):
        cells = near_misses(draws, 17_000 if LONG else examples(250), home)
        for cell, found in zip(cells, column(cells, home, rules), strict=True):
            assert found == one_by_one(cell, home, rules), (cell, home, rules)


@pytest.mark.parametrize("home", ["US", "GB", None])
def test_every_example_in_every_format(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every region's examples of every type, in every format of the library, are judged as one by one."""
    monkeypatch.setattr(phone_validity, "FEWEST", 1)
    step = {"US": 4, "GB": 7, None: 11}[home]
    cells = written() if LONG or (ALL and home == "US") else written()[::step]
    for cell, found in zip(cells, column(cells, home, Rules()), strict=True):
        assert found == one_by_one(cell, home, Rules()), cell


def test_each_cell_in_a_region_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column in which every row names its region is judged as its cells are, each in its own."""
    monkeypatch.setattr(phone_validity, "FEWEST", 1)
    draws = random.Random("own")
    homes = [draws.choice([*REGIONS, None]) for _ in range(20_000 if LONG else examples(600))]
    cells = [near_misses(draws, 1, home)[0] for home in homes]
    found = judge_column(pl.Series(cells), pl.Series(homes, dtype=pl.String), Rules())
    for cell, home, (phone, code) in zip(cells, homes, found.select("phone", "code").rows(), strict=True):
        expected = judge(cell, home, Rules())
        assert (phone, code or "") == (expected.e164, expected.code), (cell, home)


#: Cells on which a column and its cells once differed: (cell, home, wary).
DIFFERED = [
    ("13101234", "US", False),  # a company number of seven digits behind the 1
    ("16237562", "BS", False),  # a local number behind the 1
    ("886976529176", "KZ", False),  # with a digit less it is a home number behind the 8
    ("886960123456", "RU", True),
    ("19002123456", "AU", False),  # with a digit less it is a premium number
    ("81524509114", "BY", False),
    ("154020000000", None, True),  # rounded, and without a region
    ("+11310 6415", "BS", False),  # the 1 twice, before a company number of seven digits
    ("168649351(465", "DE", False),  # a first group that is longer than a part of an area code
]


@pytest.mark.parametrize(("cell", "home", "wary"), DIFFERED)
def test_columns_and_cells_agree_again(
    cell: str, home: str | None, wary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cell that a column once judged otherwise is judged as by itself."""
    monkeypatch.setattr(phone_validity, "FEWEST", 1)
    assert column([cell], home, Rules(wary=wary))[0] == one_by_one(cell, home, Rules(wary=wary))


#: Cells on which a column that skipped one step of the library's would go wrong: (cell, home, E.164 or code, step).
STEPS = [
    ("+44 020 7946 0018", None, "+442079460018", "a national prefix behind the calling code is taken off"),
    ("+44 (0)20 7946 0018", None, "+442079460018", "and in brackets"),
    ("+54 11 15 2345-6789", None, "+5491123456789", "Argentina's 15 becomes a 9 in front"),
    ("11 15 2345-6789", "AR", "+5491123456789", "the same at home"),
    ("+55 0 21 3234-5678", None, "+552132345678", "a prefix that is a pattern"),
    ("+7 800 555-35-35", None, "+78005553535", "a number that begins as its prefix, 8, keeps it"),
    ("8 800 555-35-35", "RU", "+78005553535", "the prefix before it goes"),
    ("+375 8 017 212-34-56", None, "+375172123456", "a prefix of two digits"),
    ("+39 06 1234 5678", None, "+390612345678", "an Italian zero stays"),
    ("06 1234 5678", "IT", "+390612345678", "also at home"),
    ("+39 0549 886377", None, "+390549886377", "San Marino by its old code is Italy's"),
    ("+1 242 322 1234", None, "+12423221234", "a region among those that share a code"),
    ("+1 112 555 0100", None, "invalid_number", "no area code begins with 1"),
    ("+44 7624 123 456", None, "+447624123456", "the Isle of Man by its leading digits"),
    ("2079460018", "GB", "+442079460018", "a zero that was eaten"),
    ("442079460018", "GB", "+442079460018", "the region's own code without +"),
    ("4942130208", "DE", "ambiguous", "two readings"),
]


@pytest.mark.parametrize(("cell", "home", "expected", "step"), STEPS)
def test_every_step_of_the_library_is_taken(
    cell: str, home: str | None, expected: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cell comes out right, and, where it is a number, as the library parses it."""
    monkeypatch.setattr(phone_validity, "FEWEST", 1)
    phone, code, *_ = column([cell], home, Rules())[0]
    assert (phone or code) == expected, step
    if phone and cell != "442079460018":
        parsed = phonenumbers.format_number(phonenumbers.parse(cell, home), phonenumbers.PhoneNumberFormat.E164)
        assert phone == parsed


def _is_parted(cell: str, number: phonenumbers.PhoneNumber) -> bool:
    """True where a mark of `cell` stands within the calling code of `number`, or within its area code where no + shows
    the calling code, or where the library takes digits off that are no national prefix by themselves (Belarus's 80)."""
    groups, plus = re.findall(r"\d+", cell), "+" in cell or "＋" in cell
    code, area = re.findall(r"\d+", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))[
        :2
    ]
    digits, lead = "".join(groups).removeprefix("00"), groups[0].removeprefix("00")
    if plus:
        is_within = len(lead) < len(code) and digits.startswith(code)
    else:
        is_within = lead.startswith(code) and len(code) < len(lead) < len(code + area)
    taken = digits.removeprefix(code).removesuffix(phonenumbers.national_significant_number(number))
    return is_within or (len(taken) > 1 and taken not in groups)


@pytest.mark.parametrize("home", ["US", "GB", "IT"])
def test_the_answer_is_the_librarys(home: str) -> None:
    """Where we give a number without a repair, it is the one that libphonenumber parses; valid ones are not lost."""
    drawn = near_misses(random.Random(home), 50_000 if LONG else examples(2_000), home)
    # The library takes a float's zeros for digits, and the digits behind an x or a semicolon for nothing.
    cells = [cell for cell in drawn if not cell.endswith((".0", ".00"))]
    for cell, (e164, code, _, repairs, country, *_) in zip(cells, column(cells, home, Rules()), strict=True):
        try:
            number = phonenumbers.parse(cell, home)
        except phonenumbers.NumberParseException:
            assert e164 is None or repairs, cell
            continue
        kind = phonenumbers.number_type(number)
        if kind not in PERSONAL:  # of rare kinds some are typing errors to us
            assert e164 is None or repairs or kind != phonenumbers.PhoneNumberType.UNKNOWN, cell
        elif e164 is not None and not repairs:
            assert e164 == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), cell
            assert country == phonenumbers.region_code_for_number(number)
        elif e164 is None:
            national = phonenumbers.national_significant_number(number)
            is_given = not any(number.country_code == at and re.fullmatch(no, national) for at, no in NOT_GIVEN)
            # Behind the own calling code, apart, the rest of a number that lacks digits is none.
            code_of_home = phonenumbers.country_code_for_region(home)
            rest = re.match(rf"\D*{code_of_home}(?=\D)(.+)", cell, re.DOTALL)
            digits = "".join(filter(str.isdecimal, rest[1])) if rest else ""
            is_rest = bool(digits) and parse_valid(f"+{code_of_home}{digits}", None) is None
            known = {"ambiguous", "digits_lost", "two_numbers", "not_a_number"}
            assert code in known or not is_given or is_rest or _is_parted(cell, number), (cell, code)


def test_most_cells_never_leave_the_column() -> None:
    """Numbers as people and programs write them, whole or one digit short, are decided without `judge`."""
    cells = ["(212) 555-0100", "+1 212 555 0100", "212.555.0100", "2125550100.0", '="2125550100"', "(212) 055-0100"]
    cells += ["+44 20 7946 0018", "+44 (0)20 7946 0018", "442079460018", "212\u00a0555\u20110100", "+44 20 7946 001"]
    asked = pl.DataFrame({"cell": cells * 40, "home": ["US"] * 40 * len(cells)}).with_row_index("at")
    decided = vectorised._decided(asked, Rules())
    left = asked.join(decided, on="at", how="anti")["cell"].unique().to_list()
    assert left == ["212\u00a0555\u20110100"]  # two kinds of damage are for `judge`
