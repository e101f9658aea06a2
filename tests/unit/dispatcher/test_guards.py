"""What a contact's present state means for the row that is about to be written to it: one table, a reason for each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.guards import GuardPolicy, check_before_write, required_read
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import Exchange, Failure, ReadResult
from batch.model import ContactChange, Outcome

CAREFUL = GuardPolicy(frozenset({"DNC", "paused", "fulfilled"}))
LIFTS = replace(CAREFUL, keeps_dnc=False)
BOLD = replace(CAREFUL, guarded=False, keeps_dnc=False)
UNREAD = replace(CAREFUL, reads_for_dnc=False)
PAUSED, FULFILLED = ContactChange(status="paused"), ContactChange(status="fulfilled")
ACTIVE, DNC, MOVE = (
    ContactChange(status="active"),
    ContactChange(status="DNC"),
    ContactChange(campaign_id="550e8400-e29b-41d4-a716-446655440000"),
)
READ = Exchange(200)


def seen(status: str | None) -> Contact:
    return Contact(id="c1", phone_number="+12125550123", status=status)


@pytest.mark.parametrize(
    ("change", "caution", "need", "why"),
    [
        (ACTIVE, CAREFUL, ReadRequirement.REQUIRED, "it calls people"),
        (MOVE, CAREFUL, ReadRequirement.REQUIRED, "a new campaign calls people"),
        (
            ContactChange(status="vip"),
            CAREFUL,
            ReadRequirement.REQUIRED,
            "a status that is not known to stop may call people",
        ),
        (
            ContactChange("DNC", campaign_id=MOVE.campaign_id),
            CAREFUL,
            ReadRequirement.NONE,
            "held in the new campaign",
        ),
        (DNC, CAREFUL, ReadRequirement.NONE, "stopping harms nobody, whatever the contact is"),
        (ContactChange(name="Ann"), CAREFUL, ReadRequirement.NONE, "a name calls nobody"),
        (PAUSED, CAREFUL, ReadRequirement.REQUIRED, "it would delete that somebody asked not to be called"),
        (FULFILLED, CAREFUL, ReadRequirement.REQUIRED, "so would a fulfilment"),
        (PAUSED, LIFTS, ReadRequirement.NONE, "--allow-lifting-dnc"),
        (PAUSED, UNREAD, ReadRequirement.NONE, "--no-preflight"),
        (ACTIVE, UNREAD, ReadRequirement.REQUIRED, "what calls people is read even with --no-preflight"),
        (ACTIVE, replace(BOLD, keeps_dnc=True), ReadRequirement.REQUIRED, "--allow-reactivation does not lift DNC"),
        (ACTIVE, BOLD, ReadRequirement.NONE, "--allow-reactivation and --allow-lifting-dnc"),
    ],
)
def test_what_must_be_read_first(change: ContactChange, caution: GuardPolicy, need: ReadRequirement, why: str) -> None:
    """Only what can call somebody must be read first, unless the user said otherwise."""
    assert required_read(change, caution) is need, why


@pytest.mark.parametrize(
    ("statuses", "change", "outcome", "code", "why"),
    [
        (["active"], ACTIVE, None, "", "nobody minds"),
        (["talk-to-human"], MOVE, None, "", "not a status that stops"),
        (["DNC"], ACTIVE, Outcome.HELD, "would_reactivate", "the person asked to be left alone"),
        (["DNC"], MOVE, Outcome.HELD, "would_reactivate", "a campaign would call them just as well"),
        (["paused"], ACTIVE, Outcome.HELD, "would_reactivate", "any status that stops outreach counts"),
        (["dnc"], ACTIVE, Outcome.HELD, "would_reactivate", "however the status is written"),
        (["PAUSED"], MOVE, Outcome.HELD, "would_reactivate", "of any status that stops"),
        (["active", "DNC"], ACTIVE, Outcome.HELD, "would_reactivate", "two contacts of the number, one is DNC"),
        (["DNC"], DNC, None, "", "DNC over DNC calls nobody"),
        ([], ACTIVE, Outcome.NOT_FOUND, "contact_not_found", "nobody to write to"),
    ],
)
def test_what_was_read_decides(
    statuses: list[str], change: ContactChange, outcome: Outcome | None, code: str, why: str
) -> None:
    """A contact in these states, asked this: the row is sent, or has this outcome."""
    look = check_before_write(READ, [seen(status) for status in statuses], True, change, CAREFUL)
    assert (look.outcome, look.code) == (outcome, code), why


@pytest.mark.parametrize(
    ("statuses", "change", "policy", "code", "why"),
    [
        (["DNC"], PAUSED, CAREFUL, "would_lift_dnc", "paused is no record that somebody asked not to be called"),
        (["DNC"], FULFILLED, CAREFUL, "would_lift_dnc", "neither is fulfilled"),
        (["dnc"], FULFILLED, CAREFUL, "would_lift_dnc", "however the status is written"),
        (["active", "DNC"], PAUSED, CAREFUL, "would_lift_dnc", "one of two contacts of the number is DNC"),
        (
            ["DNC"],
            ContactChange("paused", name="Ann"),
            CAREFUL,
            "would_lift_dnc",
            "other fields change nothing in that",
        ),
        (["DNC"], ACTIVE, replace(BOLD, keeps_dnc=True), "would_lift_dnc", "--allow-reactivation alone lifts no DNC"),
        (["DNC"], ACTIVE, LIFTS, "would_reactivate", "--allow-lifting-dnc alone calls nobody"),
        (["DNC"], PAUSED, UNREAD, "would_lift_dnc", "a contact that is read for another reason is protected, too"),
        (["DNC"], PAUSED, LIFTS, "", "--allow-lifting-dnc"),
        (["DNC"], ACTIVE, BOLD, "", "both options"),
        (["DNC"], DNC, CAREFUL, "", "DNC over DNC takes nothing away"),
        (["paused"], FULFILLED, CAREFUL, "", "only DNC is kept"),
        (["DNC"], ContactChange(name="Ann"), CAREFUL, "", "no status is set"),
    ],
)
def test_dnc_is_kept(statuses: list[str], change: ContactChange, policy: GuardPolicy, code: str, why: str) -> None:
    """No other status replaces DNC, unless the user says so."""
    read = check_before_write(READ, [seen(status) for status in statuses], True, change, policy)
    assert (read.code, read.outcome) == (code, Outcome.HELD if code else None), why


def test_a_contact_whose_status_is_not_shown_is_not_written() -> None:
    """Where the status is not known, the contact may be DNC: nothing replaces it."""
    assert check_before_write(READ, [seen(None)], True, PAUSED, CAREFUL).result is ReadResult.UNREADABLE
    assert check_before_write(READ, [seen(None)], True, PAUSED, LIFTS).result is ReadResult.OTHERWISE


def test_dnc_stops_even_where_the_team_calls_it_harmless() -> None:
    """A team's list that says DNC is not terminal does not make DNC people callable."""
    look = check_before_write(READ, [seen("DNC")], True, ACTIVE, GuardPolicy(frozenset()))
    assert look.code == "would_reactivate"


