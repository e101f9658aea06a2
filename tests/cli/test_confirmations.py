"""A confirmation covers the count that it named: what goes past it is asked again, in every way a run goes on."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cli.harness import Ended, Program, Sandbox, Sandboxes, numbers, write_csv

from batch.journal.confirmations import read_confirmations
from batch.journal.journal import Journal

QUICK = ("--rate", "60000/min")
FAST = (*QUICK, "--yes")
#: Confirms all rows, and stops after three calls.
STOPPED = ("--rate", "3/1h", "--max-runtime", "1s", "--yes")


@pytest.fixture
def known(program: Program) -> list[str]:
    """Ten contacts, all of them in `in.csv`."""
    people = numbers(10)
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in people])
    return people


@pytest.fixture
def server(sandboxes: Sandboxes, known: list[str]) -> Sandbox:
    """The team that has them; the `paused` ones may be activated."""
    return sandboxes(known)


def update(server: Sandbox, status: str, *options: str | Path) -> tuple[str | Path, ...]:
    return ("update", "in.csv", "--status", status, "--base-url", server.url, *options)


def confirmations(run: Path) -> list[tuple[str, int, int, int]]:
    """By whom, and for how many calls, cancelled and started contacts, each confirmation of `run` was."""
    with closing(Journal.open_readonly(run / "journal.sqlite")) as journal:
        kept = read_confirmations(journal)
    assert all(each.at > 1e9 for each in kept)
    return [(each.by, each.named.calls, each.named.stops, each.named.starts) for each in kept]


GOES_ON: dict[str, Callable[[Ended], tuple[str | Path, ...]]] = {
    "resume": lambda first: ("resume", first.run),
    "resume the newest": lambda _: ("resume",),
}


@pytest.mark.parametrize("status", ["active", "DNC"])
@pytest.mark.parametrize("way", GOES_ON)
def test_resume_past_a_rehearsal_needs_a_new_yes(
    way: str, status: str, program: Program, server: Sandbox, known: list[str]
) -> None:
    """After `--limit 2 --yes`, `resume` without a terminal ends with 2 and sends nothing; with --yes it sends the rest,
    and the journal keeps both confirmations."""
    first = program(*update(server, status, *FAST, "--limit", "2"))
    assert first.code == 75, first.err
    refused = program(*GOES_ON[way](first), *QUICK)
    assert refused.code == 2, refused.err
    assert "8 more calls; 2 were confirmed" in refused.err
    assert "--yes" in refused.err
    assert len(server.writes()) == 2
    ended = program(*GOES_ON[way](first), *FAST)
    assert ended.code == 0, ended.err
    assert server.applied() == Counter(known)
    started = status == "active"
    assert confirmations(first.run) == [
        ("--yes", 2, 0 if started else 2, 2 if started else 0), ("--yes", 8, 0 if started else 8, 8 if started else 0),
    ]  # fmt: skip


def test_the_same_command_asks_again_on_a_terminal(program: Program, server: Sandbox, known: list[str]) -> None:
    """After a rehearsal whose count was typed, the same command without the limit says how much more it is and asks."""
    code, told = program.on_a_terminal(*update(server, "active", *QUICK, "--limit", "2"), answer="2\n")
    assert (code, "Type 2 to continue" in told) == (75, True), told
    code, told = program.on_a_terminal(*update(server, "active", *QUICK), answer="2\n", columns=200)
    assert code == 2, told
    assert "8 more calls; 2 were confirmed" in told
    assert len(server.writes()) == 2
    code, told = program.on_a_terminal(*update(server, "active", *QUICK), answer="8\n")
    assert code == 0, told
    assert server.applied() == Counter(known)
    (run,) = program.runs()
    assert confirmations(run) == [("terminal", 2, 0, 2), ("terminal", 8, 0, 8)]


def test_a_run_within_what_was_confirmed_goes_on_unasked(program: Program, server: Sandbox, known: list[str]) -> None:
    """Ten were confirmed and the run stopped after three: the rest of the ten needs no new answer."""
    first = program(*update(server, "active", *STOPPED))
    assert (first.code, len(server.writes())) == (75, 3), first.out + first.err
    ended = program("resume", first.run, *QUICK)
    assert ended.code == 0, ended.err
    assert server.applied() == Counter(known)
    assert confirmations(first.run) == [("--yes", 10, 0, 10)]


def test_a_job_past_a_rehearsal_asks_again(program: Program, server: Sandbox) -> None:
    """A job that was saved by the rehearsal keeps neither its limit nor its --yes: it asks for the rest."""
    program(*update(server, "active", *FAST, "--limit", "2", "--save-job", "weekly.toml"))
    assert program("run", "weekly.toml", "in.csv").code == 2
    code, told = program.on_a_terminal("run", "weekly.toml", "in.csv", answer="y\n\n", columns=200)
    assert (code, "8 more calls; 2 were confirmed" in told) == (2, True), told
    assert len(server.writes()) == 2
    assert program.on_a_terminal("run", "weekly.toml", "in.csv", answer="8\n")[0] == 0


@pytest.mark.parametrize("verb", ["rerun", "undo"])
def test_a_rerun_and_an_undo_ask_again_past_their_own_rehearsal(
    verb: str, program: Program, server: Sandbox, known: list[str]
) -> None:
    """`rerun` and `undo` are runs of their own: each asks for its count, and `resume` goes no further than that."""
    if verb == "rerun":
        first = program(*update(server, "active", *FAST, "--limit", "1"))
        command: tuple[str | Path, ...] = ("rerun", first.run / "failures.csv", *FAST)
    else:
        for phone in known:
            server.update(phone, "paused")
        first = program(*update(server, "fulfilled", *FAST, "--keep-before"))
        command = ("undo", first.run, *FAST)
    second = program(*command, "--limit", "3")
    assert second.code == 75, second.err
    sent = len(server.writes())
    refused = program("resume", second.run, *QUICK)
    assert (refused.code, "3 were confirmed" in refused.err) == (2, True), refused.err
    assert len(server.writes()) == sent
    assert program("resume", second.run, *FAST).code == 0


def test_a_limit_within_what_is_left_is_not_asked_about(program: Program, server: Sandbox) -> None:
    """A smaller limit than what was confirmed and not used goes on; then the rest of it, and no more."""
    first = program(*update(server, "active", *STOPPED, "--limit", "5"))
    assert (first.code, len(server.writes())) == (75, 3)
    assert program("resume", first.run, *QUICK, "--limit", "2").code == 75
    assert len(server.writes()) == 5
    assert program("resume", first.run, *QUICK, "--limit", "1").code == 2
    assert len(server.writes()) == 5


@pytest.mark.parametrize(("status", "code"), [("active", 2), ("DNC", 0)])
def test_a_run_of_an_older_version_is_asked_about_where_it_starts_outreach(
    status: str, code: int, program: Program, server: Sandbox
) -> None:
    """A journal with a plan and no confirmation: what was confirmed is not known, so a start of outreach asks."""
    first = program(*update(server, status, *FAST, "--limit", "2"))
    with closing(sqlite3.connect(first.run / "journal.sqlite")) as journal, journal:
        journal.execute("DELETE FROM meta WHERE key = 'confirmations'")
    resumed = program("resume", first.run, *QUICK)
    assert resumed.code == code, resumed.err
    assert ("not on record" in resumed.err) is (code == 2)
    assert len(server.writes()) == (2 if code else 10)


def test_a_guard_that_is_opened_later_is_asked_about(program: Program, server: Sandbox, known: list[str]) -> None:
    """All ten were confirmed with the guards on: `resume --allow-reactivation` goes past that."""
    server.update(known[9], "DNC")
    first = program(*update(server, "active", *STOPPED))
    assert first.code == 75
    leave = ("--allow-reactivation", "--allow-lifting-dnc")
    refused = program("resume", first.run, *QUICK, *leave)
    assert refused.code == 2, refused.err
    contact = server.contact(known[9])
    assert contact is not None
    assert contact["status"] == "DNC"
    assert program("resume", first.run, *FAST, *leave).code == 0


# -- the plan is true -------------------------------------------------------------------------------------------------


def test_a_limited_plan_counts_only_what_it_sends(program: Program, sandboxes: Sandboxes) -> None:
    """With --limit 3: three calls, three cancelled, none started, the rest left for later; rows are skipped by code."""
    known = numbers(10)
    server = sandboxes(known)
    rows = [[phone, "DNC" if at % 2 else "active"] for at, phone in enumerate(known)]
    write_csv(program.folder / "in.csv", ["phone", "status"], [*rows, ["", "DNC"], ["12", "DNC"], ["x", "DNC"]])
    ended = program("update", "in.csv", "--base-url", server.url, *FAST, "--limit", "3")
    assert "update: 3 calls to" in ended.err
    assert "13 rows: 3 to send, 7 left for later (--limit), 0 duplicates, 3 not sent (" in ended.err
    assert "no_phone 1" in ended.err
    assert "triggers of 3 contacts (DNC 3)" in ended.err
    assert "schedules new calls" not in ended.err
    assert Counter(entry["body"]["status"] for entry in server.writes()) == {"DNC": 3}
    again = program("update", "in.csv", "--base-url", server.url, *FAST, "--limit", "4")
    assert "4 more calls; 3 were confirmed" in again.err
    assert "triggers of 2 contacts (DNC 2)" in again.err
    assert "schedules new calls and messages for 2 contacts (active 2)" in again.err


def test_a_plan_of_rows_that_are_up_to_date_agrees_with_itself(
    program: Program, server: Sandbox, known: list[str]
) -> None:
    """--skip-unchanged after the same run: 0 calls, 0 to send, nobody cancelled, no "all rows are sent again"."""
    assert program(*update(server, "DNC", *FAST)).code == 0
    again = program(*update(server, "DNC", *FAST, "--skip-unchanged"))
    assert again.code == 0, again.err
    assert "update: 0 calls to" in again.err
    assert "10 rows: 0 to send, 10 that need no call" in again.err
    assert "cancels" not in again.err
    assert "sent again" not in again.err
    assert "an identical run already finished" in again.err
    assert len(server.writes()) == len(known)


def test_the_plan_says_where_its_rate_comes_from(program: Program, server: Sandbox) -> None:
    """The documented rate at first, the user's where that is less, and what the API stated after a run."""
    assert "(the documented rate)" in program(*update(server, "DNC", "--yes")).err
    assert "(your rate)" in program(*update(server, "paused", "--yes", "--rate", "10/min", "--limit", "1")).err
    assert "(the rate that the API states)" in program(*update(server, "fulfilled", "--yes", "--limit", "1")).err


