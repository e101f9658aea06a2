"""What a run is bound to, for whoever comes back to it: its address and its keys.

Owns: that a command which names a run goes where that run went, or is refused.
Does not own: the comparison of keys (`preflight.py`).
"""

from __future__ import annotations

from dataclasses import replace

from batch import preflight
from batch.errors import InputRefused, SettingsError
from batch.model import RunPlan
from batch.runs import OpenRun
from batch.settings import Settings


def bound(opened: OpenRun, settings: Settings) -> tuple[RunPlan, Settings]:
    """The plan of the run, and `settings` with its address.

    Raises SettingsError where the run was never planned, InputRefused where `settings` name another address, or keys
    that are not its own.
    """
    plan = opened.journal.plan()
    if plan is None:
        raise SettingsError(f"{opened.folder} holds no plan: that run stopped before anything was sent.")
    if settings.base_url is not None and settings.base_url != plan.base_url:
        raise InputRefused(
            f"{opened.folder.name} was made against {plan.base_url}, not {settings.base_url}. Nothing was sent.",
            tip="leave --base-url (and GUAYABA_BASE_URL) out: the run goes back to where it was.",
        )
    settings = replace(settings, base_url=plan.base_url)
    preflight.same_key(plan, settings)
    return plan, settings
