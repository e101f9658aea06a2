"""Numbers that are taken as they are written are looked up by their digits: with the answers of `judge`.

Numbers of every region and kind, near misses among them, each with many ends; `GUAYABA_LONG=1` takes a million.
"""

from __future__ import annotations

import os
import random
import re

import phonenumbers
import polars as pl
import pytest
from harness.examples import examples

from batch.loader.phones import Rules, judge, known_numbers
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.phones.known_numbers import judge_numbers
from batch.loader.phones.number_table import NumberTable
from batch.loader.phones.numbering import longest_dialled
from batch.loader.phones.plain_cells import _is_plain
from batch.loader.phones.vectorised import judge_column

LONG = os.environ.get("GUAYABA_LONG") == "1"
EXAMPLES = [
    example
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in range(11)
    if (example := phonenumbers.example_number_for_type(region, kind)) is not None
]
AMERICANS = [example for example in EXAMPLES if example.country_code == 1]
ENDS = 12
#: So many last digits are changed.
SIZES = (6, 4)


def number(draws: random.Random, *, american: bool) -> tuple[str, str]:
    """A calling code and national digits: those of an example, some of them changed, one too many or too few."""
    example = draws.choice(AMERICANS if american else EXAMPLES)
    digits = list(phonenumbers.national_significant_number(example))
    for _ in range(draws.choice((0, 0, 1, 2))):
        digits[draws.randrange(min(4, len(digits)))] = draws.choice("0123456789")
    if draws.random() < 0.1:
        digits.insert(draws.randrange(4), draws.choice("0123456789"))
    return str(example.country_code), "".join(digits)[: None if draws.random() < 0.9 else -1]


def ends(draws: random.Random, digits: str) -> list[str]:
    """`digits` with other last digits; many ends are those of short numbers."""
    size = min(draws.choice(SIZES), len(digits))
    found = ["".join(draws.choice("0112345678990") for _ in range(size)) for _ in range(ENDS - 2)]
    return [digits[: len(digits) - size] + end for end in (*found, "0" * size, "1" * size)]


def written(draws: random.Random, code: str, digits: str) -> str:
    """A number as people write it."""
    if code == "1" and draws.random() < 0.7 and len(digits) in {9, 10}:
        area, exchange, line = digits[:3], digits[3:6], digits[6:]
        style = draws.choice(
            ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{}{}{}", "{} {} {}", "({}){}{}", "{}{}-{}", "{} {}{}")
        )
        return draws.choice(("", "", "1", "1-", "1 ", "1.", "+1", "+1 ", "+1-")) + style.format(area, exchange, line)
    places = (
        sorted({draws.randrange(1, len(digits)) for _ in range(draws.choice((0, 1, 2, 3)))}) if len(digits) > 1 else []
    )
    groups = [digits[start:end] for start, end in zip([0, *places], [*places, None], strict=True)]
    if len(code) > 1 and draws.random() < 0.1:  # a part of the code alone: "+5 305 275 6951"
        code = f"{code[:1]}{draws.choice(' -')}{code[1:]}"
    return f"+{code}{draws.choice(('', ' ', '-', ' ('))}{draws.choice(' -. ').join(groups)}"


@pytest.mark.parametrize("home", ["US", "CA", "BS", "DO", "GB", None])
def test_digits_decide_their_numbers(home: str | None) -> None:
    """With earlier numbers known, every cell has the answer of `judge`, to the last field."""
    draws = random.Random(f"digits {home}")
    american = home in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]
    for rules in (Rules(), Rules(wary=True), Rules(phone_check="possible")):
        cells = [
            written(draws, code, digits)
            for _ in range(5_000 if LONG else examples(60))
            for code, drawn in (number(draws, american=american and draws.random() < 0.6),)
            for digits in ends(draws, drawn)
        ]
        draws.shuffle(cells)
        known, half = KnownHeads(rules, 1), len(cells) // 2
        homes = pl.repeat(home, len(cells), dtype=pl.String, eager=True)
        parts = pl.Series(cells[:half]), pl.Series(cells[half:])
        found = pl.concat([judge_column(part, homes.head(len(part)), rules, known) for part in parts])
        for cell, line in zip(cells, found.iter_rows(), strict=True):
            phone, code, message, repair, region, kind, foreign, flag = line
            expected = judge(cell, home, rules)
            told = expected.message if message is None else message
            got = (phone, code or "", told, repair, region or "", kind or "", foreign, flag or "")
            assert got == expected._replace(repairs=", ".join(expected.repairs)), (cell, home, rules)  # type: ignore[arg-type]


