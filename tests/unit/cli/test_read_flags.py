"""Options of reading -> `ReadOptions`: what --map can say."""

from __future__ import annotations

import pytest

from batch.cli.options import ReadingFlags, read_flags
from batch.errors import SettingsError


@pytest.mark.parametrize(
    ("pairs", "mapping", "why"),
    [
        (("phone=Mobile",), {"phone": "Mobile"}, "one column"),
        (("phone=A,B",), {"phone": "A,B"}, "two columns in one"),
        (("phone=A", "phone=B"), {"phone": "A,B"}, "a role named twice"),
        (("id=", "phone=A"), {"id": "", "phone": "A"}, "a role is let go"),
        (("phone=A=B",), {"phone": "A=B"}, "a header with an equals sign"),
    ],
)
def test_map(pairs: tuple[str, ...], mapping: dict[str, str], why: str) -> None:
    """Each way of naming columns arrives as it was meant."""
    assert read_flags("update", ReadingFlags(map=pairs), "DNC", None).mapping == mapping, why


@pytest.mark.parametrize(
    ("pairs", "words"),
    [(("status=A", "status=B"), "--map names status twice: 'A' and 'B'"), (("phone",), "expected ROLE=HEADER")],
)
def test_map_that_cannot_be_meant(pairs: tuple[str, ...], words: str) -> None:
    """Another role named twice, and no role at all, are refused in words."""
    with pytest.raises(SettingsError, match=words):
        read_flags("update", ReadingFlags(map=pairs), "DNC", None)


def test_the_other_options_arrive() -> None:
    """Header row, hidden rows, placeholders and phones are what was given."""
    given = ReadingFlags(header_row=4, no_header=True, hidden_rows="skip", keep_literal=True, phones="all")
    found = read_flags("fulfill", given, None, None)
    assert (found.header_row, found.no_header, found.hidden_rows, found.keep_literal, found.phones) == (
        4, True, "skip", True, "all",
    )  # fmt: skip
