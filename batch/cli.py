"""The command line: arguments in, exit code out.

Owns: the commands, and the exit code of each.
Does not own: the options that they share (`options.py`), the streams (`console.py`), what a run does (`run.py`).

Heavy imports stand inside the commands: `--help` must be fast.
"""

from __future__ import annotations

import resource
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from batch import __version__
from batch.config_show import config
from batch.console import finish, in_colour, need_confirmation, open_streams, rows_out, say, show, tell
from batch.errors import BatchError, Exit, SettingsError
from batch.help_page import page, wants_help
from batch.login import login, logout
from batch.manual import commands
from batch.options import InputFile, ReadingOptions, RunOptions, SaveJob, flags_of, outcomes_of, reading_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from batch.dispatch import Began, Hooks
    from batch.loader import Reading
    from batch.run import Result
    from batch.settings import Settings

#: Files open at once, at most, where the system allows it.
_FILES = 65_536

app = App(
    name="guayaba-batch",
    version=__version__,
    help="Tell the Guayaba API about every contact of a spreadsheet: once each, within the limit, to the end.",
    result_action="return_value",
    help_format="plaintext",
)


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
    online: Annotated[
        bool,
        Parameter(help="Ask the API too: whether the key works, the team's statuses and campaigns.", negative=""),
    ] = False,
    base_url: Annotated[str | None, Parameter(help="With --online: the API's address.")] = None,
    api_key_file: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="With --online: the file of the API key.")
    ] = None,
    account: Annotated[str | None, Parameter(help="Every row is for this account of the settings.")] = None,
    json: Annotated[bool, Parameter(help="Print the findings as JSON.", negative="")] = False,
) -> int:
    """Show everything that a run would find in FILE, without any call, or with --online, without any write.

    Exit 0: every row can be sent. 3: some rows cannot. 4: the file cannot be used.
    """
    from batch import run, wording
    from batch.preflight import in_accounts

    verb = operation or ("update" if status or campaign else "fulfill")
    options = RunOptions(base_url=base_url, api_key_file=api_key_file, account=account)
    settings = settings_of(options, stdin_is_input=str(file) == "-", need_key=online)
    chosen = in_accounts(reading_of(verb, reading, status, campaign, settings.region), settings)
    teams = None
    if online:
        loaded, teams = run.check_online(file, chosen, settings, stdin=_input(file))
    else:
        loaded = run.check(file, chosen, stdin=_input(file))
    if json:
        say(wording.survey_json(loaded, teams))
    else:
        say("\n".join(wording.survey_lines(loaded, teams, colour=in_colour(sys.stdout))))
    return Exit.OK if loaded.survey.rows == loaded.survey.sendable + loaded.survey.duplicates else Exit.SOME_ROWS


@app.command
def fulfill(
    file: InputFile,
    *,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
    save_job: SaveJob = None,
) -> int:
    """Mark every contact in FILE as fulfilled: all scheduled outreach is cancelled.

    FILE is CSV, TSV, Parquet, XLSX or - for stdin. The same command goes on with a run that was cut short.
    """
    return _run("fulfill", file, None, None, reading, options, save_job)


@app.command
def update(
    file: InputFile,
    *,
    status: Annotated[
        str | None, Parameter(help="The status for every row, for example DNC. Default: a column.")
    ] = None,
    campaign: Annotated[
        str | None, Parameter(help="The campaign for every row: its name or UUID. Default: a column.")
    ] = None,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
    save_job: SaveJob = None,
) -> int:
    """Change the status and/or the campaign of every contact in FILE, found by phone number."""
    return _run("update", file, status, campaign, reading, options, save_job)


@app.command
def update_by_id(
    file: InputFile,
    *,
    status: Annotated[str | None, Parameter(help="The status for every row. Default: a column.")] = None,
    campaign: Annotated[
        str | None, Parameter(help="The campaign for every row: its name or UUID. Default: a column.")
    ] = None,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
    save_job: SaveJob = None,
) -> int:
    """Change contacts by their id: columns name, phoneNumber, timezone, status, campaignId and var:NAME.

    An empty cell changes nothing. The var: columns of a row replace all custom variables of its contact.
    """
    return _run("update-by-id", file, status, campaign, reading, options, save_job)


