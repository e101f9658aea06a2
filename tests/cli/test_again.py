"""Doing it again: what is sent a second time, and what is not, for every way to ask twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import KEY, Program, Sandboxes, numbers, read_csv, wait_for, write_csv

from batch import reporter
from batch.api.calls import run
from batch.loader import ReadOptions
from batch.model import ContactChange, Operation
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

FAST = ("--rate", "60000/min", "--yes")


def test_a_crash_while_reporting_costs_nothing(
    sandboxes: Sandboxes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All rows sent, then the disk is full for the reports: the same command writes the reports and sends nothing."""
    known = numbers(5)
    server = sandboxes(known)
    source = write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    reading = ReadOptions(Operation.UPDATE, ask=ContactChange(status="active"))
    settings = Settings(base_url=server.url, key=ApiKey(KEY), out=tmp_path / "reports", state=tmp_path / "state")

    def full(*_: object) -> dict[str, Path]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(reporter, "publish", full)
        with pytest.raises(OSError, match="No space"):
            run(source, reading, settings)
    assert server.applied() == Counter(known)
    result = run(source, reading, settings)
    assert (result.exit_code, result.files["outcomes"].exists()) == (0, True)
    assert server.applied() == Counter(known)
    run(source, reading, settings)  # now it is finished: the same command is a new run
    assert set(server.applied().values()) == {2}


def test_a_rerun_reads_numbers_as_its_run_did(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A region in the environment does not turn a Mexican number into an American one in a rerun."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / "in.csv", ["phone"], [["5512345678"]])
    american = {"GUAYABA_REGION": "US"}
    first = program(
        "update", "in.csv", "--status", "DNC", "--region", "MX", "--base-url", server.url, *FAST, env=american
    )
    assert [row["_phone"] for row in first.report()] == ["+525512345678"]
    again = program("rerun", first.run / "failures.csv", *FAST, env=american)
    assert [row["_phone"] for row in again.report()] == ["+525512345678"]
    chosen = program("rerun", first.run / "failures.csv", "--region", "US", *FAST)
    assert [row["_phone"] for row in chosen.report()] == ["+15512345678"]


def test_a_rerun_takes_corrections_from_their_file(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """`rerun --corrections` reads a cell of the report as it was corrected on the page, or for another export; a file
    that is none is refused before the first call."""
    known = numbers(2)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[known[0]], ["reception"]])
    first = program("fulfill", "in.csv", "--base-url", server.url, *FAST)
    write_csv(tmp_path / "mine.csv", ["column", "cell", "corrected", "row"], [["phone", "reception", known[1], ""]])
    refused = program("rerun", first.run / "failures.csv", "--corrections", "in.csv", *FAST)
    assert (refused.code, "--corrections: expected a corrections file" in refused.err) == (2, True), refused.err
    again = program("rerun", first.run / "failures.csv", "--corrections", "mine.csv", *FAST)
    assert (again.code, again.outcomes()) == (0, Counter(succeeded=1)), again.err
    assert server.applied() == Counter(known)


