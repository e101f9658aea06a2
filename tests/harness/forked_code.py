"""A piece of Python that runs in a process of its own, forked like a command: `python -c` without a new interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from harness.forked import Forked, Running, can_fork

_STDERR: Final = 2


def run(text: str) -> None:
    """Be the program `text`; its arguments are in `sys.argv[1:]`."""
    exec(text, {"__name__": "__main__"})


def start_code(text: str, *arguments: str, stdin: int = subprocess.DEVNULL) -> Running:
    """The process that runs `text`, in this one's folder and environment; its stdout can be read."""
    if can_fork(os.environ):
        call, given = "harness.forked_code:run", {"text": text}
        return Forked(arguments, cwd=Path.cwd(), env=os.environ, call=call, given=given, stdin=stdin, stderr=_STDERR)
    tests = str(Path(__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments], stdin=stdin, stdout=subprocess.PIPE, text=True, env=env
    )
