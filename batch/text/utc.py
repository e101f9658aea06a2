"""Times in messages.

Owns: how a time in UTC is shown to a person.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_minute(at: float) -> str:
    """The time `at` (epoch seconds) in UTC to the minute: `2026-01-31T09:30Z`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%MZ}"