def test_the_plan_offers_to_make_an_undo_possible(program: Program, server: Sandbox, known: list[str]) -> None:
    """A DNC run says that it cannot be undone, and what --keep-before costs; with it every contact can be put back."""
    plain = program(*update(server, "DNC", *FAST, "--limit", "1"))
    assert re.search(r"cannot be undone: .*add --keep-before .*costs 1 read, less than 1 min, beside", plain.err)
    kept = program(*update(server, "DNC", *FAST, "--fresh", "--keep-before"))
    assert "can be undone: --keep-before reads each contact before its write (10 reads" in kept.err
    assert kept.code == 0, kept.err
    undone = program("undo", kept.run, *FAST, "--allow-reactivation", "--allow-lifting-dnc")
    assert undone.outcomes()["succeeded"] == 9, undone.err  # one was DNC before
    assert [(server.contact(phone) or {})["status"] for phone in known[1:]] == ["active"] * 9


def test_keep_before_holds_after_a_resume(program: Program, server: Sandbox) -> None:
    """A run that was begun with --keep-before reads the contacts of its second session, too."""
    first = program(*update(server, "DNC", *FAST, "--keep-before", "--limit", "2"))
    assert program("resume", first.run, *FAST).code == 0
    undone = program("undo", first.run, *FAST, "--allow-reactivation", "--allow-lifting-dnc")
    assert undone.outcomes() == Counter(succeeded=10), undone.err


