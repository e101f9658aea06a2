"""`doctor`, and a command that does not exist, as a user meets them."""

from __future__ import annotations

import json

import pytest
from cli.harness import KEY, Program, Sandboxes

STATES = [
    ("gua_test0000_canary-5f3a9c", 0, {}, "nothing is wrong"),
    ("", 2, {"settings": "error"}, "no key: the settings cannot be used"),
    ("gua_revoked0_nope", 5, {"host": "error"}, "a key that the API refuses"),
]


@pytest.mark.parametrize(("key", "code", "wrong", "reason"), STATES, ids=["ok", "no-key", "refused"])
def test_doctor(
    key: str, code: int, wrong: dict[str, str], reason: str, program: Program, sandboxes: Sandboxes
) -> None:
    """The exit code is that of the first error, every check is in the JSON, and nothing is written to the API."""
    server = sandboxes()
    ended = program("doctor", "--base-url", server.url, "--json", env={"GUAYABA_API_KEY": key})
    checks = {each["name"]: each for each in json.loads(ended.out)["checks"]}
    assert (ended.code, {name: each["state"] for name, each in checks.items() if each["state"] == "error"}) == (
        code, wrong,
    ), reason  # fmt: skip
    assert {"disk", "quota_store", "browser", "sandbox"} <= checks.keys()
    assert all(each["tip"] for each in checks.values() if each["state"] == "error")
    assert server.writes() == []
    assert not program.runs()
    assert not key or key not in ended.out + ended.err


def test_doctor_in_words(program: Program) -> None:
    """Without a server: exit 75, a line for each check, what to do, and how many things keep a run from starting."""
    ended = program("doctor", "--base-url", "http://127.0.0.1:9", hurry=50)
    assert ended.code == 75, ended.err
    assert " X  host" in ended.out
    assert "What to do: " in ended.out
    assert "1 thing keeps a run from starting." in ended.out
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "words", "reason"),
    [
        (("updte", "in.csv"), "Did you mean update", "a slip"),
        (("in.csv",), "guayaba-batch check in.csv", "a file without a command"),
        (("--language", "es", "updte"), "Qué hacer", "in Spanish"),
    ],
)
def test_an_unknown_command(arguments: tuple[str, ...], words: str, reason: str, program: Program) -> None:
    """A command that does not exist: exit 2, and what would be near."""
    ended = program(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err, reason
    assert "Traceback" not in ended.err


def test_a_dry_run_is_a_plan(program: Program, sandboxes: Sandboxes) -> None:
    """A write with --dry-run is a plan: nothing is sent."""
    server = sandboxes(["+12125550100"])
    (program.folder / "in.csv").write_text("phone\n+12125550100\n")
    ended = program("update", "in.csv", "--status", "DNC", "--dry-run", "--base-url", server.url)
    assert ended.code in (0, 6), ended.err
    assert "-plan-" in ended.run.name
    assert server.writes() == []
