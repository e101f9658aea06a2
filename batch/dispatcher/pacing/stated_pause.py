"""How long a refusal says to wait. Pure.

Source: RFC 9110, section 10.2.3 (Retry-After has whole seconds), and the API's X-RateLimit-Reset.
"""

from __future__ import annotations

from batch.guayaba.exchange import Exchange


def stated_pause(exchange: Exchange) -> float | None:
    """The seconds that the refusal `exchange` names: Retry-After, or Reset where that is the same in finer steps, or
    the only one; `None`: neither. Where calls are left, Reset is that of a limiter which refused nothing."""
    said = exchange.quota
    hint = said.retry_after
    if (
        said.reset_in is not None
        and not said.remaining
        and (hint is None or 0.0 <= hint - (said.reset_in or 0.0) < 1.0)
    ):
        return said.reset_in  # a client that comes late finds that others took it all
    return hint
