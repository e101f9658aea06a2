"""A remark beside a number that says not to use it: sent where that stops outreach, held where it starts outreach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.model import ContactChange, Operation

if TYPE_CHECKING:
    from unit.loader.conftest import Read, Result

A, B = "212-555-0100", "212-555-0101"


def update(read: Read, content: str, status: str) -> Result:
    return read(content, operation=Operation.UPDATE, ask=ContactChange(status=status))


@pytest.mark.parametrize(
    ("rows", "status", "expected", "why"),
    [
        ([f"{A} (wrong number)"], "active", ["held flagged"], "it would call somebody else"),
        ([f"{A} (do not call)"], "active", ["held flagged"], "the person asked not to be called"),
        ([f"{A} (do not call)"], "DNC", ["sent"], "that is what the remark asks for"),
        ([f"{A} (fax)"], "paused", ["sent"], "nobody is called"),
        (
            [f"{A} (do not call)", A, B], "active", ["held flagged", "held opted_out", "sent"],
            "another row of the same number starts outreach as well",
        ),
        ([A, f"{A} (disconnected)"], "active", ["held opted_out", "held flagged"], "in whatever order"),
        ([f"{A} (mobile)"], "active", ["sent"], "a label is no remark"),
    ],
)  # fmt: skip
def test_a_remark_holds_back_what_starts_outreach(
    read: Read, rows: list[str], status: str, expected: list[str], why: str
) -> None:
    """A row that would call a number with such a remark is `held`, and so are other rows of that number."""
    result = update(read, "phone\n" + "\n".join(f'"{row}"' for row in rows), status)
    shown = [f"{row.outcome or 'sent'} {row.code}".strip() for row in result.rows]
    assert shown == expected, why
    counts = result.survey.counts
    assert counts["held"] == sum(each.startswith("held") for each in expected)
    assert counts["invalid"] == 0
    assert result.survey.unsendable_dnc == 0


def test_a_flagged_number_that_is_sent_is_noticed(read: Read) -> None:
    """`check` counts the rows with a remark that are sent all the same."""
    result = update(read, f"phone\n{A} (fax)\n{B}", "DNC")
    assert any("1 row with a remark" in notice for notice in result.survey.notices)
