"""The options that commands share, made from the two tables of settings; and what becomes of them.

Owns: an option for each setting and read option; options -> `ReadOptions`, options -> `Settings`. No option is
declared here that stands in a table: see `settings/setting.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import field, fields, make_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Optional, TypeAlias

from cyclopts import Parameter

from batch.cli.console import print_message
from batch.errors import ErrorCollector, SettingsError
from batch.settings.layers import misspelt_variables
from batch.settings.read_options import CHANGES, READ_OPTIONS, ReadOptions, build_read_options
from batch.settings.setting import Setting
from batch.settings.settings import KEY_FILE, SETTINGS, STANDING
from batch.text.language import tr, tr_noop, use_language
from batch.text.near_names import near_names

if TYPE_CHECKING:
    from batch.model import Outcome
    from batch.settings.corrections import Correction
    from batch.settings.layers import Layer
    from batch.settings.settings import Settings

#: `-` is stdin, not an option.
InputFile = Annotated[
    Path,
    Parameter(
        allow_leading_hyphen=True,
        validator=lambda _, path: _require_no_option(str(path)),
        help="The contacts: CSV, XLSX, XLS, ODS, Parquet, JSON, vCard and others, or - for stdin.",
    ),
]
SaveJob = Annotated[
    Path | None,
    Parameter(help="Save the operation, the columns, the region and the options in this job file."),
]
Json = Annotated[bool, Parameter(help="Print the result as JSON.", negative="")]

#: The settings that are options, with the file of the key, which is no setting.
_SETTINGS: Final[Mapping[str, Setting]] = {
    "base_url": SETTINGS["base_url"],
    "api_key_file": KEY_FILE,
    **{name: entry for name, entry in SETTINGS.items() if entry.option},
}
_MAP: Final = Setting(
    (),
    dict,
    'The column for a role, for example --map phone="Mobile #". Roles: phone, id, status, campaign, name, phoneNumber,'
    " timezone, region, account, var:NAME. --map id= turns a role off; phone can name several columns.",
    "ROLE=HEADER",
    repeatable=True,
)
_REGION_COLUMN: Final = Setting(None, str, "The column that names each row's country.", "HEADER")
_READING: Final = {"map": _MAP, "region_column": _REGION_COLUMN, **READ_OPTIONS, "variables": CHANGES["variables"]}
#: The entry of each option that stands in a table, by the name of the option.
ENTRIES: Final = {name.replace("_", "-"): entry for name, entry in {**_SETTINGS, **_READING}.items()}
#: The groups of options in `--help`, in their order.
_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    tr_noop("Which rows, and how they are read"): (
        *("map", "region", "region_column", "where", "map_value", "phones", "two_numbers", "extensions"),
        *("phone_check", "on_conflict", "hidden_rows", "keep_literal", "variables"),
    ),
    tr_noop("The file"): ("sheet", "header_row", "no_header", "encoding", "corrections"),
    tr_noop("Confirmation and protection"): (
        *("yes", "fresh", "preflight", "allow_reactivation", "allow_lifting_dnc", "skip_unchanged", "keep_before"),
        *("assume_stale", "accept_key"),
    ),
    tr_noop("Speed, and when to stop"): (
        *("rate", "share", "workers", "limit", "until", "max_runtime", "max_errors", "timeout", "attempts"),
        *("give_up_after", "window"),
    ),
    tr_noop("Reports and messages"): (
        *("out", "format", "notify", "notify_errors", "metrics_file", "quiet", "verbose"),
    ),
    tr_noop("Address and key"): ("base_url", "api_key_file", "account"),
}
GROUP_OF: Final = {name: title for title, names in _GROUPS.items() for name in names}
GROUP_TITLES: Final = tuple(_GROUPS)
#: The options of a command that writes, beside those for reading.
RUN_OPTIONS: Final = frozenset(name.replace("_", "-") for name in _SETTINGS)
#: What stands behind an option in `--help`, by the name of the option.
PLACEHOLDERS: Final = {name: entry.placeholder for name, entry in ENTRIES.items() if entry.placeholder}


class Options:
    """The options of a command as they were typed; one that was not given is None."""

    if TYPE_CHECKING:

        def __init__(self, **given: object) -> None: ...

    def given(self) -> dict[str, Any]:
        """The options that were given, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if value is not None}


