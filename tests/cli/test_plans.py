"""`plan`, `apply` and `approve` as they are used: the real program against the real sandbox, and its files."""

from __future__ import annotations

import csv
import json
import os
import pwd
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, read_csv, wait_for, write_csv

from batch.errors import Exit

FAST = ("--rate", "60000/min", "--yes")
HEADER = ["Phone", "Formula", "Zeros", "Day", "Flag"]


def source(program: Program, phones: list[str]) -> Path:
    """A file whose cells a spreadsheet program changes."""
    rows = [[phone, f"=1+{at}", "007", "2026-01-15", "true"] for at, phone in enumerate(phones)]
    return write_csv(program.folder / "in.csv", HEADER, rows)


def statuses(server: Sandbox, phones: list[str]) -> list[str]:
    return [(server.contact(phone) or {}).get("status", "") for phone in phones]


def lookups(server: Sandbox) -> int:
    """How many contacts were searched for by their numbers."""
    return sum("search=" in json.dumps(entry) for entry in server.log("requests"))


def plan_of(program: Program, server: Sandbox, *more: str, out: str = "plan.csv") -> Path:
    """A plan of in.csv that sets DNC."""
    made = program("plan", "in.csv", "--status", "DNC", "--out", out, "--base-url", server.url, *more)
    assert made.code in (Exit.OK, Exit.SOME_ROWS), made.err
    return program.folder / out


def test_plan_look_apply_and_plan_again(program: Program, sandboxes: Sandboxes) -> None:
    """The plan shows masked rows with now and then and writes nothing; apply does it, and its report names the plan;
    the next plan says that there is nothing to do."""
    known = numbers(3)
    server = sandboxes(known)
    source(program, known)
    command = ("plan", "in.csv", "--status", "DNC", "--base-url", server.url)
    made = program(*command, "--out", "plan.csv", "--out", "plan.html")
    assert (made.code, server.writes()) == (Exit.OK, [])
    assert "row 2: +1212•••0100: status active -> DNC" in made.out
    assert known[0] not in made.out + made.err
    assert "To make its 3 calls:" in made.out and "guayaba-batch apply plan.csv" in made.out
    assert program(*command, "--detailed-exit-code").code == Exit.CHANGES
    (folder,) = made.runs - made.before
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {
        "plan.csv": 0o600, "plan.html": 0o600, "plan.sqlite": 0o600,
    }  # fmt: skip
    applied = program("apply", "plan.csv", *FAST)
    assert applied.code == Exit.OK, applied.err
    assert server.applied() == dict.fromkeys(known, 1)
    assert f"by the plan {folder.name}" in applied.out
    assert folder.name in (applied.run / "report.html").read_text()
    assert applied.summary()["plan"]["name"] == folder.name
    again = program(*command, "--detailed-exit-code")
    assert (again.code, "Nothing to do." in again.out) == (Exit.OK, True)
    assert all(known[0] not in path.read_text() for path in (program.folder / "plan.html", folder / "plan.html"))


def test_a_dry_run_is_the_plan(program: Program, sandboxes: Sandboxes) -> None:
    """--dry-run on a command that writes shows the plan, in the folder of --out, and writes nothing."""
    server = sandboxes(numbers(2))
    source(program, numbers(2))
    options = ("--status", "DNC", "--base-url", server.url, "--out", "elsewhere", "--limit", "1")
    dry = program("update", "in.csv", *options, "--dry-run", "--yes")
    assert (dry.code, server.writes()) == (Exit.OK, [])
    assert "plan of update: 2 calls" in dry.out
    assert [path.name.split("-")[1] for path in (program.folder / "elsewhere").iterdir()] == ["plan"]
    assert program("fulfill", "in.csv", "-n", "--base-url", server.url).code == Exit.OK
    assert server.writes() == []


def test_a_plan_as_json_has_its_figures(program: Program, sandboxes: Sandboxes) -> None:
    """--json prints the figures of the plan, for a pipeline that decides by them."""
    server = sandboxes([*numbers(2), {"phoneNumber": numbers(3)[2], "status": "DNC"}])
    source(program, [*numbers(3), "12"])
    made = program("plan", "in.csv", "--status", "DNC", "--json", "--base-url", server.url)
    told = json.loads(made.out)
    assert (told["rows"], told["calls"], told["cancels_outreach"], told["starts_outreach"]) == (4, 2, 2, 0)
    assert (told["unchanged"], sum(told["codes"].values())) == (1, 1)
    assert Path(program.folder, told["files"][0]).is_file()


