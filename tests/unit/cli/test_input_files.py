"""FILE and its further files as a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.cli.input_files import input_source
from batch.errors import SettingsError
from batch.loader import SeveralFiles


def test_one_file_is_a_path_and_more_are_several_files() -> None:
    """One file stays a path; more are read as one table, in the order of the command line."""
    one, two = Path("one.csv"), Path("two.csv")
    assert input_source(one, []) == one
    assert input_source(two, [one]) == SeveralFiles((two, one))


def test_a_name_with_spaces_is_not_read_as_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the words together are the name of a file, the quotation marks were forgotten."""
    monkeypatch.chdir(tmp_path)
    Path("my contacts.csv").touch()
    with pytest.raises(SettingsError, match="the name of the file has spaces") as caught:
        input_source(Path("my"), [Path("contacts.csv")])
    assert "'my contacts.csv'" in caught.value.tip
