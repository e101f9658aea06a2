"""What a plan is bound to: its address, its keys, its time and its input.

Owns: a plan is applied to the address and with the keys that it was made with, before it expires, and only while its
input is as it was; else it is refused.
"""

from __future__ import annotations

from time import time

from batch.errors import InputRefused
from batch.loader.plans.read import OpenedPlan
from batch.loader.plans.sealed import PlanFacts
from batch.runs.binding import other_keys, require_address
from batch.runs.input_drift import input_sha256
from batch.settings.access import Access
from batch.text.language import tr
from batch.text.utc import utc_minute


def require_plan_access(opened: OpenedPlan, access: Access) -> None:
    """Raise InputRefused where `access` names another address than the plan, or other keys.

    The seal of the keys covers the address, so a foreign plan cannot send a key anywhere.
    """
    facts = opened.facts
    tip = tr("leave --base-url (and GUAYABA_BASE_URL) out, or plan the file again.")
    require_address(facts.base_url, access, opened.name, tip)
    if wrong := other_keys(facts.keys, access):
        keys = [
            tr(
                "{name} was made with the key {then}{account}, and this is the key {now}",
                name=opened.name,
                then=facts.keys[account],
                account=f" ({account})" if account else "",
                now=key,
            )
            for account, key in sorted(wrong.items())
        ]
        raise InputRefused(
            tr("{keys}. Nothing was sent.", keys="; ".join(keys)),
            tip=tr("a plan is sealed by its key: apply it with that key, or plan the file again with this one."),
        )


def require_valid(facts: PlanFacts) -> None:
    """Raise InputRefused where the plan has expired."""
    if time() <= facts.valid_until:
        return
    raise InputRefused(
        tr(
            "{name} has expired: it was made {made} and was valid until {until}. Nothing was sent.",
            name=facts.name,
            made=utc_minute(facts.made_at),
            until=utc_minute(facts.valid_until),
        ),
        tip=tr("plan the file again (--valid-for sets how long a plan is valid)."),
    )


def require_same_input(facts: PlanFacts) -> None:
    """Raise InputRefused where the input is still there and is not as it was planned."""
    if input_sha256(facts.file) in ("", facts.source.sha256):
        return
    raise InputRefused(
        tr("{path} has changed since {name} was made. Nothing was sent.", path=facts.source.path, name=facts.name),
        tip=tr("plan the file again. If this plan is still what you want, move the newer file away first."),
    )
