"""How each limiter is started: which packages and programs it needs, and its configuration."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

NODE_PACKAGES: Final = Path.home() / ".cache" / "guayaba-batch-bench"
_HERE: Final = Path(__file__).parent
_SBIN: Final = "/usr/sbin:/usr/local/sbin"
#: How long a server may take until it listens.
_START_S: Final = 60.0


class Limiter(NamedTuple):
    """A limiter of 30 writes in 6 s a key."""

    name: str
    #: `node`, `python`, `nginx` or `haproxy`.
    kind: str
    #: npm packages with their versions, or Python modules.
    packages: tuple[str, ...] = ()
    #: nginx: what follows the zone, and the status of a refusal.
    options: str = ""
    status: int = 503
    #: How many calls it accepts at once.
    burst: int = 30
    quick: bool = False

    @property
    def says_what_is_left(self) -> bool:
        """Whether its responses have Remaining: by it, hosts without a common store notice each other."""
        return self.kind in ("node", "python") and self.name != "Django REST framework"

    def missing(self) -> str | None:
        """What is to be installed before it can be measured."""
        if self.kind == "python":
            absent = [name for name in self.packages if importlib.util.find_spec(name) is None]
            return f"pip install -e '.[bench]' ({', '.join(absent)})" if absent else None
        if _program(self.kind) is None:
            return f"{self.kind} is not installed"
        if self.kind != "node":
            return None
        names = [package.rpartition("@")[0] for package in self.packages]
        absent = [name for name in names if not (NODE_PACKAGES / "node_modules" / name).exists()]
        return f"run it with --install ({', '.join(absent)})" if absent else None


_EXPRESS: Final = ("express@5.3.0", "express-rate-limit@8.7.5")
LIMITERS: Final = (
    Limiter("express-rate-limit", "node", _EXPRESS),
    Limiter("express-rate-limit draft-8", "node", _EXPRESS),
    Limiter("@fastify/rate-limit", "node", ("fastify@5.12.8", "@fastify/rate-limit@11.2.0")),
    Limiter("rate-limiter-flexible", "node", ("rate-limiter-flexible@11.4.0",)),
    Limiter("koa-ratelimit", "node", ("koa@3.3.0", "koa-ratelimit@6.0.0")),
    Limiter("hono-rate-limiter", "node", ("hono@4.13.19", "@hono/node-server@2.1.9", "hono-rate-limiter@0.5.4")),
    Limiter("slowapi fixed", "python", ("slowapi",), quick=True),
    Limiter("slowapi moving", "python", ("slowapi",)),
    Limiter("slowapi sliding counter", "python", ("slowapi",)),
    Limiter("flask-limiter fixed", "python", ("flask_limiter",)),
    Limiter("flask-limiter moving", "python", ("flask_limiter",)),
    Limiter("Django REST framework", "python", ("rest_framework",)),
    Limiter("nginx", "nginx", burst=1, quick=True),
    Limiter("nginx, 429", "nginx", status=429, burst=1),
    Limiter("nginx burst=5 nodelay", "nginx", options="burst=5 nodelay", burst=6, quick=True),
    Limiter("nginx burst=30 nodelay, 429", "nginx", options="burst=30 nodelay", status=429),
    Limiter("nginx burst=5", "nginx", options="burst=5", burst=1),
    Limiter("nginx burst=30, 429", "nginx", options="burst=30", status=429, burst=1),
    Limiter("haproxy stick table", "haproxy", status=429),
)

_NGINX: Final = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  map $request_method $writer {{ POST $http_x_api_key; default ""; }}
  limit_req_zone $writer zone=writes:1m rate=5r/s;
  limit_req_status {status};
  server {{
    listen 127.0.0.1:{port};
    location / {{ limit_req zone=writes {options}; proxy_pass http://127.0.0.1:{upstream}; }}
  }}
}}
"""
_HAPROXY: Final = """
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend limited
  bind 127.0.0.1:{port}
  stick-table type string len 64 size 1k expire 60s store http_req_rate(6s)
  http-request track-sc0 req.hdr(x-api-key) if METH_POST
  http-request deny deny_status {status} if METH_POST {{ sc_http_req_rate(0) gt 30 }}
  default_backend api
backend api
  server one 127.0.0.1:{upstream}
"""


@asynccontextmanager
async def started(limiter: Limiter, folder: Path) -> AsyncIterator[int]:
    """The port of `limiter`, which runs in `folder` for as long as the context lasts."""
    if limiter.kind in ("node", "python"):
        async with _package(limiter) as port:
            yield port
        return
    upstream = await asyncio.start_server(_upstream, "127.0.0.1", 0)
    port = _free_port()
    text = (_NGINX if limiter.kind == "nginx" else _HAPROXY).format(
        folder=folder, port=port, upstream=upstream.sockets[0].getsockname()[1], status=limiter.status,
        options=limiter.options,
    )  # fmt: skip
    config = folder / "server.conf"
    config.write_text(text)
    program = _program(limiter.kind)
    assert program is not None
    error_log = ["-e", str(folder / "error.log")] if limiter.kind == "nginx" else []
    command = [program, *(["-p", str(folder), "-c", str(config), *error_log] if error_log else ["-f", str(config)])]
    with (folder / "server.log").open("w") as log:
        server = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        await _listening(port, folder)
        yield port
    finally:
        server.terminate()
        await server.wait()
        upstream.close()


@asynccontextmanager
async def _package(limiter: Limiter) -> AsyncIterator[int]:
    if limiter.kind == "node":
        # Node looks for packages beside the file.
        source = NODE_PACKAGES / "node_servers.mjs"
        source.write_bytes((_HERE / "node_servers.mjs").read_bytes())
        command = [str(_program("node")), str(source), limiter.name]
    else:
        command = [sys.executable, str(_HERE / "python_servers.py"), limiter.name]
    server = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        line = await asyncio.wait_for(server.stdout.readline(), _START_S)
        if not line:
            raise SystemExit(f"{limiter.name} did not start")
        yield int(line)
    finally:
        server.stdin.close()
        await server.wait()


async def _upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An API without any limit of its own: one response a connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    body = b'{"success":true,"message":"Contact updated successfully"}'
    if head.startswith(b"GET"):
        body = b'[{"name":"active","isTerminal":false},{"name":"DNC","isTerminal":true}]'
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    await writer.drain()
    writer.close()


async def _listening(port: int, folder: Path) -> None:
    for _ in range(int(_START_S / 0.05)):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise SystemExit(f"a server did not start: {(folder / 'server.log').read_text()[-500:]}")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=_SBIN)
