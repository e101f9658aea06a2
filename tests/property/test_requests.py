"""The three write calls as the API's pages show them, and what may be repeated, as tables and laws."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.contact import CampaignRef, Contact, matches
from batch.guayaba.requests import build_request, is_idempotent, starts_outreach
from batch.guayaba.statuses import DEFAULT_STATUSES
from batch.model import ContactChange, Operation, Request

PHONE = "+12125550123"
ID = "550e8400-e29b-41d4-a716-446655440000"
CAMPAIGN = "d290f1ee-6c54-4b01-90e6-d701748f0851"
TERMINAL = frozenset(name for name, stops in DEFAULT_STATUSES.items() if stops)

texts = st.text(min_size=1, max_size=20)
asks = st.builds(
    ContactChange,
    status=st.none() | st.sampled_from(sorted(DEFAULT_STATUSES)),
    campaign_id=st.none() | st.just(CAMPAIGN),
    name=st.none() | texts,
    phone_number=st.none() | st.just(PHONE),
    timezone=st.none() | st.just("America/New_York"),
    variables=st.dictionaries(texts, texts, max_size=3),
    replace_variables=st.just(True),
)


@pytest.mark.parametrize(
    ("operation", "contact", "change", "request_"),
    [
        pytest.param(
            Operation.FULFILL, PHONE, ContactChange("fulfilled"),
            Request("POST", "/contacts/fulfill", {"phone": PHONE}),
            id="fulfill: the phone and nothing else",
        ),
        pytest.param(
            Operation.UPDATE, PHONE, ContactChange("DNC"),
            Request("POST", "/contacts/update", {"phone": PHONE, "status": "DNC"}),
            id="update: the field is `phone`, not `phoneNumber`",
        ),
        pytest.param(
            Operation.UPDATE, PHONE, ContactChange(campaign_id=CAMPAIGN),
            Request("POST", "/contacts/update", {"phone": PHONE, "campaignId": CAMPAIGN}),
            id="update: a campaign without a status",
        ),
        pytest.param(
            Operation.UPDATE_BY_ID, ID, ContactChange(name="Ada", phone_number=PHONE, timezone="Europe/Madrid"),
            Request("PUT", f"/contacts/{ID}", {"name": "Ada", "phoneNumber": PHONE, "timezone": "Europe/Madrid"}),
            id="update by id: here it is `phoneNumber`",
        ),
        pytest.param(
            Operation.UPDATE_BY_ID, ID, ContactChange(variables={"email": "a@b.example"}, replace_variables=True),
            Request("PUT", f"/contacts/{ID}", {"customVariables": {"email": "a@b.example"}}),
            id="update by id: variables go as one object",
        ),
        pytest.param(
            Operation.UPDATE_BY_ID, "../fulfill?x=1", ContactChange(name="Ada"),
            Request("PUT", "/contacts/..%2Ffulfill%3Fx%3D1", {"name": "Ada"}),
            id="update by id: an id that the server made up leads to no other path",
        ),
    ],
)  # fmt: skip
def test_a_request_is_the_one_that_the_page_documents(
    operation: Operation, contact: str, change: ContactChange, request_: Request
) -> None:
    """Method, path and body are those of the API's page, field by field."""
    assert build_request(operation, contact, change) == request_


_FIELDS = {
    "status": "status", "campaign_id": "campaignId", "name": "name", "phone_number": "phoneNumber",
    "timezone": "timezone", "variables": "customVariables",
}  # fmt: skip


@given(asks, st.sampled_from([Operation.UPDATE, Operation.UPDATE_BY_ID]))
def test_blank_is_not_erase(change: ContactChange, operation: Operation) -> None:
    """Exactly the fields that are asked are in the body, none of them null or empty (law 9)."""
    body = build_request(operation, ID, change).body
    asked = {wire for field, wire in _FIELDS.items() if getattr(change, field)}
    assert body.keys() - {"phone"} == asked
    assert all(value not in (None, "", {}) for value in body.values())


@given(asks)
def test_a_request_does_not_share_its_variables_with_the_ask(change: ContactChange) -> None:
    """The body is a copy: nobody can change what is asked through it."""
    body = build_request(Operation.UPDATE_BY_ID, ID, change).body
    assert body.get("customVariables") is not change.variables
    assert msgspec.json.decode(msgspec.json.encode(body)) == body


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            ContactChange("DNC"), True, id="a terminal status cancels; the second time nothing is left to cancel"
        ),
        pytest.param(ContactChange("fulfilled"), True, id="so does fulfilled"),
        pytest.param(ContactChange("active"), False, id="active reschedules outreach each time"),
        pytest.param(ContactChange("talk-to-human"), False, id="a status that is not terminal may do anything"),
        pytest.param(ContactChange("no-such"), False, id="nor may one that nobody knows"),
        pytest.param(ContactChange(campaign_id=CAMPAIGN), False, id="a campaign schedules its own outreach"),
        pytest.param(
            ContactChange("DNC", campaign_id=CAMPAIGN), False, id="a campaign beside a terminal status still does"
        ),
        pytest.param(ContactChange("DNC", timezone="Europe/Madrid"), False, id="a timezone reschedules calls"),
        pytest.param(ContactChange(name="Ada"), True, id="a name is put as it is"),
        pytest.param(ContactChange(phone_number=PHONE), True, id="a number is put as it is"),
        pytest.param(
            ContactChange(variables={"a": "b"}), True, id="variables replace the whole object, twice the same"
        ),
    ],
)
def test_only_what_does_no_more_the_second_time_is_repeatable(change: ContactChange, expected: bool) -> None:
    """A lost answer is repeated blindly only where nobody can be called twice for it."""
    assert is_idempotent(change, TERMINAL) is expected


