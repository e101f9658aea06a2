"""The command line: arguments in, exit code out. The only place that prints.

Owns: the commands and their options, the confirmation, signals, which stream a word goes to (stdout is the result,
stderr is talk), the exit code.
Does not own: what a run does (`run.py`), how a line looks (`wording.py`, `reporter/`).

Heavy imports stand inside the commands: `--help` must be fast.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from batch import __version__
from batch.errors import BatchError, Exit, SettingsError

if TYPE_CHECKING:
    from batch.loader import Reading
    from batch.model import Operation
    from batch.preflight import Preview
    from batch.run import Result
    from batch.settings import Settings

app = App(
    name="guayaba-batch",
    version=__version__,
    help="Tell the Guayaba API about every contact of a spreadsheet: once each, within the limit, to the end.",
    help_epilogue="Try it without a key: guayaba-batch demo",
    result_action="return_value",
)


#: `-` is stdin, not an option.
InputFile = Annotated[Path, Parameter(allow_leading_hyphen=True)]


@Parameter(name="*")
@dataclass(frozen=True)
class ReadingOptions:
    """How the file is read."""

    map: Annotated[
        tuple[str, ...],
        Parameter(
            help='Which column is what, for example --map phone="Mobile #". Roles: phone, id, status, campaign, '
            "name, phoneNumber, timezone, region, var:NAME."
        ),
    ] = ()
    region: Annotated[
        str | None, Parameter(help="The country of numbers without a country code: US, ES, or its name.")
    ] = None
    region_column: Annotated[str | None, Parameter(help="The column that names each row's country.")] = None
    phone_check: Annotated[
        Literal["valid", "possible"], Parameter(help="How strictly numbers are judged (libphonenumber's words).")
    ] = "valid"
    on_conflict: Annotated[
        Literal["hold", "last", "first"], Parameter(help="Rows of one contact that ask for different things.")
    ] = "hold"
    extensions: Annotated[Literal["drop", "refuse"], Parameter(help="Numbers with an extension.")] = "drop"
    two_numbers: Annotated[Literal["refuse", "first"], Parameter(help="Cells with two numbers.")] = "refuse"
    sheet: Annotated[str | None, Parameter(help="The sheet of a workbook.")] = None
    encoding: Annotated[str | None, Parameter(help="The encoding of a text file, where it is guessed wrong.")] = None


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions:
    """How the run goes. Each can also come from GUAYABA_* in the environment or from guayaba-batch.toml."""

    rate: Annotated[
        str | None, Parameter(help="At most so many writes, for example 30/min. Default: the API's limit.")
    ] = None
    workers: Annotated[str | None, Parameter(help="Requests under way at once. Default: 16.")] = None
    base_url: Annotated[str | None, Parameter(help="The API's address. Default: https://api.guayaba.ai")] = None
    api_key_file: Annotated[
        str | None, Parameter(help="The file that holds the API key (- for stdin). Default: GUAYABA_API_KEY.")
    ] = None
    out: Annotated[str | None, Parameter(help="The folder of run folders. Default: reports")] = None
    format: Annotated[
        tuple[str, ...] | None, Parameter(help="Report formats: csv, tsv, xlsx, parquet, ndjson. Default: the input's.")
    ] = None
    limit: Annotated[str | None, Parameter(help="Stop after so many contacts; the same command goes on.")] = None
    timeout: Annotated[str | None, Parameter(help="Longest time for one request. Default: 30s")] = None
    attempts: Annotated[str | None, Parameter(help="Requests for one row at most. Default: 5")] = None
    give_up_after: Annotated[str | None, Parameter(help="Stop after so long without any answer. Default: 1h")] = None
    fresh: Annotated[bool | None, Parameter(help="Begin a new run even where one can go on.", negative="")] = None
    accept_key: Annotated[
        bool | None, Parameter(help="Go on although the run was begun with another key.", negative="")
    ] = None
    yes: Annotated[bool | None, Parameter(name=["--yes", "-y"], help="Do not ask.", negative="")] = None
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False


# -- commands -------------------------------------------------------------------------------------------------------


@app.command
def check(
    file: InputFile,
    *,
    operation: Annotated[
        Literal["fulfill", "update", "update-by-id"] | None,
        Parameter(
            name="--for", help="The command that the file is meant for. Default: fulfill, or update with --status."
        ),
    ] = None,
    status: Annotated[str | None, Parameter(help="As for update.")] = None,
    campaign: Annotated[str | None, Parameter(help="As for update.")] = None,
    reading: ReadingOptions | None = None,
    json: Annotated[bool, Parameter(help="Print the findings as JSON.", negative="")] = False,
) -> int:
    """Show everything that a run would find in FILE, without any call.

    Exit 0: every row can be sent. 3: some rows cannot. 4: the file cannot be used.
    """
    from batch import run, wording
    from batch.model import Operation

    verb = Operation(operation or ("update" if status or campaign else "fulfill"))
    options = _reading(verb, reading, status, campaign)
    loaded = run.check(file, options, stdin=_input(file))
    if json:
        _say(wording.survey_json(loaded))
    else:
        _say("\n".join(wording.survey_lines(loaded, colour=_colour(sys.stdout))))
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS


@app.command
def fulfill(file: InputFile, *, reading: ReadingOptions | None = None, options: RunOptions | None = None) -> int:
    """Mark every contact in FILE as fulfilled: all scheduled outreach is cancelled.

    FILE is CSV, TSV, Parquet, XLSX or - for stdin. The same command goes on with a run that was cut short.
    """
    return _run(_operation("fulfill"), file, None, None, reading, options)


@app.command
def update(
    file: InputFile,
    *,
    status: Annotated[
        str | None, Parameter(help="The status for every row, for example DNC. Default: a column.")
    ] = None,
    campaign: Annotated[str | None, Parameter(help="The campaign's UUID for every row. Default: a column.")] = None,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
) -> int:
    """Change the status and/or the campaign of every contact in FILE, found by phone number."""
    return _run(_operation("update"), file, status, campaign, reading, options)


@app.command
def update_by_id(
    file: InputFile,
    *,
    status: Annotated[str | None, Parameter(help="The status for every row. Default: a column.")] = None,
    campaign: Annotated[str | None, Parameter(help="The campaign's UUID for every row. Default: a column.")] = None,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
) -> int:
    """Change contacts by their id: columns name, phoneNumber, timezone, status, campaignId and var:NAME.

    An empty cell changes nothing. The var: columns of a row replace all custom variables of its contact.
    """
    return _run(_operation("update-by-id"), file, status, campaign, reading, options)


@app.command
def rerun(
    report: Path,
    *,
    only: Annotated[tuple[str, ...], Parameter(help="Only these outcomes, for example failed,pending.")] = (),
    region: Annotated[str | None, Parameter(help="The country of numbers without a country code.")] = None,
    options: RunOptions | None = None,
) -> int:
    """Run the rows of REPORT (a failures or outcomes file) that did not succeed, with their cells as they are now."""
    from batch import run
    from batch.model import Outcome

    chosen = [word.strip() for part in only for word in part.split(",") if word.strip()]
    unknown = [word for word in chosen if word not in list(Outcome)]
    if unknown:
        raise SettingsError(f"--only {','.join(unknown)}: the outcomes are {', '.join(Outcome)}.")
    settings = _settings(options, region=region)
    _need_confirmation(settings)
    as_json = options is not None and options.json
    return _finish(
        lambda hooks: run.rerun(report, settings, hooks, only=[Outcome(word) for word in chosen]), settings, as_json
    )


@app.command
def resume(run_folder: Path | None = None, /, *, options: RunOptions | None = None) -> int:
    """Go on with an unfinished run: the folder RUN-FOLDER, or else the newest one. Its input is not needed."""
    from batch import run

    settings = _settings(options)
    as_json = options is not None and options.json
    return _finish(lambda hooks: run.resume(run_folder, settings, hooks), settings, as_json)


@app.command
def report(run_folder: Path, /, *, format: tuple[str, ...] | None = None, json: bool = False) -> int:
    """Write the report files of a run anew from its journal, in --format if given."""
    from batch import run
    from batch.settings import formats

    try:
        chosen = formats(format) if format else ()
    except ValueError as fault:
        raise SettingsError(f"--format: {fault}.") from fault
    _show(run.report(run_folder, chosen), as_json=json)
    return Exit.OK


@app.command(name="runs")
def runs_(*, out: str | None = None, json: bool = False) -> int:
    """List the runs: when, what, on which file, how far, and the command that goes on."""
    from batch import run, wording

    settings = _settings(RunOptions(out=out), need_key=False)
    found = run.listed(settings.out)
    _say(wording.runs_json(found) if json else "\n".join(wording.runs_lines(found, settings.out)))
    return Exit.OK


@app.command
def sandbox(
    *,
    port: Annotated[int, Parameter(help="0 takes a free one.")] = 8787,
    db: Annotated[str | None, Parameter(help="The SQLite file to keep. Default: in memory.")] = None,
    seed: Annotated[str | None, Parameter(help="Contacts to begin with: JSON, NDJSON or CSV.")] = None,
    writes_per_minute: Annotated[int, Parameter(help="0: no limit.")] = 30,
    reads_per_minute: Annotated[int, Parameter(help="0: no limit.")] = 100,
    latency: Annotated[float, Parameter(help="Milliseconds before each answer.")] = 0.0,
    fault: Annotated[tuple[str, ...], Parameter(help="What goes wrong, for example status:500@5%. Repeatable.")] = (),
    fault_seed: int = 0,
    window: Literal["fixed", "sliding"] = "fixed",
    window_seconds: float = 60.0,
    json: Annotated[bool, Parameter(help="Print the address as JSON.", negative="")] = False,
) -> int:
    """Serve the contact API on this machine, to try and to rehearse. Any key that begins with gua_ is accepted."""
    server = _sandbox_server()
    options = server.Options(
        port=port,
        db=db,
        seed=seed,
        writes_per_minute=writes_per_minute,
        reads_per_minute=reads_per_minute,
        latency_ms=latency,
        faults=fault,
        fault_seed=fault_seed,
        window=window,
        window_seconds=window_seconds,
    )

    def ready(url: str) -> None:
        _say(f'{{"url": "{url}"}}' if json else f"The sandbox listens on {url} (Ctrl-C ends it).")

    try:
        server.serve(options, ready)
    except server.SandboxError as fault_found:
        raise SettingsError(str(fault_found)) from fault_found
    return Exit.OK


@app.command
def demo(
    *,
    out: Annotated[str, Parameter(help="The folder of run folders.")] = "reports",
    keep: Annotated[bool, Parameter(help="Leave the sandbox up until Ctrl-C.", negative="")] = False,
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False,
) -> int:
    """Run a real update of the sample contacts against a sandbox of its own: no key, nobody is called."""
    from batch.demo import rehearsal
    from batch.model import Ask
    from batch.settings import gather

    _sandbox_server()
    with rehearsal() as stage:
        _tell(f"A sandbox with sample contacts listens on {stage.url}.")
        flags = {"base_url": stage.url, "out": out, "yes": True, "fresh": True}
        settings = gather(flags, {"GUAYABA_API_KEY": stage.key}, here=stage.folder, home=stage.folder)
        reading = replace(
            _reading(_operation("update"), ReadingOptions(region="US"), "paused", None), ask=Ask("paused")
        )
        code = _start(reading, stage.contacts, settings, json)
        if keep:
            _tell(f"\nThe sandbox stays up at {stage.url}; in another terminal: export GUAYABA_API_KEY={stage.key}")
            _tell("Ctrl-C ends it.")
            stage.wait()
        else:
            _tell("\nThe demo's sandbox is gone now; with --keep it stays up, so that the rerun has somewhere to go.")
    # Some sample numbers are damaged beyond repair, on purpose: that is what the demo shows, not its failure.
    return Exit.OK if code in (Exit.OK, Exit.SOME_ROWS) else code


# -- from options to a run ------------------------------------------------------------------------------------------


def _run(
    operation: Operation,
    file: Path,
    status: str | None,
    campaign: str | None,
    reading: ReadingOptions | None,
    options: RunOptions | None,
) -> int:
    settings = _settings(options, stdin_is_input=str(file) == "-")
    chosen = _reading(operation, reading, status, campaign, settings.region)
    _need_confirmation(settings)
    return _start(chosen, file, settings, options is not None and options.json)


def _start(reading: Reading, file: Path, settings: Settings, as_json: bool) -> int:
    from batch import run

    return _finish(lambda hooks: run.run(file, reading, settings, hooks, stdin=_input(file)), settings, as_json)


def _operation(name: str) -> Operation:
    from batch.model import Operation

    return Operation(name)


def _settings(
    options: RunOptions | None, *, region: str | None = None, stdin_is_input: bool = False, need_key: bool = True
) -> Settings:
    from batch.settings import gather

    given = options or RunOptions()
    flags: dict[str, Any] = {field.name: getattr(given, field.name) for field in fields(given) if field.name != "json"}
    return gather(
        {**flags, "region": region},
        os.environ,
        here=Path.cwd(),
        home=Path.home(),
        read_stdin=None if stdin_is_input else sys.stdin.read,
        need_key=need_key,
    )


def _reading(
    operation: Operation,
    options: ReadingOptions | None,
    status: str | None,
    campaign: str | None,
    region: str | None = None,
) -> Reading:
    from batch.loader import Reading
    from batch.model import Ask
    from batch.preflight import campaign_id

    given = options or ReadingOptions()
    mapping: dict[str, str] = {}
    for pair in given.map:
        role, equals, header = pair.partition("=")
        if not equals or not role.strip() or not header:
            raise SettingsError(f'--map {pair}: expected ROLE=HEADER, for example --map phone="Mobile #".')
        mapping[role.strip()] = header
    if given.region_column is not None:
        mapping["region"] = given.region_column
    return Reading(
        operation=operation,
        mapping=mapping,
        ask=Ask(status=status or None, campaign_id=campaign_id(campaign) if campaign else None),
        region=given.region or region,
        phone_check=given.phone_check,
        on_conflict=given.on_conflict,
        extensions=given.extensions,
        two_numbers=given.two_numbers,
        sheet=given.sheet,
        encoding=given.encoding,
    )


def _need_confirmation(settings: Settings) -> None:
    if not settings.yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise SettingsError(
            "this run needs a confirmation, and there is no terminal to ask on. Nothing was read or sent.",
            tip="give --yes (look at the file with `guayaba-batch check` first).",
        )


def _confirm(preview: Preview) -> None:
    """Ask. More than 1,000 calls, or a start of outreach, takes the typed count. Raises SettingsError on a no."""
    wanted = str(preview.calls) if preview.calls > 1000 or preview.starts_outreach else "y"
    _tell(f"Type {wanted} to go on: " if wanted != "y" else "Go on? [y/N] ", end="")
    answer = sys.stdin.readline().strip().lower().replace(",", "")
    if answer not in {wanted, "yes"} or (wanted != "y" and answer == "yes"):
        raise SettingsError("not confirmed; nothing was sent.")


def _finish(start: Callable[[Any], Result], settings: Settings, as_json: bool) -> int:
    """Run with a progress display and signals, show the result, and return its exit code."""
    from batch import wording
    from batch.dispatch import Hooks
    from batch.progress import Progress

    progress = Progress(sys.stderr)

    def confirm(preview: Preview) -> None:
        _tell("\n".join(wording.preview_lines(preview, colour=_colour(sys.stderr))))
        if not settings.yes:
            _confirm(preview)

    hooks = Hooks(confirm=confirm, began=progress.began, told=progress.told, watch=progress.watch)
    result = start(hooks)
    _show(result, as_json=as_json)
    return result.exit_code


def _show(result: Result, *, as_json: bool) -> None:
    from batch import reporter

    if as_json:
        _say((result.folder / "summary.json").read_text(encoding="utf-8").rstrip())
    else:
        width = min(100, os.get_terminal_size().columns) if sys.stdout.isatty() else 80
        _say("\n".join(reporter.summary_lines(result.facts, result.files, colour=_colour(sys.stdout), width=width)))


def _input(file: Path) -> Any:
    return sys.stdin.buffer if str(file) == "-" else None


def _sandbox_server() -> Any:
    """The sandbox's server module. It is an extra: without it the rest works."""
    try:
        from batch.sandbox import server
    except ModuleNotFoundError as fault:
        raise SettingsError(
            f"the sandbox is not installed ({fault.name} is missing).",
            tip="pip install 'guayaba-batch[sandbox]'",
        ) from fault
    return server


