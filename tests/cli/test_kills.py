"""Kills, signals and faults: nothing lost, nothing twice, and the same command goes on."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path

import pytest
from cli.harness import PATIENCE_S, Program, Sandboxes, numbers, wait_for, write_csv

FAST = ("--rate", "60000/min", "--yes")
FAULTS = ("--latency", "5", "--fault", "status:500@3%", "--fault", "status:503@3%", "--fault", "cut-after@3%",
          "--fault", "reset-before@3%", "--fault", "throttle,retry-after:1@nth:200")  # fmt: skip


def test_rows_killed_twice_under_faults_are_each_written_once(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """600 rows, faults on, kill -9 twice: the third start finishes, each contact is written once."""
    known = numbers(600)
    server = sandboxes(known, *FAULTS)
    write_csv(tmp_path / "in.csv", ["Name", "Phone"], [[f"P{n}", phone] for n, phone in enumerate(known)])
    command = ("update", "in.csv", "--status", "DNC", "--base-url", server.url, *FAST)
    for written in (100, 300):
        running = program.start(*command)
        wait_for(lambda written=written: len(server.writes()) > written)  # type: ignore[misc]
        running.kill()
        running.communicate()
    ended = program(*command)
    assert ended.code == 0, ended.err + ended.out
    assert "Continuing " in ended.err
    assert ended.outcomes() == Counter(succeeded=600)
    assert server.applied() == Counter(known)
    assert len(list(tmp_path.glob("reports/*"))) == 1


def test_the_first_signal_drains_and_resume_goes_on(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """SIGINT: requests under way end, the rest is pending, exit 130, and `resume` finishes without the input file."""
    known = numbers(200)
    server = sandboxes(known, "--latency", "50")
    source = write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    running = program.start("fulfill", "in.csv", "--base-url", server.url, *FAST)
    wait_for(lambda: len(server.writes()) > 40)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130, err
    assert "Stopping" in err
    assert "guayaba-batch resume reports/" in out
    source.unlink()
    ended = program("resume")
    assert ended.code == 0, ended.err
    assert ended.outcomes() == Counter(succeeded=200)
    assert server.applied() == Counter(known)


def test_sigterm_ends_with_143_and_every_row_accounted_for(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """SIGTERM: exit 143, summary.json says so, and succeeded + pending = all rows."""
    known = numbers(500)
    server = sandboxes(known, "--latency", "50")
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    running = program.start("fulfill", "in.csv", "--base-url", server.url, *FAST)
    wait_for(lambda: len(server.writes()) > 20)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 143
    (folder,) = tmp_path.glob("reports/*")
    counts = Program(tmp_path)("report", folder, "--json")
    assert counts.code == 0, counts.err
    summary = counts.summary()
    assert summary["exit_code"] == 143
    assert summary["counts"]["succeeded"] + summary["counts"]["pending"] == 500
    assert summary["counts"]["succeeded"] == len(server.applied())


def test_a_second_signal_leaves_at_once(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """The second SIGINT does not wait for a hanging request; the run can still be resumed."""
    known = numbers(3)
    server = sandboxes(known, "--fault", "hang:90")
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    running = program.start("fulfill", "in.csv", "--base-url", server.url, *FAST)
    wait_for(lambda: len(server.writes()) > 0)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    assert any("Stopping" in line for line in running.stderr), "it ended without a word"

    def has_ended() -> bool:
        running.send_signal(signal.SIGINT)
        return running.poll() is not None

    wait_for(has_ended)
    assert running.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_one_signal_that_comes_twice_is_one(
    program: Program, sandboxes: Sandboxes, tmp_path: Path, number: signal.Signals
) -> None:
    """A shell whose terminal closes, and `timeout`, send a signal twice: open requests end, and the report is there."""
    known = numbers(3)
    server = sandboxes(known, "--latency", "1500")
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    running = program.start("fulfill", "in.csv", "--workers", "1", "--base-url", server.url, *FAST)
    wait_for(lambda: len(server.writes()) > 0)
    running.send_signal(number)
    running.send_signal(number)
    _, err = running.communicate(timeout=PATIENCE_S)
    (folder,) = tmp_path.glob("reports/*")
    assert json.loads((folder / "summary.json").read_text())["counts"]["pending"] == 2, err
    assert "Stopped at once" not in err


def test_a_key_that_is_revoked_midway_leaves_the_rest_pending(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """401 in the middle: exit 5, what was sent counts, the rest is pending with code key_refused."""
    known = numbers(100)
    server = sandboxes(known, "--fault", "revoke-after:30")
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    ended = program("fulfill", "in.csv", "--base-url", server.url, *FAST)
    assert ended.code == 5, ended.err
    outcomes = ended.outcomes()
    assert outcomes["succeeded"] == len(server.applied()) > 0
    assert outcomes["succeeded"] + outcomes["pending"] == 100
    assert {row["_code"] for row in ended.report("failures")} == {"key_refused"}


def test_the_limit_of_the_server_is_kept_across_a_restart(
    program: Program, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """20 writes in 2 s windows: a run that is killed and started again meets no 429."""
    known = numbers(60)
    server = sandboxes(known, "--window", "sliding", "--window-seconds", "2", writes=20)
    write_csv(tmp_path / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("fulfill", "in.csv", "--base-url", server.url, "--rate", "20/2s", "--window", "2s", "--yes")
    running = program.start(*command)
    wait_for(lambda: len(server.writes()) >= 20)
    running.kill()
    running.communicate()
    ended = program(*command)
    assert ended.code == 0, ended.err
    assert server.applied() == Counter(known)
    assert [entry["status"] for entry in server.writes() if entry["status"] == 429] == []


def test_two_runs_on_one_key_share_its_limit(program: Program, sandboxes: Sandboxes, tmp_path: Path) -> None:
    """Two processes, two files, one key, 20 writes in sliding 2 s: both finish, and the server refuses nothing."""
    known = numbers(120)
    server = sandboxes(known, "--window", "sliding", "--window-seconds", "2", writes=20)
    for name, part in (("a.csv", known[:60]), ("b.csv", known[60:])):
        write_csv(tmp_path / name, ["phone"], [[phone] for phone in part])
    both = [
        program.start("fulfill", name, "--base-url", server.url, "--window", "2s", "--yes")
        for name in ("a.csv", "b.csv")
    ]
    for running in both:
        _, err = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 0, err
    assert server.applied() == Counter(known)
    assert [entry["status"] for entry in server.writes() if entry["status"] == 429] == []
