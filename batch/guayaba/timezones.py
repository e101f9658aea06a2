"""Time zones compared by meaning: two names of one zone are one zone.

Owns: whether two IANA names mean the same. Asia/Calcutta and Asia/Kolkata do: one is a link to the other, and a client
may answer with either (JavaScript answers with the older name).
Source: the IANA time zone database, file `backward`; RFC 9636, the files of the zones: a link has the same bytes.
"""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from importlib import resources
from pathlib import Path


def same_timezone(wanted: str, shown: str | None) -> bool:
    """True where the two IANA names are one zone: the same name, or names with the same rules in the database."""
    if shown is None or wanted == shown:
        return wanted == shown
    rules = _rules(wanted)
    return rules is not None and rules == _rules(shown)


@lru_cache(maxsize=1024)
def _rules(name: str) -> bytes | None:
    """The compiled rules of the zone `name`; `None` where there is no such zone."""
    try:
        zoneinfo.ZoneInfo(name)  # it also refuses names that are paths to other files
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None
    for folder in zoneinfo.TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    packaged = resources.files("tzdata.zoneinfo").joinpath(*name.split("/"))
    return packaged.read_bytes()
