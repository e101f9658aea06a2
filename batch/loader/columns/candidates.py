"""Which columns can play a part by their headers, and the words for those that cannot be distinguished.

Owns: the ranking of headers, and how columns are named to a person.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from batch.errors import InputRefused
from batch.loader.cells.regions import fold
from batch.loader.columns import names as headers
from batch.loader.columns.names import Ranks
from batch.text.language import tr
from batch.text.listing import list_first


def candidates(header: Sequence[str], ranks: Ranks, taken: Iterable[int]) -> list[tuple[int, int]]:
    """(rank, position) of every header in `ranks` that is not `taken`, best first."""
    place = {name: rank for rank, names in enumerate(ranks) for name in names}
    used = set(taken)
    found = [(place[fold(title)], at) for at, title in enumerate(header) if fold(title) in place and at not in used]
    if ranks is headers.PHONE:
        found += [(2, at) for at, title in enumerate(header) if headers.PHONE_NUMBERED.fullmatch(fold(title))]
    return sorted(set(found))


def best(found: list[tuple[int, int]]) -> list[int]:
    """The positions of the best rank."""
    return [at for rank, at in found if rank == found[0][0]]


def only_one(found: list[int], role: str, header: Sequence[str]) -> int:
    """The one position in `found`; InputRefused where there are several."""
    if len(found) == 1:
        return found[0]
    names = tr(" and ").join(repr(header[at]) for at in found)
    raise InputRefused(
        tr(
            "Several columns can be the {role}: {names}, columns {found}.",
            role=role,
            names=names,
            found=column_letters(found),
        ),
        tip=tr(
            'Choose one: --map {role}="{header}". If two columns have the same name, rename one in the file.',
            role=role,
            header=header[found[0]],
        ),
    )


def find_header(named: str, header: Sequence[str]) -> list[int]:
    """The positions of the header that a user named: those that are written so, else those that fold to the same."""
    exact = [at for at, title in enumerate(header) if title == named]
    return exact or [at for at, title in enumerate(header) if fold(title) == fold(named)]


def suggestion(word: str, known: Iterable[str]) -> str:
    """The question after a mistyped `word`, empty where nothing known is near."""
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return tr("; did you mean {near!r}?", near=near[0]) if near else ""


def quoted_list(names: Sequence[str]) -> str:
    """Headers as they are shown: quoted, the first forty."""
    return list_first(list(map(repr, names)), 40)


def column_letters(places: Sequence[int]) -> str:
    """Positions as a spreadsheet names its columns: A, B, … AA."""
    return ", ".join(column_letter(at) for at in places)


def column_letter(at: int) -> str:
    """The name of the column at position `at` in a spreadsheet."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
