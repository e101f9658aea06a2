"""The user's columns come first, as they were, whatever they are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batch.model import REPORT_COLUMNS
from batch.reporter.columns import Columns

names = st.lists(st.sampled_from(["Name", "Name (2)", "_row", "", "x", "_row (2)"]) | st.text(max_size=4), max_size=9)


@given(names)
def test_unique_names_are_unique_and_ours_keep_theirs(own: list[str]) -> None:
    """However often a name is repeated, each column gets its own, first places and our names stay."""
    columns = Columns(own=tuple(own), dtypes=("String",) * len(own))
    unique = columns.unique_header
    assert len(set(unique)) == len(unique) == len(columns.header)
    assert unique[len(own) :] == REPORT_COLUMNS
    for place, name in enumerate(own):
        if name not in own[:place] and name not in REPORT_COLUMNS:
            assert unique[place] == name


def test_a_repeated_name_is_numbered() -> None:
    """The second `Name` is `Name (2)`, or the next figure where that is taken."""
    columns = Columns(own=("Name", "Name", "Name (2)", "_row"), dtypes=("String",) * 4)
    assert columns.unique_header[:4] == ("Name", "Name (3)", "Name (2)", "_row (2)")
