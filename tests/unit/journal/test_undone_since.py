"""What was undone since is no later word: an older wish is not called superseded by a run that was put back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from unit.harness import SUPERSEDED, found, planned, sendable

from batch.model import Outcome, PlannedRow


def ended(path: Path, *outcomes: tuple[Outcome, str], rows: list[PlannedRow] | None = None, **plan: object) -> Path:
    """A run called as its folder, with a row of each outcome."""
    folder = path.parent
    folder.mkdir()
    with closing(planned(path, rows or sendable(len(outcomes)), run=folder.name, **plan)) as journal:
        journal.append(found(at, outcome, code=code) for at, (outcome, code) in enumerate(outcomes, 1))
    return path


DONE = (Outcome.SUCCEEDED, "confirmed")


@pytest.mark.parametrize(
    ("undo", "parent", "superseded", "why"),
    [
        (None, "", 2, "nobody undid the later run"),
        ((DONE, DONE), "later", 0, "all of it was put back"),
        ((DONE, (Outcome.HELD, "changed_since")), "later", 1, "one was left alone, as somebody had changed it"),
        ((DONE, (Outcome.UNCHANGED, "nothing_to_undo")), "later", 1, "of one there was nothing to undo"),
        ((DONE, (Outcome.UNCHANGED, "already_so")), "later", 0, "one had been put back already"),
        ((DONE, DONE), "earlier", 2, "the undo was of a run before the old wish: it is a newer word"),
    ],
)
def test_an_undone_run_supersedes_nothing(
    undo: tuple[tuple[Outcome, str], ...] | None, parent: str, superseded: int, why: str, tmp_path: Path
) -> None:
    """Neither a later run that was put back nor its undo takes the place of an older wish, contact by contact."""
    later = {} if parent == "earlier" else {ended(tmp_path / "later" / "j", DONE, DONE): [("", "")]}
    if undo is not None:
        later[ended(tmp_path / "undo" / "j", *undo, verb="undo", source_run=parent)] = [("", "")]
    with closing(planned(tmp_path / "old", sendable(2))) as old:
        assert old.supersede(later, 500.0, end=SUPERSEDED) == superseded, why


@pytest.mark.parametrize(("other", "superseded"), [(DONE, 0), ((Outcome.FAILED, "rejected"), 1)])
def test_a_row_of_two_contacts_is_undone_once_both_are(
    other: tuple[Outcome, str], superseded: int, tmp_path: Path
) -> None:
    """Where the later run wrote to two contacts and one of them was not put back, its word still stands."""
    (row,) = sendable(1)
    later = {
        ended(tmp_path / "later" / "j", DONE): [("", "")],
        ended(
            tmp_path / "undo" / "j", DONE, other,
            rows=[row, row._replace(contact="+12125550199")], verb="undo", source_run="later",
        ): [("", "")],
    }  # fmt: skip
    with closing(planned(tmp_path / "old", sendable(1))) as old:
        assert old.supersede(later, 500.0, end=SUPERSEDED) == superseded
