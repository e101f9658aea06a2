"""Rate-limit windows in virtual time, and the headers that show them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.sandbox.limits import UNLIMITED, FixedWindow, Meter, SlidingWindow, admit, peek
from batch.sandbox.model import Clock

if TYPE_CHECKING:
    from unit.sandbox.conftest import Start

GAPS = st.lists(st.one_of(st.floats(0, 90), st.floats(0, 0.5), st.sampled_from([0, 1, 2, 59, 60, 61])), max_size=120)
LIMITS = st.integers(1, 8)
SPAN = 60.0


def _arrivals(gaps: list[float]) -> list[float]:
    times, now = [], 1_000.0
    for gap in gaps:
        now += gap
        times.append(now)
    return times


@given(gaps=GAPS, limit=LIMITS)
def test_a_sliding_window_never_admits_more_than_its_limit(gaps: list[float], limit: int) -> None:
    """In any 60 seconds, wherever they begin, at most `limit` requests were admitted."""
    window, admitted = SlidingWindow(), []
    for now in _arrivals(gaps):
        after, answer = admit(window, now, SPAN, limit)
        assert isinstance(after, SlidingWindow)
        window = after
        if answer.admitted:
            admitted.append(now)
    for first in admitted:
        assert sum(first <= then < first + SPAN for then in admitted) <= limit


@given(gaps=GAPS, limit=LIMITS)
def test_a_fixed_window_never_admits_more_than_its_limit(gaps: list[float], limit: int) -> None:
    """Windows open with their first request, do not overlap, and each admits at most `limit`."""
    window, counts, last = FixedWindow(), dict[float, int](), float("-inf")
    for now in _arrivals(gaps):
        after, answer = admit(window, now, SPAN, limit)
        assert isinstance(after, FixedWindow)
        window = after
        counts[window.opened] = counts.get(window.opened, 0) + answer.admitted
        assert window.opened == last or window.opened >= last + SPAN
        last = window.opened
    assert all(count <= limit for count in counts.values())


@given(gaps=GAPS, limit=LIMITS, sliding=st.booleans())
def test_waiting_for_retry_after_is_always_enough(gaps: list[float], limit: int, sliding: bool) -> None:
    """After Retry-After seconds of silence a refused request is admitted, and Remaining was true."""
    window: FixedWindow | SlidingWindow = SlidingWindow() if sliding else FixedWindow()
    for now in _arrivals(gaps):
        before = peek(window, now, SPAN, limit)
        window, answer = admit(window, now, SPAN, limit)
        assert answer.admitted == (before.remaining > 0)
        assert answer.remaining == before.remaining - answer.admitted
        assert 0 < answer.reset_in <= SPAN + 1e-6
        if not answer.admitted:
            assert admit(window, now + answer.retry_after, SPAN, limit)[1].admitted


@given(gaps=GAPS, limit=LIMITS)
def test_a_limit_that_is_not_reached_is_not_felt(gaps: list[float], limit: int) -> None:
    """Requests that are a span apart per limit are all admitted, by either window."""
    for window in (FixedWindow(), SlidingWindow()):
        state: FixedWindow | SlidingWindow = window
        for turn in range(30):
            state, answer = admit(state, 1_000 + turn * SPAN / limit, SPAN, limit)
            assert answer.admitted


def test_keys_and_classes_have_their_own_windows() -> None:
    """What one key or class spends, no other one misses."""
    meter = Meter({"read": 2, "write": 1})
    assert meter.admit("a", "write", 0.0).admitted
    assert not meter.admit("a", "write", 1.0).admitted
    assert meter.admit("a", "read", 1.0).admitted
    assert meter.admit("b", "write", 1.0).admitted


@pytest.mark.parametrize("limit", [0, -5])
def test_zero_is_no_limit(limit: int) -> None:
    """A limit of 0 or less admits everything, and shows a large limit."""
    meter = Meter({"read": 1, "write": limit})
    answers = [meter.admit("a", "write", 0.0) for _ in range(1_000)]
    assert all(answer.admitted for answer in answers) and answers[0].limit == UNLIMITED


def test_the_headers_count_down_and_then_a_429_says_when(start: Start) -> None:
    """Thirty writes pass; the next is refused with whole seconds that agree with the reset, and is not counted."""
    sandbox = start(writes_per_minute=30)
    left = [sandbox.update(status="paused").headers["X-RateLimit-Remaining"] for _ in range(30)]
    assert left == [str(count) for count in range(29, -1, -1)]
    refused = sandbox.update(status="DNC")
    assert refused.status_code == 429
    assert refused.json() == {"error": "Rate limit exceeded", "message": "Too many requests"}
    assert refused.headers["X-RateLimit-Limit"] == "30"
    wait = int(refused.headers["Retry-After"])
    assert 40 <= wait <= 60
    assert abs(int(refused.headers["X-RateLimit-Reset"]) - (time.time() + wait)) < 10
    last = sandbox.book("requests")[-1]
    assert (last["status"], last["counted"]) == (429, False)


def test_every_other_page_has_the_other_429(start: Start) -> None:
    """Fulfill, PUT, create and the reads are refused in the words of /authentication, with retryAfter."""
    sandbox = start(writes_per_minute=1, reads_per_minute=1)
    sandbox.update(status="paused")
    sandbox.http.get("/campaigns")
    for method, path in [
        ("POST", "/contacts/fulfill"),
        ("PUT", "/contacts/7"),
        ("POST", "/contacts"),
        ("GET", "/contacts"),
    ]:
        refused = sandbox.http.request(method, path, json={})
        wait = int(refused.headers["Retry-After"])
        assert refused.status_code == 429
        assert refused.json() == {
            "error": "Too many requests",
            "message": f"Rate limit exceeded. Try again in {wait} seconds.",
            "retryAfter": wait,
        }


def test_a_failed_write_counts(start: Start) -> None:
    """A 400, a 404 and a 405 each take one of the writes; a read takes none of them."""
    sandbox = start(writes_per_minute=10)
    sandbox.update()
    sandbox.update(phone="+12125550199", status="DNC")
    sandbox.post("/nowhere", {})
    sandbox.http.get("/contacts")
    assert sandbox.update(status="paused").headers["X-RateLimit-Remaining"] == "6"


def test_writes_come_back_after_a_window(start: Start) -> None:
    """The writes are back once the window is over, and not before."""
    now = 1_000.0
    sandbox = start(Clock(monotonic=lambda: now), writes_per_minute=2, window_seconds=0.6)
    assert [sandbox.update(status="paused").status_code for _ in range(3)] == [200, 200, 429]
    now += 0.59
    assert sandbox.update(status="paused").status_code == 429
    now += 0.02
    assert sandbox.update(status="paused").status_code == 200
