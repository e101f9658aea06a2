"""Sandboxes for tests: in a thread of this process, or as a process that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import pytest

from batch.sandbox.model import Clock
from batch.sandbox.server import Options, running

KEY = "gua_a1b2c3d4_your-api-key-here"
_LAUNCH = """
import json, sys
from batch.sandbox.model import Clock
from batch.sandbox.server import Options, SandboxError, serve
options = Options(**json.loads(sys.argv[1]))
try:
    serve(options, lambda url, _: (sys.stdout.write(url + "\\n"), sys.stdout.flush()))
except SandboxError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, and a caller with an accepted key."""

    url: str
    http: httpx.Client

    def post(self, path: str, body: Any) -> httpx.Response:
        """The answer to a POST."""
        return self.http.post(path, json=body)

    def update(self, **body: Any) -> httpx.Response:
        """The answer to POST /contacts/update for the sample contact, or the one of another `phone`."""
        return self.post("/contacts/update", {"phone": "+11234567890", **body})

    def book(self, name: str, **query: Any) -> list[dict[str, Any]]:
        """One of the judge's books: requests, effects, actions or schedule."""
        rows: list[dict[str, Any]] = self.http.get(f"/_sandbox/{name}", params=query).json()[name]
        return rows

    def pending(self, phone: str = "+11234567890") -> list[str]:
        """The kinds of the actions that are scheduled for a contact, sorted."""
        return sorted(row["kind"] for row in self.book("schedule", phone=phone))


Start = Callable[..., Sandbox]
Launch = Callable[..., tuple["subprocess.Popen[str]", Sandbox]]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Whatever a test opened is closed after it."""
    with ExitStack() as open_things:
        yield open_things


def _caller(stack: ExitStack, url: str) -> Sandbox:
    # No certificates for plain HTTP: loading them takes longer than starting a sandbox.
    client = httpx.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=5, trust_env=False, verify=False)
    return Sandbox(url, stack.enter_context(client))


@pytest.fixture
def start(stack: ExitStack) -> Start:
    """Start a sandbox in a thread, with the given options on a free port, by this machine's clocks or by `clock`."""

    def started(clock: Clock | None = None, **options: Any) -> Sandbox:
        return _caller(stack, stack.enter_context(running(Options(**{"port": 0, **options}), clock)))

    return started


@pytest.fixture
def sandbox(start: Start) -> Sandbox:
    """An unlimited sandbox with the documentation's team."""
    return start(writes_per_minute=0, reads_per_minute=0)


@pytest.fixture
def launch(stack: ExitStack) -> Launch:
    """Start a sandbox as a process of its own."""

    def launched(**options: Any) -> tuple[subprocess.Popen[str], Sandbox]:
        arguments = json.dumps(asdict(Options(**{"port": 0, **options})))
        process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        stack.callback(process.communicate)
        stack.callback(process.kill)
        assert process.stdout
        return process, _caller(stack, process.stdout.readline().strip())

    return launched
