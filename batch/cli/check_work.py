"""What `check` shows of its work: which column plays which part and why, the first repairs, the next command.

Owns: these lines. Phone numbers in them are masked.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from batch.codes.repairs import repair_text
from batch.loader import LoadedSource
from batch.loader.review.findings import ColumnPart, column_parts, first_repairs
from batch.text import visible
from batch.text.language import tr, tr_noop
from batch.text.masking import mask, mask_within

#: Repairs that are shown.
_REPAIRS: Final = 5
_LONGEST_CELL: Final = 28
#: Options that `check` alone has: whether a value follows.
_OF_CHECK: Final = {"--for": 1, "--online": 0, "--out": 1, "--json": 0, "--language": 1, "--dry-run": 0, "-n": 0}


def part_lines(loaded: LoadedSource) -> Iterator[str]:
    """A line for each column that is read: its part, its header, why, and three of its cells."""
    for part in column_parts(loaded):
        cells = ", ".join(_cell(part, cell) for cell in part.samples) or tr("no filled cell")
        yield f"  {part.role:11} {visible.escape_text(part.header)} ({tr(_WHY[part.why])}): {cells}"


_WHY: Final = {"map": "--map", "header": tr_noop("by its header"), "cells": tr_noop("by its cells")}


def repair_lines(loaded: LoadedSource) -> list[str]:
    """The first numbers that were repaired: the row, the cell, the number that is sent, and the repair."""
    found = first_repairs(loaded, _REPAIRS)
    lines = []
    for row in found:
        place = tr("row {number}", number=row.number)
        lines.append(f"  {place}: {_quote(mask_within(row.cell))} -> {mask(row.phone)} ({repair_text(row.repair)})")
    return [tr("The first repairs:"), *lines] if lines else []


def next_command(argv: Sequence[str], operation: str, region: str | None) -> str:
    """The command that sends what `check ARGV` looked at; `region`: the one that the numbers suggest."""
    kept: list[str] = []
    skips = 0
    for word in argv:
        name = word.partition("=")[0]
        if skips:
            skips -= 1
        elif name in _OF_CHECK:
            skips = 0 if "=" in word else _OF_CHECK[name]
        elif region is not None and name == "--region":
            skips = 0 if "=" in word else 1
        else:
            kept.append(word)
    words = ["guayaba-batch", operation, *kept, *(["--region", region] if region else [])]
    return visible.escape_text(shlex.join(words))


def _cell(part: ColumnPart, cell: str) -> str:
    return _quote(mask_within(cell) if part.role in ("phone", "phoneNumber") else cell)


def _quote(cell: str) -> str:
    plain = visible.escape_text(cell.strip())
    return f'"{plain}"' if len(plain) <= _LONGEST_CELL else f'"{plain[: _LONGEST_CELL - 1]}…"'
