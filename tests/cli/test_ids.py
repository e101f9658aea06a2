"""update-by-id where rows give numbers instead of ids, and custom variables that are merged into what is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, wait_for, write_csv

FAST = ("--rate", "60000/min", "--yes")
ANN, BOB, CAT, NOBODY = numbers(4)


@pytest.fixture
def server(sandboxes: Sandboxes) -> Sandbox:
    """Ann and Bob, active, and Cat, DNC; Ann has variables."""
    return sandboxes(
        [
            {"phoneNumber": ANN, "name": "Ann", "customVariables": {"plan": "gold", "seats": 5}},
            {"phoneNumber": BOB, "name": "Bob"},
            {"phoneNumber": CAT, "name": "Cat", "status": "DNC"},
        ]
    )


def seen(server: Sandbox, phone: str, field: str) -> object:
    contact = server.contact(phone)
    assert contact is not None
    return contact[field]


def id_of(server: Sandbox, phone: str) -> str:
    return str(seen(server, phone, "id"))


def test_numbers_stand_for_ids(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """Without ids, each contact is found by its exact number in any spelling, and written by its id; nobody's number is
    `not_found` without a write."""
    rows = [["(212) 555-0100", "Ann B"], [BOB, "Bob B"], [NOBODY, "Nobody"], ["", "No one"]]
    write_csv(tmp_path / "in.csv", ["Phone", "name"], rows)
    ended = program("update-by-id", "in.csv", "--region", "US", "--base-url", server.url, *FAST)
    found = [(row["_outcome"], row["_code"]) for row in ended.report()]
    assert found == [
        ("succeeded", "confirmed"),
        ("succeeded", "confirmed"),
        ("not_found", "contact_not_found"),
        ("invalid", "no_id"),
    ], ended.err
    assert [entry["path"] for entry in server.writes()] == [f"/contacts/{id_of(server, who)}" for who in (ANN, BOB)]
    assert [entry["body"] for entry in server.writes()] == [{"name": "Ann B"}, {"name": "Bob B"}]
    assert ended.report()[0]["_contact_id"] == id_of(server, ANN)


def test_a_row_with_an_id_sets_its_number_and_one_without_is_found_by_it(
    program: Program, server: Sandbox, tmp_path: Path
) -> None:
    """In one column of phones: beside an id it is the contact's new number, without one it says who it is."""
    write_csv(tmp_path / "in.csv", ["id", "phone", "name"], [[id_of(server, ANN), NOBODY, "Ann B"], ["", BOB, "Bob B"]])
    ann = id_of(server, ANN)
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=2), ended.err
    assert (id_of(server, NOBODY), seen(server, NOBODY, "name"), seen(server, BOB, "name")) == (ann, "Ann B", "Bob B")


def test_a_contact_that_is_named_both_ways_is_not_written_out_of_turn(
    program: Program, server: Sandbox, tmp_path: Path
) -> None:
    """A row whose number leads to an id that another row names is held back: their order would be lost."""
    write_csv(tmp_path / "in.csv", ["id", "phone", "name"], [["", ANN, "by number"], [id_of(server, ANN), "", "by id"]])
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("held", "named_twice"), ("succeeded", "confirmed"),
    ], ended.err  # fmt: skip
    assert "row 3" in ended.report()[0]["_message"]
    assert seen(server, ANN, "name") == "by id"


@pytest.mark.parametrize("named", ["id", "phone"])
def test_variables_are_merged_into_what_is_there(program: Program, server: Sandbox, tmp_path: Path, named: str) -> None:
    """What a row does not set is kept, blank cells too; known by the id alone, the contact is found in the list."""
    who = {"id": [id_of(server, ANN), id_of(server, BOB)], "phone": [ANN, BOB]}[named]
    write_csv(tmp_path / "in.csv", [named, "var:seats", "var:city"], [[who[0], "7", ""], [who[1], "", "Quito"]])
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=2), ended.err
    assert seen(server, ANN, "customVariables") == {"plan": "gold", "seats": "7"}
    assert seen(server, BOB, "customVariables") == {"city": "Quito"}


