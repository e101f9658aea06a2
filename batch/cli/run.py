"""The commands that write to the API: `fulfill`, `update`, `update-by-id`, and `run`, which repeats a kept one.

Owns: their own options; the way from options to a run, and when a job is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report, stdin_source
from batch.cli.options import InputFile, ReadingOptions, RunOptions, SaveJob, build_read_options, option_flags
from batch.cli.preconditions import Preconditions

if TYPE_CHECKING:
    from batch.loader import ReadOptions
    from batch.runs.session import RunObserver, RunStarted
    from batch.runs.summary import Summary
    from batch.settings.settings import Settings


def fulfill(
    file: InputFile,
    *,
    reading: ReadingOptions | None = None,
    options: RunOptions | None = None,
    save_job: SaveJob = None,
) -> int:
    """Mark every contact in FILE as fulfilled: all scheduled outreach is cancelled.

    FILE is CSV, XLSX, XLS, ODS, Parquet, JSON, vCard and others, or - for stdin. The same command goes on with a run
    that was cut short.
    """
    return _run("fulfill", file, None, None, reading, options, save_job)


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

    An empty cell changes nothing, and variables that a row does not set are kept (--variables). A row without an id is
    found by its phone.
    """
    return _run("update-by-id", file, status, campaign, reading, options, save_job)


def run_job(
    job: Annotated[Path, Parameter(help="The job file.")],
    file: InputFile,
    *,
    options: RunOptions | None = None,
) -> int:
    """Repeat the job that --save-job kept in JOB, on another FILE. Options given here go before the job's."""
    from batch.cli.job_file import load

    wrong = Preconditions()
    kept = wrong.told(partial(load, job))
    settings = wrong.settings(options, stdin_is_input=str(file) == "-", job=kept.layer(job) if kept else None)
    wrong.told(partial(require_confirmation, options is not None and options.yes))
    wrong.settle_with_file(file, kept.reading if kept else None, settings)
    assert kept is not None
    return start(kept.reading, file, settings, options is not None and options.json)


def _run(
    verb: str,
    file: Path,
    status: str | None,
    campaign: str | None,
    reading: ReadingOptions | None,
    options: RunOptions | None,
    save_job: Path | None,
) -> int:
    wrong = Preconditions()
    settings = wrong.settings(options, stdin_is_input=str(file) == "-")
    chosen = wrong.told(partial(build_read_options, verb, reading, status, campaign, settings.region))
    began: Callable[[], None] = _do_nothing
    if save_job is not None and chosen is not None:
        from batch.cli import job_file

        kept = job_file.build(chosen, option_flags(options))
        wrong.told(partial(job_file.require_free, kept, save_job))
        began = partial(job_file.save, kept, save_job)
    wrong.told(partial(require_confirmation, settings.yes))
    wrong.settle_with_file(file, chosen, settings)
    assert chosen is not None
    return start(chosen, file, settings, options is not None and options.json, began)


def _do_nothing() -> None:
    return None


def start(
    reading: ReadOptions, file: Path, settings: Settings, as_json: bool, began: Callable[[], None] = _do_nothing
) -> int:
    """Run, and tell `began` once nothing was refused."""
    from batch.runs import run

    def stretch(hooks: RunObserver) -> Summary:
        def heard(news: RunStarted) -> None:
            began()
            hooks.began(news)

        return run.run(file, reading, settings, replace(hooks, began=heard), stdin=stdin_source(file))

    return run_and_report(stretch, settings, as_json)
