"""What a new sandbox holds before any seed file: the team of the documentation's examples.

Owns: the nine default statuses, the default campaigns, the two sample contacts, and the timezone of a number.
Source: /contacts/update (status names, which are terminal), /contacts/statuses (labels, colours, `paused` not
a system status), the examples of the pages (ids, numbers).
"""

from __future__ import annotations

import uuid

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


_ZONES = {
    "America/New_York": "+1212 +1305 +1617 +1646 +1786",
    "America/Chicago": "+1312 +1512 +1713",
    "America/Denver": "+1303 +1505 +1801",
    "America/Los_Angeles": "+1206 +1213 +1415 +1702",
    "Europe/London": "+44",
    "Europe/Madrid": "+34",
    "America/Mexico_City": "+52",
    "America/Bogota": "+57",
}
_ZONE_BY_PREFIX = {prefix: zone for zone, prefixes in _ZONES.items() for prefix in prefixes.split()}


def timezone_of(phone: str) -> str:
    """The IANA timezone for a number without one, by its area code [/contacts/create].

    A few area codes only; any other +1 number is in New York, any other number in UTC.
    """
    for length in (5, 3):
        if zone := _ZONE_BY_PREFIX.get(phone[:length]):
            return zone
    return "America/New_York" if phone.startswith("+1") else "UTC"
