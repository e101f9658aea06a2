"""An outage: times in which nothing gets through, and whose fault is not a row's. Pure.

Owns: since when nothing leaves, when one request may probe, and when that, or a server that only says 429, has lasted
too long; and since when the users of a shared quota have left no token.
"""

from __future__ import annotations

from collections.abc import Hashable

from batch.dispatcher.backoff import Backoff
from batch.guayaba.exchange import Exchange, Failure


class Outage:
    """What the exchanges of one key say of the server as a whole. `since` is when nothing left any more, else `None`;
    `probe_at`, when the next request may try."""

    def __init__(self, backoff: Backoff, give_up_after: float) -> None:
        self.since: float | None = None
        self.probe_at = float("-inf")
        self._backoff = backoff
        self._give_up_after = give_up_after
        self._failures = 0
        self._silent_since: dict[Hashable, float] = {}
        self._waiting_since: dict[Hashable, float] = {}

    def observe(self, quota: Hashable, exchange: Exchange, now: float, draw: float) -> bool:
        """True where nothing of `quota` has been answered for too long: it is time to give up.

        Writes and reads are two quotas: reads that go on to be answered do not make up for writes that are not.
        """
        self._waiting_since.pop(quota, None)
        never_left = exchange.failure is Failure.NEVER_LEFT
        if never_left:
            self._last(now, draw)
        else:
            self.since = None
        if never_left or exchange.status == 429:
            return now - self._silent_since.setdefault(quota, now) >= self._give_up_after
        self._silent_since.pop(quota, None)
        return False

    def waits(self, quota: Hashable, now: float) -> bool:
        """True where other users of `quota` have left no token for too long: it is time to give up."""
        return now - self._waiting_since.setdefault(quota, now) >= self._give_up_after

    def _last(self, now: float, draw: float) -> None:
        if self.since is None or now >= self.probe_at:
            self._failures = 1 if self.since is None else self._failures + 1
            # At least half the bound: one probe speaks for all rows, so there is no crowd to spread out.
            self.probe_at = now + self._backoff.wait(self._failures, 0.5 + draw / 2)
        if self.since is None:
            self.since = now
