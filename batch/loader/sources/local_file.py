"""A file of this machine: whether it can be read, and whether it has changed since.

Owns: refusals of what is not there or cannot be read, each with the way out; its hash; watching for changes.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from batch.errors import InputRefused
from batch.text.language import tr
from batch.text.visible import is_encodable

#: Names that are looked at, at most, for what was meant.
_NAMES = 10_000


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def existing(path: Path) -> Path:
    """`path`, a regular file that can be read and is not empty. Raises InputRefused for anything else."""
    _refuse_slip(path)
    if not path.exists():
        near = _near(path)
        tip = (
            tr("Did you mean {near}?", near=near)
            if near
            else tr("Check the name and the folder: {path}.", path=_here(path))
        )
        raise InputRefused(tr("There is no file {path}.", path=path), tip=tip)
    if not path.is_file():
        raise InputRefused(tr("{path} is not a regular file.", path=path), tip=tr("Pipe it in: give - as the file."))
    if not os.access(path, os.R_OK):
        raise InputRefused(
            tr("this user has no permission to read {path}.", path=path), tip=tr("Check its permissions.")
        )
    if path.stat().st_size == 0:
        raise InputRefused(tr("{path} is empty.", path=path), tip=tr("Export it again."))
    if not is_encodable(str(path)):
        raise InputRefused(
            tr("the name of {path} is not valid UTF-8.", path=path), tip=tr("Rename the file, or pipe it in: give -.")
        )
    return path


def _refuse_slip(path: Path) -> None:
    """Raise InputRefused for a web address, and for the file that Excel keeps beside an open workbook."""
    if re.match(r"(?:https?|ftp):/", str(path), re.IGNORECASE):
        address = re.sub(r"^(\w+:)/+", r"\1//", str(path))
        raise InputRefused(
            tr("{address} is a web address, and web addresses are not read.", address=address),
            tip=tr("Download the file as CSV or XLSX, and give that file."),
        )
    for mark, end in (("~$", ""), (".~lock.", "#")):
        if path.name.startswith(mark) and path.name.endswith(end):
            workbook = path.with_name(path.name.removeprefix(mark).removesuffix(end))
            raise InputRefused(
                tr(
                    "{path} is not a workbook: Excel or LibreOffice creates this file while a workbook is open.",
                    path=path.name,
                ),
                tip=tr("Save and close the workbook, and give the workbook itself: {workbook}.", workbook=workbook),
            )


def watch(paths: Sequence[Path]) -> Callable[[], bool]:
    """A test: has one of `paths` been written, replaced or removed since now?"""

    def stamps() -> list[tuple[int, int, int] | None]:
        found: list[tuple[int, int, int] | None] = []
        for path in paths:
            try:
                stat = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return found

    before = stamps()
    return lambda: stamps() != before


def _near(path: Path) -> Path | None:
    """The file in the folder of `path` whose name is nearly the same, or differs in its ending alone."""
    try:
        names = [entry.name for entry in islice(os.scandir(path.parent), _NAMES) if entry.is_file()]
    except OSError:
        return None
    same = [name for name in names if Path(name).stem.lower() == path.stem.lower()]
    near = same or difflib.get_close_matches(path.name, names, 1, 0.7)
    return path.with_name(near[0]) if near else None


def _here(path: Path) -> str:
    if path.parent.is_dir():
        return tr("{absolute} holds no file with a similar name", absolute=path.parent.absolute())
    return tr("there is no folder {parent}", parent=path.parent)
