"""Connections through a proxy, by httpx's own transport.

Owns: telling "never left" from "may have arrived" by httpx's errors, and the longest body that is read. This file is
imported where the environment names a proxy: httpx takes longer to import than a hundred rows to send.
"""

from __future__ import annotations

import ssl
from typing import Final

import anyio
import httpx
from httpx import InvalidURL

from batch.guayaba.byte_stream import ConnectionLost, DeadlinePassed
from batch.guayaba.connection import HttpRequest, NotSent
from batch.guayaba.fault_text import fault_text
from batch.guayaba.usual_response import Response
from batch.text.language import tr

__all__ = ["InvalidURL", "ProxiedTransport"]

#: What a request with a body says of it.
_JSON: Final = ((b"Content-Type", b"application/json"),)
# Of a proxied request: the connection did not come about, or no connection was free: nothing was sent.
_NEVER_LEFT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
    InvalidURL,
)


class ProxiedTransport:
    """A transport to `url` through `proxy`, as `connection.Http1Transport` is one without.

    Raises ValueError or InvalidURL for a proxy that is none, and ImportError for one that needs another package.
    """

    def __init__(self, url: str, proxy: str, tls: ssl.SSLContext, *, connections: int, longest: int) -> None:
        self._url = httpx.URL(url)
        self._longest = longest
        # Each request has a connection of its own: httpx would send any request over one that was kept.
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=tls, proxy=proxy, limits=limits)

    async def exchange(self, request: HttpRequest) -> Response:
        content = request.content
        of_content = (*_JSON, (b"Content-Length", b"%d" % len(content))) if content else ()
        proxied = httpx.Request(
            request.method,
            self._url.copy_with(raw_path=request.target),
            headers=[*request.headers.pairs, *of_content],
            stream=httpx.ByteStream(content),
            extensions={"timeout": {"connect": request.within, "pool": request.within}},
        )
        with anyio.CancelScope(deadline=request.until):
            return await self._exchange(proxied)
        raise DeadlinePassed

    async def _exchange(self, proxied: httpx.Request) -> Response:
        try:
            response = await self._inner.handle_async_request(proxied)
            try:
                raw = response.headers.raw
                said = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]
                return Response(response.status_code, said, await self._read_body(response), reusable=False)
            finally:
                await response.aclose()
        except _NEVER_LEFT as fault:
            raise NotSent(fault_text(fault)) from fault
        except httpx.HTTPError as fault:
            raise ConnectionLost(fault_text(fault)) from fault

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _read_body(self, response: httpx.Response) -> bytes:
        """The body as it came, still compressed where it is. Raises httpx.HTTPError for one that is too long."""
        body = bytearray()
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for part in response.stream:
            body += part
            if len(body) > self._longest:
                raise httpx.RemoteProtocolError(tr("the answer was longer than {longest} bytes", longest=self._longest))
        return bytes(body)
