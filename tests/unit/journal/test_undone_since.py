"""What was undone since is no later word: an older wish is not called superseded by a run that was put back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from unit.harness import SUPERSEDED, found, planned, sendable

from batch.model import Outcome


def ended(path: Path, *outcomes: tuple[Outcome, str], **plan: object) -> Path:
    """A run called as its folder, with a row of each outcome."""
    folder = path.parent
    folder.mkdir()
    with closing(planned(path, sendable(len(outcomes)), run=folder.name, **plan)) as journal:
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
