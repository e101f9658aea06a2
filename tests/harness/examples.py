"""How many examples a claim is tried with where it holds for any: by the README's command a part of them, in `.ci/run`
(GUAYABA_ALL_EXAMPLES=1) all."""

from __future__ import annotations

import os
from typing import Final

ALL: Final = bool(os.environ.get("GUAYABA_ALL_EXAMPLES") or os.environ.get("GUAYABA_LONG"))


def examples(count: int) -> int:
    """`count`, or a quarter of it, but no fewer than five."""
    return count if ALL else max(min(count, 5), count // 4)