def test_an_edited_row_that_is_done_is_named(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A rerun names a row that succeeded and whose number was corrected since, and sends it if its outcome is cleared;
    a number that lost its + in a spreadsheet is no correction."""
    known = numbers(3)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[known[0]], [known[1]], ["reception"]])
    first = program("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    done, _ = read_csv(first.run / "outcomes.csv")[:2]
    rows = [done | {"phone": known[2]}, *read_csv(first.run / "outcomes.csv")[1:]]
    rows[1]["phone"] = rows[1]["phone"].removeprefix("+")
    write_csv(tmp_path / "edited.csv", list(rows[0]), [list(row.values()) for row in rows])
    left = program("rerun", "edited.csv", "--out", first.run.parent, *FAST)
    assert "1 row was edited, but its _outcome says" in left.err and "row 2." in left.err, left.err
    rows[0]["_outcome"] = ""
    write_csv(tmp_path / "edited.csv", list(rows[0]), [list(row.values()) for row in rows])
    sent = program("rerun", "edited.csv", "--out", first.run.parent, *FAST)
    assert sent.outcomes()["succeeded"] == 1, sent.err
    assert server.applied() == Counter(known), sent.err


def test_a_rerun_takes_the_column_that_its_run_took(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Where only the rows without a mobile failed, the rerun does not turn to their work phones."""
    mobile, work = numbers(2)
    server = sandboxes([mobile, work])
    write_csv(tmp_path / "in.csv", ["Name", "Mobile", "Work Phone"], [["Ann", mobile, ""], ["Bob", "", work]])
    first = program("update", "in.csv", "--status", "DNC", "--map", "phone=Mobile", "--base-url", server.url, *FAST)
    assert [row["_outcome"] for row in first.report()] == ["succeeded", "invalid"]
    again = program("rerun", first.run / "failures.csv", *FAST)
    assert [(row["_outcome"], row["_code"]) for row in again.report()] == [("invalid", "no_phone")]
    assert server.applied() == Counter([mobile])


def test_a_rerun_closes_the_run_whose_pending_rows_it_takes(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """After a rerun of a stopped run's failures there is nothing left to resume, and no contact was written twice."""
    known = numbers(3)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    first = program("fulfill", "in.csv", "--limit", "1", "--base-url", server.url, *FAST)
    assert first.code == 75
    assert program("rerun", first.run / "failures.csv", *FAST).code == 0
    assert program("resume").code == 2
    assert server.applied() == Counter(known)


def test_a_part_of_a_report_does_not_close_its_unfinished_run(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A rerun that lacks pending rows of an unfinished run is refused, since nothing would send them afterwards; with
    --fresh, which closes that run, only the rows of the file are sent."""
    known = numbers(4)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    first = program("update", "in.csv", "--status", "DNC", "--limit", "1", "--base-url", server.url, *FAST)
    report = first.run / "failures.csv"
    part = report.read_text(encoding="utf-8-sig").splitlines()[:2]
    report.write_text("\n".join(part), encoding="utf-8")
    refused = program("rerun", report, *FAST)
    assert (refused.code, len(server.applied())) == (4, 1)
    assert "lacks 2 pending rows of it" in refused.err
    assert "row 4, 5" in refused.err
    assert program("rerun", report, "--fresh", *FAST).code == 0
    assert server.applied() == Counter(known[:2])
    assert program("resume").code == 2


def test_a_verification_of_an_unfinished_run_leaves_it_open(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """The rows of a verification lack those that are as asked, so a rerun of them does not close an unfinished run; the
    same command goes on with that run, and writes nothing twice."""
    known = numbers(4)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    first = program(*command, "--limit", "1")
    server.update(known[1], "DNC")
    program("verify", first.run)
    (found,) = first.run.glob("verify-*.csv")
    again = program("rerun", found, *FAST)
    assert (again.code, again.outcomes()) == (0, Counter(succeeded=2)), again.err
    ended = program(*command)
    assert (ended.code, ended.outcomes()) == (0, Counter(succeeded=2, superseded=2)), ended.err


@pytest.mark.parametrize(
    ("status", "sent", "outcome"),
    [
        pytest.param("active", 1, "superseded", id="sent twice, people would be called twice"),
        pytest.param("DNC", 2, "succeeded", id="sending it twice does no harm, and a missing one does"),
    ],
)
def test_a_report_from_before_a_resume_starts_no_outreach_twice(
    program: Program, sandboxes: Sandboxes, tmp_path: Path, status: str, sent: int, outcome: str
) -> None:
    """What the run itself did after its failures file was written is not started again by a rerun of that file, which
    was edited and set aside by the program."""
    known = numbers(2)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone", "name"], [[phone, "Ann"] for phone in known])
    command = ("update", "in.csv", "--status", status, "--base-url", server.url, *FAST)
    first = program(*command, "--limit", "1")
    report = first.run / "failures.csv"
    report.write_text(report.read_text(encoding="utf-8-sig").replace("Ann", "Anne"), encoding="utf-8")
    assert program(*command).code == 0
    (edited,) = first.run.glob("failures.edited-*.csv")
    again = program("rerun", edited, *FAST)
    assert (again.code, again.outcomes()) == (0, Counter([outcome]))
    assert server.applied() == {known[0]: 1, known[1]: sent}


def test_a_report_from_before_a_killed_resume_starts_no_outreach_twice(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A request that was under way when a resume was killed may have arrived: a rerun of the failures file of before,
    which calls its row pending, reads the contact back and sends nothing."""
    known = numbers(2)
    server = sandboxes(known, "--fault", "hang-after:90@nth:2")
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("update", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    first = program(*command, "--limit", "1")
    running = program.start(*command)
    wait_for(lambda: len(server.applied()) == 2)
    running.kill()
    running.communicate()
    again = program("rerun", first.run / "failures.csv", *FAST)
    assert [(row["_outcome"], row["_code"]) for row in again.report()] == [("succeeded", "read_back")], again.err
    assert server.applied() == Counter(known)


def test_an_old_failure_report_never_writes_over_a_newer_success(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A second rerun of one failures file finds its contact written by the first: superseded, no write, exit 0."""
    (phone,) = numbers(1)
    server = sandboxes()
    write_csv(tmp_path / "in.csv", ["phone"], [[phone]])
    first = program("update", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    assert first.outcomes() == Counter(not_found=1)
    server.create(phone)
    before = server.applied()
    assert program("rerun", first.run / "failures.csv", *FAST).outcomes() == Counter(succeeded=1)
    again = program("rerun", first.run / "failures.csv", *FAST)
    assert (again.code, again.outcomes()) == (0, Counter(superseded=1))
    assert server.applied() - before == Counter([phone])


def test_what_somebody_edited_is_never_overwritten(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A corrected failures file is set aside, whole, when its run's reports are written again."""
    server = sandboxes()
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1), ["98"]])
    first = program("fulfill", "in.csv", "--base-url", server.url, *FAST)
    edited = (first.run / "failures.csv").read_text(encoding="utf-8-sig").replace("98,", f"{numbers(2)[1]},")
    (first.run / "failures.csv").write_text(edited, encoding="utf-8")
    again = program("report", first.run)
    (kept,) = first.run.glob("failures.edited-*.csv")
    assert kept.read_text(encoding="utf-8") == edited
    assert kept.name in again.err


def test_a_command_that_finished_before_says_so(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """The same command on the same file after a finished run is a new run, and its preview says what that means."""
    known = numbers(2)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("fulfill", "in.csv", "--base-url", server.url, *FAST)
    first = program(*command)
    assert "already finished" not in first.err
    assert f"already finished ({first.run.name})" in program(*command).err


def test_fresh_closes_the_unfinished_run(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """After --fresh the older, unfinished run never comes up again."""
    known = numbers(3)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("fulfill", "in.csv", "--base-url", server.url, *FAST)
    assert program(*command, "--limit", "1").code == 75
    assert program(*command, "--fresh").code == 0
    listed = json.loads(program("runs", "--json").out)["runs"]
    assert [run["state"] for run in listed] == ["finished", "finished"]


def test_a_sorted_failures_file_keeps_its_doubts(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """With a duplicate sorted above its unknown row, the contact is still read back before anything is sent again."""
    (phone,) = numbers(1)
    server = sandboxes([phone])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone], [phone]])
    first = program("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    header, *rows = (first.run / "outcomes.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = [row.replace(",succeeded,confirmed,", ",unknown,answer_lost,") for row in rows]
    (first.run / "mine.csv").write_text("\n".join([header, *reversed(rows)]), encoding="utf-8")
    again = program("rerun", first.run / "mine.csv", *FAST)
    assert again.outcomes() == Counter(succeeded=1, duplicate=1)
    assert [row["_code"] for row in again.report()] == ["read_back", "same_contact"]
    assert server.applied() == Counter([phone])


def test_a_folded_row_shares_the_fate_of_its_row(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A duplicate of a row that failed stands in the failures file, and succeeds with it in the rerun."""
    (phone,) = numbers(1)
    server = sandboxes()
    write_csv(tmp_path / "in.csv", ["phone"], [[phone], [phone]])
    first = program("fulfill", "in.csv", "--base-url", server.url, *FAST)
    assert first.code == 3
    assert [row["_outcome"] for row in first.report("failures")] == ["not_found", "duplicate"]
    server.create(phone)
    again = program("rerun", first.run / "failures.csv", *FAST)
    assert again.code == 0, again.err
    assert [row["_outcome"] for row in read_csv(again.run / "outcomes.csv")] == ["succeeded", "duplicate"]


def test_a_number_typed_into_a_column_of_ours_is_named(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A correction in `_phone` is not read, and the rerun says so and where it goes; in the user's own column it is."""
    known = numbers(2)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[known[0]], ["98"]])
    base = ("--base-url", server.url, *FAST)
    first = program("update", "in.csv", "--status", "DNC", *base)
    failures = first.run / "failures.csv"
    [row] = read_csv(failures)
    write_csv(failures, list(row), [[*{**row, "_phone": known[1]}.values()]])
    again = program("rerun", failures, *base)
    assert again.code == 3, again.err
    said = "_phone has another number than the phone column in 1 row (2), and it is not read."
    assert said in " ".join(again.err.split())
    write_csv(failures, list(row), [[*{**row, "phone": known[1]}.values()]])
    mended = program("rerun", failures, *base)
    assert (mended.code, "_phone has" in mended.err) == (0, False), mended.err
