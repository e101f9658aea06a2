"""Our own reports as inputs, also after a trip through a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batch.errors import InputRefused
from batch.loader import Reading, load, report_run
from batch.model import REPORT_COLUMNS, Operation, Outcome

if TYPE_CHECKING:
    from loader.conftest import Read

HEADER = ",".join(("Name", "Phone", *REPORT_COLUMNS))


def line(name: str, phone: str, row: str, outcome: str, same_as: str = "", sent: str = "", code: str = "") -> str:
    """One line of a CSV report."""
    return f"{name},{phone},{row},{sent},{outcome},{code},,,,,{same_as},,,run-1\n"


REPORT = HEADER + "\n" + (
    line("a", "2125550100", "2", "succeeded")
    + line("b", "2125550101", "3", "unknown")
    + line("c", "2125550101", "4", "duplicate", "3")
    + line("d", "2125550100", "5", "duplicate", "2")
    + line("e", "2125550102", "6", "invalid")
    + line("f", "2125550103", "7", "pending")
    + line("g", "2125550104", "8", "unchanged")
)  # fmt: skip


def test_a_report_is_a_valid_input(read: Read) -> None:
    """Its columns are dropped from the user's, and all its rows are read."""
    result = read(REPORT)
    assert result.loaded.facts.header == ("Name", "Phone")
    assert len(result.rows) == 7
    assert not any(row.in_doubt for row in result.rows)


def test_a_rerun_takes_what_did_not_succeed(read: Read) -> None:
    """Rows to rerun come with their duplicates, folded anew; an unknown one is in doubt."""
    result = read(REPORT, rerun=True)
    assert [(row.cells[0], row.same_as, row.in_doubt) for row in result.rows] == [
        ("b", None, True), ("c", 3, False), ("e", None, False), ("f", None, False)
    ]  # fmt: skip


def test_only(read: Read) -> None:
    """`only` chooses the outcomes."""
    assert [row.cells[0] for row in read(REPORT, rerun=True, only=frozenset({Outcome.PENDING})).rows] == ["f"]


def test_after_a_trip_through_a_spreadsheet(read: Read) -> None:
    """BOM, semicolons, floats and lost pluses change nothing: the rows and numbers are found, with no region named."""
    there = REPORT.replace("2125550101", "+12125550101").replace(",3,,", ",3,+12125550101,", 1)
    back = there.replace(",", ";").replace(";3;", ";3.0;").replace("+1212", "1212").replace(";pending;", ";PENDING;")
    result = read(b"\xef\xbb\xbf" + back.replace("\n", "\r\n").encode(), rerun=True, region=None)
    assert result.rows[0].contact == "+12125550101"
    assert [row.cells[0] for row in result.rows] == ["b", "c", "e", "f"]


def test_the_formula_guard_is_undone(read: Read) -> None:
    """In a CSV report guarded cells are the user's own again; in a foreign file an apostrophe stays."""
    guarded = HEADER + "\n" + line("'=1+1", "'+1 (212) 555-0100", "2", "pending")
    assert read(guarded).rows[0].cells == ("=1+1", "+1 (212) 555-0100")
    assert read("Name,Phone\n'=1+1,2125550100\n").rows[0].cells[0] == "'=1+1"


def test_a_file_without_outcomes_is_no_report(read: Read) -> None:
    """A rerun of a plain file is refused, and so is one with nothing left to do."""
    with pytest.raises(InputRefused, match="no report"):
        read("Phone\n2125550100\n", rerun=True)
    with pytest.raises(InputRefused, match="no row to run again"):
        read(HEADER + "\n" + line("a", "2125550100", "2", "succeeded"), rerun=True)


def test_what_was_ambiguous_stays_ambiguous(read: Read) -> None:
    """A held number is not sent by rerunning it alone; mended, it is."""
    held = line("a", "6465550143", "2", "invalid", code="ambiguous")
    assert read(f"{HEADER}\n{held}", rerun=True).rows[0].code == "ambiguous"
    mended = held.replace("6465550143", "+16465550143")
    assert read(f"{HEADER}\n{mended}", rerun=True).rows[0].contact == "+16465550143"


def test_the_run_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`report_run` reads the run out of a report, and nothing out of other files."""
    path = tmp_path_factory.mktemp("r") / "failures.csv"
    path.write_text(REPORT)
    assert report_run(path) == "run-1"
    path.write_text("Phone\n1\n")
    assert report_run(path) is None


def test_ids_learned_from_the_api_serve_update_by_id(read: Read) -> None:
    """A report's `_contact_id` is the id where the file has no UUIDs of its own."""
    uuid = "550e8400-e29b-41d4-a716-446655440000"
    content = f"Record ID,Name,_row,_outcome,_contact_id\n77,Ann,2,succeeded,{uuid}\n"
    row = read(content, operation=Operation.UPDATE_BY_ID).rows[0]
    assert (row.contact, row.cells) == (uuid, ("77", "Ann"))


def test_a_source_that_changes_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Between the passes nobody may write to the file."""
    path = tmp_path_factory.mktemp("c") / "contacts.csv"
    path.write_text("Phone\n2125550100\n")
    loaded = load(path, Reading(Operation.FULFILL, region="US"))
    path.write_text("Phone\n2125550101\n2125550102\n")
    with pytest.raises(InputRefused, match="changed while"):
        list(loaded.batches())
