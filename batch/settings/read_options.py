"""How a source is read: the table of what a user may choose. What the API says of the team is `loader.TeamRules`.

Owns: the table (`READ_OPTIONS`), `ReadOptions`, its values, and their part of a command's fingerprint.
To add a read option, add one field with `setting(...)` to `ReadOptions`: see `setting.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypedDict

from batch.errors import SettingsError
from batch.model import ContactChange, Operation, Outcome
from batch.settings import column_rules, values
from batch.settings.corrections import Correction, read_corrections
from batch.settings.setting import Setting, build_table, choice, setting
from batch.settings.settings import SETTINGS
from batch.text.language import tr

PhoneCheck = Literal["valid", "possible"]
OnConflict = Literal["strictest", "hold", "last", "first"]
Extensions = Literal["drop", "refuse"]
TwoNumbers = Literal["refuse", "first"]
HiddenRows = Literal["read", "skip"]
Phones = Literal["first", "all"]
Variables = Literal["merge", "replace"]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read one source, and what is asked of every row.

    `mapping` is role -> header (`phone`, `id`, `status`, `campaign`, `name`, `phoneNumber`, `timezone`, `region`,
    `account`, `var:NAME`). `ask` holds the changes that apply to every row: they overrule a recognised column, and a
    notice says so; until the team's campaigns are known, `ask.campaign_id` may be a name. `rerun` takes, from a report,
    the rows whose outcome is in `only` (`None`: `model.RERUN`).

    An empty header in `mapping` turns a recognised role off; one that names several columns, with commas, gives `phone`
    all of them.
    """

    operation: Operation
    mapping: Mapping[str, str] = field(default_factory=dict)
    ask: ContactChange = field(default_factory=ContactChange)
    #: An ISO 3166-1 code or a country's name; a column of regions overrules it row by row.
    region: str | None = setting(
        None, values.plain_text, "The country of numbers without a country code: US, ES, or its name.", "REGION"
    )
    phone_check: PhoneCheck = choice(
        "valid", "How strictly phone numbers are checked (the terms of libphonenumber).", "valid", "possible"
    )
    on_conflict: OnConflict = choice(
        "strictest",
        "What to do with rows of one contact that ask for different changes: DNC and other stops win, or as it says.",
        "strictest",
        "hold",
        "last",
        "first",
    )
    extensions: Extensions = choice("drop", "What to do with numbers that have an extension.", "drop", "refuse")
    two_numbers: TwoNumbers = choice("refuse", "What to do with cells that hold two numbers.", "refuse", "first")
    sheet: str | None = setting(None, values.plain_text, "The sheet of a workbook.", "SHEET")
    encoding: str | None = setting(
        None, values.plain_text, "The encoding of a text file, if the detected one is wrong.", "ENCODING"
    )
    header_row: int | None = setting(
        None,
        values.whole_number(1, 1_000_000_000),
        "The row that names the columns, as the spreadsheet shows it. Default: it is found.",
        "N",
    )
    no_header: bool = setting(False, values.flag, "The file has no header row: the columns are called A, B, C.")
    #: None: read and named, but refused where the run starts outreach.
    hidden_rows: HiddenRows | None = choice(
        None,
        "What to do with rows that a filter or a person hides. Default: refused where the run starts outreach.",
        "read",
        "skip",
    )
    keep_literal: bool = setting(
        False, values.flag, "Write NULL, nan, #N/A and the like as they are. Default: they are blank."
    )
    #: None: all where every row is to be DNC, else the first.
    phones: Phones | None = choice(
        None,
        "Contacts with several phones (numbered columns, a list, --map phone=A,B): the first that can be called (a"
        " mobile before others), or all."
        " Default: all for --status DNC, else first.",
        "first",
        "all",
    )
    where: tuple[str, ...] = setting(
        (),
        column_rules.conditions,
        'Take only the rows with this value, for example --where "Do Not Call=TRUE". Also HEADER!=VALUE, HEADER='
        ' (empty), "HEADER in (A,B)". All conditions must hold.',
        "CONDITION",
        repeatable=True,
    )
    map_value: tuple[str, ...] = setting(
        (),
        column_rules.value_rules,
        'Read a cell as another value, for example --map-value status:"Do Not Call"=DNC.',
        "ROLE:CELL=VALUE",
        repeatable=True,
    )
    #: Cells that are read as others. A rerun does not take those of its run: its report holds the corrected cells.
    corrections: tuple[Correction, ...] = setting(
        (),
        read_corrections,
        "A file of corrected cells (column, cell, corrected, row), as the page of `app` keeps it.",
        "FILE",
        in_jobs=False,
    )
    rerun: bool = False
    only: frozenset[Outcome] | None = None
    #: Role -> header of the columns that a job had when it was saved; `None`: no job, or one of an older version.
    columns: Mapping[str, str] | None = None


