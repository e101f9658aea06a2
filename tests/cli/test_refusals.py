"""Bad input: a clear message, the right exit code, nothing sent, no traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.harness import KEY, Ended, Program, Sandboxes, numbers, write_csv

YES = ("--rate", "60000/min", "--yes")
NOWHERE = "http://127.0.0.1:9"


def _file(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


FILES = [
    ("gone.csv", None, 4, "gone.csv", "no such file"),
    ("empty.csv", _file("empty.csv", b""), 4, "empty", "an empty file"),
    ("header.csv", _file("header.csv", b"Name,Phone\n"), 4, "no rows", "a header and nothing below it"),
    ("nophone.csv", _file("nophone.csv", b"Name,City\nA,Rome\n"), 4, "City",
     "no phone column: what was found is listed"),
    ("two.csv", _file("two.csv", b"Mobile,Home Phone,Work Phone\n,+12125550100,+12125550101\n"), 4, "Work Phone",
     "two phone columns: what was found is listed"),
    ("folder.csv", lambda folder: (folder / "folder.csv").mkdir(), 4, "folder", "a directory"),
    ("broken.xlsx", _file("broken.xlsx", b"PK\x03\x04 not really"), 4, "broken.xlsx", "an unreadable workbook"),
    ("broken.parquet", _file("broken.parquet", b"PAR1nonsense"), 4, "broken.parquet", "an unreadable Parquet file"),
    ("image.csv", _file("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(99)), 4, "image.csv", "an image"),
]  # fmt: skip


def refused(ended: Ended, code: int) -> None:
    assert ended.code == code, ended.err
    assert ended.err.startswith("guayaba-batch: ")
    assert "Traceback" not in ended.err
    assert KEY not in ended.err + ended.out
    assert not ended.runs


@pytest.mark.parametrize(("name", "make", "code", "names", "reason"), FILES)
def test_a_file_that_cannot_be_used(
    name: str, make: Callable[[Path], object] | None, code: int, names: str, reason: str, program: Program
) -> None:
    """Each unusable file is refused with its exit code and what was found, before any call."""
    if make is not None:
        make(program.folder)
    for verb in ("check", "fulfill"):
        options = ("--base-url", NOWHERE, *YES) if verb == "fulfill" else ()
        ended = program(verb, name, *options)
        refused(ended, code)
        assert names in ended.err, reason


OPTIONS = [
    (("--rate", "fast"), "--rate", "no rate"),
    (("--workers", "0"), "--workers", "no workers"),
    (("--base-url", "http://api.example.com"), "https", "the key would travel unencrypted"),
    (("--base-url", "nonsense"), "--base-url", "no address"),
    (("--format", "doc"), "--format", "no such report format"),
    (("--region", "Atlantis"), "Atlantis", "no such country"),
    (("--map", "phone"), "--map", "half a mapping"),
    (("--map", "phone=Telefone"), "Telefone", "a header that is not there"),
    (("--nonsense",), "--nonsense", "no such option"),
    (("--api-key-file", "nowhere.key"), "nowhere.key", "no such key file"),
]


@pytest.mark.parametrize(("options", "names", "reason"), OPTIONS)
def test_an_option_that_cannot_be_used(
    options: tuple[str, ...], names: str, reason: str, program: Program, tmp_path: Path
) -> None:
    """Each wrong option is refused with exit 2 and named."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    base = () if "--base-url" in options else ("--base-url", NOWHERE)
    ended = program("fulfill", "in.csv", *base, "--yes", *options)
    refused(ended, 2)
    assert names in ended.err, reason


