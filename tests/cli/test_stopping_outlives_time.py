"""Between runs, too, nobody who asked not to be called is called; and the remedy that verify prints works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, write_csv

FAST = ("--rate", "60000/min", "--yes")
(PHONE,) = numbers(1)


def status(server: Sandbox) -> str:
    return str((server.contact(PHONE) or {})["status"])


def write(program: Program, server: Sandbox, name: str, value: str, *options: str) -> Path:
    write_csv(program.folder / name, ["phone"], [[PHONE]])
    return program("update", name, "--status", value, "--base-url", server.url, *options, *FAST).run


@pytest.mark.parametrize("newer", ["active", "paused"])
def test_a_dnc_that_failed_is_sent_though_something_newer_succeeded(
    newer: str, program: Program, sandboxes: Sandboxes
) -> None:
    """A DNC run fails, a newer run of the same person succeeds, the DNC rows are run again: the person is DNC."""
    server = sandboxes([PHONE], "--fault", "status:500@POST@/contacts/update@first:1")
    failed = write(program, server, "a.csv", "DNC", "--attempts", "1")
    write(program, server, "b.csv", newer)
    assert status(server) == newer
    again = program("rerun", failed / "failures.csv", *FAST)
    assert [row["_outcome"] for row in again.report()] == ["succeeded"]
    assert status(server) == "DNC"


@pytest.mark.parametrize("reruns", [1, 2])
def test_the_rerun_that_verify_prints_sets_dnc_again(reruns: int, program: Program, sandboxes: Sandboxes) -> None:
    """A contact was activated after its DNC run; verify names it, and the command that it prints makes it DNC, as often
    as that happens."""
    server = sandboxes([PHONE])
    run = write(program, server, "a.csv", "DNC")
    for count in range(reruns):
        write(program, server, f"b{count}.csv", "active", "--allow-reactivation", "--allow-lifting-dnc")
        assert status(server) == "active"
        verified = program("verify", run)
        assert verified.code == 3
        printed = re.search(r"guayaba-batch (rerun .*verify-\S+)", verified.out)
        assert printed is not None, verified.out
        assert program(*shlex.split(printed[1]), *FAST).code == 0
        assert status(server) == "DNC"


@pytest.mark.parametrize(
    ("first", "later", "code", "why"),
    [
        ("paused", "active", 4, "it was activated since: the pause would not be sent again"),
        ("DNC", "paused", 4, "it is not DNC any more"),
        ("paused", "DNC", 0, "a stricter stop took its place"),
        ("active", "paused", 0, "a stop is taken back by nobody"),
    ],
)
def test_a_command_does_not_go_on_where_what_it_did_was_taken_back(
    program: Program, sandboxes: Sandboxes, first: str, later: str, code: int, why: str
) -> None:
    """A limit left a row pending, and a later run gave the row that was done a status that ends its stop: the command
    is refused, since it would call that row succeeded. With --fresh it is sent again; `resume` sends the rest."""
    known = [PHONE, *numbers(2)[1:]]
    server = sandboxes(known)
    for name, phones in (("in.csv", known), ("one.csv", known[:1])):
        write_csv(program.folder / name, ["phone"], [[phone] for phone in phones])
    to = ("--base-url", server.url, *FAST)
    command = ("update", "in.csv", "--status", first, *to)
    begun = program(*command, "--limit", "1")
    assert begun.code == 75, begun.err
    lifting = ("--allow-reactivation", "--allow-lifting-dnc")
    assert program("update", "one.csv", "--status", later, *to, *lifting).code == 0
    sent = len(server.writes())
    ended = program(*command)
    assert ended.code == code, (why, ended.err)
    if code:
        assert len(server.writes()) == sent
        assert "--fresh" in ended.err
        assert program("resume", begun.run, *FAST).code == 0
        assert status(server) == later, "that row was done"
        assert program(*command, "--fresh").code == 0
        assert status(server) == first
