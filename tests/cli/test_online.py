"""What is asked of the API before the first write: key, statuses and campaigns, out of the reads' own quota."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, write_csv

FAST = ("--rate", "60000/min", "--yes")
WINBACK, FIRST, SECOND = (f"0000000{n}-0000-4000-8000-00000000000a" for n in range(3))
CAMPAIGNS = [
    {"id": WINBACK, "name": "Winback"},
    {"id": FIRST, "name": "Q1 Outreach"},
    {"id": SECOND, "name": "Q1 Outreach", "status": "paused"},
    *({"id": f"0000000a-0000-4000-8000-{n:012x}", "name": f"Filler {n}"} for n in range(230)),
]


@pytest.fixture
def server(sandboxes: Sandboxes, tmp_path: Path) -> Sandbox:
    """A team with a status of its own and more campaigns than two pages hold."""
    seed = tmp_path / "team.json"
    contacts = [{"phoneNumber": phone, "campaignId": FIRST} for phone in numbers(4)]
    statuses = [{"name": "vip-only", "isTerminal": True}]
    seed.write_text(json.dumps({"contacts": contacts, "campaigns": CAMPAIGNS[::-1], "statuses": statuses}))
    return sandboxes(seed=seed)


def test_check_online_judges_by_the_team_and_writes_nothing(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """`check --online` finds what the team has not, row by row, says that the key works, and makes no write."""
    a, b, c, d = numbers(4)
    rows = [[a, "vip-only", "Winback"], [b, "actve", ""], [c, "", "Q1 Outreach"], [d, "", SECOND]]
    write_csv(tmp_path / "in.csv", ["phone", "status", "Guayaba campaign"], rows)
    asked = ("check", "in.csv", "--for", "update", "--online", "--base-url", server.url)
    ended = program(*asked)
    assert ended.code == 3, ended.err
    assert 'did you mean "active"' in ended.out
    assert "names 2 campaigns" in ended.out
    assert "vip-only" in ended.out
    told = json.loads(program(*asked, "--json").out)
    assert (told["online"], told["sendable"]) == (True, 2)
    assert Counter(group["code"] for group in told["problems"]) == Counter(unknown_status=1, ambiguous_campaign=1)
    assert server.writes() == []


def test_check_online_with_a_refused_key(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """A key that the API refuses: exit 5, before anybody believes that the file can be run."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    env = {"GUAYABA_API_KEY": "gua_revoked0_nope"}
    ended = program("check", "in.csv", "--online", "--base-url", server.url, env=env)
    assert (ended.code, "Traceback" in ended.err) == (5, False)


def test_a_campaign_by_its_name_is_sent_by_its_id(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """`--campaign winback`, listed on the third page, reaches the API as its UUID, and the same command is the same."""
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(3)])
    command = ("update", "in.csv", "--campaign", "winback", "--base-url", server.url, *FAST)
    first = program(*command, "--limit", "1")
    assert first.code == 75, first.err
    second = program(*command)
    assert second.code == 0, second.err
    assert second.run == first.run
    assert {entry["body"]["campaignId"] for entry in server.writes()} == {WINBACK}
    assert sum(entry["path"] == "/campaigns" for entry in server.log("requests")) == 3, (
        "a run that goes on does not ask"
    )


def test_an_ambiguous_name_is_refused_with_the_candidates(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """`--campaign "Q1 Outreach"`, which two have: exit 2, both are listed with id and state, nothing is sent."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("update", "in.csv", "--campaign", "Q1 Outreach", "--base-url", server.url, *FAST)
    assert ended.code == 2
    assert FIRST in ended.err
    assert f"{SECOND}  Q1 Outreach (paused)" in ended.err
    assert (server.writes(), ended.runs) == ([], frozenset())


def test_without_the_preflight_the_first_call_is_a_write(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """--no-preflight asks nothing first; what the team lacks is then the API's to refuse."""
    write_csv(tmp_path / "in.csv", ["phone", "status"], [[numbers(1)[0], "vip-only"], [numbers(2)[1], "none-such"]])
    options = ("--map", "status=status", "--no-preflight", "--allow-reactivation")
    ended = program("update", "in.csv", *options, "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    assert Counter(entry["class"] for entry in server.log("requests")) == Counter(write=2)
    assert [row["_outcome"] for row in ended.report()] == ["succeeded", "rejected"]


def test_reads_before_a_run_keep_to_the_quota(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Process after process on one key: the reads that each makes first come out of one budget, and none is refused."""
    server = sandboxes(numbers(1), "--window-seconds", "3", reads=1)
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    for _ in range(3):
        env = {"GUAYABA_WINDOW": "3s"}
        assert program("check", "in.csv", "--online", "--base-url", server.url, env=env).code == 0
    reads = [entry for entry in server.log("requests") if entry["path"] == "/contacts/statuses"]
    assert [entry["status"] for entry in reads] == [200] * 3
