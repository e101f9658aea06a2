"""A proxy on loopback that counts, for each key, what a server answers to writes, and when."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from functools import partial
from typing import Self

#: Two addresses of loopback: two hosts are told apart by the one that they call.
_HOSTS = ("127.0.0.1", "127.0.0.2")


class CountingProxy:
    """Stands before the server on `port`. `calls` has (when, HTTP status, host) of each answered POST, by key."""

    def __init__(self, port: int) -> None:
        self.calls: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
        self._port = port
        self._servers: list[asyncio.Server] = []
        self._busy: set[asyncio.StreamWriter] = set()

    def url(self, host: int = 0) -> str:
        """Its address, as `host` calls it."""
        return f"http://{_HOSTS[host]}:{self._servers[host].sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        for host, address in enumerate(_HOSTS):
            self._servers.append(await asyncio.start_server(partial(self._serve, host), address, 0))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for writer in self._busy:
            writer.close()

    async def _serve(self, host: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one request and its response after the other, each over a connection of its own to the server."""
        self._busy.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(_length(head))
                there, back = await asyncio.open_connection("127.0.0.1", self._port)
                back.write(_closing(head) + body)
                answer = await there.read(-1)
                back.close()
                if head.startswith(b"POST"):
                    status = int(answer.split(b" ", 2)[1])
                    self.calls[_field(head, b"x-api-key")].append((time.monotonic(), status, host))
                writer.write(answer)
                await writer.drain()
                break
        writer.close()
        self._busy.discard(writer)


def _closing(head: bytes) -> bytes:
    """The head of a request whose connection ends with its response."""
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def _field(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name + b":"):
            return line.partition(b":")[2].strip().decode("ascii")
    return ""


def _length(head: bytes) -> int:
    return int(_field(head, b"content-length") or 0)
