"""The laws of quota and speed against reference models of limiters whose rule the bucket is not told."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from harness.examples import examples
from hypothesis import example, given, note, settings
from hypothesis import strategies as st
from unit.dispatcher.pacing.limiters import (
    Changing,
    FixedWindow,
    Gcra,
    LeakyBucket,
    Limiter,
    RoundedCounter,
    Seen,
    SlidingCounter,
    SlidingLog,
    StickTable,
    Throttler,
    drive,
)

from batch.dispatcher.pacing.bucket import Bucket

WINDOW = 60.0


def most_refused(seen: Seen) -> int:
    """The most refusals in any ten windows."""
    return max((sum(at <= other < at + 10 * WINDOW for other in seen.refused) for at in seen.refused), default=0)


def keeps_the_documented_limit(seen: Seen) -> bool:
    """No window of the server's, wherever it begins, holds more than the documented 30."""
    at = sorted(seen.accepted)
    return all(beyond - first >= WINDOW - 1e-6 for first, beyond in zip(at, at[30:], strict=False))


SILENT = "none"
#: name -> (the limiter, calls that it allows in a window, refusals at most in ten windows).
RULES: dict[str, tuple[Callable[[], Limiter], float, int]] = {
    "fixed window, silent": (FixedWindow, 30, 0),
    "fixed window, stated": (lambda: FixedWindow(headers="stated"), 30, 0),
    "sliding log, silent": (SlidingLog, 30, 0),
    "sliding log, stated": (lambda: SlidingLog(headers="stated"), 30, 0),
    # A caller that comes evenly gets 29 of 30: the estimate is rounded against it.
    "sliding counter, silent": (SlidingCounter, 29, 3),
    "sliding counter, Retry-After": (lambda: SlidingCounter(headers="retry-after"), 29, 3),
    "sliding counter, stated": (lambda: SlidingCounter(headers="stated"), 29, 2),
    "rounded counter, silent": (RoundedCounter, 30, 2),
    "rounded counter, stated": (lambda: RoundedCounter(headers="stated"), 30, 0),
    "rounded counter, stated, a window begins later": (lambda: RoundedCounter(headers="stated", begins=-50.0), 30, 0),
    "stick table": (StickTable, 30, 1),
    "stick table, used before": (lambda: StickTable(phase=20.0), 30, 2),
    "stick table, used long before": (lambda: StickTable(phase=55.0), 30, 2),
    "GCRA burst 1, silent": (Gcra, 30, 1),
    "GCRA burst 1, Retry-After": (lambda: Gcra(headers="retry-after"), 30, 1),
    "GCRA burst 1, Retry-After with a fraction": (lambda: Gcra(headers="stated"), 30, 1),
    "GCRA burst 5, silent": (lambda: Gcra(5), 30, 1),
    "GCRA burst 30, silent": (lambda: Gcra(30), 30, 0),
    "nginx, 503": (lambda: Gcra(status=503), 30, 1),
    "nginx burst=5 nodelay, 503": (lambda: Gcra(6, status=503), 30, 1),
    "nginx burst=5, delayed": (lambda: LeakyBucket(5), 30, 0),
    "nginx burst=30, delayed": (lambda: LeakyBucket(30), 30, 0),
    "throttler with block, silent": (Throttler, 30, 0),
    "throttler with block, stated": (lambda: Throttler(headers="stated"), 30, 0),
    "smaller fixed window, silent": (lambda: FixedWindow(20), 20, 3),
    "smaller fixed window, Retry-After": (lambda: FixedWindow(20, headers="retry-after"), 20, 2),
    "smaller fixed window, stated": (lambda: FixedWindow(20, headers="stated"), 20, 0),
    "much smaller fixed window, silent": (lambda: FixedWindow(7), 7, 3),
    "smaller sliding log, silent": (lambda: SlidingLog(20), 20, 3),
    "smaller sliding log, Retry-After": (lambda: SlidingLog(20, headers="retry-after"), 20, 2),
    "smaller throttler with block, silent": (lambda: Throttler(20), 20, 3),
    "slower rate, silent": (lambda: Gcra(interval=3.0), 20, 3),
    "slower rate, Retry-After with a fraction": (lambda: Gcra(interval=3.0, headers="stated"), 20, 1),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("jitter", [False, True], ids=["steady", "jitter"])
def test_a_rule_that_nobody_told_is_used_to_97_percent(rule: str, jitter: bool) -> None:
    """Over four windows after the first at least 97% of what the limiter allows is made, with few refusals, none where
    the server states its rule, and never more than the documented limit."""
    limiter, allowed, refusals = RULES[rule]
    draw = random.Random(5)
    trip = (lambda: (draw.uniform(0.0, 0.01), draw.uniform(0.0, 0.01))) if jitter else (lambda: (0.0025, 0.0025))
    (seen,) = drive([Bucket(30, WINDOW)], limiter(), 12 * WINDOW, trip)
    assert seen.between(WINDOW, 5 * WINDOW) >= 0.97 * 4 * allowed - (1 if jitter else 0)
    assert most_refused(seen) <= refusals + (1 if jitter and refusals else 0)
    assert keeps_the_documented_limit(seen)


@pytest.mark.parametrize("limiter", [Gcra, StickTable], ids=["rate", "stick table"])
def test_a_call_that_is_named_early_loses_no_time_to_its_intent(limiter: Callable[..., Limiter]) -> None:
    """Where the intent of a call takes up to a tenth of the time between two calls, and no two take the same, 97% of
    what the limiter allows is made all the same."""
    draw = random.Random(7)
    rule = Gcra(interval=0.2) if limiter is Gcra else StickTable(window=6.0)
    bucket = Bucket(30, 6.0, lead=0.1)
    (seen,) = drive([bucket], rule, 72.0, begin=[0.0], prepare=lambda: draw.uniform(0.002, 0.02))
    assert seen.between(6.0, 30.0) >= 0.97 * 120
    assert len(seen.refused) <= 1


@pytest.mark.parametrize(
    ("then", "allowed", "refusals"),
    [
        (lambda: FixedWindow(20), 20, 3),
        (lambda: FixedWindow(20, headers="retry-after"), 20, 2),
        (lambda: FixedWindow(20, headers="stated"), 20, 0),
        (lambda: SlidingLog(20), 20, 3),
        (Gcra, 30, 1),
        (lambda: Gcra(status=503), 30, 1),
    ],
    ids=["smaller window", "smaller window, Retry-After", "smaller window, stated", "smaller log", "rate", "nginx"],
)
def test_a_limit_that_changes_in_the_middle_is_learned(
    then: Callable[[], Limiter], allowed: int, refusals: int
) -> None:
    """From the third window after the change on, the new rule is used to 97%."""
    (seen,) = drive([Bucket(30, WINDOW)], Changing(FixedWindow(), then(), 150.0), 12 * WINDOW)
    assert seen.between(330.0, 570.0) >= 0.97 * 4 * allowed
    assert most_refused(seen) <= refusals
    assert keeps_the_documented_limit(seen)


def test_a_limit_that_grows_again_is_found_by_one_call_at_a_time() -> None:
    """A gateway's limit of 20 that goes back to 30 is used again after the learned one was tried, one refusal each."""
    bucket = Bucket(30, WINDOW)
    (seen,) = drive([bucket], Changing(FixedWindow(20), FixedWindow(30), 6 * WINDOW), 25 * WINDOW)
    assert bucket.learned is None
    assert seen.between(20 * WINDOW, 24 * WINDOW) >= 0.97 * 120
    assert len(seen.refused) <= 4


def test_a_learned_limit_is_tried_again_less_and_less_often() -> None:
    """While a limit stays, it costs one refused call after twelve windows, then after twice the time each."""
    (seen,) = drive([Bucket(30, WINDOW)], Gcra(), 100 * WINDOW)
    gaps = [later - earlier for earlier, later in pairwise(seen.refused)]
    assert len(seen.refused) == 4
    assert all(later >= 1.9 * earlier for earlier, later in pairwise(gaps))
    assert gaps[0] >= 12 * WINDOW - 10.0


def test_what_was_learned_spares_the_next_session_the_lesson() -> None:
    """A bucket that is given what another one learned meets no refusal."""
    first, second = Bucket(30, WINDOW), Bucket(30, WINDOW)
    drive([first], Gcra(), 2 * WINDOW)
    second.known.restore(first.learned)
    (seen,) = drive([second], Gcra(), 8 * WINDOW)
    assert seen.refused == []


def test_another_stated_limit_makes_what_was_learned_void() -> None:
    """When the server states another limit than before, it is believed at once."""
    bucket = Bucket(30, WINDOW)
    small = FixedWindow(20, headers="retry-after")
    drive([bucket], Changing(small, FixedWindow(90, headers="stated"), 4 * WINDOW), 6 * WINDOW)
    assert bucket.learned is None
    assert bucket.tokens == 90


@pytest.mark.parametrize("headers", ["stated"])
@pytest.mark.parametrize("limiter", [FixedWindow, SlidingLog], ids=["fixed", "sliding"])
def test_two_hosts_without_a_store_share_fairly(limiter: Callable[..., Limiter], headers: str) -> None:
    """By what Remaining says, two clients of one key come to equal parts, with at most 5% of their calls refused."""
    first, second = drive([Bucket(30, WINDOW), Bucket(30, WINDOW)], limiter(headers=headers), 12 * WINDOW)
    made = len(first.accepted) + len(second.accepted)
    refused = len(first.refused) + len(second.refused)
    assert refused <= 0.05 * (made + refused)
    parts = [seen.between(4 * WINDOW, 12 * WINDOW) for seen in (first, second)]
    assert max(parts) <= 1.25 * min(parts)
    assert sum(parts) >= 0.85 * 8 * 30


def test_who_is_alone_again_uses_all_of_the_limit() -> None:
    """When the other client has ended, its part is used within two windows."""
    first, second = Bucket(30, WINDOW), Bucket(30, WINDOW)
    limiter = FixedWindow(headers="stated")
    drive([first, second], limiter, 4 * WINDOW)
    (alone,) = drive([first], limiter, 12 * WINDOW, begin=[4 * WINDOW])
    assert alone.between(7 * WINDOW, 11 * WINDOW) >= 0.97 * 120


#: Calls that take no longer, in seconds, cannot be taken for a slow limiter's.
QUICK = 0.1
#: A window of fewer calls is a rate to all appearance.
FEW = 5
#: (rule, what it says) -> refusals at most in ten windows, where calls are quick, of a rule that allows the documented
#: calls, and of one that allows fewer (`None`: see `test_no_rule_…` for the bound). Of some 14,000 at random the worst,
#: and a little more: most have 0 or 1, and 2 or 3 where fewer calls are allowed.
PROMISED: dict[tuple[type[Limiter], str], tuple[int, int | None]] = {
    # A rule that is stated costs none. Where nothing is said, windows that begin between our calls hide how many they
    # hold: each try costs one.
    (FixedWindow, "stated"): (0, 0),
    (FixedWindow, "retry-after"): (0, 8),
    (FixedWindow, "none"): (0, 9),
    (SlidingLog, "stated"): (0, 0),
    (SlidingLog, "retry-after"): (0, 5),
    (SlidingLog, "none"): (0, 6),
    (Throttler, "stated"): (0, 0),
    (Throttler, "retry-after"): (0, 4),
    (Throttler, "none"): (0, 6),
    # What a counter that weights two windows allows depends on what was used before, and it has room for fewer calls
    # than it states.
    (SlidingCounter, "stated"): (8, None),
    (SlidingCounter, "retry-after"): (5, None),
    (SlidingCounter, "none"): (5, None),
    (RoundedCounter, "stated"): (4, 6),
    (RoundedCounter, "retry-after"): (5, None),
    (RoundedCounter, "none"): (5, None),
    (StickTable, "none"): (11, None),
    # The first refusal tells a rate. The lesson of one that is slower than documented takes up to three calls, each of
    # them as long as the rate is slow.
    (Gcra, "retry-after"): (3, None),
    (Gcra, "none"): (3, None),
    (LeakyBucket, "none"): (3, None),
}


def most_promised(limiter: Limiter, longest: float) -> int | None:
    """Refusals at most in ten windows, where calls take up to `longest` seconds; `None`: no small number holds."""
    headers = getattr(limiter, "headers", "none")
    full, smaller = PROMISED[type(limiter), headers]
    if smaller == 0:
        return 0
    if longest > QUICK or getattr(limiter, "limit", FEW) < FEW:
        return None
    if isinstance(limiter, Gcra | LeakyBucket):
        return full if limiter.interval <= WINDOW / 30 else smaller
    return full if getattr(limiter, "limit", 0) >= 30 else smaller


@settings(deadline=None, max_examples=examples(60))
@given(
    limiter=st.one_of(
        st.builds(FixedWindow, st.integers(1, 40), headers=st.sampled_from(["none", "retry-after", "stated"]),
                  begins=st.floats(-60, 0)),
        st.builds(SlidingLog, st.integers(1, 40), headers=st.sampled_from(["none", "retry-after", "stated"])),
        st.builds(SlidingCounter, st.integers(2, 40), headers=st.sampled_from(["none", "retry-after", "stated"]),
                  begins=st.floats(-60, 0)),
        st.builds(RoundedCounter, st.integers(2, 40), headers=st.sampled_from(["none", "retry-after", "stated"]),
                  begins=st.floats(-60, 0)),
        st.builds(StickTable, st.integers(2, 40), phase=st.floats(0, 59)),
        st.builds(Throttler, st.integers(1, 40), headers=st.sampled_from(["none", "retry-after", "stated"])),
        st.builds(Gcra, st.integers(1, 40), st.floats(0.5, 30), headers=st.sampled_from(["none", "retry-after"])),
        st.builds(Gcra, st.integers(1, 40), st.floats(0.5, 4), status=st.just(503)),
        st.builds(LeakyBucket, st.integers(0, 30), st.floats(0.5, 4)),
    ),
    longest=st.floats(0.001, QUICK) | st.floats(0.001, 4.0),
    seed=st.integers(0, 1000),
)  # fmt: skip
@example(Gcra(12, 27.5), 3.0, 1)
@example(FixedWindow(24, headers="retry-after", begins=-58.11196876103503), 0.018, 181)
@example(FixedWindow(23, begins=-59.315551472887705), 0.051, 88)
@example(SlidingCounter(39, headers="stated", begins=-5.566191164344708), 0.023, 183)
@example(StickTable(40, phase=58.875393134959914), 0.067, 601)
@example(SlidingLog(9), 0.037, 410)
@example(RoundedCounter(23, headers="stated", begins=-3.765912346611458), 0.010601425823957407, 784)
@example(StickTable(33, phase=58.51554163339034), 0.08847818282691983, 355)
@example(LeakyBucket(0, 1.9915230572514417), 0.0850520064085323, 591)
@example(LeakyBucket(5, 3.521), 0.0577, 3)
def test_no_rule_makes_the_bucket_exceed_the_documented_limit_or_stop(
    limiter: Limiter, longest: float, seed: int
) -> None:
    """Whatever the rule and however long calls take: never more than the documented limit (or a higher stated one),
    calls go on, and refusals stay rare: as `most_promised` says, or else, as measured: where a rate is a tenth of the
    documented one, two a window at most, for a lesson takes up to three calls and then a window; where calls take as
    long as the rate lets two be apart, two of seven calls."""
    draw = random.Random(seed)
    bucket = Bucket(30, WINDOW)
    (seen,) = drive(
        [bucket], limiter, 15 * WINDOW, lambda: (draw.uniform(0, longest / 2), draw.uniform(0, longest / 2))
    )
    limit = max(30, getattr(limiter, "limit", 0) if getattr(limiter, "headers", "") == "stated" else 0)
    at = sorted(seen.accepted)
    assert all(beyond - first >= WINDOW - 1e-6 for first, beyond in zip(at, at[limit:], strict=False))
    assert seen.between(10 * WINDOW, 15 * WINDOW) >= 1
    note(f"{limiter} {longest} {seed} {bucket.learned} refused at {[round(at, 1) for at in seen.refused]}")
    promised = most_promised(limiter, longest)
    if promised is not None:
        assert most_refused(seen) <= promised
    assert len(seen.refused) <= max(2 * 15, 0.4 * len(seen.accepted))
