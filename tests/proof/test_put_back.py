"""What a contact was, and how that is asked again: tables with a reason a row, and the law that ties them together."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.dispatcher.exchange import Exchange, Sight
from batch.dispatcher.foresight import Caution
from batch.dispatcher.hindsight import hindsight
from batch.model import Ask, Outcome
from batch.operations import ContactSeen, NamedCampaign, as_asked
from batch.operations.variables import whole
from batch.reversal.undone import NotPutBack, back, left_by

SPRING, AUTUMN = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
PHONE, OTHER = "+12125550100", "+12125550101"
TERMINAL = frozenset({"DNC", "paused", "fulfilled"})
BEFORE = ContactSeen(
    id="a", phone_number=PHONE, name="Ann", timezone="America/New_York", status="active",
    campaigns=(NamedCampaign(SPRING, "Spring"),), custom_variables={"plan": "gold"},
)  # fmt: skip


def changed(seen: ContactSeen, ask: Ask) -> ContactSeen:
    """The contact after `ask` was done to it."""
    asked = {"status": ask.status, "name": ask.name, "phone_number": ask.phone_number, "timezone": ask.timezone}
    seen = msgspec.structs.replace(seen, **{field: value for field, value in asked.items() if value is not None})
    if ask.campaign_id is not None:
        seen = msgspec.structs.replace(seen, campaigns=(NamedCampaign(ask.campaign_id),))
    return msgspec.structs.replace(seen, custom_variables=whole(ask, seen.custom_variables)) if ask.variables else seen


ASKS = st.builds(
    Ask,
    status=st.sampled_from([None, "DNC", "paused", "active"]),
    campaign_id=st.sampled_from([None, SPRING, AUTUMN]),
    name=st.sampled_from([None, "Bob"]),
    phone_number=st.sampled_from([None, OTHER]),
    timezone=st.sampled_from([None, "Europe/Madrid"]),
    variables=st.sampled_from([{}, {"plan": "free"}, {"other": "x"}]),
    replace_variables=st.booleans(),
)


@given(ASKS)
def test_what_was_done_is_put_back_and_nothing_else(asked: Ask) -> None:
    """Whatever was asked: what the run left is recognised, and what is asked then makes the contact as it was, in the
    fields that were asked and in no other."""
    after = changed(BEFORE, asked)
    again = back(asked, BEFORE)
    assert as_asked(after, left_by(asked, BEFORE))
    assert changed(after, again) == msgspec.structs.replace(BEFORE, campaigns=changed(after, again).campaigns)
    assert as_asked(changed(after, again), Ask(campaign_id=SPRING))
    for field in ("status", "campaign_id", "name", "phone_number", "timezone"):
        assert (getattr(again, field) is None) is (getattr(asked, field) is None)
    assert bool(again.variables) is bool(asked.variables)


@pytest.mark.parametrize(
    ("before", "asked", "why"),
    [
        pytest.param(ContactSeen(), Ask(status="DNC"), "no status", id="a status that was not shown"),
        pytest.param(ContactSeen(name=""), Ask(name="Ann"), "no name", id="no call takes a name away"),
        pytest.param(ContactSeen(), Ask(campaign_id=SPRING), "no campaign", id="a contact in no campaign"),
        pytest.param(
            ContactSeen(campaigns=(NamedCampaign(SPRING), NamedCampaign(AUTUMN))), Ask(campaign_id=SPRING),
            "several campaigns", id="a contact in several: a call puts it in one",
        ),
        pytest.param(ContactSeen(custom_variables={}), Ask(variables={"a": "b"}), "no custom variables", id="none"),
        pytest.param(
            ContactSeen(custom_variables={"n": 5, "a": "c"}),
            Ask(variables={"a": "b"}, replace_variables=True), "n were no texts", id="a number",
        ),
    ],
)  # fmt: skip
def test_what_no_call_can_make_again_is_not_tried(before: ContactSeen, asked: Ask, why: str) -> None:
    """A contact whose earlier state cannot be asked of the API is left alone whole, with the field named."""
    with pytest.raises(NotPutBack, match=why):
        back(asked, before)


def test_a_variable_is_put_back_by_itself_where_that_can_be_done() -> None:
    """Where a row had changed variables that were there, only these are put back, whatever the others are by now; where
    it had added one, all are, if nobody has changed any since."""
    there = ContactSeen(custom_variables={"plan": "gold", "visits": 5})
    assert back(Ask(variables={"plan": "free"}), there) == Ask(variables={"plan": "gold"})
    now = ContactSeen(custom_variables={"plan": "free", "visits": 6})
    assert as_asked(now, left_by(Ask(variables={"plan": "free"}), there))
    added, texts = Ask(variables={"more": "x"}), ContactSeen(custom_variables={"plan": "gold"})
    assert back(added, texts) == Ask(variables={"plan": "gold"}, replace_variables=True)
    assert as_asked(ContactSeen(custom_variables={"plan": "gold", "more": "x"}), left_by(added, texts))
    assert not as_asked(ContactSeen(custom_variables={"plan": "free", "more": "x"}), left_by(added, texts))


def seen(status: str | None, name: str | None = None) -> ContactSeen:
    return ContactSeen(id="a", phone_number=PHONE, status=status, name=name)


ACTIVE, PAUSED, DNC = Ask(status="active"), Ask(status="paused"), Ask(status="DNC")


@pytest.mark.parametrize(
    ("found", "ask", "left", "guarded", "outcome", "code"),
    [
        pytest.param([seen("paused")], ACTIVE, PAUSED, False, None, "", id="as the run left it: put back"),
        pytest.param([seen("active")], PAUSED, ACTIVE, True, None, "", id="putting a stop back calls nobody: no guard"),
        pytest.param([seen("active")], ACTIVE, PAUSED, True, Outcome.UNCHANGED, "already_so", id="put back already"),
        pytest.param([seen("fulfilled")], ACTIVE, PAUSED, False, Outcome.INVALID, "changed_since", id="changed since"),
        pytest.param([seen("DNC")], ACTIVE, PAUSED, False, Outcome.INVALID, "changed_since",
                     id="DNC since: not even with --allow-reactivation, for the run did not do that"),
        pytest.param([seen("paused")], ACTIVE, PAUSED, True, Outcome.INVALID, "stays_stopped", id="not called"),
        pytest.param([seen("DNC")], ACTIVE, DNC, True, Outcome.INVALID, "stays_stopped", id="DNC is not undone"),
        pytest.param([seen("DNC")], PAUSED, DNC, True, Outcome.INVALID, "stays_stopped",
                     id="nor to a status that calls nobody: one step on the way"),
        pytest.param([seen("DNC")], PAUSED, DNC, False, None, "", id="unless that is said"),
        pytest.param([seen("DNC", name="Bob")], Ask(name="Ann"), Ask(name="Bob"), True, None, "",
                     id="a name of a DNC contact is put back: it stays DNC"),
        pytest.param([seen("DNC", name="Bob")], Ask(name="Ann", campaign_id=SPRING), Ask(name="Bob"), True,
                     Outcome.INVALID, "stays_stopped", id="moving it to a campaign would call it"),
        pytest.param([], ACTIVE, PAUSED, True, Outcome.NOT_FOUND, "contact_not_found", id="not there any more"),
        pytest.param([seen("paused"), seen("DNC")], ACTIVE, PAUSED, False, Outcome.INVALID, "changed_since",
                     id="of two contacts with one number, one changed"),
    ],
)  # fmt: skip
def test_what_a_look_says(
    found: list[ContactSeen], ask: Ask, left: Ask, guarded: bool, outcome: Outcome | None, code: str
) -> None:
    """Only what is still as the run left it is put back, and nobody is called again who is stopped now."""
    look = hindsight(Exchange(200), found, True, ask, left, Caution(TERMINAL, guarded=guarded))
    assert (look.outcome, look.code) == (outcome, code)


@pytest.mark.parametrize(
    ("found", "whole"), [(None, True), ([], False), ([seen(None)], True)], ids=["no answer", "not all", "no status"]
)
def test_what_cannot_be_read_is_not_written(found: list[ContactSeen] | None, whole: bool) -> None:
    """Without knowing what a contact is now, nothing is put back."""
    look = hindsight(Exchange(500), found, whole, Ask(status="active", name="x"), Ask(), Caution(TERMINAL))
    assert (look.sight, look.outcome) == (Sight.UNREADABLE, None)
