"""The country that is suggested for numbers without country codes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from unit.loader.conftest import Read

from batch.loader.passes.region_guess import guess_regions

AREAS = ("212", "305", "415", "713", "917", "646", "312", "202", "404", "503")
US = [f"({area}) 555-01{at:02}" for at, area in enumerate(AREAS)]
US_IN_USE = [f"{area}{at}3{at}01{at}0" for at, area in enumerate(AREAS[:8], 2)]
ES = [f"6{at}9 {at}3 71 {at}4" for at in range(10)]
ES_LANDLINES = [f"9{1 + at % 5} {at}34 56 {at}1" for at in range(2, 10)]
FR = [f"06 {at}2 34 56 7{at}" for at in range(10)]
MX = [f"{area} {at}234 567{at}" for at, area in enumerate(("55", "33", "81", "55", "33", "81", "55", "33"), 2)]
PE = [f"9{at}1 {at}45 67{at}" for at in range(10)]
DE = [f"0{area} 23456{at}{at}" for at, area in enumerate(("30", "40", "89", "69", "221", "30", "40", "89"))]
GUESSES = [
    (US, None, "US", "numbers of the United States"),
    (US_IN_USE, None, "US", "Germany and Italy read most of them as landlines, as they read most digits"),
    ([*US_IN_USE, "21255501"], None, "US", "one is damaged, and a landline of Germany then"),
    (US[:7] + ["none"] * 3, None, "US", "seven of ten are enough"),
    (US[:6] + ["none"] * 4, None, "", "six of ten are not"),
    (ES, "US", "ES FR", "mobiles of Spain, and of France without their zero, read as those of the United States"),
    (
        ES_LANDLINES,
        None,
        "PE ES FR",
        "landlines of Spain are mobiles of Peru, and of France without a zero",
    ),
    (FR, None, "FR", "mobiles of France with their zero"),
    (MX, None, "MX", "numbers of Mexico"),
    (PE, None, "PE ES FR", "mobiles of Peru are landlines of Spain"),
    (DE, None, "DE IT", "landlines of two open plans, which no other country reads"),
    ([f"0151 234567{at:02}" for at in range(9)], None, "DE", "mobiles of an open plan"),
    (["+1 212 555 0100"] * 5, None, "", "country codes need no country"),
    (["+34 612 345 678"] * 9 + US[:5], None, "US", "only cells without a country code count"),
    (["call me", "x"], None, "", "no numbers at all"),
    ([], None, "", "no cells"),
]


@pytest.mark.parametrize(("cells", "given", "region", "reason"), GUESSES)
def test_guess(cells: Sequence[str], given: str | None, region: str, reason: str) -> None:
    """The countries in which most cells are numbers: the best, and each that reads nearly as many."""
    assert guess_regions(cells, given) == tuple(region.split()), reason


TABLES = [
    (US, None, "most cells look like US numbers: add --region US", "no country was given"),
    (US, "ES", "look like US numbers: give --region US instead of ES", "the wrong one was given"),
    (ES, None, "most cells look like ES or FR numbers: add the right country with --region", "two countries have them"),
    (ES, "US", "not valid in US and look like ES or FR numbers", "the same, another given"),
    (PE[:2] + US[:8], "US", None, "most rows can be read"),
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