# -- talking --------------------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    """Print a result. A reader that has gone away stops nothing."""
    _print(text, sys.stdout)


def _tell(text: str, end: str = "\n") -> None:
    _print(text, sys.stderr, end)


def _print(text: str, stream: Any, end: str = "\n") -> None:
    try:
        print(text, file=stream, end=end, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _colour(stream: Any) -> bool:
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _refuse(error: BatchError, argv: list[str]) -> int:
    if "--json" in argv:
        from batch.wording import error_json

        _say(error_json(error))
    _tell(f"guayaba-batch: {error}")
    return error.exit_code


def _terminated(number: int, _: object) -> None:
    _tell("\nguayaba-batch: terminated; what was sent is in the journal, and the same command goes on.")
    sys.exit(Exit.SIGTERM if number == signal.SIGTERM else Exit.STOPPED)


def main() -> None:
    """Run the program and exit with its code."""
    argv = sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminated)  # before and after the workers, who take signals themselves (`progress.py`)
    try:
        code = app(argv, print_error=False, exit_on_error=False)
    except CycloptsError as error:
        code = _refuse(SettingsError(f"{error}", tip="guayaba-batch --help, or --help after a command."), argv)
    except BatchError as error:
        code = _refuse(error, argv)
    except KeyboardInterrupt:
        _tell("\nguayaba-batch: interrupted; what was sent is in the journal.")
        code = Exit.SIGINT
    sys.exit(int(code or 0))
