"""The country that is suggested for numbers without country codes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from unit.loader.conftest import Read

from batch.loader.region_guess import guess_regions

US = [f"(212) 555-01{at:02}" for at in range(10)]
ES = [f"609 00 01 {at:02}" for at in range(10)]
GUESSES = [
    (US, None, "US", "numbers of the United States"),
    (ES, "US", "ES", "numbers of Spain, read as those of the United States"),
    (["+1 212 555 0100"] * 5, None, "", "country codes need no country"),
    (["+34 612 345 678"] * 9 + ES[:3], None, "ES", "only cells without a country code count"),
    (US[:7] + ["none"] * 3, None, "US", "seven of ten are enough"),
    (US[:6] + ["none"] * 4, None, "", "six of ten are not"),
    (["call me", "x"], None, "", "no numbers at all"),
    ([], None, "", "no cells"),
    ([f"612 34 56 {at:02}" for at in range(9)], None, "ES", "mobiles in Spain; in Chile numbers of one town"),
    ([f"9 6123 45{at:02}" for at in range(9)], None, "PE CL", "mobiles of two countries"),
]


@pytest.mark.parametrize(("cells", "given", "region", "reason"), GUESSES)
def test_guess(cells: Sequence[str], given: str | None, region: str, reason: str) -> None:
    """The countries in which most cells are numbers: the best, and one that looks the same."""
    assert guess_regions(cells, given) == tuple(region.split()), reason


TABLES = [
    (ES, None, "most cells look like ES numbers: add --region ES", "no country was given"),
    (ES, "US", "look like ES numbers: give --region ES instead of US", "the wrong one was given"),
    (["9 6123 4501"] * 4, None, "most cells look like PE or CL numbers", "two countries have them"),
    (["9 6123 4501"] * 4, "US", "not valid in US and look like PE or CL numbers", "the same, another given"),
    (ES[:2] + US[:8], "US", None, "most rows can be read"),
    (["+34 612 345 678"] * 4, None, None, "the numbers have their country"),
]


@pytest.mark.parametrize(("cells", "region", "words", "reason"), TABLES)
def test_the_notice(cells: Sequence[str], region: str | None, words: str | None, reason: str, read: Read) -> None:
    """A table that mostly cannot be read has the notice of the guess; another has none."""
    found = read("phone\n" + "".join(f"{cell}\n" for cell in cells), region=region)
    said = [notice for notice in found.survey.notices if "look like" in notice]
    assert (words is None and said == []) or (len(said) == 1 and words is not None and words in said[0]), reason


def test_a_column_of_countries_is_not_guessed_over(read: Read) -> None:
    """Where each row has its country, no other is suggested."""
    found = read("phone,land\n" + "".join(f"{cell},US\n" for cell in ES), region=None, mapping={"region": "land"})
    assert not [notice for notice in found.survey.notices if "look like" in notice]
