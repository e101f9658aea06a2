"""The way to a store that answers at once, without a network: the file of this machine."""

from __future__ import annotations

from batch.dispatcher.quota_stores.interface import QuotaReply, QuotaRequest, QuotaStore, StoreBusy


class InPlace:
    """Requests are carried out in the event loop."""

    delay = 0.0

    def __init__(self, store: QuotaStore) -> None:
        self._store = store

    async def exchange(self, request: QuotaRequest) -> QuotaReply:
        """The reply to `request`. Raises StoreBusy."""
        return self._store.exchange([request])[0]

    def post(self, request: QuotaRequest) -> QuotaReply | None:
        """Send `request`. Where another process is writing just now it is dropped: tokens come back a little later,
        when their life is over."""
        try:
            return self._store.exchange([request])[0]
        except StoreBusy:
            return None
