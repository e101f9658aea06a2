"""A run that undoes another: how it is found or made, its rows, its plan and its preview.

Owns: what an undo takes from the run that it undoes, and what the user reads before its first write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec

from batch.codes import title
from batch.errors import InputRefused
from batch.guayaba.teams import Teams
from batch.journal.journal import Journal
from batch.journal.row_queries import count_by_code
from batch.model import ContactChange, Outcome, RunKind, RunPlan
from batch.runs.binding import require_plan
from batch.runs.folder import run_folder
from batch.runs.folder.catalog import RunCatalog, same_keys
from batch.runs.folder.run_folder import OpenRun
from batch.runs.folder.run_name import resolve_folder
from batch.runs.plan import Outlook, PlanPreview, build_preview, with_keys
from batch.runs.spec import UndoRun
from batch.runs.supersede import supersede
from batch.runs.undo.rows import NOT_PUT_BACK, undo_operation, undo_rows
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import RunSettings
from batch.text.language import pluralize, tr

#: Outcomes that an undo gives its rows before anything is sent.
_NOT_SENT = (Outcome.INVALID, Outcome.HELD, Outcome.UNCHANGED, Outcome.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class LoadedUndo:
    """The undo of the run `undone`, whose folder is open as `source`."""

    settings: RunSettings
    undone: RunPlan
    source: OpenRun
    catalog: RunCatalog

    kind = RunKind.UNDO
    verb = RunKind.UNDO
    needs_campaigns = True  # the preview names them

    @property
    def accounts(self) -> Sequence[str]:
        return tuple(self.undone.accounts)

    @property
    def source_format(self) -> str:
        return self.undone.source.format

    @property
    def source_path(self) -> str:
        return self.undone.source.path

    @property
    def command(self) -> str:
        """The fingerprint by which the same undo is found again."""
        return sha256(msgspec.json.encode([RunKind.UNDO, 1, self.undone.run, self.undone.base_url])).hexdigest()

    def resumed_notices(self, _plan: RunPlan) -> tuple[str, ...]:
        return ()

    def apply_team(self, _teams: Teams) -> LoadedUndo:
        return self

    def write_rows(self, opened: OpenRun, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
        """Write the rows, and what each contact must still be for its row to be sent."""
        into, done = opened.journal, self.source.journal
        into.write_rows(
            ([each.row for each in part] for part in undo_rows(done, self.undone)),
            teams.statuses.stopping_names,
            accounts=bool(self.undone.accounts),
        )
        rows = (each for part in undo_rows(done, self.undone) for each in part)
        into.expect((ordinal, each.left) for ordinal, each in enumerate(rows, start=1) if each.left is not None)
        unkeyed = msgspec.structs.replace(
            self.undone,
            run=opened.folder.name,
            verb=RunKind.UNDO,
            command_fingerprint=self.command,
            operation=undo_operation(self.undone),
            change=ContactChange(),
            formats=self.settings.output.format or self.undone.formats,
            source_run=self.undone.run,
            path_fingerprint="",
            input_path="",
            skip_unchanged=False,
            keep_before=False,
            left_out=0,
        )
        return with_keys(unkeyed, self.settings.access.rate, lanes, teams)

    def supersede(self, opened: OpenRun, _plan: RunPlan) -> None:
        """Settle the rows whose contacts a run wrote that is later than the undone one. Other undos of that run do not
        count: what they wrote is older."""
        undone = self.undone
        self.catalog.refresh()
        undos = {
            each.folder
            for each in self.catalog.runs()
            if each.plan.kind is RunKind.UNDO and each.plan.source_run == undone.run
        }
        newer = self.catalog.newer_runs(undone, undone.planned_at)
        known = {self.source.journal.path: same_keys(undone, undone)}
        supersede(opened.journal, {path: same for path, same in newer.items() if path.parent not in undos}, known)

    def preview(self, opened: OpenRun, plan: RunPlan, outlook: Outlook) -> PlanPreview:
        """What is about to be written. Raises InputRefused where no row can be undone for want of an earlier read: the
        undone run is not closed then."""
        journal = opened.journal
        pending, unread = journal.pending_by_account(), _unread_warning(journal)
        if unread and not pending:
            raise InputRefused(
                tr("{run} cannot be undone: {unread}. Nothing was sent.", run=self.undone.run, unread=unread[0]),
                tip=tr(
                    "its outcomes file names the contacts: look at them in the dashboard. A run with "
                    "--skip-unchanged or --keep-before reads each contact before it writes, and can be undone."
                ),
            )
        return replace(
            build_preview(plan, journal, self.settings.guards, self.settings.limit, outlook),
            warnings=(*unread, *self._warnings(journal)),
            verb=f"{RunKind.UNDO} {self.undone.run}",
        )

    def _warnings(self, journal: Journal) -> Iterator[str]:
        yield tr("each contact is read first; one that was changed after the run stays as it is")
        left_alone = Counter(count_by_code(journal, _NOT_SENT))
        del left_alone["before_unknown"]
        for code, count in left_alone.most_common():
            yield f"{pluralize(count, 'row')}: {title(code)} ({code})"
        if partly := journal.count_pending(NOT_PUT_BACK):
            yield tr(
                "{rows} restored in part: each one names the fields that no call restores (put_back_in_part)",
                rows=pluralize(partly, "row"),
            )
        yield tr("calls and messages that the run cancelled do not come back: an active contact gets new ones")
        if not self.source.journal.is_closed:
            yield tr("{run} is not finished. After this undo it can no longer be resumed", run=self.undone.run)

    def close_replaced(self, by: str) -> None:
        """Close the undone run: the run `by` takes its rows."""
        if not self.source.journal.is_closed:
            self.source.journal.close_run(taken_by=by)


@contextmanager
def load_undo(spec: UndoRun) -> Iterator[LoadedUndo]:
    """The undo of the run of `spec`, which is locked meanwhile. Raises as `binding.require_plan`."""
    with run_folder.reopen_run(resolve_folder(spec.folder, spec.settings.out)) as source:
        undone = require_plan(source, spec.settings.access)
        settings = spec.settings.at(undone.base_url).below(source.folder.parent)
        yield LoadedUndo(settings, undone, source, RunCatalog(settings.out))


def _unread_warning(journal: Journal) -> list[str]:
    """The warning about the rows that cannot be undone because their contacts were not read before; none for none."""
    rows = count_by_code(journal, _NOT_SENT).get("before_unknown", 0)
    total = pluralize(journal.count_rows(), "row")
    return (
        [
            tr(
                "the contacts of {rows:,} of {total} were not read before they were written, so they stay as they are",
                rows=rows,
                total=total,
            )
        ]
        if rows
        else []
    )
