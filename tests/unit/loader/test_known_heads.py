"""Cells that differ in their last digits alone are judged once: which ones, and with what answers."""

from __future__ import annotations

import os
import random
import re

import polars as pl
import pytest
from harness.examples import examples
from unit.loader.phone_corpus import SPELLINGS
from unit.loader.phone_numbers import number

from batch.loader.phones import Rules, judge, known_heads
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.phones.pattern_syntax import ANY, longest
from batch.loader.phones.pattern_tails import ANY_HEAD, Ending, endings
from batch.loader.phones.vectorised import judge_column

LONG = "GUAYABA_LONG" in os.environ
#: Regions whose plans differ: of one length, of many, with a 0 that stays, shared codes, old spellings, deep patterns.
HOMES = ("US", "MX", "BR", "AR", "CO", "CL", "FR", "DE", "AT", "IT", "GB", "ZA", "AU", "JP", "KR", "CI", "HK", None)
#: Codes of plans in which some number is known by its last digits.
TELLING_CODES = (1, 27, 30, 34, 39, 40, 43, 44, 48, 56, 57, 61, 64, 81, 82, 86, 351, 358, 371, 372, 852, 886, 972)

ENDINGS = [
    # pattern, digits of the tail, endings, why
    (r"[2-9]\d{6}", 4, {Ending(ANY_HEAD, (ANY,) * 4)}, "the last four are any digits"),
    (r"\d{3}", 4, set(), "a shorter number has no such tail"),
    ("8001111", 4, {Ending("800", ("1",) * 4)}, "one number"),
    (r"5251[0-4]\d{3}", 4, {Ending("5251", ("[0-4]", ANY, ANY, ANY))}, "a class in the tail"),
    (r"1(?:2|34)\d{2}", 3, {Ending("1", ("2", ANY, ANY)), Ending("13", ("4", ANY, ANY))}, "each alternative"),
    (r"7[2-4]\d{2,3}", 4, {Ending("", ("7", "[2-4]", ANY, ANY)), Ending("7", ("[2-4]", *(ANY,) * 3))}, "each length"),
    (r"1\d{4}(?:\d{3})?", 4, {Ending(ANY_HEAD, (ANY,) * 4)}, "a part that may be missing"),
]


@pytest.mark.parametrize(("pattern", "size", "found", "why"), ENDINGS)
def test_endings(pattern: str, size: int, found: set[Ending], why: str) -> None:
    """A pattern's endings are its last symbols with what stands before them."""
    assert endings(pattern, size) == found, why


@pytest.mark.parametrize("pattern", [r"1(?!2)\d", r"\d+", "1$", "(1", "1)"])
def test_what_is_no_pattern_of_the_metadata(pattern: str) -> None:
    """Syntax that the metadata does not have today is refused, not misread."""
    with pytest.raises(ValueError, match=re.escape(pattern)):
        longest(pattern)


def alike(draws: random.Random, home: str | None, heads: int, tails: int) -> list[str]:
    """Cells that differ in their last four digits, of numbers in every spelling, damaged and abroad."""
    cells: list[str] = []
    while len(cells) < heads:
        region = home or draws.choice([home for home in HOMES if home])
        cell = draws.choice(list(SPELLINGS.values()))(draws, number(draws, region))
        if cell is not None:
            cells += [
                cell.text,
                "".join(draws.choice("0123456789 ") if draws.random() < 0.05 else m for m in cell.text),
            ]
        size = draws.randrange(5, 11)
        cells.append(f"+{draws.choice(TELLING_CODES)}{draws.randrange(10**size):0{size}}")
        cells.append(str(draws.randrange(10 ** draws.randrange(8, 15))))
    found = [other_tail(draws, cell) for cell in cells for _ in range(tails)]
    draws.shuffle(found)
    return found


def other_tail(draws: random.Random, cell: str) -> str:
    """`cell` with other digits in its last four places."""
    marks = list(cell)
    for at in [at for at, mark in enumerate(cell) if mark.isdigit()][-4:]:
        marks[at] = draws.choice("00123456789")
    return "".join(marks)


