"""`check` says which command it judged a file for, counts what would be asked, and writes each repaired number."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import polars as pl
import pytest
from cli.harness import Program, read_csv, write_csv

from batch.errors import Exit


def test_check_says_which_command_it_judged_and_what_others_would_read(program: Program) -> None:
    """Without --for the operation is named, and so are the commands that would read more of the file."""
    rows = [["+12125550101", "DNC", "x"], ["+12125550102", "paused", "y"]]
    write_csv(program.folder / "in.csv", ["Phone", "status", "Move to"], rows)
    ended = program("check", "in.csv")
    assert ended.code == Exit.OK
    assert "in.csv for fulfill: 2 rows\n  phone       Phone (by its header): " in ended.out
    assert "note: checked for fulfill. Use --for to check for another command." in ended.out
    assert "note: with --for update, these columns are read too: status as status." in ended.out
    assert "Columns not read: status, Move to" in ended.out
    told = json.loads(program("check", "in.csv", "--for", "update", "--json").out)
    assert (told["operation"], told["columns_not_read"]) == ("update", ["Move to"])
    assert told["statuses"] == {"DNC": 1, "paused": 1}


@pytest.mark.parametrize(
    ("options", "operation"),
    [
        pytest.param((), "fulfill", id="nothing is set"),
        pytest.param(("--status", "DNC"), "update", id="a status for all rows"),
        pytest.param(("--map", "status=Lead"), "update", id="a column of statuses"),
        pytest.param(("--map", "id=Key", "--map", "name=Who"), "update-by-id", id="a column of ids"),
    ],
)
def test_check_judges_the_command_that_has_the_options(
    program: Program, options: tuple[str, ...], operation: str
) -> None:
    """Nobody has to say --for where the options fit one command alone."""
    ids = "11111111-2222-4333-8444-555555555555"
    write_csv(program.folder / "in.csv", ["Phone", "Lead", "Key", "Who"], [["+12125550101", "DNC", ids, "Ann"]])
    ended = program("check", "in.csv", "--json", *options)
    assert json.loads(ended.out)["operation"] == operation, ended.err


def test_statuses_and_campaigns_are_counted_by_value(program: Program) -> None:
    """How many rows ask for which status and campaign stands in the text and in the JSON."""
    campaign = "0b8e7a52-6f1c-4d3e-9a70-4c5d6e7f8a9b"
    rows = [[f"+1212555010{n}", status, where] for n, (status, where) in enumerate(
        [("DNC", ""), ("paused", campaign), ("DNC", ""), ("", campaign)]
    )]  # fmt: skip
    write_csv(program.folder / "in.csv", ["Phone", "status", "campaignId"], rows)
    told = json.loads(program("check", "in.csv", "--for", "update", "--json").out)
    assert told["statuses"] == {"DNC": 2, "paused": 1}
    assert told["campaigns"] == {campaign: 2}
    shown = program("check", "in.csv", "--for", "update").out
    assert "Statuses to set: DNC 2, paused 1" in shown
    assert f"Campaigns to set: {campaign} 2" in shown


def test_a_file_of_which_a_run_would_hold_a_row_exits_3(program: Program) -> None:
    """A conflict is held by a run, so it is no 0 of `check`."""
    rows = [["+12125550101", "active"], ["+12125550101", "talk-to-human"]]
    write_csv(program.folder / "in.csv", ["Phone", "status"], rows)
    assert program("check", "in.csv", "--for", "update").code == Exit.SOME_ROWS


@pytest.mark.parametrize("extension", ["csv", "xlsx", "parquet", "ndjson"])
def test_check_out_writes_each_repair_before_and_after(program: Program, extension: str) -> None:
    """Row, cell, number, repair and code of each number that was repaired or refused, in the format of the name, for
    its owner alone; a file that is there is never replaced."""
    rows = [["0044 20 7946 0101"], ["+12125550102"], ["ask reception"], ["'+1 (212) 555-0103"]]
    write_csv(program.folder / "in.csv", ["Phone"], rows)
    path = program.folder / f"repairs.{extension}"
    ended = program("check", "in.csv", "--region", "US", "--out", path.name)
    assert ended.code == Exit.SOME_ROWS, ended.err
    found = read_rows(path)
    assert [(row["row"], row["cell"], row["number"], row["code"]) for row in found][:2] == [
        ("2", "0044 20 7946 0101", "+442079460101", None),
        ("4", "ask reception", None, "not_a_number"),
    ]
    assert found[0]["repair"] == "00 read as +"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = program("check", "in.csv", "--region", "US", "--out", path.name)
    assert (again.code, "is not replaced" in again.err) == (Exit.USAGE, True)


def read_rows(path: Path) -> list[dict[str, str | None]]:
    """The rows of a file of repairs, as text."""
    match path.suffix:
        case ".csv":
            return [{name: cell or None for name, cell in row.items()} for row in read_csv(path)]
        case ".xlsx":
            frame = pl.read_excel(path, infer_schema_length=0)
        case ".parquet":
            frame = pl.read_parquet(path)
        case _:
            frame = pl.read_ndjson(path)
    return frame.with_columns(pl.all().cast(pl.String)).to_dicts()


def test_an_out_that_cannot_be_written_is_refused_first(program: Program) -> None:
    """An unknown format, or a folder that is not there, is a fault of the command, found before the file is read."""
    write_csv(program.folder / "in.csv", ["Phone"], [["+12125550101"]])
    for name in ("repairs.pdf", "nowhere/repairs.csv"):
        assert program("check", "in.csv", "--out", name).code == Exit.USAGE


@pytest.mark.parametrize(("status", "said"), [("dnc", True), ("DNC", False), ("moved-away", False)])
def test_a_status_in_other_capitals_is_named(program: Program, status: str, said: bool) -> None:
    """Without the API, `check` says that a default status is written otherwise; a team's own name may be right."""
    write_csv(program.folder / "in.csv", ["Phone"], [["+12125550101"]])
    ended = program("check", "in.csv", "--status", status)
    assert ("If you mean DNC, write DNC" in ended.err) is said, ended.err
