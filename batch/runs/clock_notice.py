"""What is said where this machine's clock differs from the API's.

Owns: from when on a difference is named, and its words. Waits do not depend on it (`guayaba/rate_limit_headers.py`);
the times in reports and `--until` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from batch.text.language import pluralize, tr

#: A clock that is this wrong is set by hand, or not at all. A slow answer explains less.
WRONG_S: Final = 120.0


def clock_notice(ahead: float) -> Iterator[str]:
    """The sentence for a clock that is `ahead` seconds ahead of the API's (below 0: behind); none for a right one."""
    if abs(ahead) >= WRONG_S:
        how = tr("{time} ahead of", time=_length(ahead)) if ahead > 0 else tr("{time} behind", time=_length(-ahead))
        yield tr(
            "this machine's clock is {how} the API's clock. The waits are not affected. The times in the "
            "reports and --until follow this machine's clock: correct it",
            how=how,
        )


def _length(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    days, hours = divmod(hours, 24)
    parts = [pluralize(days, "day")] if days else []
    return " ".join([*parts, *(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)])
