"""The three write calls: what each sends, what is safe to send twice, and what it does to outreach. Pure.

Owns: the request of a row, the rule for repeating it, the order of rows by their effect on outreach.
Source: the API's pages /contacts/fulfill, /contacts/update, /contacts/{id} (update by id).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from urllib.parse import quote

from batch.guayaba.contact import Contact, merged_variables
from batch.guayaba.statuses import is_dnc, is_stopped
from batch.model import ContactChange, Operation, Request


def build_request(operation: Operation, contact: str, change: ContactChange, seen: Contact | None = None) -> Request:
    """The request that makes `change` to `contact` (E.164, or the contact's UUID for update-by-id).

    A field that does not change is not in the body: blank is not erase. `customVariables` replaces the contact's whole
    object (/contacts/{id}): the variables to keep are those of `seen`, which was read shortly before. Raises ValueError
    where they are needed and not known.
    """
    match operation:
        case Operation.FULFILL:
            return Request("POST", "/contacts/fulfill", {"phone": contact})
        case Operation.UPDATE:
            return Request("POST", "/contacts/update", {"phone": contact, **_fields(change)})
        case Operation.UPDATE_BY_ID:
            return Request("PUT", f"/contacts/{quote(contact, safe='')}", _fields(change, seen))


def _fields(change: ContactChange, seen: Contact | None = None) -> dict[str, object]:
    fields: dict[str, object | None] = {
        "name": change.name,
        "phoneNumber": change.phone_number,
        "timezone": change.timezone,
        "status": change.status,
        "campaignId": change.campaign_id,
        "customVariables": merged_variables(change, None if seen is None else seen.custom_variables) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def is_idempotent(change: ContactChange, stopping_statuses: Collection[str]) -> bool:
    """True where sending `change` twice has the effect of sending it once, so that it may be repeated after a lost
    response.

    A stopping status only cancels outreach, and the second time there is nothing left to cancel. `active`, a campaign
    and a timezone schedule outreach each time: a person could be called twice. A name, a number and variables are set
    to the same value twice.
    """
    if change.campaign_id is not None or change.timezone is not None:
        return False
    return change.status is None or change.status in stopping_statuses


def starts_outreach(change: ContactChange, stopping_statuses: Collection[str]) -> bool:
    """True where `change` can make the API call or message people: a status that is not terminal, or a campaign without
    a terminal status (/contacts/update, "Re-activating a contact", "Changing campaigns")."""
    if change.status is not None:
        return change.status not in stopping_statuses
    return change.campaign_id is not None


def lifts_dnc(change: ContactChange) -> bool:
    """True where `change` would take DNC from a contact that has it: it sets another status."""
    return change.status is not None and not is_dnc(change.status)


def stops_every_contact(change: ContactChange, stopping: Collection[str]) -> bool:
    """True where `change` does nothing but stop outreach: it is made to each contact that holds the person's number, in
    whatever form. `stopping`: the statuses that stop outreach."""
    sets_status_only = change == ContactChange(status=change.status)
    return sets_status_only and is_stopped(change.status, stopping)


class OutreachEffect(IntEnum):
    """What a row does to outreach, which is also the order of sending: rows that stop it go first, rows that start it
    last."""

    STOPS = 0
    NEITHER = 1
    STARTS = 2


def outreach_effect(change: ContactChange, stopping_statuses: Collection[str]) -> OutreachEffect:
    """What `change` does to outreach."""
    if starts_outreach(change, stopping_statuses):
        return OutreachEffect.STARTS
    return OutreachEffect.NEITHER if change.status is None else OutreachEffect.STOPS