def test_notes_are_read_before_the_answer(program: Program, sandboxes: Sandboxes) -> None:
    """What was noticed in the file stands above the question, once."""
    (phone,) = numbers(1)
    server = sandboxes([phone])
    write_csv(program.folder / "in.csv", ["Mobile", "Work Phone"], [[phone, "+12125550190"], ["", "+12125550191"]])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *QUICK)
    code, told = program.on_a_terminal(*command, answer="n\n", columns=250)
    assert code == 2, told
    notes = [at for at in range(len(told)) if told.startswith("note: ", at)]
    assert notes, told
    assert max(notes) < told.index("Continue? [y/N]")
    code, told = program.on_a_terminal(*command, answer="y\n", columns=250)
    assert told.count("Work Phone") == 1, told


# -- a run that is over -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["fresh", "rerun", "undo"])
def test_a_run_that_is_over_says_what_took_its_rows(taken: str, program: Program, server: Sandbox) -> None:
    """`resume` of a run that --fresh, a rerun or an undo took over: exit 4, the name of that run, and nothing sent."""
    first = program(*update(server, "DNC", *FAST, "--keep-before", "--limit", "2"))
    leave = ("--allow-reactivation", "--allow-lifting-dnc")
    by = {
        "fresh": update(server, "DNC", *FAST, "--fresh", "--limit", "3"),
        "rerun": ("rerun", first.run / "failures.csv", *FAST),
        "undo": ("undo", first.run, *FAST, *leave),
    }[taken]
    second = program(*by)
    sent = len(server.writes())
    for _ in range(2):
        over = program("resume", first.run, *FAST)
        assert over.code == 4, over.err
        assert f"{second.run.name} took its rows" in over.err
    assert len(server.writes()) == sent
    assert program("report", first.run).code != 75


