"""The main job: a spreadsheet goes in, calls go out, a file with every row's outcome comes back and can be rerun."""

from __future__ import annotations

import json
import stat
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from cli.harness import KEY, Program, Sandboxes, numbers, read_csv, write_csv

FAST = ("--rate", "60000/min", "--yes")


def test_fulfill_marks_every_contact_and_accounts_for_every_row(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """fulfill: known contacts are fulfilled once, unknown ones are not_found, damaged rows invalid, doubles folded."""
    known = numbers(20)
    server = sandboxes(known)
    rows = [[f"Person {n}", phone] for n, phone in enumerate(known)]
    rows += [["Stranger", "+13125550199"], ["Broken", "12345"], ["Twice", known[0].replace("+1", "(1) ")]]
    write_csv(tmp_path / "crm.csv", ["Full Name", "Phone"], rows)
    ended = program("fulfill", "crm.csv", "--region", "US", "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    assert ended.outcomes() == Counter(succeeded=20, not_found=1, invalid=1, duplicate=1)
    assert server.applied() == Counter(known)
    assert all(entry["path"] == "/contacts/fulfill" for entry in server.writes())
    found = server.contact(known[3])
    assert found is not None
    assert (found["status"], found["fulfilledAt"] is not None) == ("fulfilled", True)
    report = ended.report()
    assert [row["Full Name"] for row in report] == [row[0] for row in rows]
    assert [row["_row"] for row in report] == [str(n) for n in range(2, 25)]
    assert report[-1]["_same_as"] == "2"
    assert list(report[0]) == ["Full Name", "Phone", *_OURS]
    assert {row["_outcome"] for row in ended.report("failures")} == {"not_found", "invalid"}


_OURS = [
    "_row",
    "_phone",
    "_repair",
    "_outcome",
    "_code",
    "_message",
    "_tip",
    "_http_status",
    "_attempts",
    "_same_as",
    "_contact_id",
    "_finished_at",
    "_run",
]


def test_update_takes_status_and_campaign_from_columns(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """update: each row's own status and campaign are sent; an empty cell changes nothing."""
    a, b, c = numbers(3)
    server = sandboxes([a, b, c])
    campaign = server.campaign()
    write_csv(tmp_path / "in.csv", ["phone", "status", "campaignId"],
              [[a, "DNC", ""], [b, "", campaign], [c, "", ""]])  # fmt: skip
    ended = program("update", "in.csv", "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    assert [row["_outcome"] for row in ended.report()] == ["succeeded", "succeeded", "invalid"]
    assert ended.report()[2]["_code"] == "nothing_asked"
    bodies = [
        json.loads(entry["body"]) if isinstance(entry["body"], str) else entry["body"] for entry in server.writes()
    ]
    assert sorted(bodies, key=lambda body: body["phone"]) == [
        {"phone": a, "status": "DNC"},
        {"phone": b, "campaignId": campaign},
    ]


def test_update_by_id_sends_what_the_row_fills_in(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """update-by-id: name, number, timezone, status and var: columns reach the contact of that id; blanks do not."""
    first, second = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    one, two, new = numbers(3)
    server = sandboxes(
        [{"id": first, "phoneNumber": one, "name": "Old"}, {"id": second, "phoneNumber": two, "name": "Keep"}]
    )
    write_csv(
        tmp_path / "in.csv",
        ["id", "name", "phoneNumber", "timezone", "status", "var:company"],
        [
            [first, "New Name", new, "America/Denver", "paused", "Acme"],
            [second.upper(), "", "", "", "", "Initech"],
            ["not-a-uuid", "x", "", "", "", ""],
        ],
    )
    ended = program("update-by-id", "in.csv", "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    assert [row["_outcome"] for row in ended.report()] == ["succeeded", "succeeded", "invalid"]
    assert ended.report()[2]["_code"] == "malformed_id"
    changed, kept = server.contact(new), server.contact(two)
    assert changed is not None
    assert kept is not None
    assert (changed["name"], changed["timezone"], changed["status"], changed["customVariables"]) == (
        "New Name", "America/Denver", "paused", {"company": "Acme"},
    )  # fmt: skip
    assert (kept["name"], kept["customVariables"]) == ("Keep", {"company": "Initech"})


@pytest.mark.parametrize("extension", ["tsv", "xlsx", "parquet"])
def test_every_format_comes_back_in_its_own_format(
    extension: str, program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """TSV, XLSX and Parquet go in, and the reports come back as the same, each a valid input for rerun."""
    known = numbers(3)
    server = sandboxes(known)
    frame = pl.DataFrame({"Name": ["A", "B", "C", "D"], "Phone": [*known, "+13125550199"]})
    path = tmp_path / f"in.{extension}"
    match extension:
        case "tsv":
            frame.write_csv(path, separator="\t")
        case "xlsx":
            frame.write_excel(path)
        case _:
            frame.write_parquet(path)
    ended = program("fulfill", path, "--base-url", server.url, *FAST)
    assert ended.code == 3, ended.err
    assert ended.summary()["counts"]["succeeded"] == 3
    failures = ended.run / f"failures.{extension}"
    again = program("rerun", failures, *FAST)
    assert again.code == 3, again.err
    assert again.summary()["counts"]["not_found"] == again.summary()["rows"] == 1


def test_a_rerun_takes_what_failed_and_the_corrected_cells(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """rerun: the failures file, with one cell corrected and one contact added meanwhile, succeeds whole."""
    a, b, c = numbers(3)
    server = sandboxes([a, c])
    write_csv(tmp_path / "in.csv", ["phone", "Note"], [[a, "x"], [b, "=1+1"], ["98", "-2"]])
    ended = program("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    assert ended.outcomes() == Counter(succeeded=1, not_found=1, invalid=1)
    assert f"rerun {ended.run.relative_to(tmp_path)}/failures.csv" in ended.out
    failures = ended.run / "failures.csv"
    text = failures.read_text(encoding="utf-8-sig").replace("\n98,", f"\n{c},")  # a time of day can hold a 98 too
    failures.write_text(text, encoding="utf-8")
    server.create(b)
    again = program("rerun", failures, *FAST)
    assert again.code == 0, again.err + again.out
    assert again.outcomes() == Counter(succeeded=2)
    assert [row["Note"] for row in read_csv(again.run / "outcomes.csv")] == ["'=1+1", "-2"]
    assert again.summary()["parent"] == ended.run.name
    assert [found and found["status"] for found in map(server.contact, (b, c))] == ["DNC", "DNC"]


def test_the_key_can_come_from_a_file_or_from_stdin(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """--api-key-file takes a path, or - for stdin, and the printed rerun command names the file, not the key."""
    known, stranger = numbers(2)
    server = sandboxes([known])
    write_csv(tmp_path / "in.csv", ["phone"], [[known], [stranger]])
    (tmp_path / "the.key").write_text(f"{KEY}\n")
    command = ("fulfill", "in.csv", "--base-url", server.url, *FAST, "--api-key-file")
    ended = program(*command, "the.key", env={"GUAYABA_API_KEY": ""})
    assert ended.code == 3, ended.err
    assert "--api-key-file the.key" in ended.out
    assert program(*command, "-", env={"GUAYABA_API_KEY": ""}, stdin=f"{KEY}\n").code == 3
    assert {entry["key"] for entry in server.log("requests")} == {ended.summary()["key_fingerprint"]}


def test_stdin_is_an_input(program: Program, sandboxes: Sandboxes) -> None:
    """`-` reads the rows from a pipe."""
    (phone,) = numbers(1)
    server = sandboxes([phone])
    ended = program("fulfill", "-", "--base-url", server.url, *FAST, stdin=f"phone\n{phone}\n")
    assert ended.code == 0, ended.err
    assert "-fulfill-stdin-" in ended.run.name


def test_json_is_the_summary_and_nothing_else(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """--json prints summary.json to stdout; talk goes to stderr."""
    (phone,) = numbers(1)
    server = sandboxes([phone])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone]])
    ended = program("fulfill", "in.csv", "--base-url", server.url, "--json", *FAST)
    assert json.loads(ended.out) == ended.summary()
    assert ended.summary()["exit_code"] == ended.code == 0


def test_limit_stops_and_the_same_command_goes_on(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """--limit N calls N contacts, leaves the rest pending with exit 75, and the same command takes the next N."""
    known = numbers(5)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("fulfill", "in.csv", "--base-url", server.url, "--limit", "2", *FAST)
    first = program(*command)
    assert first.code == 75
    assert first.outcomes() == Counter(succeeded=2, pending=3)
    assert {row["_code"] for row in first.report("failures")} == {"limit_reached"}
    assert f"resume {first.run.relative_to(tmp_path)}" in first.out
    assert program(*command).code == 75
    last = program(*command)
    assert last.code == 0, last.err
    assert last.outcomes() == Counter(succeeded=5)
    assert server.applied() == Counter(known)
    assert len(list(tmp_path.glob("reports/*"))) == 1


def test_check_makes_no_call_and_says_what_a_run_would(program: Program, tmp_path: Path) -> None:
    """check needs no key and no server: it counts calls, time and causes, and exits 3 where a row cannot be sent."""
    a, b = numbers(2)
    write_csv(tmp_path / "in.csv", ["phone"], [[a], [b], [a], ["4.47911E+11"]])
    ended = program("check", "in.csv", "--json", env={"GUAYABA_API_KEY": ""})
    assert ended.code == 3, ended.err
    found = json.loads(ended.out)
    assert (found["rows"], found["sendable"], found["duplicates"], found["calls"]) == (4, 2, 1, 2)
    (problem,) = found["problems"]
    assert (problem["code"], problem["numbers"]) == ("digits_lost", [5])
    assert not (tmp_path / "reports").exists()


def test_files_are_private_and_the_key_is_nowhere(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Run folders are 0700, their files 0600; the key is in no file and no output; the terminal shows no number."""
    (phone,) = numbers(1)
    server = sandboxes([phone])
    write_csv(tmp_path / "in.csv", ["phone"], [[phone], ["+13125550199"]])
    ended = program("fulfill", "in.csv", "--base-url", server.url, *FAST)
    assert stat.S_IMODE(ended.run.stat().st_mode) == 0o700
    for path in ended.run.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        assert KEY.encode() not in path.read_bytes(), path.name
    assert KEY not in ended.out + ended.err
    assert phone not in ended.out + ended.err


def test_a_dnc_run_names_who_is_not_protected(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Numbers that were to become DNC and are no contacts are listed: masked on screen, page and JSON, whole in the
    failures file; a row that asks for something else is not among them."""
    a, gone, other = "+12125550100", "+12125550101", "+12125550102"
    server = sandboxes([a])
    write_csv(tmp_path / "in.csv", ["phone", "status"], [[a, "DNC"], [gone, "DNC"], [other, "paused"]])
    ended = program("update", "in.csv", "--base-url", server.url, *FAST)
    assert "Not protected: +1212•••0101 (row 3)." in ended.out
    assert ended.summary()["not_protected_numbers"] == ["+1212•••0101 (row 3)"]
    page = (ended.run / "report.html").read_text(encoding="utf-8")
    assert "Not protected: +1212•••0101 (row 3)." in page
    assert gone not in ended.out + page
    assert gone in (ended.run / "failures.csv").read_text(encoding="utf-8")
