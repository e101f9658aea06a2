"""The escapes of a workbook's texts in a CSV that another program made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.loader.cells.sheet_escapes import without_escapes
from batch.model import ContactChange, Operation

if TYPE_CHECKING:
    from unit.loader.conftest import Read

ID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    ("cell", "expected", "why"),
    [
        ("Ana_x000D_\nRuiz", "Ana\nRuiz", "a carriage return before a new line, as Alt+Enter writes it"),
        ("Ana_x000d_", "Ana", "in small letters"),
        ("a_x0009_b_x000A_c", "a\tb\nc", "a tab and a new line are what they stand for"),
        ("Ana_x0041_", "Ana_x0041_", "a letter needs no escape: that is a person's text"),
        ("Ana_x005F_", "Ana_x005F_", "so is an escaped underscore"),
        ("plan_x00_", "plan_x00_", "no whole escape"),
        ("Ana Ruiz", "Ana Ruiz", "no escape"),
    ],
)
def test_escapes_of_control_characters_are_read(cell: str, expected: str, why: str) -> None:
    """Only what nobody types is read as an escape."""
    assert without_escapes(cell) == expected, why


def test_a_repair_of_an_escape_is_seen(read: Read) -> None:
    """Names and variables are sent without the escapes, and the row says so."""
    text = f'id,name,var:plan\n{ID},"Ana_x000D_\nRuiz",gold_x000D_\n'
    (row,) = read(text, operation=Operation.UPDATE_BY_ID).rows
    assert row.change == ContactChange(name="Ana\nRuiz", variables={"plan": "gold"})
    assert row.repair == "name: escapes of a workbook removed, plan: escapes of a workbook removed"
