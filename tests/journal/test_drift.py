"""How rows differ from what they were: by their fingerprints, whatever their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.runs.row_drift import NAMED, DriftCount, Line, drift

NOTHING = DriftCount(0, 0, ())


def lines(text: str, first: int = 2) -> list[Line]:
    """A row for each word: what is before a `:` is who it is about, a `!` at its end means that it was done."""
    found = []
    for number, word in enumerate(text.split(), first):
        who = word.partition(":")[0] if ":" in word else None
        found.append(Line(number, word.rstrip("!"), who, word.endswith("!")))
    return found


#: then, now, (kept, inserted, moved, edited, removed), why.
TABLE = [
    ("a b c", "a b c", (3, 0, 0, 0, 0), "nothing changed"),
    ("a b c", "x a b c", (3, 1, 0, 0, 0), "a row above all others moves none of them"),
    ("a b c", "a b c x y", (3, 2, 0, 0, 0), "rows at the end"),
    ("a b c", "b c", (2, 0, 0, 0, 1), "the first row is gone"),
    ("a b c", "", (0, 0, 0, 0, 3), "all rows are gone"),
    ("", "a", (0, 1, 0, 0, 0), "there was none"),
    ("a b c d", "b c d a", (3, 0, 1, 0, 0), "one row went to the end: it moved, not the three others"),
    ("a b c d", "d c b a", (1, 0, 3, 0, 0), "turned round"),
    ("1:x 2:x 3:x", "1:x 2:y 3:x", (2, 0, 0, 1, 0), "one contact's cell was edited"),
    ("1:x 2:x 3:x", "1:x 9:x 3:x", (2, 0, 0, 1, 0), "a number was corrected: another contact at the same place"),
    ("1:x 2:x 3:x", "3:x 1:y 2:x", (1, 0, 1, 1, 0), "sorted, and one edited: found by its contact"),
    ("a b", "a x b y", (2, 2, 0, 0, 0), "rows in between"),
    ("a b c", "a x", (1, 0, 0, 1, 1), "an edited and a removed row"),
    ("a a a b", "a a b", (3, 0, 0, 0, 1), "of three rows that are alike one is gone"),
    ("a b", "a b b", (2, 1, 0, 0, 0), "a row that is there twice now"),
    ("1:x 1:y 2:z", "1:q 1:y 2:z", (2, 0, 0, 1, 0), "one of two rows of a contact"),
    ("- -", "= =", (0, 0, 0, 2, 0), "rows that are about nobody, at the same places"),
]


@pytest.mark.parametrize(("then", "now", "counts", "reason"), TABLE, ids=[row[3] for row in TABLE])
def test_rows_are_known_by_what_is_in_them(
    then: str, now: str, counts: tuple[int, int, int, int, int], reason: str
) -> None:
    """Kept, inserted, moved, edited and removed rows are counted as a person would who looks at both files."""
    found = drift(lines(then), lines(now))
    assert (found.kept, *(change.rows for change in found[1:])) == counts, reason
    assert bool(found) is (sum(counts[1:]) > 0)


def test_the_first_rows_of_each_kind_are_named_as_they_are_numbered() -> None:
    """Inserted rows by their number now, removed ones by that of then, the others by both."""
    found = drift(lines("1:a 2:a 3:a! 4:a 5:a"), lines("0:a 1:a 2:a 4:a 3:b"))
    assert found.inserted.named == ((None, 2),)
    assert found.edited == DriftCount(1, 1, ((4, 6),))
    assert found.removed.named == ((6, None),)
    assert found.moved == NOTHING


def test_no_more_rows_are_named_than_a_person_reads() -> None:
    """Of thousands the first few are named, and all are counted."""
    found = drift(lines("x " * 3), lines("y " * 9000))
    assert found.inserted.rows == 9000 - 3
    assert len(found.inserted.named) == NAMED


words = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@given(words, words)
def test_the_accounts_of_both_files_add_up(then: list[str], now: list[str]) -> None:
    """Whatever the files, each row of both is counted once; what was found again is the same both ways round."""
    old, new = lines(" ".join(then)), lines(" ".join(now))
    found = drift(old, new)
    assert len(old) == found.kept + found.moved.rows + found.edited.rows + found.removed.rows
    assert len(new) == found.kept + found.moved.rows + found.edited.rows + found.inserted.rows
    back = drift(new, old)
    assert back.kept + back.moved.rows == found.kept + found.moved.rows
    assert bool(found) is (then != now)


@given(st.integers(1, 40), st.data())
def test_rows_that_are_all_different_are_told_exactly(count: int, draw: st.DataObject) -> None:
    """Of rows that are all different, those taken out are removed, those put in inserted, and the rest is kept."""
    then = [str(number) for number in range(count)]
    gone = draw.draw(st.sets(st.sampled_from(then)))
    now = [word for word in then if word not in gone]
    found = drift(lines(" ".join(then)), lines(" ".join(now)))
    assert (found.kept, found.removed.rows, found.inserted.rows, found.moved.rows) == (len(now), len(gone), 0, 0)
    places = sorted(draw.draw(st.sets(st.integers(0, len(now)), max_size=4)), reverse=True)
    for place in places:
        now.insert(place, f"new{place}")
    if not gone:
        found = drift(lines(" ".join(then)), lines(" ".join(now)))
        assert (found.kept, found.inserted.rows) == (count, len(places))
        assert [at for _, at in found.inserted.named] == sorted(
            number for number, word in enumerate(now, 2) if word.startswith("new")
        )[:NAMED]


def test_a_hundred_thousand_sorted_rows_are_told_apart() -> None:
    """A file that was turned round is not compared row with row: its length does not tell."""
    then = [Line(number, number) for number in range(100_000)]
    found = drift(then, then[::-1])
    assert (found.kept, found.moved.rows) == (1, 99_999)