@app.command(name="run")
def run_job(
    job: Annotated[Path, Parameter(help="The job file.")],
    file: InputFile,
    *,
    options: RunOptions | None = None,
) -> int:
    """Repeat the job that --save-job kept in JOB, on another FILE. Options given here go before the job's."""
    from batch.job import load

    kept = load(job)
    settings = settings_of(options, stdin_is_input=str(file) == "-", job=kept.layer(job))
    need_confirmation(settings)
    return _start(kept.reading, file, settings, options is not None and options.json)


@app.command
def rerun(
    report: Annotated[Path, Parameter(help="A failures or outcomes file of a run.")],
    *,
    only: Annotated[
        tuple[str, ...],
        Parameter(help="Only these outcomes, for example failed,pending.", negative="", show_default=False),
    ] = (),
    region: Annotated[str | None, Parameter(help="The country of numbers without a country code.")] = None,
    options: RunOptions | None = None,
) -> int:
    """Run the rows of REPORT (a failures or outcomes file) that did not succeed, with their cells as they are now."""
    from batch import run

    chosen = outcomes_of(only)
    settings = settings_of(options)
    need_confirmation(settings)
    as_json = options is not None and options.json
    return finish(
        lambda hooks: run.rerun(report, settings, hooks, only=chosen, region=region),
        settings,
        as_json,
    )


@app.command
def resume(
    run_folder: Annotated[Path | None, Parameter(help="The run's folder.")] = None,
    /,
    *,
    options: RunOptions | None = None,
) -> int:
    """Go on with an unfinished run: the folder RUN-FOLDER, or else the newest one. Its input is not needed."""
    from batch import run

    settings = settings_of(options)
    as_json = options is not None and options.json
    return finish(lambda hooks: run.resume(run_folder, settings, hooks), settings, as_json)


@app.command
def report(
    run_folder: Annotated[Path, Parameter(help="The run's folder.")],
    /,
    *,
    format: Annotated[
        tuple[str, ...] | None, Parameter(help="csv, tsv, xlsx, parquet, ndjson. Default: as the run.", negative="")
    ] = None,
    out: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="The folder of run folders. Default: reports. With - the rows go to stdout, and no file is written.",
        ),
    ] = None,
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False,
) -> int:
    """Write the report files of a run anew from its journal, in --format if given (several with commas)."""
    from batch import run

    settings = settings_of(RunOptions(format=format, out=out, json=json), need_key=False)
    with rows_out(settings) as rows:
        result = run.report(run_folder, settings, rows)
    show(result, as_json=json, aside=settings.stream)
    return Exit.OK


@app.command(name="runs")
def runs_(
    *,
    phone: Annotated[str | None, Parameter(help="What all runs did about this number, in any spelling.")] = None,
    region: Annotated[str | None, Parameter(help="The country of a --phone without a country code.")] = None,
    out: Annotated[str | None, Parameter(help="The folder of run folders. Default: reports")] = None,
    json: Annotated[bool, Parameter(help="Print the list as JSON.", negative="")] = False,
) -> int:
    """List the runs: when, what, on which file, how far, and the command that goes on. Or all about one number."""
    from batch import run, runs_wording

    settings = settings_of(RunOptions(out=out), region=region, need_key=False)
    if phone is not None:
        number, past = run.history(settings.out, phone, settings.region)
        lines = runs_wording.history_lines(past, number, settings.out)
        say(runs_wording.history_json(past, number) if json else "\n".join(lines))
        return Exit.OK
    found = run.listed(settings.out)
    say(runs_wording.runs_json(found) if json else "\n".join(runs_wording.runs_lines(found, settings.out)))
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
    fault: Annotated[
        tuple[str, ...],
        Parameter(help="What goes wrong, for example status:500@5%. Repeatable.", negative="", show_default=False),
    ] = (),
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
        say(f'{{"url": "{url}"}}' if json else f"The sandbox listens on {url} (Ctrl-C ends it).")

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
    from batch.settings import gather

    _sandbox_server()
    with rehearsal() as stage:
        tell(f"A sandbox with sample contacts listens on {stage.url}.")
        flags = {"base_url": stage.url, "out": out, "yes": True, "fresh": True}
        settings = gather(flags, {"GUAYABA_API_KEY": stage.key}, here=stage.folder, home=stage.folder)
        reading = reading_of("update", ReadingOptions(region="US"), "paused", None)
        code = _start(reading, stage.contacts, settings, json)
        if keep:
            tell(f"\nThe sandbox stays up at {stage.url}; in another terminal: export GUAYABA_API_KEY={stage.key}")
            tell("Ctrl-C ends it.")
            stage.wait()
        else:
            tell("\nThe demo's sandbox is gone now; with --keep it stays up, so that the rerun has somewhere to go.")
    # Some sample numbers are damaged beyond repair, on purpose: that is what the demo shows, not its failure.
    return Exit.OK if code in (Exit.OK, Exit.SOME_ROWS) else code


