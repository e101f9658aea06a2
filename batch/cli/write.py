"""The commands that write to the API: `fulfill`, `update`, `update-by-id`, and `run`, which repeats a job file.

Flow: options -> `Preconditions` -> `start` -> `runs.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.change_flags import Campaign, Status
from batch.cli.console import require_confirmation, run_and_report, stdin_source
from batch.cli.input_files import MoreFiles, input_source
from batch.cli.options import InputFile, Json, ReadingFlags, RunFlags, SaveJob, read_flags
from batch.cli.preconditions import Preconditions

if TYPE_CHECKING:
    from batch.cli.job_file import JobFile
    from batch.loader import SeveralFiles
    from batch.runs.events import RunStarted
    from batch.settings.read_options import ReadOptions
    from batch.settings.settings import Settings


def fulfill(
    file: InputFile,
    *more_files: MoreFiles,
    reading: ReadingFlags | None = None,
    options: RunFlags | None = None,
    json: Json = False,
    save_job: SaveJob = None,
) -> int:
    """Mark every contact in FILE as fulfilled: all scheduled outreach is cancelled.

    FILE is CSV, XLSX, XLS, ODS, Parquet, JSON, vCard or - for stdin. If a run stops early, the same command continues
    it.
    """
    return _run("fulfill", file, more_files, None, None, reading, options, json, save_job)


def update(
    file: InputFile,
    *more_files: MoreFiles,
    status: Status = None,
    campaign: Campaign = None,
    reading: ReadingFlags | None = None,
    options: RunFlags | None = None,
    json: Json = False,
    save_job: SaveJob = None,
) -> int:
    """Change the status, the campaign or both of every contact in FILE. Contacts are found by phone number."""
    return _run("update", file, more_files, status, campaign, reading, options, json, save_job)


def update_by_id(
    file: InputFile,
    *more_files: MoreFiles,
    status: Status = None,
    campaign: Campaign = None,
    reading: ReadingFlags | None = None,
    options: RunFlags | None = None,
    json: Json = False,
    save_job: SaveJob = None,
) -> int:
    """Change contacts by their id: columns name, phoneNumber, timezone, status, campaignId and var:NAME.

    An empty cell changes nothing. Variables that a row does not set are kept (--variables). A row without an id is
    found by its phone number.
    """
    return _run("update-by-id", file, more_files, status, campaign, reading, options, json, save_job)


def run_job(
    job: Annotated[Path, Parameter(help="The job file.")],
    file: InputFile,
    *more_files: MoreFiles,
    options: RunFlags | None = None,
    json: Json = False,
) -> int:
    """Repeat the job that --save-job saved in JOB, on another FILE. Options given here replace those of the job."""
    from batch.cli.job_file import load

    preconditions = Preconditions()
    saved = preconditions.check(partial(load, job))
    settings = preconditions.read_settings(
        options, stdin_is_input=str(file) == "-", as_json=json, job=saved.layer(job) if saved else None
    )
    preconditions.check(partial(require_confirmation, settings.yes))
    source = preconditions.check(partial(input_source, file, more_files))
    preconditions.raise_with_file(source, saved.reading if saved else None, settings)
    assert saved is not None and source is not None
    return start(saved.reading, source, settings, json)


def _run(
    operation: str,
    file: Path,
    more_files: Sequence[Path],
    status: str | None,
    campaign: str | None,
    reading: ReadingFlags | None,
    options: RunFlags | None,
    as_json: bool,
    save_job: Path | None,
) -> int:
    preconditions = Preconditions()
    settings = preconditions.read_settings(options, stdin_is_input=str(file) == "-", as_json=as_json)
    chosen = preconditions.check(partial(read_flags, operation, reading, status, campaign, settings.region))
    on_start: Callable[[RunStarted], None] = _do_nothing
    if save_job is not None and chosen is not None:
        from batch.cli import job_file

        job = job_file.build(chosen, options.given() if options else {})
        preconditions.check(partial(job_file.require_free, job, save_job))
        on_start = partial(_save_job, job, save_job)
    preconditions.check(partial(require_confirmation, settings.yes))
    source = preconditions.check(partial(input_source, file, more_files))
    preconditions.raise_with_file(source, chosen, settings)
    assert chosen is not None and source is not None
    return start(chosen, source, settings, as_json, on_start)


def _save_job(job: JobFile, path: Path, started: RunStarted) -> None:
    """Save `job` with the columns that its first run reads: the next runs read these and no others."""
    from batch.cli import job_file

    job_file.save(replace(job, reading=replace(job.reading, columns=started.columns)), path)


def _do_nothing(_: object) -> None:
    return None


def start(
    reading: ReadOptions,
    source: Path | SeveralFiles,
    settings: Settings,
    as_json: bool,
    on_start: Callable[[RunStarted], None] = _do_nothing,
) -> int:
    """Run, and return the exit code. `on_start` is called once the run has started and nothing can be refused."""
    from batch.runs.spec import FileRun

    return run_and_report(FileRun(source, reading, settings.run, stdin_source(source)), settings, as_json, on_start)
