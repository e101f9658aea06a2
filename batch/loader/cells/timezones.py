"""Which IANA timezone a cell names, and why a cell names none in which a person lives. Pure.

Owns: the names that are taken, the words for those that are not, and suggestions. A suggestion never has another offset
than what was written.
Source: the IANA time zone database, files `etcetera` (the sign of Etc/GMT+5 is reversed), `northamerica` (EST, MST and
HST are fixed offsets) and `factory`; API.md 4.4.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

#: How much of a city's name must agree before it is suggested.
_NEAR: Final = 0.8
#: Names of the database that are no place, and what they mean.
_FIXED: Final[Mapping[str, str]] = {
    "EST": "UTC-05:00 all year, without summer time: write the place, such as America/New_York or America/Panama",
    "MST": "UTC-07:00 all year, without summer time: write the place, such as America/Denver or America/Phoenix",
    "HST": "UTC-10:00 all year: write the place, such as Pacific/Honolulu",
}
_NO_PLACE: Final = re.compile(
    r"localtime|Factory|posixrules|leap.*|(?:posix|right|SystemV)/.*|tzdata\.zi|.*\.tab", re.I
)
_OFFSET: Final = re.compile(r"(?:Etc/)?(?:GMT|UTC)([+-])0*(\d{1,2})", re.IGNORECASE)
#: Abbreviations and everyday names -> a place that has this offset and its summer time.
_EVERYDAY: Final[Mapping[str, str]] = {
    **dict.fromkeys(("pst", "pdt", "pt", "pacific", "pacific time", "pacific standard time"), "America/Los_Angeles"),
    **dict.fromkeys(("mst", "mdt", "mt", "mountain", "mountain time", "mountain standard time"), "America/Denver"),
    **dict.fromkeys(("cdt", "central time", "central standard time"), "America/Chicago"),
    **dict.fromkeys(("est", "edt", "et", "eastern", "eastern time", "eastern standard time"), "America/New_York"),
    **dict.fromkeys(("akst", "akdt"), "America/Anchorage"),
    **dict.fromkeys(("hst", "hawaii"), "Pacific/Honolulu"),
    **dict.fromkeys(("aest", "aedt"), "Australia/Sydney"),
    **dict.fromkeys(("acst", "acdt"), "Australia/Adelaide"),
    "awst": "Australia/Perth",
    **dict.fromkeys(("nzst", "nzdt"), "Pacific/Auckland"),
    **dict.fromkeys(("cest", "central european time"), "Europe/Paris"),
    **dict.fromkeys(("eest", "eastern european time"), "Europe/Athens"),
    **dict.fromkeys(("brt", "brasilia", "horario de brasilia"), "America/Sao_Paulo"),
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "msk": "Europe/Moscow",
}


def timezone_problem(cell: str) -> str | None:
    """Why `cell`, without spaces around it, is no timezone of a person; `None` where it is one."""
    if (meaning := _FIXED.get(cell)) is not None:
        return f"is {meaning}"
    if (offset := _OFFSET.fullmatch(cell)) is not None and int(offset[2]):
        reversed_sign = cell.lower().startswith("etc/")
        sign = {"+": "-", "-": "+"}[offset[1]] if reversed_sign else offset[1]
        note = " (the sign of these names is reversed)" if reversed_sign else ""
        return f"is a fixed offset, UTC{sign}{int(offset[2]):02d}:00{note}: write a place such as America/New_York"
    if _NO_PLACE.fullmatch(cell):
        return "is no place where a person lives: write one such as America/New_York"
    if cell in _timezones():
        return None
    near = suggest_timezone(cell)
    return "is no IANA timezone" + (f'; did you mean "{near}"?' if near else "; expected one such as America/New_York")


def suggest_timezone(cell: str) -> str | None:
    """The timezone that `cell` may mean."""
    plain = re.sub(r"[\s_]+", " ", cell.strip().casefold())
    if (place := _EVERYDAY.get(plain)) is not None:
        return place
    folded = _folded_timezones()
    name = plain.replace(" ", "_")
    if name in folded:
        return folded[name]
    area, slash, city = name.rpartition("/")
    if not slash:
        cities = {known.rpartition("/")[2]: folded[known] for known in folded if "/" in known}
        close = difflib.get_close_matches(city, cities, 1, 0.9) if len(city) > 4 else []
        return cities[close[0]] if close else None
    areas = {known.rpartition("/")[0] for known in folded}
    near_area = next(iter(difflib.get_close_matches(area, areas, 1, _NEAR)), None)
    cities = {known.rpartition("/")[2]: folded[known] for known in folded if known.rpartition("/")[0] == near_area}
    close = difflib.get_close_matches(city, cities, 1, _NEAR)
    return cities[close[0]] if close else None


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1)
def _folded_timezones() -> dict[str, str]:
    names = (name for name in sorted(_timezones()) if timezone_problem(name) is None)
    return {name.casefold(): name for name in names}
