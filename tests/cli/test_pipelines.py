"""The recipes of samples/pipelines, run as they are: each orchestrator really runs its flow against a sandbox.

An orchestrator is looked for beside the tests and in the interpreters that GUAYABA_PYTHONS names (with colons): it
needs no part of this program but the command, so each may live in an environment of its own. `.ci/run` makes these.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep

import pytest
from cli.harness import KEY, Sandboxes, numbers, wait_for, write_csv

from batch.cli.main import app

PIPELINES = Path(__file__).parents[2] / "samples" / "pipelines"
PROGRAM = Path(sys.executable).with_name("guayaba-batch")
RECIPES = [("prefect", "prefect_flow.py"), ("dagster", "dagster_job.py"), ("airflow", "airflow_dag.py")]
#: plan, approval, apply
PLAN_RECIPES = {"prefect": "prefect_plan.py", "dagster": "dagster_plan.py", "airflow": "airflow_plan.py"}


@dataclass(frozen=True)
class Orchestrator:
    """An orchestrator that is installed: its interpreter, and a home of its own that it has made itself at home in."""

    package: str
    python: str
    recipe: Path
    home: Path

    def run(self, folder: Path, server: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Its flow once it has ended, in `folder`, where `starts` is a line for each start of the program."""
        (folder / "bin").mkdir()
        wrapped = folder / "bin" / PROGRAM.name
        wrapped.write_text(f'#!/bin/sh\necho "$*" >> {folder}/starts\nexec {PROGRAM} "$@"\n')
        wrapped.chmod(0o755)
        return subprocess.run(
            [self.python, self.recipe, "contacts.csv"],
            cwd=folder,
            env={
                **environment(self.home),
                "PATH": f"{folder}/bin:{os.environ['PATH']}",
                "XDG_STATE_HOME": str(folder / "state"),
                "GUAYABA_API_KEY": KEY,
                "GUAYABA_BASE_URL": server,
                "GUAYABA_RATE": "60000/min",
                "GUAYABA_LIMIT": "2",  # stops with exit code 75 after every second contact
                "RETRY_SECONDS": "0",
                "EXPORT": str(folder / "contacts.csv"),
                **env,
            },
            capture_output=True,
            text=True,
            timeout=500,
        )


