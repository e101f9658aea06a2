"""A text file whose encoding nothing tells: refused where its letters would be written to a contact.

Owns: the likely encodings of such a file, best first, with a preview of one of its cells in each.
Flow: cells with other than ASCII letters in a column to be written -> their bytes -> candidates -> the refusal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Check, Use
from batch.text.language import tr

#: The encodings that exports come in, the commonest first; each covers what is near it (cp1252 also Latin-1).
CANDIDATES: Final = (
    "cp1252", "cp1250", "cp1251", "cp932", "gb18030", "big5", "cp949", "cp1253", "cp1254", "cp1255", "cp1256", "cp874",
    "koi8-r", "cp850", "cp866", "mac-roman",
)  # fmt: skip
#: Candidates that a refusal names.
_NAMED = 8
_SAMPLE = 1 << 16
#: Letters that the text of a person has least often, by their names.
_ODD = ("ORDINAL", "SUPERSCRIPT", "FRACTION", "BOX DRAWINGS", "BLOCK", "SIGN", "DIAERESIS", "CEDILLA", "MACRON")


def guess_check(path: Path, name: str, header: Sequence[str], chunks: Callable[[], Iterator[pl.DataFrame]]) -> Check:
    """A check that refuses the file where a cell that is written holds letters of the guessed encoding."""

    def check(use: Use) -> str | None:
        places = sorted(use.written)
        row = _first_row(chunks, places)
        if row is None:
            return None
        number, place, cell = row
        previews = likely(path, cell)
        raise InputRefused(
            tr(
                '{name} does not say its encoding, and "{header}" is written to contacts as it is read.',
                name=name,
                header=header[place],
            ),
            problems=tuple(
                tr("{encoding}: row {number} is {text!r}", encoding=encoding, number=number, text=text)
                for encoding, text in previews
            ),
            tip=tr(
                "Name the right one, for example --encoding {previews}, or save the file as UTF-8.",
                previews=previews[0][0],
            )
            if previews
            else tr("Save the file as UTF-8."),
        )

    return check


def _first_row(chunks: Callable[[], Iterator[pl.DataFrame]], places: Sequence[int]) -> tuple[int, int, str] | None:
    """(row, column, cell) of the first cell in `places` that is not ASCII."""
    if not places:
        return None
    for chunk in chunks():
        for place in places:
            odd = chunk.filter(pl.col(str(place)).str.contains(r"[^\x00-\x7f]"))
            if odd.height:
                return odd["number"][0], place, odd[str(place)][0]
    return None


def likely(path: Path, cell: str) -> list[tuple[str, str]]:
    """The likeliest encodings of the file, best first, each with `cell` (read as Windows-1252) in it."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    content = _to_bytes(cell)
    found: list[tuple[float, int, str, str]] = []
    for order, encoding in enumerate(CANDIDATES):
        try:
            text, shown = sample.decode(encoding, "strict"), content.decode(encoding, "strict")
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 4 or error.object is content:
                continue
            text, shown = sample.decode(encoding, "replace"), content.decode(encoding, "replace")
        found.append((-score(text), order, encoding, shown[:60]))
    unique: dict[str, str] = {}
    for _, _, encoding, shown in sorted(found):
        if shown not in unique.values():
            unique[encoding] = shown
    return list(unique.items())[:_NAMED]


def _to_bytes(cell: str) -> bytes:
    """The bytes of a cell that was read as Windows-1252; its five unused bytes were read as U+FFFD."""
    return cell.encode("cp1252", "replace")


def score(text: str) -> float:
    """How much `text` looks like written by a person: the share of its letters, beyond ASCII, among their like."""
    good = bad = 0
    for before, mark in pairwise(" " + text):
        if mark < "\x80":
            if mark.isalpha() and before > "\x7f" and before.isalpha() and _script(before) != "LATIN":
                bad += 1  # a word of two scripts
            continue
        if not mark.isalpha() and unicodedata.category(mark) not in {"Mn", "Mc", "Pd", "Lo"}:
            bad += 2 if any(part in unicodedata.name(mark, "SIGN") for part in _ODD) else 1
        elif before.isalpha() and (_script(before) != _script(mark) or (before.islower() and mark.isupper())):
            bad += 2
        elif mark.isupper() and before > "\x7f" and before.isupper():
            good += 1
        else:
            good += 2
    return good / (good + 3 * bad) if good + bad else 0.0


def _script(mark: str) -> str:
    name = unicodedata.name(mark, "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH")):
        return "CJK"
    return name.split(" ")[0] if mark > "\x7f" else "LATIN"
