"""A run that applies a plan: how it is found or made, its rows, its plan and its preview.

Owns: what a plan is bound to (address, keys, time, input, approvals), and what its rows are in a run.
Flow: plan file -> keys and address -> seals and cells -> approvals -> rows with what their contacts must still be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import msgspec

from batch.errors import InputRefused
from batch.guayaba.contact import Contact
from batch.guayaba.teams import Teams
from batch.journal.entries import ContactListed
from batch.journal.planned_contacts import ExpectedContact, expect_contacts, rows_without_planned_call
from batch.journal.row_queries import rows_digest
from batch.loader.plans.read import CheckedPlan, check_plan, content_digest, open_plan
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.model import AppliedPlan, Outcome, PlannedRow, RunKind, RunPlan
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import OpenRun, require_local_disk
from batch.runs.plan import Outlook, PlanPreview, build_preview, with_keys
from batch.runs.plans.approval import Approval, require_approvals
from batch.runs.plans.plan_binding import require_plan_access, require_same_input, require_valid
from batch.runs.spec import ApplyRun
from batch.runs.supersede import supersede
from batch.settings.accounts import ApiKeyLimits
from batch.settings.slices import RunSettings
from batch.text.language import pluralize, tr
from batch.text.utc import utc_minute

_FINGERPRINT_VERSION: Final = 1
#: Rows that are written into the journal at a time.
_BATCH_SIZE: Final = 4096
#: Rows without a call whose contacts are read again: nothing is called done by a read of the plan.
_READ_AGAIN: Final = (Outcome.UNCHANGED, Outcome.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class LoadedApply:
    """The rows of a plan, checked and approved."""

    settings: RunSettings
    checked: CheckedPlan
    applied: AppliedPlan
    command: str
    catalog: RunCatalog

    kind = RunKind.APPLY
    verb = RunKind.APPLY
    needs_campaigns = False

    @property
    def facts(self) -> PlanFacts:
        return self.checked.facts

    @property
    def accounts(self) -> Sequence[str]:
        return tuple(account for account in self.facts.keys if account)

    @property
    def source_format(self) -> str:
        return self.facts.source.format

    @property
    def source_path(self) -> str:
        return self.facts.source.path

    @property
    def notices(self) -> tuple[str, ...]:
        applied, lines = self.applied, [*self.checked.notices]
        made = utc_minute(applied.made_at)
        lines.append(tr("by the plan {name}, made {made}", name=applied.name, made=made))
        if applied.approved_by:
            lines.append(tr("approved by {names}", names=", ".join(applied.approved_by)))
        if applied.skipped or applied.removed:
            removed = pluralize(applied.removed, "row")
            lines.append(
                tr("left out of the plan: {removed} removed, {skipped:,} marked skip", removed=removed,
                   skipped=applied.skipped)
            )  # fmt: skip
        if applied.replan:
            lines.append(tr("--replan: a contact that changed since the plan is checked again, and may be written"))
        return tuple(lines)

    def resumed_notices(self, _plan: RunPlan) -> tuple[str, ...]:
        return self.notices

    def apply_team(self, teams: Teams) -> LoadedApply:
        """This run. Raises InputRefused where a status that the plan sets has another effect on outreach now."""
        if not teams.statuses.known:
            return self
        asked = {row.change.status for row in self.checked.rows if row.change is not None and row.change.status}
        then, now = frozenset(self.facts.stopping_statuses), teams.statuses.stopping_names
        if changed := sorted(status for status in asked if (status in then) != (status in now)):
            raise InputRefused(
                tr(
                    "the team's status {status} has another effect on outreach than when {plan} was made. Nothing was"
                    " sent.",
                    status=", ".join(changed),
                    plan=self.facts.name,
                ),
                tip=tr("plan the file again."),
            )
        return self

    def write_rows(self, opened: OpenRun, lanes: Sequence[ApiKeyLimits], teams: Teams) -> RunPlan:
        """Write the rows, and what each contact must still be for its row to be sent."""
        journal, facts, rows = opened.journal, self.facts, self.checked.rows
        parts = (rows[start : start + _BATCH_SIZE] for start in range(0, len(rows), _BATCH_SIZE))
        several = any(lane.account for lane in lanes)
        journal.write_rows(
            ([_planned_row(row) for row in part] for part in parts), facts.stopping_statuses, accounts=several
        )
        numbered = [(ordinal, row) for ordinal, row in enumerate(rows, start=1) if _is_pending(row)]
        expect_contacts(
            journal, ((ordinal, ExpectedContact(_contacts(row), row.outcome is None)) for ordinal, row in numbered)
        )
        journal.append(
            ContactListed(ordinal, row.read_at, row.seen)
            for ordinal, row in numbered
            if row.seen is not None and row.read_at is not None
        )
        unkeyed = RunPlan(
            run=opened.folder.name,
            verb=RunKind.APPLY,
            command_fingerprint=self.command,
            operation=facts.operation,
            base_url=facts.base_url,
            key_fingerprint="",
            source=facts.source,
            change=facts.change,
            stopping_statuses=(),
            rate=None,
            formats=self.settings.output.format,
            planned_at=0.0,
            read_options=facts.reading,
            rows_digest=rows_digest(journal),
            skip_unchanged=True,
            keep_before=True,
            left_out=facts.left_out,
            applied=self.applied,
        )
        keyed = with_keys(unkeyed, self.settings.access.rate, lanes, teams)
        stopped = tuple(sorted({*facts.stopped, *keyed.stopping_in_any_team}))
        return msgspec.structs.replace(keyed, stopping_statuses=facts.stopping_statuses, stopping_in_any_team=stopped)

    def supersede(self, opened: OpenRun, plan: RunPlan) -> None:
        self.catalog.refresh()
        supersede(opened.journal, self.catalog.newer_runs(plan, plan.planned_at))

    def preview(self, opened: OpenRun, plan: RunPlan, outlook: Outlook) -> PlanPreview:
        guards, needless = self.settings.guards, rows_without_planned_call(opened.journal)
        preview = build_preview(plan, opened.journal, guards, self.settings.limit, outlook, needless=needless)
        outcomes = Counter(row.outcome for row in self.checked.rows)
        skipped = Counter(preview.skipped)
        skipped.update(row.code for row in self.checked.rows if row.outcome is Outcome.NOT_FOUND and _is_pending(row))
        return replace(
            preview,
            names={**preview.names, **self.facts.campaigns},
            unchanged=outcomes[Outcome.UNCHANGED],
            skipped=skipped,
            notices=self.notices,
            verb=f"{RunKind.APPLY} {self.facts.name}",
        )

    def close_replaced(self, by: str) -> None:
        """No run is replaced."""


def load_apply(spec: ApplyRun) -> LoadedApply:
    """The plan of `spec`, checked. Raises InputRefused where it is not as it was made, is not for these keys or this
    address, has expired, or lacks an approval; SettingsError where an account has no key."""
    opened = open_plan(spec.plan)
    require_plan_access(opened, spec.settings.access)
    settings = spec.settings.at(opened.facts.base_url, opened.facts.rate)
    lanes = settings.access.lanes(tuple(account for account in opened.facts.keys if account))
    checked = check_plan(opened, {lane.account: lane.key for lane in lanes})
    facts = checked.facts
    require_valid(facts)
    require_same_input(facts)
    digest = content_digest(opened)
    approvals = require_approvals(spec, digest, facts)
    require_local_disk(settings.out)
    applied = AppliedPlan(
        name=facts.name,
        made_at=facts.made_at,
        digest=digest,
        approved_by=tuple(map(Approval.who, approvals)),
        skipped=checked.skipped,
        removed=checked.removed,
        replan=spec.replan,
        allow_reactivation=facts.allow_reactivation,
        allow_lifting_dnc=facts.allow_lifting_dnc,
    )
    parts = [RunKind.APPLY, _FINGERPRINT_VERSION, digest, spec.replan]
    command = sha256(msgspec.json.encode(parts)).hexdigest()
    settings = as_planned(settings, applied)
    return LoadedApply(settings, checked, applied, command, RunCatalog(settings.out))


def as_planned(settings: RunSettings, applied: AppliedPlan | None) -> RunSettings:
    """`settings` with the guards of the plan that a run applies: what it passes was approved with it."""
    if applied is None:
        return settings
    guards = replace(
        settings.guards,
        allow_reactivation=applied.allow_reactivation,
        allow_lifting_dnc=applied.allow_lifting_dnc,
        assume_stale=False,
    )
    return replace(settings, dispatch=replace(settings.dispatch, guards=guards))


def _is_pending(row: PlanRow) -> bool:
    """True where the contact of `row` is read again, whether or not the plan makes a call for it."""
    if row.outcome is None:
        return True
    return row.outcome in _READ_AGAIN and row.contact is not None and (row.phone or row.seen) is not None


def _contacts(row: PlanRow) -> tuple[Contact, ...]:
    return () if row.seen is None else (row.seen, *row.others)


def _planned_row(row: PlanRow) -> PlannedRow:
    pending = _is_pending(row)
    phone = row.phone if row.seen is None else row.seen.phone_number or row.phone
    return PlannedRow(
        row.number,
        row.cells,
        row.contact,
        phone,
        row.change,
        None if pending else row.outcome,
        "" if pending else row.code,
        "" if pending else row.message,
        row.same_as,
        row.repair,
        account=row.account,
    )
