"""The limit that is kept to, and the trials of one that was learned."""

from __future__ import annotations

from batch.dispatcher.pacing.known_limit import KnownLimit
from batch.dispatcher.pacing.learned_limit import parse_learned_limit
from batch.dispatcher.pacing.learner import Learner

_WINDOW = 60.0


def test_a_burst_that_is_tried_with_success_never_exceeds_the_calls_of_a_window() -> None:
    """15 in a window, of them 15 together: where a 16th is accepted, 16 are in the window too. A quota store would
    refuse to keep a burst of more calls than a window."""
    known = KnownLimit(30, _WINDOW)
    known.learn(15, 15, 4.0, 0.0)
    for now in (800.0, 860.0, 920.0):
        while known.learned and known.learned.interval > known.even_interval:
            known.accepted(now, 14.9, 15)  # the interval is shortened first
        known.accepted(now, 14.9, 15)
    assert known.learned is not None
    assert (known.learned.calls, known.learned.burst) == (16, 16)
    assert parse_learned_limit(known.learned.text) == known.learned


def test_a_ban_after_a_window_that_was_filled_again_makes_trials_rarer() -> None:
    """20 calls fill a window, and the next one; then all are refused for 48 minutes. However long the clock has run,
    that time was spent on refusals: the next trial comes no sooner than after twelve times as long."""
    known, now = KnownLimit(30, _WINDOW), 100_000.0
    learner = Learner(known)
    for refused in (2, 7):
        for level in range(20):
            learner.accepted(now, level, level + 1)
        for _ in range(refused):
            now += learner.refused(now, 20.0, 20, None)
    learner.accepted(now, 0.0, 1)
    assert known.learned is not None
    assert known.learned.calls == 20
    assert known.learned.refused_probes == 6
