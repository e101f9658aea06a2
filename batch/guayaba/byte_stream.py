"""The bytes of one connection: sent, and received until a deadline.

Owns: opening a connection, TLS among it, and the two ways to its bytes. Under asyncio they arrive in a protocol of our
own: anyio's stream switches reading on and off around each receive (two system calls) and yields three times a request.
Under any other event loop they come through anyio's streams.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import select
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute

from batch.guayaba.event_loop import asyncio_loop
from batch.guayaba.fault_text import fault_text

#: More than an event loop reads at once, so that nothing stays behind in its buffer.
_READ: Final = 1024 * 1024
#: Where a host has several addresses, the next one is tried after so many seconds (RFC 8305).
_NEXT_ADDRESS_S: Final = 0.25

_BROKEN: Final = (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)


class ConnectionLost(Exception):
    """The connection broke, or what came back is no answer: the request may have arrived."""


class DeadlinePassed(Exception):
    """Nothing arrived until the deadline."""


class Stream(Protocol):
    """One open connection. Deadlines are on the event loop's clock."""

    async def send(self, content: bytes, until: float) -> None:
        """Send `content`. Raises ConnectionLost, DeadlinePassed."""
        ...

    async def receive(self, until: float) -> bytes:
        """The next bytes; none at the end of the stream. Raises ConnectionLost, DeadlinePassed."""
        ...

    def is_silent(self) -> bool:
        """True where nothing has arrived that was not received: no byte, no end."""
        ...

    async def close(self) -> None:
        """Close the connection at once."""
        ...


async def open_stream(host: str, port: int, tls: ssl.SSLContext | None) -> Stream:
    """A new connection to `host`, with TLS where there is a context for it. Raises what the network raises: OSError,
    ValueError for a host that is none, anyio's errors of streams."""
    loop = asyncio_loop()
    if loop is not None:
        return await _open_protocol(loop, host, port, tls)
    if tls is None:
        return _AnyioStream(await anyio.connect_tcp(host, port))
    return _AnyioStream(await anyio.connect_tcp(host, port, tls=True, ssl_context=tls, tls_hostname=host))


async def _open_protocol(
    loop: asyncio.BaseEventLoop, host: str, port: int, tls: ssl.SSLContext | None
) -> _ProtocolStream:
    """A connection to one of the addresses of `host`. Raises OSError, ValueError; cancelled or failed, it leaves no
    connection behind.

    asyncio's own way to try several, `happy_eyeballs_delay`, leaves sockets open where it is cancelled (seen in Python
    3.11).
    """
    name = None if tls is None else host

    async def open_at(address: str) -> _ProtocolStream:
        _, stream = await loop.create_connection(_ProtocolStream, address, port, ssl=tls, server_hostname=name)
        return stream

    if _is_ip_address(host):
        return await open_at(host)
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await _open_first(open_at, dict.fromkeys(str(each[4][0]) for each in found))


async def _open_first(  # noqa: C901 - each way out closes what it does not return
    open_at: Callable[[str], Awaitable[_ProtocolStream]], addresses: Iterable[str]
) -> _ProtocolStream:
    """What is open first. The next address is tried where one fails, or after `_NEXT_ADDRESS_S` beside it."""
    opened: list[_ProtocolStream] = []
    faults: list[OSError] = []

    async def attempt(address: str, over: anyio.Event, others: anyio.CancelScope) -> None:
        try:
            opened.append(await open_at(address))
            others.cancel()
        except OSError as fault:
            faults.append(fault)
        over.set()

    try:
        async with anyio.create_task_group() as race:
            for address in addresses:
                over = anyio.Event()
                race.start_soon(attempt, address, over, race.cancel_scope)
                with anyio.move_on_after(_NEXT_ADDRESS_S):
                    await over.wait()
    except BaseException:
        for stream in opened:
            await stream.close()
        raise
    for late in opened[1:]:
        await late.close()
    if not opened:
        raise faults[0]
    return opened[0]


