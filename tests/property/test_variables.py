"""Custom variables: what is kept, what is sent, and when a contact has them already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.guayaba.contact import merged_variables, needs_merge, variables_match
from batch.model import ContactChange

_THERE = st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none()))
_ASKED = st.dictionaries(st.text(max_size=5), st.text(min_size=1, max_size=5), min_size=1)


@given(_ASKED, _THERE)
def test_merging_keeps_what_is_not_asked_and_sets_what_is(asked: dict[str, str], there: dict[str, object]) -> None:
    """The whole that is sent has every asked variable as asked, as text, and every other one as it was."""
    sent = merged_variables(ContactChange(variables=asked), there)
    assert {name: sent[name] for name in asked} == asked
    assert {name: value for name, value in sent.items() if name not in asked} == {
        name: value for name, value in there.items() if name not in asked
    }
    assert variables_match(ContactChange(variables=asked), sent)


@given(_ASKED, _THERE)
def test_replacing_sends_what_is_asked_and_nothing_else(asked: dict[str, str], there: dict[str, object]) -> None:
    """With replace, nothing of what is there is sent, and nobody needs to know it."""
    change = ContactChange(variables=asked, replace_variables=True)
    assert merged_variables(change, there) == merged_variables(change, None) == asked
    assert not needs_merge(change)


def test_nothing_is_merged_into_what_is_not_known() -> None:
    """Variables that were not read are not taken for none: what is there would be erased."""
    with pytest.raises(ValueError, match="not known"):
        merged_variables(ContactChange(variables={"a": "1"}), None)


@pytest.mark.parametrize(
    ("there", "merge", "replace", "why"),
    [
        ({"a": "1"}, True, True, "just that"),
        ({"a": "1", "b": 2}, True, False, "another one is there, too"),
        ({"a": 1}, False, False, "a number is not that text"),
        ({}, False, False, "not there"),
        (None, False, False, "not shown, so not proved"),
    ],
)
def test_variables_that_are_there_already(
    there: dict[str, object] | None, merge: bool, replace: bool, why: str
) -> None:
    """A contact has the variables already where sending them would change nothing."""
    assert variables_match(ContactChange(variables={"a": "1"}), there) is merge, why
    assert variables_match(ContactChange(variables={"a": "1"}, replace_variables=True), there) is replace, why


def test_no_variables_ask_nothing() -> None:
    """Without variables nothing is sent, whatever is there; the way of merging alone asks for nothing."""
    assert merged_variables(ContactChange(status="DNC"), {"a": "1"}) == {}
    assert variables_match(ContactChange(), None)
    assert not ContactChange(replace_variables=True)