class Options(TypedDict, total=False):
    """The keywords of `batch.run`, for type checkers: the entries of this table, and the changes for every row.

    `mapping` is role -> header, for example `{"phone": "Mobile #"}`.
    """

    status: str
    campaign: str
    variables: Variables
    mapping: Mapping[str, str]
    region: str
    phone_check: PhoneCheck
    on_conflict: OnConflict
    extensions: Extensions
    two_numbers: TwoNumbers
    sheet: str
    encoding: str
    header_row: int
    no_header: bool
    hidden_rows: HiddenRows
    keep_literal: bool
    phones: Phones
    where: Sequence[str]
    map_value: Sequence[str]
    corrections: Path | str | Sequence[Correction]


#: Every read option by name.
READ_OPTIONS: Final[Mapping[str, Setting]] = build_table(ReadOptions)
#: Options that are no field of their own: together they are `ask`, the changes for every row.
CHANGES: Final[Mapping[str, Setting]] = {
    "status": Setting(None, values.plain_text, "The status for every row, for example DNC.", "STATUS"),
    "campaign": Setting(None, values.plain_text, "The campaign for every row: its name or UUID.", "CAMPAIGN"),
    "variables": Setting(
        "merge",
        values.one_of("merge", "replace"),
        "What happens to custom variables that a row does not set: they are kept, or erased.",
        choices=("merge", "replace"),
    ),
}
#: The options of 0.1.0, in the order of their fingerprint, which does not change.
_FIRST: Final = ("region", "phone_check", "on_conflict", "extensions", "two_numbers")
_SECOND: Final = ("sheet", "encoding")


def build_read_options(operation: object, options: Mapping[str, Any], name: str = "{}") -> ReadOptions:
    """The read options of `operation`, by name: those of the table, `mapping`, `status`, `campaign`, `variables`.

    `name` is how a problem spells an option, with {} for its name. Raises SettingsError with every problem.
    """
    problems: list[str] = []
    try:
        kind = Operation(str(operation))
    except ValueError:
        raise SettingsError(
            tr(
                'expected an operation ({operation}), found "{operation_2}".',
                operation=", ".join(Operation),
                operation_2=operation,
            )
        ) from None
    known = {**CHANGES, **READ_OPTIONS}
    chosen: dict[str, Any] = {}
    for each, value in options.items():
        try:
            if each in known and value is not None:
                chosen[each] = known[each].parse(value)
            elif each not in known:
                _require_mapping(each, value, known)
        except ValueError as error:
            problems.append(f"{_spelled(name, each)}: {error}")
    status, campaign = chosen.pop("status", None) or None, chosen.pop("campaign", None) or None
    replaces = chosen.pop("variables", "merge") == "replace"
    if problems:
        raise SettingsError("; ".join(problems) + ".")
    change = ContactChange(status, campaign, replace_variables=replaces)
    return ReadOptions(kind, mapping=dict(options.get("mapping") or {}), ask=change, **chosen)


def _require_mapping(option: str, value: object, known: Mapping[str, object]) -> None:
    """Raise ValueError unless `option` is `mapping`, and a dict: it is none of the `known` ones."""
    if option in SETTINGS:
        raise ValueError(tr("this is a setting: Settings({name}=...)", name=option))
    if option != "mapping":
        raise ValueError(tr("no such option. The options are mapping, {known}", known=", ".join(known)))
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(tr("expected a dict of roles and headers, found {value!r}", value=value))


def _spelled(name: str, option: str) -> str:
    """The name of an option as `name` spells it: `--header-row` on a command line."""
    return name.format(option.replace("_", "-") if name.startswith("--") else option)


def fingerprint_parts(reading: ReadOptions) -> list[object]:
    """What of `reading` makes two commands different, ready for JSON.

    An option that a later version adds counts only where it was given, so a command keeps the run that it began.
    """
    parts: list[object] = [
        reading.operation,
        reading.ask,
        sorted(reading.mapping.items()),
        [getattr(reading, name) for name in _FIRST],
        [*(getattr(reading, name) for name in _SECOND), reading.rerun, sorted(reading.only or ())],
    ]
    later = {
        name: getattr(reading, name)
        for name, entry in READ_OPTIONS.items()
        if name not in (*_FIRST, *_SECOND) and getattr(reading, name) != entry.default
    }
    if reading.columns is not None:
        later["columns"] = sorted(reading.columns.items())
    return [*parts, later] if later else parts
