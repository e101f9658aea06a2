"""Limiters that mislead, ban, change at night or are shared with a person: what a run does there, each row with the
reason for its bounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from unit.dispatcher.pacing.limiters import (
    Banning,
    Changing,
    Deploying,
    FixedWindow,
    Gcra,
    Limiter,
    Misleading,
    SlidingLog,
    WithAPerson,
    drive,
)
from unit.dispatcher.pacing.test_limiters import WINDOW, keeps_the_documented_limit, most_refused

from batch.dispatcher.pacing.bucket import Bucket
from batch.guayaba.exchange import RateLimitHeaders


def of_another(limit: int, window: float = WINDOW) -> Callable[[float], RateLimitHeaders]:
    """The headers of a limiter of all keys of an address, which has room enough."""
    other = FixedWindow(limit, window, headers="stated")
    return lambda now: other.call(now).quota


#: name -> (the limiter, calls that it allows in a window, refusals at most in ten windows, why).
ODD: dict[str, tuple[Callable[[], Limiter], float, int, str]] = {
    "Remaining never falls": (
        lambda: Misleading(FixedWindow(), lambda _: RateLimitHeaders(30, 30, 60.0)), 30, 0,
        "our own count is what keeps the limit",
    ),
    "Remaining never falls, smaller window": (
        lambda: Misleading(FixedWindow(20), lambda _: RateLimitHeaders(30, 30, 60.0)), 20, 3,
        "refusals teach what the headers hide",
    ),
    "headers of a limit of 1000 for the address": (
        lambda: Misleading(FixedWindow(), of_another(1000)), 29.5, 1,
        "a refusal while 970 are left disproves that limit, and its Reset is not the one to wait for",
    ),
    "headers of a limit of 1000 for the address, Retry-After": (
        lambda: Misleading(FixedWindow(), of_another(1000), retry_after=40.0), 30, 1,
        "Retry-After is the refusing limiter's own word",
    ),
    "headers of a limit of 9000 an hour": (
        lambda: Misleading(FixedWindow(), of_another(9000, 3600.0)), 30, 0,
        "its Reset shows that it counts in another window than the documented one",
    ),
    "a ban of ten minutes": (Banning, 20, 5, "the pause is doubled, up to a quarter of an hour"),
    "a ban that each call prolongs": (
        lambda: Banning(prolongs=True), 20, 5, "the pause becomes longer than the ban, else it would never end",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_a_limiter_that_misleads_or_bans_is_used_all_the_same(case: str) -> None:
    """Never more than the documented limit, few refusals, and, once it is understood, 97 % of what it allows."""
    limiter, allowed, refusals, why = ODD[case]
    (seen,) = drive([Bucket(30, WINDOW)], limiter(), 60 * WINDOW)
    assert keeps_the_documented_limit(seen), why
    assert most_refused(seen) <= refusals, why
    assert seen.between(40 * WINDOW, 60 * WINDOW) >= 0.97 * 20 * allowed, why


@pytest.mark.parametrize("headers", ["none", "retry-after", "stated"])
@pytest.mark.parametrize(
    ("day", "night"),
    [
        # Where nothing is said, and the change falls into a window, the first lesson counts the day's calls, too; what
        # is accepted after the pause tells how many are left at night.
        (lambda headers: FixedWindow(headers=headers), lambda headers: FixedWindow(10, headers=headers)),
        (lambda headers: SlidingLog(headers=headers), lambda headers: SlidingLog(10, headers=headers)),
        (lambda headers: Gcra(30, headers=headers), lambda headers: Gcra(10, 6.0, headers=headers)),
    ],
    ids=["window", "log", "rate"],
)
def test_a_limit_that_is_lower_at_night_is_followed_there_and_back(
    headers: str, day: Callable[[str], Limiter], night: Callable[[str], Limiter]
) -> None:
    """From the fifth window after the change on all of 10 a minute are used, and in the morning all of 30 again, at the
    latest half an hour later; at most three refusals in ten windows, and none where a window's limit is stated."""
    limiter = Changing(Changing(day(headers), night(headers), 330.0), day(headers), 1530.0)
    (seen,) = drive([Bucket(30, WINDOW)], limiter, 60 * WINDOW)
    assert keeps_the_documented_limit(seen)
    assert seen.between(11 * WINDOW, 25 * WINDOW) >= 0.93 * 14 * 10
    assert seen.between(56 * WINDOW, 60 * WINDOW) >= 0.97 * 4 * 30
    if headers == "stated" and not isinstance(night(headers), Gcra):
        assert seen.refused == []
    else:
        assert most_refused(seen) <= 3


