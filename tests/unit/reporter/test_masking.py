"""Masking hides people, everywhere but in the reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.text.masking import mask, mask_within


def test_the_middle_of_a_number_is_hidden() -> None:
    """A number reads as in the design: country and area first, last four, dots between."""
    assert mask("+12125550123") == "+1212•••0123"


@given(st.text(alphabet="0123456789", min_size=1, max_size=15))
def test_three_digits_are_always_hidden(digits: str) -> None:
    """Whatever its length, a number keeps three digits to itself, or all it has."""
    shown = sum(sign.isdigit() for sign in mask(f"+{digits}"))
    assert shown <= max(0, len(digits) - 3)


@pytest.mark.parametrize(
    "text",
    [
        "Invalid phone number +12125550123",
        "'(212) 555-0123' cannot be",
        "212.555.0123 or 212-555-0199",
        "212 - 555 - 0123",
        "tel:+34612345678",
        "٢١٢٥٥٥٠١٢٣",
    ],
)
def test_a_number_inside_a_text_is_masked(text: str) -> None:
    """A message that repeats a number gives it away no more than the number's own column."""
    assert "•••" in mask_within(text)
    assert sum(sign.isdigit() for sign in mask_within(text)) < sum(sign.isdigit() for sign in text)


@pytest.mark.parametrize(
    "text",
    ["d290f1ee-6c54-4b01-90e6-701748085112", "expected 8-4-4-4-12 digits", "row 10,234", "status 404 after 5 attempts"],
)
def test_what_is_no_number_stays(text: str) -> None:
    """UUIDs, counts and statuses are read in messages as they are."""
    assert mask_within(text) == text
