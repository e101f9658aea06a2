"""Job files: an operation with its options, saved to be repeated on the next export.

Owns: the names in the file, writing and reading it, and every problem with it in one error. Which options it may hold
follows from the tables of settings and read options.
Flow: `--save-job weekly.toml` -> `save` -> `guayaba-batch run weekly.toml FILE` -> `load`.

```toml
job = 1
operation = "update"
status = "DNC"

[reading]
region = "US"
map = { phone = "Mobile #" }
columns = { phone = "Mobile #" }

[settings]
rate = "20/min"
```
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from batch.errors import SettingsError
from batch.model import Operation
from batch.settings.layers import Layer
from batch.settings.read_options import CHANGES, READ_OPTIONS, ReadOptions, build_read_options
from batch.settings.settings import SETTINGS
from batch.text.language import tr
from batch.text.near_names import near_names

#: The settings that a job keeps: not those of one run, such as a limit or a confirmation.
_SETTINGS: Final = (
    *(name for name, entry in SETTINGS.items() if entry.in_jobs and not entry.flag_only),
    "api_key_file",
)
_VERSION: Final = 1
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class JobFile:
    """An operation, how its file is read, and the settings that were given for it, as they were written."""

    reading: ReadOptions
    settings: Mapping[str, Any] = field(default_factory=dict)

    def layer(self, path: Path) -> Layer:
        """Its settings as a layer: below the flags of the command that repeats it, above all others."""
        return Layer(f"{path}: {{}}", self.settings)


def build(reading: ReadOptions, flags: Mapping[str, Any]) -> JobFile:
    """The job of a command: its read options, and the settings that it got as flags."""
    given = {name: flags[name] for name in _SETTINGS if flags.get(name) not in (None, "-")}
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
            {
                name: getattr(reading, name)
                for name, entry in READ_OPTIONS.items()
                if entry.in_jobs and getattr(reading, name)
            },
        ),
        ("reading.map", reading.mapping),
        ("reading.columns", reading.columns or {}),
        ("settings", job.settings),
    ]
    lines = [tr("# A job of guayaba-batch. On the next export: guayaba-batch run THIS-FILE EXPORT")]
    for title, values in tables:
        if values:
            lines += ["", f"[{title}]"] if title else []
            lines += [f"{_name(name)} = {_value(value)}" for name, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


def save(job: JobFile, path: Path) -> None:
    """Write `job` to `path`. Raises SettingsError where that file holds something else."""
    require_free(job, path)
    path.write_text(to_toml(job), encoding="utf-8")


def require_free(job: JobFile, path: Path) -> None:
    """Raise SettingsError where `job` cannot be saved as `path`. A command calls this before its run, when the columns
    are not known yet."""
    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = None
        if not path.parent.is_dir():
            raise SettingsError(
                tr(
                    "--save-job {path}: the folder {parent} does not exist. Nothing was sent.",
                    path=path,
                    parent=path.parent,
                )
            ) from None
    except (OSError, UnicodeDecodeError):
        before = ""
    if before is not None and before != to_toml(job) and not (job.reading.columns is None and _is_same(job, path)):
        raise SettingsError(
            tr("--save-job {path}: the file exists and holds something else. Nothing was sent.", path=path),
            tip=tr("choose another name, or remove the file."),
        )


def _is_same(job: JobFile, path: Path) -> bool:
    """True where the file `path` holds `job`, whatever its columns are."""
    try:
        saved = load(path)
    except SettingsError:
        return False
    return to_toml(replace(saved, reading=replace(saved.reading, columns=None))) == to_toml(job)


def load(path: Path) -> JobFile:
    """The job in the file `path`. Raises SettingsError with everything that is wrong with it."""
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            tr("the job file {path} is damaged: {error}. Nothing was sent.", path=path, error=error),
            tip=tr(
                "correct that line, or create the file again with --save-job. A file of contacts is for update or "
                "fulfill."
            ),
        ) from None
    except OSError as error:
        raise SettingsError(
            tr("the job file {path} cannot be read: {strerror}. Nothing was sent.", path=path, strerror=error.strerror),
            tip=tr("make one with --save-job weekly.toml on a fulfill, update or update-by-id."),
        ) from None
    if values.get("job") != _VERSION:
        line = f"job = {values['job']!r}" if "job" in values else tr("no such line")
        raise SettingsError(
            tr(
                "{path} is not a job file. Expected the line job = {version}, found {line}. Nothing was sent.",
                path=path,
                version=_VERSION,
                line=line,
            ),
            tip=tr("make a job file with --save-job. Settings belong in guayaba-batch.toml."),
        )
    problems: list[str] = []
    job = _read_job(values, problems)
    if problems:
        raise SettingsError(
            tr("the job file {path} cannot be used. Nothing was sent.", path=path), problems=tuple(problems)
        )
    return job


def _read_job(values: Mapping[str, Any], problems: list[str]) -> JobFile:
    _check_names("", values, ("job", "operation", *CHANGES, "reading", "settings"), problems)
    operation = values.get("operation")
    if operation not in list(Operation):
        problems.append(
            tr(
                "operation: expected {operation}, found {operation_2!r}",
                operation=", ".join(Operation),
                operation_2=operation,
            )
        )
        operation = Operation.UPDATE
    reading = _table("reading", values, problems)
    _check_names("reading.", reading, (*READ_OPTIONS, "map", "columns"), problems)
    mapping = _table("map", reading, problems)
    columns = _table("columns", reading, problems)
    settings = _table("settings", values, problems)
    _check_names("settings.", settings, sorted(_SETTINGS), problems)
    options: dict[str, Any] = {
        "mapping": {role: _text(f"map.{role}", header, problems) or "" for role, header in mapping.items()}
    }
    for name, entry in {**READ_OPTIONS, **CHANGES}.items():
        table, place = (reading, f"reading.{name}") if name in READ_OPTIONS else (values, name)
        if name in table:
            try:
                options[name] = entry.parse(table[name])
            except ValueError as error:
                problems.append(f"{place}: {error}")
    read_options = build_read_options(operation, options)
    named = {role: _text(f"columns.{role}", header, problems) or "" for role, header in columns.items()}
    return JobFile(
        replace(read_options, columns=named or None), {name: settings[name] for name in settings if name in _SETTINGS}
    )


def _table(name: str, values: Mapping[str, Any], problems: list[str]) -> Mapping[str, Any]:
    value = values.get(name, {})
    if isinstance(value, dict):
        return value
    problems.append(tr("{name}: expected a table [{name}], found {value!r}", name=name, value=value))
    return {}


def _text(name: str, value: object, problems: list[str]) -> str | None:
    if value is None or isinstance(value, str):
        return value
    problems.append(tr("{name}: expected text, found {value!r}", name=name, value=value))
    return None


def _check_names(place: str, values: Mapping[str, Any], names: Collection[str], problems: list[str]) -> None:
    for name in values.keys() - set(names):
        near = near_names(name, names, 1)
        suggestion = (
            tr('did you mean "{near}"?', near=near[0]) if near else tr("the names are: {names}", names=", ".join(names))
        )
        problems.append(
            tr("{place}{name}: a job has no such name ({suggestion})", place=place, name=name, suggestion=suggestion)
        )


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: object) -> str:
    """A TOML value. The strings of TOML are those of JSON, but DEL is escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
