"""What a row asks for, and the faults of cells that are no phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.codes import CODES
from batch.errors import InputRefused
from batch.model import ContactChange, Operation, Outcome

if TYPE_CHECKING:
    from unit.loader.conftest import Read

UUID = "550e8400-e29b-41d4-a716-446655440000"
CAMPAIGN = "d290f1ee-6c54-4b01-90e6-d701748f0851"


def test_every_field_of_update_by_id(read: Read) -> None:
    """Name, phone, timezone, status, campaign and variables are read from their columns; blanks ask nothing."""
    header = "id,name,phoneNumber,timezone,status,campaignId,var:company,VAR: tier,First Name"
    line = f"{UUID.upper()}, Ann Lee ,(212) 555-0100,Europe/Madrid,DNC,{CAMPAIGN},Acme,,Ann"
    row = read(f"{header}\n{line}\n", operation=Operation.UPDATE_BY_ID).rows[0]
    assert row.contact == UUID
    assert row.phone == "+12125550100"
    assert row.change == ContactChange("DNC", CAMPAIGN, "Ann Lee", "+12125550100", "Europe/Madrid", {"company": "Acme"})


def test_a_row_without_any_phone_repairs_none(read: Read) -> None:
    """Where a file by id has no column of phones, its rows are planned like all others: nothing was repaired."""
    row = read(f"id,name\n{UUID},Ann\n", operation=Operation.UPDATE_BY_ID).rows[0]
    assert (row.contact, row.phone, row.repair, row.code) == (UUID, None, "", "")


@pytest.mark.parametrize(
    ("header", "line", "contact", "new", "code", "why"),
    [
        ("Phone,name", "(212) 555-0100,Ann", "+12125550100", None, "", "a file without ids: the phone says who it is"),
        ("Phone,name", ",Ann", None, None, "no_id", "neither an id nor a phone"),
        ("Phone,name", "(212) 555,Ann", None, None, "invalid_number", "a phone of nobody"),
        ("Phone,name", "2125550100,", "+12125550100", None, "nothing_asked", "to be found is nothing to be asked"),
        ("id,Phone,name", ",2125550100,Ann", "+12125550100", None, "", "a row without an id in a file with ids"),
        ("id,Phone,name", f"{UUID},2125550100,Ann", UUID, "+12125550100", "", "beside an id it is the new number"),
        ("id,Phone,name", "12345,2125550100,Ann", None, None, "malformed_id", "a wrong id is not made up for"),
        ("id,New phone,name", ",2125550100,Ann", None, None, "no_id", "a number to come says nothing of who it is"),
    ],
)
def test_whom_a_row_of_update_by_id_is_about(
    read: Read, header: str, line: str, contact: str | None, new: str | None, code: str, why: str
) -> None:
    """The id where there is one, else the phone, which is then set nowhere."""
    good = f"{UUID[:-1]}1,,Zoe" if header.startswith("id") else "2125550199,Zoe"
    row = read(f"{header}\n{line}\n{good}\n", operation=Operation.UPDATE_BY_ID).rows[0]
    assert (row.contact, row.code) == (contact, code), why
    assert (row.change.phone_number if row.change else None) == new, why


def test_a_mapped_phone_beside_ids_is_a_hint(read: Read) -> None:
    """Mapped to `phone`, a column says where a contact is found, and what is wrong with it is no fault of the row."""
    reading = {"operation": Operation.UPDATE_BY_ID, "mapping": {"phone": "Tel"}}
    rows = read(f"id,Tel,name\n{UUID},2125550100,Ann\n{UUID[:-1]}1,x,Bo\n,2125550101,Cy\n", **reading).rows
    assert [(row.contact, row.phone) for row in rows] == [
        (UUID, "+12125550100"), (f"{UUID[:-1]}1", None), ("+12125550101", "+12125550101"),
    ]  # fmt: skip
    assert [row.change.phone_number if row.change else "" for row in rows] == [None, None, None]


def test_a_number_that_is_to_change_does_not_say_who_it_is(read: Read) -> None:
    """Without ids, a second column with the new numbers is refused: who would be found by which?"""
    with pytest.raises(InputRefused, match="Two columns hold phone numbers"):
        read("Phone,New phone\n2125550100,2125550101\n", operation=Operation.UPDATE_BY_ID)


@pytest.mark.parametrize(
    ("line", "code", "words", "why"),
    [
        (",Ann,,,,", "no_id", "", "no id"),
        ("12345,Ann,,,,", "malformed_id", "5 characters", "a HubSpot record id"),
        (f"{UUID},,,,,", "nothing_asked", "", "every cell is blank: blank is not erase"),
        (f"{UUID},{'x' * 256},,,,", "name_too_long", "256 characters", "the API takes 255"),
        (f"{UUID},,(212) 555,,,", "invalid_number", "6 digits", "a bad new number"),
        (f"{UUID},,,Europe/Madird,,", "unknown_timezone", "Europe/Madrid", "a slip"),
        (f"{UUID},,,america/new_york,,", "unknown_timezone", "America/New_York", "the wrong case"),
        (f"{UUID},,,,pausd,", "unknown_status", '"paused"', "a slip"),
        (f"{UUID},,,,,x-1", "malformed_campaign", "a UUID has 36", "no campaign id"),
        (f"{UUID},Ren\ufffd,,,,", "damaged_text", "character was lost", "a name that lost a letter is not sent"),
    ],
)
def test_faults(read: Read, line: str, code: str, words: str, why: str) -> None:
    """A row with a fault is invalid with its code, and the message says what was found."""
    good = f"{UUID[:-1]}1,Ann,,,paused,{CAMPAIGN}"
    result = read(
        f"id,name,phoneNumber,timezone,status,campaignId\n{line}\n{good}\n",
        operation=Operation.UPDATE_BY_ID,
        statuses=frozenset({"DNC", "paused", "active"}),
    )
    row = result.rows[0]
    assert (row.outcome, row.code) == (Outcome.INVALID, code), why
    assert words in row.message
    assert code in CODES
    assert result.rows[1].outcome is None


def test_all_faults_of_a_row_are_told(read: Read) -> None:
    """The message names every fault of the row, not only the first."""
    row = read(f"id,name,timezone\n{UUID},{'x' * 300},Mars\n", operation=Operation.UPDATE_BY_ID).rows[0]
    assert "300 characters" in row.message
    assert "Mars" in row.message


def test_unknown_statuses_are_not_judged_when_the_team_is_unknown(read: Read) -> None:
    """Without the team's list a status is only required not to be blank."""
    rows = read(
        "Phone,Guayaba status\n2125550100,odd\n2125550101,\n", operation=Operation.UPDATE, ask=ContactChange()
    ).rows
    assert rows[0].change == ContactChange(status="odd")
    assert rows[1].code == "nothing_asked"


def test_the_survey_groups_by_cause(read: Read) -> None:
    """Every cause is one group with its rows, examples, title and tip; the counts add up."""
    survey = read("Phone\n2125550100\n555\n12\n4.4E+11\n" + "x\n" * 30).survey
    groups = {group.code: group for group in survey.problems}
    assert groups["invalid_number"].numbers == (3, 4)
    assert groups["invalid_number"].examples == ("555", "12")
    assert groups["not_a_number"].rows == 30
    assert len(groups["not_a_number"].numbers) == 20
    assert groups["digits_lost"].tip == CODES["digits_lost"].tip
    assert survey.rows == 34 == sum(survey.counts.values())
    assert survey.sendable == 1
    assert survey.regions == {"US": 1}
