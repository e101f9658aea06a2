"""Full jitter within doubling bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.backoff import Backoff


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_between_nothing_and_its_bound(failures: int, draw: float) -> None:
    """After n failures the wait is at least 0 and below min(cap, base * 2^(n-1)), however large n is."""
    assert 0.0 <= Backoff(1.0, 60.0).wait(failures, draw) <= min(60.0, 2.0 ** min(failures - 1, 6))


def test_the_bounds_double_up_to_the_cap() -> None:
    """At the end of its range the draw yields 1, 2, 4, 8 ... and stays at the cap."""
    assert [Backoff(1.0, 10.0).wait(n, 1.0) for n in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
