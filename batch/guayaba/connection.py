"""Connections to one host, as a transport of httpx's: one request out, one whole answer back, or the word that there is
none.

Owns: opening, keeping and closing connections, TLS, how many there are, and when a request may have left.

A connection carries one request at a time. It is kept for another only for a moment (`KEPT_S`), only while it is
silent, and only for a request that may be repeated: a server may hang up just then, and it would be unknown whether it
had taken the request before. After that has happened once, this host's connections are no longer kept. A byte that
arrives while nothing was asked, or behind an answer, closes the connection: it would be read as the next answer.
httpx's own transport sends any request over a connection that was kept, takes the bytes behind an answer for the next
one, and needs ten times the time.
"""

from __future__ import annotations

import select
import ssl
from collections import deque
from typing import Final

import anyio
import httpx
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute

from batch.guayaba.response_parser import MalformedResponse, Response, ResponseParser
from batch.text.language import tr

#: The extension of a request that may be repeated: a connection that was used before may carry it.
REPEATABLE: Final = "repeatable"
#: Servers keep an idle connection for 2 seconds at least (5 is common): long before that it is no longer used.
KEPT_S: Final = 1.0
#: More than an event loop reads at once, so that nothing stays behind in its buffer.
_READ: Final = 1024 * 1024

_BROKEN: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)


class _Connection:
    """One open connection. `used_at` is when its last answer was whole, on the event loop's clock."""

    def __init__(self, stream: ByteStream) -> None:
        self.stream = stream
        self.used_at = 0.0
        self._silence = select.poll()
        self._silence.register(stream.extra(SocketAttribute.raw_socket).fileno(), select.POLLIN)
        self._tls: ssl.SSLObject | None = stream.extra(TLSAttribute.ssl_object, None)

    def clean(self, now: float) -> bool:
        """True where it was used a moment ago, and nothing arrived since: no byte, no end."""
        return now - self.used_at <= KEPT_S and not self._silence.poll(0) and self._still()

    def _still(self) -> bool:
        """True where TLS holds back nothing that was read from the socket together with the last answer."""
        if self._tls is None:
            return True
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            pass
        return False

    async def close(self) -> None:
        await anyio.aclose_forcefully(self.stream)


class Http1Transport:
    """At most `connections` connections to `host` and `port`, with TLS where there is a context for it.

    Answers have bodies of at most `longest` bytes. Used by any number of tasks; `aclose` at the end.
    """

    def __init__(
        self, host: str, port: int | None, tls: ssl.SSLContext | None, *, connections: int, longest: int
    ) -> None:
        self._host = host
        self._port = port or (80 if tls is None else 443)
        self._tls = tls
        if tls is not None:
            tls.set_alpn_protocols(["http/1.1"])
        self._longest = longest
        self._most = connections
        self._places = anyio.Semaphore(connections, fast_acquire=True)
        self._idle: deque[_Connection] = deque()  # the one used last is last
        self._keeps = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The whole answer to `request`, to this host.

        Raises httpx.ConnectError, and where no connection came about in the request's `connect` timeout ConnectTimeout
        or PoolTimeout: nothing was sent. Raises httpx.NetworkError or RemoteProtocolError: it may have arrived. The
        caller bounds the time of the whole; cancelled, this leaves no connection behind.
        """
        within: float = request.extensions["timeout"]["connect"]
        repeatable: bool = request.extensions.get(REPEATABLE, False)
        await self._place(within)
        try:
            kept = await self._kept() if repeatable and self._keeps else None
            connection = kept or await self._opened(within)
            answer = await self._exchange(
                connection, _encode_request(request, repeatable), repeatable, kept is not None
            )
        finally:
            self._places.release()
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))

    async def aclose(self) -> None:
        """Close what is kept."""
        while self._idle:
            await self._idle.pop().close()

    async def _place(self, within: float) -> None:
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(within) as wait:
                await self._places.acquire()
            if wait.cancelled_caught:
                raise httpx.PoolTimeout(tr("no connection was free within {within:g} s", within=within)) from None

    async def _kept(self) -> _Connection | None:
        """A clean connection that was used before, if there is one; those that are not are closed."""
        now = anyio.current_time()
        while self._idle:
            connection = self._idle.pop()
            if connection.clean(now):
                return connection
            await connection.close()
        return None

    async def _opened(self, within: float) -> _Connection:
        """A new connection, in at most `within` seconds."""
        while self._idle and len(self._idle) + self._most - self._places.value > self._most:
            await self._idle.popleft().close()
        try:
            with anyio.move_on_after(within):
                return _Connection(await self._connected())
        except (OSError, ValueError, *_BROKEN) as fault:
            raise httpx.ConnectError(_fault_text(fault)) from fault
        raise httpx.ConnectTimeout(tr("no connection within {within:g} s", within=within))

    async def _connected(self) -> ByteStream:
        if self._tls is None:
            return await anyio.connect_tcp(self._host, self._port)
        return await anyio.connect_tcp(self._host, self._port, tls=True, ssl_context=self._tls, tls_hostname=self._host)

    async def _exchange(self, connection: _Connection, request: bytes, repeatable: bool, reused: bool) -> Response:
        reader = ResponseParser(self._longest)
        answer, arrived = None, False
        try:
            await connection.stream.send(request)
            while answer is None:
                try:
                    part = await connection.stream.receive(_READ)
                except anyio.EndOfStream:
                    self._keeps &= arrived or not reused
                    answer = reader.end()
                else:
                    arrived = True
                    answer = reader.feed(part)
            return answer
        except MalformedResponse as fault:
            raise httpx.RemoteProtocolError(str(fault)) from None
        except (OSError, *_BROKEN) as fault:
            self._keeps &= arrived or not reused
            raise httpx.ReadError(_fault_text(fault)) from fault
        finally:
            if answer is not None and answer.reusable and repeatable:
                connection.used_at = anyio.current_time()
                self._idle.append(connection)
            else:
                await connection.close()


def _encode_request(request: httpx.Request, keeps: bool) -> bytes:
    """`request` as it goes out, whole."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    if not keeps:
        lines.append(b"Connection: close")
    return b"\r\n".join([*lines, b"", request.read()])


def _fault_text(fault: BaseException) -> str:
    """What went wrong, for a person, in one line."""
    cause = fault.__cause__ if isinstance(fault.__cause__, OSError) else None
    parts = [f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__, str(cause) if cause else ""]
    return "; ".join(part for part in parts if part)
