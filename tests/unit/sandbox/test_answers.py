"""What the success answers show, and what the reads filter and sort."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from batch.sandbox.defaults import timezone_of
from batch.sandbox.server import Options, running

if TYPE_CHECKING:
    from unit.sandbox.conftest import Sandbox, Start

CAMPAIGN = "550e8400-e29b-41d4-a716-446655440000"
OTHER = "d290f1ee-6c54-4b01-90e6-d701748f0851"
SAMPLE = f"/contacts/{OTHER}"
TERMINAL = ["DNC", "fulfilled", "not-answering", "not-interested", "not-qualifies", "paused", "wrong-number"]


def test_the_nine_default_statuses_are_a_bare_array(sandbox: Sandbox) -> None:
    """Seven statuses are terminal, and `paused` alone is not a system status."""
    rows = sandbox.http.get("/contacts/statuses").json()
    assert len(rows) == 9
    assert sorted(row["name"] for row in rows if row["isTerminal"]) == TERMINAL
    assert [row["name"] for row in rows if not row["isSystem"]] == ["paused"]
    places = {row["name"]: row["displayOrder"] for row in rows}
    assert (places["active"], places["fulfilled"], places["paused"]) == (0, 2, 3)
    assert list(rows[0]) == [
        *("id", "name", "label", "description", "color", "isTerminal", "isSystem", "excludeFromStats"),
        "displayOrder",
    ]


def test_campaigns_have_the_other_pagination(sandbox: Sandbox) -> None:
    """GET /campaigns has `data`, and a pagination with totalPages and currentPage."""
    answer = sandbox.http.get("/campaigns", params={"limit": 2, "page": 2}).json()
    assert answer == {
        "data": [{"id": "3f2b8f0e-6a3c-4c52-9a43-0d8f5a0a7c11", "name": "Appointments", "status": "active"}],
        "pagination": {"total": 3, "totalPages": 2, "currentPage": 2, "limit": 2},
    }
    found = sandbox.http.get("/campaigns", params={"search": "OUTREACH", "status": "active"}).json()
    assert [one["name"] for one in found["data"]] == ["Q1 Outreach"]


def test_a_listed_contact_has_the_shape_of_the_list_page(sandbox: Sandbox) -> None:
    """GET /contacts shows nulls and a list of campaigns, and neither campaignId nor updatedAt."""
    answer = sandbox.http.get("/contacts", params={"search": "+11234567890"}).json()
    assert answer["contacts"] == [
        {
            "id": OTHER,
            "name": "John Doe",
            "phoneNumber": "+11234567890",
            "timezone": "America/New_York",
            "status": "active",
            "customVariables": {"email": "john@example.com"},
            "createdAt": "2026-01-15T10:30:00.000Z",
            "fulfilledAt": None,
            "reAddedAt": None,
            "campaigns": [{"id": CAMPAIGN, "name": "Q1 Outreach"}],
        }
    ]
    assert answer["pagination"] == {"total": 1, "page": 1, "limit": 25}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The URL of a sandbox with five contacts."""
    seed = tmp_path_factory.mktemp("team") / "seed.json"
    people = [
        {"phoneNumber": f"+1212555010{n}", "name": name, "status": status, "createdAt": f"2026-01-0{day}T00:00:00.000Z"}
        for n, (name, status, day) in enumerate(
            [
                ("Ana", "active", 3),
                ("ÁLVARO", "active", 1),
                ("Bea +1", "DNC", 2),
                ("ana maría", "fulfilled", 2),
                ("Cy", "paused", 4),
            ]
        )
    ]
    people[4]["campaignId"] = OTHER
    people.append({"phoneNumber": "+12125550109", "name": "Gone", "deleted": True})  # type: ignore[dict-item]
    seed.write_text(json.dumps(people))
    with running(Options(port=0, seed=str(seed), reads_per_minute=0)) as url:
        yield url


