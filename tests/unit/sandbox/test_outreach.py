"""What a write does to the schedule, as rules and as the judge's books show it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.sandbox.model import ACTION_KINDS, Campaign, Contact, Step
from batch.sandbox.outreach import (
    CANCEL_ALL,
    NOTHING,
    RESCHEDULE_ALL,
    RESCHEDULE_CALLS_AND_SMS,
    Change,
    due,
    of_create,
    of_put,
    of_update,
    plan,
)

if TYPE_CHECKING:
    from unit.sandbox.conftest import Sandbox, Start

ONE, TWO = "550e8400-e29b-41d4-a716-446655440000", "d290f1ee-6c54-4b01-90e6-d701748f0851"
SAMPLE = f"/contacts/{TWO}"
ACTIVE = Contact("c", "+12125550100", None, "America/New_York", "active", ONE, {}, "", "")
ALL_SIX = ["call", "call", "sms", "sms", "trigger", "whatsapp"]
TERMINAL = ["fulfilled", "paused", "DNC", "not-qualifies", "not-interested", "not-answering", "wrong-number"]

UPDATES: list[tuple[str, dict[str, str], dict[str, str], bool, Change]] = [
    # why, before, after, status sent, expected
    ("terminal cancels", {}, {"status": "DNC"}, True, CANCEL_ALL),
    ("terminal again cancels what may have come since", {"status": "DNC"}, {"status": "DNC"}, True, CANCEL_ALL),
    ("active reschedules", {"status": "paused"}, {"status": "active"}, True, RESCHEDULE_ALL),
    ("active again reschedules", {}, {"status": "active"}, True, RESCHEDULE_ALL),
    ("neither terminal nor active", {}, {"status": "talk-to-human"}, True, NOTHING),
    ("a campaign move", {}, {"campaign_id": TWO}, False, RESCHEDULE_ALL),
    ("the same campaign is no move", {}, {}, False, NOTHING),
    (
        "a terminal contact moves without a schedule",
        {"status": "DNC"},
        {"status": "DNC", "campaign_id": TWO},
        False,
        CANCEL_ALL,
    ),
    ("terminal beats the move", {}, {"status": "paused", "campaign_id": TWO}, True, CANCEL_ALL),
    (
        "any other contact moves with one",
        {"status": "talk-to-human"},
        {"status": "talk-to-human", "campaign_id": TWO},
        False,
        RESCHEDULE_ALL,
    ),
]
PUTS: list[tuple[str, dict[str, str], dict[str, str], bool, Change]] = [
    ("timezone on an active contact", {}, {"timezone": "Europe/London"}, False, RESCHEDULE_CALLS_AND_SMS),
    ("campaign on an active contact", {}, {"campaign_id": TWO}, False, RESCHEDULE_CALLS_AND_SMS),
    (
        "timezone on another contact",
        {"status": "paused"},
        {"status": "paused", "timezone": "Europe/London"},
        False,
        NOTHING,
    ),
    (
        "campaign on another contact",
        {"status": "talk-to-human"},
        {"status": "talk-to-human", "campaign_id": TWO},
        False,
        NOTHING,
    ),
    ("the same timezone", {}, {}, False, NOTHING),
    ("a name", {}, {"name": "Jo"}, False, NOTHING),
    ("terminal", {}, {"status": "wrong-number"}, True, CANCEL_ALL),
    ("active", {"status": "DNC"}, {"status": "active"}, True, RESCHEDULE_ALL),
]


@pytest.mark.parametrize(("why", "before", "after", "sent", "expected"), UPDATES, ids=[row[0] for row in UPDATES])
def test_rules_of_update(why: str, before: Any, after: Any, sent: bool, expected: Change) -> None:
    """POST /contacts/update cancels on terminal, reschedules on `active`, and does both on a campaign move."""
    new = replace(ACTIVE, **after)
    got = of_update(replace(ACTIVE, **before), new, terminal=new.status in TERMINAL, status_sent=sent)
    assert got == expected, why


@pytest.mark.parametrize(("why", "before", "after", "sent", "expected"), PUTS, ids=[row[0] for row in PUTS])
def test_rules_of_put(why: str, before: Any, after: Any, sent: bool, expected: Change) -> None:
    """PUT reschedules calls and SMS, on an active contact only, when its timezone or campaign changes."""
    new = replace(ACTIVE, **after)
    got = of_put(replace(ACTIVE, **before), new, terminal=new.status in TERMINAL, status_sent=sent)
    assert got == expected, why


def test_rules_of_create() -> None:
    """A new and a re-added contact is enrolled; a known one is scheduled again only when it moves."""
    assert of_create(None, ACTIVE) == RESCHEDULE_ALL
    assert of_create(ACTIVE, replace(ACTIVE, re_added_at="now")) == RESCHEDULE_ALL
    assert of_create(ACTIVE, replace(ACTIVE, name="Jo")) == NOTHING
    assert of_create(ACTIVE, replace(ACTIVE, campaign_id=TWO)) == RESCHEDULE_ALL


def test_a_paused_campaign_schedules_nothing() -> None:
    """Enrolling in a paused campaign leaves the contact without pending actions."""
    steps = (Step("call", 0),)
    assert len(plan(ACTIVE, Campaign(ONE, "on", "active", steps), ACTION_KINDS, 0.0)) == 1
    assert plan(ACTIVE, Campaign(ONE, "off", "paused", steps), ACTION_KINDS, 0.0) == []


@given(
    at=st.floats(0, 4e9),
    minutes=st.floats(0, 525_600),
    zone=st.sampled_from(["America/New_York", "Europe/London", "Asia/Kolkata", "UTC", "Pacific/Apia"]),
)
def test_calls_wait_for_the_contacts_own_morning(at: float, minutes: float, zone: str) -> None:
    """A call is never due before its step, nor outside 8 to 21 o'clock local time, nor over a day late."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    when = due(Step("call", minutes), zone, at)
    assert at + minutes * 60 <= when <= at + minutes * 60 + 25 * 3600
    assert 8 <= datetime.fromtimestamp(when, UTC).astimezone(ZoneInfo(zone)).hour < 21
    assert due(Step("trigger", minutes), zone, at) == at + minutes * 60


