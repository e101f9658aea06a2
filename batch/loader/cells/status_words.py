"""Which status of the team a cell means, and which one a person may have meant. Pure.

Owns: the comparison of a cell with statuses, and suggestions. A suggestion is never the opposite of what was written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Final

from batch.guayaba.statuses import DEFAULT_STATUSES
from batch.text.language import tr
from batch.text.opt_out_words import asks_to_be_left_alone, fold

#: What people write -> the documented status of that meaning; compared without spaces and hyphens.
_MEANINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("unqualified", "disqualified", "notqualified", "nocalifica", "naoqualificado"), "not-qualifies"),
    **dict.fromkeys(("notinterested", "uninterested", "nointeresado", "seminteresse"), "not-interested"),
    **dict.fromkeys(("noanswer", "notanswered", "didnotanswer", "unreachable", "nocontesta", "naoatende"),
                    "not-answering"),
    **dict.fromkeys(("badnumber", "invalidnumber", "disconnected", "numeroequivocado", "numeroerrado"), "wrong-number"),
    **dict.fromkeys(("onhold", "inactive", "notactive", "pausado", "inactivo", "inativo"), "paused"),
    **dict.fromkeys(("complete", "completed", "done", "completado", "concluido"), "fulfilled"),
}  # fmt: skip
#: How alike two words must be, from 0 to 1.
_NEAR: Final = 0.75
_NEGATED: Final = re.compile(r"not|no|nao|non|never|sin|un|dis|de(?=act)|des(?=act)|in(?=act|atv|atif|ativ|valid|qual)")


def exact_status(cell: str, statuses: Collection[str]) -> str | None:
    """The one of `statuses` that `cell` is, but for capitals, spaces and punctuation; `None` for none and for two."""
    plain = cell.strip()
    if plain in statuses:
        return plain
    folded = _letters(plain)
    found = [name for name in statuses if folded and _letters(name) == folded]
    return found[0] if len(found) == 1 else None


def spelling_notice(status: str) -> str:
    """What to tell of a `status` that no team was asked for, and that is a default status but for its spelling; empty
    for others."""
    known = exact_status(status, DEFAULT_STATUSES)
    if known is None or known == status:
        return ""
    return tr(
        'no default status is written "{status}". If you mean {known}, write {known}: capitals matter.',
        status=status,
        known=known,
    )


def suggest_status(word: str, statuses: Collection[str]) -> str | None:
    """The one of `statuses` that `word` may mean; `None` where none is near enough."""
    letters = {_letters(name): name for name in sorted(statuses)}
    plain = _letters(word)
    if asks_to_be_left_alone(word):
        return letters.get("dnc")
    if (near := letters.get(plain)) is not None:
        return near
    if (meaning := _MEANINGS.get(plain)) is not None:
        return letters.get(_letters(meaning))
    close = difflib.get_close_matches(plain, letters, 1, _NEAR)
    return letters[close[0]] if close and not _contradict(plain, close[0]) else None


def _letters(text: str) -> str:
    return fold(text).replace(" ", "")


def _contradict(one: str, other: str) -> bool:
    """True where one of two words, both without spaces, is negated and the other is not."""
    return (_NEGATED.match(one) is None) != (_NEGATED.match(other) is None)
