"""How a contact differs from what a row asked of it, in words. Pure.

Owns: the fields that are compared, and what is said of one that is not as asked.
"""

from __future__ import annotations

from typing import NamedTuple

from batch.guayaba.contact import Contact, matches, same_status
from batch.model import ContactChange


class FieldDifference(NamedTuple):
    """One field that is not as asked. `kind` is for counting and holds nothing personal; `told` is for a report."""

    kind: str
    told: str


def differences(seen: Contact, ask: ContactChange) -> list[FieldDifference]:
    """Every field of `seen` that is not what `ask` asks, the status first; none where it is as asked."""
    found = []
    if ask.status is not None and not same_status(ask.status, seen.status):
        told = f"status is {_displayed(seen.status)}, not {ask.status}"
        found.append(FieldDifference(told, told))
    if ask.campaign_id is not None and not matches(seen, ContactChange(campaign_id=ask.campaign_id)):
        told = f"campaign is {_campaign(seen)}, not {ask.campaign_id}"
        found.append(FieldDifference("another campaign", told))
    for field, asked, is_now in (
        ("name", ask.name, seen.name),
        ("phone number", ask.phone_number, seen.phone_number),
        ("timezone", ask.timezone, seen.timezone),
    ):
        if asked is not None and asked != is_now:
            found.append(FieldDifference(f"another {field}", f"{field} is {_displayed(is_now)}, not {asked}"))
    variables = ContactChange(variables=ask.variables, replace_variables=ask.replace_variables)
    if ask.variables and not matches(seen, variables):
        found.append(FieldDifference("other custom variables", f"custom variables: {_variables(seen, ask)}"))
    return found


def _displayed(value: str | None) -> str:
    return "not shown" if value is None else value or "empty"


def _campaign(seen: Contact) -> str:
    listed = [campaign.name or campaign.id for campaign in seen.campaigns or ()]
    return ", ".join(listed) or seen.campaign_id or "none"


def _variables(seen: Contact, ask: ContactChange) -> str:
    """The names of the variables that are not as asked."""
    now = seen.custom_variables or {}
    other = [name for name, value in ask.variables.items() if now.get(name) != value]
    more = [name for name in now if name not in ask.variables] if ask.replace_variables else []
    return "; ".join(
        [*(f"{name} is not as asked" for name in sorted(other)), *(f"{name} is there, too" for name in sorted(more))]
    )