@pytest.mark.parametrize("status", TERMINAL)
def test_a_terminal_status_cancels_every_scheduled_action(sandbox: Sandbox, status: str) -> None:
    """All calls, SMS, WhatsApp messages and triggers go, each with its own line in the effect log."""
    assert sandbox.pending() == ALL_SIX
    sandbox.update(status=status)
    assert sandbox.pending() == []
    effects = sandbox.book("effects")
    assert effects[0]["kind"] == "status-changed"
    assert effects[0]["detail"] == {"from": "active", "to": status}
    assert sorted(row["detail"]["action"] for row in effects if row["kind"] == "cancelled") == ALL_SIX


def test_active_reschedules_by_the_campaign(sandbox: Sandbox) -> None:
    """Back to `active`, the contact has its campaign's whole schedule again."""
    sandbox.update(status="DNC")
    sandbox.update(status="active")
    assert sandbox.pending() == ALL_SIX
    assert [row["kind"] for row in sandbox.book("effects")][-6:] == ["scheduled"] * 6


def test_a_campaign_move_cancels_the_old_and_schedules_the_new(sandbox: Sandbox) -> None:
    """After a move by phone, every pending action is the new campaign's."""
    sandbox.update(campaignId=TWO)
    rows = sandbox.book("schedule", phone="+11234567890")
    assert {row["campaign_id"] for row in rows} == {TWO} and len(rows) == 7
    kinds = [row["kind"] for row in sandbox.book("effects")]
    assert kinds == ["campaign-changed"] + ["cancelled"] * 6 + ["scheduled"] * 7


def test_put_moves_calls_and_sms_only(sandbox: Sandbox) -> None:
    """After a move by id, WhatsApp and trigger are still the old campaign's: the page names calls and SMS."""
    sandbox.http.put(SAMPLE, json={"campaignId": TWO})
    old = {row["kind"] for row in sandbox.book("schedule", phone="+11234567890") if row["campaign_id"] == ONE}
    new = {row["kind"] for row in sandbox.book("schedule", phone="+11234567890") if row["campaign_id"] == TWO}
    assert (old, new) == ({"whatsapp", "trigger"}, {"call", "sms"})


def test_a_refused_write_changes_nothing(sandbox: Sandbox) -> None:
    """A good status beside an unknown campaign leaves status, schedule and logs alone."""
    answer = sandbox.update(status="DNC", campaignId="00000000-0000-0000-0000-000000000000")
    assert answer.status_code == 404
    assert sandbox.pending() == ALL_SIX
    assert sandbox.book("effects") == sandbox.book("actions") == []


def test_a_custom_terminal_status_cancels_too(start: Start, tmp_path: Any) -> None:
    """What is terminal is the team's own choice, not a fixed list."""
    seed = tmp_path / "seed.json"
    statuses = [{"name": "moved-away", "isTerminal": True}, {"name": "warm"}]
    seed.write_text(json.dumps({"contacts": [{"phoneNumber": "+12125550100"}], "statuses": statuses}))
    sandbox = start(seed=str(seed))
    sandbox.update(phone="+12125550100", status="warm")
    assert sandbox.pending("+12125550100") == ALL_SIX
    sandbox.update(phone="+12125550100", status="moved-away")
    assert sandbox.pending("+12125550100") == []


def test_fulfilling_twice_succeeds_and_is_logged_twice(sandbox: Sandbox) -> None:
    """A repeated call is answered the same, and both writes are in the logs as made by API."""
    first = sandbox.post("/contacts/fulfill", {"phone": "+11234567890"})
    second = sandbox.post("/contacts/fulfill", {"phone": "+11234567890"})
    assert first.json() == second.json() and second.status_code == 200
    actions = sandbox.book("actions")
    assert [row["name"] for row in actions] == ["contacts-actions-by-api"] * 2
    writes = [row for row in sandbox.book("effects") if row["kind"] == "status-changed"]
    assert [row["request_id"] for row in writes] == [row["request_id"] for row in actions]
