"""Our own reports as inputs, also after a trip through a spreadsheet."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from batch.errors import InputRefused
from batch.loader import ReadOptions, load, report_runs
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.report_layout import CUT, detect_report
from batch.model import REPORT_COLUMNS, Operation, Outcome
from batch.reporter import workbook
from batch.reporter.columns import Columns
from batch.reporter.row_frames import OURS
from batch.reporter.workbook import write_xlsx

if TYPE_CHECKING:
    from unit.loader.conftest import Read

HEADER = ",".join(("Name", "Phone", *REPORT_COLUMNS))


def line(name: str, phone: str, row: str, outcome: str, same_as: str = "", sent: str = "", code: str = "") -> str:
    """One line of a CSV report."""
    return f"{name},{phone},{row},{sent},,{outcome},{code},,,,,{same_as},,,run-1\n"


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
    """Rows to rerun come with their duplicates, folded again; an unknown one is in doubt."""
    result = read(REPORT, rerun=True)
    assert [(row.cells[0], row.same_as, row.in_doubt) for row in result.rows] == [
        ("b", None, True), ("c", 3, False), ("e", None, False), ("f", None, False)
    ]  # fmt: skip


def test_only(read: Read) -> None:
    """`only` chooses the outcomes."""
    assert [row.cells[0] for row in read(REPORT, rerun=True, only=frozenset({Outcome.PENDING})).rows] == ["f"]


@pytest.mark.parametrize("outcome", ["held", "invalid"])
def test_a_held_row_is_found_whatever_its_version_calls_it(read: Read, outcome: str) -> None:
    """`--only held` takes the held rows, also of a report of 0.1.0, which calls them invalid; `--only invalid` none."""
    report = f"{HEADER}\n{line('a', '2125550100', '2', outcome, code='would_reactivate')}"
    both = report + line("b", "2125550101", "3", "invalid", code="no_phone")
    assert [row.cells[0] for row in read(both, rerun=True).rows] == ["a", "b"]
    assert [row.cells[0] for row in read(both, rerun=True, only=frozenset({Outcome.HELD})).rows] == ["a"]
    assert [row.cells[0] for row in read(both, rerun=True, only=frozenset({Outcome.INVALID})).rows] == ["b"]


@pytest.mark.parametrize(
    ("header", "own", "why"),
    [
        (f"Name,Phone,{HEADER.split(',', 2)[2].replace('_http_status', '_status')}", ("Name", "Phone"), "0.1.0"),
        (f"_status,{HEADER}", ("_status", "Name", "Phone"), "a column of the user's that has the old name of ours"),
        (f"_http_status,{HEADER}", ("_http_status", "Name", "Phone"), "ours is the last of its name"),
    ],
)
def test_the_http_status_is_ours_under_its_old_name_too(header: str, own: tuple[str, ...], why: str) -> None:
    """A report of 0.1.0 has `_status` for `_http_status`; it is dropped from the user's columns in that report only."""
    names = header.split(",")
    report = detect_report(names)
    assert report is not None
    assert tuple(names[at] for at in report.own) == own, why


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
    with pytest.raises(InputRefused, match="not a report"):
        read("Phone\n2125550100\n", rerun=True)
    with pytest.raises(InputRefused, match="no row to run again"):
        read(HEADER + "\n" + line("a", "2125550100", "2", "succeeded"), rerun=True)


def test_what_was_ambiguous_stays_ambiguous(read: Read) -> None:
    """A held number is not sent by rerunning it alone; mended, it is."""
    held = line("a", "6465550143", "2", "invalid", code="ambiguous")
    assert read(f"{HEADER}\n{held}", rerun=True).rows[0].code == "ambiguous"
    mended = held.replace("6465550143", "+16465550143")
    assert read(f"{HEADER}\n{mended}", rerun=True).rows[0].contact == "+16465550143"