def environment(home: Path) -> dict[str, str]:
    """What an orchestrator needs to live in `home` and nowhere else, however slow the machine is."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GUAYABA_", "PYTHON"))},
        "HOME": str(home),
        "NO_PROXY": "*",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PIPELINES),
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "200",
        "DO_NOT_TRACK": "1",
        "DAGSTER_HOME": "",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture(scope="module", params=RECIPES, ids=[package for package, _ in RECIPES])
def orchestrator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Orchestrator:
    """Each orchestrator in turn; its tests are skipped where it is not installed."""
    package, recipe = request.param
    if os.environ.get("GUAYABA_WITHOUT_ORCHESTRATORS"):
        pytest.skip("GUAYABA_WITHOUT_ORCHESTRATORS is set")
    has = f"import importlib.util as u, sys; sys.exit(u.find_spec({package!r}) is None)"
    for python in (sys.executable, *filter(None, os.environ.get("GUAYABA_PYTHONS", "").split(":"))):
        if subprocess.run([python, "-c", has], capture_output=True).returncode == 0:
            break
    else:
        pytest.skip(f"{package} is not installed, here nor in GUAYABA_PYTHONS")
    home = tmp_path_factory.mktemp(package)
    if package == "airflow":
        made = [python, "-m", "airflow", "db", "migrate"]
        subprocess.run(made, cwd=home, env=environment(home), capture_output=True, check=True)
    return Orchestrator(package, python, PIPELINES / recipe, home)


def test_an_orchestrator_runs_its_recipe_to_the_end(
    orchestrator: Orchestrator, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """A run that is stopped early twice is retried by the orchestrator, goes on each time, and sends every row once."""
    server = sandboxes(numbers(5))
    write_csv(tmp_path / "contacts.csv", ["phone"], [[number] for number in [*numbers(5), "12"]])
    done = orchestrator.run(tmp_path, server.url)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    [run] = (tmp_path / "reports").glob("2*")
    counts = json.loads((run / "summary.json").read_text())["counts"]
    assert (counts["succeeded"], counts["invalid"], counts["pending"]) == (5, 1, 0)
    assert set(server.applied().values()) == {1}
    starts = (tmp_path / "starts").read_text()
    assert len(starts.splitlines()) == 3
    assert KEY not in done.stdout + done.stderr + starts


REFUSED_KEY = "gua_revoked0_canary-77c1e0"
FAILURES = [
    (5, {"GUAYABA_API_KEY": REFUSED_KEY}, "contacts.csv", "a key that the API refuses is refused in ten minutes, too"),
    (4, {}, "gone.csv", "an export that is not there: somebody must look"),
]


@pytest.mark.parametrize(("code", "env", "export", "reason"), FAILURES, ids=[f"exit {row[0]}" for row in FAILURES])
def test_an_orchestrator_does_not_repeat_what_cannot_help(
    orchestrator: Orchestrator,
    code: int,
    env: dict[str, str],
    export: str,
    reason: str,
    sandboxes: Sandboxes,
    tmp_path: Path,
) -> None:
    """Exit codes that no retry mends end the flow at once, as a failure that names the code and never the key."""
    server = sandboxes(numbers(1))
    write_csv(tmp_path / export.replace("gone", "other"), ["phone"], [numbers(1)])
    done = orchestrator.run(tmp_path, server.url, **env)
    told = done.stdout + done.stderr
    assert done.returncode != 0, reason + told[-3000:]
    assert f"guayaba-batch ended with {code}" in told, told[-3000:]
    starts = (tmp_path / "starts").read_text()
    assert len(starts.splitlines()) == 1, reason
    assert not any(key in told + starts for key in (KEY, REFUSED_KEY))
    assert server.writes() == []


def test_an_orchestrator_applies_a_plan_once_it_is_approved(
    orchestrator: Orchestrator, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """The flow plans, waits until the file of the approval is there, and sends the calls of the plan, each once; an
    apply that is stopped early is retried."""
    server = sandboxes(numbers(5))
    write_csv(tmp_path / "contacts.csv", ["phone"], [[number] for number in [*numbers(5), "12"]])
    (tmp_path / "maria.key").write_text("gua_maria000_another-key")
    (tmp_path / "maria.key").chmod(0o600)
    (tmp_path / "guayaba-batch.toml").write_text('[accounts.maria]\napi_key_file = "maria.key"\n')
    flow = replace(orchestrator, recipe=PIPELINES / PLAN_RECIPES[orchestrator.package])
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(flow.run, tmp_path, server.url, RETRY_SECONDS="1")
        wait_for(lambda: running.done() or list(tmp_path.glob("*.plan.xlsx")) != [], seconds=300)
        sleep(3)  # real time: the program is another, and the gate is tried again each second
        early = server.writes()
        for plan in tmp_path.glob("*.plan.xlsx"):
            subprocess.run([PROGRAM, "approve", plan.name, "--as", "maria"], cwd=tmp_path, capture_output=True)
        done = running.result()
    assert early == [], "nothing is sent before the approval"
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-3000:]
    assert set(server.applied().values()) == {1}
    assert len(server.applied()) == 5
    starts = [line.split()[0] for line in (tmp_path / "starts").read_text().splitlines()]
    assert starts == ["plan", "apply", "apply", "apply"]
    [run] = (tmp_path / "reports").glob("2*/summary.json")
    assert "maria" in run.read_text()
    assert KEY not in told


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


@pytest.mark.parametrize(
    "name", sorted(path.name for path in PIPELINES.iterdir() if path.is_file() and path.suffix != ".timer")
)
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


#: A program that finishes its work when it gets SIGTERM, as ours does.
DRAINING = """#!/bin/sh
trap 'sleep 0.3; touch drained; exit 143' TERM
touch started
while :; do sleep 0.05; done
"""
#: The task says when it waits for the program.
WAITING = """
communicate = subprocess.Popen.communicate
subprocess.Popen.communicate = lambda self: (open("waiting", "w").close(), communicate(self))[1]
"""


@pytest.mark.parametrize("recipe", [*(recipe for _, recipe in RECIPES), *PLAN_RECIPES.values()])
def test_a_cancel_lets_the_program_finish_its_open_requests(recipe: str, tmp_path: Path) -> None:
    """Where an orchestrator cancels a task, the recipe sends SIGTERM and waits: nothing is left in doubt, and no
    program works on behind the task."""
    text = (PIPELINES / recipe).read_text(encoding="utf-8")
    [function] = [
        node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "finished"
    ]
    program = tmp_path / "program"
    program.write_text(DRAINING)
    program.chmod(0o755)
    script = f"import subprocess\n{WAITING}{ast.unparse(function)}\nfinished([{str(program)!r}])"
    task = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stderr=subprocess.DEVNULL)
    wait_for(lambda: (tmp_path / "started").exists() and (tmp_path / "waiting").exists())
    task.send_signal(signal.SIGINT)  # raises KeyboardInterrupt in the task, as a cancel raises an exception
    assert task.wait(timeout=60) != 0
    assert (tmp_path / "drained").exists()
