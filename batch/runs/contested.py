"""Two runs that write one contact: at one time, or one after the other. The later one does not write it.

Owns: which runs these are, which rows of a new run are held back, and the refusals.

Each run reads a contact up to 15 seconds before it writes it. In that time another one may write it, and which of the
two changes stays is chance: a DNC could be confirmed, and be gone. Only the runs beside this one are known.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import time

from batch.errors import InputRefused, RunLocked
from batch.journal.contested import count_contested, count_taken_back, hold_contested
from batch.model import RunPlan
from batch.runs.folder import lock as run_lock
from batch.runs.folder.catalog import RunCatalog, same_keys
from batch.runs.folder.run_folder import JOURNAL, OpenRun
from batch.text.language import pluralize, tr


@contextmanager
def enter(catalog: RunCatalog, opened: OpenRun, plan: RunPlan, *, holds: bool = False) -> Iterator[Sequence[str]]:
    """What is done inside is seen by every run that enters later, and this one has seen all that entered before.

    Raises RunLocked where a run that is at work has still to write contacts of the pending rows of `opened`, and it
    matters who does it last. With `holds`, for a new run, such rows are held back instead and a notice is yielded for
    each run that they wait for: one shared contact must not keep a list of DNC back for hours. It is refused where no
    other row is left.
    """
    with run_lock.hold(catalog.out):
        catalog.refresh()
        others = {
            each.folder / JOURNAL: same
            for each in catalog.runs()
            if each.is_open
            and each.folder != opened.folder
            and each.plan.base_url == plan.base_url
            and (same := same_keys(plan, each.plan))
            and run_lock.holder(each.folder) is not None
        }
        contested = hold_contested(opened.journal, others, time()) if holds else count_contested(opened.journal, others)
        for name, rows in contested.items() if not holds or opened.journal.is_settled() else ():
            folder = catalog.out / name
            raise RunLocked(
                tr(
                    "{name} is at work (process id {holder}), and has still to write contacts of this one: {rows}. "
                    "One change could overwrite the other. Nothing was sent.",
                    name=name,
                    holder=run_lock.holder(folder) or 0,
                    rows=pluralize(rows, "row"),
                ),
                tip=tr(
                    "wait until it ends, or stop it (Ctrl-C). Then give this command, and after it: guayaba-batch "
                    "resume {folder}.",
                    folder=shlex.quote(str(folder)),
                ),
            )
        yield [
            tr(
                "{rows} not sent (held): {name} is at work, and has still to write these contacts otherwise. "
                "When it has ended, rerun the rows from the report of this run",
                rows=pluralize(rows, "row"),
                name=name,
            )
            for name, rows in contested.items()
        ]


def require_not_taken_back(catalog: RunCatalog, opened: OpenRun, plan: RunPlan) -> None:
    """Raise InputRefused where a later run has taken back what the unfinished run of `opened` had done. Who gives its
    command again wants all of its rows as they ask, and it would send only the pending ones."""
    newer = catalog.newer_runs(plan, plan.planned_at)
    for name, rows in count_taken_back(opened.journal, newer).items():
        raise InputRefused(
            tr(
                "{run} is not finished, and {name} has since changed what it had done: {rows}. This command would not "
                "send these rows again. Nothing was sent.",
                run=opened.folder.name,
                name=name,
                rows=pluralize(rows, "row"),
            ),
            tip=tr(
                "to send every row: give the command again with --fresh. To send only the pending rows: guayaba-batch "
                "resume {folder}.",
                folder=shlex.quote(str(opened.folder)),
            ),
        )
