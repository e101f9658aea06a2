"""The child process that reads one sheet, with bounds of memory and time, and what it found there.

Owns: how the child is started, and what its answer or its end mean. What it does is `sheet_child`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.errors import SettingsError
from batch.loader.sources.workbooks.sheet_list import SheetEntry
from batch.loader.sources.workbooks.workbook_check import unreadable_sheet
from batch.text.language import current_language, tr

#: Address space of the child: Excel's own largest sheet of short cells fits, a bomb does not.
CHILD_MEGABYTES = 4096
#: Seconds for one workbook. A million rows of ten cells take about forty on an idle core.
CHILD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Cells:
    """One sheet as the child wrote it: `path` of its cells, its `sheets`, which is `name`d and which was `active`;
    `unresolved` counts the formulas without a result by column, with the first of their rows; `hidden_columns` are the
    (first, last) of each run that the sheet hides."""

    path: Path
    name: str
    sheets: tuple[SheetEntry, ...]
    active: str
    filtered: bool
    unresolved: Mapping[int, tuple[int, tuple[int, ...]]]
    hidden_columns: tuple[tuple[int, int], ...] = ()
    #: The date format of each column of dates.
    dates: Mapping[int, str] = field(default_factory=dict)

    def hides(self, column: int) -> bool:
        """True for a column that the sheet hides."""
        return any(first <= column <= last for first, last in self.hidden_columns)


def run_child(arguments: Sequence[str]) -> bytes:
    """What `sheet_child` with `arguments` printed. Raises subprocess.TimeoutExpired after `CHILD_SECONDS`."""
    command = [sys.executable, "-P", "-m", f"{__package__}.sheet_child", *arguments]
    home = str(Path(__file__).parents[len(str(__package__).split("."))])
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GUAYABA_LANGUAGE": current_language()}
    return subprocess.run(command, capture_output=True, timeout=CHILD_SECONDS, check=False, env=surroundings).stdout


def call_child(path: Path, kind: str, cells: Path, sheet: str | None, name: str) -> Cells:
    """The sheet called `sheet`, or the first in sight, of the workbook at `path` called `name`, written to `cells`.

    Raises InputRefused for a workbook that cannot be read within the bounds, SettingsError for a sheet that is not
    there.
    """
    try:
        printed = run_child([kind, str(path), str(cells), sheet or "", str(CHILD_MEGABYTES)])
    except subprocess.TimeoutExpired:
        raise unreadable_sheet(
            name, kind, tr("reading it takes more than {child_seconds} seconds", child_seconds=CHILD_SECONDS)
        ) from None
    try:
        found: dict[str, Any] = json.loads(printed)
    except ValueError:
        found = {"problem": "memory"}
    sheets = tuple(SheetEntry(*entry) for entry in found.get("sheets", ()))
    match found.get("problem"):
        case None:
            unresolved = {int(at): (rows[0], tuple(rows[1:])) for at, rows in found["unresolved"].items()}
            hidden = tuple((first, last) for first, last in found["hidden_columns"])
            dates = {int(at): code for at, code in found["dates"].items()}
            return Cells(cells, found["sheet"], sheets, found["active"], found["filtered"], unresolved, hidden, dates)
        case "sheet":
            raise SettingsError(
                tr("{name} has no sheet called {sheet!r}.", name=name, sheet=sheet),
                problems=tuple(tr("found: {found}", found=entry.name) for entry in sheets),
                tip=tr("Give --sheet one of these names."),
            )
        case "no_sheet":
            raise unreadable_sheet(
                name,
                kind,
                tr("it has no table") if kind == "html" else tr("it has no visible sheet"),
                tr('Name a hidden sheet with --sheet "ITS NAME".')
                if sheets
                else tr("Export the contacts again, as CSV."),
            )
        case "memory":
            raise unreadable_sheet(
                name,
                kind,
                tr("reading it needs more than {child_megabytes:,} MB of memory", child_megabytes=CHILD_MEGABYTES),
            )
        case _:
            raise unreadable_sheet(name, kind, str(found.get("detail", tr("it is damaged"))))
