"""The standard's fields of a limit, in all of its drafts: RateLimit, RateLimit-Policy, RateLimit-Limit and its kin.

Owns: reading the members of such a field and their parameters. Pure.
Source: draft-ietf-httpapi-ratelimit-headers, 03 to 10. Their Reset is in seconds from now.

| drafts | what is said | windows |
|---|---|---|
| 03 to 06 | `RateLimit-Limit: 30`, `RateLimit-Remaining: 7`, `RateLimit-Reset: 45` | `RateLimit-Policy: 30;w=60` |
| 07 | `RateLimit: limit=30, remaining=7, reset=45` | `RateLimit-Policy: 30;w=60` |
| 08 to 10 | `RateLimit: "minute";r=7;t=45` | `RateLimit-Policy: "minute";q=30;w=60` |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

#: A longer field is not read, nor are more members of one.
_LONGEST: Final = 1000
_MOST_MEMBERS: Final = 8
_MEMBER: Final = re.compile(r'(?:"[^"]*"|:[^:]*:|[^,:"])+')
_PARAMETER: Final = re.compile(r'(?:"[^"]*"|[^;"])+')


class StatedQuota(NamedTuple):
    """What the fields say, as text: of the member with the fewest calls left, and the windows (calls, seconds)."""

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    policies: tuple[tuple[str, str], ...] = ()


def parse_rate_limit_fields(headers: Mapping[str, str]) -> StatedQuota:
    """What `headers` (names in lower case) say. Where several quotas are stated, that with the fewest calls left."""
    named = {name: (part.get("q", name), part["w"]) for name, part in _members(headers.get("ratelimit-policy"))
             if "w" in part and part.get("qu", "requests") == "requests"}  # fmt: skip
    policies = tuple(named.values())
    stated = list(_members(headers.get("ratelimit")))
    together = {name.partition("=")[0]: name.partition("=")[2] for name, _ in stated}
    if "remaining" in together or "limit" in together:  # draft 07
        return StatedQuota(together.get("limit"), together.get("remaining"), together.get("reset"), policies)
    left = [(part["r"], part.get("t"), named.get(name, (None, ""))[0]) for name, part in stated if "r" in part]
    if left:
        remaining, reset, limit = min(left, key=lambda one: (len(one[0]), one[0]))  # whole numbers, as text
        return StatedQuota(limit, remaining, reset, policies)
    limit = next((name for name, _ in _members(headers.get("ratelimit-limit"))), None)
    return StatedQuota(limit, headers.get("ratelimit-remaining"), headers.get("ratelimit-reset"), policies)


def _members(text: str | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The members of a list, each with its parameters."""
    if text is None or len(text) > _LONGEST:
        return
    for member in _MEMBER.findall(text)[:_MOST_MEMBERS]:
        name, *parameters = (part.strip() for part in _PARAMETER.findall(member) or [""])
        pairs = (parameter.partition("=") for parameter in parameters)
        yield name, {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
