"""The names of `import batch`: those of 0.1.0 still work, and the options of the table are those that are typed."""

from __future__ import annotations

import pytest

import batch
from batch.settings.read_options import CHANGES, READ_OPTIONS, Options

OLD = {"Ask": "ContactChange", "HowFar": "Progress", "Proof": "VerifyResult", "Reading": "ReadOptions",
       "Survey": "InputSummary"}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_an_old_name_is_the_new_type_and_says_so(old: str, new: str) -> None:
    """A program of 0.1.0 works for one version more, and a warning names what to write instead."""
    with pytest.warns(DeprecationWarning, match=rf"batch\.{old} is now batch\.{new}"):
        assert getattr(batch, old) is getattr(batch, new)


def test_each_name_that_is_offered_exists() -> None:
    """Nothing in `__all__` is missing."""
    for name in batch.__all__:
        assert getattr(batch, name) is not None


def test_type_checkers_know_every_read_option() -> None:
    """`Options` has one line for each entry of the table, and for the mapping."""
    assert Options.__annotations__.keys() == {"mapping", *CHANGES, *READ_OPTIONS}
