"""The bucket against servers that count: no window, fixed or sliding, ever holds more than the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.rate_cap import RateCap
from batch.guayaba.exchange import Exchange, Failure, RateLimitHeaders

NOTHING = RateLimitHeaders()


def answered(bucket: Bucket, said: RateLimitHeaders, now: float, left_at: float | None = None) -> None:
    """The request that left at `left_at` (`None`: now) was accepted, and its response is seen `now`."""
    bucket.settle(Exchange(200, quota=said), now, now if left_at is None else left_at)


def refused(bucket: Bucket, said: RateLimitHeaders, now: float, left_at: float | None = None) -> float:
    """It was refused with 429; until when the bucket pauses."""
    bucket.settle(Exchange(429, quota=said), now, now if left_at is None else left_at)
    return bucket.paused_until


def counted_at(bucket: Bucket, trips: list[tuple[float, float]], until: float) -> list[float]:
    """When a server counted each request, if requests leave as soon as the bucket lets them and trips take
    (there, back) seconds, drawn round and round."""
    now, at, seen = 0.0, [], 0
    flying: list[tuple[float, float]] = []
    while now < until and seen < 400:
        ready = bucket.ready_at(now)
        if ready is not None and ready <= now:
            there, back = trips[seen % len(trips)]
            seen += 1
            bucket.take(now)
            at.append(now + there)
            flying.append((now + there + back, now))
        else:
            moments = [*(landed for landed, _ in flying), *([ready] if ready is not None else [])]
            now = min(moments)
        for landed, left_at in sorted(flight for flight in flying if flight[0] <= now):
            flying.remove((landed, left_at))
            answered(bucket, NOTHING, landed, left_at)
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
    answered(bucket, word, 0.0)
    assert bucket.ready_at(0.0) == free_at, reason


def test_requests_go_one_at_a_time_at_first() -> None:
    """Until the first answer is seen nothing else leaves, since only an answer says how full the window is; the next
    ones wait for the one before, or for the time that one call takes of the limit."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    assert bucket.ready_at(0.0) is None
    answered(bucket, NOTHING, 1.0, 0.0)
    for at in (1.0, 1.5, 2.0):
        assert bucket.ready_at(at) == at
        bucket.take(at)
        assert bucket.ready_at(at) == at + 2.0
        answered(bucket, NOTHING, at + 0.5, at)


def test_where_others_use_the_key_calls_are_spread() -> None:
    """A Remaining that our own calls do not explain is the work of others: no more than Remaining until Reset, and
    spread evenly."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    answered(bucket, RateLimitHeaders(limit=30, remaining=2, reset_in=40.0), 0.0)
    left = []
    now = 0.0
    for _ in range(3):
        ready = bucket.ready_at(now)
        assert ready is not None
        now = ready
        bucket.take(now)
        answered(bucket, NOTHING, now)
        left.append(now)
    assert left == [pytest.approx(2.02), pytest.approx(4.04), 40.0]


@pytest.mark.parametrize(
    ("latency", "most", "reason"),
    [
        (0.01, 1, "thirty calls one after the other take a moment"),
        (2.0, 4, "one at a time would use all of the limit, and leave no room for a slow answer"),
        (8.0, 16, "one at a time would use a quarter of the limit"),
    ],
)
def test_as_many_requests_go_together_as_the_limit_needs(latency: float, most: int, reason: str) -> None:
    """After many accepted calls, more leave together the longer a call takes, as each row's reason says."""
    bucket = Bucket(30, 60.0)
    for at in range(400):
        bucket.take(60.0 * at)
        answered(bucket, NOTHING, 60.0 * at + latency, 60.0 * at)
    now = 60.0 * 400
    together = 0
    while bucket.ready_at(now) == now:
        bucket.take(now)
        together += 1
    assert together == most, reason


