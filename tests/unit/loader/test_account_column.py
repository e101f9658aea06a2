"""Rows that name their API key: the column, the name, and what one number in two accounts is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.errors import SettingsError
from batch.guayaba.campaigns import Campaign, parse_campaigns
from batch.loader.team_rules import TeamNames
from batch.model import ContactChange, Operation, Outcome

if TYPE_CHECKING:
    from unit.loader.conftest import Read

NAMES = frozenset({"north", "South Shop"})
A, B = "+12125550100", "+12125550101"


@pytest.mark.parametrize(
    ("cell", "account", "code"),
    [
        pytest.param("north", "north", "", id="as the settings have it"),
        pytest.param(" North ", "north", "", id="capitals and spaces are a person's"),
        pytest.param("south-shop", "South Shop", "", id="so is punctuation"),
        pytest.param("", "", "no_account", id="blank: nobody guesses whose contact it is"),
        pytest.param("west", "", "unknown_account", id="a name that the settings do not have"),
    ],
)
def test_each_row_names_its_account(read: Read, cell: str, account: str, code: str) -> None:
    """The cell chooses the account by name; a row without one of the settings' accounts is not sent."""
    row, _ = read(f"Phone,Account\n{A},{cell}\n{B},north\n", accounts=NAMES).rows
    assert (row.account, row.code) == (account, code)


def test_a_company_is_no_account(read: Read) -> None:
    """A CRM's "Account" that names no account of the settings is not read, and the user hears so."""
    result = read(f"Phone,Account\n{A},Acme Ltd\n", accounts=NAMES)
    assert [(row.account, row.outcome) for row in result.rows] == [("", None)]
    assert any("names no account" in notice for notice in result.survey.notices)


def test_without_accounts_nothing_is_looked_for(read: Read) -> None:
    """Where the settings name no account, the column is the user's own business."""
    result = read(f"Phone,Account\n{A},north\n")
    assert [row.account for row in result.rows] == [""]
    assert not result.survey.accounts


def test_a_mapped_column_needs_accounts(read: Read) -> None:
    """`--map account=` without accounts in the settings is refused."""
    with pytest.raises(SettingsError, match="the settings name no accounts"):
        read(f"Phone,Team\n{A},north\n", mapping={"account": "Team"})


def test_one_number_in_two_accounts_is_two_contacts(read: Read) -> None:
    """The same number is folded within an account and never across."""
    rows = read(f"Phone,Account\n{A},north\n{A},South Shop\n{A},north\n", accounts=NAMES).rows
    assert [(row.outcome, row.same_as) for row in rows] == [(None, None), (None, None), (Outcome.DUPLICATE, 2)]


def test_the_rows_of_each_account_are_counted(read: Read) -> None:
    """The survey says how many rows without a fault each account has."""
    text = f"Phone,Account\n{A},north\n{B},South Shop\n{B},north\nnone,north\n"
    assert read(text, accounts=NAMES).survey.accounts == {"north": 2, "South Shop": 1}


def test_a_fault_of_the_phone_is_told_first(read: Read) -> None:
    """A row with two faults keeps the one that says whom it is about."""
    [row, _] = read(f"Phone,Account\nnobody,west\n{A},north\n", accounts=NAMES).rows
    assert row.code == "not_a_number"


def test_a_row_asks_for_what_its_own_team_has(read: Read) -> None:
    """Statuses and campaigns are those of the row's account: another team's are refused before any call."""
    mine = Campaign("d290f1ee-6c54-4b01-90e6-d701748f0851", "Spring")
    yours = Campaign("d290f1ee-6c54-4b01-90e6-d701748f0852", "Spring")
    rows = read(
        f"Phone,Account,Guayaba status,Guayaba campaign\n{A},north,vip,spring\n{A},South Shop,,spring\n"
        f"{B},South Shop,vip,\n{B},north,,{yours.id}\n",
        operation=Operation.UPDATE,
        ask=ContactChange(),
        accounts=NAMES,
        statuses=frozenset({"DNC", "vip"}),
        teams={
            "north": TeamNames(frozenset({"DNC", "vip"}), parse_campaigns([mine])),
            "South Shop": TeamNames(frozenset({"DNC"}), parse_campaigns([yours])),
        },
    ).rows
    assert [row.code for row in rows] == ["", "", "unknown_status", "unknown_campaign"]
    assert [row.change.campaign_id for row in rows[:2] if row.change] == [mine.id, yours.id]


def test_the_column_of_accounts_is_read_by_id_too(read: Read) -> None:
    """`update-by-id` takes the account of each row from its column."""
    rows = read(
        "id,name,account\nf50e8400-e29b-41d4-a716-446655440000,Ana,north\n",
        operation=Operation.UPDATE_BY_ID,
        ask=ContactChange(),
        accounts=NAMES,
    ).rows
    assert [(row.account, row.code) for row in rows] == [("north", "")]
