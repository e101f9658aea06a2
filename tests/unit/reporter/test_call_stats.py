"""Calls, counted and drawn."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.journal.run_reader import RunReader
from batch.model import AttemptRecord, Outcome
from batch.reporter.call_stats import collect_calls
from batch.reporter.charts import HEIGHT, WIDTH, histogram, outcome_bar, timeline


def attempt(at: float, took: float | None = 0.2, status: int | None = 200) -> AttemptRecord:
    return AttemptRecord(row=2, sent_at=at, seen_at=None if took is None else at + took, status=status, verdict=None)


times = st.floats(min_value=-1e5, max_value=1e9)
answers = st.sampled_from([200, 404, 429, 503, None])


@given(st.lists(st.tuples(times, st.floats(-10, 1e4), answers), max_size=40), times)
def test_every_call_is_counted_once_inside_the_picture(
    record: Callable[..., RunReader], found: list[tuple[float, float, int | None]], end: float
) -> None:
    """Whatever the clock did, all calls are counted, in a bounded number of bars that stay in the box."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + end, pauses=((start + end, start - 5, "x"), (start, start + 9, "y"))).facts()
    seen = collect_calls([attempt(start + at, took, status) for at, took, status in found], facts)
    assert sum(map(sum, seen.stretches)) == sum(seen.answers) == len(found)
    assert len(seen.stretches) <= 240
    drawn = timeline(seen, facts)
    assert (drawn is None) == (not found)
    for bar in [*drawn.bars, *drawn.pauses] if drawn else []:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
        assert -0.1 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.1


def test_a_long_run_is_held_against_the_limit(record: Callable[..., RunReader]) -> None:
    """Thirty calls a minute for ten minutes are ten bars just at the line."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 599.9).facts()
    seen = collect_calls([attempt(start + 2 * n) for n in range(300)], facts)
    drawn = timeline(seen, facts)
    assert drawn is not None
    assert seen.seconds == 60
    assert [bar.y for bar in drawn.bars] == [drawn.limit_y] * 10


def test_a_bar_of_several_windows_is_their_mean(record: Callable[..., RunReader]) -> None:
    """A run of a day is drawn in fewer bars, none above a limit that was kept."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 86_399).facts()
    drawn = timeline(collect_calls([attempt(start + 2 * n) for n in range(43_200)], facts), facts)
    assert drawn is not None
    assert drawn.limit_y is not None
    assert min(bar.y for bar in drawn.bars) == pytest.approx(drawn.limit_y)


def test_a_limit_far_above_the_calls_does_not_press_the_bars_flat(record: Callable[..., RunReader]) -> None:
    """Three calls in ten windows under a limit of 30 are as high as the box, and no line is drawn."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 599.9).facts()
    drawn = timeline(collect_calls([attempt(start + 200 * n) for n in range(3)], facts), facts)
    assert drawn is not None
    assert drawn.limit_y is None
    assert [bar.height for bar in drawn.bars] == pytest.approx([HEIGHT / 1.08] * 3, abs=0.01)


def test_a_short_run_is_held_against_the_limit_by_its_last_window(record: Callable[..., RunReader]) -> None:
    """Beside bars finer than a window stands the outline of the calls of the last window: it rises, stays and falls."""
    start = record([]).facts().started_at
    facts = record([], ended_at=start + 120).facts()
    drawn = timeline(collect_calls([attempt(start + n) for n in range(20)], facts), facts)
    assert drawn is not None
    assert len(drawn.bars) > 10
    assert drawn.limit_y is not None
    heights = [float(y) for y in re.findall(r"V([0-9.]+)H", drawn.recent)]
    top = min(heights)
    assert top == pytest.approx(100 - (100 - drawn.limit_y) * 20 / 30, abs=0.05)
    first, last = heights.index(top), len(heights) - heights[::-1].index(top)
    assert [first * 60 / 64, last * 60 / 64] == [pytest.approx(19, abs=1), pytest.approx(60, abs=1)]
    assert heights[-1] == 100
    longer = timeline(collect_calls([attempt(start + 60 * n) for n in range(9)], facts), facts)
    assert longer is not None and longer.recent == ""


def test_times_without_calls_are_told_apart(record: Callable[..., RunReader]) -> None:
    """A pause that was asked for, an outage and a closed lid are bands of their own kinds; touching ones become one."""
    start = record([]).facts().started_at
    facts = record(
        [],
        ended_at=start + 1000,
        sessions=((start, start + 500), (start + 600, start + 1000)),
        pauses=(
            (start + 100, start + 110, "throttled"),
            (start + 109, start + 120, "throttled"),
            (start + 200, start + 300, "outage"),
        ),
    ).facts()
    drawn = timeline(collect_calls([attempt(start)], facts), facts)
    assert drawn is not None
    assert [band.kind for band in drawn.pauses] == ["pause", "outage", "still"]
    assert [band.x for band in drawn.pauses] == [pytest.approx(at, abs=10) for at in (100, 200, 500)]


def test_latency_is_told_by_its_shares(record: Callable[..., RunReader]) -> None:
    """Half and 95% are upper edges that hold; neither lost answers nor refused connections are timed."""
    facts = record([]).facts()
    start = facts.started_at
    slow = [attempt(start, 4.0)] * 10
    seen = collect_calls(
        [*[attempt(start, 0.09)] * 90, *slow, attempt(start, None, None), *[attempt(start, 0.002, None)] * 500], facts
    )
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
