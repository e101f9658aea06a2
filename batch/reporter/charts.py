"""The page's pictures as plain figures: where each bar stands, how wide and how high.

Owns: geometry, in units of a box `WIDTH` by `HEIGHT` that the page stretches to its own width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from batch.model import Outcome, RunSummary
from batch.reporter.call_stats import DECADES, EDGES, STEPS, CallResult, CallStats
from batch.reporter.labels import duration, pause_label, utc_text
from batch.text.language import pluralize, tr

WIDTH, HEIGHT = 1000.0, 100.0

#: The narrowest that a part of the outcome bar may be: three rows of ten thousand must be seen.
_NARROWEST = 7.0
_HEADROOM = 1.08
#: A limit of more than so many times the highest bar is not drawn: the bars under it would be too low to see.
_IN_VIEW = 8.0

_STILL = "still"
#: The kinds of times without calls, by the reason; all others are pauses.
_BANDS = {"outage": "outage", _STILL: "still"}


class Part(NamedTuple):
    """A stretch of the outcome bar."""

    outcome: Outcome
    rows: int
    x: float
    width: float


class Bar(NamedTuple):
    """A rectangle; `kind` is the name of what it counts, `label` says it in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


class Timeline(NamedTuple):
    """Calls over time: bars from the ground up, behind them the times without calls, and the limit (`None`: not known,
    or far above all bars).

    `recent` is the outline of the calls of the last whole window, empty where the bars are whole windows themselves.
    """

    bars: list[Bar]
    recent: str
    pauses: list[Bar]
    limit_y: float | None
    ticks: list[str]
    stretch: str
    busiest: int


class Histogram(NamedTuple):
    """Answers by the time they took; `ticks` are the decades, evenly apart from edge to edge."""

    bars: list[Bar]
    ticks: list[str]
    half: str
    most: str


def outcome_bar(counts: Mapping[Outcome, int]) -> list[Part]:
    """The parts of the bar, in the order of `Outcome`, `WIDTH` in all. Rare outcomes are drawn wider than they are."""
    present = [(outcome, counts[outcome]) for outcome in Outcome if counts.get(outcome, 0) > 0]
    total = sum(count for _, count in present)
    widths = [max(_NARROWEST, WIDTH * count / total) for _, count in present]
    shrink = WIDTH / sum(widths) if widths else 1.0
    parts, x = [], 0.0
    for (outcome, count), width in zip(present, widths, strict=True):
        parts.append(Part(outcome, count, round(x, 2), round(width * shrink, 2)))
        x += width * shrink
    return parts


def timeline(seen: CallStats, facts: RunSummary) -> Timeline | None:
    """The calls of `seen` over time, or `None` when there was none.

    Where a bar is of several windows its height is the mean of a window, so that it can be held against the limit.
    Where it is of less than one, what can be held against the limit is `recent`.
    """
    if not any(seen.answers):
        return None
    scale = seen.window / seen.seconds if seen.compares else 1.0
    peaks = [sum(stretch) for stretch in seen.stretches]
    limit = float(facts.limit or 0) * max(1, len(facts.accounts))
    recent = [] if seen.compares else _recent(peaks, round(seen.window / seen.seconds))
    highest = max([max(peaks) * scale, *recent])
    if limit > _IN_VIEW * highest:
        limit = 0.0
    top = _HEADROOM * max(highest, limit)
    width = WIDTH / len(seen.stretches)
    bars = []
    for place, stretch in enumerate(seen.stretches):
        ground = HEIGHT
        since = facts.started_at + place * seen.seconds
        label = f"{utc_text(since)}, {duration(seen.seconds)}: {_title(stretch)}"
        for kind, count in zip(CallResult, stretch, strict=True):
            height = HEIGHT * count * scale / top
            ground -= height
            if count:
                bars.append(_bar(place * width, ground, 0.86 * width, height, kind.name.lower(), label))
    return Timeline(
        bars=bars,
        recent=_outline(recent, width, top),
        pauses=_pauses(facts, seen.seconds * len(seen.stretches)),
        limit_y=round(HEIGHT * (1 - limit / top), 2) if limit else None,
        ticks=_clock(facts.started_at, seen.seconds * len(seen.stretches)),
        stretch=duration(seen.seconds),
        busiest=max(peaks),
    )


