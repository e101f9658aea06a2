"""A response -> what the server says about its quota."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.exchange import RateLimitHeaders
from batch.guayaba.rate_limit_headers import LONGEST_PAUSE_S, parse_rate_limit_headers

DATE = "Sat, 21 Nov 2026 08:00:00 GMT"
AT = 1795248000  # the same moment in Unix seconds


@pytest.mark.parametrize(
    ("headers", "word", "reason"),
    [
        ({}, RateLimitHeaders(), "silence says nothing"),
        (
            {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "12", "x-ratelimit-reset": str(AT + 20), "date": DATE},
            RateLimitHeaders(30, 12, 20.0, None),
            "Reset is the server's time, measured by its Date: this machine's clock is an hour off and does not matter",
        ),
        ({"x-ratelimit-reset": str(AT + 3600 + 9)}, RateLimitHeaders(reset_in=9.0), "without a Date our clock must do"),
        (
            {"x-ratelimit-reset": str(AT - 50), "date": DATE},
            RateLimitHeaders(reset_in=0.0),
            "a Reset in the past is now",
        ),
        (
            {"x-ratelimit-reset": "45", "date": DATE},
            RateLimitHeaders(reset_in=45.0),
            "so small a Reset is seconds from now",
        ),
        ({"x-ratelimit-reset": "-1", "date": DATE}, RateLimitHeaders(reset_in=0.0), "less than none is now"),
        (
            {"x-ratelimit-reset": f"{AT + 20}000", "date": DATE},
            RateLimitHeaders(reset_in=20.0),
            "so large a Reset is in milliseconds",
        ),
        ({"retry-after": "45"}, RateLimitHeaders(retry_after=45.0), "seconds, as the page says"),
        ({"retry-after": "0"}, RateLimitHeaders(retry_after=0.0), "no wait at all"),
        ({"retry-after": "-3"}, RateLimitHeaders(retry_after=0.0), "a negative wait is none"),
        ({"retry-after": "1.5"}, RateLimitHeaders(retry_after=1.5), "tolerant: a fraction"),
        (
            {"retry-after": "Sat, 21 Nov 2026 08:00:30 GMT", "date": DATE},
            RateLimitHeaders(retry_after=30.0),
            "RFC 9110: a date",
        ),
        (
            {"retry-after": "Saturday, 21-Nov-26 08:00:30 GMT", "date": DATE},
            RateLimitHeaders(retry_after=30.0),
            "RFC 9110: the obsolete form of RFC 850",
        ),
        (
            {"retry-after": "Sat Nov 21 08:00:30 2026", "date": DATE},
            RateLimitHeaders(retry_after=30.0),
            "RFC 9110: the obsolete form of asctime",
        ),
        (
            {"retry-after": "2026-11-21T08:00:30Z", "date": DATE},
            RateLimitHeaders(retry_after=30.0),
            "tolerant: ISO 8601",
        ),
        (
            {"retry-after": "Sat, 21 Nov 2026 07:00:00 GMT", "date": DATE},
            RateLimitHeaders(retry_after=0.0),
            "a date in the past is now",
        ),
        ({"retry-after": str(AT + 30), "date": DATE}, RateLimitHeaders(retry_after=30.0), "tolerant: a Unix time"),
        (
            {"retry-after": f"{AT + 30}000", "date": DATE},
            RateLimitHeaders(retry_after=30.0),
            "tolerant: a Unix time in milliseconds",
        ),
        ({"retry-after": "soon"}, RateLimitHeaders(), "words say nothing"),
        ({"retry-after": "nan"}, RateLimitHeaders(), "not a number is no number"),
        ({"retry-after": "1e300"}, RateLimitHeaders(), "beyond any time"),
        ({"retry-after": "9" * 400}, RateLimitHeaders(), "an endless header"),
        (
            {"retry-after": "86400"},
            RateLimitHeaders(retry_after=LONGEST_PAUSE_S),
            "a day is not believed: a pause has a bound",
        ),
        ({"x-ratelimit-limit": "0"}, RateLimitHeaders(limit=1), "no limit is below one"),
        ({"x-ratelimit-limit": "99999999999"}, RateLimitHeaders(limit=1_000_000), "nor absurdly high"),
        ({"x-ratelimit-remaining": "-1"}, RateLimitHeaders(remaining=0), "less than none is none"),
    ],
)
def test_headers(headers: dict[str, str], word: RateLimitHeaders, reason: str) -> None:
    """Each header says what its reason says, and nothing that is absurd."""
    assert parse_rate_limit_headers(headers, wall_now=AT + 3600) == word, reason


@pytest.mark.parametrize(
    ("headers", "body", "wait", "reason"),
    [
        ({}, b'{"error": "Too many requests", "message": "x", "retryAfter": 45}', 45.0, "the documented body"),
        ({"retry-after": "7"}, b'{"retryAfter": 45}', 7.0, "the header goes before it"),
        ({"retry-after": "soon"}, b'{"retryAfter": 45}', 45.0, "a header that says nothing does not"),
        ({}, b'{"error": "Rate limit exceeded", "message": "Too many requests"}', None, "the other documented body"),
        ({}, b'{"retryAfter": null}', None, "nothing"),
        ({}, b'{"retryAfter": -4}', 0.0, "a negative wait is none"),
        ({}, b'{"retryAfter": 1e300}', LONGEST_PAUSE_S, "a pause has a bound"),
        ({}, b'{"retryAfter": "later"}', None, "words say nothing"),
        ({}, b"<html>45</html>", None, "no JSON"),
        ({}, b'["retryAfter", 45]', None, "no object"),
    ],
)
def test_the_body_of_a_429(headers: dict[str, str], body: bytes, wait: float | None, reason: str) -> None:
    """Where no header says how long to wait, the body may."""
    assert parse_rate_limit_headers(headers, AT, body) == RateLimitHeaders(retry_after=wait), reason


@given(
    st.dictionaries(
        st.sampled_from(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "date"]),
        st.text(max_size=80),
    )
)
def test_no_header_can_do_harm(headers: dict[str, str]) -> None:
    """Whatever a header holds, the answer is bounded and nothing is raised."""
    word = parse_rate_limit_headers(headers, wall_now=AT)
    assert word.limit is None or 1 <= word.limit <= 1_000_000
    assert word.remaining is None or word.remaining >= 0
    for wait in (word.reset_in, word.retry_after):
        assert wait is None or 0.0 <= wait <= LONGEST_PAUSE_S
