"""The child that reads a sheet, forked like a command: a new interpreter would take most of the time of such a test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from harness.forked import Forked, can_fork

from batch.loader.sources.workbooks import child_call
from batch.text.language import current_language

#: What the program itself does.
BY_AN_INTERPRETER: Final = child_call.run_child


def run_child(arguments: Sequence[str]) -> bytes:
    """As `child_call.run_child`."""
    if not can_fork(os.environ):
        return BY_AN_INTERPRETER(arguments)
    env = {**os.environ, "GUAYABA_LANGUAGE": current_language()}
    call, given = "batch.loader.sources.workbooks.sheet_child:main", {"arguments": list(arguments)}
    with Forked(arguments, cwd=Path.cwd(), env=env, call=call, given=given, stderr=subprocess.DEVNULL) as child:
        try:
            return child.communicate(timeout=child_call.CHILD_SECONDS)[0].encode()
        finally:
            child.kill()


def by_an_interpreter() -> None:
    """Start the child as the program does, where a test is about its bounds."""
    child_call.run_child = BY_AN_INTERPRETER


@contextmanager
def forked_sheets() -> Iterator[None]:
    """While it lasts, sheets are read by forked children in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_call, "run_child", run_child)
        yield
