"""One file, several keys: each row goes out with its own account's key, and the accounts' runs are told apart."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256

import pytest
from cli.harness import Program, Sandboxes, numbers, read_csv, write_csv

from batch.errors import Exit

NORTH, SOUTH = "gua_north000_key-of-north", "gua_south000_key-of-south"
BOTH = """
[accounts.north]
api_key_env = "NORTH"
[accounts.south]
api_key_env = "SOUTH"
"""


def fingerprint(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:12]


@pytest.fixture
def keys(program: Program) -> Program:
    """The program with two accounts in its settings and no key of its own."""
    (program.folder / "guayaba-batch.toml").write_text(BOTH)
    program.env.pop("GUAYABA_API_KEY")
    program.env |= {"NORTH": NORTH, "SOUTH": SOUTH}
    return program


def test_each_row_goes_out_with_the_key_of_its_account(keys: Program, sandboxes: Sandboxes) -> None:
    """Every write carries the key that its row names, each key has its own quota, and rows without an account stay."""
    people = numbers(12)
    server = sandboxes(people, "--window-seconds", "2", writes=5)
    rows = [[phone, ("north", "South")[at % 2]] for at, phone in enumerate(people)]
    write_csv(keys.folder / "in.csv", ["Phone", "Account"], [*rows, [people[0], ""], [people[1], "west"]])
    ended = keys("update", "in.csv", "--status", "DNC", "--base-url", server.url, "--window", "2", "--yes")
    assert ended.code == Exit.SOME_ROWS, ended.err
    assert ended.outcomes() == Counter(succeeded=12, invalid=2)
    assert [row["_code"] for row in ended.report("failures")] == ["no_account", "unknown_account"]
    used = Counter(entry["key"] for entry in server.writes())
    assert used == {fingerprint(NORTH): 6, fingerprint(SOUTH): 6}
    assert all(entry["status"] == 200 for entry in server.writes())
    summary = ended.summary()
    assert {name: found["key_fingerprint"] for name, found in summary["accounts"].items() if name} == {
        "north": fingerprint(NORTH),
        "south": fingerprint(SOUTH),
    }
    assert summary["accounts"]["north"]["counts"]["succeeded"] == 6
    said = [line for line in ended.err.splitlines() if "limit" in line]
    assert sum(2 if "2 accounts" in line else 1 for line in said) == 2, "a changed limit is followed, and said once"
    assert all(line.endswith("is 5 writes in 2 s, not 30.") for line in said)
    for path in ended.run.iterdir():
        assert NORTH.encode() not in path.read_bytes()
    assert NORTH not in ended.out + ended.err


def test_the_accounts_that_are_refused_are_named_before_anything_is_sent(keys: Program, sandboxes: Sandboxes) -> None:
    """A revoked key is found by the first read: exit 5, its account named, nothing written for anybody."""
    people = numbers(4)
    server = sandboxes(people)
    keys.env["SOUTH"] = "gua_south000_revoked"
    write_csv(keys.folder / "in.csv", ["Phone", "Account"], [[people[0], "north"], [people[1], "south"]])
    ended = keys("fulfill", "in.csv", "--base-url", server.url, "--yes")
    assert ended.code == Exit.KEY
    assert "[accounts.south]" in ended.err
    assert "north" not in ended.err
    assert server.writes() == []


def test_a_run_of_several_keys_is_resumed_rerun_and_never_undone_by_an_older_report(
    keys: Program, sandboxes: Sandboxes
) -> None:
    """--limit counts over all lanes, the same command goes on, a corrected row is rerun with its account's key, and a
    row that a later run of one account alone has written is superseded in that account only."""
    people = numbers(6)
    server = sandboxes(people)
    rows = [[people[0], "north"], [people[0], "south"], [people[1], "north"], [people[2], "west"], [people[3], "south"]]
    write_csv(keys.folder / "in.csv", ["Phone", "Account"], rows)
    command = ("update", "in.csv", "--status", "paused", "--base-url", server.url, "--yes")
    first = keys(*command, "--limit", "2")
    assert (first.code, len(server.writes())) == (Exit.STOPPED, 2)
    second = keys(*command)
    assert (second.code, len(server.writes())) == (Exit.SOME_ROWS, 4)
    assert second.outcomes() == Counter(succeeded=4, invalid=1)

    write_csv(keys.folder / "north.csv", ["Phone"], [[people[2]]])
    alone = keys("update", "north.csv", "--status", "DNC", "--account", "north", "--base-url", server.url, "--yes")
    assert alone.code == Exit.OK, alone.err
    assert server.writes()[-1]["key"] == fingerprint(NORTH)

    failures = second.run / "failures.csv"
    [row] = read_csv(failures)
    header = list(row)
    write_csv(failures, header, [[*dict(row, Account=account).values()] for account in ("north", "south")])
    again = keys("rerun", failures, "--allow-lifting-dnc", "--yes")  # both keys are of one team
    assert again.code == Exit.OK, again.err
    assert [row["_outcome"] for row in again.report()] == ["superseded", "succeeded"]
    assert server.writes()[-1]["key"] == fingerprint(SOUTH)


def test_another_key_under_the_same_name_is_refused(keys: Program, sandboxes: Sandboxes) -> None:
    """A run goes on only with the keys that it was begun with, whatever their accounts are called now."""
    people = numbers(3)
    server = sandboxes(people)
    write_csv(keys.folder / "in.csv", ["Phone", "Account"], [[phone, "north"] for phone in people])
    command = ("fulfill", "in.csv", "--base-url", server.url, "--yes")
    assert keys(*command, "--limit", "1").code == Exit.STOPPED
    keys.env["NORTH"] = "gua_north000_another"
    refused = keys(*command)
    assert refused.code == Exit.REFUSED
    assert "the key of north" in refused.err
    assert len(server.writes()) == 1


def test_check_knows_the_accounts(keys: Program) -> None:
    """`check` judges the column of accounts without any key."""
    del keys.env["NORTH"], keys.env["SOUTH"]
    write_csv(keys.folder / "in.csv", ["Phone", "Account"], [[numbers(1)[0], "north"], [numbers(1)[0], "nowhere"]])
    ended = keys("check", "in.csv", "--json")
    assert ended.code == Exit.SOME_ROWS
    found = json.loads(ended.out)
    assert found["accounts"] == {"north": 1}
    assert [problem["code"] for problem in found["problems"]] == ["unknown_account"]
