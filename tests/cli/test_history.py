"""What `runs` says: of every run, and of one contact in all of them."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest
from cli.harness import KEY, Ended, Program, Sandboxes, numbers, read_csv, wait_for, write_csv
from faults.storage.harness import FAST
from unit.journal.make_fixture import FIXTURES

from batch import loader
from batch.api import calls as api
from batch.cli.runs_wording import history_json
from batch.errors import SettingsError
from batch.loader import ReadOptions
from batch.model import ContactChange, Operation
from batch.runs.folder.history import contact_history
from batch.runs.folder.run_folder import JOURNAL
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

PHONE, OTHER, STRANGER, SPARE = numbers(4)


@pytest.fixture
def history(program: Program, sandboxes: Sandboxes) -> Program:
    """A folder with runs about PHONE: not a contact, then written, then changed by its id, then still to be done."""
    server = sandboxes([OTHER])
    folder = program.folder
    settings = Settings(base_url=server.url, key=ApiKey(KEY), out=folder / "reports", state=folder / "state")
    dnc = ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC"))
    first = api.run(
        write_csv(folder / "a.csv", ["name", "phone"], [["Ann", OTHER], ["Bob", PHONE], ["Bob again", PHONE]]),
        dnc,
        settings,
    )
    server.create(PHONE)
    api.rerun(first.files["failures"], settings)
    contact = server.contact(PHONE)
    assert contact is not None
    by_id = write_csv(folder / "b.csv", ["id", "name"], [[contact["id"], "Robert"]])
    api.run(by_id, ReadOptions(Operation.UPDATE_BY_ID), settings)
    fulfilled = write_csv(folder / "c.csv", ["phone"], [[OTHER], [PHONE]])
    api.run(fulfilled, ReadOptions(Operation.FULFILL), replace(settings, limit=1, allow_lifting_dnc=True))
    return program


def asked(program: Program, phone: str, region: str | None = None) -> dict[str, Any]:
    """What `runs --phone --json` says."""
    number = loader.phone_option(phone, region)
    return json.loads(history_json(contact_history(program.folder / "reports", number), number))  # type: ignore[no-any-return]


def test_a_contact_is_followed_through_all_runs(history: Program) -> None:
    """Each row about the number, in every run, in order: what was asked, what became of it, when it was sent."""
    rows = asked(history, PHONE)["rows"]
    assert [(row["operation"], row["row"], row["status"], row["fields"], row["outcome"]) for row in rows] == [
        ("update", 3, "DNC", [], "not_found"),
        ("update", 4, "DNC", [], "duplicate"),
        ("update", 2, "DNC", [], "succeeded"),
        ("update", 3, "DNC", [], "duplicate"),
        ("update-by-id", 2, None, ["name"], "succeeded"),
        ("fulfill", 3, "fulfilled", [], "pending"),
    ]
    assert [len(row["attempts"]) for row in rows] == [1, 0, 1, 0, 1, 0]
    assert rows[0]["attempts"][0]["status"] == 404
    assert [row["same_as"] for row in rows] == [None, 3, None, 2, None, None]


def test_a_number_is_found_in_any_spelling_and_shown_masked(history: Program) -> None:
    """The number is read as a file's cells are, with the same regions; on the screen and in JSON it is masked."""
    for text, region in (
        ("+1 (212) 555-0100", None),
        ("0012125550100", "ES"),
        ("212-555-0100", "US"),
        ("212.555.0100", "United States"),
    ):
        found = asked(history, text, region)
        assert (found["phone"], len(found["rows"])) == ("+1212•••0100", 6), text
        assert PHONE not in json.dumps(found)
    ended = history("runs", "--phone", "212 555 0100", "--region", "US")
    assert ended.code == 0, ended.err
    assert "+1212•••0100: 6 rows in 4 runs" in ended.out
    assert "a.csv row 3: status DNC" in ended.out
    assert "not_found [contact_not_found]" in ended.out
    assert "b.csv row 2: name" in ended.out
    assert PHONE not in ended.out + ended.err
    assert "No run in reports has a row with +1212•••0103." in history("runs", "--phone", SPARE).out


@pytest.mark.parametrize(
    ("text", "region", "words"),
    [
        pytest.param("212-555-0100", None, "--region", id="no country"),
        pytest.param("98", None, "looked up", id="too short"),
        pytest.param("nobody", None, "looked up", id="no number"),
        pytest.param(PHONE, "Atlantis", "Atlantis", id="a region that is none"),
    ],
)
def test_what_is_no_number_is_refused_in_words(tmp_path: Path, text: str, region: str | None, words: str) -> None:
    """A number that cannot be read is a wrong option, with what to write instead."""
    with pytest.raises(SettingsError) as refused:
        loader.phone_option(text, region)
    assert words in str(refused.value)


