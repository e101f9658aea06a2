"""One report of several runs: all rows with their runs, figures that add up, and what does not fit together."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import Ended, Program, Sandbox, Sandboxes, numbers, read_csv, write_csv

from batch.errors import Exit


def updated(program: Program, server: Sandbox, name: str, people: list[str], status: str = "DNC") -> Ended:
    write_csv(program.folder / name, ["Phone"], [[phone] for phone in people])
    return program("update", name, "--status", status, "--base-url", server.url, "--yes", "--no-preflight")


@pytest.fixture
def server(sandboxes: Sandboxes) -> Sandbox:
    return sandboxes(numbers(7))


def test_several_runs_become_one_report_whose_figures_are_sums(program: Program, server: Sandbox) -> None:
    """Each row stands in it once, with its own run; counts, calls and codes are sums; the failures are all of them."""
    runs = [
        updated(program, server, "a.csv", [*numbers(3), "12"]).run,
        updated(program, server, "b.csv", [*numbers(6)[3:], "+12125550199", numbers(4)[3]]).run,
    ]
    ended = program("report", *runs, "--out", "merged")
    assert ended.code == Exit.OK, ended.err
    merged = program.folder / "merged"
    summary = json.loads((merged / "summary.json").read_text())
    parts = [json.loads((run / "summary.json").read_text()) for run in runs]
    for figure in ("rows", "not_done"):
        assert summary[figure] == sum(part[figure] for part in parts)
    for figure in ("counts", "codes", "calls"):
        added: Counter[str] = sum((Counter(part[figure]) for part in parts), Counter())
        assert Counter(summary[figure]) == added
    assert sum(summary["counts"].values()) == summary["rows"] == 9
    assert summary["merged_runs"] == [run.name for run in runs]
    rows = read_csv(merged / "outcomes.csv")
    assert [row["_run"] for row in rows] == [runs[0].name] * 4 + [runs[1].name] * 5
    assert rows == [row for run in runs for row in read_csv(run / "outcomes.csv")]
    assert read_csv(merged / "failures.csv") == [row for run in runs for row in read_csv(run / "failures.csv")]
    assert (merged / "report.html").stat().st_size > 1000
    assert (merged.stat().st_mode | (merged / "outcomes.csv").stat().st_mode) & 0o077 == 0


def test_what_does_not_fit_together_is_refused_with_every_reason(program: Program, server: Sandbox) -> None:
    """Another operation, other columns and a run given twice are named together, and nothing is written."""
    first = updated(program, server, "a.csv", numbers(1)).run
    write_csv(program.folder / "b.csv", ["Mobile"], [[numbers(2)[1]]])
    other = program("fulfill", "b.csv", "--base-url", server.url, "--yes", "--no-preflight").run
    refused = program("report", first, other, first, "--out", "merged")
    assert refused.code == Exit.REFUSED
    for words in ("given twice", "its operation is fulfill", "its columns is Mobile"):
        assert words in refused.err.replace("columns are", "columns is"), refused.err
    assert not list((program.folder / "merged").glob("*"))


def test_a_merged_report_needs_a_folder_of_its_own(program: Program, server: Sandbox, tmp_path: Path) -> None:
    """Without --out, with a folder that is no run, or over an earlier report: refused, and no file is touched."""
    given = zip(("a.csv", "b.csv"), numbers(2), strict=True)
    runs = [updated(program, server, name, [phone]).run for name, phone in given]
    assert "--out merged/" in program("report", *runs).err
    assert program("report", runs[0], tmp_path / "none", "--out", "merged").code == Exit.USAGE
    assert program("report", *runs, "--out", "merged").code == Exit.OK
    again = program("report", *runs, "--out", "merged")
    assert (again.code, "is not replaced" in again.err) == (Exit.USAGE, True)
