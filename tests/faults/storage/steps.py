"""The program, which can be killed before any step of its journal: forked with `faults.storage.steps:main`.

A step is a statement on a journal, or a file opened, renamed or removed in the folder of runs. Where strace cannot
trace, this is how a kill at every step is tried; and it is fast.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from faults.storage.one_thread import MUTANTS

from batch.cli import main as cli
from batch.journal import file as journal_file

_TOUCHES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"})


class Steps:
    """The steps of one child, and the one before which it dies: of a number, or the first that begins with a text."""

    def __init__(self, die_at: int | str | None) -> None:
        self.taken: list[str] = []
        self._die_at = die_at

    def step(self, what: str) -> None:
        self.taken.append(what)
        if len(self.taken) == self._die_at or (isinstance(self._die_at, str) and what.startswith(self._die_at)):
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


def main(mutant: str, die_at: int | str | None, counted: str) -> None:
    """Be the program, broken by `mutant`; die before step `die_at` (none: live), or write the steps to `counted`."""
    if mutant != "-":
        MUTANTS[mutant]()
    steps = Steps(die_at)
    steps.watch()
    try:
        cli.main()
    finally:
        Path(counted).write_text(json.dumps(steps.taken))
