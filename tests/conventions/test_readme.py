"""The README: every command in it is run, and what it promises is what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from cli.harness import KEY, Sandboxes, on_a_terminal, read_csv

from batch.cli.main import app
from batch.codes import CODES
from batch.errors import Exit
from batch.model import REPORT_COLUMNS, Outcome

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODES_GUIDE = ROOT / "samples" / "guides" / "codes.md"
TABLES = README + CODES_GUIDE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SAMPLE_TEAM = ROOT / "samples" / "sandbox.json"
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]


IN_THE_WHEEL = """
from pathlib import Path
import batch, guayaba_batch
from batch.cli.main import app
from batch.cli.manual import man_page
from batch.text.language import use_language
assert guayaba_batch.run is batch.run
use_language("es")
title = next(line for line in man_page(app) if line.startswith(".SH")).removeprefix(".SH ")
assert "guayaba-batch" in app.generate_completion(shell="bash")
here = Path(batch.__file__).parent
parts = ["app/html/base.html.j2", "app/static/app.js", "reporter/templates/page.html.j2", "samples/contacts.csv"]
print(title, "complete" if all((here / part).is_file() for part in parts) else "parts are missing")
"""


def table() -> str:
    """The registry of codes as a Markdown table, one line a code."""
    lines = ["| `_code` | what happened | what to do next | rerun as it is |", "|---|---|---|---|"]
    for code, words in CODES.items():
        again = "helps" if words.retryable else ""
        lines.append(f"| `{code}` | {words.title} | {words.tip} | {again} |")
    return "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with the sample export as contacts.csv."""
    shutil.copy(ROOT / "samples" / "contacts.csv", tmp_path)
    yield tmp_path


def in_bash(script: str, folder: Path, env: Mapping[str, str], terminal: int) -> subprocess.Popen[str]:
    """bash under way with `script`, on a terminal."""
    command = ["bash", "-ec", script]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        text=True,
    )


def test_the_first_real_run_works_as_written(folder: Path, sandboxes: Sandboxes) -> None:
    """The commands of "Your first file", in their order on a terminal: check, five calls, then the rest."""
    server = sandboxes(seed=SAMPLE_TEAM)
    program = Path(sys.executable).with_name("guayaba-batch")
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(folder),
           "GUAYABA_BASE_URL": server.url, "GUAYABA_RATE": "60000/min", "TERM": "dumb"}  # fmt: skip
    codes = []
    exported = ""
    for command in COMMANDS:
        if command.startswith("export"):
            exported = command
        elif command.startswith("guayaba-batch"):
            script = f"{exported}\n{command}"
            code, told = on_a_terminal(partial(in_bash, script, folder, env), "y\n")
            assert "Traceback" not in told
            codes.append(code)
    assert codes == [Exit.SOME_ROWS, Exit.STOPPED, Exit.SOME_ROWS]
    (run,) = (folder / "reports").iterdir()
    done = sum(row["_outcome"] == "succeeded" for row in read_csv(run / "outcomes.csv"))
    assert done == len(server.applied()) > 5


def test_the_python_block_works_as_written(folder: Path, sandboxes: Sandboxes) -> None:
    """The Python API's example runs against a sandbox and prints the counts and the failures file."""
    (block,) = [text for kind, text in BLOCKS if kind == "python"]
    url = sandboxes(seed=SAMPLE_TEAM).url
    done = subprocess.run(
        [sys.executable, "-c", block.replace("http://127.0.0.1:8787", url)], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "failures.csv" in done.stdout
    assert KEY not in done.stdout


def test_the_demo_command_works_on_a_fresh_machine(tmp_path: Path) -> None:
    """The first command, in a copy of the repository: a new environment, the wheel built and installed, the demo."""
    (command,) = [line for line in COMMANDS if line.endswith("guayaba-batch demo")]
    copy = tmp_path / "clone"
    for name in ("pyproject.toml", "README.md"):
        copy.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, copy)
    for name in ("batch", "samples"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GUAYABA_", "PYTHON"))}
    env["PIP_NO_COMPILE"] = "1"  # half of pip's time; the demo compiles what it imports
    done = subprocess.run(["sh", "-ec", command], cwd=copy, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "in total" in done.stdout
    # From the wheel alone, in another folder, the source out of sight:
    shutil.rmtree(copy / "batch")
    shutil.rmtree(copy / "samples")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    again = subprocess.run(
        [copy / ".venv" / "bin" / "guayaba-batch", "demo"], cwd=elsewhere, env=env, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stderr
    assert len(list(elsewhere.glob("reports/*/outcomes.csv"))) == 2  # the update, and the rerun of corrected rows
    # What the demo does not show is in the wheel, too: the alias, the Spanish of every command, the files of the page.
    inside = subprocess.run(
        [copy / ".venv" / "bin" / "python", "-c", IN_THE_WHEEL], cwd=elsewhere, env=env, capture_output=True, text=True
    )
    assert (inside.returncode, inside.stdout) == (0, "NOMBRE complete\n"), inside.stderr


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    """.ci/run takes its command from this README; it is a fresh environment, the dev extra, and pytest."""
    (command,) = [line for line in COMMANDS if "pytest" in line]
    assert "python3 -m venv .venv" in command
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def rows_of(title: str) -> list[str]:
    """The first cells of the table that begins with `title`, backticks off."""
    lines = TABLES.split(f"| {title} |")[1].split("\n\n")[0].splitlines()[2:]
    return [line.split("|")[1].strip() for line in lines]


def test_the_tables_are_complete() -> None:
    """The README and its guide name every outcome, every exit code, every report column and every command."""
    assert [cell.strip("`") for cell in rows_of("outcome")] == list(Outcome)
    codes = {int(code) for cell in rows_of("exit code") for code in cell.split(",")}
    assert codes == set(Exit)
    assert " ".join(REPORT_COLUMNS) in re.sub(r"\s+", " ", README)
    named = {cell.strip("`").split()[0] for cell in rows_of("command")}
    assert named == {name for name in app if not name.startswith("-")}


def test_the_codes_are_those_of_the_registry() -> None:
    """The guide lists every code with its title and tip as the registry has them. With README=write in the environment
    the list is written instead: look at the difference before you commit it."""
    before, _, rest = CODES_GUIDE.read_text(encoding="utf-8").partition("<!-- codes -->\n")
    listed, _, after = rest.partition("\n<!-- /codes -->")
    if os.environ.get("README") == "write":
        text = f"{before}<!-- codes -->\n{table()}\n<!-- /codes -->{after}"
        CODES_GUIDE.write_text(text, encoding="utf-8")
        listed = table()
    assert listed == table()
    assert table().count("\n") == len(CODES) + 1
    assert not any("|" in words.title + words.tip for words in CODES.values())
