"""Whose rows a report holds: the run that wrote it, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.harness import KEY, plan, planned, sendable

from batch.errors import InputRefused
from batch.runs.rerun import source_run
from batch.settings.settings import Settings

SETTINGS = Settings(key=KEY)


def test_a_report_finds_its_run_beside_it_or_below_out(tmp_path: Path) -> None:
    """Wherever a report was moved to, the name in its `_run` column leads to its run."""
    own = plan()
    folder = tmp_path / "reports" / own.run
    folder.mkdir(parents=True)
    planned(folder / "journal.sqlite", sendable(1)).close()
    text = f"phone,_row,_outcome,_run\n2125550123,2,failed,{own.run}\n"
    for place in (folder / "failures.csv", tmp_path / "mailed.csv"):
        place.write_text(text)
        assert source_run(place, tmp_path / "reports") == (folder, own)


@pytest.mark.parametrize(
    "run", ["20200101T000000Z-update-other-00000000", "../../etc", "", "."], ids=["another", "a path", "none", "dot"]
)
def test_a_report_of_no_known_run_is_refused(tmp_path: Path, run: str) -> None:
    """A report whose run is not there is refused with where it was looked for, and nothing is sent."""
    report = tmp_path / "failures.csv"
    report.write_text(f"phone,_row,_outcome,_run\n2125550123,2,failed,{run}\n")
    with pytest.raises(InputRefused, match="Nothing was sent"):
        source_run(report, tmp_path / "reports")


def test_a_report_beside_another_runs_journal_is_not_taken_for_its(tmp_path: Path) -> None:
    """A report that was copied into another run's folder is bound to its own run (law 8)."""
    planned(tmp_path / "journal.sqlite", sendable(1)).close()
    report = tmp_path / "failures.csv"
    report.write_text("phone,_row,_outcome,_run\n2125550123,2,failed,another\n")
    with pytest.raises(InputRefused, match="was not found"):
        source_run(report, tmp_path / "reports")


def test_a_file_with_rows_of_two_runs_is_refused(tmp_path: Path) -> None:
    """Rows of staging's run must not go where production's go: a file that was put together is refused, both named."""
    own = plan()
    planned(tmp_path / "journal.sqlite", sendable(1)).close()
    report = tmp_path / "failures.csv"
    rows = [f"2125550123,2,failed,{own.run}", "2125550124,3,failed,another", "2125550125,,,"]
    report.write_text("\n".join(["phone,_row,_outcome,_run", *rows, ""]))
    with pytest.raises(InputRefused, match="rows of 2 runs") as refused:
        source_run(report, SETTINGS.out)
    assert refused.value.problems == (own.run, "another")
    report.write_text("\n".join(["phone,_row,_outcome,_run", rows[0], rows[2], ""]))  # a row that somebody added
    assert source_run(report, SETTINGS.out) == (tmp_path, own)


def test_a_report_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing report is named."""
    with pytest.raises(InputRefused, match=r"failures\.csv"):
        source_run(tmp_path / "failures.csv", SETTINGS.out)
