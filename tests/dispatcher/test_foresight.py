"""What a contact's present state means for the row that is about to be written to it: one table, a reason for each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batch.dispatcher.commands import Need
from batch.dispatcher.exchange import Exchange, Failure, Sight
from batch.dispatcher.foresight import Caution, foresee, need_of
from batch.model import Ask, Outcome
from batch.operations import ContactSeen

CAREFUL = Caution(frozenset({"DNC", "paused"}))
BOLD = replace(CAREFUL, guarded=False)
ACTIVE, DNC, MOVE = Ask(status="active"), Ask(status="DNC"), Ask(campaign_id="550e8400-e29b-41d4-a716-446655440000")
READ = Exchange(200)


def seen(status: str | None) -> ContactSeen:
    return ContactSeen(id="c1", phone_number="+12125550123", status=status)


@pytest.mark.parametrize(
    ("ask", "caution", "need", "why"),
    [
        (ACTIVE, CAREFUL, Need.MUST_LOOK, "it calls people"),
        (MOVE, CAREFUL, Need.MUST_LOOK, "a new campaign calls people"),
        (Ask(status="vip"), CAREFUL, Need.MUST_LOOK, "a status that is not known to stop may call people"),
        (Ask("DNC", campaign_id=MOVE.campaign_id), CAREFUL, Need.NOTHING, "held in the new campaign"),
        (DNC, CAREFUL, Need.NOTHING, "stopping harms nobody, whatever the contact is"),
        (Ask(name="Ann"), CAREFUL, Need.NOTHING, "a name calls nobody"),
        (ACTIVE, BOLD, Need.NOTHING, "--allow-reactivation"),
    ],
)
def test_what_must_be_read_first(ask: Ask, caution: Caution, need: Need, why: str) -> None:
    """Only what can call somebody must be read first, unless the user said otherwise."""
    assert need_of(ask, caution) is need, why


@pytest.mark.parametrize(
    ("statuses", "ask", "outcome", "code", "why"),
    [
        (["active"], ACTIVE, None, "", "nobody minds"),
        (["talk-to-human"], MOVE, None, "", "not a status that stops"),
        (["DNC"], ACTIVE, Outcome.INVALID, "would_reactivate", "the person asked to be left alone"),
        (["DNC"], MOVE, Outcome.INVALID, "would_reactivate", "a campaign would call them just as well"),
        (["paused"], ACTIVE, Outcome.INVALID, "would_reactivate", "any status that stops outreach counts"),
        (["dnc"], ACTIVE, Outcome.INVALID, "would_reactivate", "however the status is written"),
        (["PAUSED"], MOVE, Outcome.INVALID, "would_reactivate", "of any status that stops"),
        (["active", "DNC"], ACTIVE, Outcome.INVALID, "would_reactivate", "two contacts of the number, one is DNC"),
        (["DNC"], DNC, None, "", "DNC over DNC calls nobody"),
        ([], ACTIVE, Outcome.NOT_FOUND, "contact_not_found", "nobody to write to"),
    ],
)
def test_what_was_read_decides(statuses: list[str], ask: Ask, outcome: Outcome | None, code: str, why: str) -> None:
    """A contact in these states, asked this: the row is sent, or has this final word."""
    look = foresee(READ, [seen(status) for status in statuses], True, ask, CAREFUL)
    assert (look.outcome, look.code) == (outcome, code), why


def test_dnc_stops_even_where_the_team_calls_it_harmless() -> None:
    """A team's list that says DNC is not terminal does not make DNC people callable."""
    look = foresee(READ, [seen("DNC")], True, ACTIVE, Caution(frozenset()))
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
    exchange: Exchange, found: list[ContactSeen] | None, whole: bool, why: str
) -> None:
    """Where the state is not known, nobody is called and nobody is said not to be there."""
    look = foresee(exchange, found, whole, ACTIVE, CAREFUL)
    assert (look.sight, look.outcome) == (Sight.UNREADABLE, None), why


@pytest.mark.parametrize(
    ("found", "code", "sight", "why"),
    [
        ([ContactSeen(id="c1"), ContactSeen(id="c2")], "several_contacts", Sight.OTHERWISE, "whose id is it?"),
        ([ContactSeen()], "", Sight.UNREADABLE, "an id that is not shown cannot be written to"),
        ([ContactSeen(id="c1")], "", Sight.OTHERWISE, "the only one"),
    ],
)
def test_a_number_stands_for_the_id_of_one_contact_only(
    found: list[ContactSeen], code: str, sight: Sight, why: str
) -> None:
    """Where the call takes an id, a number must lead to exactly one, and it must be shown."""
    look = foresee(READ, found, True, Ask(name="Ann"), CAREFUL, one=True)
    assert (look.code, look.sight, look.outcome is Outcome.INVALID) == (code, sight, bool(code)), why


def test_variables_that_are_not_shown_are_not_merged() -> None:
    """A contact without customVariables in the answer is not one that has none."""
    ask = Ask(variables={"a": "1"})
    assert need_of(ask, BOLD) is Need.MUST_LOOK
    assert foresee(READ, [ContactSeen(id="c1")], True, ask, BOLD).sight is Sight.UNREADABLE
    assert need_of(Ask(variables={"a": "1"}, replace_variables=True), BOLD) is Need.NOTHING
