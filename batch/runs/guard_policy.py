"""How careful a run is, by its plan and by the settings of its session.

Owns: what each of the two decides. A guard that the plan passes, or a read that it asks for, holds for the whole run.
"""

from __future__ import annotations

from batch.dispatcher.guards import GuardPolicy
from batch.model import RunPlan
from batch.settings.slices import Guards


def guard_policy(plan: RunPlan, guards: Guards) -> GuardPolicy:
    """How careful a session of the run of `plan` is with contacts that are stopped, DNC or unchanged."""
    return GuardPolicy(
        frozenset(plan.stopping_statuses),
        guarded=not guards.allow_reactivation,
        skip_unchanged=guards.skips_unchanged(plan.skip_unchanged),
        keep_before=guards.keep_before or plan.keep_before,
        stopping_in_any_team=frozenset(plan.stopping_in_any_team),
        keeps_dnc=not guards.allow_lifting_dnc,
        reads_for_dnc=guards.reads_for_dnc,
    )
