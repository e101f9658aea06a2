"""Settings: flags > environment > project file > user file, and all problems in one error.

Owns: where each setting may come from, what each may be, the rule that a key never stands in argv or a settings file.
Does not own: the words of the command line (`cli.py`).
Flow: `gather` takes the flags that were given and yields `Settings`, or one SettingsError that lists every problem.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final, NamedTuple

from batch.address import DEFAULT_BASE_URL, base_url
from batch.errors import SettingsError
from batch.model import WRITES, Rate
from batch.secret import ApiKey

PROJECT_FILE: Final = "guayaba-batch.toml"
FORMATS: Final = ("csv", "tsv", "xlsx", "parquet", "ndjson")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a run but its operation and its input. `rate` `None`: the server's limit is followed.

    `timeout` and `give_up_after` are seconds. `limit`: contacts to call at most before stopping. `fresh`: begin a new
    run where an unfinished one could go on. `accept_key`: go on although the run was begun with another key. `yes`:
    nobody is asked. `key_file`: where the key was read from, if from a file. `share`: the part of the quota to use.
    `window`: the seconds in which the server counts its limit (a sandbox may count in shorter ones).
    `max_errors`: a number of rows, or, as a float, a share of them. `max_runtime` is seconds, `until` a time of day on
    this machine's clock. `state`: the folder of what outlives a run.
    """

    base_url: str | None = None
    key: ApiKey | None = None
    rate: Rate | None = None
    workers: int = 16
    attempts: int = 5
    timeout: float = 30.0
    give_up_after: float = 3600.0
    out: Path = Path("reports")
    format: tuple[str, ...] = ()
    limit: int | None = None
    region: str | None = None
    fresh: bool = False
    accept_key: bool = False
    yes: bool = False
    key_file: str | None = None
    share: float = 1.0
    window: float = WRITES.seconds
    max_errors: int | float | None = None
    max_runtime: float | None = None
    until: clock_time | None = None
    state: Path = field(default_factory=lambda: Path.home() / ".local" / "state" / "guayaba-batch")

    @property
    def address(self) -> str:
        """The base URL in force."""
        return self.base_url or DEFAULT_BASE_URL


def gather(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    here: Path,
    home: Path,
    read_stdin: Callable[[], str] | None = None,
    need_key: bool = True,
) -> Settings:
    """The settings in force. `flags` holds those that were given (`None`: not given), by field name.

    `read_stdin` serves `--api-key-file -`; `None` where stdin is taken by the input. Raises SettingsError with every
    problem found. Nothing was read but the settings files and the key.
    """
    problems: list[str] = []
    layers = [
        _Layer("--{}", {name: value for name, value in flags.items() if value is not None}),
        _Layer("GUAYABA_{}", _from_environment(environ)),
        _toml_layer(here / PROJECT_FILE, problems),
        _toml_layer(
            Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "guayaba-batch" / "config.toml", problems
        ),
    ]
    found: dict[str, Any] = {}
    for name, parse in _PARSERS.items():
        for layer in layers[:1] if name in _FLAGS_ONLY else layers:
            if name in layer.values:
                try:
                    found[name] = parse(layer.values[name])
                except (ValueError, RuntimeError) as fault:  # RuntimeError: a home that nobody has
                    problems.append(f"{layer.name_of(name)}: {fault}")
                break
    before = len(problems)
    key, key_file = _key(layers, environ, read_stdin, problems)
    if need_key and key is None and len(problems) == before:
        problems.append("no API key was given: set GUAYABA_API_KEY, or give --api-key-file PATH (or - for stdin)")
    if problems:
        secret = environ.get("GUAYABA_API_KEY") or "\0"
        told = tuple(_KEY_SHAPED.sub("gua_…", problem.replace(secret, "…")) for problem in problems)
        raise SettingsError("the settings cannot be used; nothing was sent.", problems=told)
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "guayaba-batch"
    return Settings(key=key, key_file=key_file, state=state, **found)


class _Layer(NamedTuple):
    naming: str
    values: Mapping[str, Any]

    def name_of(self, setting: str) -> str:
        spelled = setting.replace("_", "-") if self.naming.startswith("--") else setting
        return self.naming.format(spelled.upper() if self.naming.startswith("GUAYABA") else spelled)


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = (*(_PARSERS.keys() - _FLAGS_ONLY), "api_key_file")
    return {name: value for name in names if (value := environ.get(f"GUAYABA_{name.upper()}"))}


