"""The command `demo`: a real update of the sample contacts, against a sandbox in a process of its own."""

from __future__ import annotations

import json as json_text
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli import demo_rows
from batch.cli.console import print_message, run_and_report
from batch.cli.options import Json, ReadingFlags, read_flags
from batch.cli.sandbox import import_server
from batch.cli.write import start
from batch.errors import BatchError, Exit
from batch.text.language import tr, trn
from batch.text.temporary_folder import create_folder

if TYPE_CHECKING:
    from batch.runs.events import RunStarted
    from batch.settings.settings import Settings

if TYPE_CHECKING:
    import subprocess

#: The limits of the demo, so that it ends in seconds. The real ones are 30 writes and 100 reads.
CALLS_PER_MINUTE = 6000


def demo(
    *,
    out: Annotated[str, Parameter(help="The output directory: each run has a folder in it.")] = "reports",
    keep: Annotated[bool, Parameter(help="Keep the sandbox running until Ctrl-C.", negative="")] = False,
    json: Json = False,
) -> int:
    """Show a complete update with sample contacts against a sandbox: the file, the plan, the run, the report, and the
    rerun of the corrected rows. It needs no key, and nobody is called."""
    from batch.settings.gather import gather_settings

    import_server()
    with start_demo_sandbox() as sandbox:
        print_message(tr("A sandbox with sample contacts listens on {url}.", url=sandbox.url))
        flags = {"base_url": sandbox.url, "out": out, "yes": True, "fresh": True}
        environ = {"GUAYABA_API_KEY": sandbox.key}
        settings = gather_settings(flags, environ, here=sandbox.folder, home=sandbox.folder)
        reading = read_flags("update", ReadingFlags(region="US"), "paused")
        print_message("\n" + tr("1. The file, as an export of a CRM has it: {path}", path=sandbox.contacts.name))
        print_message("\n".join(f"    {line}" for line in demo_rows.first_lines(sandbox.contacts)))
        print_message(
            "\n" + tr("2. The plan, before the first write. A real run asks here. Then 3. the run and its result:")
        )
        started: list[RunStarted] = []
        code = start(reading, sandbox.contacts, settings, json, started.append)
        if code == Exit.SOME_ROWS and not json:
            code = _show_rerun(sandbox, started[0].folder, settings, as_json=json)
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
    # Some sample numbers cannot be repaired, on purpose. They are no failure of the demo.
    return Exit.OK if code in (Exit.OK, Exit.SOME_ROWS) else code


def _show_rerun(sandbox: DemoSandbox, folder: Path, settings: Settings, *, as_json: bool) -> int:
    """Show the report, correct the failures file as a person would, and rerun it."""
    from batch.runs.spec import ReportRun

    print_message("\n" + tr("4. The report: open {page}", page=folder / "report.html"))
    corrected = folder / "failures-corrected.csv"
    count = demo_rows.correct_failures(folder, corrected)
    print_message(
        "\n"
        + trn(
            "5. {count} phone number of failures.csv is corrected, in failures-corrected.csv. Its rerun:",
            "5. {count} phone numbers of failures.csv are corrected, in failures-corrected.csv. Their rerun:",
            count,
        )
    )
    code = run_and_report(ReportRun(corrected, settings.run), settings, as_json)
    program = "guayaba-batch" if shutil.which("guayaba-batch") else sys.argv[0]
    print_message("\n" + tr("Both runs, and what is not done:"))
    print_message(f"    {shlex.join([program, 'runs', '--out', str(settings.out)])}")
    return code


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

    with create_folder() as folder:
        seed = demo_rows.write_seed(_sample("sandbox.json"), folder / "sandbox.json")
        command = [sys.executable, "-m", "batch", "sandbox", "--json", "--port", "0"]
        command += ["--seed", str(seed), "--writes-per-minute", str(CALLS_PER_MINUTE)]
        command += ["--reads-per-minute", str(CALLS_PER_MINUTE)]
        # Its stdin ends with this process, however that ends: a killed demo leaves no sandbox behind.
        command += ["--until-stdin-ends"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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
            server.communicate()


def _sample(name: str) -> Path:
    """A sample file: the copy in the wheel or, in a checkout, the original."""
    package = Path(__file__).parents[1]
    carried = package / "samples" / name
    return carried if carried.exists() else package.parent / "samples" / name
