"""`undo` as it is used: the real program puts back what a run did to the real sandbox, and its own run is looked at."""

from __future__ import annotations

from collections import Counter

import pytest
from cli.harness import Ended, Program, Sandbox, Sandboxes, numbers, read_csv, wait_for, write_csv

from batch.codes import tip
from batch.errors import Exit
from batch.model import RunKind

FAST = ("--rate", "60000/min", "--yes")
AGAIN = "--allow-reactivation"


def ran(program: Program, server: Sandbox, phones: list[str], status: str, *options: str) -> Ended:
    """A run over `phones` that reads before it writes."""
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in phones])
    return program(
        "update", "in.csv", "--status", status, "--skip-unchanged", "--base-url", server.url, *FAST, *options
    )


def statuses(server: Sandbox, phones: list[str]) -> list[str]:
    return [(server.contact(phone) or {}).get("status", "") for phone in phones]


def words(ended: Ended) -> dict[str, tuple[str, str]]:
    """Outcome and code of each row, by its number."""
    return {row["_row"]: (row["_outcome"], row["_code"]) for row in ended.report()}


def test_what_a_run_did_is_put_back_once(program: Program, sandboxes: Sandboxes) -> None:
    """Each contact is what it was, except those changed since; a second undo finds that and writes nothing."""
    known = numbers(4)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    run = ran(program, server, [*known, known[0], "98", numbers(9)[8]], "paused").run
    server.update(known[3], "DNC")
    before = server.applied()
    undone = program("undo", run, AGAIN, *FAST)
    assert undone.code == Exit.SOME_ROWS
    assert words(undone) == {
        "2": ("succeeded", "confirmed"),
        "3": ("succeeded", "confirmed"),
        "4": ("succeeded", "confirmed"),
        "5": ("held", "changed_since"),
        "6": ("duplicate", "same_contact"),
        "7": ("unchanged", "nothing_to_undo"),
        "8": ("unchanged", "nothing_to_undo"),
    }
    assert statuses(server, known) == ["talk-to-human"] * 3 + ["DNC"]
    assert server.applied() - before == Counter(known[:3])
    assert f"guayaba-batch undo {run.relative_to(program.folder)}" in undone.out or f"undo {run}" in undone.out
    second = program("undo", run, AGAIN, *FAST)
    assert second.run != undone.run
    assert second.outcomes() == Counter(unchanged=5, held=1, duplicate=1)
    assert server.applied() - before == Counter(known[:3])
    assert statuses(server, known) == ["talk-to-human"] * 3 + ["DNC"]


@pytest.mark.parametrize("then", ["active", "paused"])
def test_dnc_is_not_undone_unless_that_is_said(program: Program, sandboxes: Sandboxes, then: str) -> None:
    """After a DNC run, undo leaves everybody DNC, whatever they were before, even with --allow-reactivation; with
    --allow-lifting-dnc as well it does not."""
    known = numbers(2)
    server = sandboxes([{"phoneNumber": phone, "status": then} for phone in known])
    run = ran(program, server, known, "DNC").run
    writes = len(server.writes())
    held = program("undo", run, *FAST)
    assert (held.code, held.outcomes(), len(server.writes())) == (Exit.SOME_ROWS, Counter(held=2), writes)
    assert {code for _, code in words(held).values()} == {"would_lift_dnc"}
    assert program("undo", run, AGAIN, *FAST).code == Exit.SOME_ROWS
    assert statuses(server, known) == ["DNC", "DNC"]
    assert program("undo", run, AGAIN, "--allow-lifting-dnc", *FAST).code == Exit.OK
    assert statuses(server, known) == [then, then]


def test_a_run_that_read_nothing_cannot_be_undone(program: Program, sandboxes: Sandboxes) -> None:
    """A run that wrote without reading is refused in one sentence with its counts: nothing is sent, no folder is made,
    and a run that could go on still can."""
    known = numbers(3)
    server = sandboxes(known)
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    run = program(*command, "--limit", "2").run
    requests = len(server.writes())
    undone = program("undo", run, AGAIN, *FAST)
    assert (undone.code, len(server.writes()), undone.runs) == (Exit.REFUSED, requests, frozenset({run}))
    unread = "the contacts of 2 of 3 rows were not read before they were written"
    assert f"{run.name} cannot be undone: {unread}" in undone.err
    assert "--skip-unchanged" in undone.err
    assert program(*command).outcomes() == Counter(succeeded=3), "its DNC rows are still sent"


