"""The quotas of a run's keys, opened: in the files of this machine, or in the store that the settings name.

Owns: which store a run uses, and what becomes of a run whose store does not answer at its start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from secrets import token_hex

import anyio

from batch.dispatcher.quota_stores.in_place import InPlace
from batch.dispatcher.quota_stores.interface import (
    RATES,
    Kind,
    Quota,
    QuotaStore,
    StoreBusy,
    StoreDown,
    StoreRefused,
    StoreUnreachable,
    quota_name,
)
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.dispatcher.quota_stores.remote import ROUND_TRIP_S, RemoteChannel
from batch.dispatcher.quota_stores.shared import Channel, SharedQuota
from batch.dispatcher.quota_stores.sqlite import SqliteStore, store_path
from batch.errors import SettingsError, single_error
from batch.settings.quota_store import StoreAddress
from batch.settings.slices import Connection
from batch.text.language import tr

#: The quotas of writes and of reads of the key with this fingerprint.
OpenQuotas = Callable[[str], Awaitable[tuple[Quota, Quota]]]
Notify = Callable[[str], object]


@asynccontextmanager
async def open_quotas(connection: Connection, notify: Notify) -> AsyncIterator[OpenQuotas]:
    """What opens the quotas of a key at the address of `connection`, for as long as the context lasts.

    Raises StoreUnreachable where the store does not answer, unless `quota_store_down` says `local`; SettingsError where
    it refuses the login. Where this machine cannot keep a file, nothing is shared.
    """
    channel = await _connect(connection, notify) if connection.quota_store else None
    with ExitStack() as stack:
        if channel is None:
            yield lambda key: _open_file(connection, key, stack, notify)
            return
        remote = channel
        try:
            with single_error():
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(remote.serve)
                    try:
                        yield lambda key: _open_pair(connection, key, remote, stack, notify)
                    finally:
                        stack.close()
                        tasks.cancel_scope.cancel()
        finally:
            await remote.close()


async def _connect(connection: Connection, notify: Notify) -> RemoteChannel | None:
    """The way to the store; `None`: it does not answer, and this machine's own files are to be used."""
    address = connection.quota_store
    assert address is not None
    channel = RemoteChannel(_client(address), window=connection.window, notify=notify)
    try:
        await channel.connect()
    except StoreRefused as fault:
        raise SettingsError(
            tr(
                "the quota store {store} cannot be used: {why}. Nothing was sent.",
                store=address.shown,
                why=address.mask(str(fault)),
            ),
            tip=tr(
                "check the user and the password: in GUAYABA_QUOTA_STORE, a settings file or"
                " --quota-store-password-file."
            ),
        ) from None
    except StoreDown as fault:
        why = address.mask(str(fault))
        if connection.quota_store_down == "local":
            notify(
                tr(
                    "the quota store {store} does not answer ({why}). This machine counts by itself.",
                    store=address.shown,
                    why=why,
                )
            )
            return None
        raise StoreUnreachable(
            tr("the quota store {store} does not answer: {why}. Nothing was sent.", store=address.shown, why=why),
            tip=tr(
                "start it and give the same command again. --quota-store-down local counts on this machine alone: only"
                " if no other machine uses the key now."
            ),
        ) from None
    return channel


def _client(address: StoreAddress) -> QuotaStore:
    """The blocking client for `address`. Raises SettingsError where its library is not installed."""
    extra = "redis" if address.is_redis else "postgres"
    try:
        if address.is_redis:
            from batch.dispatcher.quota_stores.redis import RedisStore

            return RedisStore(address, timeout=ROUND_TRIP_S)
        from batch.dispatcher.quota_stores.postgres import PostgresStore

        return PostgresStore(address, timeout=ROUND_TRIP_S)
    except ImportError:
        raise SettingsError(
            tr("the quota store {store} needs a library that is not installed. Nothing was sent.", store=address.shown),
            tip=tr("pip install 'guayaba-batch[{extra}]'.", extra=extra),
        ) from None


async def _open_file(
    connection: Connection, key_fingerprint: str, stack: ExitStack, notify: Notify
) -> tuple[Quota, Quota]:
    path = store_path(connection.quota_folders, quota_name(connection.address, key_fingerprint))
    if path is None:
        return LocalQuota(), LocalQuota()
    store = stack.enter_context(closing(SqliteStore(path, window=connection.window)))
    return await _open_pair(connection, key_fingerprint, InPlace(store), stack, notify)


async def _open_pair(
    connection: Connection, key_fingerprint: str, channel: Channel, stack: ExitStack, notify: Notify
) -> tuple[Quota, Quota]:
    user = token_hex(8)

    def shared(kind: Kind, places: SharedQuota | None = None) -> SharedQuota:
        return SharedQuota(
            channel,
            kind,
            window=connection.window,
            deadline=connection.timeout,
            quota=quota_name(connection.address, key_fingerprint),
            user=user,
            places=places,
        )

    async def opened(kind: Kind) -> Quota:
        quota = shared(kind, shared(RATES[kind]))
        stack.enter_context(closing(quota))
        with suppress(StoreBusy):
            closed = await quota.refresh()
            if kind == "write" and closed > 1.0:
                notify(
                    tr(
                        "the quota store does not know this key: it is new, or was restarted. So it cannot know how "
                        "much quota was used. The first call is made in {seconds:.0f} s.",
                        seconds=closed,
                    )
                )
        return quota

    return await opened("write"), await opened("read")
