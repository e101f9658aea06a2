"""Cells of a plan that come back from a spreadsheet program, and texts that are no plan."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.guayaba.contact import Contact
from batch.loader.columns.mapping import list_roles
from batch.loader.plans import sealed
from batch.loader.plans.columns import FIELDS
from batch.loader.plans.same_cell import same_cell
from batch.loader.plans.sealed import NotAPlan, PlanRow
from batch.model import ContactChange, Operation
from batch.settings.api_key import ApiKey
from batch.text.formula_guard import guard

KEY, OTHER = ApiKey("gua_test0000_one"), ApiKey("gua_test0000_two")


@pytest.mark.parametrize(
    ("written", "found", "same", "reason"),
    [
        ("+12125550123", "12125550123", True, "a plus is taken for the sign of a number"),
        ("+12125550123", "12125550123.0", True, "a number with a fraction of nothing"),
        ("+12125550123", "1.2125550123E+10", True, "a long number, written out whole"),
        ("+525512340101", "5.25512E+11", True, "a long number, rounded"),
        ("+12125550123", "12125550124", False, "another number"),
        ("+12125550123", "1.21254E+10", False, "rounded, but not from it"),
        ("+12125550123", "1E+10", False, "one digit says nothing"),
        ("007", "7", True, "zeros before a number"),
        ("true", "TRUE", True, "a truth value"),
        ("true", "FALSE", False, "the other one"),
        ("2026-01-15", "01/15/26", True, "a date as the USA write it"),
        ("2026-01-15", "15.01.2026", True, "a date as Germany writes it"),
        ("2026-01-15", "01/16/26", False, "another day"),
        ("=1+1", "'=1+1", True, "a guarded formula whose apostrophe stayed"),
        ("'=1+1", "=1+1", True, "one whose apostrophe went"),
        ("a\nb", "a\r\nb", True, "a line break of Windows"),
        (" DNC ", "DNC", True, "spaces around it"),
        ("DNC", "dnc", False, "a status in other letters is another word"),
        ("DNC", None, False, "an erased cell"),
        (None, "", True, "an empty cell"),
        (None, "DNC", False, "a cell that was filled in"),
        ("active", "paused", False, "another status"),
    ],
)
def test_a_cell_is_known_again(written: str | None, found: str | None, same: bool, reason: str) -> None:
    """What a spreadsheet program does to a cell is no edit; everything else is one."""
    assert same_cell(written, found) is same, reason


@example("\n")  # guarded, and its end then taken for a space
@given(st.text(max_size=40))
def test_every_cell_is_itself_guarded_or_not(cell: str) -> None:
    """For any text: as it was, and with the guard of a CSV report before it, it is the same cell."""
    assert same_cell(cell, cell)
    assert same_cell(cell, guard(cell))


@given(st.integers(10**9, 10**15 - 1), st.integers(10**9, 10**15 - 1))
def test_two_phones_are_two_cells(one: int, two: int) -> None:
    """For any two numbers in E.164: they are one cell only where they are one number."""
    assert same_cell(f"+{one}", str(two)) is (one == two)


ROWS = st.builds(
    PlanRow,
    ordinal=st.integers(1, 10**6),
    number=st.integers(2, 10**6),
    cells=st.lists(st.none() | st.text(max_size=20), max_size=5).map(tuple),
    change=st.builds(ContactChange, status=st.none() | st.text(max_size=9)),
    seen=st.none() | st.builds(Contact, id=st.text(max_size=9), name=st.none() | st.text(max_size=9)),
)


@given(ROWS)
def test_a_row_comes_back_as_it_was(row: PlanRow) -> None:
    """For any row: packed and unpacked it is itself; its seal holds for its plan and key, and for no other."""
    packed = sealed.pack_row(row)
    assert sealed.unpack_row(packed) == row
    assert packed.replace(".", "").replace("-", "").replace("_", "").isalnum()
    seal = sealed.seal_row(packed, "digest", KEY)
    assert sealed.split_seal(f"{packed}.{seal}") == (packed, seal)
    assert sealed.same_seal(seal, sealed.seal_row(packed, "digest", KEY))
    assert seal not in (sealed.seal_row(packed, "other", KEY), sealed.seal_row(packed, "digest", OTHER))


@pytest.mark.parametrize(
    "text",
    [
        "", "gbp1", "gbp1.", "gbp1.####.00", "gbp1.e30.00", "gbpf1.AAAA", "gbp2.AAAA.00", ".", "gbp1.éé.0",
        "gbp1." + "A" * 100 + ".00",
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(text: str) -> None:
    """A text that this program did not write is refused as such, and by no other error."""
    with pytest.raises(NotAPlan):
        sealed.unpack_row(sealed.split_seal(text).packed)


def test_a_text_that_unpacks_to_much_is_refused() -> None:
    """A small text that becomes a very long one is refused before it fills the memory."""
    bomb = sealed.pack_row(PlanRow(1, 2, ("a" * (1 << 24),)))
    assert len(bomb) < 1 << 16
    with pytest.raises(NotAPlan):
        sealed.unpack_row(bomb)


@pytest.mark.parametrize("operation", Operation)
def test_each_call_has_its_columns(operation: Operation) -> None:
    """A call of the API has columns that say which contact it is about, and fields that a plan shows."""
    assert {"phone", "id"} & set(list_roles(operation))
    assert FIELDS[operation]
