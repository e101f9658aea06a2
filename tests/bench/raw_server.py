"""The server that the benchmarks call: `python raw_server.py [core]`; it prints its port, and ends with its stdin.

A raw asyncio protocol on loopback, as a process of its own and pinned to a core of its own, so that it is never what is
measured: one write answers one request, with the headers and the body that the API documents. It keeps connections
alive, reads heads by their documented spelling and counts nothing: `bench_quota.py` judges with the sandbox.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import Final

FULFILLED: Final = b'{"success":true,"message":"Contact marked as fulfilled successfully"}'
UPDATED: Final = b'{"success":true,"message":"Contact updated successfully"}'
STATUSES: Final = (
    b'[{"name":"active","isTerminal":false},{"name":"fulfilled","isTerminal":true},{"name":"DNC","isTerminal":true}]'
)
#: Far above what anybody reaches: no caller has to wait.
LIMIT: Final = 1_000_000


class Conversation(asyncio.Protocol):
    """One connection: every whole request in what has arrived is answered, in order."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        arrived = self.waiting + data if self.waiting else data
        while (end := arrived.find(b"\r\n\r\n")) >= 0:
            head = arrived[:end].lower()
            at = head.find(b"\r\ncontent-length:")
            length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(arrived) < end + 4 + length:
                break
            arrived = arrived[end + 4 + length :]
            self.transport.write(answer(head))
            if b"\r\nconnection: close" in head:
                self.transport.close()
        self.waiting = arrived


def answer(head: bytes) -> bytes:
    """The answer to a request with this head (in lower case)."""
    body = STATUSES if head.startswith(b"get ") else FULFILLED if b"/fulfill " in head else UPDATED
    now = time.time()
    return (
        b"HTTP/1.1 200 OK\r\nDate: %b\r\nContent-Type: application/json\r\nX-RateLimit-Limit: %d\r\n"
        b"X-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %d\r\nContent-Length: %d\r\n\r\n%b"
        % (date(int(now)), LIMIT, LIMIT - 1, int(now) + 60, len(body), body)
    )


def date(now: int) -> bytes:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now)).encode()


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Conversation, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    threading.Thread(target=end_with_stdin, daemon=True).start()
    asyncio.run(serve())
