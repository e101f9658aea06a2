"""The commands that go on from an earlier run: `rerun` and `resume`.

Owns: their own options.
Does not own: which rows are taken (`loader/reports/chosen.py`), which run is meant (`runs/`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.commands.at_once import AtOnce
from batch.commands.options import RunOptions, outcomes_of
from batch.terminal.console import finish, need_confirmation


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
    from batch import stages
    from batch.rerunning import run_of

    wrong = AtOnce()
    chosen = wrong.told(partial(outcomes_of, only))
    settings = wrong.settings(options)
    wrong.told(partial(need_confirmation, settings.yes))
    wrong.settle_with(partial(run_of, report, settings))
    as_json = options is not None and options.json
    return finish(
        lambda hooks: stages.rerun(report, settings, hooks, only=chosen or (), region=region),
        settings,
        as_json,
    )


def resume(
    run_folder: Annotated[Path | None, Parameter(help="The run's folder.")] = None,
    /,
    *,
    options: RunOptions | None = None,
) -> int:
    """Go on with an unfinished run: RUN, or else the newest one. Its input is not needed."""
    from batch import stages

    wrong = AtOnce()
    settings = wrong.settings(options)
    wrong.settle_with_run(run_folder, settings)
    as_json = options is not None and options.json
    return finish(lambda hooks: stages.resume(run_folder, settings, hooks), settings, as_json)