@given(asks)
def test_what_starts_outreach_is_never_repeated_blindly(change: ContactChange) -> None:
    """No ask is both: outreach that starts may start twice."""
    assert not (is_idempotent(change, TERMINAL) and starts_outreach(change, TERMINAL))


@given(asks)
def test_with_no_status_known_to_be_terminal_no_status_is_repeatable(change: ContactChange) -> None:
    """What is not known to cancel is treated as if it could call."""
    assert is_idempotent(change, ()) is (
        change.status is None and change.campaign_id is None and change.timezone is None
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(ContactChange("active"), True, id="re-activating"),
        pytest.param(ContactChange("talk-to-human"), True, id="not terminal"),
        pytest.param(ContactChange("custom"), True, id="unknown to the team's list"),
        pytest.param(ContactChange(campaign_id=CAMPAIGN), True, id="changing campaigns"),
        pytest.param(ContactChange("active", campaign_id=CAMPAIGN), True, id="both"),
        pytest.param(
            ContactChange("paused", campaign_id=CAMPAIGN), False, id="a terminal status holds the new campaign, too"
        ),
        pytest.param(ContactChange("DNC"), False, id="only cancels"),
        pytest.param(ContactChange(name="Ada"), False, id="a name calls nobody"),
    ],
)
def test_the_preview_says_what_starts_outreach(change: ContactChange, expected: bool) -> None:
    """An ask starts outreach when its status is not terminal, or it names a campaign and no terminal status."""
    assert starts_outreach(change, TERMINAL) is expected


@dataclass(frozen=True)
class Sight:
    seen: Contact
    change: ContactChange
    expected: bool


@pytest.mark.parametrize(
    "sight",
    [
        pytest.param(Sight(Contact(status="DNC"), ContactChange("DNC"), True), id="the status asked"),
        pytest.param(Sight(Contact(status="dnc"), ContactChange("DNC"), True),
        id="capitals aside: what was sent was listed"),
        pytest.param(Sight(Contact(), ContactChange("DNC"), False), id="a status that is not shown is not proved"),
        pytest.param(Sight(Contact(status="DNC", name="B"), ContactChange("DNC"), True),
        id="what is not asked is not read"),
        pytest.param(Sight(Contact(status="DNC", name="B"), ContactChange("DNC", name="A"), False),
        id="one of two fields"),
        pytest.param(Sight(Contact(campaign_id=CAMPAIGN.upper()), ContactChange(campaign_id=CAMPAIGN), True),
        id="UUID case"),
        pytest.param(
            Sight(
                Contact(campaigns=(CampaignRef("x"), CampaignRef(CAMPAIGN))), ContactChange(campaign_id=CAMPAIGN), True
            ),
            id="one of the campaigns of a list",
        ),
        pytest.param(Sight(Contact(campaigns=()), ContactChange(campaign_id=CAMPAIGN), False), id="no campaign"),
        pytest.param(
            Sight(
                Contact(custom_variables={"a": "1", "b": "2"}),
                ContactChange(variables={"a": "1"}, replace_variables=True),
                False,
            ),
            id="variables replace the whole object: one too many is not as asked",
        ),
        pytest.param(Sight(Contact(custom_variables={"a": "1"}), ContactChange(variables={"a": "1"}), True),
        id="variables"),
        pytest.param(Sight(Contact(), ContactChange(variables={"a": "1"}), False), id="variables that are not shown"),
        pytest.param(Sight(Contact(timezone="UTC"), ContactChange(timezone="Europe/Madrid"), False), id="timezone"),
        pytest.param(Sight(Contact(phone_number="+1"), ContactChange(phone_number=PHONE), False), id="the new number"),
    ],
)  # fmt: skip
def test_a_contact_is_as_asked_only_where_everything_asked_shows(sight: Sight) -> None:
    """Reading back settles a doubt only by what it shows."""
    assert matches(sight.seen, sight.change) is sight.expected


@given(asks)
def test_a_contact_with_every_field_asked_is_as_asked_and_an_empty_one_is_not(change: ContactChange) -> None:
    """A contact made of the ask is as asked; one that shows nothing is so only where nothing is asked."""
    seen = Contact(
        status=change.status, name=change.name, phone_number=change.phone_number, timezone=change.timezone,
        campaign_id=change.campaign_id, custom_variables=dict(change.variables),
    )  # fmt: skip
    assert matches(seen, change)
    assert matches(Contact(), change) is (not change)