@pytest.mark.parametrize("calls", [10, 13])
def test_a_rate_that_is_lower_at_night_is_not_taken_for_a_window_of_its_burst(calls: int) -> None:
    """A silent rate with a burst of five follows a window of 30 calls: from the fifth window on 95% of it are used."""
    limiter = Changing(FixedWindow(), Gcra(5, WINDOW / calls), 330.0)
    (seen,) = drive([Bucket(30, WINDOW)], limiter, 20 * WINDOW)
    assert seen.between(330.0 + 4 * WINDOW, 330.0 + 8 * WINDOW) >= 0.95 * 4 * calls


@pytest.mark.parametrize("retry_after", [5.0, 30.0, 300.0])
def test_a_deploy_is_not_taken_for_a_limit_for_long(retry_after: float) -> None:
    """A minute and a half in which every second call gets 503 and Retry-After: a quarter of an hour later all of the
    limit is used again."""
    limiter = Deploying(FixedWindow(), 200.0, 290.0, retry_after)
    (seen,) = drive([Bucket(30, WINDOW)], limiter, 30 * WINDOW)
    assert keeps_the_documented_limit(seen)
    assert seen.between(22 * WINDOW, 30 * WINDOW) >= 0.97 * 8 * 30
    assert most_refused(seen) <= 9


@pytest.mark.parametrize("limiter", [FixedWindow, SlidingLog], ids=["window", "log"])
def test_a_person_on_the_same_key_finds_room(limiter: Callable[..., Limiter]) -> None:
    """Where Remaining is said, a person's calls are made room for, with at most 5 % of ours refused, and both together
    use three quarters of the limit."""
    shared = WithAPerson(limiter(headers="stated"))
    (seen,) = drive([Bucket(30, WINDOW)], shared, 30 * WINDOW)
    assert len(seen.refused) <= 0.05 * (len(seen.accepted) + len(seen.refused))
    theirs = sum(2 * WINDOW <= at < 30 * WINDOW for at in shared.accepted)
    assert seen.between(2 * WINDOW, 30 * WINDOW) + theirs >= 0.75 * 28 * 30


def test_a_person_on_a_silent_limiter_takes_nothing_from_the_limit() -> None:
    """Where nothing is said, refusals narrow what we take; the run goes on with most of what the person leaves."""
    shared = WithAPerson(FixedWindow())
    (seen,) = drive([Bucket(30, WINDOW)], shared, 30 * WINDOW)
    assert keeps_the_documented_limit(seen)
    assert seen.between(2 * WINDOW, 30 * WINDOW) >= 0.7 * 28 * 30
    assert len(seen.refused) <= 0.05 * len(seen.accepted)


@pytest.mark.parametrize(
    ("interval", "before", "between", "reason"),
    [
        (1.5, 181.0, 0.0, "an outage was over, and a person's call had just been counted: one refusal"),
        (3.0, 0.0, 181.0, "the rows that followed two refused ones came late"),
        (3.0, 181.0, 181.0, "both"),
    ],
)
def test_a_time_without_calls_is_no_interval(interval: float, before: float, between: float, reason: str) -> None:
    """Where nothing was to be sent for three minutes before or after refusals, no rate of one call in three minutes is
    learned."""
    bucket, limiter, now = Bucket(30, WINDOW), Gcra(1, interval, headers="none"), 0.0

    def call() -> None:
        nonlocal now
        while (ready := bucket.ready_at(now)) is None or ready > now:
            assert ready is not None
            now = ready
        left_at = bucket.take(now)
        exchange = limiter.call(now)
        now += 0.1
        bucket.settle(exchange, now, left_at)

    call()
    now += before
    limiter.call(now)  # the person's
    call()
    call()
    now += between
    for _ in range(3):
        call()
    assert bucket.known.interval <= 4 * interval, reason
