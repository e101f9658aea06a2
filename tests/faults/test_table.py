"""The suite's own table: it names every fault and every test, and its broken variants still fit the program."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from faults.mutants import MUTANTS, ROOT, Mutant, survives
from faults.test_files import FILES
from faults.test_wire import NAMES

FOLDER = Path(__file__).parent
TABLE = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_table_names_every_fault_and_every_test() -> None:
    """What is tested stands in the table, so that a reader sees what was thought of."""
    tests = {
        node.name
        for path in FOLDER.glob("test_*.py")
        if path != Path(__file__)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    assert [name for name in [*NAMES, *FILES, *sorted(tests)] if name not in TABLE] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_variant_fits_the_program(mutant: Mutant) -> None:
    """The passage that it changes is in the program, once, and what it becomes names only what there is: a variant that
    ends with a NameError would be found out by any test."""
    text = (ROOT / "batch" / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.text) == 1
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"]
    checked = subprocess.run(command, input=text.replace(mutant.text, mutant.instead), capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(not os.environ.get("GUAYABA_LONG"), reason="ten minutes; GUAYABA_LONG=1 runs it")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_variant_is_found_out(mutant: Mutant) -> None:
    """The tests that it is for fail with it."""
    assert not survives(mutant)
