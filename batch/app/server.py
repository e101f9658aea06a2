"""Start and stop the page's server.

Owns: the listening socket (loopback only), the secrets of the address, signals, and putting the parts together.
Flow: `AppOptions` -> socket, state folder -> `routes` behind `guard` -> uvicorn. Ctrl-C drains the runs, as the
commands do; a second one ends at once.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import ipaddress
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn

from batch.api.review import prepare
from batch.api.stop_signals import EXIT_CODES, Stop, StopSignals, handled_signals
from batch.app.context import AppContext, GatherSettings
from batch.app.guard import Access, Guard
from batch.app.jobs import JobFolder
from batch.app.routes import build
from batch.app.tasks import Tasks
from batch.app.templates import Templates
from batch.errors import Exit, SettingsError
from batch.text.atomic_file import atomic_file
from batch.text.language import tr

DEFAULT_PORT: Final = 8764
_BACKLOG: Final = 64
#: Seconds that a stop waits for open requests and for the reports after them.
_DRAIN_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class AppOptions:
    """How to serve the page. `folder` is its private state; `port` 0 takes a free one; `sample`: sample contacts that
    the first page offers."""

    gather: GatherSettings
    folder: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    sample: Path | None = None


class AppRunning(Exception):
    """The page is served already, by another process of this user, at `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class _Kept(msgspec.Struct):
    """What outlives the server, so that an open tab finds the next one."""

    secret: str
    session: str
    port: int


def serve(options: AppOptions, ready: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP, and return the exit code: 0, or that of a run that was stopped.

    `ready` gets the first address once connections are accepted, `say` what a stop waits for. Raises SettingsError
    where the port cannot be used, and AppRunning.
    """
    _make_private(options.folder)
    with _only_one(options.folder), _bound(options.host, options.port) as sock:
        port = int(sock.getsockname()[1])
        access = _access(options.folder, port)
        context = AppContext(
            access=access,
            gather=options.gather,
            folder=options.folder,
            jobs=JobFolder(options.folder / "jobs"),
            tasks=Tasks(),
            templates=Templates(options.folder / "jobs"),
            sample=options.sample,
        )
        return asyncio.run(_Server(context, say).run(sock, lambda: ready(access.first_url)))


class _Server:
    """One start of the server, and its stop."""

    def __init__(self, context: AppContext, say: Callable[[str], None]) -> None:
        self._context = context
        self._say = say
        self._server = uvicorn.Server(_config(Guard(build(context), context.access)))
        self._exit_code: int = Exit.OK
        self._signals = StopSignals()

    async def run(self, sock: socket.socket, ready: Callable[[], None]) -> int:
        loop = asyncio.get_running_loop()
        handled = handled_signals()
        for number in handled:
            loop.add_signal_handler(number, self._on_signal, number)
        self._server.capture_signals = nullcontext  # type: ignore[assignment,method-assign]
        serving = asyncio.create_task(self._server.serve(sockets=[sock]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.005)
        if self._server.started:
            ready()
            threading.Thread(target=prepare, name="prepare", daemon=True).start()
        await serving
        for number in handled:
            loop.remove_signal_handler(number)
        return int(self._exit_code)

    def _on_signal(self, number: signal.Signals) -> None:
        stop = self._signals.received(asyncio.get_running_loop().time())
        if stop is Stop.REPEATED:
            return
        if stop is Stop.AT_ONCE:
            self._say(tr("Stopped at once. The page finds each run again, and reads its open requests back first."))
            os._exit(EXIT_CODES[number])
        active = self._context.tasks.stop_all(EXIT_CODES[number])
        self._context.closing.set()
        if any(task.state == "running" for task in active):
            self._exit_code = EXIT_CODES[number]
            self._say(tr("Stopping after the open requests. Press again to stop at once."))
        asyncio.get_running_loop().create_task(self._stop(), name="stop")

    async def _stop(self) -> None:
        await asyncio.to_thread(self._context.tasks.join, _DRAIN_S)
        self._server.should_exit = True


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        proxy_headers=False,  # there is no proxy in between, and a header must not name the client
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=2,
    )


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket on a loopback address. Raises SettingsError."""
    try:
        loopback = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            tr(
                "the page has people's phone numbers on it, so it is served to this machine only: {host} is no loopback"
                " address.",
                host=host,
            ),
            tip=tr("leave the address out. From another machine: ssh -L 8764:127.0.0.1:8764 THIS-MACHINE."),
        )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen(_BACKLOG)
        except OverflowError:
            raise SettingsError(
                tr("{port} is no port: the highest is 65535.", port=port), tip=tr("give --port 0 for a free one.")
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = tr("port {port} is taken by another program.", port=port)
            else:
                message = tr("port {port} cannot be used: {error}.", port=port, error=error)
            raise SettingsError(message, tip=tr("give --port 0 for a free one.")) from None
        yield sock


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of the state folder. Raises AppRunning where another process has it: two would not know of each
    other's forms."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            kept = _read_kept(folder)
            raise AppRunning(Access(kept.port, kept.secret, kept.session).first_url if kept else "") from None
        yield
    finally:
        os.close(descriptor)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def _access(folder: Path, port: int) -> Access:
    """The secrets of this user's page: those of the last start, so that an open tab goes on."""
    kept = _read_kept(folder) or _Kept(secrets.token_urlsafe(24), secrets.token_urlsafe(24), port)
    kept.port = port
    with atomic_file(folder / "access.json") as sink:
        sink.write(msgspec.json.encode(kept))
    return Access(port, kept.secret, kept.session)


def _read_kept(folder: Path) -> _Kept | None:
    try:
        return msgspec.json.decode((folder / "access.json").read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
