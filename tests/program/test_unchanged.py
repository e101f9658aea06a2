"""--skip-unchanged: whoever is as asked already costs no write, and nobody else is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from program.stage import Program, Sandboxes, numbers, wait_for, write_csv

FAST = ("--rate", "60000/min", "--yes")
SKIP = ("update", "in.csv", "--status", "DNC", "--skip-unchanged")


def test_no_write_for_whoever_is_as_asked_or_nobody(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
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


def test_whoever_changes_during_the_run_is_written(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A contact that was DNC when the run began, and is activated before its turn, becomes DNC again."""
    first, last = numbers(12)[:11], numbers(12)[11]
    server = sandboxes([*first, {"phoneNumber": last, "status": "DNC"}])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in (*first, last)])
    running = program.start(*SKIP, "--base-url", server.url, "--rate", "4/2s", "--yes")
    wait_for(lambda: len(server.writes()) >= 2)
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
