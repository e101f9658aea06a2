"""The command that `check` gives to paste."""

from __future__ import annotations

import pytest

from batch.cli.check_work import next_command

CASES = [
    (["a.csv", "--region", "US"], "fulfill", None, "guayaba-batch fulfill a.csv --region US", "what fits both stays"),
    (["a.csv", "--out", "b.csv", "--online"], "fulfill", None, "guayaba-batch fulfill a.csv", "options of check go"),
    (["a.csv", "--out=b.csv"], "fulfill", None, "guayaba-batch fulfill a.csv", "the same with an equals sign"),
    (["--for", "update-by-id", "a.csv"], "update-by-id", None, "guayaba-batch update-by-id a.csv", "it is the command"),
    (
        ["a.csv", "--region", "MX"],
        "fulfill",
        "US",
        "guayaba-batch fulfill a.csv --region US",
        "the region of the numbers",
    ),
    (["my file.csv"], "fulfill", None, "guayaba-batch fulfill 'my file.csv'", "it can be pasted into a shell"),
    (["a\x1b[31m.csv"], "fulfill", None, r"guayaba-batch fulfill 'a\x1b[31m.csv'", "a name does not act on a terminal"),
]


@pytest.mark.parametrize(("argv", "operation", "region", "expected", "why"), CASES, ids=[case[-1] for case in CASES])
def test_the_next_command(argv: list[str], operation: str, region: str | None, expected: str, why: str) -> None:
    """The next command sends the file that was checked, with the options that a run takes."""
    assert next_command(argv, operation, region) == expected
