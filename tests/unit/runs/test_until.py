"""The time of day at which a run stops, on a machine that sleeps."""

from __future__ import annotations

from datetime import datetime, timedelta

import anyio
import pytest
import trio
import trio.testing

from batch.runs import session


def woke_at(monkeypatch: pytest.MonkeyPatch, hours: float, asleep_from: float, asleep_for: float) -> float:
    """After how many of its own seconds a run stops that is to stop `hours` from now, on a machine that sleeps."""
    began = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0)

    def wall() -> float:
        own = trio.current_time() - start
        return began.timestamp() + own + (asleep_for if own >= asleep_from else 0.0)

    class Today(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return began

    monkeypatch.setattr(session, "time", wall)
    monkeypatch.setattr(session, "datetime", Today)
    start = 0.0

    async def main() -> float:
        nonlocal start
        start = trio.current_time()
        await session._sleep_until((began + timedelta(hours=hours)).time())
        return anyio.current_time() - start

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.parametrize(
    ("hours", "asleep_from", "asleep_for", "own", "why"),
    [
        (2, 0.0, 0.0, 7200.0, "a machine that is awake stops at that time"),
        (2, 600.0, 3600.0, 3600.0, "an hour's sleep is an hour less to go"),
        (2, 600.0, 36_000.0, 600.0, "a machine that slept over the time stops as it wakes"),
        (2, 600.0, -3600.0, 10_800.0, "a clock that was set back an hour has an hour more to go"),
    ],
)
def test_a_run_stops_by_the_clock_on_the_wall(
    monkeypatch: pytest.MonkeyPatch, hours: float, asleep_from: float, asleep_for: float, own: float, why: str
) -> None:
    """--until is a time of day: nobody is called after it because the machine had slept."""
    woke = woke_at(monkeypatch, hours, asleep_from, asleep_for)
    assert own <= woke + 1e-6 <= own + 10.1, why
