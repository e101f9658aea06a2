"""The metrics file and how much is said, with the real program: whole at any moment, and nothing personal in it."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from cli.harness import Program, Sandboxes, numbers, wait_for, write_csv

from batch.model import ContactChange, Operation, RunSummary, SourceMeta
from batch.reporter.metrics import prometheus_text

FAST = ("--rate", "60000/min", "--yes")
SAMPLE = re.compile(r'guayaba_batch_(\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)+)\} (-?[\d.e+]+)')


def read(path: Path) -> Mapping[str, float]:
    """The metrics by name, or by outcome; every line is one of the exposition format, every family declared once."""
    found: dict[str, float] = {}
    declared: list[str] = []
    for line in path.read_text().splitlines():
        if line.startswith("# TYPE"):
            declared.append(line.split()[2])
        elif not line.startswith("#"):
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            outcome = re.search(r'outcome="(\w+)"', sample[2])
            found[outcome[1] if outcome else sample[1]] = float(sample[3])
            assert f"guayaba_batch_{sample[1]}" == declared[-1]
    assert len(declared) == len(set(declared))
    return found


def test_a_run_leaves_its_figures_for_prometheus(program: Program, sandboxes: Sandboxes) -> None:
    """Rows add up by outcome, the exit code is there, others may read the file, and no number or path is in it."""
    server = sandboxes(numbers(3))
    write_csv(program.folder / "Ana Beltran.csv", ["phone"], [[each] for each in [*numbers(5), "12"]])
    ended = program("fulfill", "Ana Beltran.csv", "--base-url", server.url, *FAST, "--metrics-file", "weekly.prom")
    assert ended.code == 3, ended.err
    path = program.folder / "weekly.prom"
    found = read(path)
    assert (found["rows"], found["succeeded"], found["not_found"], found["invalid"]) == (6, 3, 2, 1)
    assert (found["running"], found["exit_code"]) == (0, 3)
    assert found["ended_timestamp_seconds"] >= found["started_timestamp_seconds"] > 1.6e9
    text = path.read_text()
    assert 'name="weekly"' in text
    assert not any(number.removeprefix("+1") in text for number in numbers(5))
    assert "Beltran" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert not list(program.folder.glob("*.part"))


def test_the_figures_are_there_while_a_run_goes(program: Program, sandboxes: Sandboxes) -> None:
    """From its first moment a run is seen to be under way; stopped by SIGTERM, it says so."""
    server = sandboxes(numbers(50), writes=5)
    write_csv(program.folder / "in.csv", ["phone"], [[each] for each in numbers(50)])
    path = program.folder / "weekly.prom"
    running = program.start("fulfill", "in.csv", "--base-url", server.url, "--yes", "--metrics-file", path)
    wait_for(path.exists)
    first = read(path)
    assert (first["rows"], first["running"], "exit_code" in first) == (50, 1, False)
    wait_for(lambda: bool(server.writes()))
    running.terminate()
    running.wait(60)
    last = read(path)
    assert (last["running"], last["exit_code"]) == (0, 143)
    assert last["succeeded"] + last["pending"] == 50


def test_a_metrics_file_that_cannot_be_written_stops_nothing(program: Program, sandboxes: Sandboxes) -> None:
    """The run is done and says in a note what was wrong with the file."""
    server = sandboxes(numbers(1))
    write_csv(program.folder / "in.csv", ["phone"], [numbers(1)])
    (program.folder / "weekly.prom").mkdir()
    ended = program("fulfill", "in.csv", "--base-url", server.url, *FAST, "--metrics-file", "weekly.prom")
    assert ended.code == 0
    assert "weekly.prom could not be written" in ended.err
    assert not list(program.folder.glob("*.part"))


@pytest.mark.parametrize(("name", "told"), [("weekly.txt", ".prom"), ("gone/weekly.prom", "does not exist")])
def test_a_name_that_no_collector_reads_is_refused(name: str, told: str, program: Program) -> None:
    """Only *.prom is read by the collector, and the folder must be there."""
    write_csv(program.folder / "in.csv", ["phone"], [numbers(1)])
    ended = program("fulfill", "in.csv", "--yes", "--metrics-file", name)
    assert ended.code == 2
    assert told in ended.err


def test_a_name_with_quotes_is_a_label_all_the_same(tmp_path: Path) -> None:
    """Quotes, backslashes and line ends in the file's name are escaped."""
    source = SourceMeta(path="in.csv", format="csv", sha256="0" * 64, header=("phone",), dtypes=("String",))
    facts = RunSummary(
        run="run", operation=Operation.FULFILL, base_url="https://x", key_fingerprint="f", source=source,
        change=ContactChange(),
        started_at=1.0, ended_at=None, state="open", rows=1, counts={}, codes={}, writes=0, reads=0, limit=None,
        window_seconds=60.0,
    )  # fmt: skip
    (tmp_path / "x.prom").write_text(prometheus_text('a"b\\c\nd', facts))
    assert read(tmp_path / "x.prom")["rows"] == 1


def test_quiet_says_nothing_but_the_summary_and_verbose_each_row(program: Program, sandboxes: Sandboxes) -> None:
    """-q leaves stderr empty; -v has a line for each row that was settled; NO_COLOR and a pipe have no colours."""
    server = sandboxes(numbers(4))
    write_csv(program.folder / "in.csv", ["phone"], [[each] for each in numbers(4)])
    quiet = program("fulfill", "in.csv", "--base-url", server.url, *FAST, "-q", env={"NO_COLOR": "1"})
    assert (quiet.code, quiet.err) == (0, "")
    assert "4 rows in total" in " ".join(quiet.out.split())
    assert "\x1b" not in quiet.out
    verbose = program("fulfill", "in.csv", "--base-url", server.url, *FAST, "-v", "--fresh")
    assert len(re.findall(r"call \d of 4: row \d, \+1212•••\d{4}: succeeded", verbose.err)) == 4
    assert "555" not in verbose.err
