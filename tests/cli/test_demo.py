"""`demo`: the whole path on a fresh machine, with no key."""

from __future__ import annotations

import json
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

from cli.harness import PATIENCE_S, Ended, Program, read_csv, wait_for


def first_run(ended: Ended) -> Ended:
    """The demo with the first of its two runs alone: the update, without the rerun of its corrected rows."""
    update, rerun = sorted(ended.runs - ended.before, key=lambda run: "-rerun-" in run.name)  # both in one second
    assert "-update-" in update.name
    assert "-rerun-" in rerun.name
    return replace(ended, runs=ended.before | {update})


def test_demo_runs_the_main_job_and_its_files_add_up(program: Program) -> None:
    """demo exits 0; summary.json, outcomes.csv and failures.csv agree with each other to the row."""
    ended = first_run(program("demo", env={"GUAYABA_API_KEY": ""}))
    assert ended.code == 0, ended.err
    summary, outcomes = ended.summary(), ended.outcomes()
    counts = Counter({name: count for name, count in summary["counts"].items() if count})
    assert outcomes == counts
    assert sum(counts.values()) == summary["rows"] == len(ended.report()) > 30
    assert counts["succeeded"] > counts["invalid"] > 0
    assert counts["not_found"] > 0
    assert counts["duplicate"] > 0
    done = {row["_row"] for row in ended.report() if row["_outcome"] == "succeeded"}
    folded = {row["_row"] for row in ended.report() if row["_same_as"] in done}
    assert {row["_row"] for row in ended.report("failures")} == {row["_row"] for row in ended.report()} - done - folded
    assert f"guayaba-batch rerun {ended.run.relative_to(program.folder)}/failures.csv" in ended.out
    assert (ended.run / "report.html").stat().st_size > 1000


def test_the_sample_run_is_what_the_program_does(program: Program) -> None:
    """reports/sample shows the samples' outcomes, fields and page as they are today, and its files agree with each
    other. Where they do not: `python tests/cli/make_sample.py`."""
    sample = Path(__file__).parents[2] / "reports" / "sample"
    shown = read_csv(sample / "outcomes.csv")
    columns = ("_row", "_phone", "_outcome", "_code", "_same_as")
    ended = first_run(program("demo"))
    today = ended.report()
    # The sample asks for DNC, the demo for paused, which a contact that is DNC already is spared.
    alike = [(then, now) for then, now in zip(shown, today, strict=True) if now["_code"] != "would_lift_dnc"]
    assert len(alike) == len(today) - 1
    assert [[then[name] for name in columns] for then, _ in alike] == [
        [now[name] for name in columns] for _, now in alike
    ]
    assert [*shown[0]] == [*today[0]]
    summary = json.loads((sample / "summary.json").read_text())
    assert [*summary] == [*ended.summary()]
    assert Counter(row["_outcome"] for row in shown) == Counter({k: n for k, n in summary["counts"].items() if n})
    assert 0 < len(read_csv(sample / "failures.csv")) < len(shown)
    page, now = ((folder / "report.html").read_text() for folder in (sample, ended.run))
    for part in ("style", "script"):
        assert page.split(f"<{part}>")[1].split(f"</{part}>")[0] == now.split(f"<{part}>")[1].split(f"</{part}>")[0]
    for path in filter(Path.is_file, sample.rglob("*")):
        assert b"/tmp/" not in path.read_bytes() and b"/home/" not in path.read_bytes(), path.name


def test_keep_leaves_the_sandbox_up_for_the_rerun(program: Program) -> None:
    """demo --keep: the printed rerun command works while it is up, and Ctrl-C ends both."""
    running = program.start("demo", "--keep", "--json")
    assert running.stderr is not None
    told = ""
    while "keeps running at" not in told:
        told = running.stderr.readline()
    key = told.split("GUAYABA_API_KEY=")[1].split()[0]
    (folder,) = Path(program.folder).glob("reports/*")
    again = program("rerun", folder / "failures.csv", "--yes", env={"GUAYABA_API_KEY": key})
    assert again.code == 3, again.err
    assert again.summary()["rows"] == len(read_csv(folder / "failures.csv"))
    url = json.loads((folder / "summary.json").read_text())["base_url"]
    running.send_signal(signal.SIGINT)
    running.wait(timeout=PATIENCE_S)
    wait_for(lambda: not _answers(url))


def test_a_killed_demo_leaves_no_sandbox(program: Program) -> None:
    """kill -9 of the program ends its sandbox, too: the pipe between them has no writer any more."""
    running = program.start("demo")
    assert running.stderr is not None
    url = running.stderr.readline().split()[-1].rstrip(".")
    assert _answers(url)
    running.kill()
    wait_for(lambda: not _answers(url))


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/health").close()
    except OSError:
        return False
    return True


def test_a_folder_that_cannot_be_written_is_named(program: Program, tmp_path: Path) -> None:
    """demo --out into a file: exit 2 and the folder is named."""
    (tmp_path / "taken").write_text("")
    ended = program("demo", "--out", "taken/reports")
    assert ended.code == 2
    assert "taken" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
