"""A user's own part of a quota while its store is away. Pure.

Owns: how large the part is, what was used of it, and what the store is to count when it is back.

The part is the quota divided by one more than the users that the store last counted, so that a user who joined right
before the store went away is provided for. Where that is less than one token, there is one in a longer time.
"""

from __future__ import annotations

from collections.abc import Iterable

from batch.dispatcher.quota_stores.interface import BUSY_S, QuotaReply, QuotaRequest, Returned


class LocalShare:
    """The tokens of one quota and kind that this user took, and when each comes back. Times are the user's own."""

    def __init__(self) -> None:
        self._leases: dict[int, tuple[int, float | None]] = {}  # handful -> tokens, and when they return; None: in use

    def returned(self, handfuls: Iterable[Returned], window: float, now: float) -> None:
        """Take handfuls back, those too that the store had given."""
        for handful, used, age in handfuls:
            self._leases[handful] = (used, now - age + window)

    def take(self, request: QuotaRequest, users: int, now: float) -> QuotaReply:
        """Tokens out of the part, or how long to wait."""
        part = request.limit // (users + 1)
        later = 0.0 if part else request.window * ((users + 1) / request.limit - 1)
        returns = [(tokens, None if at is None else at + later) for tokens, at in self._leases.values()]
        returning = [at for tokens, at in returns if tokens and at is not None and at > now]
        spent = sum(tokens for tokens, at in returns if at is None or at > now)
        tokens = min(request.tokens, max(part, 1) - spent)
        if tokens <= 0:
            wait = min(returning, default=now + request.window) - now
            return QuotaReply(0, min(max(wait, BUSY_S), request.window), users=users)
        self._leases[request.handful] = (tokens, None)
        return QuotaReply(tokens, users=users)

    def to_count(self, window: float, deadline: float, now: float) -> list[Returned]:
        """What the store is to count: what is still under way as if it ended with its deadline."""
        return [
            Returned(handful, tokens, -deadline if at is None else window - (at - now))
            for handful, (tokens, at) in self._leases.items()
            if at is None or at > now
        ]