LISTINGS: list[tuple[str, str, list[str]]] = [
    # why, query, last digits of the numbers expected, in order
    ("newest first, ties by id", "", ["4", "0", "*", "*", "1"]),
    ("oldest first", "sortOrder=asc", ["1", "*", "*", "0", "4"]),
    ("by status", "status=DNC", ["2"]),
    ("a status that nobody has", "status=dnc", []),
    ("one campaign", f"campaignId={OTHER}", ["4"]),
    ("two campaigns", f"campaignId={OTHER},{CAMPAIGN}&sortOrder=asc&limit=1", ["1"]),
    ("part of a name, any case", "search=ANA&sortOrder=asc", ["3", "0"]),
    ("case of accented letters", "search=álv", ["1"]),
    ("part of a number", "search=5550104", ["4"]),
    ("a whole number", "search=%2B12125550101&searchBy=phone", ["1"]),
    ("a number is a prefix", "search=%2B1212555&searchBy=phone&limit=1", ["4"]),
    ("a raw + is a space, the ordinary URL rule", "search=+12125550101", []),
    ("name only", "search=5550104&searchBy=name", []),
    ("phone only", "search=ana&searchBy=phone", []),
    ("a + in a name", "search=%2B1&searchBy=name", ["2"]),
    ("fulfilled first", "sortBy=fulfilledAt&limit=1", ["3"]),
    ("past the end", "page=9", []),
    ("a wildcard of SQL is a character", "search=%25", []),
    ("deleted contacts are not listed", "search=Gone", []),
]


@pytest.mark.parametrize(("why", "query", "expected"), LISTINGS, ids=[row[0] for row in LISTINGS])
def test_contacts_are_filtered_and_sorted(team: str, why: str, query: str, expected: list[str]) -> None:
    """Each filter and order finds just the contacts it should (* is any of two with the same time)."""
    answer = httpx.get(f"{team}/contacts?{query}", headers={"X-API-Key": "gua_1"}, trust_env=False, verify=False).json()
    found = [one["phoneNumber"][-1] for one in answer["contacts"]]
    assert len(found) == len(expected), why
    assert all(want in ("*", got) for want, got in zip(expected, found, strict=True)), (why, found)


def test_a_limit_over_100_is_clamped_and_echoed(team: str) -> None:
    """The echoed limit is what a page holds."""
    answer = httpx.get(
        f"{team}/contacts?limit=500", headers={"X-API-Key": "gua_1"}, trust_env=False, verify=False
    ).json()
    assert answer["pagination"] == {"total": 5, "page": 1, "limit": 100}


def test_put_replaces_the_variables_as_a_whole(sandbox: Sandbox) -> None:
    """Keys that a PUT does not send are gone; top-level fields that it does not send stay."""
    sandbox.http.put(SAMPLE, json={"customVariables": {"a": "1", "b": 2}})
    contact = sandbox.http.put(SAMPLE, json={"customVariables": {"b": None}}).json()["contact"]
    assert contact["customVariables"] == {"b": None}
    assert (contact["name"], contact["status"]) == ("John Doe", "active")


def test_put_may_repeat_the_contacts_own_number(sandbox: Sandbox) -> None:
    """The duplicate check does not find the contact itself, and a new number is found afterwards."""
    assert sandbox.http.put(SAMPLE, json={"phoneNumber": "+11234567890"}).status_code == 200
    assert sandbox.http.put(SAMPLE, json={"phoneNumber": "+12125550100"}).status_code == 200
    assert sandbox.update(status="paused").status_code == 404
    assert sandbox.update(phone="+12125550100", status="paused").status_code == 200


def test_fulfilled_at_is_shown_only_while_fulfilled(sandbox: Sandbox) -> None:
    """/contacts/update shows `fulfilledAt` with the status, and the list shows null once it is left."""
    assert "fulfilledAt" in sandbox.update(status="fulfilled").json()["contact"]
    assert "fulfilledAt" not in sandbox.update(status="paused").json()["contact"]
    listed = sandbox.http.get("/contacts", params={"search": "1234567890"}).json()["contacts"]
    assert listed[0]["fulfilledAt"] is None


