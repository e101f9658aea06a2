"""The formula guard: harmless in a spreadsheet, undone to the character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.text.formula_guard import guard, unguard

CELLS = st.text() | st.text(alphabet="'=+-@\t\r\n＝0123456789.,eE abc", max_size=12)


@given(CELLS)
def test_unguard_gives_back_what_guard_was_given(cell: str) -> None:
    """`unguard` is the exact inverse of `guard`, for every text."""
    assert unguard(guard(cell)) == cell


@given(CELLS)
def test_a_guarded_cell_runs_nothing(cell: str) -> None:
    """After `guard` no cell begins with a formula's character unless it is a plain number."""
    guarded = guard(cell)
    if guarded[:1] in set("=+-@\t\r\n＝＋－＠"):
        assert float(guarded.replace(",", ".")) is not None


@pytest.mark.parametrize(
    ("cell", "written", "why"),
    [
        ("+12125550100", "+12125550100", "E.164 stays plain"),
        ("-5", "-5", "a signed number runs nothing"),
        ("-1.5e3", "-1.5e3", "nor does one with an exponent"),
        ("=1+1", "'=1+1", "a formula"),
        ("@SUM(A1)", "'@SUM(A1)", "Lotus style"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0", "the DDE attack"),
        ("+1 (212) 555-0100", "'+1 (212) 555-0100", "a formatted number is evaluated by Excel"),
        ("\t=1", "'\t=1", "a tab in front"),
        ("'=1", "''=1", "an apostrophe of the user's own is kept apart from ours"),
        ("O'Neil", "O'Neil", "an apostrophe elsewhere is nothing"),
        ("", "", "an empty cell"),
    ],
)
def test_guard(cell: str, written: str, why: str) -> None:
    """Cells are guarded exactly where a spreadsheet would run them."""
    assert guard(cell) == written, why


def test_a_foreign_apostrophe_stays() -> None:
    """`unguard` takes no apostrophe that `guard` would not have put there."""
    assert unguard("'+12125550100") == "'+12125550100"
    assert unguard("'tis") == "'tis"
