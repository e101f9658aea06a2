"""What was learned of a limit, on its way through a quota store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.pacing.learned_limit import LearnedLimit, parse_learned_limit

LEARNED = LearnedLimit(30, 6, 2.0, 1_800_000_000.0, 30, 1)


@given(
    calls=st.integers(1, 1000),
    burst=st.integers(1, 1000),
    interval=st.floats(0, 3600),
    learned_at=st.floats(0, 4e9),
    stated=st.integers(0, 1000),
)
def test_a_learned_limit_comes_back_from_its_text(
    calls: int, burst: int, interval: float, learned_at: float, stated: int
) -> None:
    """What a store is given is what the next process learns from it."""
    learned = LearnedLimit(calls, min(calls, burst), interval, learned_at, stated)
    assert parse_learned_limit(learned.text) == learned


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing was learned"),
        ("burst 6", "no JSON"),
        ("[30, 6, 2.0]", "no object"),
        ("{}", "fields are missing"),
        (LEARNED._replace(burst=31).text, "a burst above the calls of a window"),
        (LEARNED._replace(burst=0).text, "no call at all"),
        (LEARNED._replace(interval=-1.0).text, "an interval below zero"),
        (LEARNED._replace(interval=1e9).text, "an interval that nobody waits for"),
        (LEARNED._replace(interval=float("nan")).text, "no number"),
        (LEARNED._replace(interval=True).text, "a flag"),
        (LEARNED.text.replace("30", "3.5"), "half a call"),
        (LEARNED.text.replace("burst", "peak"), "a field of another version"),
        ("[" * 10_000, "nesting without end"),
    ],
)
def test_a_text_that_is_none_of_ours_teaches_nothing(text: str, reason: str) -> None:
    """A store's text is read with care: what this version has not written counts for nothing, as each row says."""
    assert parse_learned_limit(text) is None, reason
