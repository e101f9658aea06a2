"""What was learned of a limit that is narrower than the documented one. Pure.

Owns: the value, and its text in a quota store, where the next process finds it.

Stores keep the text and do not read it. Runs that share a key take the calls of a `Rate` from the store, so that all of
them together keep to it.
"""

from __future__ import annotations

import json
import math
from typing import Final, NamedTuple

#: Longer is no interval between two calls, and no figure of ours.
_LONGEST_INTERVAL_S: Final = 3600.0
_MOST_CALLS: Final = 1_000_000
_LONGEST_TEXT: Final = 500


class Rate(NamedTuple):
    """`burst` calls together, then one each `interval` seconds."""

    burst: int
    interval: float
    #: A place in it is taken so many seconds before its call may leave: what the caller does first costs none of it.
    lead: float = 0.0


class LearnedLimit(NamedTuple):
    """At most `calls` in a window; of them `burst` together, then one each `interval` seconds (0: as fast as they
    come)."""

    calls: int
    burst: int
    interval: float
    #: Epoch seconds.
    learned_at: float
    #: The limit that the server stated when this was learned; 0: it stated none. Another one makes this void.
    stated: int = 0
    #: How many times in a row a call beyond the limit was refused since: the next one waits twice as long.
    refused_probes: int = 0
    #: The interval may be too long, but is no shorter than this: each user shortens it, until a call is refused. 0: it
    #: is not too long.
    shortest: float = 0.0

    @property
    def text(self) -> str:
        """This, for a quota store."""
        return json.dumps(self._asdict(), separators=(",", ":"))


def parse_learned_limit(text: str) -> LearnedLimit | None:
    """The limit that `text` holds; `None` where it is empty, or nothing that this version has written."""
    try:
        fields = json.loads(text[:_LONGEST_TEXT], parse_constant=lambda _: None)
        learned = LearnedLimit(**fields)
        whole = (learned.calls, learned.burst, learned.stated, learned.refused_probes)
        figures = (learned.interval, learned.learned_at, learned.shortest)
    except (ValueError, TypeError, RecursionError):
        return None
    if not all(type(figure) is int and 0 <= figure <= _MOST_CALLS for figure in whole):
        return None
    if not all(type(figure) in (int, float) and math.isfinite(figure) and figure >= 0 for figure in figures):
        return None
    usable = 1 <= learned.burst <= learned.calls and learned.interval <= _LONGEST_INTERVAL_S
    return learned if usable else None
