"""The recipe for Dask, run as it is: a scheduler and two workers on loopback addresses, one of which is lost midway."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from cli.harness import KEY, Sandboxes, numbers, read_csv, wait_for, write_csv
from unit.dispatcher.quota_stores.servers import free_port, redis_server

PROGRAM = Path(sys.executable).with_name("guayaba-batch")
RECIPE = Path(__file__).parents[2] / "samples" / "pipelines" / "dask_accounts.py"
ACCOUNTS = 6


@pytest.fixture(scope="module")
def dask() -> str:
    """An interpreter that has distributed: this one, or one of GUAYABA_PYTHONS."""
    if os.environ.get("GUAYABA_WITHOUT_ORCHESTRATORS"):
        pytest.skip("GUAYABA_WITHOUT_ORCHESTRATORS is set")
    has = "import importlib.util as u, sys; sys.exit(u.find_spec('distributed') is None)"
    for python in (sys.executable, *filter(None, os.environ.get("GUAYABA_PYTHONS", "").split(":"))):
        if subprocess.run([python, "-c", has], capture_output=True).returncode == 0:
            return python
    pytest.skip("distributed is not installed, here nor in GUAYABA_PYTHONS")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """What both machines see: the file, the settings of six accounts, their keys."""
    tables = "".join(f'[accounts.shop{at}]\napi_key_file = "{tmp_path}/key{at}"\n' for at in range(ACCOUNTS))
    (tmp_path / "guayaba-batch.toml").write_text(tables)
    for at in range(ACCOUNTS):
        (tmp_path / f"key{at}").write_text(f"gua_shop{at}0000_canary-{at}")
    yield tmp_path


def test_a_worker_that_is_lost_midway_loses_no_row_and_writes_nobody_twice(
    dask: str, sandboxes: Sandboxes, folder: Path
) -> None:
    """Six accounts in six partitions on two workers with one quota store: one worker dies with all of its processes,
    the other goes on with its runs; every row has its outcome, each contact one write, and there is one report."""
    pytest.importorskip("redis")
    people = numbers(ACCOUNTS * 30)
    server = sandboxes(people, "--window-seconds", "2", writes=5)
    write_csv(folder / "in.csv", ["Phone", "Account"], [[p, f"shop{at % ACCOUNTS}"] for at, p in enumerate(people)])
    (folder / "redis").mkdir()
    scheduler = f"tcp://127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        store = stack.enter_context(redis_server(folder / "redis"))
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GUAYABA_", "PYTHON"))},
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "GUAYABA_BASE_URL": server.url,
            "GUAYABA_QUOTA_STORE": f"redis://127.0.0.1:{store.port}/0",
            "GUAYABA_WINDOW": "2",
            "GUAYABA_TIMEOUT": "2",
            "PARTITIONS": str(ACCOUNTS),
            "RETRY_SECONDS": "0.5",
        }

        def start(*command: str) -> subprocess.Popen[bytes]:
            with (folder / "dask.log").open("ab") as log:
                running = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)
            stack.callback(lambda: _end(running))
            return running

        start(dask, "-m", "distributed.cli.dask_scheduler", "--host", scheduler, "--no-dashboard")
        workers = [
            start(
                dask, "-m", "distributed.cli.dask_worker", scheduler, "--host", f"127.0.0.{place}", "--nthreads", "3",
                "--no-nanny", "--no-dashboard", "--local-directory", str(folder / f"worker{place}"),
            )
            for place in (2, 3)
        ]  # fmt: skip
        recipe = start(dask, str(RECIPE), "in.csv", scheduler)
        wait_for(lambda: len(server.writes()) >= ACCOUNTS * 12)
        os.killpg(workers[0].pid, signal.SIGKILL)
        assert recipe.wait(240) == 0, (folder / "dask.log").read_text()[-3000:]
    rows = read_csv(folder / "merged" / "outcomes.csv")
    assert Counter(row["_outcome"] for row in rows) == {"succeeded": len(people)}
    assert sorted(row["Phone"] for row in rows) == sorted(people)
    assert len({row["_run"] for row in rows}) == ACCOUNTS
    assert server.applied() == dict.fromkeys(people, 1)
    assert {entry["status"] for entry in server.writes()} == {200}
    summary = json.loads((folder / "merged" / "summary.json").read_text())
    assert (summary["rows"], summary["counts"]["succeeded"], len(summary["merged_runs"])) == (180, 180, ACCOUNTS)
    assert KEY not in (folder / "dask.log").read_text()


def _end(running: subprocess.Popen[bytes]) -> None:
    """End a program with all that it started, if it is still there."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
