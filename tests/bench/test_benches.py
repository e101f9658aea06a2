"""The benchmarks run: each in its quick mode, as a user runs it, so that none of them rots unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = ["bench_quota.py", "bench_reads.py"]


@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_runs_and_its_goal_that_is_no_time_is_met(name: str, tmp_path: Path) -> None:
    """The quick mode ends with 0 and prints a table in which ours and a peer stand."""
    bench = Path(__file__).with_name(name)
    done = subprocess.run([sys.executable, str(bench), "--quick"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ours" in done.stdout and "curl" in done.stdout
