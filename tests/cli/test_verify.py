"""`verify` as it is used: the real program reads a run back from the real sandbox, and its files are looked at."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cli.harness import KEY, Ended, Program, Sandbox, Sandboxes, numbers, read_csv, wait_for, write_csv

from batch.errors import Exit

FAST = ("--rate", "60000/min", "--yes")


def ran(
    program: Program, server: Sandbox, rows: list[list[str]], *arguments: str, header: tuple[str, ...] = ("phone",)
) -> Ended:
    """A run over `rows`, to DNC unless `arguments` say otherwise."""
    write_csv(program.folder / "in.csv", header, rows)
    return program(*(arguments or ("update", "in.csv", "--status", "DNC")), "--base-url", server.url, *FAST)


def proof_of(ended: Ended) -> dict[str, Any]:
    return json.loads(ended.out)  # type: ignore[no-any-return]


def file_of(run: Path, proved: Ended) -> Path:
    """The file in `run` of rows that are not as asked, as this verification names it."""
    (name,) = {found[0] for found in re.finditer(r'verify-[^"/\s]+\.csv', proved.out)}
    return run / name


def reads(server: Sandbox) -> list[dict[str, Any]]:
    return [entry for entry in server.log("requests") if entry["path"] == "/contacts" and entry["class"] == "read"]


def test_a_run_that_is_in_place_is_proved(program: Program, sandboxes: Sandboxes) -> None:
    """Every row as asked, a duplicate among them: exit 0, one sentence, a file without rows, and nothing is written."""
    known = numbers(5)
    server = sandboxes(known)
    run = ran(program, server, [[phone] for phone in [*known, known[0]]]).run
    writes = len(server.writes())
    proved = program("verify", run)
    assert (proved.code, len(server.writes())) == (Exit.OK, writes), proved.err
    assert "All 6 rows are as requested" in proved.out
    assert read_csv(file_of(run, proved)) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.glob("verify-*")} == {0o600}
    assert json.loads(file_of(run, proved).with_suffix(".json").read_text())["all_as_asked"] is True
    assert not (run / "verify.sqlite").exists()


def test_who_is_not_as_asked_is_named_dnc_first(program: Program, sandboxes: Sandboxes) -> None:
    """A contact that somebody has set active since, one that is none, and a row that was never sent stand in the table,
    in the JSON and in the file; those who should be DNC come first, masked on the terminal; exit 3."""
    known = numbers(4)
    server = sandboxes(known)
    run = ran(program, server, [[phone] for phone in [*known, known[1], "98", numbers(9)[8]]]).run
    server.update(known[1], "active")
    told = program("verify", run)
    assert told.code == Exit.SOME_ROWS
    lines = told.out.splitlines()
    assert lines[2].startswith("! 4 rows set DNC, but the contacts are NOT DNC")
    assert lines[3:7] == [
        "    row 3: +1212•••0101 is not DNC",
        "    row 6: +1212•••0101 is not DNC",
        "    row 7: the row was never sent",
        "    row 8: +1212•••0108 is not a contact",
    ]
    assert known[1] not in told.out + told.err
    assert "3 of 7 rows are as requested, 2 different, 1 not found, 1 not sent; verified at" in told.out
    found = read_csv(file_of(run, told))
    assert [(row["_row"], row["_outcome"], row["_code"]) for row in found] == [
        ("3", "failed", "dnc_not_in_place"),
        ("6", "duplicate", "same_contact"),
        ("7", "invalid", "region_needed"),
        ("8", "not_found", "contact_not_found"),
    ]
    assert found[0]["_message"] == "found: status is active, not DNC; the run said succeeded (confirmed)"
    assert found[0]["phone"] == known[1]
    proof = proof_of(program("verify", run, "--json"))
    assert proof["counts"] == {
        "as_asked": 3, "superseded": 0, "not_as_asked": 2, "not_found": 1, "not_read": 0, "not_sent": 1,
    }  # fmt: skip
    assert sum(proof["counts"].values()) == proof["rows"] == 7
    assert (proof["dnc_not_in_place"], proof["exit_code"]) == (4, 3)
    (later,) = {path.name for path in run.glob("verify-*.csv")} - {file_of(run, told).name}
    assert later == proof["files"]["rows"], "an earlier proof is never written over, even within one second"


def test_the_file_of_a_verification_can_be_run_again(program: Program, sandboxes: Sandboxes) -> None:
    """The command that the proof names sends what is not as asked again; the next verification finds it in place."""
    known = numbers(3)
    server = sandboxes(known)
    run = ran(program, server, [[phone] for phone in [*known, known[2]]]).run
    server.update(known[2], "active")
    proof = proof_of(program("verify", run, "--json"))
    before = server.applied()
    again = program(*proof["commands"]["rerun"].split()[1:], *FAST)
    assert (again.code, again.outcomes()) == (Exit.OK, Counter(succeeded=1, duplicate=1)), again.err
    assert server.applied() - before == Counter([known[2]])
    assert program("verify", run).code == program("verify", again.run).code == Exit.OK


def test_every_field_that_was_asked_is_compared(program: Program, sandboxes: Sandboxes) -> None:
    """A run by id is proved by the list, for no call looks up an id: name, variables and campaign are compared, and a
    contact that is on no page is not there."""
    ids = [f"550e8400-e29b-41d4-a716-44665544000{at}" for at in range(4)]
    server = sandboxes([{"id": each, "phoneNumber": phone} for each, phone in zip(ids, numbers(4), strict=True)])
    header = ("id", "name", "var:plan")
    rows = [[each, f"Ann {at}", "gold"] for at, each in enumerate(ids)]
    command = ("update-by-id", "in.csv")
    run = ran(program, server, [*rows, [ids[0][:-1] + "9", "Bob", "free"]], *command, header=header).run
    ran(program, server, [[ids[1], "Eve", "gold"], [ids[2], "Ann 2", "free"]], *command, "--account", "", header=header)
    other = program.folder / "other.csv"
    write_csv(other, header, [[ids[1], "Eve", "gold"], [ids[2], "Ann 2", "free"]])
    told = proof_of(program("verify", run, "--json"))
    assert told["counts"]["not_found"] == 1
    assert told["counts"]["as_asked"] == 4
    assert program("update-by-id", other, "--base-url", server.url, *FAST).code == Exit.OK
    proved = program("verify", run, "--json")
    assert proof_of(proved)["counts"]["superseded"] == 2, "a later run wrote the same fields"
    assert {row["_row"]: row["_code"] for row in read_csv(file_of(run, proved))} == {"6": "contact_not_found"}


def test_what_a_later_run_wrote_is_superseded_but_never_a_dnc(program: Program, sandboxes: Sandboxes) -> None:
    """A contact that a later run has paused is no fault of an older run that made it active; one that should be DNC is
    told, whoever set it otherwise."""
    known = numbers(2)
    server = sandboxes(known)
    first = ran(
        program, server, [[known[0], "active"], [known[1], "DNC"]], "update", "in.csv", header=("phone", "status")
    )
    write_csv(program.folder / "later.csv", ("phone",), [[phone] for phone in known])
    later = program("update", "later.csv", "--status", "paused", "--allow-lifting-dnc", "--base-url", server.url, *FAST)
    told = program("verify", first.run)
    assert told.code == Exit.SOME_ROWS
    (row,) = read_csv(file_of(first.run, told))
    assert (row["_row"], row["_code"]) == ("3", "dnc_not_in_place")
    assert f"written since by {later.run.name}" in row["_message"]
    assert proof_of(program("verify", first.run, "--json"))["counts"]["superseded"] == 1


def test_rows_that_a_later_run_changed_are_not_as_asked(program: Program, sandboxes: Sandboxes) -> None:
    """Exit 0 means that every row is as requested: a row that a later run changed is counted apart, exit 3, and the
    command that would undo that later run is not printed. The sentence and the JSON have the same figures."""
    known = numbers(3)
    server = sandboxes(known)
    first = ran(program, server, [[phone] for phone in known], "update", "in.csv", "--status", "paused")
    ran(program, server, [[phone] for phone in known[:2]], "update", "in.csv", "--status", "DNC")
    told = program("verify", first.run)
    assert told.code == Exit.SOME_ROWS
    assert "1 of 3 rows is as requested, 2 changed by a later run; verified at" in told.out
    assert "guayaba-batch rerun" not in told.out
    proof = proof_of(program("verify", first.run, "--json"))
    assert (proof["counts"]["as_asked"], proof["counts"]["superseded"]) == (1, 2)
    assert (proof["all_as_asked"], proof["commands"], proof["exit_code"]) == (False, {}, Exit.SOME_ROWS)


def test_a_run_that_stopped_early_is_not_proved(program: Program, sandboxes: Sandboxes) -> None:
    """Rows that were never attempted are read like all others: a contact that is not as asked is named."""
    known = numbers(3)
    server = sandboxes(known)
    stopped = ran(program, server, [[phone] for phone in known], "update", "in.csv", "--status", "DNC", "--limit", "1")
    told = program("verify", stopped.run)
    assert told.code == Exit.SOME_ROWS
    assert [row["_row"] for row in read_csv(file_of(stopped.run, told))] == ["3", "4"]


# -- what is refused, and what stops it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "env", "code", "said"),
    [
        pytest.param(("--base-url", "http://127.0.0.1:9"), {}, Exit.REFUSED, "was made against", id="another address"),
        pytest.param((), {"GUAYABA_API_KEY": "gua_other000_key"}, Exit.REFUSED, "this is the key", id="another key"),
        pytest.param((), {"GUAYABA_API_KEY": ""}, Exit.USAGE, "no API key was found", id="no key"),
        pytest.param(("--accept-key",), {"GUAYABA_API_KEY": "gua_revoked0_revoked"}, Exit.KEY, "refused the API key",
                     id="a key that the API refuses"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_run_is_refused(
    program: Program, sandboxes: Sandboxes, arguments: tuple[str, ...], env: dict[str, str], code: Exit, said: str
) -> None:
    """Another address or key than the run's is refused with the reason, and nothing is read."""
    server = sandboxes(numbers(1))
    run = ran(program, server, [numbers(1)]).run
    before = len(reads(server))
    refused = program("verify", run, *arguments, env=env)
    assert (refused.code, list(run.glob("verify-*.csv"))) == (code, [])
    assert said in refused.err
    assert code is Exit.KEY or len(reads(server)) == before
    assert KEY not in refused.out + refused.err


