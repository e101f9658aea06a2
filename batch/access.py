"""One key at one address, opened: its wire, its quota, its reads.

Owns: which budget files and buckets belong to a key at an address, and that all who use the key here share them.
Does not own: what is read or written with it (`directory.py`, `dispatch.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from batch.budget import Budget, Unshared, budget_path
from batch.dispatcher.bucket import Bucket
from batch.dispatcher.client import Client, connect
from batch.dispatcher.reader import Reader
from batch.errors import SettingsError
from batch.model import READS
from batch.settings import Settings


@dataclass(frozen=True, slots=True)
class Access:
    """A key at an address. `writes` and `reads` are the machine's budgets of it; `reader.bucket` is this process's own
    quota of reads: whoever reads takes from it."""

    client: Client
    reader: Reader
    writes: Budget | Unshared
    reads: Budget | Unshared


@asynccontextmanager
async def access(settings: Settings) -> AsyncIterator[Access]:
    """The key of `settings` at its address, for as long as the context lasts.

    Raises SettingsError where there is no key. Where this machine cannot keep a budget, nobody shares one.
    """
    key = settings.key
    if key is None:
        raise SettingsError("no API key was given.", tip="set GUAYABA_API_KEY, or give --api-key-file.")
    path = budget_path([settings.state, settings.out], settings.address, key.fingerprint)
    writes: Budget | Unshared = Unshared()
    reads: Budget | Unshared = Unshared()
    if path is not None:
        writes = Budget(path, "write", window=settings.window, deadline=settings.timeout)
        reads = Budget(path, "read", window=settings.window, deadline=settings.timeout)
    with closing(writes), closing(reads):
        connections = settings.workers + 1
        async with connect(settings.address, key, timeout=settings.timeout, connections=connections) as client:
            bucket = Bucket(READS.calls, settings.window, settings.share)
            yield Access(client, Reader(client, bucket, reads), writes, reads)
