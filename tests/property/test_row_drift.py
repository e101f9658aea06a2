"""How rows differ from what they were: by their fingerprints, whatever their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.runs.row_drift import NAMED, DriftCount, Line, compare_rows


def lines(text: str, first: int = 2) -> list[Line]:
    """A row for each word: what is before a `:` is who it is about, a `!` at its end means that it was done."""
    found = []
    for number, word in enumerate(text.split(), first):
        who = word.partition(":")[0] if ":" in word else None
        found.append(Line(number, word.rstrip("!"), who, word.endswith("!")))
    return found


#: then, now, (kept, added, edited, removed), why.
TABLE = [
    ("a b c", "a b c", (3, 0, 0, 0), "nothing changed"),
    ("a b c", "x a b c", (3, 1, 0, 0), "a row above all others changes none of them"),
    ("a b c", "a b c x y", (3, 2, 0, 0), "rows at the end"),
    ("a b c", "b c", (2, 0, 0, 1), "the first row is gone"),
    ("a b c", "", (0, 0, 0, 3), "all rows are gone"),
    ("", "a", (0, 1, 0, 0), "there was none"),
    ("a b c d", "b c d a", (4, 0, 0, 0), "a row that moved is kept"),
    ("a b c d", "d c b a", (4, 0, 0, 0), "turned round"),
    ("1:x 2:x 3:x", "1:x 2:y 3:x", (2, 0, 1, 0), "one contact's cell was edited"),
    ("1:x 2:x 3:x", "1:x 9:x 3:x", (2, 0, 1, 0), "a number was corrected: another contact with the same row number"),
    ("1:x 2:x 3:x", "3:x 1:y 2:x", (2, 0, 1, 0), "sorted, and one edited: found by its contact"),
    ("1:x 1:y 2:z", "1:y 1:x 2:z", (1, 0, 2, 0), "two rows of one contact changed places: their order decides"),
    ("1:x 2:y 1:z", "2:y 1:x 1:z", (3, 0, 0, 0), "the rows of each contact kept their order"),
    ("a b", "a x b y", (2, 2, 0, 0), "rows in between"),
    ("a b c", "a x", (1, 0, 1, 1), "an edited and a removed row"),
    ("a a a b", "a a b", (3, 0, 0, 1), "of three rows that are alike one is gone"),
    ("a b", "a b b", (2, 1, 0, 0), "a row that is there twice now"),
    ("1:x 1:y 2:z", "1:q 1:y 2:z", (2, 0, 1, 0), "one of two rows of a contact"),
    ("- -", "= =", (0, 0, 2, 0), "rows without a contact, with the same row numbers"),
]


@pytest.mark.parametrize(("then", "now", "counts", "reason"), TABLE, ids=[row[3] for row in TABLE])
def test_rows_are_known_by_what_is_in_them(then: str, now: str, counts: tuple[int, int, int, int], reason: str) -> None:
    """Kept, added, edited and removed rows are counted as a person would who looks at both files."""
    found = compare_rows(lines(then), lines(now))
    assert (found.kept, *(change.rows for change in found[1:])) == counts, reason
    assert bool(found) is (sum(counts[1:]) > 0)


def test_the_first_rows_of_each_kind_are_named_as_they_are_numbered() -> None:
    """Added rows by their number now, removed ones by that of then, the others by both."""
    found = compare_rows(lines("1:a 2:a 3:a! 4:a 5:a"), lines("0:a 1:a 2:a 4:a 3:b"))
    assert found.added.named == ((None, 2),)
    assert found.edited == DriftCount(1, 1, ((4, 6),))
    assert found.removed.named == ((6, None),)


def test_no_more_rows_are_named_than_a_person_reads() -> None:
    """Of thousands the first few are named, and all are counted."""
    found = compare_rows(lines("x " * 3), lines("y " * 9000))
    assert found.added.rows == 9000 - 3
    assert len(found.added.named) == NAMED


words = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@given(words, words)
def test_the_accounts_of_both_files_add_up(then: list[str], now: list[str]) -> None:
    """Whatever the files, each row of both is counted once; what was found again is the same both ways round."""
    old, new = lines(" ".join(then)), lines(" ".join(now))
    found = compare_rows(old, new)
    assert len(old) == found.kept + found.edited.rows + found.removed.rows
    assert len(new) == found.kept + found.edited.rows + found.added.rows
    assert compare_rows(new, old).kept == found.kept
    assert bool(found) is (sorted(then) != sorted(now))


@given(st.integers(1, 40), st.data())
def test_rows_that_are_all_different_are_told_exactly(count: int, draw: st.DataObject) -> None:
    """Of rows that are all different, those that are gone or new are counted, and the rest is kept at any place."""
    then = [str(number) for number in range(count)]
    gone = draw.draw(st.sets(st.sampled_from(then)))
    new = draw.draw(st.integers(0, 4))
    now = draw.draw(st.permutations([*(word for word in then if word not in gone), *(f"new{n}" for n in range(new))]))
    found = compare_rows(lines(" ".join(then)), lines(" ".join(now)))
    assert found.kept == count - len(gone)
    assert found.edited.rows + found.removed.rows == len(gone)
    assert found.edited.rows + found.added.rows == new


def test_a_hundred_thousand_sorted_rows_are_the_same_rows() -> None:
    """A file that was turned round is not compared row with row: its length does not tell."""
    then = [Line(number, number) for number in range(100_000)]
    assert compare_rows(then, then[::-1]).kept == 100_000