app.command(config)
app.command(login)
app.command(logout)
for name, command in commands(app).items():
    app.command(command, name=name)


# -- from options to a run ------------------------------------------------------------------------------------------


def _run(
    verb: str,
    file: Path,
    status: str | None,
    campaign: str | None,
    reading: ReadingOptions | None,
    options: RunOptions | None,
    save_job: Path | None,
) -> int:
    settings = settings_of(options, stdin_is_input=str(file) == "-")
    chosen = reading_of(verb, reading, status, campaign, settings.region)
    began: Callable[[], None] = _nothing
    if save_job is not None:
        from batch import job

        kept = job.kept(chosen, flags_of(options))
        job.need_room(kept, save_job)
        began = partial(job.save, kept, save_job)
    need_confirmation(settings)
    return _start(chosen, file, settings, options is not None and options.json, began)


def _nothing() -> None:
    return None


def _start(
    reading: Reading, file: Path, settings: Settings, as_json: bool, began: Callable[[], None] = _nothing
) -> int:
    """Run, and tell `began` once nothing was refused."""
    from batch import run

    def start(hooks: Hooks) -> Result:
        def heard(news: Began) -> None:
            began()
            hooks.began(news)

        return run.run(file, reading, settings, replace(hooks, began=heard), stdin=_input(file))

    return finish(start, settings, as_json)


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


def _refuse(error: BatchError, argv: list[str]) -> int:
    if "--json" in argv:
        from batch.wording import error_json

        say(error_json(error))
    tell(f"guayaba-batch: {error}")
    return error.exit_code


def _terminated(number: int, _: object) -> None:
    tell("\nguayaba-batch: terminated; what was sent is in the journal, and the same command goes on.")
    sys.exit(Exit.SIGTERM if number == signal.SIGTERM else Exit.STOPPED)


def _allow_many_connections() -> None:
    """Let this process open as many files as the system lets it: hundreds of lanes have as many connections."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(most, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main() -> None:
    """Run the program and exit with its code."""
    argv = sys.argv[1:]
    open_streams()
    _allow_many_connections()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _terminated)  # before and after the workers, who take signals themselves
    try:
        if wants_help(app, argv):
            say(page(app, argv, shutil.get_terminal_size().columns))
            code = int(Exit.OK)
        else:
            code = app(argv, print_error=False, exit_on_error=False)
    except CycloptsError as error:
        code = _refuse(SettingsError(f"{error}", tip="guayaba-batch --help, or --help after a command."), argv)
    except BatchError as error:
        code = _refuse(error, argv)
    except OSError as fault:
        code = _refuse(BatchError(f"the system said no: {fault}.", tip="mend that; the same command goes on."), argv)
    except KeyboardInterrupt:
        tell("\nguayaba-batch: interrupted; what was sent is in the journal.")
        code = Exit.SIGINT
    sys.exit(int(code or 0))