def test_no_run_and_a_run_under_way_are_refused(program: Program, sandboxes: Sandboxes) -> None:
    """A folder without a journal is no run (exit 2); one that another process works on is locked (exit 11)."""
    assert program("verify", "nowhere").code == Exit.USAGE
    server = sandboxes(numbers(90), writes=30)
    write_csv(program.folder / "in.csv", ("phone",), [[phone] for phone in numbers(90)])
    program.start("update", "in.csv", "--status", "DNC", "--base-url", server.url, "--yes")
    wait_for(lambda: len(server.writes()) >= 5)
    (run,) = program.folder.glob("reports/2*")
    assert program("verify", run).code == Exit.LOCKED


def test_a_verification_that_was_cut_short_goes_on(program: Program, sandboxes: Sandboxes) -> None:
    """Out of time: exit 75, no file, and the count of what is left. The same command reads only what is left."""
    known = numbers(1300)  # thirteen pages: twelve look-ups are cheaper
    server = sandboxes(known, "--window-seconds", "2", reads=5)
    dnc = ("update", "in.csv", "--status", "DNC", "--no-preflight")
    run = ran(program, server, [[phone] for phone in known[:12]], *dnc).run
    before = len(reads(server))
    first = program("verify", run, "--window", "2", "--max-runtime", "3s")
    assert first.code == Exit.STOPPED, first.out + first.err
    assert "Not finished" in first.out
    assert list(run.glob("verify-*.csv")) == []
    second = program("verify", run, "--window", "2")
    assert second.code == Exit.OK, second.out
    made = [entry["query"] for entry in reads(server)[before:]]
    assert sum("search=" in query for query in made) <= 12 + 8, "at most what was under way when it stopped, again"
    assert program("verify", run, "--window", "2", "--json", "--fresh").code == Exit.OK
    assert sum("search=" in entry["query"] for entry in reads(server)[before:]) >= 12 + 12
    assert all(entry["status"] == 200 for entry in reads(server)[before:])
