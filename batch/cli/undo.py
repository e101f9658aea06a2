"""The command `undo`: reverse the changes of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report
from batch.cli.options import Json, RunFlags
from batch.cli.preconditions import Preconditions


def undo(
    run_folder: Annotated[Path, Parameter(help="The run to reverse: its folder, its name, its short id, or latest.")],
    /,
    *,
    options: RunFlags | None = None,
    json: Json = False,
) -> int:
    """Reverse the changes of a run, where it read the contact before it wrote. This is a new run of its own.

    Only the fields that the run set are changed back. A contact that changed after the run is left unchanged, and so is
    one that is DNC now (--allow-lifting-dnc), or that would be called again (--allow-reactivation). Runs with
    --keep-before or --skip-unchanged, and runs that start outreach, read each contact before they write it.
    """
    from batch.runs.spec import UndoRun

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.check(partial(require_confirmation, settings.yes))
    preconditions.raise_with_run(run_folder, settings)
    return run_and_report(UndoRun(run_folder, settings.run), settings, json)