def test_what_was_not_read_is_named_and_left_alone(program: Program, sandboxes: Sandboxes) -> None:
    """Where a run read some contacts and not others, the question says how many stay as they are, and each says so."""
    known = numbers(2)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    rows = [[known[0], "DNC"], [known[1], "active"]]
    write_csv(program.folder / "in.csv", ["phone", "status"], rows)
    run = program("update", "in.csv", "--base-url", server.url, *FAST).run  # who is to be called is read first
    undone = program("undo", run, AGAIN, *FAST)
    assert undone.code == Exit.SOME_ROWS
    assert "the contacts of 1 of 2 rows were not read before they were written, so they stay as they are" in undone.err
    assert words(undone) == {"2": ("held", "before_unknown"), "3": ("succeeded", "confirmed")}
    assert statuses(server, known) == ["DNC", "talk-to-human"]


def test_an_undo_says_what_it_undoes_and_how_to_take_it_up(program: Program, sandboxes: Sandboxes) -> None:
    """Question, summary and page name the run that is undone, not an update of its file; and where a contact could not
    be read, the tip is to give the undo again, for no rerun takes its report."""
    known = numbers(1)
    contacts = [{"phoneNumber": phone, "status": "talk-to-human"} for phone in known]
    server = sandboxes(contacts, "--fault", "status:500@GET@/contacts@after:3")  # statuses and two pages
    run = ran(program, server, known, "paused").run
    undone = program("undo", run, AGAIN, *FAST)
    assert words(undone) == {"2": ("failed", "not_read")}
    assert f"undo {run.name}: 1 call" in undone.err
    assert undone.out.splitlines()[0].startswith(f"undo {run.name}: finished")
    assert f"<title>undo {run.name}:" in (undone.run / "report.html").read_text()
    (row,) = undone.report("failures")
    assert row["_tip"] == tip("not_read", RunKind.UNDO) != tip("not_read")
    assert "un undo again" in undone.out
    assert "erun this file" not in undone.out


def test_a_campaign_is_put_back_and_nothing_else(program: Program, sandboxes: Sandboxes) -> None:
    """Where a run moved a contact, undo moves it back; a status that somebody set since is not touched, but one that
    stops outreach holds the move back."""
    known = numbers(2)
    server = sandboxes(known)
    home, other = (campaign["id"] for campaign in server._get("/campaigns")["data"][:2])
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    run = program("update", "in.csv", "--campaign", other, "--base-url", server.url, *FAST)
    assert run.outcomes() == Counter(succeeded=2), run.err
    was = read_csv(run.run / "outcomes.csv")
    server.update(known[0], "talk-to-human")
    server.update(known[1], "DNC")
    undone = program("undo", run.run, *FAST)
    assert words(undone) == {"2": ("succeeded", "confirmed"), "3": ("held", "stays_stopped")}, was
    moved = server.contact(known[0])
    assert moved is not None
    assert moved["status"] == "talk-to-human"
    assert moved["campaigns"][0]["id"] != other or home == other
    assert statuses(server, known)[1] == "DNC"


def test_what_a_later_run_asked_is_not_undone_with_an_older_wish(program: Program, sandboxes: Sandboxes) -> None:
    """Two runs pause one contact for reasons of their own: undoing the first leaves it to the second."""
    known = numbers(2)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    first = ran(program, server, known, "paused").run
    write_csv(program.folder / "later.csv", ["phone"], [[known[0]]])
    assert program("update", "later.csv", "--status", "paused", "--base-url", server.url, *FAST).code == Exit.OK
    undone = program("undo", first, AGAIN, *FAST)
    assert words(undone) == {"2": ("superseded", "superseded"), "3": ("succeeded", "confirmed")}
    assert statuses(server, known) == ["paused", "talk-to-human"]


def test_a_stopped_run_is_closed_by_its_undo(program: Program, sandboxes: Sandboxes) -> None:
    """Undoing a run that was stopped half way puts back what it did, and nothing goes on with it."""
    known = numbers(3)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    stopped = ran(program, server, known, "paused", "--limit", "1")
    assert stopped.code == Exit.STOPPED
    undone = program("undo", stopped.run, AGAIN, *FAST)
    assert (undone.code, undone.outcomes()) == (Exit.OK, Counter(succeeded=1, unchanged=2)), undone.err
    assert "is not finished. After this undo it can no longer be resumed" in undone.err
    assert statuses(server, known) == ["talk-to-human"] * 3
    assert program("resume").code == Exit.USAGE


