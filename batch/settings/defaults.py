"""The defaults that both the table of settings and the engine's policy use."""

from __future__ import annotations

from typing import Final

#: Requests for one row at most.
ATTEMPTS: Final = 5
#: Requests at the same time.
WORKERS: Final = 16
#: Seconds without any response until a run stops.
GIVE_UP_AFTER_S: Final = 3600.0
