"""The rows of a plan as a program shows them, a page at a time, before they are sent.

Owns: what of a row is shown. Phone numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batch.guayaba.requests import OutreachEffect, outreach_effect
from batch.loader.plans.columns import changed_fields
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.model import ContactChange
from batch.runs.plans.result import Plan
from batch.text.masking import mask, mask_within


class FieldChange(NamedTuple):
    """A field of a contact: what it is now (`None`: empty, or not read) and what it will be."""

    field: str
    now: str | None
    then: str


class PlannedChange(NamedTuple):
    """A row of a plan: whose it is, and what its call changes; `code` and `message` say why it makes none. `effect` is
    what the call does to the outreach of the contact."""

    number: int
    name: str
    phone: str
    account: str
    changes: tuple[FieldChange, ...]
    effect: OutreachEffect
    code: str
    message: str
    is_read: bool


def planned_changes(plan: Plan, code: str, offset: int, count: int) -> list[PlannedChange]:
    """Up to `count` rows of `plan` behind the first `offset`, in input order: those that make a call or, with a `code`,
    those that have it and make none. Raises JournalBroken."""
    return [_planned_change(row, plan.facts) for row in plan.rows_with(code, count, offset)]


def rows_without_call(plan: Plan) -> Mapping[str, int]:
    """How many rows of `plan` make no call, by code, the most first. Raises JournalBroken."""
    return dict(sorted(plan.rows_without_call().items(), key=lambda pair: (-pair[1], pair[0])))


def _planned_change(row: PlanRow, facts: PlanFacts) -> PlannedChange:
    seen = row.seen
    phone = row.phone or (seen.phone_number if seen is not None else None)
    fields = changed_fields(row, facts) if row.outcome is None else []
    return PlannedChange(
        number=row.number,
        name=mask_within(seen.name) if seen is not None and seen.name else "",
        phone=mask(phone) if phone else (row.contact or ""),
        account=row.account,
        changes=tuple(FieldChange(name, now and mask_within(now), mask_within(then)) for name, now, then in fields),
        effect=outreach_effect(row.change or ContactChange(), facts.stopping_statuses),
        code=row.code,
        message=mask_within(row.message),
        is_read=seen is not None,
    )
