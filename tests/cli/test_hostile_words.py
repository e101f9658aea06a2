"""Names, cells and arguments that would act on a terminal, where the program repeats them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from cli.harness import Program, Sandbox, Sandboxes

FAST = ("--rate", "60000/min", "--yes")
#: What a terminal obeys, or what turns text round; a name of a file may hold any of them.
HOSTILE = "a\x1b[31mb\u202e\x07\x9bc\u2066"
ROWS = f'"{HOSTILE} Name",Phone,"{HOSTILE}"\n"\x1b]0;owned\x07",+12025550100,x\nAnn,call\u202e me,"{HOSTILE}"\n'
PEOPLE = "".join(f"Somebody {at},+120255501{at:02d},who has nothing to do with it\n" for at in range(10, 40))


@pytest.fixture
def server(sandboxes: Sandboxes) -> Sandbox:
    return sandboxes()


@pytest.fixture
def export(program: Program) -> Path:
    source = program.folder / f"{HOSTILE}.csv"
    source.write_text(ROWS + PEOPLE, encoding="utf-8")
    return source


def acting(text: str) -> set[str]:
    """The signs in `text` that are not seen and act."""
    return {sign for sign in text if sign not in "\r\n" and unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")}


def test_nothing_that_is_repeated_acts(program: Program, server: Sandbox, export: Path) -> None:
    """From the preview to the list of runs, by name, header and cell: stdout and stderr hold no sign that acts."""
    for code, command in [
        (3, ("check", export)),
        (3, ("fulfill", export, "-v", "--base-url", server.url, *FAST)),
        (0, ("runs",)),
        (4, ("fulfill", f"no-{HOSTILE}.csv", "--base-url", server.url, *FAST)),
        (2, ("update", export, "--status", HOSTILE, "--base-url", server.url, *FAST)),
        (2, ("fulfill", export, f"--{HOSTILE}")),
    ]:
        ended = program(*command)
        assert (ended.code, acting(ended.out), acting(ended.err)) == (code, set(), set()), (command[0], ended.err)
        assert "Traceback" not in ended.err
