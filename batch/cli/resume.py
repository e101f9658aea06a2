"""The commands that go on from an earlier run: `rerun` and `resume`.

Owns: their own options.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report
from batch.cli.options import RunOptions, parse_outcomes
from batch.cli.preconditions import Preconditions


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
    from batch.runs.rerun import source_run
    from batch.runs.spec import ReportRun

    wrong = Preconditions()
    chosen = wrong.told(partial(parse_outcomes, only))
    settings = wrong.settings(options)
    wrong.told(partial(require_confirmation, settings.yes))
    wrong.settle_with(partial(source_run, report, settings))
    as_json = options is not None and options.json
    return run_and_report(ReportRun(report, settings, chosen or (), region), settings, as_json)


def resume(
    run_folder: Annotated[Path | None, Parameter(help="The run's folder.")] = None,
    /,
    *,
    options: RunOptions | None = None,
) -> int:
    """Go on with an unfinished run: RUN, or else the newest one. Its input is not needed."""
    from batch.runs.spec import ResumedRun

    wrong = Preconditions()
    settings = wrong.settings(options)
    wrong.settle_with_run(run_folder, settings)
    as_json = options is not None and options.json
    return run_and_report(ResumedRun(run_folder, settings), settings, as_json)
