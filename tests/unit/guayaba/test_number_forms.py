"""The other form of a number, as a team may have stored it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.number_forms import siblings

SIBLINGS = [
    # number, siblings, why
    ("+525512345678", ("+5215512345678",), "Mexico with the old 1"),
    ("+5215512345678", ("+525512345678",), "and without"),
    ("+5491123456789", ("+541123456789",), "Argentina without the 9"),
    ("+541123456789", ("+5491123456789",), "and with it"),
    ("+5511981234567", ("+551181234567",), "an old Brazilian mobile"),
    ("+551181234567", ("+5511981234567",), "and as it is today"),
    ("+551132345678", (), "a Brazilian fixed line has no other form"),
    ("+5511932345678", (), "nor has a mobile that never had eight digits: they began with 6 to 9"),
    ("+2290197123456", ("+22997123456",), "Benin before November 2024"),
    ("+576012345678", ("+5712345678",), "Bogotá before September 2021"),
    ("+12125550101", (), "most numbers have one form"),
]


@pytest.mark.parametrize(("number", "expected", "why"), SIBLINGS)
def test_siblings(number: str, expected: tuple[str, ...], why: str) -> None:
    """A number's siblings are its other written forms, and nothing else."""
    assert siblings(number) == expected, why


@given(st.from_regex(r"\+(?:52|521|54|549|55|229|22901|57|5760|1|34)[0-9]{6,11}", fullmatch=True))
def test_a_siblings_sibling_is_the_number(number: str) -> None:
    """The relation goes both ways: whichever form the team holds, the other finds it."""
    for other in siblings(number):
        assert number in siblings(other)
        assert other != number
