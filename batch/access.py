"""The keys of a run at one address, opened: the wire that they share, and the quota and reads of each.

Owns: which budget files and buckets belong to a key at an address, and that all who use the key here share them; how
many requests each key may have under way.
Does not own: what is read or written with it (`directory/`, `dispatch.py`).
"""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Final

from batch.budget import Budget, Unshared, budget_path
from batch.dispatcher.bucket import Bucket
from batch.dispatcher.client import Client, connect
from batch.dispatcher.reader import Reader
from batch.model import READS
from batch.settings import Settings
from batch.settings.accounts import Lane

#: Files that the process has open anyway, and those of each lane beside its connections: its budgets, as they write.
_FILES: Final = 64
_FILES_OF_A_LANE: Final = 4


@dataclass(frozen=True, slots=True)
class Access:
    """A key at an address. `writes` and `reads` are the machine's budgets of it; `reader.bucket` is this process's own
    quota of reads: whoever reads takes from it."""

    lane: Lane
    client: Client
    reader: Reader
    writes: Budget | Unshared
    reads: Budget | Unshared


@asynccontextmanager
async def access(settings: Settings, lanes: Sequence[Lane]) -> AsyncIterator[Mapping[str, Access]]:
    """The keys of `lanes` (at least one), by account, at the address of `settings`, for as long as the context lasts.

    Where this machine cannot keep a budget, nobody shares one.
    """
    connections = (places(settings, len(lanes)) + 1) * len(lanes)
    with ExitStack() as stack:
        async with connect(settings.address, lanes[0].key, timeout=settings.timeout, connections=connections) as wire:
            yield {lane.account: _opened(settings, lane, wire, stack) for lane in lanes}


def places(settings: Settings, lanes: int) -> int:
    """How many writes each of `lanes` may have under way: `workers`, or as many as the system lets us have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return settings.workers
    room = soft - _FILES - _FILES_OF_A_LANE * lanes
    return max(1, min(settings.workers, room // lanes - 1))


def _opened(settings: Settings, lane: Lane, wire: Client, stack: ExitStack) -> Access:
    path = budget_path([settings.state, settings.out], settings.address, lane.key.fingerprint)
    writes: Budget | Unshared = Unshared()
    reads: Budget | Unshared = Unshared()
    if path is not None:
        writes = Budget(path, "write", window=settings.window, deadline=settings.timeout)
        stack.enter_context(closing(writes))
        reads = Budget(path, "read", window=settings.window, deadline=settings.timeout)
        stack.enter_context(closing(reads))
    client = wire.with_key(lane.key)
    bucket = Bucket(READS.calls, settings.window, lane.share)
    return Access(lane, client, Reader(client, bucket, reads), writes, reads)
