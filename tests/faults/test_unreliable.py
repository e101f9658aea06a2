"""A machine that cannot be relied on: its clock is set forward and back, and names are found only now and then."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, wait_for, write_csv

from batch.errors import Exit

_FOLDERS = [str(Path(__file__).with_name("unreliable")), os.environ.get("PYTHONPATH", "")]
UNRELIABLE = {"PYTHONPATH": os.pathsep.join(filter(None, _FOLDERS))}


#: Seconds of a window: longer than the program takes to start again, so that it meets what the first one spent.
WINDOW = 3


def begun(program: Program, sandboxes: Sandboxes, people: list[str], window: int, *more: str) -> Sandbox:
    """A sandbox where ten writes are allowed in `window` seconds, and a file of `people`."""
    write_csv(program.folder / "in.csv", ["Phone"], [[phone] for phone in people])
    return sandboxes(people, "--window-seconds", str(window), "--window", "sliding", *more, writes=10)


def command(url: str, window: int) -> tuple[str, ...]:
    return ("update", "in.csv", "--status", "DNC", "--base-url", url, "--yes", "--window", f"{window}s")


@pytest.mark.parametrize(
    "leaps",
    [
        pytest.param("1:3600", id="an hour forward"),
        pytest.param("1:-86400", id="a day back"),
        pytest.param("1:86400,2:-172800,3:3600", id="forward and back"),
    ],
)
def test_a_clock_that_is_set_changes_no_pace(program: Program, sandboxes: Sandboxes, leaps: str) -> None:
    """Whatever the time of day does, also across a kill: no 429, no standstill, everybody written once."""
    people = numbers(18)
    server = begun(program, sandboxes, people, WINDOW)
    first = program.start(*command(server.url, WINDOW), env={**UNRELIABLE, "UNRELIABLE_CLOCK": leaps})
    wait_for(lambda: len(server.applied()) >= 10)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    ended = program(*command(server.url, WINDOW))  # by now the clock is right again
    assert ended.code == Exit.OK, ended.err
    assert server.applied() == dict.fromkeys(people, 1)
    assert [entry for entry in server.writes() if entry["status"] == 429] == []
    assert ended.summary()["counts"]["succeeded"] == len(people)


def test_a_clock_that_was_ahead_makes_no_finished_run_the_later_one(program: Program, sandboxes: Sandboxes) -> None:
    """What a run did while the clock was two hours ahead is the past: the same command writes each contact again, and
    so does the rerun of a verification that found one changed since."""
    people = numbers(3)
    server = begun(program, sandboxes, people, 1)
    program(*command(server.url, 1), env={**UNRELIABLE, "UNRELIABLE_CLOCK": "0:7200"})
    server.update(people[1], "active")
    second = program(*command(server.url, 1))  # by now the clock is right again
    assert (second.code, second.outcomes()) == (Exit.OK, {"succeeded": 3})
    assert server.contact(people[1])["status"] == "DNC"  # type: ignore[index]
    first = next(run for run in program.runs() if run != second.run)
    server.update(people[2], "active")
    proved = program("verify", first, "--base-url", server.url)
    assert proved.code == Exit.SOME_ROWS, proved.out
    (found,) = first.glob("verify-*.csv")
    third = program("rerun", found, "--base-url", server.url, "--yes")
    assert (third.code, third.outcomes()) == (Exit.OK, {"succeeded": 1}), third.err
    assert server.contact(people[2])["status"] == "DNC"  # type: ignore[index]


def test_names_that_are_found_now_and_then(program: Program, sandboxes: Sandboxes) -> None:
    """A resolver that fails every second time is an outage of a moment: no row fails for it, none is sent twice."""
    people = numbers(60)
    # A response takes longer than the limit's interval: a second connection is opened, and its name looked up.
    server = begun(program, sandboxes, people, 1, "--latency", "200")
    address = server.url.replace("127.0.0.1", "localhost")
    ended = program(*command(address, 1), env={**UNRELIABLE, "UNRELIABLE_DNS": "2"})
    assert ended.code == Exit.OK, ended.err
    assert server.applied() == dict.fromkeys(people, 1)
    assert ended.summary()["pauses"]["count"] > 0, "no look-up failed: nothing was shown"
