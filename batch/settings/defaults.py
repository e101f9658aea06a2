"""The defaults that the table of settings shares with other code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: Requests for one row at most.
ATTEMPTS: Final = 5
#: Requests at the same time.
WORKERS: Final = 16
#: Seconds without any response until a run stops.
GIVE_UP_AFTER_S: Final = 3600.0
#: The folder of the runs.
OUT: Final = Path("reports")
