"""The documented JSON of each success answer.

Owns: field names, their order, and which are present. Pure. Does not own: statuses and headers.
Source: the response example of each page. The pages differ in envelope, in the name of the campaign field
and in what is left out; each function follows its own page.
"""

from __future__ import annotations

import math
from typing import Any

from batch.sandbox.model import Campaign, Contact, Status

Json = dict[str, Any]


def fulfilled() -> Json:
    """/contacts/fulfill: a message, no contact."""
    return {"success": True, "message": "Contact marked as fulfilled successfully"}


def updated(contact: Contact) -> Json:
    """/contacts/update: no customVariables, no timezone; `fulfilledAt` only when the status is `fulfilled`."""
    shown: Json = {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "campaignId": contact.campaign_id,
        "status": contact.status,
    }
    if contact.status == "fulfilled":
        shown["fulfilledAt"] = contact.fulfilled_at
    shown["updatedAt"] = contact.updated_at
    return {"success": True, "message": "Contact updated successfully", "contact": shown}


def put(contact: Contact) -> Json:
    """PUT /contacts/{id}: with customVariables, without timezone, createdAt and fulfilledAt."""
    shown = {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "status": contact.status,
        "campaignId": contact.campaign_id,
        "customVariables": contact.variables,
        "updatedAt": contact.updated_at,
    }
    return {"success": True, "message": "Contact updated successfully", "contact": shown}


def created(contact: Contact) -> Json:
    """POST /contacts: `data`, no message; the same for a created and an updated contact."""
    shown = {
        "id": contact.id,
        "phoneNumber": contact.phone,
        "name": contact.name,
        "campaignId": contact.campaign_id,
        "customVariables": contact.variables,
        "timezone": contact.timezone,
        "status": contact.status,
        "createdAt": contact.created_at,
    }
    return {"success": True, "data": shown}


def split(contact: Contact, admin_id: str) -> Json:
    """POST /contacts by splitter: two fields more than `created`."""
    answer = created(contact)
    answer["data"] |= {"adminId": admin_id, "updatedAt": contact.updated_at}
    return answer


def listed(contacts: list[tuple[Contact, str]], *, total: int, page: int, limit: int) -> Json:
    """GET /contacts, from contacts with their campaign's name; nulls are shown, no totalPages."""
    shown = [
        {
            "id": contact.id,
            "name": contact.name,
            "phoneNumber": contact.phone,
            "timezone": contact.timezone,
            "status": contact.status,
            "customVariables": contact.variables,
            "createdAt": contact.created_at,
            "fulfilledAt": contact.fulfilled_at,
            "reAddedAt": contact.re_added_at,
            "campaigns": [{"id": contact.campaign_id, "name": campaign_name}],
        }
        for contact, campaign_name in contacts
    ]
    return {"contacts": shown, "pagination": {"total": total, "page": page, "limit": limit}}


def campaigns(found: list[Campaign], *, total: int, page: int, limit: int) -> Json:
    """GET /campaigns: `data`, and a pagination of other names than the contacts' one."""
    return {
        "data": [{"id": one.id, "name": one.name, "status": one.status} for one in found],
        "pagination": {
            "total": total,
            "totalPages": math.ceil(total / limit),
            "currentPage": page,
            "limit": limit,
        },
    }


def statuses(found: list[Status]) -> list[Json]:
    """GET /contacts/statuses: a bare array."""
    return [
        {
            "id": status.id,
            "name": status.name,
            "label": status.label,
            "description": status.description,
            "color": status.color,
            "isTerminal": status.is_terminal,
            "isSystem": status.is_system,
            "excludeFromStats": status.exclude_from_stats,
            "displayOrder": status.display_order,
        }
        for status in found
    ]
