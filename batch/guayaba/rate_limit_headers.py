"""A response -> what the server says about its quota.

Owns: reading X-RateLimit-Limit, -Remaining, -Reset and Retry-After, in their absence the standard's fields
(`rate_limit_fields.py`), and bounding what is absurd. Pure.
Source: the API's /authentication page (Reset is an absolute Unix time, Retry-After is seconds, and so is the
`retryAfter` in the body of one of its two 429s); RFC 9110 sections 10.2.3 (Retry-After may be a date) and 5.6.7 (HTTP
dates). Other APIs' Reset is in milliseconds, or seconds from now (draft-ietf-httpapi-ratelimit-headers), and some
write a Unix time or an ISO 8601 date into Retry-After: the size of the figure tells which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from batch.guayaba.exchange import RateLimitHeaders
from batch.guayaba.json_shapes import decode_json
from batch.guayaba.rate_limit_fields import StatedQuota, parse_rate_limit_fields

#: A server that asks for more than this, or a clock that makes it look so, is not believed: a pause has a bound.
LONGEST_PAUSE_S = 900.0
#: No documented limit is near this; a larger figure is a mistake.
LARGEST_LIMIT = 1_000_000
#: No window is longer.
LONGEST_WINDOW_S = 366 * 86400.0
_STANDARD: Final = frozenset({"ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining"})
_UNSTATED: Final = StatedQuota()
#: A Reset below this is no Unix time of any clock that works, but seconds from now; one above the other, milliseconds.
_FROM_NOW = 1e8
_MILLISECONDS = 1e11


def parse_rate_limit_headers(headers: Mapping[str, str], wall_now: float, refusal: bytes = b"") -> RateLimitHeaders:
    """What `headers` (names in lower case) say; `wall_now` is this machine's Unix time in seconds.

    `refusal` is the body of a 429 or 503: how long it says to wait counts where no header says it.

    Reset is the server's own time: it is measured against the server's Date header, so that a machine whose clock is
    wrong waits no longer than one whose clock is right. Date has whole seconds, cut off: the wait comes out up to one
    second too long, never too short. An unreadable header says nothing.
    """
    standard = _UNSTATED if _STANDARD.isdisjoint(headers) else parse_rate_limit_fields(headers)
    limit = _count(headers.get("x-ratelimit-limit", standard.limit))
    remaining = _count(headers.get("x-ratelimit-remaining", standard.remaining))
    server_now = _date(headers.get("date"))
    if server_now is None:
        server_now = wall_now
    reset = _number(headers.get("x-ratelimit-reset", standard.reset))
    retry_after = _retry_after(headers["retry-after"], server_now) if "retry-after" in headers else None
    if retry_after is None and refusal:
        retry_after = _wait_in(refusal)
    return RateLimitHeaders(
        None if limit is None else max(1, min(limit, LARGEST_LIMIT)),
        remaining,
        None if reset is None else _clamp(_seconds_until(reset, server_now)),
        retry_after,
        tuple(_windows(standard)) if standard.policies else (),
    )


def _windows(standard: StatedQuota) -> Iterator[tuple[int, float]]:
    for calls, seconds in standard.policies:
        count, length = _count(calls), _number(seconds)
        if count is not None and length is not None and 0 < length <= LONGEST_WINDOW_S:
            yield max(1, min(count, LARGEST_LIMIT)), length


def clock_ahead(headers: Mapping[str, str], wall_now: float) -> float | None:
    """The seconds by which `wall_now` is ahead of the server's Date header; `None` where there is no such header."""
    server_now = _date(headers.get("date"))
    return None if server_now is None else wall_now - server_now


def _wait_in(refusal: bytes) -> float | None:
    body = decode_json(refusal)
    wait = body.get("retryAfter") if isinstance(body, dict) else None
    seconds = _number(wait) if isinstance(wait, str) else wait
    return _clamp(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None


def _seconds_until(reset: float, server_now: float) -> float:
    if abs(reset) < _FROM_NOW:
        return reset
    return (reset / 1000 if reset > _MILLISECONDS else reset) - server_now


def _retry_after(text: str, server_now: float) -> float | None:
    seconds = _number(text)
    if seconds is None:
        at = _date(text)
        return None if at is None else _clamp(at - server_now)
    return _clamp(_seconds_until(seconds, server_now))


def _clamp(seconds: float) -> float:
    return max(0.0, min(seconds, LONGEST_PAUSE_S))


def _count(text: str | None) -> int | None:
    if text is not None and len(text) < 16 and text.isdecimal():
        return int(text)
    number = _number(text)
    return None if number is None else max(0, int(number))


def _number(text: str | None) -> float | None:
    if text is None or len(text) > 32:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -1e15 < number < 1e15 else None  # also refuses nan and inf


@lru_cache(maxsize=8)  # the answers of one second say the same
def _date(text: str | None) -> float | None:
    if text is None or len(text) > 64:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, OverflowError):
            at = read(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return None
