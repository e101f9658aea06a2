"""The rows of a plan, from its journal, sealed by the keys.

Owns: what a row of the journal is in a plan, and the facts of the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from batch.guayaba.number_forms import siblings
from batch.guayaba.requests import OutreachEffect
from batch.journal.journal import Journal
from batch.journal.planned_contacts import PlannedContact, page_of_plan, planned_contacts
from batch.loader.plans import sealed
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.model import Operation, RunPlan
from batch.runs.plan import PlanPreview
from batch.settings.api_key import ApiKey
from batch.settings.slices import Guards


@dataclass(frozen=True, slots=True)
class SealedPlan:
    """The facts of a plan as they stand in its files, and the keys that seal its rows, by account."""

    facts: PlanFacts
    packed: str
    keys: Mapping[str, ApiKey]

    @classmethod
    def of(cls, facts: PlanFacts, keys: Mapping[str, ApiKey]) -> SealedPlan:
        return cls(facts, sealed.pack_facts(facts), keys)

    @property
    def facts_text(self) -> str:
        """The sealed text of the facts."""
        return f"{self.packed}.{sealed.seal_facts(self.packed, self.keys)}"

    def rows(self, journal: Journal) -> Iterator[tuple[PlanRow, str]]:
        """Yield each row of the plan in `journal` with its sealed text, in input order."""
        digest = sealed.facts_digest(self.packed)
        for planned in planned_contacts(journal):
            row = self._row(planned)
            packed = sealed.pack_row(row)
            yield row, f"{packed}.{sealed.seal_row(packed, digest, sealed.row_key(self.keys, row.account))}"

    def page(self, journal: Journal, code: str, offset: int, count: int) -> list[PlanRow]:
        """Up to `count` rows behind the first `offset`, as `page_of_plan` chooses them."""
        return [self._row(planned) for planned in page_of_plan(journal, code, offset, count)]

    def _row(self, planned: PlannedContact) -> PlanRow:
        return _plan_row(planned, by_id=self.facts.operation is Operation.UPDATE_BY_ID)


def build_facts(plan: RunPlan, preview: PlanPreview, guards: Guards, *, made_at: float, valid_for: float) -> PlanFacts:
    """The facts of the plan of `plan`, which `preview` counts."""
    by_effect = dict.fromkeys(OutreachEffect, 0)
    for change in preview.changes:
        by_effect[change.effect] += change.rows
    return PlanFacts(
        name=plan.run,
        operation=plan.operation,
        base_url=plan.base_url,
        keys=dict(plan.keys),
        source=plan.source,
        made_at=made_at,
        valid_until=made_at + valid_for,
        rows=preview.rows,
        calls=preview.calls,
        stops=by_effect[OutreachEffect.STOPS],
        starts=by_effect[OutreachEffect.STARTS],
        file=plan.input_path,
        change=plan.change,
        reading=dict(plan.read_options),
        stopping_statuses=plan.stopping_statuses,
        stopped=plan.stopping_in_any_team,
        rate=plan.rate,
        left_out=plan.left_out,
        campaigns={campaign: name for campaign, name in preview.names.items() if name != campaign},
        allow_reactivation=guards.allow_reactivation,
        allow_lifting_dnc=guards.allow_lifting_dnc,
    )


def _plan_row(planned: PlannedContact, *, by_id: bool) -> PlanRow:
    contact, seen = planned.contact, planned.seen
    if contact is not None and seen is not None and contact.startswith("+"):
        if by_id and seen.id is not None:
            contact = seen.id.lower()
        elif not by_id and seen.phone_number in siblings(contact):
            contact = seen.phone_number
    return PlanRow(**{**planned._asdict(), "contact": contact})
