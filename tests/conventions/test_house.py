"""The house itself: format, lint, types, import rules and layout hold."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "batch").rglob("*.py"))

CHECKS = [
    ([sys.executable, "-m", "ruff", "format", "--check", "."], "the code is formatted"),
    ([sys.executable, "-m", "ruff", "check", "."], "the linter finds nothing"),
    ([sys.executable, "-m", "mypy"], "mypy --strict finds nothing"),
    ([str(Path(sys.executable).with_name("lint-imports"))], "imports run one way"),
]


@pytest.mark.parametrize(("command", "claim"), CHECKS, ids=["format", "lint", "types", "imports"])
def test_the_checks_pass(command: list[str], claim: str) -> None:
    """Each of the project's own checks passes."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{claim}: {done.stdout}{done.stderr}"


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All that a file consists of."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports_of(path: Path) -> set[str]:
    """The top-level names of what a file imports, wherever in it."""
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def places(module: str) -> set[str]:
    return {path.relative_to(ROOT / "batch").as_posix() for path in SOURCES if module in imports_of(path)}


def test_httpx_is_imported_in_one_file() -> None:
    """One file makes requests, and one file parses responses."""
    assert places("httpx") == {"guayaba/proxied_transport.py"}
    assert places("httptools") == {"guayaba/response_parser.py"}


def test_every_package_that_is_imported_is_declared() -> None:
    """What the program imports is a dependency of its own: one that comes with another package can be gone tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [
        *project["dependencies"],
        *(name for extra in extras.keys() - {"dev", "bench"} for name in extras[extra]),
    ]
    names = {re.split(r"[^\w.-]", each)[0].lower() for each in declared}
    imported = set().union(*map(imports_of, SOURCES)) - sys.stdlib_module_names - {"batch", "__future__"}
    by_module = packages_distributions()
    missing = {module for module in imported if not {each.lower() for each in by_module.get(module, [module])} & names}
    assert missing == {"markupsafe"}, "jinja2 names it as the place of its own Markup"


def test_polars_is_imported_where_tables_are() -> None:
    """polars stays in the loader and the reporter."""
    assert all(place.startswith(("loader/", "reporter/")) for place in places("polars"))


PURE = ["model.py", "errors.py", "codes/registry.py", "codes/input_codes.py", "codes/wording.py",
        "dispatcher/engine.py", "dispatcher/row_queue.py", "guayaba/response_parser.py", "dispatcher/backoff.py",
        "guayaba/verdict.py", "guayaba/rate_limit_headers.py", "dispatcher/actions.py", "guayaba/exchange.py",
        "dispatcher/error_limit.py", "dispatcher/guards.py", "runs/undo/guard.py",
        "dispatcher/outage.py", "journal/entries.py", "guayaba/campaigns.py", "guayaba/contact.py",
        "guayaba/requests.py", "guayaba/statuses.py", "runs/contact_ref.py",
        *(f"dispatcher/pacing/{path.name}" for path in (ROOT / "batch/dispatcher/pacing").glob("*.py"))]  # fmt: skip


@pytest.mark.parametrize("place", PURE)
def test_pure_files_reach_nothing_outside(place: str) -> None:
    """A pure file imports no clock, chance, file, socket, table or wire."""
    reached = imports_of(ROOT / "batch" / place)
    assert not reached & {"httpx", "anyio", "polars", "sqlite3", "time", "random", "os", "socket", "pathlib", "asyncio"}


def test_sql_is_written_in_the_journal() -> None:
    """SQL and sqlite3 are in the journal, in the store of shared quotas and in the sandbox: nowhere else; --version
    names SQLite's."""
    sql = re.compile(r"\b(SELECT .+ FROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM)\b", re.DOTALL)
    speaking = {
        path.relative_to(ROOT / "batch").as_posix()
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
    }
    elsewhere = {
        place
        for place in speaking | (places("sqlite3") - {"cli/main.py"})
        if not place.startswith(("journal/", "sandbox/", "dispatcher/quota_stores/"))
    }
    assert elsewhere == set()
    assert "journal/read.py" in speaking


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, list[str]]]:
    """Yield each function of the program: its place, its definition, and the lines of its file."""
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node, lines


def test_no_function_is_longer_than_60_lines() -> None:
    """A function fits a screen."""
    assert [place for place, node, _ in functions() if (node.end_lineno or 0) - node.lineno >= 60] == []


def test_no_file_is_longer_than_320_lines() -> None:
    """A file holds one idea, and one that grows past this has two."""
    lines = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {path: count for path, count in lines.items() if count > 320} == {}


def test_a_function_with_many_branches_says_why() -> None:
    """More than six branches (ruff's C901 counts them) need a reason in words beside the name."""
    bare = [
        place for place, node, lines in functions()
        if "C901" in lines[node.lineno - 1] and not re.search(r"C901 - \w+ \w+", lines[node.lineno - 1])
    ]  # fmt: skip
    assert bare == []


def test_nothing_prints() -> None:
    """`print` is called nowhere: the console writes, and the library below it is silent."""
    printing = {
        path.name
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing == set()


def test_nothing_is_called_by_a_banned_word() -> None:
    """No file, class or function is called data, info, item, manager, handler, helper, process or utils."""
    banned = re.compile(r"(?:^|_)(data|info|item|manager|handler|helper|process|utils)s?(?:_|$)")
    found = []
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower()
                found += [f"{path.name}: {node.name}"] if banned.search(snake) else []
        found += [path.name] if banned.search(path.stem) else []
    assert found == []


def test_the_top_level_is_as_designed() -> None:
    """pyproject.toml, README.md, batch, tests, samples, reports, findings and dot-files: no other name is there."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    tops = {line.split("/")[0] for line in listed if line and not line.startswith(".")}
    assert tops <= {"pyproject.toml", "README.md", "batch", "tests", "samples", "reports", "findings"}


def test_the_samples_hold_fiction_only() -> None:
    """Every North American number in the samples ends in 555-0100 to 555-0199; every British one is Ofcom's drama."""
    fiction = re.compile(r"1?[2-9]\d\d55501\d\d|44(7700900\d{3}|2079460\d{3})|0?(7700900\d{3}|2079460\d{3})")
    for path in (ROOT / "samples").glob("*.json"):
        for number in re.findall(r'"\+(\d{8,15})"', path.read_text(encoding="utf-8")):
            assert fiction.fullmatch(number), f"{path.name}: +{number}"