def histogram(seen: CallStats) -> Histogram | None:
    """The times that answers took, in whole decades, or `None` when no answer came."""
    if not any(seen.latency):
        return None
    per = len(STEPS)
    filled = [decade for decade in range(DECADES) if any(seen.latency[decade * per : (decade + 1) * per])]
    first, last = filled[0], filled[-1] + 1
    counts = seen.latency[first * per : last * per]
    edges = EDGES[first * per : last * per]
    width, top = WIDTH / len(counts), _HEADROOM * max(counts)
    bars = []
    for place, (edge, count) in enumerate(zip(edges, counts, strict=True)):
        if count:
            height = HEIGHT * count / top
            label = tr("up to {edge}: {answers}", edge=_milliseconds(edge), answers=pluralize(count, "answer"))
            bars.append(_bar(place * width, HEIGHT - height, 0.9 * width, height, "final", label))
    return Histogram(
        bars=bars,
        ticks=[_milliseconds(10**decade) for decade in range(first, last + 1)],
        half=_milliseconds(seen.within(0.5) or 0),
        most=_milliseconds(seen.within(0.95) or 0),
    )


def idle_periods(facts: RunSummary) -> list[tuple[float, float, str]]:
    """The times between the stretches of work, as pauses."""
    return [(before, since, _STILL) for (_, before), (since, _) in pairwise(facts.sessions) if since > before]


def _recent(peaks: Sequence[int], window: int) -> list[int]:
    """At each stretch, the calls of the last `window` stretches, it among them."""
    found, sum_of = [], 0
    for place, calls in enumerate(peaks):
        sum_of += calls - (peaks[place - window] if place >= window else 0)
        found.append(sum_of)
    return found


def _outline(heights: Sequence[int], width: float, top: float) -> str:
    """The path of a silhouette of steps, from the ground to the ground."""
    if not heights:
        return ""
    steps = [f"V{HEIGHT * (1 - height / top):.2f}H{(place + 1) * width:.2f}" for place, height in enumerate(heights)]
    return f"M0 {HEIGHT:g}{''.join(steps)}V{HEIGHT:g}Z"


def _pauses(facts: RunSummary, span: float) -> list[Bar]:
    """Bands for the pauses, and for the times in which no process worked on the run.

    Bands of one kind that would touch become one, so there are never more than the box has units.
    """
    bands: list[Bar] = []
    for since, until, why in sorted([*facts.pauses, *idle_periods(facts)]):
        x = min(max(0.0, WIDTH * (since - facts.started_at) / span), WIDTH)
        end = min(max(x + 1.0, WIDTH * (until - facts.started_at) / span), WIDTH)
        kind = _BANDS.get(why, "pause")
        if bands and kind == bands[-1].kind and x <= bands[-1].x + bands[-1].width:
            joined = bands.pop()
            bands.append(joined._replace(width=round(max(joined.width, end - joined.x), 2), label=tr("several pauses")))
            continue
        label = f"{utc_text(since)}, {duration(until - since)}: {pause_label(why)}"
        bands.append(_bar(x, 0.0, end - x, HEIGHT, kind, label))
    return bands


def _bar(x: float, y: float, width: float, height: float, kind: str, label: str) -> Bar:
    return Bar(round(x, 2), round(y, 2), round(width, 2), round(height, 2), kind, label)


def _title(stretch: Sequence[int]) -> str:
    wait, none = stretch[CallResult.WAIT], stretch[CallResult.NONE]
    said = [pluralize(sum(stretch), "call")]
    if wait:
        said.append(tr("{wait:,} answered with 429", wait=wait))
    if none:
        said.append(tr("{none:,} without an answer", none=none))
    return ", ".join(said)


def _clock(start: float, span: float) -> list[str]:
    """Five times, evenly from start to end: as fine as the span is short, with the day where it is more than one."""
    shape = "%H:%M:%S" if span < 600 else "%H:%M" if span < 86_400 else "%d %b %H:%M"
    return [datetime.fromtimestamp(start + span * part / 4, UTC).strftime(shape) for part in range(5)]


def _milliseconds(value: float) -> str:
    return f"{value:g} ms" if value < 1_000 else f"{value / 1_000:g} s"
