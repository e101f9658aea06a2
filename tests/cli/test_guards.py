"""People who asked to be left alone stay so: who would be called again is read first, and stops go before starts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from cli.harness import Program, Sandbox, Sandboxes, numbers, wait_for, write_csv

from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import ContactChange, Outcome

FAST = ("--rate", "60000/min", "--yes")
STATUSES = ("active", "DNC", "paused", "fulfilled", "talk-to-human")


@pytest.fixture
def server(sandboxes: Sandboxes) -> Sandbox:
    """A contact of each of the statuses above."""
    return sandboxes(
        [{"phoneNumber": phone, "status": status} for phone, status in zip(numbers(5), STATUSES, strict=True)]
    )


@pytest.mark.parametrize("ask", [("--status", "active"), ("--campaign",)], ids=["activated", "moved"])
def test_a_stopped_contact_is_not_called_again(
    ask: tuple[str, ...], program: Program, server: Sandbox, tmp_path: Path
) -> None:
    """Neither `active` nor a campaign reaches a contact that is DNC or stopped otherwise; a rerun that says so may."""
    asked = (*ask, server.campaign()) if ask == ("--campaign",) else ask
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in (*numbers(5), "+13125550199")])
    ended = program("update", "in.csv", *asked, "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    found = [(row["_outcome"], row["_code"], row["_attempts"]) for row in ended.report()]
    held = ("held", "would_reactivate", "0")
    gone = ("not_found", "contact_not_found", "0")
    sent = ("succeeded", "confirmed", "1")
    assert found == [sent, held, held, held, sent, gone]
    assert "DNC now" in ended.report()[1]["_message"]
    assert "--allow-reactivation" in ended.report()[1]["_tip"]
    assert set(server.applied()) == {numbers(5)[0], numbers(5)[4]}
    assert len(server.writes()) == 2
    again = program("rerun", ended.run / "failures.csv", "--allow-reactivation", "--allow-lifting-dnc", *FAST)
    assert again.outcomes() == Counter(succeeded=3, not_found=1), again.err


def test_dnc_is_sent_unread(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """DNC, also together with a campaign, harms nobody: no contact is read for it."""
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(5)])
    command = ("update", "in.csv", "--status", "DNC", "--campaign", server.campaign(), "--base-url", server.url)
    ended = program(*command, *FAST)
    assert ended.outcomes() == Counter(succeeded=5)
    read = {entry["path"] for entry in server.log("requests") if entry["class"] == "read"}
    assert read == {"/contacts/statuses", "/campaigns"}


@pytest.mark.parametrize("command", [("fulfill",), ("update", "--status", "paused")], ids=["fulfill", "paused"])
def test_dnc_outlives_every_other_status(
    command: tuple[str, ...], program: Program, server: Sandbox, tmp_path: Path
) -> None:
    """No status replaces DNC, a rerun without --allow-lifting-dnc neither; with it, the person may be written."""
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(5)])
    ended = program(command[0], "in.csv", *command[1:], "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    dnc = ended.report()[1]
    assert (dnc["_outcome"], dnc["_code"], dnc["_attempts"]) == ("held", "would_lift_dnc", "0")
    assert "--allow-lifting-dnc" in dnc["_tip"]
    assert ended.outcomes() == Counter(succeeded=4, held=1)
    assert "5 contacts read just before the write (5 reads)" in ended.err
    program("rerun", ended.run / "failures.csv", "--allow-reactivation", *FAST)
    assert (server.contact(numbers(5)[1]) or {})["status"] == "DNC"
    again = program("rerun", ended.run / "failures.csv", "--allow-lifting-dnc", *FAST)
    assert again.outcomes() == Counter(succeeded=1), again.err
    assert (server.contact(numbers(5)[1]) or {})["status"] != "DNC"


def test_a_run_that_may_not_read_says_that_dnc_is_not_protected(
    program: Program, server: Sandbox, tmp_path: Path
) -> None:
    """With --no-preflight the question says who cannot be protected."""
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(5)])
    code, text = program.on_a_terminal("fulfill", "in.csv", "--no-preflight", "--base-url", server.url, answer="n\n")
    assert (code, server.writes()) == (2, [])
    assert "--no-preflight: 5 contacts cannot be protected" in text.partition("Go on?")[0]


def test_a_person_who_opts_out_during_the_run_is_left_alone(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A contact that becomes DNC while the run goes, before its turn, is not activated, however the run began."""
    known = numbers(12)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "active", "--rate", "4/2s", "--yes", "--base-url", server.url)
    running = program.start(*command)
    wait_for(lambda: len(server.writes()) >= 2)
    server.update(known[-1], "DNC")
    assert running.wait(60) == 3
    contact = server.contact(known[-1])
    assert contact is not None
    assert contact["status"] == "DNC"
    assert server.applied()[known[-1]] == 1, "by the person, and by nobody else"
    assert sum(server.applied().values()) == 12


