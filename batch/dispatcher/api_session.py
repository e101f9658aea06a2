"""The keys of a run at one address, opened: the wire that they share, and the quota and reads of each.

Owns: which budget files and buckets belong to a key at an address, and that all who use the key here share them; how
many requests each key may have under way.
"""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.quota_stores.in_place import InPlace
from batch.dispatcher.quota_stores.interface import Kind, Quota, StoreBusy, quota_name
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.quota_stores.sqlite import SqliteStore, store_path
from batch.dispatcher.reader import Reader
from batch.guayaba.client import Client, open_client
from batch.model import READS
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import Connection

#: Files that the process has open anyway, and those of each lane beside its connections: its budgets, as they write.
_FILES: Final = 64
_FILES_OF_A_LANE: Final = 4


@dataclass(frozen=True, slots=True)
class ApiSession:
    """A key at an address. `writes` and `reads` are the machine's budgets of it; `reader.bucket` is this process's own
    quota of reads: every read takes from it."""

    lane: ApiKeyLimits
    client: Client
    reader: Reader
    writes: Quota
    reads: Quota


@asynccontextmanager
async def open_sessions(
    connection: Connection, lanes: Sequence[ApiKeyLimits]
) -> AsyncIterator[Mapping[str, ApiSession]]:
    """The keys of `lanes` (at least one), by account, at the address of `connection`, for as long as the context lasts.

    Where this machine cannot keep a budget, none is shared.
    """
    connections = (max_in_flight(connection, len(lanes)) + 1) * len(lanes)
    with ExitStack() as stack:
        async with open_client(
            connection.address, lanes[0].key, timeout=connection.timeout, connections=connections
        ) as wire:
            yield {lane.account: await _open_session(connection, lane, wire, stack) for lane in lanes}


def max_in_flight(connection: Connection, lanes: int) -> int:
    """How many writes each of `lanes` may have under way: `workers`, or as many as the system lets us have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connection.workers
    room = soft - _FILES - _FILES_OF_A_LANE * lanes
    return max(1, min(connection.workers, room // lanes - 1))


async def _open_session(connection: Connection, lane: ApiKeyLimits, wire: Client, stack: ExitStack) -> ApiSession:
    writes, reads = await _open_quotas(connection, lane, stack)
    client = wire.with_key(lane.key)
    bucket = Bucket(READS.calls, connection.window, lane.share)
    return ApiSession(lane, client, Reader(client, bucket, reads), writes, reads)


async def _open_quotas(connection: Connection, lane: ApiKeyLimits, stack: ExitStack) -> tuple[Quota, Quota]:
    """The quotas of writes and of reads of a key."""
    name = quota_name(connection.address, lane.key.fingerprint)
    path = store_path(connection.quota_folders, name)
    if path is None:
        return LocalQuota(), LocalQuota()
    store = stack.enter_context(closing(SqliteStore(path, window=connection.window)))
    channel = InPlace(store)

    async def opened(kind: Kind) -> Quota:
        quota = SharedQuota(
            channel, kind, window=connection.window, deadline=connection.timeout, quota=name, user=token_hex(8)
        )
        stack.enter_context(closing(quota))
        with suppress(StoreBusy):
            await quota.refresh()
        return quota

    return await opened("write"), await opened("read")
