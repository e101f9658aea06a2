"""A run over the rows of a file, or of a report whose rows are sent again.

Owns: how such a run is found or made, its rows, its plan and its preview.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import time

import msgspec

from batch import loader
from batch.guayaba.teams import Teams
from batch.journal.doubts import contacts_in_doubt, mark_in_doubt
from batch.journal.row_queries import rows_digest
from batch.loader import LoadedSource, ReadOptions
from batch.loader.reports.verified_rows import NONE_VERIFIED, VerifiedRows, verified_rows
from batch.loader.review.findings import unread_columns
from batch.model import Operation, RunKind, RunPlan
from batch.runs import input_drift, team_check
from batch.runs.clock_notice import clock_notice
from batch.runs.fingerprint import Fingerprints, build_fingerprints, with_fulfil_change
from batch.runs.folder.catalog import RunCatalog, same_keys
from batch.runs.folder.run_folder import JOURNAL, OpenRun, close_run, read_journal, require_local_disk
from batch.runs.job_columns import keep_columns
from batch.runs.plan import Outlook, PlanPreview, build_preview, with_keys
from batch.runs.rerun import Rerun, plan_rerun, require_all_pending
from batch.runs.spec import FileRun, ReportRun
from batch.runs.supersede import supersede
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import RunSettings
from batch.text.language import tr
from batch.text.listing import list_first

#: Columns that say which contact a row is about, and change nothing of it.
_KEY_ROLES = ("phone", "id", "region", "account")
#: Columns that are not sent: as many are named.
_NAMED = 12


@dataclass(frozen=True, slots=True)
class LoadedFileRun:
    """The rows of a file, and the command that sends them; `rerun` where the file is a report."""

    settings: RunSettings
    options: ReadOptions
    loaded: LoadedSource
    fingerprints: Fingerprints
    #: Empty where the input is no file.
    input_path: str
    #: The runs beside this one.
    catalog: RunCatalog
    rerun: Rerun | None = None
    verified: VerifiedRows = NONE_VERIFIED
    #: The columns that a job leaves.
    column_notices: tuple[str, ...] = ()

    @property
    def kind(self) -> RunKind:
        return RunKind.RERUN if self.rerun else RunKind.RUN

    @property
    def accounts(self) -> Sequence[str]:
        return team_check.named_accounts(self.loaded)

    @property
    def source_format(self) -> str:
        return self.loaded.facts.format

    @property
    def needs_campaigns(self) -> bool:
        return team_check.needs_campaigns(self.options, self.loaded)

    @property
    def notices(self) -> tuple[str, ...]:
        return (*self.column_notices, *self.loaded.survey.notices)

    @property
    def verb(self) -> str:
        """What the user typed."""
        return RunKind.RERUN if self.rerun else self.options.operation.value

    @property
    def command(self) -> str:
        return self.fingerprints.command

    @property
    def source_path(self) -> str:
        """The path of the input, by which the run is named; of a rerun that of the first run."""
        return self.rerun.source_plan.source.path if self.rerun else self.loaded.facts.path

    def apply_team(self, teams: Teams) -> LoadedFileRun:
        loaded, options = team_check.apply_team(self.options, self.loaded, teams)
        return replace(self, loaded=loaded, options=options)

    def write_rows(self, opened: OpenRun, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
        several = any(lane.account for lane in lanes)
        opened.journal.write_rows(self.loaded.batches(), teams.statuses.stopping_names, accounts=several)
        if self.rerun:
            with read_journal(self.rerun.folder) as before:
                mark_in_doubt(opened.journal, contacts_in_doubt(before))
        return msgspec.structs.replace(
            self.build_plan(opened.folder.name, lanes, teams), rows_digest=rows_digest(opened.journal)
        )

    def build_plan(self, run: str, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
        """The plan of these rows in the run named `run`."""
        unkeyed = RunPlan(
            run=run,
            verb=self.verb,
            command_fingerprint=self.command,
            operation=self.options.operation,
            base_url=self.settings.access.address,
            key_fingerprint="",
            source=self.loaded.facts,
            change=self.options.ask,
            stopping_statuses=(),
            rate=None,
            formats=self.settings.output.format,
            planned_at=0.0,
            read_options=team_check.record_reading(self.options, self.loaded.team),
            source_run=self.rerun.source_plan.run if self.rerun else None,
            path_fingerprint=self.fingerprints.by_path,
            input_path=self.input_path,
            options_fingerprint=self.fingerprints.by_options,
            skip_unchanged=self.settings.guards.skip_unchanged,
            keep_before=self.settings.guards.keep_before,
            left_out=self.loaded.survey.left_out,
        )
        return with_keys(unkeyed, self.settings.access.rate, lanes, teams)

    def supersede(self, opened: OpenRun, plan: RunPlan) -> None:
        """Settle the rows whose contacts a run wrote that is later than this one, or than the run of the report; among
        the runs beside this one and beside the report."""
        since, known = plan.planned_at, {}
        self.catalog.refresh()
        catalogs = [self.catalog]
        if self.rerun:
            since = self.rerun.source_plan.planned_at
            known[self.rerun.folder / JOURNAL] = same_keys(plan, self.rerun.source_plan)
            if self.rerun.folder.absolute().parent != self.catalog.out.absolute():
                catalogs.append(RunCatalog(self.rerun.folder.parent))
        seen = self.verified
        if self.rerun:  # what its own run did after the report was written, such as after a resume
            supersede(
                opened.journal, dict(known), self.catalog.newer_runs(plan, since), except_rows=seen.numbers, starts=True
            )
        for catalog in catalogs:
            supersede(opened.journal, catalog.newer_runs(plan, since), known, except_rows=seen.numbers)
            if seen.numbers:  # what was written before these contacts were read back is not as asked
                supersede(opened.journal, catalog.runs_after_read(plan, since, seen.read_at, time()), known)

    def preview(self, opened: OpenRun, plan: RunPlan, outlook: Outlook) -> PlanPreview:
        return replace(
            build_preview(plan, opened.journal, self.settings.guards, self.settings.limit, outlook),
            survey=self.loaded.survey,
            fields=tuple(role for role in self.loaded.facts.roles if role not in _KEY_ROLES),
            notices=self.notices,
            warnings=tuple(self._warnings(plan, outlook.teams)),
        )

    def resumed_notices(self, begun: RunPlan) -> tuple[str, ...]:
        """What to say where these rows continue the run that was `begun`: also that its input came in another way."""
        now, then = self.loaded.facts, begun.source
        if self.rerun is None and now.sha256 != then.sha256:
            return (
                tr(
                    "{path} holds the rows of {run}, in another order or saved again",
                    path=_name(now.path),
                    run=begun.run,
                ),
                *self.notices,
            )
        if self.rerun is None and now.path != then.path:
            return (
                tr("{path} holds the same rows as {path_2}", path=_name(now.path), path_2=_name(then.path)),
                *self.notices,
            )
        return self.notices

    def _find_finished(self, new_plan: RunPlan) -> str:
        """Which finished run sent these rows before; empty where none did."""
        if finished := self.catalog.find_finished(self.command):
            return tr("an identical run already finished ({finished})", finished=finished)
        if finished := self.catalog.find_same_rows(new_plan):
            return tr("{finished} sent the same changes to the same contacts before", finished=finished)
        return ""

    def _warnings(self, new_plan: RunPlan, teams: Teams) -> Iterator[str]:
        if self.settings.guards.preflight and not teams.statuses.known:
            yield tr("the API did not list the team's statuses: the documented ones are assumed")
        yield from clock_notice(teams.clock_ahead)
        if not self.rerun and (finished := self._find_finished(new_plan)):
            yield (
                tr("{finished}. Only contacts that differ now are written", finished=finished)
                if self.settings.guards.skips_unchanged()
                else tr(
                    "{finished}: all rows are sent again. --skip-unchanged writes only contacts that differ now",
                    finished=finished,
                )
            )
        if self.options.operation is Operation.UPDATE_BY_ID and (unread := unread_columns(self.loaded)):
            yield tr(
                "columns that are not sent: {unread}. A column sets the variable NAME if its header is var:NAME, or "
                "with --map var:NAME=HEADER",
                unread=list_first(unread, _NAMED),
            )
        for lane in self.settings.access.lanes(self.accounts):
            if not lane.key.looks_usual:
                account = tr(": account {account}", account=lane.account) if lane.account else ""
                yield tr("the API key does not begin with gua_, as keys do{account}", account=account)

    def close_replaced(self, by: str) -> None:
        """Close the runs whose rows the run `by` takes."""
        fresh, by_path = self.settings.fresh, self.fingerprints.by_path
        replaced = set(input_drift.replaced_runs(self.catalog, self.command, by_path) if fresh else ())
        if self.rerun and self.rerun.closes:
            replaced.add(self.rerun.closes)
        for folder in replaced:
            close_run(folder, by)


def _name(path: str) -> str:
    return "stdin" if path == "-" else path


def load_file(spec: FileRun) -> LoadedFileRun:
    """The rows of the file of `spec`. Raises InputRefused where they cannot be sent at all."""
    return _load(spec, spec.settings, spec.options, None)


def load_report(spec: ReportRun) -> LoadedFileRun:
    """The rows of the report of `spec`. Raises InputRefused where its run, address or key is not found."""
    access, out = spec.settings.access, spec.settings.out
    rerun = plan_rerun(spec.report, access, out, spec.only, spec.region, spec.corrections)
    settings = spec.settings.at(rerun.source_plan.base_url, rerun.source_plan.rate)
    return _load(spec, settings, rerun.reading, rerun)


def _load(spec: FileRun | ReportRun, settings: RunSettings, options: ReadOptions, rerun: Rerun | None) -> LoadedFileRun:
    source, stdin = (spec.source, spec.stdin) if isinstance(spec, FileRun) else (spec.report, None)
    options = with_fulfil_change(options)
    team = team_check.initial_rules(settings.access, settings.guards, rerun.source_plan if rerun else None)
    loaded = loader.load(source, options, team, stdin=stdin, written=rerun.written if rerun else None)
    verified = verified_rows(spec.report) if isinstance(spec, ReportRun) else NONE_VERIFIED
    if isinstance(spec, ReportRun) and rerun and not settings.fresh:
        numbers = loaded.selected.numbers_in_run()
        rerun = require_all_pending(rerun, spec.report, numbers, verified=bool(verified.numbers))
    loaded, options, notices = keep_columns(loaded, options)
    path = input_drift.absolute_path(source)
    fingerprints = build_fingerprints(options, settings.access, loaded.facts.sha256, path)
    require_local_disk(settings.out)
    catalog = RunCatalog(settings.out)
    if not settings.fresh:
        fingerprints = fingerprints._replace(command=input_drift.find_command(catalog, fingerprints, loaded))
    return LoadedFileRun(
        settings=settings,
        options=options,
        loaded=loaded,
        fingerprints=fingerprints,
        input_path=path,
        catalog=catalog,
        rerun=rerun,
        verified=verified,
        column_notices=notices,
    )
