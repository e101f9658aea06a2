"""Times as text, in UTC.

Owns: how a time is written in files, and how it is shown to a person.
"""

from __future__ import annotations

from datetime import UTC, datetime


def iso_utc(at: float) -> str:
    """The time `at` (epoch seconds) in ISO 8601, UTC, to the millisecond, as the API writes its timestamps."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_minute(at: float) -> str:
    """The time `at` (epoch seconds) in UTC to the minute: `2026-01-31T09:30Z`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%MZ}"
