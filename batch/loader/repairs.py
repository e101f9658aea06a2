"""The list of repaired phone cells, before and after: what a person looks through before a run.

Owns: the file that `check --out` writes.

A CSV in UTF-8 with a byte order mark: `_row`, `_before` (the cell), `_after` (the number), `_repair`. One line for each
cell whose number is not simply what stands there. Cells that a spreadsheet would run as a formula are guarded as in the
reports.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from batch.errors import SettingsError
from batch.loader.load import LoadedSource
from batch.text.formula_guard import guard

HEADER = ("_row", "_before", "_after", "_repair")


def write_repairs(loaded: LoadedSource, path: Path) -> int:
    """The number of repaired cells, each now a line of the new file at `path`, which only its owner can read.

    Raises SettingsError where `path` exists or cannot be written, and InputRefused as `Loaded.verdicts` does.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(
            f"The list of repairs cannot be written to {path}: {error.strerror}.",
            tip="Give --out the name of a new file in a folder that exists.",
        ) from error
    count = 0
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for lines in _lines(loaded):
            writer.writerows(lines)
            count += len(lines)
    return count


def _lines(loaded: LoadedSource) -> Iterator[list[tuple[object, ...]]]:
    """Yield the repaired cells of each chunk that has any."""
    place = loaded.phone_place
    if place is None:
        return
    for cells, verdicts in loaded.verdicts():
        repaired = verdicts.frame.select("number", "phone", "repair").with_columns(cells.to_series(place).alias("cell"))
        repaired = repaired.filter((pl.col("repair") != "") & pl.col("phone").is_not_null())
        if repaired.height:
            yield [
                (number, guard(cell or ""), phone, guard(repair))
                for number, phone, repair, cell in repaired.iter_rows()
            ]