def test_variables_replace_what_is_there_where_that_is_asked(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """--variables replace sends what the row says and nothing else, and reads nobody for it."""
    write_csv(tmp_path / "in.csv", ["id", "var:seats"], [[id_of(server, ANN), "7"]])
    before = len([entry for entry in server.log("requests") if entry["path"] == "/contacts"])
    ended = program("update-by-id", "in.csv", "--variables", "replace", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=1), ended.err
    assert len([entry for entry in server.log("requests") if entry["path"] == "/contacts"]) == before
    assert seen(server, ANN, "customVariables") == {"seats": "7"}


def test_variables_that_cannot_be_read_are_not_erased(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Where the contact is not there, nothing is merged and nothing is sent."""
    server = sandboxes([{"phoneNumber": ANN, "customVariables": {"plan": "gold"}}])
    unknown = "550e8400-e29b-41d4-a716-44665544ffff"
    write_csv(tmp_path / "in.csv", ["id", "var:seats"], [[unknown, "7"]])
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [("not_found", "contact_not_found")], (
        ended.err
    )
    assert server.writes() == []


def test_columns_that_are_not_sent_are_named(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """A column of the variable's own name is not the variable: it is named before the question, with what sets it."""
    write_csv(tmp_path / "in.csv", ["id", "name", "Plan", "City"], [[id_of(server, ANN), "Ann", "gold", "Quito"]])
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=1), ended.err
    said = " ".join(ended.err.split())
    assert "columns that are not sent: Plan, City. A column sets the variable NAME if its header is var:NAME" in said


def test_variables_changed_by_somebody_during_the_run_are_kept(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """What is merged was read shortly before the write, not when the run began."""
    known = numbers(6)
    server = sandboxes([{"phoneNumber": phone, "customVariables": {"plan": "gold"}} for phone in known])
    write_csv(tmp_path / "in.csv", ["id", "var:seats"], [[id_of(server, phone), "7"] for phone in known])
    running = program.start("update-by-id", "in.csv", "--base-url", server.url, "--rate", "1/4s", "--yes")
    wait_for(lambda: len(server.writes()) >= 1)
    server.put(id_of(server, known[-1]), {"customVariables": {"plan": "silver", "city": "Quito"}})
    assert running.wait(60) == 0
    assert seen(server, known[-1], "customVariables") == {"plan": "silver", "city": "Quito", "seats": "7"}


def test_a_stopped_contact_is_not_called_again_by_id(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """The guard holds for contacts that are known by their ids alone: the list shows who they are."""
    write_csv(tmp_path / "in.csv", ["id"], [[id_of(server, BOB)], [id_of(server, CAT)]])
    ended = program("update-by-id", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("succeeded", "confirmed"), ("held", "would_reactivate"),
    ], ended.err  # fmt: skip
    assert seen(server, CAT, "status") == "DNC"


def test_ids_that_are_as_asked_cost_no_write(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """--skip-unchanged holds for ids and for numbers."""
    rows = [[id_of(server, ANN), "", "gold", "Ann"], ["", BOB, "gold", ""]]
    write_csv(tmp_path / "in.csv", ["id", "phone", "var:plan", "name"], rows)
    ended = program("update-by-id", "in.csv", "--skip-unchanged", "--base-url", server.url, *FAST)
    assert [row["_outcome"] for row in ended.report()] == ["unchanged", "succeeded"], ended.err
    assert [entry["body"] for entry in server.writes()] == [{"customVariables": {"plan": "gold"}}]


def test_a_lost_answer_is_read_back_by_the_number_that_stood_for_the_id(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """Killed while the answer to a row without an id is awaited, the run goes on, reads that contact back, and writes
    nothing twice; what somebody merged in between is kept."""
    known = numbers(3)
    people = [{"phoneNumber": phone, "customVariables": {"plan": "gold"}} for phone in known]
    server = sandboxes(people, "--fault", "hang-after:60@PUT@nth:1")
    write_csv(tmp_path / "in.csv", ["phone", "var:seats"], [[phone, "7"] for phone in known])
    running = program.start("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    wait_for(lambda: server.applied()[known[0]] == 1)
    running.kill()
    running.wait(30)
    ended = program("resume", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=3), ended.err
    assert ended.report()[0]["_code"] == "read_back"
    assert [server.applied()[phone] for phone in known] == [1, 1, 1]
    assert {str(seen(server, phone, "customVariables")) for phone in known} == {"{'plan': 'gold', 'seats': '7'}"}


def test_a_rerun_finds_by_number_whom_it_did_not_find_before(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """The failures of a file without ids are a file without ids: a contact added since is found by the number."""
    write_csv(tmp_path / "in.csv", ["phone", "name"], [[ANN, "Ann B"], [NOBODY, "New"]])
    first = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert first.outcomes() == Counter(succeeded=1, not_found=1), first.err
    server.create(NOBODY)
    again = program("rerun", first.run / "failures.csv", *FAST)
    assert again.outcomes() == Counter(succeeded=1), again.err
    assert seen(server, NOBODY, "name") == "New"


@pytest.mark.parametrize("column", ["status", "name", "var:plan"])
def test_an_id_that_does_not_exist_is_not_found_whatever_is_asked(
    column: str, program: Program, sandboxes: Sandboxes
) -> None:
    """The team's list shows no such contact: the row is `not_found`, and no other rerun is promised."""
    server = sandboxes(numbers(2))
    value = "paused" if column == "status" else "Ann"
    known = str((server.contact(numbers(1)[0]) or {})["id"])
    rows = [["550e8400-e29b-41d4-a716-446655449999", value], [known, value]]
    write_csv(program.folder / "in.csv", ["id", column], rows)
    ended = program("update-by-id", "in.csv", "--base-url", server.url, "--rate", "60000/min", "--yes")
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("not_found", "contact_not_found"), ("succeeded", "confirmed"),
    ]  # fmt: skip
