"""The reads of one key: each waits for a token of its quota, shared with every process of this machine.

Owns: spending read tokens for reads outside the engine's turns (before a run, page after page).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

import anyio

from batch.dispatcher.learned_limits import LearnedLimits
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.interface import Lease, Quota
from batch.errors import Unreachable
from batch.guayaba.client import Client
from batch.guayaba.exchange import Exchange, Failure
from batch.text.language import tr

#: While another caller's answer is awaited, the bucket cannot say when: it is asked again after so many seconds.
_ASK_AGAIN_S = 0.05
#: A read is given up that the quota store gives no token for so many seconds: a little sooner than the caller gives up
#: (`guayaba/reads.py`), who could not say why.
_NO_TOKEN_S = 300.0


class Reader:
    """Reads over `client`, out of `bucket` and the machine's `budget`. Used by any number of tasks of one event loop.

    `made` counts the requests that left.
    """

    def __init__(self, client: Client, bucket: Bucket, budget: Quota) -> None:
        self.bucket = bucket
        self.made = 0
        self._client = client
        self._budget = budget
        self._learned = LearnedLimits(bucket, budget)
        bucket.known.limit = budget.limit or bucket.limit

    @property
    def base_url(self) -> str:
        return self._client.base_url

    def seconds_for(self, reads: int) -> float:
        """Seconds that so many more reads take at the quota, with no other user of the key."""
        return reads / self.bucket.limit * self.bucket.window

    def answered(self) -> AbstractContextManager[None]:
        """While it lasts, these reads do not wait for a read of the caller's that has its response already."""
        return self.bucket.answered(anyio.current_time())

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        """The exchange of one GET, as soon as the quota has room for it; a pause after a 429 is waited for first.

        Raises Unreachable where the quota store gives no token for some minutes.
        """
        grant, left_at = await self._token()
        exchange = None
        try:
            exchange = await self._client.read(path, query)
        finally:
            self._settle(grant, left_at, exchange or Exchange(failure=Failure.NO_ANSWER))
        return exchange

    async def _token(self) -> tuple[Lease, float]:
        refused_since: float | None = None
        while True:
            now = anyio.current_time()
            ready = self.bucket.ready_at(now)
            if ready is not None and ready <= now:
                self.bucket.take(now)
                try:
                    grant = await self._budget.claim(self.bucket.tokens, self.bucket.shared_rate)
                except BaseException:
                    self.bucket.give_back(now)
                    raise
                if isinstance(grant, Lease):
                    self.bucket.store_users.granted(self._budget.spent, anyio.current_time())
                    return grant, now
                self._learned.exchange(now)
                self.bucket.hold(now + grant, now)
                refused_since = now if refused_since is None else refused_since
                if now - refused_since >= _NO_TOKEN_S:
                    raise Unreachable(
                        tr("the quota store gave no token for a read for {seconds:.0f} s.", seconds=_NO_TOKEN_S),
                        tip=tr("check the quota store and what else uses the key, then give the same command again."),
                    )
            wait = _ASK_AGAIN_S if ready is None else ready - now
            self._budget.idle(wait)
            await anyio.sleep(wait)

    def _settle(self, grant: Lease, left_at: float, exchange: Exchange) -> None:
        now, left = anyio.current_time(), exchange.failure is not Failure.NEVER_LEFT
        self._budget.settled(grant, left=exchange.may_be_counted)
        self.made += left
        limit, paused_until = self.bucket.limit, self.bucket.paused_until
        self.bucket.settle(exchange, now, left_at)
        self._learned.exchange(now)
        if (self.bucket.limit, self.bucket.paused_until) != (limit, paused_until):
            self._budget.hear(self.bucket.limit, max(0.0, self.bucket.paused_until - now))
