"""The fuzz targets, for a moment each: what any bytes must not break stays whole, and a target can find a fault."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from fuzz import targets
from fuzz.mutation import mutated
from fuzz.targets import TARGETS
from harness.examples import examples

from batch.guayaba.exchange import RateLimitHeaders
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.loader.phones import Phone

#: Mutations tried of each: the slow ones write and read whole files.
TRIES = {"files": 60, "reports": 60, "headers": 200, "sheets": 60, "cards": 200}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_bytes_that_are_nearly_right(name: str) -> None:
    """Its seeds and some hundred mutations of them break nothing."""
    target, draws = TARGETS[name], random.Random(name)
    for seed in target.seeds:
        target.check(seed)
    for _ in range(examples(TRIES.get(name, 400))):
        target.check(mutated(target.seeds, draws))


@pytest.mark.parametrize(
    ("name", "part", "broken"),
    [
        ("phones", "judge", lambda cell, region, rules: Phone("+1212555")),
        ("quota", "parse_rate_limit_headers", lambda headers, now: RateLimitHeaders(retry_after=1e9)),
        ("answers", "verdict", lambda *_: Verdict(ResponseClass.SUCCEEDED, "", "\x1b[2J")),
        ("reports", "unguard", lambda cell: cell.lstrip("'")),
    ],
)
def test_a_target_finds_a_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, part: str, broken: Callable[..., object]
) -> None:
    """With one of its parts broken, the seeds and a few mutations show it."""
    monkeypatch.setattr(targets, part, broken)
    target, draws = TARGETS[name], random.Random(name)
    with pytest.raises(Exception):  # noqa: B017
        for _ in range(200):
            target.check(mutated(target.seeds, draws))
