"""Calls, counted and drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.model import AttemptSeen, Outcome, RunRecord
from batch.reporter.calls import observe
from batch.reporter.charts import HEIGHT, WIDTH, histogram, outcome_bar, timeline


def attempt(at: float, took: float | None = 0.2, status: int | None = 200) -> AttemptSeen:
    return AttemptSeen(row=2, sent_at=at, seen_at=None if took is None else at + took, status=status, verdict=None)


times = st.floats(min_value=-1e5, max_value=1e9)
answers = st.sampled_from([200, 404, 429, 503, None])


@given(st.lists(st.tuples(times, st.floats(-10, 1e4), answers), max_size=40), times)
def test_every_call_is_counted_once_inside_the_picture(
    record: Callable[..., RunRecord], found: list[tuple[float, float, int | None]], end: float
) -> None:
    """Whatever the clock did, all calls are counted, in a bounded number of bars that stay in the box."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + end, pauses=((start + end, start - 5, "x"), (start, start + 9, "y"))).facts()
    seen = observe([attempt(start + at, took, status) for at, took, status in found], facts)
    assert sum(map(sum, seen.stretches)) == sum(seen.answers) == len(found)
    assert len(seen.stretches) <= 240
    drawn = timeline(seen, facts)
    assert (drawn is None) == (not found)
    for bar in [*drawn.bars, *drawn.pauses] if drawn else []:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
        assert -0.1 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.1


def test_a_long_run_is_held_against_the_limit(record: Callable[..., RunRecord]) -> None:
    """Thirty calls a minute for ten minutes are ten bars just at the line."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 599.9).facts()
    seen = observe([attempt(start + 2 * n) for n in range(300)], facts)
    drawn = timeline(seen, facts)
    assert drawn is not None
    assert seen.seconds == 60
    assert [bar.y for bar in drawn.bars] == [drawn.limit_y] * 10


def test_a_bar_of_several_windows_is_their_mean(record: Callable[..., RunRecord]) -> None:
    """A run of a day is drawn in fewer bars, none above a limit that was kept."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 86_399).facts()
    drawn = timeline(observe([attempt(start + 2 * n) for n in range(43_200)], facts), facts)
    assert drawn is not None
    assert drawn.limit_y is not None
    assert min(bar.y for bar in drawn.bars) == pytest.approx(drawn.limit_y)


def test_a_short_run_has_no_limit_line(record: Callable[..., RunRecord]) -> None:
    """Within a part of a window the limit says nothing, so it is not drawn beside finer bars."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 20).facts()
    drawn = timeline(observe([attempt(start + n) for n in range(20)], facts), facts)
    assert drawn is not None
    assert drawn.limit_y is None
    assert len(drawn.bars) > 10


def test_latency_is_told_by_its_shares(record: Callable[..., RunRecord]) -> None:
    """Half and 95% are upper edges that hold; lost answers are not timed."""
    facts = record([]).facts()
    start = facts.started_at
    slow = [attempt(start, 4.0)] * 10
    seen = observe([*[attempt(start, 0.09)] * 90, *slow, attempt(start, None, None)], facts)
    drawn = histogram(seen)
    assert drawn is not None
    assert (drawn.half, drawn.most) == ("100 ms", "5 s")
    assert drawn.ticks == ["10 ms", "100 ms", "1 s", "10 s"]


def test_the_rarest_outcome_can_be_seen() -> None:
    """One row of a million has a part of its own, and the parts fill the bar."""
    parts = outcome_bar({Outcome.SUCCEEDED: 999_999, Outcome.UNKNOWN: 1})
    assert parts[1].width > 5
    assert sum(part.width for part in parts) == pytest.approx(WIDTH, abs=0.1)
    assert outcome_bar({}) == []
