"""The store on a Redis or Valkey server (extra `[redis]`): one script, run on the server, by the server's clock.

Owns: the connection, and what its errors mean. The rules are in `quota.lua`.

A server that was restarted, or another one after a failover, may lack the last writes whatever its settings, so the
script gives nothing for one window then. Source: INFO's `run_id` is new with each start of a server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Final, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from batch.dispatcher.quota_stores.interface import QuotaReply, QuotaRequest, StoreDown, StoreRefused
from batch.dispatcher.quota_stores.wire import quota_id, read_reply, request_json
from batch.settings.quota_store import StoreAddress
from batch.text.language import tr

SCRIPT: Final = files(__package__).joinpath("quota.lua").read_text(encoding="utf-8")
_T = TypeVar("_T")
_PREFIX: Final = "guayaba-batch"


class RedisStore:
    """A connection to the server at `address`. It is opened with the first request, and again after each error.

    `timeout` is the longest time of one round trip, in seconds. Tests give a `script` with a clock of their own.
    """

    def __init__(self, address: StoreAddress, *, timeout: float, script: str = SCRIPT) -> None:
        self._script, self._name = script, sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._client = redis.Redis.from_url(
            address.reveal(),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),  # a repetition is the caller's decision
        )

    def exchange(self, requests: Sequence[QuotaRequest]) -> list[QuotaReply]:
        """The reply to each request. Raises StoreDown, and StoreRefused for a password or a right that is missing."""
        return self._guarded(lambda: [read_reply(text) for text in self._run(requests)])

    def connect(self) -> None:
        """Open the connection, if it is not open. Raises StoreRefused, StoreDown."""
        self._guarded(self._client.ping)

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _guarded(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            self.close()
            # A server that wants a password and got none says so in other words for each version of the protocol.
            unasked = "NOAUTH" in str(error) or "HELLO" in str(error)
            raise StoreRefused(tr("it needs a password") if unasked else _first_line(error)) from None
        except (
            redis.RedisError,
            OSError,
        ) as error:  # or it starts (LOADING), is a replica (READONLY), or its memory is full (OOM)
            self.close()
            raise StoreDown(_first_line(error)) from None

    def _run(self, requests: Sequence[QuotaRequest]) -> list[bytes]:
        try:
            return self._pipeline(requests)
        except redis.exceptions.NoScriptError:  # the server does not know the script yet, or not any more
            self._client.script_load(self._script)
            return self._pipeline(requests)

    def _pipeline(self, requests: Sequence[QuotaRequest]) -> list[bytes]:
        with self._client.pipeline(transaction=False) as pipeline:
            for request in requests:
                pipeline.evalsha(self._name, 1, f"{_PREFIX}:{{{quota_id(request)}}}", request_json(request))
            found: list[bytes] = pipeline.execute()
        return found


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200].rstrip(".")
