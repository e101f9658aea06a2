"""Several machines that share a rate by one store, in virtual time: the reference models of limiters judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from unit.dispatcher.pacing.limiters import (
    FixedWindow,
    Gcra,
    LeakyBucket,
    Limiter,
    RoundedCounter,
    SlidingLog,
    StickTable,
)
from unit.dispatcher.quota_stores.machines import Setting, together
from unit.dispatcher.quota_stores.test_remote import WINDOW_S


@pytest.mark.parametrize("machines", [2, 3])
@pytest.mark.parametrize(
    ("limiter", "allowed", "refusals"),
    [
        (FixedWindow, 30, 0),
        (lambda: FixedWindow(20), 20, 3),
        (lambda: SlidingLog(20, headers="retry-after"), 20, 3),
        (Gcra, 30, 3),
        (lambda: Gcra(headers="retry-after"), 30, 3),
        (lambda: Gcra(6), 30, 3),
        (lambda: Gcra(status=503), 30, 3),
        (lambda: Gcra(interval=4.0), 15, 6),
        (StickTable, 30, 3),
        (lambda: RoundedCounter(headers="stated"), 30, 3),
    ],
    ids=[
        "window", "smaller window", "smaller log, Retry-After", "rate", "rate, Retry-After", "burst of 6", "nginx, 503",
        "slower rate", "stick table", "rounded counter, stated",
    ],
)  # fmt: skip
def test_machines_with_a_store_learn_as_one(
    tmp_path: Path, limiter: Callable[[], Limiter], allowed: int, refusals: int, machines: int
) -> None:
    """All together meet few refusals, and then use 95 % of what the limiter allows."""
    seen, _ = together(tmp_path, limiter(), machines, 12 * WINDOW_S)
    assert len(seen.refused) <= refusals, seen.refused
    assert seen.between(7 * WINDOW_S, 12 * WINDOW_S) >= 0.95 * 5 * allowed


FAST = Setting(window=6.0, deadline=6.0, trip=(0.001, 0.006), prepare=(0.004, 0.02), lead=0.1, apart=0.05)


@pytest.mark.parametrize(
    ("limiter", "setting", "refusals", "part", "reason"),
    [
        (lambda: Gcra(6, 0.2, status=503), FAST, 2, 0.97, "what the others call fills the limiter, too"),
        (lambda: Gcra(1, 0.2, status=503), FAST, 3, 0.95, "an intent costs none of the rate"),
        (lambda: LeakyBucket(5, 0.2), FAST, 2, 0.97, "a full queue is let empty"),
        (lambda: StickTable(window=6.0), FAST, 2, 0.92, "each machine had a call refused that is counted"),
        (Gcra, Setting(trip=(0.5, 0.5)), 3, 0.95, "a round trip of a second costs none of the rate"),
    ],
    ids=["burst of 6", "no burst", "queue of 5", "stick table", "long round trips"],
)
def test_two_machines_with_a_store_use_a_rate(
    tmp_path: Path, limiter: Callable[[], Limiter], setting: Setting, refusals: int, part: float, reason: str
) -> None:
    """In the four windows after the first, 30 calls a window are used to the part of each row."""
    seen, _ = together(tmp_path, limiter(), 2, 6 * setting.window, setting)
    assert len(seen.refused) <= refusals, reason
    assert seen.between(setting.window, 5 * setting.window) >= part * 4 * 30, reason


def test_a_machine_that_waits_for_places_is_still_counted(tmp_path: Path) -> None:
    """Two machines share a rate for ten windows, and each of them makes a third of the calls at least."""
    _, machines = together(tmp_path, Gcra(), 2, 10 * WINDOW_S)
    made = [machine.made for machine in machines]
    assert min(made) >= sum(made) / 3
