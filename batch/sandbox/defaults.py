"""What a new sandbox holds before any seed file: the team of the documentation's examples.

Owns: the nine default statuses, the default campaigns, the two sample contacts, and the timezone of a number.
Source: /contacts/update (status names, which are terminal), /contacts/statuses (labels, colours, `paused` not
a system status), the examples of the pages (ids, numbers); of area codes, what phonenumbers knows.
"""

from __future__ import annotations

import uuid

from phonenumbers.tzdata import TIMEZONE_DATA

from batch.sandbox.model import Campaign, Contact, Status, Step

_SAMPLE_ID = "d290f1ee-6c54-4b01-90e6-d701748f0851"
_SAMPLE_CAMPAIGN_ID = "550e8400-e29b-41d4-a716-446655440000"
ADMIN_ID = "8f14e45f-ceea-467a-9575-d0e9e3c8b8a3"

STEPS = (
    Step("sms", 5),
    Step("call", 30),
    Step("whatsapp", 120),
    Step("trigger", 240),
    Step("call", 1440),
    Step("sms", 2880),
)
"""The outreach of a campaign whose seed names none: every kind of action, some of them twice."""

CAMPAIGNS = (
    Campaign(_SAMPLE_CAMPAIGN_ID, "Q1 Outreach", steps=STEPS),
    Campaign(_SAMPLE_ID, "Q2 Follow-up", steps=(*STEPS, Step("call", 4320))),
    Campaign("3f2b8f0e-6a3c-4c52-9a43-0d8f5a0a7c11", "Appointments", steps=STEPS, needs_email=True),
)


def statuses() -> list[Status]:
    """The nine default statuses, in display order."""
    rows = [
        ("active", "Active", "#10B981", False),
        ("talk-to-human", "Talk to human", "#3B82F6", False),
        ("fulfilled", "Fulfilled", "#6366F1", True),
        ("paused", "Paused", "#F59E0B", True),
        ("DNC", "DNC", "#EF4444", True),
        ("not-qualifies", "Not qualifies", "#9CA3AF", True),
        ("not-interested", "Not interested", "#6B7280", True),
        ("not-answering", "Not answering", "#A78BFA", True),
        ("wrong-number", "Wrong number", "#F87171", True),
    ]
    return [
        Status(status_id(name), name, label, color, terminal, name != "paused", order)
        for order, (name, label, color, terminal) in enumerate(rows)
    ]


def status_id(name: str) -> str:
    """The id of a status: always the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"guayaba-sandbox/status/{name}"))


def contact_id(phone: str) -> str:
    """The id of a seeded contact: always the same for the same number."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"guayaba-sandbox/contact/{phone}"))


def sample_contacts(now: str) -> list[Contact]:
    """The contact of the pages by phone, and the one of the PUT page.

    The pages use the same two UUIDs in swapped roles, so both exist as a contact and as a campaign.
    """
    email = {"email": "john@example.com"}
    created = "2026-01-15T10:30:00.000Z"
    zone = "America/New_York"
    return [
        Contact(_SAMPLE_ID, "+11234567890", "John Doe", zone, "active", _SAMPLE_CAMPAIGN_ID, email, created, now),
        Contact(_SAMPLE_CAMPAIGN_ID, "+15551234567", "John Doe", zone, "active", _SAMPLE_ID, email, created, now),
    ]


def timezone_of(phone: str) -> str:
    """The IANA timezone for a number without one, by its area code [/contacts/create].

    A number that could be in several is in the first of them, and in America, in New York. Decided here: the page does
    not say what it does with those.
    """
    zones = next(filter(None, (TIMEZONE_DATA.get(phone[1:end]) for end in range(len(phone), 1, -1))), ("UTC",))
    if len(zones) > 1 and phone.startswith("+1"):
        return "America/New_York"
    return zones[0]