def _options(title: str | None, table: Mapping[str, Setting], **help: str) -> Any:
    """A class of options for cyclopts. `help` replaces the help of an option for one command."""
    made = make_dataclass(
        "Options",
        [
            (name, Annotated[_type(entry), _parameter(name, entry, help.get(name), title)], field(default=None))
            for name, entry in table.items()
        ],
        bases=(Options,),
        # cyclopts looks into no class of the standard library; without a text, dataclasses makes a signature for one
        namespace={"__module__": __name__, "__doc__": Options.__doc__},
        eq=False,
        repr=False,  # each method that is made takes its time at every start
    )
    return Parameter(name="*")(made)


def _type(entry: Setting) -> Any:
    if entry.is_switch:
        return bool | None
    if entry.choices:
        return Optional[Literal[entry.choices]]  # noqa: UP045
    return tuple[str, ...] | None if entry.repeatable else str | None


def _parameter(name: str, entry: Setting, help: str | None, title: str | None) -> Parameter:
    names = [f"--{name.replace('_', '-')}", *filter(None, [entry.short])]
    return Parameter(
        name=names,
        help=help or entry.help_text(),
        negative=None if entry.is_switch and entry.default is True else "",
        show=not entry.hidden,
        allow_leading_hyphen=entry.hyphen,
        group=title and GROUP_OF.get(name, title),
    )


def _select(*names: str, stdout: bool = False) -> Mapping[str, Setting]:
    """These settings; only with `stdout` may --out be - too."""
    out = (
        {}
        if stdout
        else {
            "out": replace(
                _SETTINGS["out"], help=tr_noop("The folder in which each run makes its own folder."), hyphen=False
            )
        }
    )
    return {name: {**_SETTINGS, **out}[name] for name in names}


_CONNECTION: Final = ("base_url", "api_key_file", "account")
#: The options of a run that a plan has, too.
PLAN_OPTIONS: Final = (
    *_CONNECTION, "rate", "share", "workers", "timeout", "give_up_after", "window", "format", "fresh", "preflight",
    "allow_reactivation", "allow_lifting_dnc", "assume_stale", "max_changes", "max_starts", "quiet",
)  # fmt: skip

if TYPE_CHECKING:
    ReadingFlags: TypeAlias = Options
    RunFlags: TypeAlias = Options
    CheckFlags: TypeAlias = Options
    ReportFlags: TypeAlias = Options
    ListFlags: TypeAlias = Options
    VerifyFlags: TypeAlias = Options
    PlanFlags: TypeAlias = Options
    AppFlags: TypeAlias = Options
else:
    ReadingFlags = _options(tr_noop("How the file is read"), _READING)
    RunFlags = _options(tr_noop("How the run is done"), _SETTINGS)
    CheckFlags = _options(tr_noop("With --online"), _select(*_CONNECTION))
    ReportFlags = _options(
        None,
        _select("format", "out", stdout=True),
        out=tr_noop("The folder for the files; with -, the rows go to stdout. Default: the folder of the run."),
    )
    ListFlags = _options(None, _select("out"))
    PlanFlags = _options(tr_noop("How the plan is made"), _select(*PLAN_OPTIONS))
    AppFlags = _options(None, _select("out", *_CONNECTION))
    VerifyFlags = _options(
        None,
        _select(
            *("fresh", "max_runtime", "give_up_after", "format", "out", *_CONNECTION, "accept_key", "window", "quiet")
        ),
        fresh=tr_noop("Start again, even if an unfinished verification exists."),
        out=tr_noop("The folder for the files. Default: the folder of the run."),
    )


