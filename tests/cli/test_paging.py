"""How far a walk over a team's list is: on a terminal, in a log, and nowhere with --quiet."""

from __future__ import annotations

import io

import pytest
from cli.harness import Program, Sandboxes, numbers, write_csv

from batch.cli.list_progress import ListProgressLine
from batch.guayaba.contact_list import ListProgress


@pytest.mark.parametrize(
    ("pages", "seconds", "lines", "why"),
    [
        (1000, 600.0, 10, "one at once, then one a minute"),
        (90, 54.0, 0, "it is over before anybody asks"),
        (90, 54.0 * 4, 4, "few pages, but a slow server"),
    ],
)
def test_a_log_hears_of_a_long_walk_once_a_minute(pages: int, seconds: float, lines: int, why: str) -> None:
    """A walk that takes longer than a minute says where it is, of how many pages, and until when it goes on."""
    log, now = io.StringIO(), 0.0
    paging = ListProgressLine(log, now=lambda: now)
    for read in range(1, pages + 1):
        now = seconds * read / pages
        paging.show(ListProgress("", read, pages, seconds - now))
    told = log.getvalue().splitlines()
    assert len(told) == lines, (why, told)
    if lines:
        assert told[0].startswith(f"Reading the list of contacts: page 1 of {pages:,}, done by about ")


def test_each_account_has_its_own_walk() -> None:
    """Two lists that are read side by side are told apart."""
    log = io.StringIO()
    paging = ListProgressLine(log, now=lambda: 0.0)
    for account in ("north", "south"):
        paging.show(ListProgress(account, 1, 500, 300.0))
    assert [line.split(":")[0].split()[-1] for line in log.getvalue().splitlines()] == ["north", "south"]


def test_quiet_hears_nothing() -> None:
    """With --quiet no walk is told."""
    log = io.StringIO()
    ListProgressLine(log, quiet=True, now=lambda: 0.0).show(ListProgress("", 1, 500, 300.0))
    assert log.getvalue() == ""


def test_a_terminal_shows_the_page(program: Program, sandboxes: Sandboxes) -> None:
    """A run that reads before it writes, and a verification, show the page that they are at, until nothing is left."""
    known = numbers(350)
    server = sandboxes(known)
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known[:200]])
    options = ("--base-url", server.url, "--rate", "60000/min")
    command = ("update", "in.csv", "--status", "DNC", "--skip-unchanged", *options)
    code, told = program.on_a_terminal(*command, "--limit", "1", answer="y\n", columns=120)
    assert code == 75, told
    assert "Reading the list of contacts: page 1 of 4, done by about" in told
    (run,) = program.folder.glob("reports/2*")
    code, told = program.on_a_terminal("verify", str(run), answer="", columns=120)
    assert code == 3, told
    assert "page 1 of 4, done by about" in told
