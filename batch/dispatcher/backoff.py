"""How long to wait before asking again: exponential backoff with full jitter. Pure.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: a wait drawn evenly from nothing to
the bound spreads returning clients best.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Bounds in seconds: the first wait is at most `base`, each next bound doubles, none is above `cap`."""

    base: float = 1.0
    cap: float = 60.0

    def wait(self, failures: int, draw: float) -> float:
        """Seconds to wait after `failures` (from 1) failures in a row, for a `draw` in [0, 1)."""
        return draw * min(self.cap, self.base * 2.0 ** min(failures - 1, 32))
