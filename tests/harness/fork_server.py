"""The program, imported once and forked for each command: `python -m harness.fork_server SOCKET LISTENER`.

Owns: the process from which commands are forked, and how a forked command begins and ends.
Does not own: the other end (`harness/forked.py`).

It takes orders from the socket with the descriptor SOCKET, and from those who connect to LISTENER, one message each:
JSON with `call` (`module:function`), `argv`, `cwd`, `env`, `umask`, `limits` and `given` (keywords of the function),
and four descriptors: stdin, stdout, stderr of the command, and the one to which its process id and, when it has ended,
its exit code are written (negative: the signal).

What a command does after its fork is what it does after `python -m batch`: streams of its own, signals as the system
gives them, the end that the interpreter makes. A process costs milliseconds instead of half a second.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any, NoReturn

from harness import forked, forked_sheets
from harness.ready_arguments import assemble_before_the_fork
from phonenumbers import PhoneMetadata

import batch
from batch.cli.commands import COMMANDS
from batch.cli.main import app
from batch.loader.phones.number_table import NumberTable
from batch.loader.sources.workbooks import child_call
from batch.reporter.page_template import page_template

#: What a command imports late, beside the modules of the program itself; imported before the fork.
_LATE = (
    "anyio._backends._asyncio", "anyio._core._signals", "encodings.ascii", "encodings.idna", "encodings.unicode_escape",
    "httpx", "importlib.readers", "importlib.resources.readers", "polars", "tzdata", "uvicorn.lifespan.on",
    "uvicorn.loops.asyncio", "uvicorn.protocols.http.httptools_impl", "xlsxwriter",
)  # fmt: skip
_LARGEST_ORDER = 1 << 20


def preload() -> None:
    """Import all that a command may need, and make once what each would make for itself."""
    for module in pkgutil.walk_packages(batch.__path__, "batch."):
        if module.name != "batch.__main__":
            importlib.import_module(module.name)
    for name in _LATE:
        with suppress(ImportError):  # not every platform has each
            importlib.import_module(name)
    PhoneMetadata.load_all()
    NumberTable()
    page_template("page.html.j2")
    assemble_before_the_fork(app, COMMANDS)
    child_call.run_child = forked_sheets.run_child


def main() -> None:
    """Serve until the other end is closed."""
    preload()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and these end the server
    first, listener = (socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:])
    forked.order_from(listener.getsockname().decode())
    channels = {first.fileno(): first}  # from the tests, and from commands that start others
    running: dict[int, tuple[int, int]] = {}  # by the descriptor of its process: process id, where its end is told
    waiting = select.poll()
    waiting.register(first, select.POLLIN)
    waiting.register(listener, select.POLLIN)
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor in running:
                waiting.unregister(descriptor)
                _tell_the_end(descriptor, *running.pop(descriptor))
            elif descriptor == listener.fileno():
                channel, _ = listener.accept()
                channels[channel.fileno()] = channel
                waiting.register(channel, select.POLLIN)
            elif (order := _receive(channels[descriptor])) is not None:
                process, pid, told = _fork(*order)
                running[process] = pid, told
                waiting.register(process, select.POLLIN)
            elif channels[descriptor] is first:
                return
            else:
                waiting.unregister(descriptor)
                channels.pop(descriptor).close()


def _receive(channel: socket.socket) -> tuple[bytes, list[int]] | None:
    """The next order and its descriptors; `None` where the other end is closed."""
    with suppress(ConnectionResetError):
        message, descriptors, _, _ = socket.recv_fds(channel, _LARGEST_ORDER, 4)
        if message:
            return message, descriptors
    return None


def _fork(message: bytes, descriptors: list[int]) -> tuple[int, int, int]:
    """The command of `message`, begun: the descriptor of its process, its id, and where its end is told."""
    *streams, told = descriptors
    pid = os.fork()
    if pid == 0:
        _live(json.loads(message), streams)
    for stream in streams:
        os.close(stream)
    _say(told, {"pid": pid})
    return os.pidfd_open(pid), pid, told


def _tell_the_end(process: int, pid: int, told: int) -> None:
    os.close(process)
    _, status = os.waitpid(pid, 0)
    _say(told, {"code": os.waitstatus_to_exitcode(status)})
    os.close(told)


def _say(descriptor: int, what: dict[str, int]) -> None:
    with suppress(BrokenPipeError):  # the one who started it does not want to know
        os.write(descriptor, json.dumps(what).encode() + b"\n")


def _live(order: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the command of `order` in this process, and end."""
    try:
        os.chdir(order["cwd"])
        os.umask(order["umask"])
        for name, most in order["limits"].items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
            forked_sheets.by_an_interpreter()  # it has the same limits
        os.environ.clear()
        os.environ.update(order["env"])
        for descriptor, stream in enumerate(streams):
            os.dup2(stream, descriptor)
        os.closerange(3, 1024)
        _open_streams()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have started the tests
        sys.argv = order["argv"]
        module, _, function = order["call"].partition(":")
        code = _ended(lambda: getattr(importlib.import_module(module), function)(**order["given"]))
    except BaseException:  # nothing may return into the loop of the server
        traceback.print_exc()
        code = 70
    os._exit(code)


def _open_streams() -> None:
    """Standard streams as the interpreter opens them when it starts."""
    encoding, errors = sys.__stdin__.encoding, sys.__stdin__.errors  # type: ignore[union-attr]
    source = io.BufferedReader(io.FileIO(0, closefd=False))
    streams: dict[str, io.TextIOBase] = {"stdin": io.TextIOWrapper(source, encoding, errors)}
    for name, descriptor, how in (("stdout", 1, errors), ("stderr", 2, "backslashreplace")):
        sink = io.BufferedWriter(io.FileIO(descriptor, "wb", closefd=False))
        by_line = name == "stderr" or os.isatty(descriptor)
        streams[name] = io.TextIOWrapper(sink, encoding, how, line_buffering=by_line)
    for name, stream in streams.items():
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _ended(call: Any) -> int:
    """The exit code of `call`, after all that the interpreter does when a program ends."""
    code = 0
    try:
        call()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        traceback.print_exc()
        sys.stderr.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as fault:
        print(f"Exception ignored in: {sys.stdout!r}\n{type(fault).__name__}: {fault}", file=sys.stderr)  # noqa: T201
        code = 120
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    main()
