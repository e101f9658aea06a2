"""Commands that are forked from a process which has imported the program, used as `subprocess.Popen` is.

Owns: when a command can be forked, the process that it is forked from (one for all workers of a run, or else one for
the process of the tests), its streams and its end.
Does not own: the server itself (`harness/fork_server.py`).
"""

from __future__ import annotations

import atexit
import json
import os
import select
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final, Self

import batch

#: Variables that the interpreter or a library reads as it starts. Where one differs, a new interpreter is needed.
_READ_AT_THE_START: Final = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "POLARS_", "MALLOC_")
#: Only Linux tells the end of a process by a descriptor, and forks safely with all these libraries loaded.
_FORKS: Final = sys.platform == "linux"
_LARGEST: Final = 65536
#: Where this process has a fork server already: the name of its socket. A forked command orders from its own server.
_names: Final[list[str]] = []
#: The variable that names the socket of the fork server of all workers, and the program that it forks.
_SHARED: Final = "TESTS_FORK_SERVER"
#: What a forked command finds as its own name.
_PROGRAM: Final = str(Path(batch.__file__).with_name("__main__.py"))
#: Becomes the command of its arguments, within limits.
_LIMITED: Final = """
import json, os, resource, sys
for name, most in json.loads(sys.argv[1]).items():
    resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Forked:
    """A command under way; `stdin`, `stdout` and `stderr` are text streams where they were asked for as pipes."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        call: str = "batch.cli.main:main",
        given: Mapping[str, Any] | None = None,
        limits: Mapping[str, int] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> None:
        self.args = list(arguments)
        self.returncode: int | None = None
        self._words = b""
        self._told, said = os.pipe()
        self.stdin, child_in = _pipe(stdin, "w")
        self.stdout, child_out = _pipe(stdout, "r")
        self.stderr, child_err = (None, child_out) if stderr == subprocess.STDOUT else _pipe(stderr, "r")
        umask = os.umask(0o077)
        os.umask(umask)
        order = {
            "call": call, "argv": [_PROGRAM, *self.args], "cwd": str(cwd), "env": dict(env), "umask": umask,
            "given": dict(given or {}), "limits": dict(limits or {}),
        }  # fmt: skip
        handed = [child_in, child_out, child_err, said]
        socket.send_fds(_server(), [json.dumps(order).encode()], handed)
        for descriptor in {descriptor for descriptor in handed if descriptor > 2}:
            os.close(descriptor)
        self.pid = int(self._next(None)["pid"])

    def poll(self) -> int | None:
        """The exit code, or `None` while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code once it has ended. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended: it may be gone before its exit code is here."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(9)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(15)

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """What it printed to stdout and stderr until its end, with `input` on its stdin.

        Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        printed = {"out": bytearray(), "err": bytearray()}
        left = (input or "").encode()
        with selectors.DefaultSelector() as waiting:
            for name, stream in (("out", self.stdout), ("err", self.stderr)):
                if stream is not None and not stream.closed:
                    waiting.register(stream.fileno(), selectors.EVENT_READ, (stream, printed[name]))
            if self.stdin is not None and not self.stdin.closed:
                self.stdin.flush()
                os.set_blocking(self.stdin.fileno(), False)
                waiting.register(self.stdin.fileno(), selectors.EVENT_WRITE, (self.stdin, None))
            while waiting.get_map():
                ready = waiting.select(_until(end))
                if not ready:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                for key, _ in ready:
                    stream, sink = key.data
                    if sink is None:
                        left = _write_some(key.fd, left)
                        is_over = not left
                    else:
                        chunk = os.read(key.fd, _LARGEST)
                        sink += chunk
                        is_over = not chunk
                    if is_over:
                        waiting.unregister(key.fd)
                        stream.close()
        self.wait(_until(end))
        return _text(printed["out"]), _text(printed["err"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.wait()

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            word = self._next(timeout)
            if word:
                self.returncode = int(word["code"])
                os.close(self._told)
        return self.returncode

    def _next(self, timeout: float | None) -> dict[str, int]:
        """The next line from the server within `timeout` seconds; nothing where there is none yet."""
        end = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._words:
            if not select.select([self._told], [], [], _until(end))[0]:
                return {}
            chunk = os.read(self._told, _LARGEST)
            assert chunk, "the fork server has ended"
            self._words += chunk
        line, _, self._words = self._words.partition(b"\n")
        return json.loads(line)  # type: ignore[no-any-return]


def _pipe(wanted: int, mode: str) -> tuple[IO[str] | None, int]:
    """Our end of a stream of the command, where a pipe is wanted, and the command's own end."""
    if wanted == subprocess.DEVNULL:
        return None, os.open(os.devnull, os.O_RDWR)
    if wanted != subprocess.PIPE:
        return None, os.dup(wanted)
    reading, writing = os.pipe()
    ours, its = (writing, reading) if mode == "w" else (reading, writing)
    return os.fdopen(ours, mode), its


def _until(end: float | None) -> float | None:
    return None if end is None else max(0.0, end - time.monotonic())


def _write_some(descriptor: int, left: bytes) -> bytes:
    """What is left of `left`; nothing where its reader has gone."""
    try:
        return left[os.write(descriptor, left[:_LARGEST]) :] if left else left
    except BrokenPipeError:
        return b""


def _text(printed: bytes | bytearray) -> str:
    """As `subprocess` reads text."""
    return printed.decode().replace("\r\n", "\n").replace("\r", "\n")


def order_from(name: str) -> None:
    """Let the processes that are forked from this one order from the fork server with the socket `name`."""
    _names.append(name)


def share_fork_server() -> None:
    """Start this process's fork server now; the workers that this process starts order from it."""
    if _FORKS:
        _server()
        os.environ[_SHARED] = f"{_own_name()} {_PROGRAM}"


def shared_fork_server() -> str | None:
    """The name of the fork server that this process was started with; `None` where that one forks another program."""
    name, _, program = os.environ.get(_SHARED, "").partition(" ")
    return name if program == _PROGRAM else None


def _own_name() -> str:
    return f"guayaba-batch-fork-server-{os.getpid()}"


@cache
def _server() -> socket.socket:
    """The socket of the fork server: the one that is named, or else this process's own, which ends with it."""
    shared = shared_fork_server()
    if _names or shared:
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.connect(_names[-1] if _names else f"\0{shared}")
        return ours
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(f"\0{_own_name()}")
    listener.listen(128)  # who connects waits here until the server has imported the program
    tests = str(Path(__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), tests]))}
    server = subprocess.Popen(
        # -P: the program is the one that the tests import, not what is in the folder that they were started in.
        [sys.executable, "-P", "-m", "harness.fork_server", str(its.fileno()), str(listener.fileno())],
        pass_fds=[its.fileno(), listener.fileno()], stdin=subprocess.DEVNULL, env=env,
    )  # fmt: skip
    its.close()
    listener.close()

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def can_fork(env: Mapping[str, str]) -> bool:
    """True where a forked command behaves as one that a new interpreter runs with `env`."""
    return _FORKS and all(
        env.get(name) == os.environ.get(name) for name in {*env, *os.environ} if name.startswith(_READ_AT_THE_START)
    )


#: A command under way, however it was started.
Running = Forked | subprocess.Popen[str]


def start(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    interpreter: bool = False,
    hurry: float = 1.0,
    limits: Mapping[str, int] | None = None,
) -> Running:
    """The program under way with `arguments`: forked where that makes no difference, else by a new interpreter.

    With `interpreter` always by a new one: for a test that looks at what the system knows of the process. A forked
    program's own pauses are `hurry` times shorter. `limits` are those of the system, by name (`AS`: RLIMIT_AS).
    """
    if can_fork(env) and not interpreter:
        call, given = ("batch.cli.main:main", {}) if hurry == 1.0 else ("harness.hurried:main", {"times": hurry})
        return Forked(
            arguments, cwd=cwd, env=env, call=call, given=given, limits=limits, stdin=stdin, stdout=stdout,
            stderr=stderr,
        )  # fmt: skip
    command = [sys.executable, "-m", "batch", *arguments]
    if limits:  # not by a function between fork and exec: these tests have threads, and it could wait for one for ever
        command = [sys.executable, "-c", _LIMITED, json.dumps(dict(limits)), *command]
    return subprocess.Popen(command, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, text=True)
