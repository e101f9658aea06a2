"""The recipes of samples/pipelines, run as they are: each orchestrator really runs its flow against a sandbox.

An orchestrator is looked for beside the tests and in the interpreters that GUAYABA_PYTHONS names (with colons): it
needs no part of this program but the command, so each may live in an environment of its own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from program.stage import KEY, Sandboxes, numbers, write_csv

from batch.cli import app

PIPELINES = Path(__file__).parents[2] / "samples" / "pipelines"
PROGRAM = Path(sys.executable).with_name("guayaba-batch")
RECIPES = [("prefect", "prefect_flow.py"), ("dagster", "dagster_job.py"), ("airflow", "airflow_dag.py")]


def python_with(package: str) -> str:
    """An interpreter that has `package`; the test is skipped where none has."""
    for python in (sys.executable, *filter(None, os.environ.get("GUAYABA_PYTHONS", "").split(":"))):
        if subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0:
            return python
    pytest.skip(f"{package} is not installed, here nor in GUAYABA_PYTHONS")


@pytest.mark.parametrize(("package", "recipe"), RECIPES)
def test_an_orchestrator_runs_its_recipe_to_the_end(
    package: str, recipe: str, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A run that is stopped early twice is retried by the orchestrator, goes on each time, and sends every row once."""
    python = python_with(package)
    server = sandboxes(numbers(5))
    write_csv(tmp_path / "contacts.csv", ["phone"], [[number] for number in [*numbers(5), "12"]])
    (tmp_path / "home").mkdir()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GUAYABA_", "PYTHON"))},
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "GUAYABA_API_KEY": KEY,
        "GUAYABA_BASE_URL": server.url,
        "GUAYABA_RATE": "60000/min",
        "GUAYABA_LIMIT": "2",  # stops with exit code 75 after every second contact
        "RETRY_SECONDS": "0",
        "EXPORT": str(tmp_path / "contacts.csv"),
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PIPELINES),
        "PREFECT_HOME": str(tmp_path / "home"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "DAGSTER_HOME": "",
    }
    if package == "airflow":
        made = subprocess.run([python, "-m", "airflow", "db", "migrate"], cwd=tmp_path, env=env, capture_output=True)
        assert made.returncode == 0, made.stderr
    done = subprocess.run(
        [python, PIPELINES / recipe, "contacts.csv"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    [run] = (tmp_path / "reports").glob("2*")
    counts = json.loads((run / "summary.json").read_text())["counts"]
    assert (counts["succeeded"], counts["invalid"], counts["pending"]) == (5, 1, 0)
    assert set(server.applied().values()) == {1}
    assert KEY not in done.stdout + done.stderr


def commands_of(path: Path) -> list[str]:
    """Every guayaba-batch command that a recipe gives."""
    text = path.read_text(encoding="utf-8").replace("\\\n#", " ")
    if path.suffix == ".py":
        lists = re.findall(r'command = \["guayaba-batch", (.*)\]', text)
        return [" ".join(["guayaba-batch", *re.findall(r'"([^"]+)"', each), "x.csv"]) for each in lists]
    lines = [line.lstrip("# ") for line in text.splitlines() if not line.startswith("# podman build")]
    found = [re.search(r"guayaba-batch (?:update|resume) .*", line) for line in lines]
    found += [re.search(r"update contacts.csv.*", line) for line in lines]
    return [f"guayaba-batch {each[0].removeprefix('guayaba-batch ').split(' 2>')[0]}" for each in found if each]


@pytest.mark.parametrize("name", sorted(path.name for path in PIPELINES.iterdir() if path.suffix != ".timer"))
def test_each_command_of_a_recipe_can_be_given(name: str) -> None:
    """Every recipe has a command, and its options are the program's."""
    given = commands_of(PIPELINES / name)
    assert given
    for command in given:
        app.parse_args(shlex.split(command)[1:], print_error=False, exit_on_error=False)


def test_the_units_are_units(tmp_path: Path) -> None:
    """systemd finds no fault with the service and its timer."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    for name in ("guayaba-batch.service", "guayaba-batch.timer"):
        text = (PIPELINES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/usr/local/bin/guayaba-batch", "/bin/true"))
    done = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )
    told = [line for line in done.stderr.splitlines() if "guayaba-batch." in line]
    assert told == []