def test_one_pause_for_answers_that_were_refused_together() -> None:
    """Several 429s of one burst make one pause, and after it one request goes ahead alone."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    answered(bucket, NOTHING, 0.0)
    for _ in range(3):
        bucket.take(1.0)
    assert refused(bucket, RateLimitHeaders(retry_after=20.0), 2.0, 1.0) == 22.0
    assert refused(bucket, RateLimitHeaders(retry_after=19.0), 3.0, 1.0) == 22.0
    assert refused(bucket, RateLimitHeaders(retry_after=18.0), 4.0, 1.0) == 22.0
    assert bucket.ready_at(4.0) == 22.0
    bucket.take(22.0)
    assert bucket.ready_at(22.0) is None


@pytest.mark.parametrize(
    ("word", "pause", "reason"),
    [
        (RateLimitHeaders(retry_after=7.0, reset_in=50.0), 7.0, "Retry-After is the more exact word"),
        (RateLimitHeaders(reset_in=50.0), 50.0, "then Reset"),
        (RateLimitHeaders(30, 0, 50.0), 50.0, "and nothing is left"),
        (RateLimitHeaders(30, 12, 50.0), 2.0, "calls are left: Reset is of a limiter that refused nothing"),
        (NOTHING, 2.0, "then the time of one call: the limit may be a rate"),
    ],
)
def test_how_long_a_429_pauses(word: RateLimitHeaders, pause: float, reason: str) -> None:
    """A 429 pauses for what it says, each row as its reason says."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    assert refused(bucket, word, 0.0) == pause, reason


def test_a_503_during_a_pause_does_not_wait_for_reset() -> None:
    """A 503 to a call that left before a 429 names the end of the window in its Reset, as every response does, and not
    a time to wait: the pause is that of the 429."""
    bucket = Bucket(60_000, 60.0)
    for now in (0.0, 0.01):
        bucket.take(now)
    assert refused(bucket, RateLimitHeaders(60_000, 59_525, 57.0, 1.0), 0.02, 0.0) == pytest.approx(1.02)
    bucket.settle(Exchange(503, quota=RateLimitHeaders(60_000, 59_521, 57.0)), 0.03, 0.01)
    assert bucket.paused_until == pytest.approx(1.02)


def test_a_call_that_has_its_response_holds_no_other_up() -> None:
    """While a call waits for others that it needs, these leave, also where calls go one at a time; the server is taken
    to have counted it."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    assert bucket.ready_at(0.1) is None
    with bucket.answered(0.1):
        assert bucket.ready_at(0.1) == 0.1
        bucket.take(0.1)
        assert bucket.ready_at(0.2) is None
        answered(bucket, NOTHING, 0.2, 0.1)
    answered(bucket, NOTHING, 0.3, 0.0)
    assert bucket.ready_at(0.3) == 0.3


def test_a_share_of_the_limit_is_used_and_no_more() -> None:
    """With a share of 80%, 24 of 30 tokens are there; of the smallest limit one remains."""
    assert Bucket(30, 60.0, share=0.8).tokens == 24
    assert Bucket(1, 60.0, share=0.8).tokens == 1


def test_a_token_that_the_machine_does_not_have_is_given_back() -> None:
    """A hold gives the token back and none before its time."""
    bucket = Bucket(30, 60.0)
    bucket.take(0.0)
    bucket.hold(7.0, 0.0)
    assert bucket.ready_at(0.0) == 7.0


def test_a_request_that_never_left_costs_nothing() -> None:
    """A refused connection gives its token back at once; one that may have arrived holds it for a window."""
    bucket = Bucket(1, 60.0)
    bucket.take(0.0)
    bucket.settle(Exchange(failure=Failure.NEVER_LEFT), 0.0, 0.0)
    assert bucket.ready_at(0.0) == 0.0
    bucket.take(0.0)
    bucket.settle(Exchange(failure=Failure.NO_ANSWER), 5.0, 0.0)
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
        answered(bucket, NOTHING, now)
        left.append(now)
    assert left == [0.0, 0.0, 10.0, 60.0]


def test_a_rate_by_the_hour_is_not_taken_for_one_by_the_minute() -> None:
    """With 1,000 an hour, the server's 30 a minute stay 30 a minute."""
    bucket = Bucket(30, 60.0, pace=RateCap(1000, 3600.0))
    bucket.take(0.0)
    answered(bucket, RateLimitHeaders(limit=30, remaining=29), 0.0)
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
        until = refused(bucket, RateLimitHeaders(retry_after=said), now)
        pauses.append(until - now)
        now = until
    assert pauses == waits


def test_a_bucket_without_tokens_or_time_is_refused() -> None:
    """A limit below one or a window of nothing is a mistake of the caller's."""
    with pytest.raises(ValueError, match="limit"):
        Bucket(0, 60.0)
    with pytest.raises(ValueError, match="window"):
        Bucket(30, 0.0)
