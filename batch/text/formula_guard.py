"""Cells that a spreadsheet would run as a formula, made harmless in CSV, and the exact way back.

Owns: which cells are guarded, and the pair `guard` / `unguard`.
Source: OWASP, "CSV Injection" (leading = + - @ tab CR LF and the full-width forms); E.164 stays plain, for the
next program to read.

Why the pair is exact: a cell is guarded when, *after any apostrophes*, it begins with a trigger. An apostrophe in front
of such a cell gives such a cell again, so every text beginning `'=` was guarded, and one apostrophe too few or too many
never happens.
"""

from __future__ import annotations

import re

#: A formula's first character, after any number of apostrophes.
TRIGGER = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

#: What spreadsheets read as a plain number, E.164 among them: it starts no formula and stays as it is.
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def guard(cell: str) -> str:
    """`cell` with one apostrophe in front if a spreadsheet could run it, else `cell` itself."""
    return f"'{cell}" if _runs(cell) else cell


def unguard(cell: str) -> str:
    """The cell that `guard` was given, for every text that `guard` can return."""
    return cell[1:] if cell.startswith("'") and _runs(cell[1:]) else cell


def _runs(cell: str) -> bool:
    """True for a cell that must be guarded."""
    return TRIGGER.match(cell) is not None and NUMBER.fullmatch(cell) is None
