"""The command `undo`: put back what a run did.

Owns: its argument.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.cli.console import require_confirmation, run_and_report
from batch.cli.options import RunOptions
from batch.cli.preconditions import Preconditions


def undo(
    run_folder: Annotated[Path, Parameter(help="The folder of the run to be undone, or its name.")],
    /,
    *,
    options: RunOptions | None = None,
) -> int:
    """Put back what a run changed, as far as it had read what each contact was before: in a run of its own.

    Only the fields that the run set are put back. A contact that somebody changed after the run is left alone, and so
    is one that is DNC now, or would be called again (--allow-reactivation). A contact is read before it is written by
    runs with --skip-unchanged, and by those that start outreach.
    """
    from batch.runs.spec import UndoRun

    wrong = Preconditions()
    settings = wrong.settings(options)
    wrong.told(partial(require_confirmation, settings.yes))
    wrong.settle_with_run(run_folder, settings)
    as_json = options is not None and options.json
    return run_and_report(UndoRun(run_folder, settings), settings, as_json)
