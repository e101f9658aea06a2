"""Opening a connection under asyncio: one of several addresses, and nothing left open where it is given up."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from batch.guayaba import byte_stream
from batch.guayaba.byte_stream import open_stream


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server on 127.0.0.1, and on no other address."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield int(server.getsockname()[1])


def with_addresses(addresses: list[str], port: int, use: Callable[[], Awaitable[None]]) -> None:
    """Run `use` where each name has these addresses."""

    async def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    async def run() -> None:
        asyncio.get_running_loop().getaddrinfo = found  # type: ignore[method-assign]
        await use()

    asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_given_up_while_it_opens_is_closed(host: str, port: int) -> None:
    """Cancelled at any step of opening, no socket is left to the collector."""

    async def give_up_each_step() -> None:
        for steps in range(16):
            opening = asyncio.ensure_future(open_stream(host, port, None))
            for _ in range(steps):
                await asyncio.sleep(0)
            opening.cancel()
            with suppress(asyncio.CancelledError):
                await (await opening).close()

    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        with_addresses(["127.0.0.2", "127.0.0.1"], port, give_up_each_step)
        gc.collect()
    assert [str(each.message) for each in left] == []


@pytest.mark.parametrize("addresses", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
def test_the_address_that_answers_is_used(addresses: list[str], port: int) -> None:
    """A host is reached where one of its addresses refuses, whichever comes first."""

    async def reach() -> None:
        await (await open_stream("api.example.org", port, None)).close()

    with_addresses(addresses, port, reach)


def test_a_silent_address_holds_up_no_other(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing comes back from the first address, the next one is tried beside it."""
    monkeypatch.setattr(byte_stream, "_NEXT_ADDRESS_S", 0.01)

    async def reach() -> None:
        loop = asyncio.get_running_loop()
        connect = loop.create_connection

        async def deaf(factory: Any, host: str, *given: Any, **named: Any) -> Any:
            await asyncio.sleep(3600 if host == "127.0.0.2" else 0)
            return await connect(factory, host, *given, **named)

        loop.create_connection = deaf  # type: ignore[method-assign,assignment]
        await (await open_stream("api.example.org", port, None)).close()

    with_addresses(["127.0.0.2", "127.0.0.1"], port, reach)


def test_a_host_that_refuses_everywhere_is_an_error() -> None:
    """Where no address takes the connection, the fault of one of them is raised."""

    async def reach() -> None:
        with pytest.raises(ConnectionRefusedError):
            await open_stream("api.example.org", 1, None)

    with_addresses(["127.0.0.2", "127.0.0.3"], 1, reach)