def test_all_settings_problems_come_at_once(program: Program, tmp_path: Path) -> None:
    """Three wrong settings and a missing key are one message."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--rate", "x", "--workers", "y", "--yes", env={"GUAYABA_API_KEY": ""})
    refused(ended, 2)
    assert all(name in ended.err for name in ("--rate", "--workers", "GUAYABA_API_KEY"))


KEYLESS = {"GUAYABA_API_KEY": ""}
TOGETHER = [
    ("update gone.csv --status XYZ", KEYLESS, ("no API key", "--yes", "no file gone.csv"), 3,
     "the key, the answer that nobody is there to give, and the file"),
    ("update in.csv --status DNC --yes --map phone=Mobil", KEYLESS, ("no API key", "phone='Mobil'", "'phone'"), 2,
     "the key, and a column that is not there, with those that are"),
    ("update in.csv --yes --rate fast --workers 0 --region Atlantis --map fone=phone", KEYLESS,
     ("--rate", "--workers", "no API key", "fone (for", "'Atlantis'"), 5, "values of every kind, and the key"),
    ("update gone.csv --map phone --map =x --rate fast", {},
     ("--map phone:", "--map =x", "--rate", "--yes", "gone.csv"), 5,
     "mappings that are none: nobody knows how the file is read, and it is missing all the same"),
    ("update in.csv --yes", KEYLESS, ("no API key", "neither a status nor a campaign"), 2, "nothing is asked"),
    ("fulfill empty.csv --yes --out - --json", KEYLESS, ("both write to stdout", "no API key", "no rows"), 3,
     "two results for one stdout, and a file that ends with its header"),
    ("fulfill in.csv --yes --map account=phone", KEYLESS, ("no API key", "name no accounts"), 2, "accounts of nowhere"),
    ("fulfill - --yes --rate fast", KEYLESS, ("--rate", "no API key"), 2, "stdin is not waited for"),
    ("fulfill in.csv --yes --save-job nowhere/weekly.toml --rate fast", {}, ("--rate", "nowhere"), 2,
     "a job that cannot be kept"),
    ("run gone.toml gone.csv", KEYLESS, ("gone.toml", "no API key", "--yes", "no file gone.csv"), 4, "no job"),
    ("rerun gone.csv --only done", KEYLESS, ("--only done", "no API key", "--yes", "gone.csv does not exist"), 4,
     "a report of nowhere"),
    ("check gone.csv --online --map phone", KEYLESS, ("no API key", "--map phone", "no file gone.csv"), 3, "a look"),
    ("verify nowhere", KEYLESS, ("no API key", "nowhere is not a run folder"), 2, "a run of nowhere to read back"),
    ("undo nowhere --rate fast", KEYLESS, ("no API key", "--rate", "--yes", "not a run folder"), 4, "to put back"),
    ("resume nowhere", KEYLESS, ("no API key", "not a run folder"), 2, "to go on with"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "env", "names", "count", "reason"), TOGETHER)
def test_whatever_is_wrong_before_the_first_call_comes_at_once(
    command: str, env: dict[str, str], names: tuple[str, ...], count: int, reason: str, program: Program, tmp_path: Path
) -> None:
    """Key, settings, options, confirmation and file: what is wrong with several is one message, with exit 2."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    write_csv(tmp_path / "empty.csv", ["phone"], [])
    ended = program(*command.split(), env={"GUAYABA_BASE_URL": NOWHERE, **env})
    refused(ended, 2)
    assert [name for name in names if name not in ended.err] == [], reason
    assert ended.err.count("\n  - ") == count, ended.err


def test_a_broken_settings_file_hides_no_problem_and_adds_none(program: Program, tmp_path: Path) -> None:
    """Where nobody can say which accounts there are, a column of accounts is not called wrong; the file still is."""
    (tmp_path / "guayaba-batch.toml").write_text("this is no TOML")
    write_csv(tmp_path / "in.csv", ["Who", "Account"], [[numbers(1)[0], "north"]])
    ended = program("fulfill", "in.csv", "--map", "account=Account", "--yes")
    refused(ended, 2)
    assert "guayaba-batch.toml cannot be read" in ended.err
    assert "No column is recognised as the phone" in ended.err
    assert "accounts" not in ended.err


def test_no_key(program: Program, tmp_path: Path) -> None:
    """Without a key: exit 2, and the two ways to give one."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--yes", env={"GUAYABA_API_KEY": ""})
    refused(ended, 2)
    assert "GUAYABA_API_KEY" in ended.err
    assert "--api-key-file" in ended.err


def test_a_wrong_key(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A key that the API refuses: exit 5 before the first write, and no run folder."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    for key in ("gua_revoked0_nope", "not-even-a-key"):
        ended = program("fulfill", "in.csv", "--base-url", server.url, *YES, env={"GUAYABA_API_KEY": key})
        refused(ended, 5)
        assert key not in ended.err
    assert server.writes() == []


def test_nobody_to_confirm(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Off a terminal and without --yes: exit 2, nothing sent."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--base-url", server.url)
    refused(ended, 2)
    assert "--yes" in ended.err
    assert server.log("requests") == []


def test_an_unknown_status_option(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """`--status dnc`: exit 2 with the team's statuses, nothing sent."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("update", "in.csv", "--status", "dnc", "--base-url", server.url, *YES)
    refused(ended, 2)
    assert "DNC" in ended.err
    assert server.writes() == []


