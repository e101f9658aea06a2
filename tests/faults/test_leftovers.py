"""kill -9 wherever the program touches its temporary files: the next start of any command leaves none of them."""

from __future__ import annotations

import gzip
import os
import re
import time
from pathlib import Path

import openpyxl
import pytest
from cli.harness import Program
from faults.storage.harness import needs_strace, under_strace

_CALLS = ("mkdir", "flock", "rename", "openat", "rmdir", "unlinkat", "unlink")
_CALL = re.compile(r"^(\w+)\(")
#: Kills of one kind of call: the first, the last, and some between.
_SPREAD = 4


@pytest.fixture
def temporary(program: Program, tmp_path: Path) -> Path:
    """The temporary folder of the program under test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    program.env["TMPDIR"] = str(folder)
    return folder


def source(folder: Path, kind: str) -> Path:
    """A file of ten contacts that needs temporary room while it is read."""
    rows = [["Phone"], *([f"+121255501{number:02}"] for number in range(10))]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(folder / "c.xlsx")
        return folder / "c.xlsx"
    path = folder / "c.csv.gz"
    path.write_bytes(gzip.compress("\n".join(row[0] for row in rows).encode()))
    return path


def traced(program: Program, log: Path, *arguments: str) -> int:
    """The exit code of `check` under strace, told more by `arguments`."""
    checking = ["check", str(source_of(program))]
    return under_strace(program, checking, log, "-e", f"trace={','.join(_CALLS)}", *arguments)[0]


def source_of(program: Program) -> Path:
    return next(path for path in program.folder.iterdir() if path.name.startswith("c."))


def points(log: Path, temporary: Path) -> list[tuple[str, int]]:
    """(call, which of its kind) of every call that touches the temporary folder, a few of each kind."""
    seen: dict[str, int] = {}
    found: dict[str, list[int]] = {}
    for line in log.read_text(errors="replace").splitlines():
        if call := _CALL.match(line):
            seen[call[1]] = seen.get(call[1], 0) + 1
            if str(temporary) in line or call[1] in {"flock", "rmdir", "unlinkat"}:
                found.setdefault(call[1], []).append(seen[call[1]])
    chosen: list[tuple[str, int]] = []
    for name, numbers in found.items():
        step = max(1, len(numbers) // _SPREAD)
        chosen += [(name, number) for number in sorted({*numbers[::step], numbers[-1]})]
    return chosen


@needs_strace
@pytest.mark.parametrize("kind", ["packed", "xlsx"])
def test_a_kill_anywhere_leaves_nothing_after_the_next_start(
    program: Program, temporary: Path, tmp_path: Path, kind: str
) -> None:
    """Killed at each of these calls, and an hour later any command: no file and no folder of ours is left."""
    source(program.folder, kind)
    log = tmp_path / "trace"
    assert traced(program, log) == 0
    assert list(temporary.iterdir()) == []
    kills = left = 0
    for call, number in points(log, temporary):
        code = traced(program, log, "-e", f"inject={call}:signal=KILL:when={number}")
        kills += code != 0
        left += bool(list(temporary.iterdir()))
        for path in [temporary, *temporary.rglob("*")]:
            os.utime(path, (time.time() - 3600,) * 2)
        assert program("--version").code == 0
        assert list(temporary.iterdir()) == [], f"after a kill at {call} number {number}"
    assert kills >= 5, "the program was hardly killed"
    assert left >= 1, "no kill left anything: the test shows nothing"
