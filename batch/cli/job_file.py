"""Job files: what to do with an export, kept to be repeated on the next one.

Owns: the file's words, writing it, reading it, and every problem with it in one error.
Flow: `--save-job weekly.toml` -> `save` -> `guayaba-batch run weekly.toml FILE` -> `load`.

```toml
job = 1
operation = "update"
status = "DNC"

[reading]
region = "US"
map = { phone = "Mobile #" }

[settings]
rate = "20/min"
```
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_type_hints

from batch.errors import SettingsError
from batch.loader import ReadOptions
from batch.model import ContactChange, Operation
from batch.settings.layers import KEY_SETTINGS, Layer
from batch.settings.settings import FLAGS_ONLY, PARSERS

#: How the file is read, without its columns: fields of `ReadOptions`.
_READING: Final = (
    "region", "phone_check", "on_conflict", "extensions", "two_numbers", "sheet", "encoding", "header_row", "no_header",
    "hidden_rows", "keep_literal", "phones",
)  # fmt: skip
#: Settings of one run that a job does not keep: a trial's limit, and whose region is the reading's.
_PASSING: Final = frozenset({*FLAGS_ONLY, "limit", "region"})
_VERSION: Final = 1
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class JobFile:
    """An operation, how its file is read, and the settings that were given for it, as they were written."""

    reading: ReadOptions
    settings: Mapping[str, Any] = field(default_factory=dict)

    def layer(self, path: Path) -> Layer:
        """Its settings as a layer: under the flags of the command that repeats it, above everything that stands."""
        return Layer(f"{path}: {{}}", self.settings)


def build(reading: ReadOptions, flags: Mapping[str, Any]) -> JobFile:
    """The job of a command: its reading, and the settings that it was given as flags."""
    names = {*PARSERS, "api_key_file"} - _PASSING
    given = {name: value for name, value in flags.items() if name in names and value not in (None, "-")}
    return JobFile(
        reading, {name: ",".join(value) if isinstance(value, tuple) else value for name, value in given.items()}
    )


def to_toml(job: JobFile) -> str:
    """The job as TOML."""
    reading = job.reading
    tables: list[tuple[str, Mapping[str, object]]] = [
        (
            "",
            {
                "job": _VERSION,
                "operation": reading.operation.value,
                "status": reading.ask.status,
                "campaign": reading.ask.campaign_id,
                "variables": "replace" if reading.ask.replace_variables else None,
            },
        ),
        (
            "reading",
            {name: value for name in _READING if (value := getattr(reading, name)) and not _is_new(name, value)},
        ),
        ("reading.map", reading.mapping),
        ("settings", job.settings),
    ]
    lines = ["# A job of guayaba-batch. On the next export: guayaba-batch run THIS-FILE EXPORT"]
    for title, values in tables:
        if values:
            lines += ["", f"[{title}]"] if title else []
            lines += [f"{_name(name)} = {_value(value)}" for name, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


def _is_new(name: str, value: object) -> bool:
    """True for the default of an option that jobs of before do not have: their files stay as they were."""
    return (name, value) == ("phones", "first")


def save(job: JobFile, path: Path) -> None:
    """Write `job` to `path`. A file that holds something else is left as it is: SettingsError."""
    require_free(job, path)
    path.write_text(to_toml(job), encoding="utf-8")


def require_free(job: JobFile, path: Path) -> None:
    """Raise SettingsError where `job` cannot be saved as `path`: said before a run, not after it."""
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = None
        if not path.parent.is_dir():
            raise SettingsError(
                f"--save-job {path}: the folder {path.parent} does not exist; nothing was sent."
            ) from None
    except (OSError, UnicodeDecodeError):
        before = ""
    if before is not None and before != to_toml(job):
        raise SettingsError(
            f"--save-job {path}: that file is there and holds something else; nothing was sent.",
            tip="choose another name, or remove the file.",
        )


def load(path: Path) -> JobFile:
    """The job in the file `path`. Raises SettingsError with everything that is wrong with it."""
    try:
        with path.open("rb") as file:
            told = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(
            f"the job file {path} is damaged: {fault}; nothing was sent.",
            tip="mend that place, or make it anew with --save-job. For a file of contacts: update FILE, fulfill FILE.",
        ) from None
    except OSError as fault:
        raise SettingsError(
            f"the job file {path} cannot be read: {fault.strerror}; nothing was sent.",
            tip="make one with --save-job weekly.toml on a fulfill, update or update-by-id.",
        ) from None
    if told.get("job") != _VERSION:
        found = f"job = {told['job']!r}" if "job" in told else 'none with the name "job"'
        raise SettingsError(
            f"{path} is no job file: expected a line job = {_VERSION}, found {found}; nothing was sent.",
            tip="a job file is made with --save-job; settings belong into guayaba-batch.toml.",
        )
    problems: list[str] = []
    job = _job(told, problems)
    if problems:
        raise SettingsError(f"the job file {path} cannot be used; nothing was sent.", problems=tuple(problems))
    return job


def _job(told: Mapping[str, Any], problems: list[str]) -> JobFile:
    _known("", told, ("job", "operation", "status", "campaign", "variables", "reading", "settings"), problems)
    operation = told.get("operation")
    if operation not in list(Operation):
        problems.append(f"operation: expected {', '.join(Operation)}, found {operation!r}")
        operation = Operation.UPDATE
    ask = {name: _text(name, told.get(name), problems) for name in ("status", "campaign")}
    variables = told.get("variables", "merge")
    if variables not in ("merge", "replace"):
        problems.append(f"variables: expected merge or replace, found {variables!r}")
    reading = _table("reading", told, problems)
    _known("reading.", reading, (*_READING, "map"), problems)
    mapping = _table("map", reading, problems)
    settings = _table("settings", told, problems)
    _known("settings.", settings, sorted({*PARSERS, "api_key_file"} - _PASSING), problems)
    return JobFile(
        ReadOptions(
            Operation(operation),
            mapping={role: _text(f"map.{role}", header, problems) or "" for role, header in mapping.items()},
            ask=ContactChange(ask["status"], ask["campaign"], replace_variables=variables == "replace"),
            **_fields(reading, problems),
        ),
        {name: value for name, value in settings.items() if name not in KEY_SETTINGS or name == "api_key_file"},
    )


def _fields(reading: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    import msgspec

    hints = get_type_hints(ReadOptions)
    found: dict[str, Any] = {}
    for name in _READING:
        if name in reading:
            try:
                found[name] = msgspec.convert(reading[name], hints[name])
            except msgspec.ValidationError as fault:
                problems.append(f"reading.{name}: {fault}, found {reading[name]!r}")
    return found


def _table(name: str, told: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    value = told.get(name, {})
    if isinstance(value, dict):
        return value
    problems.append(f"{name}: expected a table [{name}], found {value!r}")
    return {}


def _text(name: str, value: object, problems: list[str]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    problems.append(f"{name}: expected text, found {value!r}")
    return None


def _known(place: str, told: Mapping[str, Any], names: tuple[str, ...] | list[str], problems: list[str]) -> None:
    for name in told.keys() - set(names):
        near = difflib.get_close_matches(name, names, 1)
        meant = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(names)}"
        problems.append(f"{place}{name}: a job has no such line ({meant})")


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    """A TOML value. Its basic strings are JSON's, but that DEL is escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