def test_a_run_of_an_older_version_that_is_over_names_its_successor(program: Program, server: Sandbox) -> None:
    """Where the journal does not say what took the rows, the runs beside it do."""
    first = program(*update(server, "DNC", *FAST, "--limit", "2"))
    second = program(*update(server, "DNC", *FAST, "--fresh"))
    with closing(sqlite3.connect(first.run / "journal.sqlite")) as journal, journal:
        journal.execute("DELETE FROM meta WHERE key = 'taken_by'")
    over = program("resume", first.run, *FAST)
    assert (over.code, second.run.name in over.err) == (4, True), over.err


# -- the same rows in another way -------------------------------------------------------------------------------------


def test_piped_rows_are_known_in_another_order(program: Program, sandboxes: Sandboxes) -> None:
    """An unfinished run goes on when its rows come through stdin in another order, and says so; nobody is written
    twice. Other rows are another run."""
    known = numbers(6)
    server = sandboxes(known)
    command = ("update", "-", "--status", "DNC", "--base-url", server.url, *FAST)
    first = program(*command, "--limit", "2", stdin="phone\n" + "\n".join(known))
    assert first.code == 75
    again = program(*command, stdin="phone\n" + "\n".join(known[::-1]))
    assert (again.code, len(program.runs())) == (0, 1), again.err
    assert f"stdin holds the rows of {first.run.name}, in another order" in again.err
    assert again.err.index("in another order") < again.err.index("Continuing")
    assert server.applied() == Counter(known)


def test_piped_rows_that_were_sent_are_known_in_another_order(program: Program, sandboxes: Sandboxes) -> None:
    """A finished run of the same contacts is named before the question; --skip-unchanged is the way out."""
    known = numbers(6)
    server = sandboxes(known)
    command = ("update", "-", "--status", "DNC", "--base-url", server.url, *FAST)
    first = program(*command, stdin="phone\n" + "\n".join(known))
    again = program(*command, stdin="phone\n" + "\n".join(known[::-1]))
    assert f"{first.run.name} sent the same changes to the same contacts before" in again.err
    assert "--skip-unchanged" in again.err
    other = program(*command, stdin="phone\n" + "\n".join(known[1:]))
    assert "before" not in other.err.split("note:")[-1] or "note:" not in other.err


def test_a_copy_of_the_file_names_the_file_that_it_continues(program: Program, server: Sandbox) -> None:
    """The same bytes under another name go on with the run, and both names are said."""
    program(*update(server, "DNC", *FAST, "--limit", "2"))
    (program.folder / "copy.csv").write_bytes((program.folder / "in.csv").read_bytes())
    again = program("update", "copy.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    assert again.code == 0, again.err
    assert re.search(r"copy\.csv holds the same rows as .*in\.csv", again.err), again.err
