"""The command line: arguments in, exit code out.

Owns: the list of commands; the message and the exit code of each error; the signals before and after a run.
"""

from __future__ import annotations

import gc
import resource
import signal
import sys
from contextlib import suppress
from typing import Final

from cyclopts import App, CycloptsError

from batch import __version__
from batch.cli.command_line import choose_language, plain_command_line
from batch.cli.commands import COMMANDS
from batch.cli.console import open_streams, print_message, print_result
from batch.cli.folding import columns_of
from batch.cli.help_page import page, wants_help
from batch.errors import BatchError, Exit
from batch.text.language import tr

#: The maximum number of open files, if the system allows it.
_FILES: Final = 65_536


def _version() -> str:
    """The version of the program, and of the libraries that decide how it reads and sends."""
    import platform
    from importlib.metadata import version

    from batch.journal.file import SQLITE_VERSION

    libraries = ", ".join(f"{name} {version(name)}" for name in ("phonenumbers", "polars", "httpx", "anyio"))
    known = f"Python {platform.python_version()}, SQLite {SQLITE_VERSION}, {libraries}"
    return f"guayaba-batch {__version__}\n{known}"


app = App(
    name="guayaba-batch",
    version=_version,
    version_flags=["--version"],
    help="Bulk-update Guayaba contacts from a spreadsheet: one API call per contact, within the rate limit, resumable.",
    result_action="return_value",
    help_format="plaintext",
)
for name, command in COMMANDS.items():
    app.command(f"batch.cli.{command.place}", name=name)


def _refuse(error: BatchError, argv: list[str]) -> int:
    if "--json" in argv:
        from batch.cli.wording import error_json

        print_result(error_json(error))
    print_message(tr("guayaba-batch: {error}", error=error))
    return error.exit_code


def _on_signal(number: int, _: object) -> None:
    print_message(
        tr("\nguayaba-batch: terminated. The journal holds what was sent. The same command continues the run.")
    )
    sys.exit(Exit.SIGTERM if number == signal.SIGTERM else Exit.STOPPED)


def _allow_many_connections() -> None:
    """Raise the limit of open files: hundreds of lanes have as many connections."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _collect_rarely() -> None:
    """Run the garbage collector less often: there are many rows, and they form no cycles."""
    gc.set_threshold(50_000, 20, 50)


def _remove_left() -> None:
    """Remove the temporary folders that a killed process has left."""
    from batch.text.temporary_folder import remove_left_folders

    remove_left_folders()


def main() -> None:  # noqa: C901 - one branch for each way to end
    """Run the program and exit with its code."""
    argv = sys.argv[1:]
    open_streams()
    _allow_many_connections()
    _collect_rarely()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _on_signal)  # before and after the workers, which have their own handlers
    try:
        argv = plain_command_line(app, choose_language(argv))
        sys.argv[1:] = argv  # what a command says of its own line: the command first, then its words
        if wants_help(app, argv):
            print_result(page(app, argv, columns_of(sys.stdout)))
            code = int(Exit.OK)
        else:
            _remove_left()
            code = app(argv, print_error=False, exit_on_error=False)
    except CycloptsError as error:
        from batch.cli.usage_errors import usage_error

        code = _refuse(usage_error(error, argv), argv)
    except BatchError as error:
        code = _refuse(error, argv)
    except OSError as error:
        tip = tr("correct that. The same command continues the run.")
        code = _refuse(BatchError(tr("the operating system reported an error: {error}.", error=error), tip=tip), argv)
    except KeyboardInterrupt:
        print_message(tr("\nguayaba-batch: interrupted. The journal holds what was sent."))
        code = Exit.SIGINT
    gc.freeze()  # the interpreter would look through all objects before it ends, and free nothing that matters
    sys.exit(int(code or 0))
