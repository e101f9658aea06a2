"""The folder of a plan: which one a command goes on with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from unit.harness import COMMAND, planned, sendable

from batch.runs.folder.run_folder import short_id
from batch.runs.plans.folder import PLAN_JOURNAL, begin_plan

NOW = 1_769_850_000.0


def plan_folder(out: Path, stamp: str, planned_at: float, *, closed: bool = False) -> Path:
    """A plan below `out` that was cut short, or is `closed`."""
    folder = out / f"{stamp}-plan-contacts-{short_id(COMMAND)}"
    folder.mkdir(parents=True)
    with closing(planned(folder / PLAN_JOURNAL, sendable(1), planned_at=planned_at)) as journal:
        if closed:
            journal.close_run()
    return folder


@pytest.mark.parametrize(
    ("first", "second", "closed", "expected", "reason"),
    [
        (NOW - 60, NOW - 30, False, 1, "the one that was begun last"),
        (NOW - 30, NOW - 60, False, 0, "whatever the names of the folders say"),
        (NOW - 60, NOW - 90_000, False, 0, "one of the day before says too little"),
        (NOW - 60, NOW - 30, True, 0, "one that is finished is not continued"),
        (NOW - 90_000, NOW + 60, False, None, "neither one of the day before nor one of the future"),
    ],
)
def test_a_plan_goes_on(
    first: float, second: float, closed: bool, expected: int | None, reason: str, tmp_path: Path
) -> None:
    """A command goes on with its plan that was cut short last, less than a day ago; else it begins another."""
    folders = [
        plan_folder(tmp_path, "20260131T090000Z", first),
        plan_folder(tmp_path, "20260131T090001Z", second, closed=closed),
    ]
    with begin_plan(tmp_path, COMMAND, "contacts.csv", NOW, fresh=False) as opened:
        assert opened.folder == folders[expected] if expected is not None else opened.folder not in folders, reason