def test_a_journal_of_the_first_version_tells_its_part(program: Program) -> None:
    """What an older program wrote is looked into as it is."""
    folder = program.folder / "reports" / "20260131T090000Z-update-contacts-c0ffee00"
    folder.mkdir(parents=True)
    (folder / JOURNAL).write_bytes((FIXTURES / "version-1.sqlite").read_bytes())
    rows = asked(program, "+12125550107")["rows"]
    assert [(row["row"], row["outcome"], len(row["attempts"])) for row in rows] == [(107, "pending", 1)]
    with sqlite3.connect(folder / JOURNAL) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def test_every_run_is_listed_with_the_command_that_goes_on(history: Program) -> None:
    """When, what, on which file, how far; for the one that is open the command, which works as it stands."""
    ended = history("runs")
    assert ended.code == 0, ended.err
    lines = [line for line in ended.out.splitlines() if not line.startswith(" ")]
    assert [(line.split()[2], line.split("/")[-1]) for line in lines] == [
        ("update", "a.csv (DNC): finished, 1 of 3 rows done; 2 not done: not_found 2, exit 3"),
        ("rerun", "failures.csv (DNC): finished, 2 of 2 rows done, exit 0"),
        ("update-by-id", "b.csv: finished, 1 of 1 row done, exit 0"),
        ("fulfill", "c.csv (fulfilled): interrupted, 1 of 2 rows done; 1 not done: pending 1, exit 75"),
    ]
    assert all(line[16:20] == " UTC" for line in lines)
    together = history("runs", "--file", "a.csv")
    assert together.code == 0, together.err
    assert together.out.splitlines()[0].endswith("a.csv, all its runs together (2): 3 of 3 rows done")
    left = history("runs", "--file", "c.csv", "--json")
    assert (left.code, json.loads(left.out)["files"][0]["not_done"]) == (3, {"pending": 1})
    assert history("runs", "--file", "nowhere.csv").code == 2
    (command,) = [line.split("resume it: ")[1] for line in ended.out.splitlines() if "resume it: " in line]
    gone_on: Ended = history(*shlex.split(command)[1:], "--allow-lifting-dnc", *FAST)
    assert gone_on.code == 0, gone_on.err
    assert [row["outcome"] for row in asked(history, PHONE)["rows"]][-1] == "succeeded"
    assert [line for line in history("runs").out.splitlines() if ": interrupted" in line or "resume it" in line] == []


def test_a_corrected_row_is_done_in_the_view_of_its_file(program: Program, sandboxes: Sandboxes) -> None:
    """A number that could not be read counts as done once a rerun of its corrected row is, and not while it is left."""
    known = numbers(3)
    server = sandboxes(known)
    write_csv(program.folder / "in.csv", ["phone"], [[known[0]], ["98"], ["97"]])
    base = ("--base-url", server.url, *FAST)
    first = program("update", "in.csv", "--status", "DNC", *base)
    write_csv(program.folder / "again.csv", [*(rows := read_csv(first.run / "failures.csv"))[0]], [
        [*{**rows[0], "phone": known[1]}.values()], [*rows[1].values()],
    ])  # fmt: skip
    program("rerun", "again.csv", *base)
    history = json.loads(program("runs", "--file", "in.csv", "--json").out)["files"][0]
    assert (history["rows"], history["done"], history["not_done"]) == (3, 2, {"invalid": 1})


def test_a_run_at_work_is_told_from_one_that_was_killed(program: Program, sandboxes: Sandboxes) -> None:
    """A run that a process works on names that process; once it is killed, the run is interrupted and can continue."""
    server = sandboxes(numbers(3))
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in numbers(3)])
    running = program.start("update", "in.csv", "--status", "DNC", "--base-url", server.url, "--rate", "1/60s", "--yes")
    wait_for(lambda: bool(server.writes()))
    [run] = json.loads(program("runs", "--json").out)["runs"]
    assert (run["condition"], run["pid"], run["state"]) == ("running", running.pid, "open")
    running.kill()
    running.wait(60)
    [run] = json.loads(program("runs", "--json").out)["runs"]
    assert (run["condition"], run["pid"], run["status"]) == ("interrupted", None, "DNC")
    assert "resume it: guayaba-batch resume" in program("runs").out


def test_a_run_of_a_time_to_come_is_marked(history: Program) -> None:
    """After the clock was ahead, the list says so at the run, and at no other."""
    (last,) = (run for run in history.runs() if "-fulfill-" in run.name)
    with closing(sqlite3.connect(last / "journal.sqlite")) as journal, journal:
        journal.execute(
            "UPDATE meta SET value = CAST(json_set(CAST(value AS TEXT), '$.planned_at', ?) AS BLOB) WHERE key = 'plan'",
            (time() + 86_400,),
        )
    lines = history("runs").out.splitlines()
    assert [lines[at - 1].strip() for at, line in enumerate(lines) if "still to come" in line] == [
        f"reports/{last.name}"
    ]
