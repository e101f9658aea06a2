"""The program, imported once and forked for each command, which can be killed before any step of its journal.

It reads a line of JSON for each command from stdin: `argv`, `cwd`, `env`, `mutant`, and `die_at`, the step before which
the child is to kill itself (null: none), or `die_after`, the seconds after which it is killed from outside. It answers
with a line: the exit `code` (negative: the signal), the `steps` of a child that lived, in words, what it `said`.

A step is a statement on a journal, or a file opened, renamed or removed in the folder of runs. Where strace cannot
trace, this is how a kill at every step is tried; and it is fast.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from journal.one_thread import MUTANTS

from batch.cli import main as cli
from batch.journal import file as journal_file
from batch.reporter import delimited, page  # noqa: F401
from batch.runs import run as _stages  # noqa: F401 - imported before the fork, as all that a run needs
from batch.sandbox import server as _server  # noqa: F401

_TOUCHES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"})


class Steps:
    """The steps of one child, and the one before which it dies."""

    def __init__(self, die_at: int | None) -> None:
        self.taken: list[str] = []
        self._die_at = die_at

    def step(self, what: str) -> None:
        self.taken.append(what)
        if len(self.taken) == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook."""
        if event in _TOUCHES and "reports/2" in str(arguments[0]):
            self.step(f"{event} {arguments[0]}")

    def watch(self) -> None:
        connected = journal_file._connect

        def watched(path: Path) -> sqlite3.Connection:
            connection = connected(path)
            connection.set_trace_callback(self.step)
            return connection

        journal_file._connect = watched
        sys.addaudithook(self.heard)


def live(order: dict[str, Any], log: str) -> NoReturn:
    """Be the program that `order` tells, in this process, and end."""
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    words = os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, words), (2, words)):
        os.dup2(target, stream)
    sys.argv = ["guayaba-batch", *order["argv"]]
    if order["mutant"] != "-":
        MUTANTS[order["mutant"]]()
    steps = Steps(order.get("die_at"))
    steps.watch()
    code = 70
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        Path(f"{log}.steps").write_text(json.dumps(steps.taken))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        log = f"{order['cwd']}/said"
        child = os.fork()
        if child == 0:
            live(order, log)
        if order.get("die_after") is not None:
            time.sleep(order["die_after"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        counted = Path(f"{log}.steps")
        answer: dict[str, Any] = {"code": code, "said": Path(log).read_text() if Path(log).exists() else ""}
        answer["steps"] = json.loads(counted.read_text()) if code >= 0 and counted.exists() else []
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
