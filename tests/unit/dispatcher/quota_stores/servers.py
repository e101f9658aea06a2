"""Redis and PostgreSQL as private processes on loopback, for the tests of quota stores."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

PASSWORD = "pa:ss@word/1"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_answers(port: int) -> bool:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)).ping()
    except redis.AuthenticationError:
        return True
    except redis.RedisError:
        return False
    return True


def postgres_answers(port: int) -> bool:
    import psycopg

    try:
        psycopg.connect(f"postgresql://quota@127.0.0.1:{port}/postgres").close()
    except psycopg.OperationalError as error:
        return "password" in str(error)
    return True


@dataclass
class Server:
    """A server that is started, killed and started again on one port."""

    command: Sequence[str]
    port: int
    log: Path
    answers: Callable[[int], bool]
    running: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it, and return when it accepts connections."""
        end = time.monotonic() + 60.0
        with self.log.open("ab") as log:
            while not self._accepts():
                assert time.monotonic() < end, self.log.read_text()[-2000:]
                # Ended at once: what a kill left of the server before it still holds its memory.
                if self.running is None or self.running.poll() is not None:
                    self.running = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill it, and all processes that it started."""
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def _accepts(self) -> bool:
        """True where a client is served: PostgreSQL accepts connections before it is ready for them."""
        return self.answers(self.port)


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[Server]:
    """A Redis without files of its own."""
    program = tool("redis-server", "redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *options]
    server = Server(command, port, folder / "redis.log", redis_answers)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def postgres_server(folder: Path) -> Iterator[Server]:
    """A PostgreSQL with its log in `folder`. It does not run as root: for that, its cluster is in a folder of its own,
    since each start of pytest closes the folder of the tests to other users."""
    with ExitStack() as stack:
        place, as_user = folder, list[str]()
        if os.geteuid() == 0:
            as_user = ["runuser", "-u", "postgres", "--"]
            place = Path(stack.enter_context(TemporaryDirectory(prefix="guayaba-batch-", dir="/tmp")))
            os.chown(place, pwd.getpwnam("postgres").pw_uid, -1)
        server = _postgres(place, folder / "pg.log", as_user)
        server.start()
        stack.callback(server.kill)
        yield server


def _postgres(folder: Path, log: Path, as_user: Sequence[str]) -> Server:
    """The server of a new cluster in `folder`."""
    bin_folder = _postgres_bin()
    cluster, port = folder / "cluster", free_port()
    making = [*as_user, str(bin_folder / "initdb"), "-D", str(cluster), "-A", "trust", "-U", "quota", "--no-sync"]
    made = subprocess.run([*making, "--locale=C", "-E", "UTF8"], cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
    command = [*as_user, str(bin_folder / "postgres"), "-D", str(cluster), *options]
    return Server(command, port, log, postgres_answers)


def _postgres_bin() -> Path:
    """The folder of the newest PostgreSQL. Debian keeps it off the PATH."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return Path(tool("postgres", "postgresql")).resolve().parent


def tool(name: str, package: str) -> str:
    """The program `name`, or the test skips."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: install Debian's {package}")
    return found


def redis_client(port: int) -> Any:
    """A client of the Redis on `port`."""
    import redis

    return redis.Redis(port=port, protocol=2)
