"""A peer that misbehaves, on a raw socket: what it does to a write is decided by the contact's phone number.

It serves what a run asks before its first write (statuses), shows contacts as they are, and keeps its own record of
what arrived and what took effect. It knows nothing of the client's code.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

Play = Callable[["Peer", socket.socket], None]


@dataclass
class Fault:
    """What happens to the first write of one contact. `effect`: it takes effect first. Later ones are answered well."""

    name: str
    play: Play
    effect: bool = False


@dataclass
class Peer:
    """The server. `faults` are by phone number; other contacts are answered well."""

    faults: Mapping[str, Fault]
    tls: ssl.SSLContext | None = None
    port: int = 0
    arrived: Counter[str] = field(default_factory=Counter)
    effects: Counter[str] = field(default_factory=Counter)
    heard: list[bytes] = field(default_factory=list)  # every request, whole
    dripped: list[float] = field(default_factory=list)  # how long a client listened to drops, in seconds
    _status: dict[str, str] = field(default_factory=dict)
    _closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        listener.settimeout(0.1)
        while not self._closing.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Do nothing for `seconds`, or until the test is over."""
        self._closing.wait(seconds)

    def close(self) -> None:
        self._closing.set()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(30)
            if self.tls is None:
                self._listen(connection)
            else:
                with self.tls.wrap_socket(connection, server_side=True) as secured:
                    self._listen(secured)

    def _listen(self, connection: socket.socket) -> None:
        while request := _request(connection):
            self.heard.append(request)
            self._answer(request, connection)

    def _answer(self, request: bytes, connection: socket.socket) -> None:
        method, target = request.split(b" ", 2)[:2]
        url = urlsplit(target.decode())
        if method == b"GET" and url.path == "/contacts/statuses":
            names = [{"name": "active", "isTerminal": False}, {"name": "DNC", "isTerminal": True}]
            connection.sendall(reply(json.dumps(names).encode()))
        elif method == b"GET":
            phone = parse_qs(url.query).get("search", [""])[0]
            shown = {"id": _id(phone), "phoneNumber": phone, "status": self._status.get(phone, "active")}
            connection.sendall(reply(json.dumps({"contacts": [shown], "pagination": {"total": 1}}).encode()))
        else:
            self._write(request, connection)

    def _write(self, request: bytes, connection: socket.socket) -> None:
        asked = json.loads(request.partition(b"\r\n\r\n")[2])
        phone = asked["phone"]
        self.arrived[phone] += 1
        fault = self.faults.get(phone) if self.arrived[phone] == 1 else None
        if fault is None or fault.effect:
            self.effects[phone] += 1
            self._status[phone] = asked.get("status", "fulfilled")
        if fault is None:
            connection.sendall(reply(_success(phone)))
        else:
            fault.play(self, connection)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _request(connection: socket.socket) -> bytes:
    """One whole request; empty where the client has gone."""
    held = b""
    while b"\r\n\r\n" not in held:
        part = connection.recv(65536)
        if not part:
            return b""
        held += part
    head, _, body = held.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _id(phone: str) -> str:
    return f"f50e8400-e29b-41d4-a716-{int(phone or 0) % 10**12:012d}"


def _success(phone: str) -> bytes:
    return json.dumps({"success": True, "contact": {"id": _id(phone), "phoneNumber": phone}}).encode()


# -- what a peer may do ---------------------------------------------------------------------------------------------


def reply(body: bytes = b"{}", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An HTTP answer; `length` is what Content-Length claims."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def says(*parts: bytes, pause: float = 0.0) -> Play:
    """A peer that sends `parts`, `pause` seconds apart, and hangs up."""

    def play(peer: Peer, connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            peer.wait(pause)

    return play


def resets(peer: Peer, connection: socket.socket) -> None:
    """A connection that is torn down (RST)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs(peer: Peer, connection: socket.socket) -> None:
    """A peer that has gone without a word."""
    peer.wait(60)


def half_closes(peer: Peer, connection: socket.socket) -> None:
    """A peer that will say nothing more, and goes on listening."""
    connection.shutdown(socket.SHUT_WR)
    peer.wait(60)


def drips(peer: Peer, connection: socket.socket) -> None:
    """An answer that comes byte by byte and never ends."""
    began = time.monotonic()
    try:
        connection.sendall(reply(b"", length=1000))
        for _ in range(300):
            connection.sendall(b" ")
            peer.wait(0.1)
    finally:
        peer.dripped.append(time.monotonic() - began)


def floods(peer: Peer, connection: socket.socket) -> None:
    """An answer without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(400):
        connection.sendall(b"x" * 65536)


@contextmanager
def serving(faults: Mapping[str, Fault] = {}, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A peer on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        peer = Peer(faults, tls, listener.getsockname()[1])
        thread = threading.Thread(target=peer.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            peer.close()
            thread.join(5)


def http_date(seconds_from_now: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds_from_now))
