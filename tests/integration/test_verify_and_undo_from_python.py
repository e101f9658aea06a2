"""`batch.verify` and `batch.undo` for programs, and what only they make cheap to show: many runs in one interpreter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import pytest
from cli.harness import KEY, Sandbox, Sandboxes, numbers, read_csv, write_csv

import batch
from batch.errors import Exit
from batch.journal.verified_rows import VerifyStatus
from batch.runs.verify import verify
from batch.runs.verify.verify import VerifyObserver


@pytest.fixture
def settings(tmp_path: Path) -> batch.Settings:
    """Settings of this test alone."""
    return batch.Settings(
        key=batch.ApiKey(KEY),
        out=tmp_path / "reports",
        state=tmp_path / "state",
        rate=batch.Rate(60_000, 60.0),
        skip_unchanged=True,
    )


def ran(server: Sandbox, settings: batch.Settings, phones: list[str], **more: Any) -> batch.Summary:
    path = write_csv(settings.out.parent / "in.csv", ["phone"], [[phone] for phone in phones])
    return batch.run(path, "update", replace(settings, base_url=server.url), **{"status": "DNC", **more})


def reads(server: Sandbox) -> list[str]:
    return [
        entry["query"] for entry in server.log("requests") if entry["path"] == "/contacts" and entry["class"] == "read"
    ]


def test_a_program_proves_and_undoes_a_run(sandboxes: Sandboxes, settings: batch.Settings) -> None:
    """verify and undo return what they found and did, tell how far they are, and go where their run went."""
    known = numbers(3)
    server = sandboxes([{"phoneNumber": phone, "status": "paused"} for phone in known])
    run = ran(server, settings, known)
    far: list[tuple[int, int]] = []
    observer = VerifyObserver(on_progress=lambda done, of: far.append((done, of)))
    proof = verify.verify(run.folder, settings.verification, observer)
    assert (proof.exit_code, proof.counts[VerifyStatus.AS_ASKED], far[-1]) == (Exit.OK, 3, (3, 3))
    heard: list[batch.Progress] = []
    undone = batch.undo(
        run.folder, replace(settings, allow_reactivation=True, allow_lifting_dnc=True), progress=heard.append
    )
    assert (undone.ok, undone.counts["succeeded"], heard[-1].settled) == (True, 3, 3)
    again = batch.verify(run.folder, settings)
    assert (again.dnc_missing, again.exit_code) == (3, Exit.SOME_ROWS)
    assert batch.verify(undone.folder, settings).exit_code == Exit.OK


@pytest.mark.parametrize(
    ("team", "rows", "wrong", "pages", "singly"),
    [
        pytest.param(60, 60, [], 1, 0, id="all of a small team: one page proves it"),
        pytest.param(60, 60, [7, 8], 1, 2, id="two wrong on the page: each is looked up alone"),
        pytest.param(350, 3, [], 1, 3, id="few of many: look-ups, once the first page has said how many there are"),
        pytest.param(350, 1, [], 0, 1, id="one row: one look-up"),
        pytest.param(350, 150, [149], 4, 1, id="many of many: the list is walked"),
    ],
)
def test_it_reads_as_little_as_it_can(
    sandboxes: Sandboxes, settings: batch.Settings, team: int, rows: int, wrong: list[int], pages: int, singly: int
) -> None:
    """Pages or look-ups, whichever are fewer; and a look-up for each contact that was wrong on a page."""
    known = numbers(team)
    server = sandboxes(known)
    run = ran(server, settings, known[:rows])
    for at in wrong:
        server.update(known[at], "paused")
    before = len(reads(server))
    proof = batch.verify(run.folder, settings)
    made = reads(server)[before:]
    assert sum("search=" in query for query in made) == singly
    assert sum("sortBy=createdAt" in query for query in made) == pages
    assert proof.exit_code == (Exit.SOME_ROWS if wrong else Exit.OK)


def test_the_rows_are_written_in_the_formats_of_choice(sandboxes: Sandboxes, settings: batch.Settings) -> None:
    """A verification writes its rows in each format that is asked for."""
    known = numbers(2)
    server = sandboxes(known)
    run = ran(server, settings, known)
    server.update(known[1], "active")
    proof = batch.verify(run.folder, replace(settings, format=("xlsx", "csv")))
    assert [path.suffix for path in proof.files.values()] == [".xlsx", ".csv", ".json"]
    (row,) = read_csv(proof.files["rows.csv"])
    assert (row["phone"], row["_code"]) == (known[1], "dnc_not_in_place")
    assert fastexcel.read_excel(proof.files["rows"]).load_sheet(0).height == 1


def test_each_account_is_read_with_its_own_key(sandboxes: Sandboxes, settings: batch.Settings, tmp_path: Path) -> None:
    """A run of several teams is proved and undone with the key of each row's account."""
    from batch.settings.accounts import Account
    from batch.settings.keys import from_variable

    places = {"N": "gua_north000_key", "S": "gua_south000_key"}
    accounts = {name: Account(from_variable(where, places)) for name, where in (("north", "N"), ("south", "S"))}
    known = numbers(4)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    settings = replace(settings, key=None, accounts=accounts, allow_reactivation=True, allow_lifting_dnc=True)
    rows = [[phone, ("north", "south")[at % 2]] for at, phone in enumerate(known)]
    path = write_csv(tmp_path / "in.csv", ["phone", "account"], rows)
    run = batch.run(path, "update", replace(settings, base_url=server.url), status="paused")
    before = len(server.log("requests"))
    assert batch.verify(run.folder, settings).exit_code == Exit.OK
    undone = batch.undo(run.folder, settings)
    assert undone.ok, undone.codes
    used = Counter((entry["class"], entry["key"]) for entry in server.log("requests")[before:])
    assert {kind for kind, _ in used} == {"read", "write"}
    assert sorted(used[kind, key] for kind, key in used if kind == "write") == [2, 2]
    assert {(server.contact(phone) or {})["status"] for phone in known} == {"talk-to-human"}