@pytest.mark.parametrize(("since", "word"), [(None, ("succeeded", "confirmed")), ("DNC", ("held", "changed_since"))])
def test_a_lost_request_is_sent_again_to_a_contact_that_is_as_the_run_left_it(
    program: Program, sandboxes: Sandboxes, since: str | None, word: tuple[str, str]
) -> None:
    """That the contact is stopped was the run's own doing; what somebody has changed since the request stays."""
    known = numbers(2)
    server = sandboxes(
        [{"phoneNumber": phone, "status": "talk-to-human"} for phone in known], "--fault", "status:500@nth:3"
    )
    run = ran(program, server, known, "paused").run
    running = program.start("undo", run, AGAIN, "--timeout", "3", "--workers", "1", *FAST)
    if since is not None:
        wait_for(lambda: len(server.writes()) >= 3)
        server.update(known[0], since)
    running.communicate()
    (undone,) = program.runs() - {run}
    rows = read_csv(undone / "outcomes.csv")
    assert (rows[0]["_outcome"], rows[0]["_code"]) == word, rows[0]["_message"]
    assert statuses(server, known) == [since or "talk-to-human", "talk-to-human"]


def test_an_undo_that_was_killed_goes_on(program: Program, sandboxes: Sandboxes) -> None:
    """kill -9 in the middle of an undo: the same command goes on with it, and every contact is put back once."""
    known = numbers(12)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known], "--latency", "150")
    run = ran(program, server, known, "paused").run
    before = server.applied()
    command = ("undo", run, AGAIN, "--workers", "2", *FAST)
    killed = program.start(*command)
    wait_for(lambda: len(server.applied() - before) >= 4)
    killed.kill()
    killed.wait()
    ended = program(*command)
    assert (ended.code, ended.outcomes()) == (Exit.OK, Counter(succeeded=12)), ended.err
    assert len(ended.runs) == 2
    assert server.applied() - before == Counter(known)
    assert statuses(server, known) == ["talk-to-human"] * 12


def test_the_report_of_an_undo_is_no_input_of_a_rerun(program: Program, sandboxes: Sandboxes) -> None:
    """A rerun of it would ask once more for what the undone run asked: it is refused, and says what to give instead."""
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in numbers(1)])
    run = ran(program, server, numbers(1), "paused").run
    undone = program("undo", run, *FAST)
    refused = program("rerun", undone.run / "failures.csv", *FAST)
    assert refused.code == Exit.REFUSED
    assert f"undo {run.relative_to(program.folder)}" in refused.err or f"undo {run}" in refused.err


def test_another_address_or_nobody_to_ask_is_refused(program: Program, sandboxes: Sandboxes) -> None:
    """An undo goes where its run went, and needs a confirmation: a start of outreach takes the typed count,
    also after a yes."""
    server = sandboxes([{"phoneNumber": phone, "status": "active"} for phone in numbers(2)])
    run = ran(program, server, numbers(2), "paused").run
    assert program("undo", run, "--base-url", "http://127.0.0.1:9", *FAST).code == Exit.REFUSED
    assert program("undo", run).code == Exit.USAGE
    code, told = program.on_a_terminal("undo", str(run), AGAIN, answer="y\n\n")
    assert (code, "Type 2 to continue" in told) == (Exit.USAGE, True)
    assert statuses(server, numbers(2)) == ["paused"] * 2
    code, told = program.on_a_terminal("undo", str(run), AGAIN, answer="yes\n2\n")
    assert code == Exit.OK, told
    assert statuses(server, numbers(2)) == ["active"] * 2


def test_what_can_be_put_back_is_and_the_rest_is_named(program: Program, sandboxes: Sandboxes) -> None:
    """Of a name and variables the name is put back; that the contact had no variables is said in the question, in the
    row and in the summary."""
    (phone,) = numbers(1)
    server = sandboxes([{"phoneNumber": phone, "name": "Bob"}])
    contact = server.contact(phone) or {}
    write_csv(program.folder / "in.csv", ["id", "name", "var:plan"], [[contact["id"], "Ann", "gold"]])
    run = program("update-by-id", "in.csv", "--base-url", server.url, "--skip-unchanged", *FAST).run
    assert (server.contact(phone) or {})["name"] == "Ann"
    undone = program("undo", run, *FAST)
    assert (server.contact(phone) or {})["name"] == "Bob"
    assert "1 row restored in part" in undone.err
    (row,) = undone.report()
    assert (row["_outcome"], row["_code"]) == ("succeeded", "put_back_in_part")
    assert "not put back: it had no custom variables" in row["_message"]
    assert "put_back_in_part" in undone.out
    assert undone.code == Exit.SOME_ROWS, "a person has to do the rest"
    assert [row["_code"] for row in undone.report("failures")] == ["put_back_in_part"]
    assert undone.summary()["not_done"] == 1