class _ProtocolStream(asyncio.Protocol):
    """A connection under asyncio."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts: deque[bytes] = deque()  # received, and not taken yet
        self._waiter: asyncio.Future[None] | None = None
        self._until = 0.0  # the deadline of the one that waits
        self._timer: asyncio.TimerHandle | None = None  # due at that deadline, or an earlier one
        self._paused = self._ended = False
        self._fault: Exception | None = None

    # -- what asyncio calls -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        self._silence = _silence(transport.get_extra_info("socket").fileno())

    def _arrived(self, data: bytes) -> None:
        self._parts.append(data)
        if self._waiter is None:  # nobody asked: no more than this is kept
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    data_received = _arrived  # asyncio's name of it

    def eof_received(self) -> bool:
        self._ended = True
        if self._tls is not None and not _is_closed_properly(self._tls):
            self._fault = ConnectionResetError(errno.ECONNRESET, "the stream of TLS did not end")
        self._wake()
        return False

    def connection_lost(self, fault: Exception | None) -> None:
        self._ended = True
        self._fault = self._fault or fault
        self._wake()

    # -- what the client calls ----------------------------------------------------------------------------------------

    async def send(self, content: bytes, until: float) -> None:
        if not self._ended:  # else the next receive says why
            self._transport.write(content)

    async def receive(self, until: float) -> bytes:
        if not self._parts and not self._ended:
            try:
                await self._arrival(until)
            finally:
                self._waiter = None
        if self._parts:
            return self._parts.popleft()
        if self._fault is not None:
            raise ConnectionLost(fault_text(self._fault)) from self._fault
        return b""

    def is_silent(self) -> bool:
        return not (self._parts or self._ended or self._silence.poll(0))

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.abort()

    def _arrival(self, until: float) -> asyncio.Future[None]:
        """What is done once something has arrived, or the deadline has passed."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        self._until = until
        if self._timer is None:  # one for many requests: it is cheaper to look again than to cancel each
            self._timer = self._loop.call_at(until, self._look)
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _look(self) -> None:
        """The timer is due: the deadline has passed, or is a later one, or nobody waits."""
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._until:
            self._waiter.set_exception(DeadlinePassed())
        else:
            self._timer = self._loop.call_at(self._until, self._look)


class _AnyioStream:
    """A connection under any other event loop."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._silence = _silence(stream.extra(SocketAttribute.raw_socket).fileno())
        self._tls: ssl.SSLObject | None = stream.extra(TLSAttribute.ssl_object, None)

    async def send(self, content: bytes, until: float) -> None:
        with anyio.CancelScope(deadline=until) as scope:
            try:
                await self._stream.send(content)
            except _BROKEN as fault:
                raise ConnectionLost(fault_text(fault)) from fault
        if scope.cancelled_caught:
            raise DeadlinePassed

    async def receive(self, until: float) -> bytes:
        with anyio.CancelScope(deadline=until):
            try:
                return await self._stream.receive(_READ)
            except anyio.EndOfStream:
                return b""
            except _BROKEN as fault:
                raise ConnectionLost(fault_text(fault)) from fault
        raise DeadlinePassed

    def is_silent(self) -> bool:
        return not self._silence.poll(0) and (self._tls is None or _holds_nothing(self._tls))

    async def close(self) -> None:
        await anyio.aclose_forcefully(self._stream)


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _silence(fileno: int) -> select.poll:
    """What tells whether anything arrived at a socket."""
    poll = select.poll()
    poll.register(fileno, select.POLLIN)
    return poll


def _holds_nothing(tls: ssl.SSLObject) -> bool:
    """True where TLS holds back nothing that was read from the socket together with the last answer."""
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return True
    except ssl.SSLError:
        pass
    return False


def _is_closed_properly(tls: ssl.SSLObject) -> bool:
    """True where the peer said that the stream ends (close_notify): anybody on the way can make it end without that."""
    try:
        return tls.read(1) == b""
    except ssl.SSLError:
        return False
