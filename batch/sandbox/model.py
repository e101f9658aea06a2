"""The frozen values that flow through the sandbox.

Owns: contacts, campaigns, statuses, pending actions, effects and the clock they are stamped with.
Source: the field lists of /contacts/list, /contacts/statuses, /campaigns/list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

ActionKind = Literal["call", "sms", "whatsapp", "trigger"]
ACTION_KINDS: tuple[ActionKind, ...] = ("call", "sms", "whatsapp", "trigger")

API_ACTION_LOG = "contacts-actions-by-api"
"""The log name that /contacts/update gives to updates made by API, apart from in-app actions."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Two clocks, in seconds: `monotonic` for windows and outages, `wall` (Unix) for stamps and headers."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Step:
    """One outreach action of a campaign, due `minutes` after a contact is enrolled."""

    kind: ActionKind
    minutes: float


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; `needs_email` is its appointment scheduling, which no endpoint shows."""

    id: str
    name: str
    status: Literal["active", "paused"] = "active"
    steps: tuple[Step, ...] = ()
    needs_email: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A contact status of the team; a terminal one means that no outreach stays scheduled."""

    id: str
    name: str
    label: str
    color: str
    is_terminal: bool
    is_system: bool
    display_order: int
    description: str | None = None
    exclude_from_stats: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact of the team; every `*_at` is an ISO 8601 stamp in UTC, as the API shows it."""

    id: str
    phone: str
    name: str | None
    timezone: str
    status: str
    campaign_id: str
    variables: Mapping[str, Any]
    created_at: str
    updated_at: str
    fulfilled_at: str | None = None
    re_added_at: str | None = None
    deleted_at: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """One scheduled action that has neither run nor been cancelled; `due_at` is Unix seconds."""

    contact_id: str
    campaign_id: str
    kind: ActionKind
    due_at: float
    id: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a request did to a contact, for the effect log."""

    kind: str
    detail: Mapping[str, Any]


def stamp(at: float) -> str:
    """`at` (Unix seconds) as the API writes times: `2026-01-15T10:30:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
