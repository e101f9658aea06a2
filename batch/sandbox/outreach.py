"""What a write does to a contact's scheduled outreach.

Owns: which kinds of action are cancelled and scheduled, and when an action is due. Pure: no clock, no store.
Flow: contact before and after a write -> Change -> cancelled and scheduled actions.
Source: /contacts/update (terminal, active, campaign), /contacts/update-by-id (calls and SMS on an active
contact), /contacts/fulfill, /contacts/create (enrolment).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from batch.sandbox.model import ACTION_KINDS, ActionKind, Campaign, Contact, Pending, Step

_ALL: frozenset[ActionKind] = frozenset(ACTION_KINDS)
_NONE: frozenset[ActionKind] = frozenset()
_CALLS_AND_SMS: frozenset[ActionKind] = frozenset({"call", "sms"})

FIRST_HOUR, LAST_HOUR = 8, 21
"""Local hours in which calls and SMS may go out (47 CFR 64.1200(c)(1)); the reason a timezone matters."""


@dataclass(frozen=True, slots=True)
class Change:
    """The kinds of pending action that a write cancels, and the kinds it schedules afresh."""

    cancels: frozenset[ActionKind]
    schedules: frozenset[ActionKind]


NOTHING = Change(_NONE, _NONE)
CANCEL_ALL = Change(_ALL, _NONE)
RESCHEDULE_ALL = Change(_ALL, _ALL)
RESCHEDULE_CALLS_AND_SMS = Change(_CALLS_AND_SMS, _CALLS_AND_SMS)


def of_update(before: Contact, after: Contact, *, terminal: bool, status_sent: bool) -> Change:
    """The change of POST /contacts/update; `terminal` speaks of the status after it.

    A campaign move of a contact that stays terminal schedules nothing (our inference: /contacts/statuses
    says that terminal contacts receive nothing). `active` reschedules even when it was active already.
    """
    moved = before.campaign_id != after.campaign_id
    if terminal:
        return CANCEL_ALL if status_sent or moved else NOTHING
    if moved or (status_sent and after.status == "active"):
        return RESCHEDULE_ALL
    return NOTHING


def of_put(before: Contact, after: Contact, *, terminal: bool, status_sent: bool) -> Change:
    """The change of PUT /contacts/{id}.

    A new timezone or campaign reschedules calls and SMS, and only those, on an active contact. For a status
    the page is silent; it does what /contacts/update says (our inference).
    """
    if status_sent and terminal:
        return CANCEL_ALL
    if status_sent and after.status == "active":
        return RESCHEDULE_ALL
    moved = (before.campaign_id, before.timezone) != (after.campaign_id, after.timezone)
    return RESCHEDULE_CALLS_AND_SMS if moved and after.status == "active" else NOTHING


def of_create(before: Contact | None, after: Contact) -> Change:
    """The change of POST /contacts: a new or re-added contact is enrolled, a known one only when it moves."""
    if before is None or before.re_added_at != after.re_added_at:
        return RESCHEDULE_ALL
    moved = (before.campaign_id, before.timezone) != (after.campaign_id, after.timezone)
    return RESCHEDULE_ALL if moved and after.status == "active" else NOTHING


def plan(contact: Contact, campaign: Campaign, kinds: Iterable[ActionKind], at: float) -> list[Pending]:
    """The actions of `kinds` that `campaign` schedules for `contact` at `at` (Unix seconds), in step order.

    A paused campaign schedules nothing (our inference).
    """
    if campaign.status != "active":
        return []
    return [
        Pending(contact.id, campaign.id, step.kind, due(step, contact.timezone, at))
        for step in campaign.steps
        if step.kind in kinds
    ]


def due(step: Step, timezone: str, at: float) -> float:
    """When `step` is due, in Unix seconds: calls and SMS move into the contact's local calling hours."""
    when = at + step.minutes * 60
    if step.kind not in _CALLS_AND_SMS:
        return when
    local = datetime.fromtimestamp(when, UTC).astimezone(ZoneInfo(timezone))
    if FIRST_HOUR <= local.hour < LAST_HOUR:
        return when
    day = local if local.hour < FIRST_HOUR else local + timedelta(days=1)
    return day.replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0).timestamp()
