"""Which of the signals that a process receives stops it after its open requests, and which at once."""

from __future__ import annotations

import signal

import pytest

from batch.api.stop_signals import EXIT_CODES, Stop, StopSignals, handled_signals

FIRST, REPEATED, AT_ONCE = Stop.AFTER_OPEN_REQUESTS, Stop.REPEATED, Stop.AT_ONCE


@pytest.mark.parametrize(
    ("times", "asked"),
    [
        pytest.param([5.0], [FIRST], id="a first signal waits for the open requests"),
        pytest.param([0.0, 0.0], [FIRST, REPEATED], id="`timeout` and the system send the same signal"),
        pytest.param([5.0, 5.9, 5.99], [FIRST, REPEATED, REPEATED], id="a closing terminal sends several"),
        pytest.param([5.0, 6.0], [FIRST, AT_ONCE], id="a person presses again"),
        pytest.param([5.0, 5.5, 6.2], [FIRST, REPEATED, AT_ONCE], id="a repeated signal does not delay the second one"),
    ],
)
def test_a_second_signal_stops_at_once(times: list[float], asked: list[Stop]) -> None:
    """Signals within a second of the first one are that one; a later one stops at once."""
    signals = StopSignals()
    assert [signals.received(now) for now in times] == asked


def test_an_ignored_signal_is_not_handled() -> None:
    """A signal that the parent process ignores (nohup) is not among those to handle, the others are."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert handled_signals() == [number for number in EXIT_CODES if number != signal.SIGHUP]
    finally:
        signal.signal(signal.SIGHUP, before)
