"""The command `rerun`: run the rows of a report that did not succeed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report
from batch.cli.options import Json, RunFlags, parse_corrections, parse_outcomes
from batch.cli.preconditions import Preconditions
from batch.settings.read_options import READ_OPTIONS


def rerun(
    report: Annotated[Path, Parameter(help="A failures or outcomes file of a run.")],
    *,
    only: Annotated[
        tuple[str, ...],
        Parameter(help="Only these outcomes, for example failed,pending.", negative="", show_default=False),
    ] = (),
    region: Annotated[str | None, Parameter(help="The country of numbers without a country code.")] = None,
    corrections: Annotated[str | None, Parameter(help=READ_OPTIONS["corrections"].help, show_default=False)] = None,
    options: RunFlags | None = None,
    json: Json = False,
) -> int:
    """Run the rows of REPORT (a failures or outcomes file) that did not succeed, with their cells as they are now."""
    from batch.runs.rerun import source_run
    from batch.runs.spec import ReportRun

    preconditions = Preconditions()
    outcomes = preconditions.check(partial(parse_outcomes, only))
    corrected = preconditions.check(partial(parse_corrections, corrections))
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.check(partial(require_confirmation, settings.yes))
    preconditions.raise_with(partial(source_run, report, settings.out))
    spec = ReportRun(report, settings.run, outcomes or (), region, corrected or ())
    return run_and_report(spec, settings, json)