@pytest.mark.parametrize(
    ("exchange", "found", "whole", "why"),
    [
        (Exchange(500), None, False, "an error"),
        (Exchange(failure=Failure.NO_ANSWER, detail="reset"), None, False, "no answer"),
        (READ, [], False, "not on this page, but there are more"),
        (READ, [seen(None)], True, "a contact without a status"),
    ],
)
def test_what_cannot_be_read_settles_nothing(
    exchange: Exchange, found: list[Contact] | None, whole: bool, why: str
) -> None:
    """Where the state is not known, nobody is called and nobody is said not to be there."""
    look = check_before_write(exchange, found, whole, ACTIVE, CAREFUL)
    assert (look.result, look.outcome) == (ReadResult.UNREADABLE, None), why


@pytest.mark.parametrize(
    ("found", "code", "sight", "why"),
    [
        ([Contact(id="c1"), Contact(id="c2")], "several_contacts", ReadResult.OTHERWISE, "whose id is it?"),
        ([Contact()], "", ReadResult.UNREADABLE, "an id that is not shown cannot be written to"),
        ([Contact(id="c1")], "", ReadResult.OTHERWISE, "the only one"),
    ],
)
def test_a_number_stands_for_the_id_of_one_contact_only(
    found: list[Contact], code: str, sight: ReadResult, why: str
) -> None:
    """Where the call takes an id, a number must lead to exactly one, and it must be shown."""
    look = check_before_write(READ, found, True, ContactChange(name="Ann"), CAREFUL, one=True)
    assert (look.code, look.result, look.outcome is Outcome.INVALID) == (code, sight, bool(code)), why


def test_variables_that_are_not_shown_are_not_merged() -> None:
    """A contact without customVariables in the answer is not one that has none."""
    change = ContactChange(variables={"a": "1"})
    assert required_read(change, BOLD) is ReadRequirement.REQUIRED
    assert check_before_write(READ, [Contact(id="c1")], True, change, BOLD).result is ReadResult.UNREADABLE
    assert required_read(ContactChange(variables={"a": "1"}, replace_variables=True), BOLD) is ReadRequirement.NONE
