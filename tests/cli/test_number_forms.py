"""A team that holds numbers in the form of before a numbering plan changed: the real program against the sandbox."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cli.harness import Program, Sandbox, Sandboxes, wait_for, write_csv

FAST = ("--rate", "60000/min", "--yes")
DNC = ("update", "in.csv", "--status", "DNC", "--region", "MX")
OLD, NEW = "+5215512340101", "+525512340101"
NOBODY = "+525512340199"


def status(server: Sandbox, phone: str) -> str:
    return str((server.contact(phone) or {}).get("status"))


def test_a_dnc_list_reaches_contacts_in_their_old_form(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Contacts held as +52 1 become DNC although the file has them without the 1; a number of two contacts makes both
    DNC; only a number that the team holds in no form is not protected. `verify` finds all as asked, and `undo` puts
    back what it can."""
    both = ("+525512340102", "+5215512340102")
    server = sandboxes([OLD, *both])
    write_csv(tmp_path / "in.csv", ["phone"], [[NEW], ["55 1234 0102"], [NOBODY], ["+52 1 55 1234 0101"]])
    ended = program(*DNC, "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=2, not_found=1, duplicate=1), ended.err
    assert [status(server, phone) for phone in (OLD, *both)] == ["DNC"] * 3
    assert server.applied() == Counter([OLD, *both])
    first, second, third, _ = ended.report()
    assert OLD in first["_message"]
    assert (second["_code"], second["_attempts"]) == ("confirmed_each_form", "2")
    assert all(phone in second["_message"] for phone in both)
    assert all(phone in third["_message"] for phone in (NOBODY, "+5215512340199"))
    assert ended.summary()["not_protected"] == 1
    verified = program("verify", ended.run, "--base-url", server.url)
    assert verified.code == 3, verified.err
    assert "3 of 4 rows are as requested, 1 not found" in verified.out
    server.update(both[1], "active")
    again = program("verify", ended.run, "--base-url", server.url, "--fresh")
    assert "2 of 4 rows are as requested, 1 different, 1 not found" in again.out


def test_a_contact_that_is_dnc_in_its_other_form_is_not_called(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A row that starts outreach is held where the person is DNC under the other form of the number."""
    server = sandboxes([{"phoneNumber": OLD, "status": "DNC"}, {"phoneNumber": NEW, "status": "paused"}])
    write_csv(tmp_path / "in.csv", ["phone"], [[NEW]])
    options = ("--status", "active", "--allow-reactivation", "--region", "MX", "--base-url", server.url, *FAST)
    ended = program("update", "in.csv", *options)
    (row,) = ended.report()
    assert (row["_outcome"], row["_code"]) == ("held", "would_lift_dnc"), ended.err
    assert server.writes() == []


def test_a_run_that_is_killed_between_two_forms_goes_on(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A kill after the first of two contacts: the resumed run makes the other one DNC, and neither twice."""
    server = sandboxes([OLD, NEW])
    write_csv(tmp_path / "in.csv", ["phone"], [[NEW]])
    running = program.start(*DNC, "--base-url", server.url, "--rate", "1/20s", "--yes")
    wait_for(lambda: len(server.writes()) == 1)
    running.kill()
    running.communicate()
    assert status(server, OLD) != "DNC"
    ended = program(*DNC, "--base-url", server.url, "--rate", "60000/min", "--yes")
    assert ended.outcomes() == Counter(succeeded=1), ended.err
    assert [status(server, phone) for phone in (OLD, NEW)] == ["DNC", "DNC"]
    assert server.applied() == Counter([OLD, NEW])


def test_what_was_done_to_the_old_form_is_put_back(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """`undo` writes the contact in the form that the run wrote; a row that names the old form finds the new one. A
    number of two contacts is two rows of the undo, and each contact becomes what it was itself."""
    ar_file, ar_team = "+54 9 11 2345 0101", "+541123450101"
    before = {
        OLD: "talk-to-human",
        ar_team: "talk-to-human",
        "+525512340102": "active",
        "+5215512340102": "talk-to-human",
    }
    server = sandboxes([{"phoneNumber": phone, "status": was} for phone, was in before.items()])
    write_csv(tmp_path / "in.csv", ["phone"], [[NEW], [ar_file], ["55 1234 0102"]])
    ended = program(
        "update", "in.csv", "--status", "paused", "--keep-before", "--region", "MX", "--base-url", server.url, *FAST
    )
    assert ended.outcomes() == Counter(succeeded=3), ended.err
    assert [status(server, phone) for phone in before] == ["paused"] * 4
    undone = program("undo", ended.run, "--allow-reactivation", "--base-url", server.url, *FAST)
    assert undone.outcomes() == Counter(succeeded=4), undone.err
    assert {phone: status(server, phone) for phone in before} == before


def test_a_list_that_is_read_shows_the_other_form(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """--skip-unchanged with the team's list: a contact that is DNC in its old form needs no write, and the plan counts
    it as up to date."""
    known = [f"+521551234{line:04d}" for line in range(200)]
    server = sandboxes([{"phoneNumber": phone, "status": "DNC"} for phone in known])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone.replace("+521", "+52")] for phone in known])
    ended = program(*DNC, "--skip-unchanged", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(unchanged=200), ended.err
    assert server.writes() == []
    assert ended.summary()["calls"]["reads"] < 20


def test_two_forms_in_one_file_are_two_rows_in_order(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A file with both of Argentina's forms of a number: each row finds the contact, one after the other."""
    server = sandboxes(["+541123450101"], "--latency", "30")
    write_csv(tmp_path / "in.csv", ["phone"], [["+5491123450101"], ["+541123450101"]])
    ended = program("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=2), ended.err
    assert server.applied() == Counter({"+541123450101": 2})
    first, second = server.writes()
    assert first["at"] <= second["at"]
