"""Below HTTP: reading a whole request body, capturing an answer, and dropping a connection.

Owns: the one trick that depends on uvicorn's insides. Does not own: when it is played (`gate`).
"""

from __future__ import annotations

import inspect
import socket
import struct
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import RequestResponseCycle

from batch.sandbox.errors import SandboxError

LARGEST_BODY = 1 << 20
"""Bytes of a request body; not documented, and far over any real contact."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body; None if the caller hung up. One byte over LARGEST_BODY is as far as it reads."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > LARGEST_BODY:
            return bytes(body[: LARGEST_BODY + 1])


async def call(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """The answer of `app` to one request whose body has been read already."""
    start: Message = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Reply(start["status"], tuple(start["headers"]), b"".join(parts))


async def send_reply(send: Send, reply: Reply) -> None:
    """Put an answer on the wire."""
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body})


async def send_half(send: Send, reply: Reply) -> None:
    """Put the headers of an answer and half of its body on the wire; the caller of it drops the rest."""
    await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
    await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})


def drop(send: Send, *, reset: bool) -> None:
    """Close the connection behind `send`, with a TCP reset or an orderly end, and answer nothing more.

    ASGI has no word for this. uvicorn's `send` is a method of the object that holds the transport; marked as
    disconnected, that object does not mind that the application never answers.
    """
    cycle = send.__self__  # type: ignore[attr-defined]
    cycle.disconnected = True
    if reset and not cycle.transport.is_closing():
        # Linger on, for zero seconds: closing sends RST in place of FIN.
        linger = struct.pack("ii", 1, 0)
        cycle.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        cycle.transport.abort()
    else:
        cycle.transport.close()


def check_drop() -> None:
    """Raise SandboxError if this uvicorn is not built as `drop` supposes; to be called before serving."""
    takes_transport = "transport" in inspect.signature(RequestResponseCycle).parameters
    minds_disconnect = "disconnected" in RequestResponseCycle.run_asgi.__code__.co_names
    if not (takes_transport and minds_disconnect and inspect.isfunction(RequestResponseCycle.send)):
        raise SandboxError(
            "This release of uvicorn hides its transport, so the sandbox cannot drop connections. Install uvicorn 0.54."
        )
