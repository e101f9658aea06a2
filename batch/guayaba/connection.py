"""Connections to one host: one request out, one whole answer back, or the word that there is none.

Owns: opening, keeping and closing connections, TLS, how many there are, and when a request may have left.

A connection carries one request at a time. It is kept for another only for a moment (`KEPT_S`), only while it is
silent, and only for a request that may be repeated: a server may hang up just then, and it would be unknown whether it
had taken the request before. After that has happened once, this host's connections are no longer kept. A byte that
arrives while nothing was asked, or behind an answer, closes the connection: it would be read as the next answer.
httpx's own transport sends any request over a connection that was kept, takes the bytes behind an answer for the next
one, and needs ten times the time.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

import anyio

from batch.guayaba.byte_stream import ConnectionLost, Stream, open_stream
from batch.guayaba.event_loop import event_loop_clock
from batch.guayaba.fault_text import fault_text
from batch.guayaba.response_parser import MalformedResponse, ResponseParser
from batch.guayaba.usual_response import Response
from batch.text.language import tr

#: Servers keep an idle connection for 2 seconds at least (5 is common): long before that it is no longer used.
KEPT_S: Final = 1.0

_NOT_OPENED: Final = (OSError, ValueError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)
_OF_CONTENT: Final = b"Content-Type: application/json\r\nContent-Length: %d\r\n"


class NotSent(Exception):
    """No connection came about, or none was free: nothing was sent."""


class Headers:
    """The headers that all requests of a client have, as pairs of name and value and as they are sent."""

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        self.pairs = tuple(pairs)
        self.encoded = b"".join(b"%b: %b\r\n" % pair for pair in pairs)


class HttpRequest(NamedTuple):
    """One request, and its bounds."""

    method: str
    target: bytes
    headers: Headers
    content: bytes
    #: The seconds in which a connection must come about.
    within: float
    #: When the whole answer must have been seen, on the event loop's clock.
    until: float
    #: A connection that was used before may carry it.
    repeatable: bool

    def encode(self) -> bytes:
        """The request as it is sent over a connection of HTTP/1.1."""
        return b"%b %b HTTP/1.1\r\n%b%b%b\r\n%b" % (
            self.method.encode("ascii"),
            self.target,
            self.headers.encoded,
            _OF_CONTENT % len(self.content) if self.content else b"",
            b"" if self.repeatable else b"Connection: close\r\n",
            self.content,
        )


class _Connection:
    """One open connection. `used_at` is when its last answer was whole, on the event loop's clock."""

    __slots__ = ("stream", "used_at")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.used_at = 0.0

    def clean(self, now: float) -> bool:
        """True where it was used a moment ago, and nothing arrived since: no byte, no end."""
        return now - self.used_at <= KEPT_S and self.stream.is_silent()


class Http1Transport:
    """At most `connections` connections to `host` and `port`, with TLS where there is a context for it.

    Answers have bodies of at most `longest` bytes. Made and used in one event loop, by any number of tasks; `aclose` at
    the end.
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
        self._now = event_loop_clock()

    async def exchange(self, request: HttpRequest) -> Response:
        """The whole answer to one request.

        Raises NotSent, ConnectionLost, and DeadlinePassed. Cancelled, this leaves no connection behind.
        """
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            await self._place(request.within)
        try:
            kept = await self._kept() if request.repeatable and self._keeps else None
            connection = kept or await self._open(request.within)
            return await self._exchange(connection, request, kept is not None)
        finally:
            self._places.release()

    async def aclose(self) -> None:
        """Close what is kept."""
        while self._idle:
            await self._idle.pop().stream.close()

    async def _place(self, within: float) -> None:
        with anyio.move_on_after(within) as wait:
            await self._places.acquire()
        if wait.cancelled_caught:
            raise NotSent(tr("no connection was free within {within:g} s", within=within))

    async def _kept(self) -> _Connection | None:
        """A clean connection that was used before, if there is one; those that are not are closed."""
        now = self._now()
        while self._idle:
            connection = self._idle.pop()
            if connection.clean(now):
                return connection
            await connection.stream.close()
        return None

    async def _open(self, within: float) -> _Connection:
        """A new connection, in at most `within` seconds."""
        while self._idle and len(self._idle) + self._most - self._places.value > self._most:
            await self._idle.popleft().stream.close()
        try:
            with anyio.move_on_after(within):
                return _Connection(await open_stream(self._host, self._port, self._tls))
        except _NOT_OPENED as fault:
            raise NotSent(fault_text(fault)) from fault
        raise NotSent(tr("no connection within {within:g} s", within=within))

    async def _exchange(self, connection: _Connection, request: HttpRequest, reused: bool) -> Response:
        stream, reader = connection.stream, ResponseParser(self._longest)
        answer, arrived = None, False
        try:
            await stream.send(request.encode(), request.until)
            while answer is None:
                part = await stream.receive(request.until)
                if part:
                    arrived = True
                    answer = reader.feed(part)
                else:
                    self._keeps &= arrived or not reused
                    answer = reader.end()
            return answer
        except MalformedResponse as fault:
            raise ConnectionLost(str(fault)) from None
        except ConnectionLost:
            self._keeps &= arrived or not reused
            raise
        finally:
            if answer is not None and answer.reusable and request.repeatable:
                connection.used_at = self._now()
                self._idle.append(connection)
            else:
                await stream.close()
