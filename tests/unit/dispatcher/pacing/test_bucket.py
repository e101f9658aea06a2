"""The bucket against servers that count: no window, fixed or sliding, ever holds more than the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.rate_cap import RateCap
from batch.guayaba.exchange import RateLimitHeaders

NOTHING = RateLimitHeaders()


def counted_at(bucket: Bucket, trips: list[tuple[float, float]], until: float) -> list[float]:
    """When a server counted each request, if requests leave as soon as the bucket lets them and trips take
    (there, back) seconds, drawn round and round."""
    now, at, seen = 0.0, [], 0
    flying: list[float] = []
    while now < until and seen < 400:
        ready = bucket.ready_at(now)
        if ready is not None and ready <= now:
            there, back = trips[seen % len(trips)]
            seen += 1
            bucket.take(now)
            at.append(now + there)
            flying.append(now + there + back)
        else:
            moments = [*flying, *([ready] if ready is not None else [])]
            now = min(moments)
        for landed in sorted(moment for moment in flying if moment <= now):
            flying.remove(landed)
            bucket.answered(NOTHING, landed)
    return at


@given(
    limit=st.integers(1, 12),
    trips=st.lists(st.tuples(st.floats(0, 5), st.floats(0.001, 5)), min_size=1, max_size=8),
)
def test_no_sliding_window_holds_more_than_the_limit(limit: int, trips: list[tuple[float, float]]) -> None:
    """However long requests and answers travel, no window of the server holds more than the limit."""
    at = sorted(counted_at(Bucket(limit, 60.0), trips, 400.0))
    for first, beyond in zip(at, at[limit:], strict=False):
        assert beyond - first >= 60.0 - 1e-6


def test_all_of_the_quota_is_used_when_it_binds() -> None:
    """With the quota binding and an answer in 5 ms, at least 99% of the calls that the limit allows are made."""
    made = [at for at in counted_at(Bucket(30, 60.0), [(0.002, 0.003)], 600.0) if at < 600.0]
    assert len(made) >= 0.99 * 300


@pytest.mark.parametrize(
    ("word", "free_at", "reason"),
    [
        (RateLimitHeaders(limit=30, remaining=29), 0.0, "the server agrees with us: the next may go at once"),
        (RateLimitHeaders(limit=30, remaining=0, reset_in=17.0), 17.0, "somebody else used it up: wait for Reset"),
        (RateLimitHeaders(limit=30, remaining=0), 60.0, "used up and no Reset: wait a window"),
        (RateLimitHeaders(limit=1, remaining=0, reset_in=60.0), 60.0, "the limit was lowered to one"),
        (RateLimitHeaders(limit=90, remaining=500), 0.0, "a Remaining above the limit is not believed"),
        (NOTHING, 0.0, "a server that says nothing is taken at the documented limit"),
    ],
)
def test_what_the_server_says_overrides_towards_caution(word: RateLimitHeaders, free_at: float, reason: str) -> None:
    """Limit, Remaining and Reset of an answer move the next token, each row as its reason says."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    bucket.answered(word, 0.0)
    assert bucket.ready_at(0.0) == free_at, reason


def test_the_first_request_goes_alone() -> None:
    """Until the first answer is seen nothing else leaves, since only an answer says how full the window is."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    assert bucket.ready_at(0.0) is None
    bucket.answered(RateLimitHeaders(limit=30, remaining=3, reset_in=40.0), 1.0)
    for _ in range(3):
        assert bucket.ready_at(1.0) == 1.0
        bucket.take(1.0)
    assert bucket.ready_at(1.0) == 41.0


def test_one_pause_for_answers_that_were_refused_together() -> None:
    """Several 429s of one burst make one pause, and after it one request goes ahead alone."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    bucket.answered(NOTHING, 0.0)
    for _ in range(3):
        bucket.take(1.0)
    assert bucket.throttled(RateLimitHeaders(retry_after=20.0), 2.0) == 22.0
    assert bucket.throttled(RateLimitHeaders(retry_after=19.0), 3.0) == 22.0
    assert bucket.throttled(RateLimitHeaders(retry_after=18.0), 4.0) == 22.0
    assert bucket.ready_at(4.0) == 22.0
    bucket.take(22.0)
    assert bucket.ready_at(22.0) is None


