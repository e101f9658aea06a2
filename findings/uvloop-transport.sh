#!/usr/bin/env bash
# uvloop's TCP connection is no asyncio.Transport, and a connection whose assertion fails looks open and never reads.
#
# Guess:    a transport of any event loop of asyncio is an asyncio.Transport, and a failed assertion in connection_made
#           ends the connection.
# Truth:    uvloop's is not even a BaseTransport. create_connection returns all the same; the AssertionError goes to the
#           loop's exception handler, the transport says that it is not closing, and no byte arrives.
# Version:  uvloop 0.23.0, asyncio of Python 3.11 or later.
# Matters:  `assert isinstance(transport, asyncio.Transport)` is how one tells a type checker what connection_made gets.
#           It passes each test on asyncio. Under uvloop each call waits until its deadline, and no call says why.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check uvloop==0.23.0

venv/bin/python - <<'PY'
import asyncio

import uvloop


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        transport.write(b"hello")


class Client(asyncio.Protocol):
    received = b""

    def connection_made(self, transport):
        assert isinstance(transport, asyncio.Transport)

    def data_received(self, content):
        self.received += content


async def connect() -> dict:
    """What a client sees of a server that greets it, half a second after create_connection returned."""
    loop, errors = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: errors.append(type(context["exception"]).__name__))
    server = await loop.create_server(Server, "127.0.0.1", 0)
    transport, client = await loop.create_connection(Client, *server.sockets[0].getsockname())
    await asyncio.sleep(0.5)
    seen = {
        "Transport": isinstance(transport, asyncio.Transport),
        "BaseTransport": isinstance(transport, asyncio.BaseTransport),
        "errors": errors,
        "is_closing": transport.is_closing(),
        "received": client.received,
    }
    transport.abort()
    server.close()
    return seen


by_asyncio, by_uvloop = asyncio.run(connect()), uvloop.run(connect())
print("asyncio", by_asyncio)
print("uvloop", uvloop.__version__, by_uvloop)
usual = {"Transport": True, "BaseTransport": True, "errors": [], "is_closing": False, "received": b"hello"}
assert by_asyncio == usual
assert by_uvloop == {
    "Transport": False,
    "BaseTransport": False,
    "errors": ["AssertionError"],
    "is_closing": False,
    "received": b"",
}
PY
