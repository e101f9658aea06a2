"""What a contact was, and how that is asked again: tables with a reason a row, and the law that ties them together."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.guards import GuardPolicy
from batch.guayaba.contact import CampaignRef, Contact, matches, merged_variables
from batch.guayaba.exchange import Exchange, ReadResult
from batch.model import ContactChange, Outcome
from batch.runs.undo.guard import check_before_undo
from batch.runs.undo.rows import expected_state, reverse_change

SPRING, AUTUMN = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
PHONE, OTHER = "+12125550100", "+12125550101"
TERMINAL = frozenset({"DNC", "paused", "fulfilled"})
BEFORE = Contact(
    id="a", phone_number=PHONE, name="Ann", timezone="America/New_York", status="active",
    campaigns=(CampaignRef(SPRING, "Spring"),), custom_variables={"plan": "gold"},
)  # fmt: skip


def changed(seen: Contact, change: ContactChange) -> Contact:
    """The contact after `ask` was done to it."""
    asked = {
        "status": change.status,
        "name": change.name,
        "phone_number": change.phone_number,
        "timezone": change.timezone,
    }
    seen = msgspec.structs.replace(seen, **{field: value for field, value in asked.items() if value is not None})
    if change.campaign_id is not None:
        seen = msgspec.structs.replace(seen, campaigns=(CampaignRef(change.campaign_id),))
    return (
        msgspec.structs.replace(seen, custom_variables=merged_variables(change, seen.custom_variables))
        if change.variables
        else seen
    )


ASKS = st.builds(
    ContactChange,
    status=st.sampled_from([None, "DNC", "paused", "active"]),
    campaign_id=st.sampled_from([None, SPRING, AUTUMN]),
    name=st.sampled_from([None, "Bob"]),
    phone_number=st.sampled_from([None, OTHER]),
    timezone=st.sampled_from([None, "Europe/Madrid"]),
    variables=st.sampled_from([{}, {"plan": "free"}, {"other": "x"}]),
    replace_variables=st.booleans(),
)


@given(ASKS)
def test_what_was_done_is_put_back_and_nothing_else(asked: ContactChange) -> None:
    """Whatever was asked: what the run left is recognised, and what is asked then makes the contact as it was, in the
    fields that were asked and in no other."""
    after = changed(BEFORE, asked)
    again, missing = reverse_change(asked, BEFORE)
    assert missing == ()
    assert matches(after, expected_state(asked, BEFORE))
    assert changed(after, again) == msgspec.structs.replace(BEFORE, campaigns=changed(after, again).campaigns)
    assert matches(changed(after, again), ContactChange(campaign_id=SPRING))
    for field in ("status", "campaign_id", "name", "phone_number", "timezone"):
        assert (getattr(again, field) is None) is (getattr(asked, field) is None)
    assert bool(again.variables) is bool(asked.variables)


@pytest.mark.parametrize(
    ("before", "asked", "why"),
    [
        pytest.param(Contact(), ContactChange(status="DNC"), "no status", id="a status that was not shown"),
        pytest.param(Contact(name=""), ContactChange(name="Ann"), "no name", id="no call takes a name away"),
        pytest.param(Contact(), ContactChange(campaign_id=SPRING), "no campaign", id="a contact in no campaign"),
        pytest.param(
            Contact(campaigns=(CampaignRef(SPRING), CampaignRef(AUTUMN))), ContactChange(campaign_id=SPRING),
            "several campaigns", id="a contact in several: a call puts it in one",
        ),
        pytest.param(Contact(custom_variables={}), ContactChange(variables={"a": "b"}), "no custom variables",
        id="none"),
        pytest.param(
            Contact(custom_variables={"n": 5, "a": "c"}),
            ContactChange(variables={"a": "b"}, replace_variables=True), "n were no texts", id="a number",
        ),
    ],
)  # fmt: skip
def test_what_no_call_can_make_again_is_not_tried(before: Contact, asked: ContactChange, why: str) -> None:
    """A contact whose earlier state cannot be asked of the API is left alone whole, with the field named."""
    change, missing = reverse_change(asked, before)
    assert not change
    assert any(why in each for each in missing)


SEVERAL = (CampaignRef(SPRING), CampaignRef(AUTUMN))


@pytest.mark.parametrize(
    ("before", "asked", "change", "why"),
    [
        (Contact(name="Bob", timezone="Europe/Madrid"), ContactChange(name="Ann", timezone="UTC", status="paused"),
         ContactChange(name="Bob", timezone="Europe/Madrid"), ["no status"]),
        (Contact(status="active", name=""), ContactChange(status="paused", name="Ann"), ContactChange(status="active"),
         ["no name"]),
        (Contact(name="Bob", custom_variables={}), ContactChange(name="Ann", variables={"a": "b"}),
         ContactChange(name="Bob"), ["no custom variables"]),
        (Contact(name="Bob", status="active", campaigns=SEVERAL),
         ContactChange(name="Ann", status="paused", campaign_id=SPRING), ContactChange(name="Bob"),
         ["several campaigns", "the status goes with the campaign"]),
        (Contact(name="Bob"), ContactChange(name="Ann", timezone="UTC", phone_number=OTHER), ContactChange(name="Bob"),
         ["no phone number", "no timezone"]),
    ],
    ids=["no status", "no name", "no variables", "a status waits for its campaign", "two fields"],
)  # fmt: skip
def test_what_can_be_put_back_is(before: Contact, asked: ContactChange, change: ContactChange, why: list[str]) -> None:
    """Of several fields those are put back that can be, and each other one is named; no status starts outreach in a
    campaign that could not be put back."""
    back, missing = reverse_change(asked, before)
    assert back == change
    assert len(missing) == len(why)
    assert all(words in said for words, said in zip(why, missing, strict=True))


def test_a_variable_is_put_back_by_itself_where_that_can_be_done() -> None:
    """Where a row had changed variables that were there, only these are put back, whatever the others are by now; where
    it had added one, all are, if nobody has changed any since."""
    there = Contact(custom_variables={"plan": "gold", "visits": 5})
    back, _ = reverse_change(ContactChange(variables={"plan": "free"}), there)
    assert back == ContactChange(variables={"plan": "gold"})
    now = Contact(custom_variables={"plan": "free", "visits": 6})
    assert matches(now, expected_state(ContactChange(variables={"plan": "free"}), there))
    added, texts = ContactChange(variables={"more": "x"}), Contact(custom_variables={"plan": "gold"})
    assert reverse_change(added, texts)[0] == ContactChange(variables={"plan": "gold"}, replace_variables=True)
    assert matches(Contact(custom_variables={"plan": "gold", "more": "x"}), expected_state(added, texts))
    assert not matches(Contact(custom_variables={"plan": "free", "more": "x"}), expected_state(added, texts))


def seen(status: str | None, name: str | None = None) -> Contact:
    return Contact(id="a", phone_number=PHONE, status=status, name=name)


ACTIVE, PAUSED, DNC = ContactChange(status="active"), ContactChange(status="paused"), ContactChange(status="DNC")


@pytest.mark.parametrize(
    ("found", "change", "left", "guarded", "outcome", "code"),
    [
        pytest.param([seen("paused")], ACTIVE, PAUSED, False, None, "", id="as the run left it: put back"),
        pytest.param([seen("active")], PAUSED, ACTIVE, True, None, "", id="putting a stop back calls nobody: no guard"),
        pytest.param([seen("active")], ACTIVE, PAUSED, True, Outcome.UNCHANGED, "already_so", id="put back already"),
        pytest.param([seen("fulfilled")], ACTIVE, PAUSED, False, Outcome.HELD, "changed_since", id="changed since"),
        pytest.param([seen("DNC")], ACTIVE, PAUSED, False, Outcome.HELD, "changed_since",
                     id="DNC since: not even with --allow-reactivation, for the run did not do that"),
        pytest.param([seen("paused")], ACTIVE, PAUSED, True, Outcome.HELD, "stays_stopped", id="not called"),
        pytest.param([seen("DNC")], ACTIVE, DNC, True, Outcome.HELD, "would_lift_dnc", id="DNC is not undone"),
        pytest.param([seen("DNC")], PAUSED, DNC, True, Outcome.HELD, "would_lift_dnc",
                     id="nor to a status that calls nobody: one step on the way"),
        pytest.param([seen("DNC")], PAUSED, DNC, False, Outcome.HELD, "would_lift_dnc",
                     id="nor with --allow-reactivation"),
        pytest.param([seen("DNC", name="Bob")], ContactChange(name="Ann"), ContactChange(name="Bob"), True, None, "",
                     id="a name of a DNC contact is put back: it stays DNC"),
        pytest.param([seen("DNC", name="Bob")], ContactChange(name="Ann", campaign_id=SPRING),
        ContactChange(name="Bob"), True,
                     Outcome.HELD, "stays_stopped", id="moving it to a campaign would call it"),
        pytest.param([], ACTIVE, PAUSED, True, Outcome.NOT_FOUND, "contact_not_found", id="not there any more"),
        pytest.param([seen("paused"), seen("DNC")], ACTIVE, PAUSED, False, Outcome.HELD, "changed_since",
                     id="of two contacts with one number, one changed"),
    ],
)  # fmt: skip
def test_what_a_look_says(
    found: list[Contact], change: ContactChange, left: ContactChange, guarded: bool, outcome: Outcome | None, code: str
) -> None:
    """Only what is still as the run left it is put back, and nobody is called again who is stopped now."""
    look = check_before_undo(Exchange(200), found, True, change, left, GuardPolicy(TERMINAL, guarded=guarded))
    assert (look.outcome, look.code) == (outcome, code)


def test_an_undo_lifts_dnc_where_that_is_said() -> None:
    """With --allow-lifting-dnc a contact that the run made DNC gets its earlier status back."""
    policy = GuardPolicy(TERMINAL, keeps_dnc=False)
    assert check_before_undo(Exchange(200), [seen("DNC")], True, PAUSED, DNC, policy).outcome is None


@pytest.mark.parametrize(
    ("found", "whole"), [(None, True), ([], False), ([seen(None)], True)], ids=["no answer", "not all", "no status"]
)
def test_what_cannot_be_read_is_not_written(found: list[Contact] | None, whole: bool) -> None:
    """Without knowing what a contact is now, nothing is put back."""
    look = check_before_undo(
        Exchange(500), found, whole, ContactChange(status="active", name="x"), ContactChange(), GuardPolicy(TERMINAL)
    )
    assert (look.result, look.outcome) == (ReadResult.UNREADABLE, None)
