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
