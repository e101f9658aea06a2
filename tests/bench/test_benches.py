"""The benchmarks run: each in its quick mode, as a user runs it, so that none of them rots unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Each with what its table holds.
BENCHES = {
    "bench_app.py": ["upload and first look", "2,000"],
    "bench_catalog.py": ["six passes", "one catalogue", "times faster"],
    "bench_cost.py": ["ours", "httpx loop", "rows/s"],
    "bench_help.py": ["guayaba-batch update --help", "times import cyclopts"],
    "bench_keys.py": ["4 keys", "CPU of a key"],
    "bench_limiters.py": ["nginx", "slowapi", "of the allowed"],
    "bench_loader.py": ["mixed regions", "peer rows/s"],
    "bench_plan.py": ["plan, pages of 100", "apply, no list", "sealed and written"],
    "bench_quota.py": ["ours", "curl --rate", "429s"],
    "bench_reads.py": ["ours, skip, no list", "faster"],
    "bench_report.py": ["polars from the journal", "ndjson"],
    "bench_scale.py": ["1,000", "KB/row"],
}
FOLDER = Path(__file__).parent


def test_every_benchmark_is_run() -> None:
    """None is left out, and the page beside them has the table of each."""
    assert {path.name for path in FOLDER.glob("bench_*.py")} == set(BENCHES)
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in BENCHES if f"python tests/bench/{name}" not in page] == []


@pytest.mark.parametrize(("name", "words"), BENCHES.items(), ids=BENCHES)
def test_a_benchmark_runs(name: str, words: list[str], tmp_path: Path) -> None:
    """Its quick mode prints its table and ends with 0: every count is right, though no goal of speed is judged."""
    command = [sys.executable, str(FOLDER / name), "--quick"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [word for word in words if word not in done.stdout] == []
