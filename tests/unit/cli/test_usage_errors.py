"""A command line that cannot be understood -> the message and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from cyclopts import CycloptsError

from batch.cli.main import app
from batch.cli.usage_errors import usage_error
from batch.errors import SettingsError

LINES = [
    ("update", "update: FILE is missing.", "guayaba-batch update --help", "no file"),
    ("update a.csv --status", "--status needs a value.", "guayaba-batch update --help", "an option without a value"),
    ("update a.csv --statsu DNC", "Unknown option: --statsu. Did you mean --status?", "update --help", "a slip"),
    ("update a.csv --xyzzy=1", "Unknown option: --xyzzy.", "update --help", "an option that is near none"),
    ("fulfill a.csv --status DNC", "fulfill has no --status: it marks every contact as fulfilled.",
     "guayaba-batch update FILE --status", "another command has it"),
    ("fulfill a.csv --campaign=Q1", "fulfill has no --campaign:", "update FILE --campaign", "a value after ="),
    ("run weekly.toml a.csv --status DNC", "run has no --status: the job holds it.",
     "guayaba-batch update FILE --status", "an option of a job"),
    ("update a.csv --on-conflict foo", '--on-conflict: expected one of strictest, hold, last, first, found "foo".',
     "update --help", "a value that is no choice"),
    ("sandbox --port x", '--port: expected a number, found "x".', "sandbox --help", "a value that is no number"),
    ("config nosuch", 'config has no command "nosuch".', "config --help", "a command that a command does not have"),
    ("update a.csv --limit 1 --limit 2", "--limit is given twice.", "give --limit once", "an option twice"),
    ("rerun a.csv surplus", "these words are not expected here: surplus.", "guayaba-batch rerun --help",
     "a word too much"),
    ("--xyzzy", "Unknown option: --xyzzy.", "`guayaba-batch --help` lists the commands.", "no command"),
    ("--langage=es update", "Unknown option: --langage. Did you mean --language?", "--help", "a slip in front"),
    ("rerun one.csv two.csv --yes", "rerun takes one file, and 2 were given.",
     'for f in one.csv two.csv; do guayaba-batch rerun "$f" --yes; done', "two reports"),
    ("rerun my contacts.csv", "the name of the file has spaces", "'my contacts.csv'", "a name without its quotes"),
    ("rerun --yes all my contacts.csv", "these words are not expected here: my contacts.csv.",
     "guayaba-batch rerun --help", "of the words that could be a name, no file"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "message", "tip", "reason"), LINES)
def test_usage(line: str, message: str, tip: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command line is refused in words of this program, with what to type instead."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.csv", "two.csv", *(["my contacts.csv"] if line.startswith("rerun my") else [])):
        Path(name).touch()
    with pytest.raises(CycloptsError) as caught:
        app(line.split(), print_error=False, exit_on_error=False)
    found = usage_error(caught.value, line.split())
    assert isinstance(found, SettingsError)
    assert found.message.startswith(message), reason
    assert tip in found.tip, reason
