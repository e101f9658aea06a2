"""What proves a contact to be as asked already: a table with a reason a row."""

from __future__ import annotations

import pytest

from batch.guayaba.contact import CampaignRef, Contact, is_unchanged
from batch.model import ContactChange

A, B = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
DNC = Contact(id="c1", status="DNC")


@pytest.mark.parametrize(
    ("found", "change", "proved", "why"),
    [
        ([DNC], ContactChange("DNC"), True, "it says so itself"),
        ([], ContactChange("DNC"), False, "nobody is nothing"),
        ([DNC, DNC], ContactChange("DNC"), False, "two contacts of one number: which one a write reaches is not known"),
        ([Contact(status="dnc")], ContactChange("DNC"), False, "capitals matter"),
        ([Contact()], ContactChange("DNC"), False, "a status that is not shown proves nothing"),
        ([DNC], ContactChange("DNC", campaign_id=A), False, "the campaign is not shown"),
        ([Contact(campaigns=(CampaignRef(A),))], ContactChange(campaign_id=A), True, "its only campaign"),
        ([Contact(campaigns=(CampaignRef(A), CampaignRef(B)))], ContactChange(campaign_id=A), False, "one of two"),
        ([Contact(campaigns=(CampaignRef(B),))], ContactChange(campaign_id=A), False, "another campaign"),
    ],
)
def test_what_proves_a_contact_to_be_as_asked(
    found: list[Contact], change: ContactChange, proved: bool, why: str
) -> None:
    """Only one contact that shows all that is asked is left unwritten."""
    assert is_unchanged(found, change) is proved, why