def test_most_numbers_are_decided_by_their_digits() -> None:
    """Of a column of numbers as people write them, few cells are judged by themselves."""
    draws = random.Random("few")
    forms = ("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{}{}{}", "+1{}{}{}", "+1 {} {} {}", "1-{}-{}-{}")
    parts = [(draws.choice((212, 312, 503, 816)), draws.randrange(200, 1000), f"{at:04}") for at in range(9_000)]
    cells = [draws.choice(forms).format(*part) for part in parts]
    cells += [f"+4930{draws.randrange(10_000_000):07}" for _ in range(500)] + [
        f"+336{draws.randrange(10**8):08}" for _ in range(500)
    ]
    seen: list[int] = []

    def count(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
        seen.append(len(cells))
        return judge_column(cells, homes, Rules())

    homes = pl.repeat("US", len(cells), dtype=pl.String, eager=True)
    judge_numbers(pl.Series(cells), homes, Rules(), NumberTable(), count)
    assert sum(seen) < 0.01 * len(cells)


@pytest.mark.parametrize("pattern", [known_numbers._ONLY_ABROAD, known_numbers._ALSO_AT_HOME])
def test_simple_cells_are_plain(pattern: str) -> None:
    """Every form of a simple cell is one that `clean` leaves as it is."""
    draws = random.Random("forms")
    cells = [written(draws, *number(draws, american=draws.random() < 0.5)) for _ in range(5_000)]
    simple = pl.DataFrame({"text": [cell for cell in cells if re.search(pattern, cell)]})
    assert simple.height > 1_000
    assert simple.select(_is_plain(pl.col("text")).all()).item()


DECIDED = [
    # cells, their last digits as #, decided by their digits?, why
    ("(212) 555-####", Rules(), True, "taken as it is written"),
    ("678-555-####", Rules(), True, "at home, though Vanuatu has such mobile numbers: the first group is an area"),
    ("678-555-####", Rules(wary=True), False, "unless pluses were lost"),
    ("+1 800 555 ####", Rules(), True, "a rare kind behind a +"),
    ("800 555 ####", Rules(), False, "a rare kind at home, where there are more readings"),
    ("+81 60 123 ####", Rules(), False, "a rare kind that may lack a digit"),
    ("(212) 055-####", Rules(), False, "refused at home, where there are more readings"),
    ("(212) 55-####", Rules(), False, "a form that is not looked at"),
    ("21255####", Rules(), True, "a digit too few at home, where no rule reads nine digits"),
    ("1 212 55# ###", Rules(), True, "and behind a 1"),
    ("21255####", Rules(phone_check="possible"), False, "but for a length that is enough"),
    ("+1 212 55# ###", Rules(), True, "a digit too few behind a +"),
    ("+34 112 34 ####", Rules(), True, "refused abroad"),
    ("+34 112 34 ####", Rules(phone_check="possible"), False, "but for a length that is enough"),
    ("+55 11 8123-####", Rules(), False, "an old spelling"),
    ("+1 212 55# ####", Rules(), True, "an area that is known"),
    ("+44 20 7946 ####", Rules(), True, "groups behind a +"),
]


@pytest.mark.parametrize(("form", "rules", "decided", "why"), DECIDED)
def test_what_is_decided(form: str, rules: Rules, decided: bool, why: str) -> None:
    """Cells are judged by themselves only where their digits decide nothing."""
    ends = random.Random(form).sample(range(1000, 10_000), 40)
    cells = [form.replace("####", str(end)).replace("#", str(end)[-1]) for end in ends]
    rest: list[int] = []

    def count(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
        rest.append(len(cells))
        return judge_column(cells, homes, rules)

    homes = pl.repeat("US", len(cells), dtype=pl.String, eager=True)
    judge_numbers(pl.Series(cells), homes, rules, NumberTable(), count)
    assert sum(rest) == (0 if decided else len(cells)), why


def test_no_north_american_number_is_longer_than_ten_digits() -> None:
    """Ten digits are never too many at home in North America: then they would be read as a number abroad as well."""
    assert {longest_dialled(region) for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]} == {10}


def test_the_cells_stay_as_they_are() -> None:
    """The column that is read keeps its punctuation: reports show the user's own cells."""
    written = ["+1 (212) 555-0123", "+44 20 7946 0018", "212.555.0123", "+12125550123", "no number", None]
    cells = pl.Series(written)
    judge_column(cells, pl.repeat("US", len(cells), dtype=pl.String, eager=True), Rules(), KnownHeads(Rules(), 1))
    assert cells.to_list() == written