def test_whom_nobody_can_read_nobody_calls(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Where the contacts cannot be read, nothing that starts outreach is sent, and the rest is."""
    a, b = numbers(2)
    server = sandboxes([a, b], "--fault", "status:500@GET@/contacts@after:1")
    write_csv(tmp_path / "in.csv", ["phone", "status"], [[a, "active"], [b, "DNC"]])
    ended = program("update", "in.csv", "--base-url", server.url, *FAST)
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("failed", "not_read"), ("succeeded", "confirmed"),
    ]  # fmt: skip
    assert set(server.applied()) == {b}


def test_rows_that_stop_go_before_rows_that_start(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """However the file is sorted, DNC is sent first, what changes no outreach next, and `active` last; reports keep
    the order of the file."""
    known = numbers(30)
    server = sandboxes(known)
    statuses = ["active", "", "DNC"] * 10
    rows = [[phone, status, "" if status else server.campaign()] for phone, status in zip(known, statuses, strict=True)]
    write_csv(tmp_path / "in.csv", ["phone", "status", "campaignId"], rows)
    ended = program("update", "in.csv", "--base-url", server.url, "--workers", "1", *FAST)
    assert ended.outcomes() == Counter(succeeded=30)
    sent = [entry["body"].get("status", "") for entry in server.writes()]
    assert sent[:10] == ["DNC"] * 10
    assert set(sent[10:]) == {"active", ""}
    assert [row["phone"] for row in ended.report()] == known


# -- plan and confirm -----------------------------------------------------------------------------------------------


def test_the_plan_says_who_is_called_and_who_is_left_alone(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """On a terminal, before the first write: host, key, calls, time, and what becomes of whom; the count is typed."""
    a, b, c, d, e = numbers(5)
    rows = [[a, "DNC", ""], [b, "DNC", ""], [c, "active", ""], [d, "", server.campaign()], [e, "paused", ""]]
    write_csv(tmp_path / "in.csv", ["phone", "status", "campaignId"], rows)
    command = ("update", "in.csv", "--base-url", server.url)
    for answer in ("y\n", "4", ""):
        code, told = program.on_a_terminal(*command, answer=f"{answer}\n")
        assert (code, "not confirmed" in told) == (2, True), told
    assert server.writes() == []
    assert list((tmp_path / "reports").iterdir()) == []
    code, told = program.on_a_terminal(*command, answer="5\n")
    assert code == 3, told
    for words in (
        f"5 calls to {server.url.removeprefix('http://')} (key ", "less than 1 min at 30 a minute (the documented",
        "cancels all scheduled calls, SMS, WhatsApp messages and triggers of 3 contacts (DNC 2, paused 1)",
        "schedules new calls and messages for 2 contacts (", "active 1", 'to the campaign "Q1 Outreach" 1',
        "This starts outreach", "One that is DNC or stopped is left unchanged", "Type 5 to continue",
    ):  # fmt: skip
        assert words in " ".join(told.split()), told


def test_a_thousand_rows_take_the_typed_count(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A thousand rows that only stop outreach take a yes; one more takes the count."""
    server = sandboxes(numbers(1))
    for count, words in ((1000, "Continue? [y/N]"), (1001, "Type 1001 to continue")):
        write_csv(tmp_path / f"{count}.csv", ["phone"], [[phone] for phone in numbers(count)])
        code, told = program.on_a_terminal(
            "update", f"{count}.csv", "--status", "DNC", "--base-url", server.url, answer="n\n"
        )
        assert (code, words in told) == (2, True), told
    assert server.writes() == []


def test_what_a_contact_was_is_kept(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """The journal holds what a contact was when it was read, before the first request about it left."""
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(5)])
    was = [server.contact(phone) for phone in numbers(5)]
    ended = program("update", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    journal = Journal.open_readonly(ended.run / "journal.sqlite")
    kept = list(JournalReader(journal).before())
    journal.close()
    assert [(row.number, row.phone, row.change, row.seen.status) for row in kept] == [
        (number, phone, ContactChange(status="active"), status)
        for number, phone, status in zip(range(2, 7), numbers(5), STATUSES, strict=True)
    ]
    assert [row.outcome for row in kept] == [Outcome.SUCCEEDED, *[Outcome.HELD] * 3, Outcome.SUCCEEDED]
    told = json.loads(msgspec.json.encode([row.seen for row in kept]))
    for before, shown in zip(told, was, strict=True):
        assert shown is not None
        assert {name: before[name] for name in shown} == shown, "every field that the API shows"
