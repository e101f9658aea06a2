"""Publishing: every file whole, private, and with every row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import fastexcel
import polars as pl
import pytest
from unit.reporter.report_row import ReportRow

from batch.errors import BatchError, SettingsError
from batch.journal.run_reader import RunReader
from batch.model import ContactChange, Outcome
from batch.reporter import publish
from batch.settings.values import FORMATS
from batch.text.atomic_file import atomic_file


def test_the_files_have_their_names_and_order(mixed: RunReader, tmp_path: Path) -> None:
    """Without formats the files follow the input, and the answer names them in a stable order."""
    found = publish(tmp_path, mixed)
    assert [(name, path.name) for name, path in found.items()] == [
        ("outcomes", "outcomes.csv"),
        ("failures", "failures.csv"),
        ("report", "report.html"),
        ("summary", "summary.json"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in found.values())


@pytest.mark.parametrize("extension", FORMATS)
def test_failures_are_what_a_rerun_takes(mixed: RunReader, tmp_path: Path, extension: str) -> None:
    """In every format failures hold the rows that a rerun takes and their duplicates, and outcomes hold all."""

    def numbers(path: Path) -> list[int]:
        match extension:
            case "xlsx":
                table = fastexcel.read_excel(path).load_sheet(0).to_polars()
            case "parquet":
                table = pl.read_parquet(path)
            case "arrow":
                table = pl.read_ipc(path)
            case "ndjson":
                table = pl.read_ndjson(path)
            case _:
                table = pl.read_csv(path, separator="\t" if extension == "tsv" else ",")
        return table["_row"].cast(pl.Int64).to_list()

    found = publish(tmp_path, mixed, [extension])
    assert numbers(found["failures"]) == [4, 5, 7, 8, 9]
    assert numbers(found["outcomes"]) == [2, 3, 4, 5, 6, 7, 8, 9]


def test_several_formats_at_once(mixed: RunReader, tmp_path: Path) -> None:
    """The first format has the plain names, the others carry their extension; each is written once."""
    found = publish(tmp_path, mixed, ["xlsx", "CSV", "csv"])
    assert [*found] == ["outcomes", "failures", "outcomes.csv", "failures.csv", "report", "summary"]
    assert found["outcomes"].name == "outcomes.xlsx"


def test_an_unknown_format_is_refused_before_anything_is_written(mixed: RunReader, tmp_path: Path) -> None:
    """A wrong format names itself and the right ones, and leaves the folder as it was."""
    with pytest.raises(SettingsError, match="'pdf', 'doc'") as error:
        publish(tmp_path, mixed, ["csv", "pdf", "doc"])
    assert "parquet" in error.value.tip
    assert not [*tmp_path.iterdir()]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_files_are_private(mixed: RunReader, tmp_path: Path) -> None:
    """Every file is its owner's alone, whatever the umask."""
    before = os.umask(0)
    try:
        found = publish(tmp_path, mixed, FORMATS)
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in found.values()} == {"0o600"}


def test_a_report_that_lacks_a_row_is_not_published(
    mixed: RunReader, row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """When rows and counts disagree nothing takes the place of the earlier report, and nothing is left beside it."""
    before = {name: path.read_bytes() for name, path in publish(tmp_path, mixed).items()}
    for broken in (record([row(2, ["a", "b"])], rows=2), record([row(2, ["a", "b"])], counts={Outcome.FAILED: 1})):
        with pytest.raises(BatchError, match="does not add up"):
            publish(tmp_path, broken)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        {"outcomes": "outcomes.csv", "failures": "failures.csv", "report": "report.html", "summary": "summary.json"}[
            name
        ]: content
        for name, content in before.items()
    }


@pytest.mark.parametrize("extension", FORMATS)
def test_a_failure_while_writing_leaves_nothing(
    extension: str, row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """A format that fails midway leaves neither a part nor a scratch folder."""
    broken = record([row(2 + n, ["a", "b"]) for n in range(9)], rows=10, counts={Outcome.SUCCEEDED: 10})
    with pytest.raises(BatchError):
        publish(tmp_path, broken, [extension])
    assert not [*tmp_path.iterdir()]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Until its last byte is on disk a file is as it was before."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    sinks: list[BinaryIO] = []
    with atomic_file(path) as sink:
        sink.write(b"new")
        sinks.append(sink)
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    with pytest.raises(KeyboardInterrupt), atomic_file(path) as sink:
        sink.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"new"
    assert [*tmp_path.iterdir()] == [path]


def test_the_same_record_makes_the_same_files(mixed: RunReader, tmp_path: Path) -> None:
    """The report is a function of the record, to the byte."""
    folders = [tmp_path / "one", tmp_path / "two"]
    contents = []
    for folder in folders:
        folder.mkdir()
        contents.append([path.read_bytes() for path in publish(folder, mixed, FORMATS).values()])
    assert contents[0] == contents[1]


def test_only_rows_that_asked_for_dnc_count_as_not_protected(
    row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """With statuses by row, the summary counts those that asked for DNC and no others."""
    rows = [
        row(2, ["+1", "DNC"], Outcome.NOT_FOUND, "contact_not_found"),
        row(3, ["+1", "active"], Outcome.NOT_FOUND, "contact_not_found"),
        row(4, ["+1", "DNC"], Outcome.PENDING, "stopped"),
    ]
    asked = {Outcome.NOT_FOUND: 1, Outcome.PENDING: 1}
    run = record(
        rows,
        ["Phone", "Status"],
        roles={"phone": "Phone", "status": "Status"},
        change=ContactChange(),
        dnc_rows=asked,
        dnc_contacts=asked,
    )
    summary = json.loads(publish(tmp_path, run)["summary"].read_bytes())
    assert (summary["not_protected"], summary["not_confirmed_dnc"]) == (1, 1)


def test_a_file_name_that_is_no_text_does_not_sink_the_report(
    row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path: Path
) -> None:
    """Bytes that are not UTF-8 in the input's path are replaced in summary and page."""
    run = record([row(2, ["a", "b"])])
    source = replace(run.facts().source, path="/exports/caf\udce9.csv")
    found = publish(tmp_path, record([row(2, ["a", "b"])], source=source))
    assert json.loads(found["summary"].read_bytes())["file"]["path"] == "/exports/caf?.csv"
