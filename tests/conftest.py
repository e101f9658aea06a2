"""Fixtures: one private folder and as many sandboxes as a test wants."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

# Bytecode is kept in the checkout, also where the environment forbids it: programs are started some hundred times, and
# each would compile all of itself again; so would each worker hypothesis, with pytest's own assertions in it.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import hypothesis
import pytest
from cli.harness import Program, Sandbox, Sandboxes
from harness.examples import examples
from harness.forked import share_fork_server
from harness.forked import start as start_program
from harness.forked_sheets import forked_sheets

pytest_plugins = [
    "pytester",
    "harness.all_tools",
    "harness.libreoffice",
    "harness.longest_first",
    "harness.memory_disk",
]

# A law holds or it does not: how long an example takes says nothing, on a machine with other things to do.
hypothesis.settings.register_profile("untimed", deadline=None, max_examples=examples(100))
hypothesis.settings.load_profile("untimed")

# A shell without job control has what runs in its background ignore Ctrl-C, and so would the programs under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Workers fork their commands from one process, which is started before them."""
    if getattr(config.option, "numprocesses", None) and not config.option.collectonly:
        share_fork_server()


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A temporary folder of these tests' own: no other program on this machine tidies it, or is tidied by theirs.
    Sheets are read by forked children, in its bounds."""
    with pytest.MonkeyPatch.context() as patch, forked_sheets():
        folder = str(tmp_path_factory.mktemp("tmp"))
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program in the test's own folder."""
    made = Program(tmp_path)
    yield made
    for running in made.started:
        running.kill()
        running.communicate()


@pytest.fixture
def sandboxes(tmp_path: Path) -> Iterator[Sandboxes]:
    """A function that starts a sandbox with these contacts and options."""
    with ExitStack() as stack:

        def start(
            contacts: Sequence[str | Mapping[str, Any]] = ("+12025550100",),
            *options: str,
            writes: int = 60_000,
            reads: int = 60_000,
            seed: Path | None = None,
        ) -> Sandbox:
            if seed is None:
                known = [{"phoneNumber": each} if isinstance(each, str) else dict(each) for each in contacts]
                seed = tmp_path / f"seed-{time.monotonic_ns()}.json"
                seed.write_text(json.dumps({"contacts": known}))
            command = ["sandbox", "--json", "--port", "0", "--seed", str(seed)]
            command += ["--writes-per-minute", str(writes), "--reads-per-minute", str(reads), *options]
            server = start_program(command, cwd=tmp_path, env=os.environ, stderr=subprocess.DEVNULL)
            stack.enter_context(server)
            stack.callback(server.kill)
            assert server.stdout is not None
            return Sandbox(json.loads(server.stdout.readline())["url"])

        yield start