def test_an_unknown_status_in_a_row(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A status that the team does not have spoils its row only, and the message suggests the right spelling."""
    a, b = numbers(2)
    server = sandboxes([a, b])
    write_csv(tmp_path / "in.csv", ["phone", "status"], [[a, "DNCC"], [b, "DNC"]])
    ended = program("update", "in.csv", "--base-url", server.url, *YES)
    assert ended.code == 3, ended.err
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("invalid", "unknown_status"),
        ("succeeded", "confirmed"),
    ]
    assert "DNC" in ended.report()[0]["_message"]


def test_a_campaign_by_a_name_that_nobody_looks_up(program: Program, tmp_path: Path) -> None:
    """`--campaign Q1 --no-preflight`: exit 2, nothing sent: without asking, only a UUID names a campaign."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("update", "in.csv", "--campaign", "Q1", "--no-preflight", "--base-url", NOWHERE, *YES)
    refused(ended, 2)
    assert "UUID" in ended.err


def test_an_unknown_campaign(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A campaign that the team does not have: exit 2 before the first write, not one refusal a row."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    nowhere = "00000000-0000-4000-8000-000000000000"
    ended = program("update", "in.csv", "--campaign", nowhere, "--base-url", server.url, *YES)
    refused(ended, 2)
    assert nowhere in ended.err
    assert server.writes() == []


def test_an_update_that_asks_nothing(program: Program, tmp_path: Path) -> None:
    """`update` with neither option nor column: exit 2."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("update", "in.csv", "--base-url", NOWHERE, *YES)
    refused(ended, 2)
    assert "--status" in ended.err


def test_a_host_that_cannot_be_reached(program: Program, tmp_path: Path) -> None:
    """Nothing listens: after several tries, exit 75, nothing sent, the same command goes on."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--base-url", NOWHERE, *YES, hurry=50)
    refused(ended, 75)
    assert "same command" in ended.err


@pytest.mark.parametrize("name", ["gone.csv", "in.csv"])
def test_a_rerun_of_what_is_no_report(name: str, program: Program, tmp_path: Path) -> None:
    """A missing file or one that no run wrote cannot be rerun: exit 4."""
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    refused(program("rerun", name, *YES), 4)


def test_a_report_of_another_host_or_key_is_refused(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A report goes back only to where it came from: another address or key is exit 4, unless the key is accepted."""
    staging, production = sandboxes(), sandboxes()
    write_csv(tmp_path / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--base-url", staging.url, *YES)
    failures = ended.run / "failures.csv"
    wrong_host = program("rerun", failures, "--base-url", production.url, *YES)
    assert (wrong_host.code, staging.url in wrong_host.err) == (4, True)
    other = {"GUAYABA_API_KEY": "gua_other000_key"}
    wrong_key = program("rerun", failures, *YES, env=other)
    assert (wrong_key.code, "--accept-key" in wrong_key.err) == (4, True)
    assert program("rerun", failures, "--accept-key", *YES, env=other).code == 3
    assert production.log("requests") == []


def test_every_command_that_goes_back_to_a_run_goes_to_its_address(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """Another address is exit 4 in the same words for whatever comes back to a run, and nobody is asked anything."""
    staging, production = sandboxes(numbers(2)), sandboxes()
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in numbers(2)])
    run = program("fulfill", "in.csv", "--base-url", staging.url, *YES, "--limit", "1").run
    back = [("resume", run, *YES), ("resume", *YES), ("rerun", run / "failures.csv", *YES), ("undo", run, *YES)]
    for command in (*back, ("verify", run)):
        ended = program(*command, "--base-url", production.url)
        assert (ended.code, f"was made against {staging.url}, not {production.url}" in ended.err) == (4, True), command
        assert "remove --base-url (and GUAYABA_BASE_URL)" in ended.err
    assert production.log("requests") == []


def test_an_error_is_json_too(program: Program) -> None:
    """With --json an error is an object on stdout, with its exit code."""
    ended = program("fulfill", "gone.csv", "--yes", "--json")
    assert json.loads(ended.out)["exit_code"] == ended.code == 4
