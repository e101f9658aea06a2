"""Which campaign is meant: by UUID, by name in any case, and never by guessing among several."""

from __future__ import annotations

import io

import pytest

from batch.errors import SettingsError
from batch.guayaba.campaigns import Campaign, Campaigns, NoMatch, parse_campaigns
from batch.guayaba.reads import Team
from batch.guayaba.statuses import DEFAULT_STATUSES, Statuses
from batch.guayaba.teams import Teams
from batch.loader import LoadedSource, ReadOptions, load
from batch.model import ContactChange, Operation
from batch.runs import team_check

Q1, Q1_OLD, VIP, vip = (f"0000000{n}-0000-4000-8000-00000000000a" for n in range(4))
LISTED = (
    Campaign(Q1.upper(), "Q1 Outreach", "active"),
    Campaign(Q1_OLD, "Q1 Outreach", "paused"),
    Campaign(VIP, "VIP", "active"),
    Campaign(vip, "vip", "active"),
    Campaign("00000009-0000-4000-8000-00000000000a", " Winback ", "active"),
    Campaign(VIP, "VIP", "active"),
)
TEAM = parse_campaigns(LISTED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(Q1, Q1, id="its id, which the API writes in capitals"),
        pytest.param(f" {{{Q1.upper()}}}\n", Q1, id="its id as Windows copies it"),
        pytest.param("winback", "00000009-0000-4000-8000-00000000000a", id="its name, in another case"),
        pytest.param("VIP", VIP, id="the exact name before another that differs in case only"),
        pytest.param("vip", vip, id="that other one"),
    ],
)
def test_a_campaign_is_found_by_id_or_name(text: str, found: str) -> None:
    """An id or a name that fits one campaign gives its id in lower case."""
    assert TEAM.find(text) == found


@pytest.mark.parametrize(
    ("text", "code", "candidates"),
    [
        pytest.param("q1 outreach", "ambiguous_campaign", [Q1.upper(), Q1_OLD], id="a name that two have"),
        pytest.param("Vip", "ambiguous_campaign", [VIP, vip], id="a case that neither of two has"),
        pytest.param("Winbak", "unknown_campaign", ["Winback"], id="a slip, with what is near"),
        pytest.param(Q1[:-1] + "f", "unknown_campaign", [], id="an id of somebody else's"),
        pytest.param(Q1[:-1], "unknown_campaign", [], id="an id with a digit too few is no name either"),
        pytest.param("", "unknown_campaign", [], id="nothing"),
    ],
)
def test_what_means_no_single_campaign_is_refused(text: str, code: str, candidates: list[str]) -> None:
    """No campaign, or several, is a refusal that lists the candidates."""
    found = TEAM.find(text)
    assert isinstance(found, NoMatch)
    assert found.code == code
    assert all(any(each in line for line in found.candidates) for each in candidates)


@pytest.mark.parametrize(
    "text",
    [
        "Q1 Outreach", Q1[:-1], Q1 + "0", Q1.replace("8", "g"), "1_" + Q1[2:], "0x" + "3" * 30, "+" + "3" * 31,
        Q1 + "," + Q1,
    ],
)  # fmt: skip
def test_without_the_list_only_a_uuid_will_do(text: str) -> None:
    """Where the API did not list its campaigns a UUID is taken at its word, and nothing else is."""
    assert Campaigns().find(Q1.upper()) == Q1
    found = Campaigns().find(text)
    assert isinstance(found, NoMatch)
    assert found.code == "malformed_campaign"


# -- options and cells ----------------------------------------------------------------------------------------------


def judged(text: str, reading: ReadOptions, campaigns: Campaigns = TEAM) -> tuple[LoadedSource, ReadOptions]:
    loaded = load("-", reading, stdin=io.BytesIO(text.encode()))
    team = Team(Statuses(DEFAULT_STATUSES, known=True), campaigns)
    return team_check.apply_team(reading, loaded, Teams({"": team}))


def test_the_option_may_be_a_name() -> None:
    """--campaign with a name becomes its id before anything is planned."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange(campaign_id="Winback"), region="US")
    loaded, reading = judged("phone\n2125550123\n", reading)
    ((row,),) = loaded.batches()
    assert row.change == reading.ask == ContactChange(campaign_id="00000009-0000-4000-8000-00000000000a")


def test_an_ambiguous_option_ends_the_run_with_the_candidates() -> None:
    """--campaign with a name that two campaigns have is refused, and both are listed."""
    with pytest.raises(SettingsError, match="2 campaigns") as caught:
        judged(
            "phone\n2125550123\n",
            ReadOptions(Operation.UPDATE, ask=ContactChange(campaign_id="Q1 Outreach"), region="US"),
        )
    assert [problem.split()[0] for problem in caught.value.problems] == [Q1.upper(), Q1_OLD]


@pytest.mark.parametrize(
    ("header", "mapping"),
    [("Guayaba Campaign", {}), ("Segment", {"campaign": "Segment"})],
    ids=["our header", "a mapped one"],
)
def test_cells_may_be_names(header: str, mapping: dict[str, str]) -> None:
    """Names in a column that is Guayaba's, by its header or by --map, are found; the others spoil their row only."""
    cells = ["Winback", VIP, "Q1 Outreach", "Nobody's", ""]
    text = f"phone,{header}\n" + "".join(f"21255501{n:02d},{cell}\n" for n, cell in enumerate(cells))
    loaded, _ = judged(text, ReadOptions(Operation.UPDATE, mapping, region="US"))
    ((*rows,),) = loaded.batches()
    assert [row.change.campaign_id if row.change else row.code for row in rows] == [
        "00000009-0000-4000-8000-00000000000a", VIP, "ambiguous_campaign", "unknown_campaign", "nothing_asked",
    ]  # fmt: skip
    assert Q1_OLD in rows[2].message


def test_a_crm_column_of_names_is_not_taken_for_ours() -> None:
    """A plain "Campaign" column of names is the CRM's own until --map says otherwise, and the notice says how."""
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange(status="paused"), region="US")
    loaded, _ = judged("phone,Campaign\n2125550123,Winback\n", reading)
    ((row,),) = loaded.batches()
    assert row.change == ContactChange(status="paused")
    assert any('--map campaign="Campaign"' in notice for notice in loaded.survey.notices)
