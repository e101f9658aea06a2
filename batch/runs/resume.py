"""A run that goes on from its journal, without its input.

Owns: how a resumed run is found, and what is said or refused where its input changed since.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from batch.errors import InputRefused
from batch.model import RunKind, RunPlan
from batch.runs import input_drift
from batch.runs.binding import require_plan
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import OpenRun
from batch.runs.folder.run_name import resolve_folder
from batch.runs.plans.apply import as_planned
from batch.runs.spec import ResumedRun
from batch.runs.supersede import supersede
from batch.settings.slices import RunSettings
from batch.text.language import pluralize, tr


@dataclass(frozen=True, slots=True)
class LoadedResume:
    """A run that goes on; it has its rows and its plan already."""

    settings: RunSettings
    plan: RunPlan
    opened: OpenRun
    notices: tuple[str, ...] = ()

    needs_campaigns = False

    @property
    def kind(self) -> RunKind:
        return self.plan.kind

    @property
    def accounts(self) -> Sequence[str]:
        return tuple(self.plan.accounts)

    @property
    def source_format(self) -> str:
        return self.plan.source.format

    def resumed_notices(self, _plan: RunPlan) -> tuple[str, ...]:
        return self.notices

    def supersede(self, opened: OpenRun, plan: RunPlan) -> None:
        supersede(opened.journal, RunCatalog(opened.folder.parent).newer_runs(plan, plan.planned_at))


def require_unfinished(opened: OpenRun, plan: RunPlan) -> None:
    """Raise InputRefused where the run is over although rows of it are pending: another run took them."""
    journal = opened.journal
    if not journal.is_closed or journal.is_settled():
        return
    pending = sum(journal.pending_by_account().values())
    folder = opened.folder.parent / (journal.taken_by or _find_successor(opened.folder, plan))
    named = folder != opened.folder.parent
    by = tr("{name} took its rows", name=folder.name) if named else tr("a later run took its rows")
    raise InputRefused(
        tr(
            "{name} is over: {by}. It can no longer send its {pending_rows}. Nothing was sent.",
            name=opened.folder.name,
            by=by,
            pending_rows=pluralize(pending, "pending row"),
        ),
        tip=tr("continue that run instead: guayaba-batch resume {folder}.", folder=shlex.quote(str(folder)))
        if named
        else tr("`guayaba-batch runs` lists the later runs."),
    )


def _find_successor(folder: Path, plan: RunPlan) -> str:
    """The name of the later run that took the rows of `plan`, for a journal that does not name it; empty where none is
    known."""
    later = [each for each in RunCatalog(folder.parent).runs() if each.plan.planned_at > plan.planned_at]
    for each in later:
        takes = each.plan.source_run == plan.run or each.plan.command_fingerprint == plan.command_fingerprint
        if takes or (plan.path_fingerprint and each.plan.path_fingerprint == plan.path_fingerprint):
            return each.folder.name
    return ""


@contextmanager
def load_resumed(spec: ResumedRun) -> Iterator[LoadedResume]:
    """The unfinished run of `spec`, locked. Raises as `binding.require_plan`, and InputRefused where the input of the
    newest run changed, since the user must choose then."""
    settings, out = spec.settings, spec.settings.out
    folder = RunCatalog(out).find_latest_unfinished() if spec.folder is None else resolve_folder(spec.folder, out)
    with run_folder.reopen_run(folder) as opened:
        plan = require_plan(opened, settings.access)
        require_unfinished(opened, plan)
        settings = as_planned(settings.at(plan.base_url, plan.rate), plan.applied)
        notices: tuple[str, ...] = ()
        if not opened.journal.is_closed and (drift := input_drift.drift_notice(opened, plan)):
            if spec.folder is None:
                raise input_drift.resume_refusal(opened, drift)
            notices = (tr("{drift} The rows are sent as they were.", drift=drift),)
        yield LoadedResume(settings, plan, opened, notices)
