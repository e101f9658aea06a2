"""Two processes on one run, and on one key: one works, or both share; without lock or budget it is seen."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, wait_for, write_csv
from faults.storage.harness import FAST, broken
from harness.forked import Forked


def writing(server: Sandbox, program: Program, mutant: str, *command: str) -> Forked:
    """The command, broken by `mutant`, once it has made some writes."""
    before = len(server.writes())
    running = broken(program, mutant, command)
    wait_for(lambda: len(server.writes()) > before + 3 or running.poll() is not None)
    return running


def most(server: Sandbox) -> int:
    """How often the contact that was written most was written."""
    return max(server.applied().values(), default=0)


def test_a_second_process_is_refused_and_a_killed_holder_holds_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """Exit 11 names the first; after its kill -9 the very next command goes on, and each contact is written once."""
    known = numbers(150)
    server = sandboxes(known, "--latency", "1000")
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    first = writing(server, program, "-", *command)
    first.send_signal(signal.SIGSTOP)  # however slow the others are: it is not done before they look
    for second in (command, ("resume", "--yes")):
        refused = program(*second)
        assert refused.code == 11, refused.err
        assert f"process id {first.pid}" in refused.err
    first.kill()
    first.communicate()
    ended = program(*command)
    assert ended.code == 0, ended.err
    assert (len(ended.runs), ended.outcomes()) == (1, Counter(succeeded=150))
    assert server.applied() == Counter(known)


def test_without_the_lock_contacts_are_written_twice(program: Program, sandboxes: Sandboxes) -> None:
    """Two processes that take no lock send the same rows: the judge of the test above sees it."""
    known = numbers(60)
    server = sandboxes(known, "--latency", "1000")
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, "--workers", "4", *FAST)
    first = writing(server, program, "unlocked", *command)
    second = writing(server, program, "unlocked", *command)
    wait_for(lambda: most(server) > 1 or (first.poll(), second.poll()) != (None, None))
    assert most(server) > 1


def test_with_a_budget_each_the_server_refuses(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Two processes that know nothing of each other spend the quota twice: the test of the shared budget can fail."""
    known = numbers(80)
    server = sandboxes(known, "--window", "sliding", "--window-seconds", "20", writes=30)
    for name, part in (("a", known[:40]), ("b", known[40:])):
        write_csv(tmp_path / f"{name}.csv", ["phone"], [[phone] for phone in part])
        own = {"XDG_STATE_HOME": str(tmp_path / name)}
        program.start("fulfill", f"{name}.csv", "--base-url", server.url, "--window", "20s", "--yes", env=own)
    wait_for(lambda: any(entry["status"] == 429 for entry in server.writes()))


@pytest.mark.parametrize(
    ("running", "command", "code", "held", "why"),
    [
        ("paused", ("update", "part.csv", "--status", "DNC"), 11, 0, "a pause that was read before could end the DNC"),
        ("paused", ("fulfill", "part.csv"), 11, 0, "whatever the command"),
        ("paused", ("update", "dnc.csv", "--status", "DNC"), 3, 4, "one shared contact keeps no other back"),
        ("paused", ("update", "other.csv", "--status", "DNC"), 0, 0, "other contacts"),
        ("DNC", ("update", "part.csv", "--status", "DNC"), 0, 0, "one and the same stop, and either may come last"),
        ("active", ("update", "part.csv", "--status", "active"), 11, 0, "outreach would start twice"),
    ],
)
def test_two_commands_do_not_write_one_contact_at_one_time(
    program: Program, sandboxes: Sandboxes, running: str, command: tuple[str, ...], code: int, held: int, why: str
) -> None:
    """While a run is at work that has still to write contacts of a command otherwise, these rows are held, and where no
    other row is left the command is refused with exit 11; after that run's end they go through."""
    known = numbers(60)
    server = sandboxes(known, "--latency", "1000")
    for name, part in (("in", known[:40]), ("part", known[30:40]), ("other", known[40:44]), ("dnc", known[36:46])):
        write_csv(program.folder / f"{name}.csv", ["phone"], [[phone] for phone in part])
    to = ("--base-url", server.url, "--workers", "4", *FAST)
    first = writing(server, program, "-", "update", "in.csv", "--status", running, *to)
    first.send_signal(signal.SIGSTOP)
    before = server.applied()
    ended = program(*command, *to)
    assert ended.code == code, (why, ended.err)
    if code == 11:
        assert f"process id {first.pid}" in ended.err
        assert (server.applied() - before).total() <= 4, "what was in flight alone"
    elif held:
        assert f"{held} rows not sent (held)" in ended.err
        assert set(known[40:46]) <= set(server.applied()), "the others are sent now"
        assert not set(known[36:40]) & set(server.applied()), "these are not"
        assert ended.outcomes() == Counter(succeeded=6, held=4)
    first.kill()
    first.communicate()
    again = ("rerun", str(ended.run / "failures.csv")) if held else command
    assert program(*again, *to).code == 0
    if held:
        assert {(server.contact(phone) or {})["status"] for phone in known[36:46]} == {"DNC"}
