"""Phone cells as people type them, composed of layers: nobody else is named, and no garbage is taken for a number.

`GUAYABA_LONG=1` takes 375,000 cells and prints the figures.
"""

from __future__ import annotations

import os
import sys

import polars as pl
import pytest
from harness.examples import examples
from unit.loader.typed_cells import REGIONS, Grades, TypedCell, typed_cells

from batch.loader.phones import Rules, judge
from batch.loader.phones.vectorised import judge_column
from batch.loader.rows.no_phones import refuse_no_phones

LONG = os.environ.get("GUAYABA_LONG") == "1"
#: Seeds, and cells of each.
SEEDS, COUNT = (range(40, 45), 75_000) if LONG else ((31,), examples(4_000))
#: Of cells that a person can read so many are read, at least: words that mean nothing to the program are not guessed.
MIN_RIGHT = 0.92


def read(cells: list[TypedCell]) -> list[tuple[str | None, str | None]]:
    """The number and the flag of each cell, as the loader reads its columns."""
    texts = pl.Series("cell", [cell.text for cell in cells])
    homes = pl.Series("home", [cell.region for cell in cells])
    judged = judge_column(texts, homes, Rules()).with_columns(texts, homes)
    return refuse_no_phones(judged).select("phone", "flag").rows()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_else_is_named(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """No typed cell becomes another person's number, nothing that is no number becomes one, and most are read."""
    cells, grades = list(typed_cells(seed, COUNT)), Grades()
    for cell, (phone, flag) in zip(cells, read(cells), strict=True):
        grades.grade(cell, phone, bool(flag))
    if LONG:
        with capsys.disabled():
            sys.stdout.write(f"\nseed {seed}: {grades.lines()[0]}\n")
    faults = [grades.examples[key][0] for key in grades.counts if key[0] in {"wrong", "garbage"}]
    assert faults == [], grades.lines()
    right = grades.total("right")
    assert right / (right + grades.total("missed")) >= MIN_RIGHT, grades.lines()


def test_columns_and_cells_agree() -> None:
    """A column of typed cells is read as its cells are, one by one."""
    cells = list(typed_cells(77, COUNT))
    for region in REGIONS:
        texts = [cell.text for cell in cells if cell.region == region]
        found = judge_column(pl.Series(texts), pl.repeat(region, len(texts), dtype=pl.String, eager=True), Rules())
        for text, (phone, code, flag) in zip(texts, found.select("phone", "code", "flag").rows(), strict=True):
            expected = judge(text, region, Rules())
            assert (phone, code or "", flag or "") == (expected.e164, expected.code, expected.flag), (text, region)


@pytest.mark.parametrize(
    ("cell", "read", "warned", "grade"),
    [
        (TypedCell("US", "home", "", "+12125550101"), "+12125550101", False, "right"),
        (TypedCell("US", "home", "", "+12125550101"), None, False, "missed"),
        (TypedCell("US", "home", "", "+12125550101", may_refuse=True), None, False, "asked"),
        (TypedCell("US", "home", "", "+12125550101"), "+12125550102", False, "wrong"),
        (TypedCell("US", "home", "", "+12125550101", frozenset({"+12125550102"})), "+12125550102", False, "guessed"),
        (TypedCell("US", "warning", "", "+12125550101", warned=True), "+12125550101", False, "wrong"),
        (TypedCell("US", "garbage", "", None), "+12125550101", False, "garbage"),
        (TypedCell("US", "garbage", "", None), None, False, "asked"),
    ],
)
def test_what_is_counted(cell: TypedCell, read: str | None, warned: bool, grade: str) -> None:
    """A wrong number, a warning that was missed and garbage that was taken are found out."""
    assert Grades().grade(cell, read, warned) == grade


def test_the_cells_are_of_every_kind() -> None:
    """A sample has cells of at least 40 regions, with answers to be right and to be refused, warned and not."""
    cells = list(typed_cells(1, 2_000))
    assert len({cell.region for cell in cells}) >= 40
    assert {cell.right is None for cell in cells} == {cell.warned for cell in cells} == {True, False}
