"""--skip-unchanged: a contact that is as asked already costs no write, and no other is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cli.harness import Program, Sandboxes, numbers, wait_for, write_csv

FAST = ("--rate", "60000/min", "--yes")
SKIP = ("update", "in.csv", "--status", "DNC", "--skip-unchanged")


def test_no_write_for_a_contact_that_is_as_asked_or_unknown(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """Contacts that are DNC already are `unchanged`, numbers of nobody `not_found`, and only the rest is written."""
    dnc, active, nobody = numbers(40)[:16], numbers(40)[16:36], numbers(40)[36:]
    server = sandboxes([{"phoneNumber": phone, "status": "DNC"} for phone in dnc] + active)
    order = [phone for part in zip(dnc, active, strict=False) for phone in part] + active[16:] + nobody
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in order])
    ended = program(*SKIP, "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=20, unchanged=16, not_found=4), ended.err
    assert Counter(entry["body"]["phone"] for entry in server.writes()) == Counter(active)
    told = {row["phone"]: (row["_outcome"], row["_code"], row["_attempts"]) for row in ended.report()}
    assert {told[phone] for phone in dnc} == {("unchanged", "already_so", "0")}
    assert {told[phone] for phone in nobody} == {("not_found", "contact_not_found", "0")}
    assert ended.summary()["calls"]["saved"] == 20
    assert ended.summary()["not_protected"] == 4


def test_a_list_is_walked_where_that_is_cheaper(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Of 150 rows, 60 as asked and 10 nobody's, 4 pages of the list tell: only those 10 are looked up one by one, and
    the plan says beforehand what is saved."""
    known, nobody = numbers(310)[:300], numbers(310)[300:]
    dnc, rest = known[::5], known[1::5] + known[2:102:5]
    server = sandboxes([{"phoneNumber": phone, "status": "DNC" if phone in set(dnc) else "active"} for phone in known])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in (*rest, *dnc, *nobody)])
    ended = program(*SKIP, "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=80, unchanged=60, not_found=10), ended.err
    assert "80 calls to" in ended.err
    assert "saves 70 calls (" in ended.err
    assert "60 contacts already up to date, 10 contacts not on the team's list" in ended.err
    reads = [entry["query"] for entry in server.log("requests") if entry["path"] == "/contacts"]
    assert len(reads) == 3 + 10 + 2, "three pages of a hundred, ten numbers, and whether the search finds anybody"
    assert ended.summary()["calls"] == {"writes": 80, "reads": 13, "saved": 70}


def test_a_contact_that_is_new_since_the_list_was_read_is_written(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A contact that is made after the walk is not `not_found`: it is looked up before its turn, and written."""
    known = numbers(40)
    server = sandboxes(known[:39])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    running = program.start(*SKIP, "--base-url", server.url, "--rate", "15/2s", "--yes")
    wait_for(lambda: len(server.writes()) >= 2)
    server.create(known[39])
    assert running.wait(60) == 0
    assert server.applied()[known[39]] == 2, "made by somebody, and then written by us"


def test_what_may_be_stale_is_written(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """--assume-stale: every row is written, whatever the settings say of skipping."""
    server = sandboxes([{"phoneNumber": phone, "status": "DNC"} for phone in numbers(5)])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(6)])
    (tmp_path / "guayaba-batch.toml").write_text("skip_unchanged = true\n")
    ended = program("update", "in.csv", "--status", "DNC", "--assume-stale", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=5, not_found=1), ended.err
    assert len(server.writes()) == 6
    again = program("update", "in.csv", "--status", "DNC", "--fresh", "--base-url", server.url, *FAST)
    assert again.outcomes() == Counter(unchanged=5, not_found=1), again.err


def test_a_contact_that_changes_during_the_run_is_written(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A contact that was DNC when the run began, and is activated before it is read, becomes DNC again: of a list that
    is longer than the file, each contact is read shortly before its turn."""
    *first, last = numbers(4)
    server = sandboxes([*numbers(500)[4:], *first, {"phoneNumber": last, "status": "DNC"}])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in (*first, last)])
    running = program.start(*SKIP, "--base-url", server.url, "--rate", "1/4s", "--workers", "1", "--yes")
    wait_for(lambda: len(server.writes()) >= 1)
    server.update(last, "active")
    assert running.wait(60) == 0
    contact = server.contact(last)
    assert contact is not None
    assert contact["status"] == "DNC"
    assert server.applied()[last] == 2, "once by somebody, once by us"
    assert all(count == 1 for phone, count in server.applied().items() if phone != last)


def test_what_cannot_be_read_is_written(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Where the contacts cannot be read, nobody is skipped and nobody is said not to exist."""
    server = sandboxes(
        [{"phoneNumber": phone, "status": "DNC"} for phone in numbers(3)], "--fault", "status:500@GET@/contacts@after:1"
    )
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(4)])
    ended = program(*SKIP, "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=3, not_found=1), ended.err
    assert len(server.writes()) == 4
