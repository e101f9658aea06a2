"""Two runs at work at one time on one contact: the later command is refused.

Owns: which runs these are, and the refusal.

Each run reads a contact up to 15 seconds before it writes it. In that time another one may write it, and which of the
two changes stays is chance: a DNC could be confirmed, and be gone. Only the runs beside this one are known.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from batch.errors import RunLocked
from batch.journal.contested import count_contested
from batch.model import RunPlan
from batch.runs.folder import lock as run_lock
from batch.runs.folder.catalog import RunCatalog, same_keys
from batch.runs.folder.run_folder import JOURNAL, OpenRun
from batch.text.language import pluralize, tr


@contextmanager
def enter(catalog: RunCatalog, opened: OpenRun, plan: RunPlan) -> Iterator[None]:
    """What is done inside is seen by every run that enters later, and this one has seen all that entered before.

    Raises RunLocked where a run that is at work has still to write contacts of the pending rows of `opened`, and it
    matters who does it last.
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
        for name, rows in count_contested(opened.journal, others).items():
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
        yield
