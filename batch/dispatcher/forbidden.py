"""What a 403 means to a run whose key the API has accepted: the key, or a limit.

Owns: whether a refusal is a limit, which is waited for like a 429, or stops the lane, and for which reason. Pure.
Source: the API's page /authentication knows 401 and 429. Some limiters answer 403 (django-ratelimit, and proxies before
an API), so after an accepted call a 403 alone does not say that the key is refused.
"""

from __future__ import annotations

from batch.dispatcher.actions import StopReason
from batch.guayaba.exchange import Exchange


class KeyAcceptance:
    """Whether the API has accepted the key in this session."""

    def __init__(self) -> None:
        self._accepted = False

    def observe(self, exchange: Exchange) -> Exchange:
        """`exchange` as its lane treats it: a 403 that is a limit becomes a 429."""
        if exchange.status == 403 and self._accepted and exchange.quota.names_limit:
            return exchange._replace(status=429)
        self._accepted = self._accepted or exchange.is_success or exchange.status in (400, 404)
        return exchange

    def refusal(self, status: int | None) -> StopReason:
        """Why a lane stops that was refused with `status`."""
        return StopReason.KEY_OR_LIMIT if status == 403 and self._accepted else StopReason.KEY_REFUSED
