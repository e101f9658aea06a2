"""Start and stop the sandbox.

Owns: its options, the listening socket, signals, and putting the parts together. Does not own: any rule of the API.
Flow: Options -> Store, Faults, Meter -> Gate around the API -> uvicorn on loopback.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import uvicorn

from batch.sandbox import app, faults, seed, wire
from batch.sandbox.errors import SandboxError
from batch.sandbox.gate import Gate
from batch.sandbox.ledger import Ledger
from batch.sandbox.limits import Meter
from batch.sandbox.model import Clock
from batch.sandbox.store import Store

__all__ = ["Options", "SandboxError", "running", "serve"]

_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 2048
_LARGEST_PORT = 65_535


@dataclass(frozen=True)
class Options:
    """How to run a sandbox.

    `db` None keeps everything in memory; `seed` None means the documentation's sample team; a limit of 0 or
    less is no limit; `port` 0 takes a free one; `faults` are SPECs of `batch.sandbox.faults`.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    db: str | None = None
    seed: str | None = None
    writes_per_minute: int = 30
    reads_per_minute: int = 100
    latency_ms: float = 0
    faults: tuple[str, ...] = ()
    fault_seed: int = 0
    window: Literal["fixed", "sliding"] = "fixed"
    window_seconds: float = 60.0


def serve(options: Options, ready: Callable[[str, seed.Loaded], None], *, until_end_of: int | None = None) -> None:
    """Serve until SIGINT or SIGTERM, or until the pipe `until_end_of` (a descriptor) has no writer, then return.

    Calls `ready("http://127.0.0.1:PORT", loaded)` once connections are accepted; what it raises ends the server.
    Raises SandboxError, before anything listens, for options that cannot be met.
    """
    with _listening(options, Clock()) as (server, sock, loaded), _quiet_signals():
        if until_end_of is not None:
            threading.Thread(target=_stop_at_end, args=(server, until_end_of), name="end", daemon=True).start()
        asyncio.run(_run(server, sock, lambda url: ready(url, loaded)))


def _stop_at_end(server: uvicorn.Server, descriptor: int) -> None:
    while os.read(descriptor, 1024):  # not sys.stdin: its lock would be held while the interpreter ends
        pass
    server.should_exit = True


@contextmanager
def running(options: Options, clock: Clock | None = None) -> Iterator[str]:
    """The base URL of a sandbox that runs in a thread of its own for the length of the block.

    With `clock` its windows, outages and stamps go by that, and not by this machine's clocks; pauses do not.
    """
    with _listening(options, clock or Clock()) as (server, sock, _):
        urls: list[str] = []
        up = threading.Event()

        def ready(url: str) -> None:
            urls.append(url)
            up.set()

        def run() -> None:
            try:
                asyncio.run(_run(server, sock, ready))
            finally:
                up.set()

        thread = threading.Thread(target=run, name="sandbox", daemon=True)
        thread.start()
        up.wait()
        try:
            if not urls:
                raise SandboxError("The sandbox did not start; its thread's traceback says why.")
            yield urls[0]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _listening(options: Options, clock: Clock) -> Iterator[tuple[uvicorn.Server, socket.socket, seed.Loaded]]:
    """A server that is ready to run, the socket that it will run on, and what was seeded; both are closed
    afterwards."""
    wire.check_drop()
    plan = faults.parse_all(options.faults)
    if options.window_seconds <= 0 or options.latency_ms < 0:
        raise SandboxError(
            f"window_seconds is {options.window_seconds} and latency_ms is {options.latency_ms}. "
            "The window must be over 0 and the latency at least 0."
        )
    store = Store(options.db)
    try:
        with _bound(options.host, options.port) as sock:
            loaded = seed.load(store, options.seed, clock.wall())
            yield uvicorn.Server(_config(_gate(options, store, plan, clock, loaded))), sock, loaded
    finally:
        store.close()


def _gate(options: Options, store: Store, plan: tuple[faults.Fault, ...], clock: Clock, loaded: seed.Loaded) -> Gate:
    ledger = Ledger(store)
    limits = {"read": options.reads_per_minute, "write": options.writes_per_minute}
    return Gate(
        app=app.build(store, ledger, loaded),
        ledger=ledger,
        meter=Meter({"read": limits["read"], "write": limits["write"]}, options.window_seconds, options.window),
        faults=faults.Faults(plan, options.fault_seed),
        clock=clock,
        latency=options.latency_ms / 1000,
        started=clock.monotonic(),
    )


def _config(gate: Gate) -> uvicorn.Config:
    return uvicorn.Config(
        gate,
        http="h11",  # the protocol that `wire.drop` knows
        loop="asyncio",
        ws="none",
        lifespan="off",
        proxy_headers=False,  # or its wrapper would stand between `wire.drop` and the connection
        date_header=False,  # the gate writes Date, so that a fault can skew it
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="critical",  # the gate reports its own failures; cut connections are no news
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket on a loopback address."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SandboxError(
            f"The sandbox takes any key, so it listens on this machine only; {host!r} is not a loopback "
            "address. Use 127.0.0.1."
        )
    if not 0 <= port <= _LARGEST_PORT:
        raise SandboxError(f"{port} is no port. Use 0 (any free one) to {_LARGEST_PORT}.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # The protocol must be said: asyncio turns Nagle's delay (40 ms an answer) off for sockets that name it.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        taken = error.errno == errno.EADDRINUSE
        raise SandboxError(
            f"Port {port} of {address} {'is taken' if taken else f'cannot be used ({error.strerror})'}. "
            "Stop the program that holds it, or pass --port 0 to take a free one."
        ) from None
    return sock


async def _run(server: uvicorn.Server, sock: socket.socket, ready: Callable[[str], None]) -> None:
    address, port = sock.getsockname()[:2]
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.001)
    try:
        if server.started:
            ready(f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}")
    except BaseException:
        server.should_exit = True
        raise
    finally:
        await serving


@contextmanager
def _quiet_signals() -> Iterator[None]:
    """A block in which SIGINT and SIGTERM are uvicorn's alone.

    uvicorn shuts down on a signal and then raises it again for whoever had it before; inside this block that
    is nobody, so the server just returns.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, before in kept.items():
            signal.signal(one, before)
