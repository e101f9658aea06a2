"""Parsers of settings: text from flags, the environment and TOML files -> a value, or a ValueError.

Owns: how rates, durations, shares, times, formats, folders and switches are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time as clock_time
from pathlib import Path
from typing import Final

from batch.model import Rate
from batch.text.language import LANGUAGES, parse_locale, tr
from batch.text.visible import is_encodable

FORMATS: Final = ("csv", "tsv", "xlsx", "parquet", "arrow", "ndjson")

_RATE = re.compile(r"\s*(\d[\d_]{0,12})\s*(?:/|per)\s*(\d{1,9}(?:\.\d{1,9})?)?\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*([a-z]*)\s*", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\s*[\d.]*[1-9][\d.]*\s*", re.ASCII)
_SECONDS: Final = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}


def rate(value: object) -> Rate:
    """`30/min`, `5/s` or `30/2s` as a Rate."""
    found = _RATE.fullmatch(str(value))
    count = int(found[1]) if found else 0
    seconds = float(found[2] or 1) * _SECONDS.get(found[3].lower(), 0.0) if found else 0.0
    if not 1 <= count <= 1_000_000 or not 0 < seconds <= 86_400:
        raise ValueError(tr('expected requests per time such as 30/min, found "{value}"', value=value))
    return Rate(count, seconds)


def duration(value: object) -> float:
    """`90`, `90s`, `10m` or `1h` in seconds, above 0."""
    found = _DURATION.fullmatch(str(value))
    try:
        seconds = float(found[1]) * _SECONDS[found[2].lower()] if found else 0.0
    except (KeyError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= 30 * 86_400:
        raise ValueError(tr('expected a duration such as 90s, 10m or 1h, found "{value}"', value=value))
    return seconds


def long_duration(value: object) -> float:
    """As `duration`, but with a unit: `2` alone may be meant as hours."""
    if _NUMBER.fullmatch(str(value)):
        raise ValueError(
            tr(
                'expected a duration with its unit, such as {value}s, {value}min or {value}h, found "{value}"',
                value=value,
            )
        )
    return duration(value)


def share(value: object) -> float:
    """`80%` or `0.8` as 0.8: above 0, at most 1."""
    text = str(value).strip()
    try:
        part = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        part = 0.0
    if not 0 < part <= 1:
        raise ValueError(tr('expected a share of at most 100%, such as 80%, found "{value}"', value=value))
    return part


def max_errors(value: object) -> int | float:
    """`20` as a number of rows, `5%` as a share of them."""
    try:
        return share(value) if str(value).strip().endswith("%") else whole_number(0, 1_000_000_000)(value)
    except ValueError:
        raise ValueError(
            tr('expected a number of rows or a share of them such as 20 or 5%, found "{value}"', value=value)
        ) from None


def time_of_day(value: object) -> clock_time:
    """`18:00` as a time."""
    try:
        return clock_time.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(tr('expected a time of day such as 18:00, found "{value}"', value=value)) from None


def whole_number(low: int, high: int) -> Callable[[object], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(value: object) -> int:
        try:
            number = int(str(value))
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(
                tr('expected a whole number from {low} to {high}, found "{value}"', low=low, high=high, value=value)
            )
        return number

    return parse


def formats(value: object) -> tuple[str, ...]:
    """`csv,xlsx`, or a list of such, as names in that order, each once."""
    given = [str(part) for part in value] if isinstance(value, (list, tuple)) else str(value).split(",")
    names = tuple(dict.fromkeys(name.strip().lower() for part in given for name in part.split(",")))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise ValueError(
            tr(
                "expected one or more of {formats}, found {value}",
                formats=", ".join(FORMATS),
                value=", ".join(f'"{name}"' for name in unknown) or tr("nothing"),
            )
        )
    return names


def plain_text(value: object) -> str:
    """Text, as it is."""
    if not isinstance(value, str):
        raise ValueError(tr("expected a word, found {value}", value=value))
    return value


def folder(value: object) -> Path:
    """A path, `~` resolved. Raises ValueError for anything else."""
    if str(value) == "-":
        raise ValueError(tr("expected a folder. - (stdout) is allowed only as --out on the command line"))
    path = Path(value if isinstance(value, Path) else plain_text(value)).expanduser()
    if not is_encodable(str(path)):
        raise ValueError(tr("expected a folder whose name is valid UTF-8"))
    return path


def metrics_file(value: object) -> Path:
    """A path that ends in .prom, in a folder that exists."""
    path = folder(value)
    if path.suffix != ".prom":
        raise ValueError(
            tr('expected a file that ends in .prom (the collector reads no other files), found "{value}"', value=value)
        )
    if not path.parent.is_dir():
        raise ValueError(tr("the folder {parent} does not exist", parent=path.parent))
    return path


def flag(value: object) -> bool:
    """`true`, `yes`, `on`, `1` and their opposites."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(tr('expected true or false, found "{value}"', value=value))


def duration_text(seconds: float) -> str:
    """Seconds as a user would write them: `30s`, `1h`."""
    unit, size = next(((unit, size) for unit, size in (("h", 3600), ("min", 60)) if seconds % size == 0), ("s", 1))
    return f"{seconds / size:g}{unit}"


def share_text(share: float) -> str:
    """A share as a user would write it: `80%`."""
    return f"{share * 100:g}%"


def one_of(*choices: str) -> Callable[[object], str]:
    """A parser of one of these words."""

    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(tr("expected {choices}, found {value!r}", choices=tr(" or ").join(choices), value=value))
        return str(value)

    return parse


def language(value: object) -> str:
    """One of the languages of the program: from `es`, `es_MX` or `es-419`."""
    found = parse_locale(str(value).strip())
    if found is None:
        raise ValueError(
            tr("expected a language ({languages}), found {value!r}", languages=", ".join(LANGUAGES), value=value)
        )
    return found