def _toml_layer(path: Path, problems: list[str]) -> _Layer:
    naming = f"{path}: {{}}"
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return _Layer(naming, {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        problems.append(f"{path} cannot be read: {fault}")
        return _Layer(naming, {})
    spelled = {name.replace("-", "_"): value for name, value in values.items()}
    if "api_key" in spelled:
        problems.append(f"{path} holds an API key: move it to a file of its own and name that with api_key_file")
    known = {*_PARSERS, "api_key_file", "api_key"} - _FLAGS_ONLY
    problems.extend(
        f'{path}: there is no setting "{name}" (there are: {", ".join(sorted(known - {"api_key"}))})'
        for name in spelled.keys() - known
    )
    return _Layer(naming, spelled)


def _key(
    layers: list[_Layer], environ: Mapping[str, str], read_stdin: Callable[[], str] | None, problems: list[str]
) -> tuple[ApiKey | None, str | None]:
    """The key and the file that it came from: a file named by a flag, else the environment's key, else another file."""
    flag, *others = (layer.values.get("api_key_file") for layer in layers)
    named = flag or (None if environ.get("GUAYABA_API_KEY") else next((name for name in others if name), None))
    try:
        if named is not None:
            return ApiKey(_read_key(str(named), read_stdin)), None if named == "-" else str(named)
        return (ApiKey(environ["GUAYABA_API_KEY"]) if environ.get("GUAYABA_API_KEY") else None), None
    except (OSError, UnicodeDecodeError) as fault:
        problems.append(f"the API key file {named} cannot be read: {getattr(fault, 'strerror', None) or 'not text'}")
    except (ValueError, RuntimeError) as fault:
        problems.append(f"the API key file: {fault}" if named is not None else str(fault))
    return None, None


def _read_key(name: str, read_stdin: Callable[[], str] | None) -> str:
    if name != "-":
        return Path(name).expanduser().read_text(encoding="utf-8-sig")
    if read_stdin is None:
        raise ValueError("--api-key-file - reads the key from stdin, but stdin is the input: give a file")
    return read_stdin()


# -- what each setting may be ---------------------------------------------------------------------------------------

#: A key in the place of another setting is not shown.
_KEY_SHAPED = re.compile(r"gua_\S+")
_RATE = re.compile(r"\s*(\d[\d_]{0,12})\s*(?:/|per)\s*(\d{1,9}(?:\.\d{1,9})?)?\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*([a-z]*)\s*", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}


def rate(value: object) -> Rate:
    """`30/min`, `5/s` or `30/2s` as a Rate. Raises ValueError, saying what was expected."""
    found = _RATE.fullmatch(str(value))
    count = int(found[1]) if found else 0
    seconds = float(found[2] or 1) * _SECONDS.get(found[3].lower(), 0.0) if found else 0.0
    if not 1 <= count <= 1_000_000 or not 0 < seconds <= 86_400:
        raise ValueError(f'expected requests per time such as 30/min, found "{value}"')
    return Rate(count, seconds)


def duration(value: object) -> float:
    """`90`, `90s`, `10m` or `1h` in seconds, above 0. Raises ValueError, saying what was expected."""
    found = _DURATION.fullmatch(str(value))
    try:
        seconds = float(found[1]) * _SECONDS[found[2].lower()] if found else 0.0
    except (KeyError, ValueError):
        seconds = 0.0
    if not 0 < seconds <= 30 * 86_400:
        raise ValueError(f'expected a duration such as 90s, 10m or 1h, found "{value}"')
    return seconds


def share(value: object) -> float:
    """`80%` or `0.8` as 0.8: above 0, at most 1. Raises ValueError, saying what was expected."""
    text = str(value).strip()
    try:
        part = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        part = 0.0
    if not 0 < part <= 1:
        raise ValueError(f'expected a share such as 80%, found "{value}"')
    return part


def max_errors(value: object) -> int | float:
    """`20` as a number of rows, `5%` as a share of them. Raises ValueError, saying what was expected."""
    try:
        return share(value) if str(value).strip().endswith("%") else _whole(0, 1_000_000_000)(value)
    except ValueError:
        raise ValueError(f'expected a number of rows or a share of them such as 20 or 5%, found "{value}"') from None


def time_of_day(value: object) -> clock_time:
    """`18:00` as a time. Raises ValueError, saying what was expected."""
    try:
        return clock_time.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f'expected a time of day such as 18:00, found "{value}"') from None


def _whole(low: int, high: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        try:
            number = int(str(value))
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise ValueError(f'expected a whole number from {low} to {high}, found "{value}"')
        return number

    return parse


def formats(value: object) -> tuple[str, ...]:
    given = [str(part) for part in value] if isinstance(value, (list, tuple)) else str(value).split(",")
    names = tuple(dict.fromkeys(name.strip().lower() for part in given for name in part.split(",")))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise ValueError(f"expected some of {', '.join(FORMATS)}, found {', '.join(unknown) or 'nothing'}")
    return names


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a word, found {value}")
    return value


def _folder(value: object) -> Path:
    path = Path(value if isinstance(value, Path) else _word(value)).expanduser()
    if any("\ud800" <= sign <= "\udfff" for sign in str(path)):
        raise ValueError("expected a folder whose name is valid UTF-8")
    return path


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(f'expected true or false, found "{value}"')


#: What somebody must say for one command: as a standing setting each would turn a safeguard off for good.
_FLAGS_ONLY: Final = frozenset({"yes", "fresh", "accept_key"})

_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "base_url": base_url,
    "rate": rate,
    "workers": _whole(1, 1000),
    "attempts": _whole(1, 100),
    "timeout": duration,
    "give_up_after": duration,
    "out": _folder,
    "format": formats,
    "limit": _whole(1, 1_000_000_000),
    "region": _word,
    "fresh": _flag,
    "share": share,
    "window": duration,
    "max_errors": max_errors,
    "max_runtime": duration,
    "until": time_of_day,
    "accept_key": _flag,
    "yes": _flag,
}