@pytest.mark.parametrize("home", HOMES)
def test_heads_decide_their_cells(home: str | None) -> None:
    """With the heads of earlier cells known, every cell has the answer that it has by itself, to the last field."""
    draws = random.Random(f"alike {home}")
    for rules in (Rules(), Rules(wary=True), Rules(phone_check="possible")):
        known = KnownHeads(rules, 1)
        cells = pl.Series(alike(draws, home, 1000 if LONG else examples(40), 25 if LONG else 8))
        homes = pl.repeat(home, len(cells), dtype=pl.String, eager=True)
        half = len(cells) // 2
        parts = [judge_column(part, homes.head(len(part)), rules, known) for part in (cells[:half], cells[half:])]
        found, expected = pl.concat(parts), judge_column(cells, homes, rules)
        told = found["message"].is_not_null() & expected["message"].is_not_null()
        for name in expected.columns:
            same = found[name].eq_missing(expected[name]) | (~told if name == "message" else False)
            assert same.all(), (name, cells.filter(~same)[0], found.row(same.arg_min()), expected.row(same.arg_min()))


def test_the_largest_value_of_a_column_is_not_decided_by_its_head() -> None:
    """2147483647 is no number, though 2147480000 to 2147489999 are numbers of Dallas; its neighbours stay numbers."""
    cells = pl.Series([f"{before}214748{tail:04}" for before in ("", " ") for tail in range(3600, 3700)])
    homes = pl.repeat("US", len(cells), dtype=pl.String, eager=True)
    for known in (None, KnownHeads(Rules(), 1)):
        found = judge_column(cells, homes, Rules(), known)
        assert cells.filter(found["code"] == "digits_lost").to_list() == ["2147483647", " 2147483647"]
        numbers = [cell.strip() for cell in cells if "2147483647" not in cell]
        assert found["phone"].drop_nulls().to_list() == [f"+1{number}" for number in numbers]


def test_regions_are_told_apart() -> None:
    """In a column of several regions, equal heads of two regions are two heads."""
    cells = pl.Series(["0412 345 678", "0412 345 679"] * 3)
    homes = pl.Series(["AU", "AU", "DE", "DE", None, "AU"])
    found = judge_column(cells, homes, Rules(), KnownHeads(Rules(), 1))["phone"]
    assert found.to_list() == [judge(cell, home, Rules()).e164 for cell, home in zip(cells, homes, strict=True)]


def test_heads_with_one_key_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two heads have one key, neither has the other's answer."""
    monkeypatch.setattr(known_heads, "_keys", lambda heads: heads.str.len_bytes().cast(pl.UInt64))
    draws = random.Random("keys")
    cells = pl.Series([f"({draws.choice((212, 312, 415))}) {draws.randrange(100, 999)}-1{at:03}" for at in range(300)])
    homes = pl.repeat("US", 100, dtype=pl.String, eager=True)
    known = KnownHeads(Rules(), 1)
    found = pl.concat([judge_column(cells[at : at + 100], homes, Rules(), known) for at in (0, 100, 200)])
    assert found["phone"].to_list() == [judge(cell, "US", Rules()).e164 for cell in cells]


def test_known_heads_are_not_judged_again() -> None:
    """Of cells that differ in their last digits one is judged; a column of ever new heads is judged as it is."""
    seen: list[int] = []

    def count(cells: pl.Series, homes: pl.Series) -> pl.DataFrame:
        seen.append(len(cells))
        return judge_column(cells, homes, Rules())

    home = pl.repeat("GB", 50, dtype=pl.String, eager=True)
    known = KnownHeads(Rules(), 1)
    for first in (1000, 2000):
        known.judge(pl.Series([f"020 7946 {at}" for at in range(first, first + 50)]), home, count)
    assert seen == [1]
    others = pl.Series([f"020 {exchange} 1234" for exchange in (7946, *range(7100, 7109))])
    known.judge(others, home.head(10), count)
    assert seen == [1, 9]
    KnownHeads(Rules(), 1).judge(others, home.head(10), count)
    assert seen == [1, 9, 10]
