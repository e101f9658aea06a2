"""What proves a contact to be as asked already: a table with a reason a row."""

from __future__ import annotations

import pytest

from batch.model import Ask
from batch.operations import ContactSeen, NamedCampaign
from batch.operations.unchanged import unchanged

A, B = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
DNC = ContactSeen(id="c1", status="DNC")


@pytest.mark.parametrize(
    ("found", "ask", "proved", "why"),
    [
        ([DNC], Ask("DNC"), True, "it says so itself"),
        ([], Ask("DNC"), False, "nobody is nothing"),
        ([DNC, DNC], Ask("DNC"), False, "two contacts of one number: which one a write reaches is not known"),
        ([ContactSeen(status="dnc")], Ask("DNC"), False, "capitals matter"),
        ([ContactSeen()], Ask("DNC"), False, "a status that is not shown proves nothing"),
        ([DNC], Ask("DNC", campaign_id=A), False, "the campaign is not shown"),
        ([ContactSeen(campaigns=(NamedCampaign(A),))], Ask(campaign_id=A), True, "its only campaign"),
        ([ContactSeen(campaigns=(NamedCampaign(A), NamedCampaign(B)))], Ask(campaign_id=A), False, "one of two"),
        ([ContactSeen(campaigns=(NamedCampaign(B),))], Ask(campaign_id=A), False, "another campaign"),
    ],
)
def test_what_proves_a_contact_to_be_as_asked(found: list[ContactSeen], ask: Ask, proved: bool, why: str) -> None:
    """Only one contact that shows all that is asked is left unwritten."""
    assert unchanged(found, ask) is proved, why
