"""The rows of the demo: the first lines of its file, and the corrections that a person would make.

Owns: which numbers the corrected rows get. They are contacts of the demo's sandbox.
"""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path
from typing import Final

_LINES: Final = 5
_WIDTH: Final = 74
_CORRECTED: Final = tuple(f"+1646555016{digit}" for digit in range(10))


def first_lines(file: Path) -> list[str]:
    """The first lines of `file`, each as far as it fits."""
    with file.open(encoding="utf-8-sig") as opened:
        lines = [line.rstrip("\n") for line in islice(opened, _LINES)]
    return [line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…" for line in lines]


def write_seed(sample: Path, target: Path) -> Path:
    """Write the sandbox's contacts with those of the corrected rows to `target`, and return it."""
    seed = json.loads(sample.read_text(encoding="utf-8"))
    seed["contacts"] += [{"phoneNumber": phone, "name": "Corrected", "status": "active"} for phone in _CORRECTED]
    target.write_text(json.dumps(seed), encoding="utf-8")
    return target


def correct_failures(folder: Path, target: Path) -> int:
    """Write the rows of the run in `folder` whose number cannot be read to `target`, with numbers of the sandbox;
    returns how many there are. Other rows are left out."""
    with (folder / "failures.csv").open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        header = list(reader.fieldnames or ())
        rows = [row | {"Phone": phone} for row, phone in zip(_invalid(reader), _CORRECTED, strict=False)]
    with target.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, header)
        writer.writeheader()
        writer.writerows(rows)
    target.chmod(0o600)
    return len(rows)


def _invalid(rows: csv.DictReader[str]) -> list[dict[str, str]]:
    return [row for row in rows if row["_outcome"] == "invalid"]