def test_more_than_expected_is_refused(program: Program, sandboxes: Sandboxes) -> None:
    """--max-changes and --max-starts stop each command before its first write, with exit code 4; a plan is kept."""
    known = numbers(3)
    server = sandboxes([{"phoneNumber": phone, "status": "talk-to-human"} for phone in known])
    source(program, known)
    plan = program("plan", "in.csv", "--status", "active", "--out", "plan.csv", "--base-url", server.url)
    assert plan.code == Exit.OK
    update = ("update", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    for command in (("apply", "plan.csv", *FAST), update):
        for limit in (("--max-changes", "2"), ("--max-changes", "50%"), ("--max-starts", "2")):
            ended = program(*command, *limit)
            assert (ended.code, limit[0] in ended.err) == (Exit.REFUSED, True), ended.err
    assert server.writes() == []
    begun = program(*update, "--limit", "1", "--max-changes", "3")
    assert begun.code == Exit.STOPPED
    more = program(*update, "--max-changes", "2")
    assert (more.code, "3 contacts would change" in more.err) == (Exit.REFUSED, True), more.err
    assert len(server.writes()) == 1
    assert program(*update, "--max-changes", "3", "--max-starts", "3").code == Exit.OK


def test_a_plan_that_is_cut_short_goes_on(program: Program, sandboxes: Sandboxes) -> None:
    """A plan that was killed while it read goes on by the same command: no contact that was read is read again."""
    known = numbers(12)
    server = sandboxes([*known, *numbers(1700)[20:]], "--latency", "150")
    write_csv(program.folder / "many.csv", HEADER, [[phone, "", "", "", ""] for phone in known])
    command = ("plan", "many.csv", "--status", "DNC", "--base-url", server.url, "--workers", "1")
    running = program.start(*command)
    wait_for(lambda: lookups(server) >= 2 or running.poll() is not None)
    running.send_signal(signal.SIGKILL)
    running.wait()
    ended = program(*command)
    assert ended.code == Exit.OK, ended.err
    assert "12 calls" in ended.out
    plans = [path for path in ended.runs if "-plan-" in path.name]
    assert len(plans) == 1, "it is the same plan"
    assert lookups(server) <= len(known) + 2, "at most the two under way are read again"
    assert server.writes() == []


def test_a_killed_apply_goes_on_and_sends_nothing_twice(program: Program, sandboxes: Sandboxes) -> None:
    """After kill -9 in the middle of an apply the same command ends it; each contact is written once, by the plan."""
    known = numbers(30)
    server = sandboxes(known, "--latency", "30")
    source(program, known)
    plan = plan_of(program, server)
    command = ("apply", plan.name, *FAST, "--workers", "2")
    running = program.start(*command)
    wait_for(lambda: len(server.writes()) >= 5 or running.poll() is not None)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert 0 < len(server.writes()) < 30
    ended = program(*command)
    assert ended.code == Exit.OK, ended.err
    assert ended.outcomes() == Counter(succeeded=30)
    assert server.applied() == dict.fromkeys(known, 1)
    assert len([path for path in ended.runs if "-apply-" in path.name]) == 1


def test_an_account_approves(program: Program, sandboxes: Sandboxes) -> None:
    """Without an approval nothing is sent; with that of another key it is; a plan that was changed after it is not;
    and the key of the plan itself approves nothing. The report says who approved."""
    known = numbers(3)
    server = sandboxes(known)
    source(program, known)
    (program.folder / "maria.key").write_text("gua_approve0_maria")
    (program.folder / "same.key").write_text(program.env["GUAYABA_API_KEY"])
    (program.folder / "guayaba-batch.toml").write_text(
        '[accounts.maria]\napi_key_file = "maria.key"\n[accounts.same]\napi_key_file = "same.key"\n'
    )
    plan = plan_of(program, server)
    apply = ("apply", plan.name, "--require-approval", "maria", *FAST)
    missing = program(*apply)
    assert (missing.code, "there is no plan.csv.maria.approval beside the plan" in missing.err) == (Exit.REFUSED, True)
    own = program("approve", plan.name, "--as", "same")
    assert (own.code, "the key that made the plan" in own.err) == (Exit.USAGE, True)
    rows = read_csv(plan)
    rows[0]["_action"] = "skip"
    save(plan, rows)
    approved = program("approve", plan.name, "--as", "maria")
    assert (approved.code, "maria (key " in approved.out) == (Exit.OK, True), approved.err
    assert "gua_" not in (program.folder / "plan.csv.maria.approval").read_text()
    whole = plan.read_bytes()
    save(plan, rows[1:])
    less = program(*apply)
    assert less.code == Exit.OK, "a row that was left out is left out, marked or removed"
    assert server.applied() == {known[1]: 1, known[2]: 1}
    plan.write_bytes(whole)
    rows[0]["_action"] = "send"
    save(plan, rows)
    more = program(*apply)
    assert (more.code, "are not those that were approved" in more.err) == (Exit.REFUSED, True)
    assert less.summary()["plan"]["approved_by"][0].startswith("maria (key ")
    forged = json.loads((program.folder / "plan.csv.maria.approval").read_text())
    (program.folder / "plan.csv.maria.approval").write_text(json.dumps(forged | {"signature": "0" * 64}))
    plan.write_bytes(whole)
    refused = program(*apply)
    assert (refused.code, "the signature is not of its key" in refused.err) == (Exit.REFUSED, True)


def save(path: Path, rows: list[dict[str, str]]) -> None:
    """The rows as another program saves them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")
def test_a_user_of_this_machine_approves(program: Program, sandboxes: Sandboxes) -> None:
    """The approval of another user is accepted where the file is theirs and nobody else may write it; one that the user
    who applies has made, or could have made, is not."""
    known = numbers(2)
    server = sandboxes(known)
    source(program, known)
    plan = plan_of(program, server)
    me, other = pwd.getpwuid(os.geteuid()).pw_name, "nobody"
    signed = program("approve", plan.name)
    assert signed.code == Exit.OK, signed.err
    mine = program("apply", plan.name, "--require-approval", me, *FAST)
    assert (mine.code, "this is the user who applies the plan" in mine.err) == (Exit.REFUSED, True)
    path = program.folder / f"plan.csv.{other}.approval"
    approval = json.loads((program.folder / f"plan.csv.{me}.approval").read_text())
    path.write_text(json.dumps(approval | {"name": other}))
    apply = ("apply", plan.name, "--require-approval", other, *FAST)
    faked = program(*apply)
    assert (faked.code, f"belongs to {me}" in faked.err) == (Exit.REFUSED, True), faked.err
    shutil.chown(path, other)
    path.chmod(0o666)
    loose = program(*apply)
    assert (loose.code, "others may write" in loose.err) == (Exit.REFUSED, True), loose.err
    path.chmod(0o644)
    assert program(*apply).code == Exit.OK
    assert statuses(server, known) == ["DNC", "DNC"]


def test_what_an_approver_sees_is_checked(program: Program, sandboxes: Sandboxes) -> None:
    """A plan with a changed cell is refused to the approver too, who has no key of the plan."""
    server = sandboxes(numbers(2))
    source(program, numbers(2))
    plan = plan_of(program, server)
    rows = read_csv(plan)
    rows[1]["_status_then"] = "active"
    save(plan, rows)
    refused = program("approve", plan.name, env={"GUAYABA_API_KEY": ""})
    assert refused.code == Exit.REFUSED
    assert 'row 3: _status_then is "active"; the plan says "DNC"' in refused.err


def test_the_page_of_a_plan_and_other_files_are_no_plans(program: Program, sandboxes: Sandboxes) -> None:
    """The page, the input and a report are refused as plans, each in a sentence; and a plan is refused by rerun."""
    server = sandboxes(numbers(1))
    source(program, numbers(1))
    plan = plan_of(program, server)
    plan_of(program, server, out="plan.html")
    for name, words in (("plan.html", "only to look at"), ("in.csv", "it has no columns _action and _seal")):
        ended = program("apply", name, *FAST)
        assert (ended.code, words in ended.err) == (Exit.REFUSED, True), ended.err
        assert "Traceback" not in ended.err
    assert program("rerun", plan.name, *FAST).code == Exit.REFUSED
    assert program("plan", "in.csv", "--out", "plan.docx", "--base-url", server.url).code == Exit.USAGE
    assert program("plan", "in.csv", "--out", "plan.csv", "--base-url", server.url).code == Exit.USAGE
    assert server.writes() == []


def test_the_key_is_in_no_file_of_a_plan(program: Program, sandboxes: Sandboxes) -> None:
    """Neither the plan nor its folder holds the key, whatever the format."""
    server = sandboxes(numbers(1))
    source(program, numbers(1))
    for name in ("plan.csv", "plan.xlsx", "plan.parquet", "plan.ndjson", "plan.html"):
        plan_of(program, server, out=name)
    key = program.env["GUAYABA_API_KEY"].encode()
    for path in (each for each in program.folder.rglob("*plan*") if each.is_file()):
        assert key not in path.read_bytes(), path
