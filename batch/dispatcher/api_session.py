"""The keys of a run at one address, opened: the wire that they share, and the quota and reads of each.

Owns: which quotas and buckets belong to a key at an address, and how many requests each key may have under way.
"""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.interface import Quota
from batch.dispatcher.quota_stores.open import Notify, OpenQuotas, open_quotas
from batch.dispatcher.reader import Reader
from batch.errors import KeyRefused
from batch.guayaba.client import Client, open_client
from batch.model import READS
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import Connection
from batch.text.language import tr

#: Files that the process has open anyway, and those of each lane beside its connections: its budgets, as they write.
_FILES: Final = 64
_FILES_OF_A_LANE: Final = 4


@dataclass(frozen=True, slots=True)
class ApiSession:
    """A key at an address. `writes` and `reads` are its quotas, which all of its users share; `reader.bucket` is this
    process's own quota of reads: every read takes from it."""

    lane: ApiKeyLimits
    client: Client
    reader: Reader
    writes: Quota
    reads: Quota


@asynccontextmanager
async def open_sessions(
    connection: Connection, lanes: Sequence[ApiKeyLimits], notify: Notify = lambda _: None
) -> AsyncIterator[Mapping[str, ApiSession]]:
    """The keys of `lanes` (at least one), by account, at the address of `connection`, for as long as the context lasts.

    `notify` receives what the user should know of the quota store. Raises what `open_quotas` raises. A KeyRefused of
    the context gets the place of its key.
    """
    connections = (max_in_flight(connection, len(lanes)) + 1) * len(lanes)
    async with (
        open_client(connection.address, lanes[0].key, timeout=connection.timeout, connections=connections) as wire,
        open_quotas(connection, notify) as quotas_of,
    ):
        try:
            yield {lane.account: await _open_session(connection, lane, wire, quotas_of) for lane in lanes}
        except KeyRefused as error:
            if len(lanes) > 1 or not lanes[0].place:
                raise
            text = tr("{error} The key came from {place}.", error=error.message, place=lanes[0].place)
            raise KeyRefused(text, problems=error.problems, tip=error.tip) from None


def max_in_flight(connection: Connection, lanes: int) -> int:
    """How many writes each of `lanes` may have under way: `workers`, or as many as the system lets us have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connection.workers
    room = soft - _FILES - _FILES_OF_A_LANE * lanes
    return max(1, min(connection.workers, room // lanes - 1))


async def _open_session(connection: Connection, lane: ApiKeyLimits, wire: Client, quotas_of: OpenQuotas) -> ApiSession:
    writes, reads = await quotas_of(lane.key.fingerprint)
    client = wire.with_key(lane.key)
    bucket = Bucket(READS.calls, connection.window, lane.share)
    return ApiSession(lane, client, Reader(client, bucket, reads), writes, reads)
