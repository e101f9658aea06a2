"""The calls of a run, counted for pictures in one pass and a fixed size.

Owns: calls per stretch of time, and how long answers took.
Flow: attempts in the order of sending -> `CallStats`. Ten million attempts take the room of a few hundred counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import zip_longest

from batch.model import AttemptRecord, RunSummary

#: A stretch begins as this part of a quota window and doubles, so that it becomes exactly the window.
_FINEST = 1 / 64
#: A run longer than this many windows is shown in whole windows, each against the limit.
_WINDOWS_TO_COMPARE = 6
#: Bars that a phone's width can still tell apart.
_MOST_STRETCHES = 240

#: Upper edges of the latency counts, in milliseconds: six to the decade, 1 ms to 100 s; longer goes into the last.
STEPS = (1.5, 2, 3, 5, 7, 10)
DECADES = 5
EDGES = tuple(step * 10**decade for decade in range(DECADES) for step in STEPS)


class CallResult(IntEnum):
    """What came of a call, as a timeline tells them apart."""

    FINAL = 0
    WAIT = 1
    NONE = 2


@lru_cache(maxsize=64)
def classify_call(status: int | None) -> CallResult:
    """The kind of an HTTP status: 429 asks to wait, a 5xx or nothing (`None`) is no answer, all else is final."""
    if status == 429:
        return CallResult.WAIT
    return CallResult.NONE if status is None or status >= 500 else CallResult.FINAL


@dataclass
class CallStats:
    """Counts of calls. `stretches` are counts by `Answer` from the start on, each `seconds` long; `latency` counts the
    answers up to each of `EDGES`; `answers` counts them all by `Answer`."""

    seconds: float
    window: float
    stretches: list[list[int]] = field(default_factory=list)
    latency: list[int] = field(default_factory=lambda: [0] * len(EDGES))
    answers: list[int] = field(default_factory=lambda: [0] * len(CallResult))

    @property
    def compares(self) -> bool:
        """True when stretches are whole windows, so that the limit can be drawn beside them."""
        return self.seconds >= self.window

    def within(self, share: float) -> float | None:
        """The milliseconds within which `share` of the answers came (an edge of `EDGES`); `None` without answers."""
        due = share * sum(self.latency)
        if not due:
            return None
        so_far = 0
        for edge, count in zip(EDGES, self.latency, strict=True):
            so_far += count
            if so_far >= due:
                return float(edge)
        return float(EDGES[-1])


def collect_calls(attempts: Iterable[AttemptRecord], facts: RunSummary) -> CallStats:
    """Count `attempts`, and let the stretches reach to the end of the run and of its last pause.

    A clock that jumped back puts a call at the start, never outside; an answer seen before it was asked is not timed,
    nor is a connection that was refused: that was no answer.
    """
    window = facts.window_seconds if facts.window_seconds > 0 else 60.0
    seen = CallStats(seconds=window * _FINEST, window=window)
    answers, latency, started_at = seen.answers, seen.latency, facts.started_at
    for _, sent_at, seen_at, status, _ in attempts:
        kind = classify_call(status)
        _reach(seen, sent_at - started_at)[kind] += 1
        answers[kind] += 1
        if status is not None and seen_at is not None and seen_at >= sent_at:
            latency[_step(1_000 * (seen_at - sent_at))] += 1
    ends = [facts.ended_at or facts.started_at, *(until for _, until, _ in facts.pauses)]
    _reach(seen, max(ends) - facts.started_at)
    while not seen.compares and seen.seconds * len(seen.stretches) >= _WINDOWS_TO_COMPARE * window:
        _double(seen)
    return seen


def _reach(seen: CallStats, offset: float) -> list[int]:
    """The stretch that holds `offset` seconds from the start, made when it is not there yet."""
    offset = max(0.0, offset)
    while offset >= seen.seconds * _MOST_STRETCHES:
        _double(seen)
    place = int(offset / seen.seconds)
    while len(seen.stretches) <= place:
        seen.stretches.append([0] * len(CallResult))
    return seen.stretches[place]


def _double(seen: CallStats) -> None:
    pairs = zip_longest(seen.stretches[::2], seen.stretches[1::2])
    seen.stretches = [_add(first, second) for first, second in pairs]
    seen.seconds *= 2


def _add(first: Sequence[int], second: Sequence[int] | None) -> list[int]:
    return [*first] if second is None else [one + other for one, other in zip(first, second, strict=True)]


def _step(milliseconds: float) -> int:
    return min(bisect_left(EDGES, milliseconds), len(EDGES) - 1)
