"""`--out -`: the rows in a pipe."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.harness import PATIENCE_S, Ended, Program, Sandboxes, numbers, read_csv, wait_for, write_csv

PHONES = numbers(12)


def piped(ended: Ended) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ended.out)))


def export(folder: Path, phones: list[str], width: int = 1) -> Path:
    rows = [(f"Contact {at} " + "x" * width, phone) for at, phone in enumerate(phones)]
    return write_csv(folder / "contacts.csv", ("Name", "Phone"), rows)


def test_a_shell_pipe_gets_every_row_in_input_order(program: Program, sandboxes: Sandboxes) -> None:
    """From stdin to stdout: the rows of outcomes.csv, in order, and nothing else; the talk goes to stderr."""
    server = sandboxes(PHONES[:9])
    text = "".join(f"{phone}\n" for phone in ["Phone", *PHONES, "call me", PHONES[0]])
    ended = program("fulfill", "-", "--yes", "--out", "-", "--base-url", server.url, stdin=text)
    assert ended.code == 3
    assert piped(ended) == ended.report()
    assert [row["_row"] for row in piped(ended)] == [f"{number}" for number in range(2, 16)]
    assert ended.out.startswith("Phone,_row,")
    assert "in total" in ended.err


def test_the_rows_leave_as_the_format_that_can(program: Program, sandboxes: Sandboxes) -> None:
    """Of several formats the first that can be written row by row goes to stdout; the folder has all of them."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES)
    ended = program("fulfill", source, "--yes", "--out", "-", "--format", "parquet,ndjson", "--base-url", server.url)
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["Phone"] for row in rows] == PHONES
    assert {row["_outcome"] for row in rows} == {"succeeded"}
    assert ended.code == 0
    assert {path.name for path in ended.run.glob("outcomes.*")} == {"outcomes.parquet", "outcomes.ndjson"}


@pytest.mark.parametrize(
    ("options", "told", "why"),
    [
        (["--format", "xlsx"], "--format xlsx,ndjson", "a workbook cannot be written row by row"),
        (["--json"], "both write to stdout", "two results for one stream"),
    ],
)
def test_what_cannot_leave_is_refused_before_anything_is_sent(
    program: Program, sandboxes: Sandboxes, options: list[str], told: str, why: str
) -> None:
    """The error says what to give instead, and the server has seen no write."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES)
    ended = program("fulfill", source, "--yes", "--out", "-", *options, "--base-url", server.url)
    assert ended.code == 2, why
    assert told in ended.err
    assert server.writes() == []


def test_rows_leave_while_the_run_goes(program: Program, sandboxes: Sandboxes) -> None:
    """The first rows are read while later ones are still to be sent; stopped, the run says `pending` for those."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES)
    running = program.start("fulfill", source, "--yes", "--out", "-", "--rate", "2/30s", "--base-url", server.url)
    assert running.stdout is not None
    first = [running.stdout.readline() for _ in range(3)]
    assert [line.rsplit(",", 14)[1] for line in first[1:]] == PHONES[:2]
    assert running.poll() is None
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=PATIENCE_S)
    rows = list(csv.DictReader(io.StringIO("".join(first) + rest)))
    assert [row["Phone"] for row in rows] == PHONES
    assert [row["_outcome"] for row in rows] == ["succeeded"] * 2 + ["pending"] * 10
    assert running.returncode == 130


@pytest.mark.parametrize("width", [1, 20_000], ids=["within a buffer", "past it"])
def test_a_reader_that_goes_away_stops_nothing(program: Program, sandboxes: Sandboxes, width: int) -> None:
    """After `head -1` the run goes on to its end, with its own exit code and all files."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES, width=width)
    running = program.start("fulfill", source, "--yes", "--out", "-", "--rate", "6/s", "--base-url", server.url)
    assert running.stdout is not None
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    told = running.stderr.read()
    assert running.wait(30) == 0
    assert "Traceback" not in told and "BrokenPipe" not in told
    assert sorted(server.applied()) == sorted(PHONES)
    (run,) = program.folder.glob("reports/2*")
    assert len(read_csv(run / "outcomes.csv")) == 12


def test_a_reader_that_dawdles_holds_nothing_up(program: Program, sandboxes: Sandboxes) -> None:
    """While nobody reads a full pipe the calls are made and the files published; read late, every row is there."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES, width=20_000)
    running = program.start("fulfill", source, "--yes", "--out", "-", "--base-url", server.url)
    wait_for(lambda: bool(list(program.folder.glob("reports/2*/summary.json"))))
    assert len(server.writes()) == 12
    rest, _ = running.communicate(timeout=PATIENCE_S)
    assert [row["Phone"] for row in csv.DictReader(io.StringIO(rest))] == PHONES
    assert running.returncode == 0


def test_rows_that_could_not_be_written_are_not_passed_over(program: Program, sandboxes: Sandboxes) -> None:
    """On a full disk behind stdout the run is done and the exit code says that its rows are not there."""
    server = sandboxes(PHONES)
    source = export(program.folder, PHONES)
    command = [sys.executable, "-m", "batch", "fulfill", str(source), "--yes", "--out", "-", "--base-url", server.url]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, cwd=program.folder, env=program.env, stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 1
    assert b"--out - writes them again" in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert len(server.writes()) == 12


def test_a_finished_run_can_be_piped_too(program: Program, sandboxes: Sandboxes) -> None:
    """`report RUN --out -` writes the rows and no file, in any format that can; `resume` and `rerun` stream as well."""
    server = sandboxes(PHONES[:11])
    source = export(program.folder, PHONES)
    done = program("fulfill", source, "--yes", "--limit", "5", "--base-url", server.url)
    before = {path: path.stat().st_mtime_ns for path in done.run.glob("*.[chj]*") if path.suffix != ".sqlite"}
    again = program("report", done.run, "--out", "-", "--format", "ndjson")
    assert [json.loads(line)["_outcome"] for line in again.out.splitlines()] == ["succeeded"] * 5 + ["pending"] * 7
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) == 4
    resumed = program("resume", "--out", "-", "--yes")
    assert [row["_outcome"] for row in piped(resumed)] == ["succeeded"] * 11 + ["not_found"]
    server.create(PHONES[11])
    rerun = program("rerun", done.run / "failures.csv", "--yes", "--out", "-")
    assert [(row["Phone"], row["_outcome"]) for row in piped(rerun)] == [(PHONES[11], "succeeded")]
