"""What was repaired in a phone cell, in the language in use.

Owns: the sentences of the repairs for people. In reports and files (`_repair`) they stay as they are here, in English:
programs read those.
"""

from __future__ import annotations

import re
from typing import Final

from batch.text.language import tr, tr_noop

_REPAIRS: Final = (
    tr_noop("lost + restored"),
    tr_noop("leading zero restored"),
    tr_noop("label removed"),
    tr_noop("extension dropped"),
    tr_noop("last digit dropped"),
    tr_noop("exponent written out"),
    tr_noop("thousands separators removed"),
    tr_noop("doubled calling code removed"),
    tr_noop("stray zeros removed"),
    tr_noop("zeros before + removed"),
    tr_noop("0 before the calling code removed"),
    tr_noop("stray + removed"),
    tr_noop("carrier placeholder removed"),
    tr_noop("apostrophe removed"),
    tr_noop("quotes removed"),
    tr_noop("list brackets removed"),
    tr_noop("brackets removed"),
    tr_noop("marks removed"),
    tr_noop("link removed"),
    tr_noop("HTML removed"),
    tr_noop("pictures removed"),
    tr_noop('formula ="…" removed'),
    tr_noop("leading = removed"),
    tr_noop("WhatsApp id"),
    tr_noop("percent encoding"),
    tr_noop("underscores"),
    tr_noop("unusual dashes"),
    tr_noop("unusual spaces"),
    tr_noop("invisible characters"),
    tr_noop("foreign digits"),
    tr_noop("full-width characters"),
    tr_noop("separators inside the number"),
    tr_noop("same number twice"),
    tr_noop("Argentina: 0 dropped behind 9"),
    tr_noop("Argentina: 15 dropped behind 9"),
    tr_noop("Benin: 01 before every number"),
    tr_noop("Brazil: 9 before old mobile numbers"),
    tr_noop("Chile: 0 dropped"),
    tr_noop("Colombia: 60 before the area digit"),
    tr_noop("Ecuador: 9 before mobile numbers"),
    tr_noop("Italy: 0 dropped before mobile numbers"),
    tr_noop("Ivory Coast: 01 before Moov mobile numbers"),
    tr_noop("Ivory Coast: 05 before MTN mobile numbers"),
    tr_noop("Ivory Coast: 07 before Orange mobile numbers"),
    tr_noop("Ivory Coast: 27 before Orange fixed lines"),
    tr_noop("Mexico: 1, 01, 044, 045 dropped"),
    tr_noop("Nigeria: 20 before fixed lines"),
    tr_noop("Poland: 0 dropped"),
    tr_noop("Ukraine: 8 dropped"),
    tr_noop("Vietnam: new mobile prefix"),
)
_WHOLE: Final = re.compile(
    "(?:^|(?<=, ))(?:" + "|".join(map(re.escape, sorted(_REPAIRS, key=len, reverse=True))) + ")(?=, |$)"
)
#: Those that name a part of the cell: digits, a label or the word of a remark.
_OF_A_PART: Final = (
    (re.compile(r"(?:^|(?<=, ))(?P<part>[^\s,]+) removed(?=, |$)"), tr_noop("{part} removed")),
    (re.compile(r"(?:^|(?<=, ))(?P<part>[0-9]+) read as \+(?=, |$)"), tr_noop("{part} read as +")),
    (re.compile(r"(?:^|(?<=, ))remark: (?P<part>[^,]+)(?=, |$)"), tr_noop("remark: {part}")),
)


def repair_text(repair: str) -> str:
    """`repair`, one or several as `_repair` lists them, for people; what is not known stays as it is."""
    text = _WHOLE.sub(lambda found: tr(found[0]), repair)
    for pattern, message in _OF_A_PART:
        text = pattern.sub(lambda found, message=message: tr(message, part=found["part"]), text)  # type: ignore[misc]
    return text