def test_what_was_ambiguous_stays_ambiguous_in_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many rows that beginnings of numbers decide them are read as few are, and none of them is sent."""
    for place in ("first_pass", "load"):
        module = importlib.import_module(f"batch.loader.passes.{place}")
        monkeypatch.setattr(module, "KnownHeads", partial(KnownHeads, fewest=500))
    count = 1_000
    held = pl.DataFrame(
        {name: [""] * count for name in ("Name", *REPORT_COLUMNS)}
        | {"Phone": [str(2032340000 + at) for at in range(count)], "_code": ["ambiguous"] * count}
        | {"_row": [str(at + 2) for at in range(count)], "_outcome": ["invalid"] * count}
    )
    loaded = load(held, ReadOptions(Operation.FULFILL, region="US", rerun=True))
    assert {row.code for batch in loaded.batches() for row in batch} == {"ambiguous"}


def test_the_runs_are_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`report_runs` reads the runs out of a report, each once, and nothing out of other files."""
    path = tmp_path_factory.mktemp("r") / "failures.csv"
    path.write_text(REPORT)
    assert report_runs(path) == ("run-1",)
    path.write_text(REPORT + REPORT.split("\n", 1)[1].replace("run-1", "run-2"))
    assert report_runs(path) == ("run-1", "run-2")
    path.write_text("Phone\n1\n")
    assert report_runs(path) == ()


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
    loaded = load(path, ReadOptions(Operation.FULFILL, region="US"))
    path.write_text("Phone\n2125550101\n2125550102\n")
    with pytest.raises(InputRefused, match="changed while"):
        list(loaded.batches())


def test_a_guarded_header_is_the_users_own_again(read: Read) -> None:
    """A header that a spreadsheet could run was guarded like a cell, and comes back as it was."""
    result = read(REPORT.replace("Name,", "'=Name,", 1))
    assert result.loaded.facts.header == ("=Name", "Phone")
    assert read("'=Name,Phone\nx,2125550100\n").loaded.facts.header == ("'=Name", "Phone")


def test_a_users_own_row_column_survives(read: Read) -> None:
    """Ours are the last columns of their names; a `_row` that the user had before is one of the user's."""
    there = HEADER.replace("Name,", "_row,", 1) + "\n" + line("mine", "2125550100", "2", "pending")
    result = read(there, rerun=True)
    assert result.loaded.facts.header == ("_row", "Phone")
    assert result.rows[0].cells == ("mine", "2125550100")


def report_book(path: Path, rows: Sequence[tuple[str, ...]], own: tuple[str, ...], *, per_sheet: int) -> Path:
    """An XLSX report as the reporter writes it, of rows that are still to be sent, with `per_sheet` rows in a sheet."""
    scratch = path.parent / "scratch"
    scratch.mkdir()
    columns = Columns(own, ("String",) * len(own))
    ours = {"_row": range(2, len(rows) + 2), "_outcome": "pending", "_code": "stopped", "_attempts": 0, "_run": "run-1"}
    blank = pl.DataFrame(schema=OURS).clear(len(rows))
    frame = pl.DataFrame(rows, schema=columns.places, orient="row").hstack(
        blank.with_columns(
            pl.Series(name, value, dtype=OURS[name]) if isinstance(value, range) else pl.lit(value).alias(name)
            for name, value in ours.items()
        )
    )
    with path.open("wb") as sink:
        write_xlsx(sink, columns, [frame], scratch, rows_per_sheet=per_sheet)
    return path


def test_a_report_of_several_sheets_is_read_whole(tmp_path: Path) -> None:
    """Rows that overflowed into `rows 2`, `rows 3` are rows of the same report, numbered on, and no notice is given."""
    rows = [(f"n{at}", f"212555{100 + at:04}") for at in range(7)]
    path = report_book(tmp_path / "failures.xlsx", rows, ("Name", "Phone"), per_sheet=3)
    loaded = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True))
    found = [row for batch in loaded.batches() for row in batch]
    assert [row.cells[0] for row in found] == [f"n{at}" for at in range(7)]
    assert [row.number for row in found] == list(range(2, 9))
    assert loaded.survey.notices == ()
    one = load(path, ReadOptions(Operation.FULFILL, region="US", rerun=True, sheet="rows 2"))
    assert one.survey.rows == 3


def test_a_cell_that_excel_cut_is_not_sent(tmp_path: Path) -> None:
    """A cell to be sent of which the report holds the beginning only makes its row invalid; other cells do not."""
    uuid = "550e8400-e29b-41d4-a716-44665544000"
    own = ("id", "var:notes", "Comment")
    cells = [(f"{uuid}1", "x" * 40_000, "a"), (f"{uuid}2", "short", "y" * 40_000)]
    path = report_book(tmp_path / "failures.xlsx", cells, own, per_sheet=9)
    found = [row for batch in load(path, ReadOptions(Operation.UPDATE_BY_ID, rerun=True)).batches() for row in batch]
    assert [(row.contact, row.code) for row in found] == [(f"{uuid}1", "cut_cell"), (f"{uuid}2", "")]
    assert (found[0].outcome, found[0].change) == (Outcome.INVALID, None)
    assert CUT == workbook.CUT
