"""The wire: one request out, one exchange back. The only file that imports httpx.

Owns: connections, the key header, the bounds of an attempt (total time, bytes), telling "never left" from "may have
arrived".
Does not own: when to send, what an answer means, repeating anything.

Redirects are never followed: a redirect would carry X-API-Key to another address. Compressed answers are not asked for
and not opened: one megabyte of zeros fits a kilobyte. Loopback never goes through a proxy. Each request has a
connection of its own: on one that is kept, a write can meet a server that is just hanging up, and bytes that follow an
answer would be taken for the next one. At 30 writes a minute a handshake costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import time
from typing import Final
from urllib.parse import urlencode

import anyio
import httpx
import msgspec

from batch.address import is_loopback
from batch.dispatcher.exchange import Exchange, Failure
from batch.dispatcher.quota import quota_word
from batch.model import Request
from batch.secret import ApiKey

#: No documented answer is near this; more is a fault or an attack.
MAX_RESPONSE_BYTES: Final = 1024 * 1024

# The connection did not come about, or no connection was free: nothing was sent.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Client:
    """Requests to one base URL with one key. Made by `connect`; used by any number of tasks."""

    base_url: str
    timeout: float
    _http: httpx.AsyncClient
    _key: ApiKey

    def with_key(self, key: ApiKey) -> Client:
        """The same wire, for the calls of another key."""
        return replace(self, _key=key)

    async def send(self, request: Request) -> Exchange:
        """The exchange of one write."""
        return await self._exchange(request.method, request.path, msgspec.json.encode(request.body))

    async def read(self, path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        """The exchange of one GET. A `+` in `query` leaves as %2B: a plain one would read as a space."""
        return await self._exchange("GET", f"{path}?{urlencode(query)}" if query else path, None)

    async def _exchange(self, method: str, path: str, content: bytes | None) -> Exchange:
        headers = {"X-API-Key": self._key.reveal()}
        return await _exchange(self._http, method, path, content, headers, self.timeout)


# At INFO httpx logs every address, and with it the phone numbers that are searched for.
logging.getLogger("httpx").setLevel(logging.WARNING)


@asynccontextmanager
async def connect(
    base_url: str,
    key: ApiKey,
    *,
    timeout: float,
    connections: int,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Client]:
    """A client whose attempts take at most `timeout` seconds in total, over at most `connections` connections."""
    async with _http(base_url, timeout, connections, transport) as http:
        yield Client(base_url, timeout, http, key)


async def post(url: str, content: bytes, *, timeout: float) -> Exchange:
    """The exchange of one POST of JSON to an address that is not the API's: within the same bounds, without a key."""
    async with _http(url, timeout, 1) as http:
        return await _exchange(http, "POST", url, content, {}, timeout)


def _http(
    base_url: str, timeout: float, connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        timeout=httpx.Timeout(timeout, connect=min(10.0, timeout / 2)),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=0),
        follow_redirects=False,
        # SSL_CERT_FILE counts everywhere; the proxies of the environment do not for this machine.
        verify=httpx.create_ssl_context(),
        trust_env=not is_loopback(base_url),
        transport=transport,
    )


async def _exchange(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    content: bytes | None,
    headers: Mapping[str, str],
    timeout: float,
) -> Exchange:
    if content is not None:
        headers = {**headers, "Content-Type": "application/json"}
    try:
        with anyio.fail_after(timeout):
            async with http.stream(method, path, content=content, headers=headers) as response:
                body = await _bounded_body(response)
                return Exchange(response.status_code, body, quota_word(response.headers, time()))
    except TimeoutError:
        return _no_answer(f"no whole answer within {timeout:g} s")
    except _NEVER_LEFT as fault:
        return Exchange(failure=Failure.NEVER_LEFT, detail=_words(fault))
    except _TooLong:
        return _no_answer(f"the answer was longer than {MAX_RESPONSE_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL, anyio.ClosedResourceError, OSError) as fault:
        return _no_answer(_words(fault))


class _TooLong(Exception):
    pass


async def _bounded_body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        return b""  # not asked for, so not opened; the verdict finds no JSON in it
    chunks, size = [], 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > MAX_RESPONSE_BYTES:
            raise _TooLong
        chunks.append(chunk)
    return b"".join(chunks)


def _no_answer(detail: str) -> Exchange:
    return Exchange(failure=Failure.NO_ANSWER, detail=detail)


def _words(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
