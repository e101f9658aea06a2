"""The console: stdout for results, stderr for messages; the confirmation, the progress and the end of a run.

Only this file and the progress display write to the two streams.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from batch.cli.folding import fit
from batch.errors import Interrupted, SettingsError
from batch.text.language import tr
from batch.text.visible import escape_lines

if TYPE_CHECKING:
    from batch.loader import SeveralFiles
    from batch.runs.confirm import ConfirmedBy
    from batch.runs.events import RunStarted
    from batch.runs.plan import PlanPreview
    from batch.runs.spec import RunSpec
    from batch.runs.summary import Summary
    from batch.settings.settings import Settings

#: Answers that confirm, in the languages of the program.
_YES: Final = frozenset({"y", "yes", "s", "si", "sí"})


def print_result(text: str) -> None:
    """Print a result to stdout. A closed pipe stops nothing."""
    _write(f"{text}\n", sys.stdout)


def print_message(text: str, end: str = "\n") -> None:
    """Print a message to stderr. Control characters in it (from files, cells, responses) are escaped."""
    lines = fit(escape_lines(text).split("\n"), sys.stderr)
    _write("\n".join(lines) + end, sys.stderr)


def stdin_source(source: Path | SeveralFiles) -> BinaryIO | None:
    """Stdin, if the source is `-`."""
    return sys.stdin.buffer if str(source) == "-" else None


def open_streams() -> None:
    """Let both streams take any text: a character that the terminal cannot show is written as its code.

    A stream that was closed before the program started becomes /dev/null. Otherwise the next opened file would get its
    number, and messages would be written into that file.
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
    """True on a terminal with colours, unless NO_COLOR is set (no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def require_confirmation(yes: bool | None) -> None:
    """Raise SettingsError where there is no terminal to ask on and `--yes` was not given."""
    if not yes and not _has_terminal():
        raise SettingsError(
            tr("this run needs a confirmation, and there is no terminal to ask on. Nothing was sent."),
            tip=tr("add --yes (check the file with `guayaba-batch check` first)."),
        )


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _confirm(preview: PlanPreview) -> None:
    """Ask for a confirmation. More than 1,000 calls, or a start of outreach, need the typed count. After a yes, it
    is asked for once more.

    Raises SettingsError for any other answer.
    """
    counted = preview.needs_count
    print_message(tr("Type {calls} to continue: ", calls=preview.calls) if counted else tr("Continue? [y/N] "), end="")
    answer = _read_answer().strip().lower().replace(",", "")
    if counted and answer in _YES:
        print_message(tr("Type the number, {calls}, or only Enter to stop: ", calls=preview.calls), end="")
        answer = _read_answer().strip().replace(",", "")
    if answer not in ({str(preview.calls)} if counted else _YES):
        raise SettingsError(tr("not confirmed. Nothing was sent."))


def _read_answer() -> str:
    """A line from the terminal. Ctrl-C ends it at once; the event loop would delay that until the end of the line."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        print_message("")
        raise Interrupted(tr("not confirmed. Nothing was sent.")) from None
    finally:
        signal.signal(signal.SIGINT, before)


def read_secret(prompt: str) -> str:
    """A line from the terminal that is not shown while it is typed; without a terminal, all of stdin."""
    if not sys.stdin.isatty():
        return sys.stdin.read()
    from getpass import getpass

    return getpass(prompt, sys.stderr)


def _do_nothing(_: object) -> None:
    return None


def run_and_report(
    spec: RunSpec, settings: Settings, as_json: bool, began: Callable[[RunStarted], None] = _do_nothing
) -> int:
    """Run with a progress display and signals, show the result, and return its exit code. `began` is called once the
    run starts: nothing was refused then."""
    import anyio

    from batch.cli.list_progress import ListProgressLine
    from batch.cli.plan_wording import preview_lines
    from batch.cli.progress import ProgressBar
    from batch.runs.confirm import past_confirmed_error
    from batch.runs.events import RunObserver
    from batch.runs.run import execute

    progress = ProgressBar(sys.stderr, quiet=settings.quiet, verbose=settings.verbose, limit=settings.limit)

    told: set[str] = set()

    def confirm(preview: PlanPreview) -> ConfirmedBy:
        if not (settings.quiet and settings.yes):
            told.update(preview.notices)
            lines = preview_lines(preview, colour=use_colour(sys.stderr))
            _write("\n".join(fit(lines, sys.stderr)) + "\n", sys.stderr)
        if settings.yes:
            return "--yes"
        if preview.continues and not _has_terminal():
            raise past_confirmed_error(preview, tr("if this is what you want, give the same command again with --yes."))
        _confirm(preview)
        return "terminal"

    def on_started(started: RunStarted) -> None:
        began(started)
        progress.show_start(replace(started, notices=tuple(each for each in started.notices if each not in told)))

    with open_rows_output(settings) as rows:
        observer = RunObserver(
            on_list_progress=ListProgressLine(sys.stderr, quiet=settings.quiet).show,
            on_notice=progress.show_notice,
            confirm=confirm,
            on_started=on_started,
            on_result=progress.show_result,
            watch=progress.watch,
            rows=rows,
        )
        result = anyio.run(execute, spec, observer)
    show_summary(result, as_json=as_json, aside=settings.stream)
    return result.exit_code


@contextmanager
def open_rows_output(settings: Settings) -> Iterator[BinaryIO | None]:
    """Where the rows of a run go: stdout, with `--out -`.

    After a closed pipe the buffer is emptied: otherwise Python would end with its own error.
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
    """Show the summary of a run on stdout; with `aside`, on stderr, because the rows go to stdout."""
    from batch import reporter

    for note in result.notes:
        print_message(tr("note: {note}", note=note))
    for path in result.kept:
        print_message(tr("note: {name} is the file that you edited. A new one was written beside it", name=path.name))
    if as_json:
        print_result((result.folder / "summary.json").read_text(encoding="utf-8").rstrip())
    else:
        stream = sys.stderr if aside else sys.stdout
        width = min(100, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else 80
        facts = result.facts
        if _has_terminal():  # a person is asked again, and does not learn to skip the question
            commands = {name: command.removesuffix(" --yes") for name, command in facts.commands.items()}
            facts = replace(facts, commands=commands)
        lines = reporter.summary_lines(facts, result.files, colour=use_colour(stream), width=width)
        _write("\n".join(lines) + "\n", stream)