@pytest.mark.parametrize(
    ("word", "pause", "reason"),
    [
        (RateLimitHeaders(retry_after=7.0, reset_in=50.0), 7.0, "Retry-After is the more exact word"),
        (RateLimitHeaders(reset_in=50.0), 50.0, "then Reset"),
        (NOTHING, 60.0, "then a whole window"),
    ],
)
def test_how_long_a_429_pauses(word: RateLimitHeaders, pause: float, reason: str) -> None:
    """A 429 pauses for what it says, each row as its reason says."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    assert bucket.throttled(word, 0.0) == pause, reason


def test_a_share_of_the_limit_is_used_and_no_more() -> None:
    """With a share of 80%, 24 of 30 tokens are there; of the smallest limit one remains."""
    assert Bucket(30, 60.0, share=0.8).tokens == 24
    assert Bucket(1, 60.0, share=0.8).tokens == 1


def test_a_token_that_the_machine_does_not_have_is_given_back() -> None:
    """A hold gives the token back and none before its time."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    bucket.hold(7.0)
    assert bucket.ready_at(0.0) == 7.0


def test_a_request_that_never_left_costs_nothing() -> None:
    """A refused connection gives its token back at once; one that may have arrived holds it for a window."""
    bucket = Bucket(1, 60.0)
    bucket.take(0.0)
    bucket.never_left()
    assert bucket.ready_at(0.0) == 0.0
    bucket.take(0.0)
    bucket.unanswered(5.0)
    assert bucket.ready_at(5.0) == 65.0


def test_the_users_rate_and_the_servers_limit_both_hold() -> None:
    """A rate of 2 in 10 s paces a limit of 3 in 60 s: two at once, the third after 10 s, the fourth after a window."""
    bucket = Bucket(3, 60.0, pace=RateCap(2, 10.0))
    left = []
    now = 0.0
    for _ in range(4):
        ready = bucket.ready_at(now)
        assert ready is not None
        now = ready
        bucket.take(now)
        bucket.answered(NOTHING, now)
        left.append(now)
    assert left == [0.0, 0.0, 10.0, 60.0]


def test_a_rate_by_the_hour_is_not_taken_for_one_by_the_minute() -> None:
    """With 1,000 an hour, the server's 30 a minute stay 30 a minute."""
    bucket = Bucket(30, 60.0, pace=RateCap(1000, 3600.0))
    bucket.take(0.0)
    bucket.answered(RateLimitHeaders(limit=30, remaining=29), 0.0)
    assert bucket.tokens == 30


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        (0.0, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),  # no time to come: not believed at all
        (1.0, [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 8.0]),  # the documented seconds are, for some while
        (20.0, [20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0]),  # and so is more than we would wait
    ],
)
def test_refusals_in_a_row_pause_longer_each_time(said: float, waits: list[float]) -> None:
    """A server that answers each request with 429 is asked less and less often, not in a storm."""
    bucket = Bucket(30, 60.0)
    now, pauses = 0.0, []
    for _ in range(8):
        bucket.take(now)
        until = bucket.throttled(RateLimitHeaders(retry_after=said), now)
        pauses.append(until - now)
        now = until
    assert pauses == waits


def test_a_bucket_without_tokens_or_time_is_refused() -> None:
    """A limit below one or a window of nothing is a mistake of the caller's."""
    with pytest.raises(ValueError, match="limit"):
        Bucket(0, 60.0)
    with pytest.raises(ValueError, match="window"):
        Bucket(30, 0.0)
