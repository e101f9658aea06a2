"""The three write calls: what each sends, what a contact must look like afterwards, and what is safe to repeat.

Owns: the request of a row, the repeat rule, whose turn it is before whose, the comparison of a contact that was read
with what was asked.
Source: the API's pages /contacts/fulfill, /contacts/update, /contacts/{id} (update by id).
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum
from urllib.parse import quote

import msgspec

from batch.guayaba.variables import merged_variables, variables_match
from batch.model import ContactChange, Operation, Request


class CampaignRef(msgspec.Struct, frozen=True):
    """A campaign as a listed contact names it."""

    id: str
    name: str = ""


class Contact(msgspec.Struct, frozen=True, rename="camel"):
    """A contact as the API showed it, in a list (`campaigns`) or in an answer (`campaignId`). Missing fields are
    `None`: the pages differ in what they show (API notes, inconsistencies D and K)."""

    id: str | None = None
    phone_number: str | None = None
    name: str | None = None
    timezone: str | None = None
    status: str | None = None
    campaign_id: str | None = None
    campaigns: tuple[CampaignRef, ...] | None = None
    custom_variables: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    fulfilled_at: str | None = None
    re_added_at: str | None = None


def build_request(operation: Operation, contact: str, ask: ContactChange, seen: Contact | None = None) -> Request:
    """The request that asks `ask` of `contact` (E.164, or the contact's UUID for update-by-id).

    A field that is not asked is not in the body: blank is not erase. `customVariables`, where asked, replaces the
    contact's whole object (/contacts/{id}): what is there to be kept is that of `seen`, read shortly before. Raises
    ValueError where that is needed and not known.
    """
    match operation:
        case Operation.FULFILL:
            return Request("POST", "/contacts/fulfill", {"phone": contact})
        case Operation.UPDATE:
            return Request("POST", "/contacts/update", {"phone": contact, **_fields(ask)})
        case Operation.UPDATE_BY_ID:
            return Request("PUT", f"/contacts/{quote(contact, safe='')}", _fields(ask, seen))


def _fields(ask: ContactChange, seen: Contact | None = None) -> dict[str, object]:
    named: dict[str, object | None] = {
        "name": ask.name,
        "phoneNumber": ask.phone_number,
        "timezone": ask.timezone,
        "status": ask.status,
        "campaignId": ask.campaign_id,
        "customVariables": merged_variables(ask, None if seen is None else seen.custom_variables) or None,
    }
    return {field: value for field, value in named.items() if value is not None}


def is_idempotent(ask: ContactChange, terminal: Collection[str]) -> bool:
    """True where sending `ask` twice does no more than sending it once, so that a lost answer may be repeated blindly.

    Terminal statuses only cancel, and there is nothing left to cancel the second time. `active`, a campaign or a
    timezone reschedules outreach each time it is written: a person could be called twice. A name, number or variables
    are put as they are, twice the same.
    """
    if ask.campaign_id is not None or ask.timezone is not None:
        return False
    return ask.status is None or ask.status in terminal


def starts_outreach(ask: ContactChange, terminal: Collection[str]) -> bool:
    """True where `ask` can make the API call or message people: a status that is not terminal, or a campaign that is
    not given together with a terminal status (/contacts/update, "Re-activating a contact", "Changing campaigns")."""
    if ask.status is not None:
        return ask.status not in terminal
    return ask.campaign_id is not None


class OutreachEffect(IntEnum):
    """When a row is sent among the others: whoever is to be left alone comes first, whoever is to be called last."""

    STOPS = 0
    NEITHER = 1
    STARTS = 2


def outreach_effect(ask: ContactChange, terminal: Collection[str]) -> OutreachEffect:
    """The turn of a row that asks `ask`."""
    if starts_outreach(ask, terminal):
        return OutreachEffect.STARTS
    return OutreachEffect.NEITHER if ask.status is None else OutreachEffect.STOPS


def same_status(one: str | None, other: str | None) -> bool:
    """True where both name one status. Whether capitals matter is not documented: what is sent is written as listed,
    what is read is compared without them."""
    return one == other or (one is not None and other is not None and one.casefold() == other.casefold())


def is_stopped(status: str | None, stopped: Collection[str]) -> bool:
    """True where a contact of this status is one of those to be left alone."""
    return status is not None and (status in stopped or any(same_status(status, one) for one in stopped))


def is_comparable(seen: Contact, ask: ContactChange) -> bool:
    """True where the contact that was read shows all that `ask` asks: what is not shown is not otherwise. (No name is
    shown as `null`.)"""
    return not (
        (ask.status is not None and seen.status is None)
        or (ask.phone_number is not None and seen.phone_number is None)
        or (ask.timezone is not None and seen.timezone is None)
        or (ask.campaign_id is not None and seen.campaigns is None and seen.campaign_id is None)
        or (bool(ask.variables) and seen.custom_variables is None)
    )


def matches(seen: Contact, ask: ContactChange) -> bool:
    """True where the contact that was read already is what `ask` asks; fields that are not asked do not matter."""
    wanted = (
        (ask.name, seen.name),
        (ask.phone_number, seen.phone_number),
        (ask.timezone, seen.timezone),
    )
    if any(asked is not None and asked != found for asked, found in wanted):
        return False
    if ask.status is not None and not same_status(ask.status, seen.status):
        return False
    if ask.campaign_id is not None and ask.campaign_id.lower() not in _campaigns(seen):
        return False
    return variables_match(ask, seen.custom_variables)


def _campaigns(seen: Contact) -> frozenset[str]:
    listed = frozenset(campaign.id.lower() for campaign in seen.campaigns or ())
    return listed | ({seen.campaign_id.lower()} if seen.campaign_id else frozenset())
