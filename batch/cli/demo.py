"""The command `demo`: a real update of the sample contacts, against a sandbox in a process of its own."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.console import print_message
from batch.cli.options import Json, ReadingFlags, read_flags
from batch.cli.sandbox import import_server
from batch.cli.write import start
from batch.errors import BatchError, Exit
from batch.text.language import tr
from batch.text.temporary_folder import create_folder

if TYPE_CHECKING:
    import subprocess

#: The limit of the demo, so that it ends in seconds. The real limit is 30.
WRITES_PER_MINUTE = 6000


def demo(
    *,
    out: Annotated[str, Parameter(help="The folder of the run folders.")] = "reports",
    keep: Annotated[bool, Parameter(help="Keep the sandbox running until Ctrl-C.", negative="")] = False,
    json: Json = False,
) -> int:
    """Run a real update of the sample contacts against a sandbox. It needs no key and makes no call."""
    from batch.settings.gather import gather_settings

    import_server()
    with start_demo_sandbox() as sandbox:
        print_message(tr("A sandbox with sample contacts listens on {url}.", url=sandbox.url))
        flags = {"base_url": sandbox.url, "out": out, "yes": True, "fresh": True}
        environ = {"GUAYABA_API_KEY": sandbox.key}
        settings = gather_settings(flags, environ, here=sandbox.folder, home=sandbox.folder)
        reading = read_flags("update", ReadingFlags(region="US"), "paused")
        code = start(reading, sandbox.contacts, settings, json)
        if keep:
            print_message(
                tr(
                    "\nThe sandbox keeps running at {url}. In another terminal: export GUAYABA_API_KEY={key}",
                    url=sandbox.url,
                    key=sandbox.key,
                )
            )
            print_message(tr("Ctrl-C stops it."))
            sandbox.wait()
        else:
            print_message(
                tr("\nThe sandbox of the demo has stopped. With --keep it keeps running, so that you can rerun.")
            )
    # Some sample numbers cannot be repaired, on purpose. They are no failure of the demo.
    return Exit.OK if code in (Exit.OK, Exit.SOME_ROWS) else code


@dataclass(frozen=True, slots=True)
class DemoSandbox:
    """A running sandbox: its address, a key that it accepts, the sample export, and a folder without settings."""

    url: str
    key: str
    contacts: Path
    folder: Path
    _server: subprocess.Popen[str]

    def wait(self) -> None:
        """Return when the sandbox has ended, or on Ctrl-C."""
        with suppress(KeyboardInterrupt):
            self._server.wait()


@contextmanager
def start_demo_sandbox() -> Iterator[DemoSandbox]:
    """A sandbox that runs as long as the context. Raises BatchError where it does not start."""
    import subprocess

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
                raise BatchError(
                    tr("the sandbox of the demo did not start."), tip=tr("run `guayaba-batch sandbox` to see why.")
                )
            url = json_text.loads(first)["url"]
            yield DemoSandbox(url, "gua_demo0000_rehearsal", _sample("contacts.csv"), folder, server)
        finally:
            server.terminate()


def _sample(name: str) -> Path:
    """A sample file: the copy in the wheel or, in a checkout, the original."""
    package = Path(__file__).parents[1]
    carried = package / "samples" / name
    return carried if carried.exists() else package.parent / "samples" / name
