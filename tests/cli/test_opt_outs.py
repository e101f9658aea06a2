"""People who asked to be left alone in other words than the team's are named before the question and after the run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cli.harness import Program, Sandboxes, numbers, write_csv

FAST = ("--rate", "60000/min", "--yes")


def test_opt_outs_in_other_words_are_named_until_they_are_covered(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """`Do Not Call` and `STOP` are no statuses: the question and the summary say who is not covered; with --map-value
    they are DNC, also from a job file."""
    known = numbers(4)
    server = sandboxes(known)
    words = ["Do Not Call", "STOP", "dnc", "active"]
    write_csv(tmp_path / "in.csv", ["Phone", "Lead Status"], list(map(list, zip(known, words, strict=True))))
    command = ("update", "in.csv", "--map", "status=Lead Status", "--base-url", server.url)
    code, text = program.on_a_terminal(*command, answer="n\n")
    asked = text.partition("Type")[0]
    assert (code, server.writes()) == (2, [])
    assert "2 rows say not to call the person, but with words that are no status" in asked
    assert 'status "dnc" read as DNC 1' in asked
    ended = program(*command, *FAST)
    assert ended.code == 3
    assert "2 numbers are not confirmed as DNC" in " ".join(ended.out.split())
    assert ended.summary()["not_confirmed_dnc"] == 2
    meant = ("--map-value", 'status:"Do Not Call"=DNC', "--map-value", "status:STOP=DNC")
    covered = program(*command, *meant, "--save-job", "weekly.toml", *FAST)
    assert covered.outcomes() == Counter(succeeded=4), covered.err
    assert [server.contact(phone)["status"] for phone in known] == ["DNC"] * 3 + ["active"]  # type: ignore[index]
    assert 'map_value = ["status:\\"Do Not Call\\"=DNC", "status:STOP=DNC"]' in (tmp_path / "weekly.toml").read_text()
    checked = program("run", "weekly.toml", "in.csv", "--base-url", server.url, *FAST)
    assert checked.outcomes() == Counter(succeeded=4), checked.err


def test_where_takes_only_some_rows(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """`--where` writes only the people whose column says so; question, summary and summary.json count the others."""
    known = numbers(3)
    server = sandboxes(known)
    rows = list(map(list, zip(known, ["TRUE", "FALSE", "true"], strict=True)))
    write_csv(tmp_path / "in.csv", ["Phone", "Do Not Call"], rows)
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    ended = program(*command, "--where", "Do Not Call=TRUE")
    assert ended.code == 0, ended.err
    assert set(server.applied()) == {known[0], known[2]}
    assert "1 row of the file left out by --where" in ended.err
    assert "left out by --where" in ended.out
    assert (ended.summary()["rows"], ended.summary()["left_out"]) == (2, 1)
    assert [row["_row"] for row in ended.report()] == ["2", "4"]
    assert program(*command).run != ended.run, "another command"


def test_a_contact_that_the_file_says_not_to_call_is_not_called(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A row whose own column "Do Not Call" says TRUE is named before the question and held, until that is allowed."""
    known = numbers(2)
    server = sandboxes(known)
    write_csv(tmp_path / "in.csv", ["Phone", "Do Not Call"], [[known[0], "TRUE"], [known[1], "FALSE"]])
    command = ("update", "in.csv", "--status", "active", "--base-url", server.url, *FAST)
    ended = program(*command)
    assert ended.code == 3
    assert "! 1 row not sent: the file itself says not to call this person" in ended.err
    assert [(row["_outcome"], row["_code"]) for row in ended.report()] == [
        ("held", "opted_out"), ("succeeded", "confirmed"),
    ]  # fmt: skip
    assert set(server.applied()) == {known[1]}
    allowed = program("rerun", ended.run / "failures.csv", "--allow-reactivation", *FAST)
    assert allowed.outcomes() == Counter(succeeded=1), allowed.err
