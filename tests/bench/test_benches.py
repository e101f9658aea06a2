"""The benchmarks run: each in its quick mode, as a user runs it, so that none of them rots unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Each with what its table holds.
BENCHES = [
    ("bench_quota.py", ["ours", "curl --rate", "429s"]),
    ("bench_cost.py", ["ours", "httpx loop", "rows/s"]),
    ("bench_scale.py", ["1,000", "KB/row"]),
]


@pytest.mark.parametrize(("name", "words"), BENCHES, ids=[name for name, _ in BENCHES])
def test_a_benchmark_runs(name: str, words: list[str], tmp_path: Path) -> None:
    """Its quick mode prints its table and ends with 0: every call that it counts succeeded, and ours met no 429."""
    bench = Path(__file__).with_name(name)
    done = subprocess.run([sys.executable, str(bench), "--quick"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [word for word in words if word not in done.stdout] == []
