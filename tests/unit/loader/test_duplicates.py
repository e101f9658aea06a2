"""Rows of one contact: folded when they ask the same, held back when they do not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.loader.rows.duplicates import DuplicateIndex
from batch.model import ContactChange, Operation, Outcome

if TYPE_CHECKING:
    from unit.loader.conftest import Read

A, B = "2125550100", "2125550101"
UUID = "f50e8400-e29b-41d4-a716-446655440000"
SCHEMA = {"number": pl.UInt32, "contact": pl.String, "change_hash": pl.Int64, "status": pl.String, "account": pl.String,
          "left_alone": pl.Boolean}  # fmt: skip


def outcomes(read: Read, *asks: tuple[str, str], on_conflict: str = "hold") -> list[tuple[str, int | None]]:
    """(code, same_as) of each row, for rows of (phone, status)."""
    lines = "".join(f"{phone},{status}\n" for phone, status in asks)
    result = read(
        f"Phone,Guayaba status\n{lines}", operation=Operation.UPDATE, ask=ContactChange(), on_conflict=on_conflict
    )
    return [(row.code, row.same_as) for row in result.rows]


def test_spellings_of_one_number_are_one_contact(read: Read) -> None:
    """Duplicates are judged after normalising; the first row is sent and the others name it."""
    result = read("Phone\n(212) 555-0100\n+12125550100\n2125550100.0\n2125550101\n")
    assert [(row.outcome, row.same_as) for row in result.rows] == [
        (None, None), (Outcome.DUPLICATE, 2), (Outcome.DUPLICATE, 2), (None, None)
    ]  # fmt: skip
    assert result.survey.duplicates == 2


def test_a_conflict_is_held_back(read: Read) -> None:
    """With `hold` every row of a contact that is asked for two things is held, and the rest goes on."""
    rows = outcomes(read, (A, "paused"), (B, "paused"), (A, "fulfilled"), (A, "paused"))
    assert rows == [("conflict", None), ("", None), ("conflict", None), ("conflict", None)]


@pytest.mark.parametrize(("option", "leader"), [("first", 2), ("last", 4)])
def test_a_conflict_decided_by_option(read: Read, option: str, leader: int) -> None:
    """`first` and `last` send one row; rows that ask the same follow it, the others are overruled by it."""
    rows = outcomes(read, (A, "paused"), (A, "not-answering"), (A, "fulfilled"), on_conflict=option)
    assert rows == [("", None) if number == leader else ("overruled", leader) for number in (2, 3, 4)]


@pytest.mark.parametrize("option", ["first", "last"])
def test_dnc_is_never_overruled_by_active(read: Read, option: str) -> None:
    """A status that stops outreach is not overruled by one that resumes it: such rows are held under every option."""
    asks = [(A, "active"), (A, "DNC")] if option == "first" else [(A, "DNC"), (A, "active")]
    assert outcomes(read, *asks, on_conflict=option) == [("conflict", None)] * 2


def test_dnc_may_overrule_active(read: Read) -> None:
    """The other way round the option is followed."""
    assert outcomes(read, (A, "active"), (A, "DNC"), on_conflict="last") == [("overruled", 3), ("", None)]


def test_the_message_names_the_other_rows(read: Read) -> None:
    """A held row says which rows contradict each other."""
    result = read(
        "Phone,Guayaba status\n2125550100,DNC\n2125550100,active\n", operation=Operation.UPDATE, ask=ContactChange(),
        on_conflict="hold",
    )  # fmt: skip
    assert "rows 2, 3 of this contact" in result.rows[0].message
    assert result.survey.conflicts == 1


def test_invalid_rows_take_no_part(read: Read) -> None:
    """A row that is invalid for another reason neither leads nor conflicts."""
    rows = read(
        "Phone,Guayaba status\n2125550100,nonsense\n2125550100,DNC\n2125550100,DNC\n",
        operation=Operation.UPDATE,
        ask=ContactChange(),
        statuses=frozenset({"DNC"}),
    ).rows
    assert [(row.code, row.same_as) for row in rows] == [("unknown_status", None), ("", None), ("same_contact", 3)]


@pytest.mark.parametrize(
    ("statuses", "sent", "why"),
    [
        (["DNC", "active"], 2, "a person who asked not to be called is not called"),
        (["active", "DNC"], 3, "wherever the row stands"),
        (["paused", "DNC", "fulfilled"], 3, "of statuses that stop outreach DNC wins"),
        (["dnc", "active", "DNC"], 2, "DNC is DNC however it is written"),
        (["paused", "active"], 2, "one row stops outreach, the other starts it"),
        (["active", "paused", "talk-to-human"], 3, "one row stops outreach, two do not"),
        (["paused", "fulfilled"], None, "two statuses stop outreach: nobody can say which"),
        (["active", "talk-to-human"], None, "neither stops outreach"),
    ],
)
def test_the_stricter_wish_wins(read: Read, statuses: list[str], sent: int | None, why: str) -> None:
    """By default the row that stops outreach most is sent, and each other row names it; else all are held."""
    result = read(
        "Phone,Guayaba status\n" + "".join(f"{A},{status}\n" for status in statuses),
        operation=Operation.UPDATE, ask=ContactChange(), statuses=frozenset((*STATUSES, "DNC")),
    )  # fmt: skip
    if sent is None:
        assert {(row.outcome, row.code) for row in result.rows} == {(Outcome.HELD, "conflict")}, why
        return
    assert [row.number for row in result.rows if row.outcome is None] == [sent], why
    others = [row for row in result.rows if row.number != sent]
    assert {(row.outcome, row.same_as) for row in others} == {(Outcome.DUPLICATE, sent)}
    assert all(f"row {sent}" in row.message for row in others)
    assert (result.survey.stricter, result.survey.conflicts) == (1, 1)


@pytest.mark.parametrize("option", ["first", "last"])
def test_no_option_drops_dnc(read: Read, option: str) -> None:
    """`first` and `last` never take another row in the place of one that asks for DNC: the contact is held."""
    asks = [(A, "paused"), (A, "DNC")] if option == "first" else [(A, "DNC"), (A, "paused")]
    assert outcomes(read, *asks, on_conflict=option) == [("conflict", None)] * 2


Option = Literal["strictest", "hold", "first", "last"]
STATUSES = ("active", "talk-to-human", "paused", "fulfilled", "not-answering")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCD"), st.sampled_from(["DNC", "active", "paused", None]), st.sampled_from(["", "north"])
        ),
        max_size=14,
    ),
    st.sampled_from(["strictest", "hold", "first", "last"]),
)
def test_against_a_plain_model(rows: list[tuple[str, str | None, str]], option: Option) -> None:
    """The column-wise decisions are those of a plain loop over groups: one contact is one number in one account."""
    ledger = DuplicateIndex()
    contacts = {"A": "+12125550100", "B": "+12125550101", "C": UUID, "D": UUID[:-1] + "1"}
    groups: dict[tuple[str, str], list[tuple[int, str | None]]] = defaultdict(list)
    lines: list[tuple[int, str, int, str | None, str, bool]] = []
    for number, (who, status, account) in enumerate(rows, 2):
        contact = contacts[who]
        lines.append((number, contact, hash((status, "x")), status, account, False))
        groups[contact, account].append((number, status))
    for start in range(0, len(lines), 5):
        verdicts = pl.DataFrame(lines[start : start + 5], schema=SCHEMA, orient="row")
        ledger.enter(verdicts.with_columns(code=pl.lit(None, pl.String)), frozenset({"DNC", "paused"}))
    expected: dict[int, tuple[str, int | None]] = {}
    for members in groups.values():
        asks = {status for _, status in members}
        chosen = members[-1 if option == "last" else 0][1]
        stops = asks & {"DNC", "paused"}
        if option == "strictest" and len(asks) > 1:
            chosen = "DNC" if "DNC" in asks else "paused"
            held = not stops
        else:
            dropped = "DNC" in asks and chosen != "DNC"
            held = option == "hold" or dropped or (bool(stops) and chosen not in stops)
        if len(asks) > 1 and held:
            expected |= {number: ("conflict", None) for number, _ in members}
            continue
        agreeing = [number for number, status in members if status == chosen]
        leader = agreeing[-1] if option == "last" and len(asks) > 1 else agreeing[0]
        for number, status in members:
            if number != leader:
                other = "stricter" if option == "strictest" else "overruled"
                expected[number] = ("duplicate" if status == chosen else other, leader)
    decided = ledger.decide(option).between(0, 1 << 31)
    assert {number: (kind, same_as) for number, kind, same_as, _ in decided.iter_rows()} == expected
