"""The sentence for a clock that is wrong."""

from __future__ import annotations

import pytest

from batch.runs.clock_notice import WRONG_S, clock_notice

WRONG = [
    (WRONG_S, "2 min ahead of the API's clock", "just wrong"),
    (-WRONG_S, "2 min behind the API's clock", "behind, just wrong"),
    (3599.9, "1 h ahead of the API's clock", "rounded to the full hour, not to 60 min"),
    (-5400, "1 h 30 min behind the API's clock", "half an hour more"),
    (86_400, "1 day ahead of the API's clock", "a day"),
    (86_400 * 3 + 60, "3 days 1 min ahead of the API's clock", "days, and no hours"),
]


@pytest.mark.parametrize(("ahead", "words", "reason"), WRONG)
def test_a_wrong_clock_is_named(ahead: float, words: str, reason: str) -> None:
    """One sentence says by how much the clock is wrong, and to which side."""
    (sentence,) = clock_notice(ahead)
    assert f"this machine's clock is {words}." in sentence, reason


@pytest.mark.parametrize("ahead", [0.0, 119.9, -119.9])
def test_a_right_clock_is_not_named(ahead: float) -> None:
    """A difference that a slow answer explains is no sentence."""
    assert list(clock_notice(ahead)) == []
