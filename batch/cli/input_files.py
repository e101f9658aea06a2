"""The files that a command was given: one, or several that are read as one table.

Owns: FILE and its further files as a source, and the hint where one name with spaces was read as several.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.errors import SettingsError
from batch.text.language import tr

if TYPE_CHECKING:
    from batch.loader import SeveralFiles

MoreFiles = Annotated[
    Path, Parameter(help="Further files with the same columns. They are read together with FILE, as one table.")
]


def input_source(file: Path, more: Sequence[Path]) -> Path | SeveralFiles:
    """The source that `file` and `more` are. Raises SettingsError for one name that was read as several words."""
    if not more:
        return file
    require_whole_names([str(file), *map(str, more)])
    from batch.loader import given_files

    return given_files([file, *more])


def require_whole_names(words: Sequence[str]) -> None:
    """Raise SettingsError where some of `words`, one after the other, are the name of one file with spaces."""
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            joined = " ".join(words[start:end])
            if Path(joined).exists():
                raise SettingsError(
                    tr("the name of the file has spaces, and it was read as several words."),
                    tip=tr("put it in quotation marks: {name}.", name=shlex.quote(joined)),
                )
