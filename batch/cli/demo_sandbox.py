"""The stage of `demo`: a sandbox with the sample contacts, as a process of its own on a free port.

Owns: starting it, waiting until it answers, ending it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from batch.errors import BatchError
from batch.text.temporary_folder import create_folder

#: The demo's limit: it shows the whole path and ends in seconds. The real limit is 30.
WRITES_PER_MINUTE = 6000


@dataclass(frozen=True, slots=True)
class DemoSandbox:
    """A sandbox that is up: its address, a key that it accepts, the sample export, and a folder without settings."""

    url: str
    key: str
    contacts: Path
    folder: Path
    _server: subprocess.Popen[str]

    def wait(self) -> None:
        """Return when the sandbox has ended, or the user has had enough of it."""
        with suppress(KeyboardInterrupt):
            self._server.wait()


@contextmanager
def rehearsal() -> Iterator[DemoSandbox]:
    """A stage for as long as the context lasts. Raises BatchError where the sandbox does not come up."""
    command = [sys.executable, "-m", "batch", "sandbox", "--json", "--port", "0"]
    command += ["--seed", str(_sample("sandbox.json")), "--writes-per-minute", str(WRITES_PER_MINUTE)]
    with (
        create_folder() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            first = server.stdout.readline()
            if not first:
                raise BatchError("the demo's sandbox did not come up.", tip="try `guayaba-batch sandbox` by itself.")
            url = json.loads(first)["url"]
            yield DemoSandbox(url, "gua_demo0000_rehearsal", _sample("contacts.csv"), folder, server)
        finally:
            server.terminate()


def _sample(name: str) -> Path:
    """A sample file: the wheel's copy, or, in a checkout, the original."""
    package = Path(__file__).parent
    carried = package / "samples" / name
    return carried if carried.exists() else package.parent / "samples" / name
