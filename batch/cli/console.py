"""The console: which stream a word goes to, how a run is confirmed, shown while it goes, and shown at its end.

Owns: stdout (the result) and stderr (talk), and nothing else writes to them but the progress display; the confirmation.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from batch.errors import Interrupted, SettingsError
from batch.text.visible import escape_lines

if TYPE_CHECKING:
    from batch.runs.confirm import ConfirmedBy
    from batch.runs.plan import PlanPreview
    from batch.runs.spec import RunSpec
    from batch.runs.summary import Summary
    from batch.settings.settings import Settings


def print_result(text: str) -> None:
    """Print a result. A reader that has gone away stops nothing."""
    _write(f"{text}\n", sys.stdout)


def print_message(text: str, end: str = "\n") -> None:
    """Write talk to stderr. It may name files, cells and answers: nothing in it acts on the terminal."""
    _write(f"{escape_lines(text)}{end}", sys.stderr)


def stdin_source(file: Path) -> BinaryIO | None:
    """Stdin, where it is named as the file (`-`)."""
    return sys.stdin.buffer if str(file) == "-" else None


def open_streams() -> None:
    """Make both streams take any text: a terminal that cannot show a sign gets its code, and no traceback.

    A stream that was closed before the program began becomes /dev/null: else the next file to be opened would take its
    place, and talk would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, Path(os.devnull).open("r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _to_nowhere(stream)


def _to_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def use_colour(stream: TextIO) -> bool:
    """True where colours are welcome: on a terminal that has them, unless NO_COLOR asks for none (no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def require_confirmation(yes: bool | None) -> None:
    """Raise SettingsError where nobody is there to be asked and `--yes` was not given."""
    if not yes and not _has_terminal():
        raise SettingsError(
            "this run needs a confirmation, and there is no terminal to ask on. Nothing was sent.",
            tip="give --yes (look at the file with `guayaba-batch check` first).",
        )


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _confirm(preview: PlanPreview) -> None:
    """Ask. More than 1,000 rows, or a start of outreach, takes the typed count. Raises SettingsError on a no."""
    counted = preview.calls > 1000 or preview.starts_outreach
    print_message(f"Type {preview.calls} to go on: " if counted else "Go on? [y/N] ", end="")
    answer = _read_typed().strip().lower().replace(",", "")
    if answer not in ({str(preview.calls)} if counted else {"y", "yes"}):
        raise SettingsError("not confirmed; nothing was sent.")


def _read_typed() -> str:
    """A line from the terminal. Ctrl-C is a no, at once: the event loop would hold it back until the line ends."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        print_message("")
        raise Interrupted("not confirmed; nothing was sent.") from None
    finally:
        signal.signal(signal.SIGINT, before)


def read_secret(prompt: str) -> str:
    """A line from the terminal that is not shown while it is typed; all of stdin where it is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.read()
    from getpass import getpass

    return getpass(prompt, sys.stderr)


def _do_nothing() -> None:
    return None


def run_and_report(spec: RunSpec, settings: Settings, as_json: bool, began: Callable[[], None] = _do_nothing) -> int:
    """Run with a progress display and signals, show the result, and return its exit code. `began` is called once the
    run starts: nothing was refused then."""
    import anyio

    from batch.cli.list_progress import ListProgressLine
    from batch.cli.plan_wording import preview_lines
    from batch.cli.progress import ProgressBar
    from batch.runs.confirm import past_confirmed
    from batch.runs.events import RunObserver, RunStarted
    from batch.runs.run import execute

    progress = ProgressBar(sys.stderr, quiet=settings.quiet, verbose=settings.verbose)

    def confirm(preview: PlanPreview) -> ConfirmedBy:
        if not (settings.quiet and settings.yes):
            _write("\n".join(preview_lines(preview, colour=use_colour(sys.stderr))) + "\n", sys.stderr)
        if settings.yes:
            return "--yes"
        if preview.continues and not _has_terminal():
            raise past_confirmed(preview, "give the same command again with --yes, if this is what you want.")
        _confirm(preview)
        return "terminal"

    def on_started(started: RunStarted) -> None:
        began()
        progress.began(started)

    with open_rows_output(settings) as rows:
        observer = RunObserver(
            on_list_progress=ListProgressLine(sys.stderr, quiet=settings.quiet).told,
            confirm=confirm,
            on_started=on_started,
            on_result=progress.told,
            watch=progress.watch,
            rows=rows,
        )
        result = anyio.run(execute, spec, observer)
    show_summary(result, as_json=as_json, aside=settings.stream)
    return result.exit_code


@contextmanager
def open_rows_output(settings: Settings) -> Iterator[BinaryIO | None]:
    """Where the rows of a run go: stdout, with `--out -`.

    Nothing stays in the buffer of a pipe whose reader has gone: Python would end with an error of its own.
    """
    if not settings.stream:
        yield None
        return
    try:
        yield sys.stdout.buffer
    finally:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _to_nowhere(sys.stdout)


def show_summary(result: Summary, *, as_json: bool, aside: bool = False) -> None:
    """Show how a run ended: on stdout, or `aside`, on stderr, where stdout is taken by the rows."""
    from batch import reporter

    for note in result.notes:
        print_message(f"note: {note}")
    for path in result.kept:
        print_message(f"note: {path.name} is the file as you had edited it; a new one was written beside it")
    if as_json:
        print_result((result.folder / "summary.json").read_text(encoding="utf-8").rstrip())
    else:
        stream = sys.stderr if aside else sys.stdout
        width = min(100, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else 80
        lines = reporter.summary_lines(result.facts, result.files, colour=use_colour(stream), width=width)
        _write("\n".join(lines) + "\n", stream)