def test_create_answers_201_with_data(sandbox: Sandbox) -> None:
    """A new contact is active in its campaign, with the timezone of its area code."""
    answer = sandbox.post("/contacts", {"phoneNumber": "+14155550100", "campaignId": CAMPAIGN, "name": "Ada"})
    contact = answer.json()["data"]
    assert answer.status_code == 201
    assert list(answer.json()) == ["success", "data"]
    assert (contact["status"], contact["timezone"]) == ("active", "America/Los_Angeles")
    assert list(contact) == [
        *("id", "phoneNumber", "name", "campaignId", "customVariables", "timezone", "status", "createdAt"),
    ]


ZONES = [
    ("+12125550100", "America/New_York"),
    ("+13125550100", "America/Chicago"),
    ("+16025550100", "America/Phoenix"),
    ("+18085550100", "Pacific/Honolulu"),
    ("+442079460100", "Europe/London"),
    ("+33142685300", "Europe/Paris"),
    ("+819012345678", "Asia/Tokyo"),
    ("+11234567890", "America/New_York"),  # the pages' own sample: no such area code
    ("+88212345678", "UTC"),  # a satellite's
]


@pytest.mark.parametrize(("phone", "zone"), ZONES)
def test_a_number_without_a_timezone_has_that_of_its_area_code(phone: str, zone: str) -> None:
    """/contacts/create: if it is omitted, it is detected from the area code, of any country."""
    assert timezone_of(phone) == zone


def test_campaign_id_wins_over_a_splitter(sandbox: Sandbox) -> None:
    """With both, the campaign is used and the answer is the one without adminId."""
    body = {"phoneNumber": "+14155550100", "campaignId": OTHER, "splitterId": CAMPAIGN}
    assert sandbox.post("/contacts", body).json()["data"]["campaignId"] == OTHER
    del body["campaignId"]
    split = sandbox.post("/contacts", body | {"phoneNumber": "+14155550101"}).json()["data"]
    assert split["adminId"] == "8f14e45f-ceea-467a-9575-d0e9e3c8b8a3" and "updatedAt" in split


def test_posting_a_known_number_updates_it(sandbox: Sandbox) -> None:
    """An upsert keeps the id, createdAt and what is not sent; a terminal contact becomes active again."""
    before = sandbox.http.get("/contacts", params={"search": "1234567890"}).json()["contacts"][0]
    body = {"phoneNumber": "+11234567890", "campaignId": CAMPAIGN, "name": "Jo"}
    assert sandbox.post("/contacts", body).json()["data"]["id"] == before["id"]
    after = sandbox.http.get("/contacts", params={"search": "1234567890"}).json()["contacts"][0]
    assert after == before | {"name": "Jo"}
    sandbox.update(status="DNC")
    sandbox.post("/contacts", body)
    again = sandbox.http.get("/contacts", params={"search": "1234567890"}).json()["contacts"][0]
    assert again["status"] == "active" and again["reAddedAt"] is not None


def test_a_deleted_contact_is_unknown_until_it_is_posted_again(start: Start, tmp_path: Any) -> None:
    """A deleted contact is a 404 for update, and POST /contacts reactivates it with its id."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps([{"phoneNumber": "+12125550100", "id": CAMPAIGN, "deleted": True}]))
    sandbox = start(seed=str(seed))
    assert sandbox.update(phone="+12125550100", status="DNC").status_code == 404
    assert sandbox.http.put(f"/contacts/{CAMPAIGN}", json={"name": "x"}).status_code == 404
    posted = sandbox.post("/contacts", {"phoneNumber": "+12125550100", "campaignId": CAMPAIGN})
    assert posted.json()["data"]["id"] == CAMPAIGN
    assert [row["kind"] for row in sandbox.book("effects")][:1] == ["re-added"]
    assert sandbox.update(phone="+12125550100", status="DNC").status_code == 200
