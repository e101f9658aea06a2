"""The sheets of a workbook, as its tabs show them.

Owns: `SheetEntry`, the three states of a sheet, which sheet is read when none is named.
Source: ECMA-376 part 1, 18.18.68 (`visible`, `hidden`, `veryHidden`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class SheetEntry(NamedTuple):
    """One sheet: its name, `visible`, `hidden` or `veryHidden`, and what its reader finds it by."""

    name: str
    state: str = "visible"
    key: str = ""

    @property
    def is_visible(self) -> bool:
        """True for a sheet that has a tab."""
        return self.state not in {"hidden", "veryHidden"}


def visible(sheets: Sequence[SheetEntry]) -> list[SheetEntry]:
    """The sheets that a person sees, in their order; a hidden sheet is read only when it is named."""
    return [sheet for sheet in sheets if sheet.is_visible]
