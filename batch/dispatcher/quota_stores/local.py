"""A quota that is not shared, for a machine on which no store can be kept: the bucket's own rule is all there is."""

from __future__ import annotations

from batch.dispatcher.pacing.learned_limit import Rate
from batch.dispatcher.quota_stores.interface import FREE, Lease


class LocalQuota:
    """The quota of a key that only this process uses."""

    limit: int | None = None
    learned: str = ""
    users: int = 1
    spent: int = 0

    async def claim(self, limit: int, rate: Rate | None = None) -> Lease | float:
        """A token, always."""
        return FREE

    def settled(self, lease: Lease, *, left: bool = True, trip: float = 0.0) -> None:
        """Nothing is kept."""

    def idle(self, seconds: float) -> None:
        """Nothing is kept."""

    def hear(self, limit: int, pause: float = 0.0) -> None:
        """There is no other user to inform."""

    def learn(self, text: str, full: Rate | None = None) -> None:
        """There is no other user to inform."""
