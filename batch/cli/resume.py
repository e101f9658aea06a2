"""The command `resume`: continue an unfinished run without its input file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import run_and_report
from batch.cli.options import Json, RunFlags
from batch.cli.preconditions import Preconditions


def resume(
    run_folder: Annotated[Path | None, Parameter(help="The run: its folder, name, short id, or latest.")] = None,
    /,
    *,
    options: RunFlags | None = None,
    json: Json = False,
) -> int:
    """Continue an unfinished run: RUN, or the newest one. Its input file is not needed."""
    from batch.runs.spec import ResumedRun

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.raise_with_run(run_folder, settings)
    return run_and_report(ResumedRun(run_folder, settings.run), settings, json)
