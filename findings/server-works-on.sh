#!/usr/bin/env bash
# A client hangs up, and uvicorn and aiohttp carry the request out all the same.
#
# Guess:    a closed connection cancels the handler, so a call that timed out for the client had no effect.
# Truth:    both frameworks let the handler run to its end; only the answer has no reader.
# Version:  uvicorn 0.54.0 with Starlette 1.10.0, aiohttp 3.14.5, each with its defaults.
# Matters:  a timeout says nothing about the effect. The write may happen seconds after the client gave up, so a
#           read-back has to come later, and a repeated call is a second effect.
set -euo pipefail
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2> /dev/null; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check uvicorn==0.54.0 starlette==1.10.0 aiohttp==3.14.5

cat > shared.py <<'PY'
import asyncio
from pathlib import Path


async def write() -> None:
    """Note the start, wait until the client has hung up, note the end."""
    Path("started").touch()
    for _ in range(600):
        if Path("hung-up").exists():
            break
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    Path("finished").touch()
PY
cat > starlette_app.py <<'PY'
import sys

import shared
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def contact(request):
    await shared.write()
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", contact, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical")
PY
cat > aiohttp_app.py <<'PY'
import sys

import shared
from aiohttp import web


async def contact(request):
    await shared.write()
    return web.Response(text="ok")


app = web.Application()
app.add_routes([web.post("/", contact)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
PY
cat > hang_up.py <<'PY'
import socket
import sys
import time
from pathlib import Path


def connected() -> socket.socket:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def wait_for(name: str) -> None:
    for _ in range(600):
        if Path(name).exists():
            return
        time.sleep(0.05)
    raise SystemExit(f"{name} did not happen")


with connected() as client:
    client.sendall(b"POST / HTTP/1.1\r\nHost: contacts\r\nContent-Length: 0\r\n\r\n")
    wait_for("started")
time.sleep(0.5)  # the server sees the closed connection
Path("hung-up").touch()
wait_for("finished")
PY
for app in starlette_app aiohttp_app; do
  rm -f started hung-up finished
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  venv/bin/python "$app.py" "$port" &
  server=$!
  venv/bin/python hang_up.py "$port"
  echo "$app: the handler ended after the client had hung up"
  kill "$server"
  wait "$server" || true
  server=
done
venv/bin/pip list --disable-pip-version-check 2> /dev/null | grep -E '^(uvicorn|starlette|aiohttp) '
