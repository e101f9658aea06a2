"""What is said of a contact that is not as asked, beside the rule that says whether it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.contact import CampaignRef, Contact, differences, matches
from batch.model import ContactChange

SPRING, AUTUMN = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
TEXTS = st.sampled_from(["a", "b", "DNC", "active"])
MAYBE = st.none() | TEXTS
ASKS = st.builds(
    ContactChange,
    status=MAYBE,
    campaign_id=st.sampled_from([None, SPRING, AUTUMN]),
    name=MAYBE,
    phone_number=MAYBE,
    timezone=MAYBE,
    variables=st.dictionaries(TEXTS, TEXTS, max_size=2),
    replace_variables=st.booleans(),
)
SEEN = st.builds(
    Contact,
    status=MAYBE,
    name=MAYBE,
    phone_number=MAYBE,
    timezone=MAYBE,
    campaign_id=st.sampled_from([None, SPRING, AUTUMN.upper()]),
    campaigns=st.none() | st.lists(st.sampled_from([CampaignRef(SPRING, "Spring"), CampaignRef(AUTUMN)])).map(tuple),
    custom_variables=st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(0, 1), max_size=2),
)


@given(SEEN, ASKS)
def test_there_are_words_exactly_where_it_is_not_as_asked(seen: Contact, change: ContactChange) -> None:
    """Something is said of a contact if and only if the rule of the runs calls it not as asked."""
    assert bool(differences(seen, change)) is not matches(seen, change)


@pytest.mark.parametrize(
    ("seen", "change", "kinds", "told"),
    [
        pytest.param(
            Contact(status="active"), ContactChange(status="DNC"), ["status is active, not DNC"],
            "status is active, not DNC", id="a status is no secret and is counted by its name",
        ),
        pytest.param(
            Contact(), ContactChange(status="DNC"), ["status is not shown, not DNC"],
            "status is not shown, not DNC", id="what is not shown is not taken for right",
        ),
        pytest.param(
            Contact(campaigns=(CampaignRef(SPRING, "Spring"),)), ContactChange(campaign_id=AUTUMN),
            ["another campaign"],
            f"campaign is Spring, not {AUTUMN}", id="a campaign is named as the list names it",
        ),
        pytest.param(
            Contact(name="Ann"), ContactChange(name="Bob"), ["another name"],
            "name is Ann, not Bob", id="a name is in the report and in no count",
        ),
        pytest.param(
            Contact(custom_variables={"plan": "free", "more": 1}),
            ContactChange(variables={"plan": "free"}, replace_variables=True),
            ["other custom variables"],
            "custom variables: more is there, too",
            id="replaced means that no other is there",
        ),
        pytest.param(
            Contact(custom_variables={"plan": "gold", "more": 1}),
            ContactChange(variables={"plan": "free"}, replace_variables=True),
            ["other custom variables"], "custom variables: plan is not as requested; more is there, too",
            id="values of variables are not repeated",
        ),
    ],
)  # fmt: skip
def test_the_words(seen: Contact, change: ContactChange, kinds: list[str], told: str) -> None:
    """Each difference says what is there and what was asked; what is counted holds nothing personal."""
    found = differences(seen, change)
    assert [difference.kind for difference in found] == kinds
    assert "; ".join(difference.text for difference in found) == told