def _require_no_option(name: str) -> None:
    """Raise ValueError where a mistyped option stands in the place of the file: `-` alone is stdin."""
    if not name.startswith("-") or name == "-":
        return
    known = ["status", "campaign", "save_job", *_READING, *_SETTINGS]
    near = near_names(name.partition("=")[0], [f"--{each.replace('_', '-')}" for each in known], 1)
    raise ValueError(
        tr("Unknown option: {name}.", name=name) + (tr(" Did you mean {near}?", near=near[0]) if near else "")
    )


def read_settings(
    flags: Options | None,
    *,
    region: str | None = None,
    stdin_is_input: bool = False,
    as_json: bool = False,
    need_key: bool = True,
    job: Layer | None = None,
) -> Settings:
    """The settings in force under `flags`. Raises SettingsError with every problem."""
    from batch.settings.gather import gather_settings
    from batch.text.temporary_folder import remove_left_parts

    given = flags.given() if flags else {}
    problems = ErrorCollector(tr("the settings cannot be used, and nothing was sent"))
    if given.get("out") == "-":
        given |= {"out": None, "stream": True}
        with problems.gather():
            _require_stdout(as_json)
    settings = None
    with problems.gather():
        settings = gather_settings(
            {**given, "region": region},
            os.environ,
            here=Path.cwd(),
            home=Path.home(),
            read_stdin=None if stdin_is_input else sys.stdin.read,
            need_key=need_key,
            job=job,
        )
    problems.settle()
    assert settings is not None
    for name, near in misspelt_variables(os.environ, STANDING).items():
        print_message(tr("note: the variable {name} is not read. Did you mean {near}?", name=name, near=near))
    if settings.language:
        use_language(settings.language)
    remove_left_parts(settings.out)
    return settings


def _require_stdout(as_json: bool) -> None:
    if as_json:
        raise SettingsError(
            tr("--out - and --json both write to stdout. Nothing was sent."),
            tip=tr("leave out --json: summary.json in the run folder holds the same."),
        )


def read_flags(
    operation: str,
    flags: Options | None,
    status: str | None = None,
    campaign: str | None = None,
    region: str | None = None,
) -> ReadOptions:
    """The read options of a command; `region` where no flag names one. Raises SettingsError with every problem."""
    given = flags.given() if flags else {}
    mapping: dict[str, str] = {}
    problems = ErrorCollector(tr("--map cannot be used"))
    for pair in given.pop("map", ()):
        role, equals, header = pair.partition("=")
        with problems.gather():
            if not equals or not role.strip():
                raise SettingsError(
                    tr('--map {pair}: expected ROLE=HEADER, for example --map phone="Mobile #".', pair=pair)
                )
            if role.strip() in mapping and role.strip() != "phone":
                raise SettingsError(
                    tr(
                        "--map names {role} twice: {mapping!r} and {header!r}.",
                        role=role.strip(),
                        mapping=mapping[role.strip()],
                        header=header,
                    ),
                    tip=tr("Only phone can have several columns."),
                )
        before = mapping.get(role.strip())
        mapping[role.strip()] = f"{before},{header}" if before and header else header
    problems.settle()
    if column := given.pop("region_column", None):
        mapping["region"] = column
    changes = {"status": status, "campaign": campaign, "mapping": mapping, "region": region}
    return build_read_options(operation, changes | given, "--{}")


def parse_outcomes(only: tuple[str, ...]) -> list[Outcome]:
    """The outcomes that `--only failed,pending` names. Raises SettingsError for a word that is no outcome."""
    from batch.model import Outcome

    words = [word.strip() for part in only for word in part.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(Outcome)]
    if unknown:
        raise SettingsError(
            tr(
                "--only {unknown}: expected outcomes ({outcome}).",
                unknown=",".join(unknown),
                outcome=", ".join(Outcome),
            )
        )
    return [Outcome(word) for word in words]


def parse_corrections(path: str | None) -> tuple[Correction, ...]:
    """The corrections in the file that `--corrections` names. Raises SettingsError."""
    return build_read_options("fulfill", {"corrections": path}, "--{}").corrections
