"""The command `undo`: put back what a run did.

Owns: its argument.
Does not own: who is put back and who is left alone (`reversal/undone.py`, `dispatcher/hindsight.py`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from batch.commands.at_once import AtOnce
from batch.commands.options import RunOptions
from batch.terminal.console import finish, need_confirmation


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
    from batch import stages

    wrong = AtOnce()
    settings = wrong.settings(options)
    wrong.told(partial(need_confirmation, settings.yes))
    wrong.settle_with_run(run_folder, settings)
    as_json = options is not None and options.json
    return finish(lambda hooks: stages.undo(run_folder, settings, hooks), settings, as_json)
