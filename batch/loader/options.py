"""How a source is to be read, and what the reading found: the loader's own frozen values.

Owns: `ReadOptions` (the options), `InputSummary` and `Issue` (what `check` shows).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from batch.guayaba.campaigns import Campaigns
from batch.model import DEFAULT_STATUSES, ContactChange, Operation, Outcome

PhoneCheck = Literal["valid", "possible"]
OnConflict = Literal["hold", "last", "first"]
Extensions = Literal["drop", "refuse"]
TwoNumbers = Literal["refuse", "first"]
HiddenRows = Literal["read", "skip"]
Phones = Literal["first", "all"]

#: A group shows at most this many row numbers and examples.
SHOWN = 20


class TeamNames(NamedTuple):
    """The statuses and campaigns that a row may ask for; `None`: not known, so not judged."""

    statuses: frozenset[str] | None
    campaigns: Campaigns | None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read one source.

    `mapping` is role -> header (`phone`, `id`, `status`, `campaign`, `name`, `phoneNumber`, `timezone`, `region`,
    `account`, `var:NAME`). `ask` holds the constants of the options: they overrule a recognised column, and a notice
    says so. `region` is an ISO 3166-1 code or a country's name; `region` in the mapping overrules it row by row.
    `statuses` are those of the team (`None`: not known, so not judged); `terminal` those that stop outreach, which a
    duplicate row may not overrule. `campaigns` are those of the team (`None`: not asked yet, so names pass for now in
    a mapped column); until they are known `ask.campaign_id` may be a name. `rerun` takes, from a report, the rows whose
    outcome is in `only` (`None`: `model.RERUN`). `accounts` are the names of the API keys that rows may belong to;
    without any, no column is looked for. `teams` are what each account's team has, by account;
    for an account that is not there, `statuses` and `campaigns` hold.

    An empty header in `mapping` lets a recognised role go; one that names several columns, with commas, gives `phone`
    all of them. `header_row` is the number of the row that names the columns (`None`: found); with `no_header` there
    is none, and the columns are called A, B and so on. `hidden_rows` says what becomes of rows that the spreadsheet
    hides (`None`: read and named, but refused where the run starts outreach). `keep_literal`: `NULL`, `nan` and error
    words are text to be written. `phones`: of a contact with several, the `first` that can be called, or `all`.
    """

    operation: Operation
    mapping: Mapping[str, str] = field(default_factory=dict)
    ask: ContactChange = field(default_factory=ContactChange)
    region: str | None = None
    phone_check: PhoneCheck = "valid"
    on_conflict: OnConflict = "hold"
    extensions: Extensions = "drop"
    two_numbers: TwoNumbers = "refuse"
    sheet: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    no_header: bool = False
    hidden_rows: HiddenRows | None = None
    keep_literal: bool = False
    phones: Phones = "first"
    statuses: frozenset[str] | None = None
    terminal: frozenset[str] = frozenset(name for name, stops in DEFAULT_STATUSES.items() if stops)
    campaigns: Campaigns | None = None
    rerun: bool = False
    only: frozenset[Outcome] | None = None
    accounts: frozenset[str] = frozenset()
    teams: Mapping[str, TeamNames] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issue:
    """Rows with one cause: its code and words, how many rows, and the first of them.

    `numbers` are spreadsheet row numbers and `examples` the cells at fault (`None`: an empty cell), side by side, in
    file order, at most `SHOWN`. Examples are raw: whoever prints them masks them.
    """

    code: str
    title: str
    tip: str
    rows: int
    numbers: tuple[int, ...]
    examples: tuple[str | None, ...]
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputSummary:
    """What one pass over a source found.

    `rows` = `sendable` + the duplicates + the invalid rows; `counts` names those three. `regions` and `types` count the
    numbers of rows with no fault of their own, duplicates and conflicts among them (`US`; `mobile`);
    `repairs` counts those rows by how their phone was repaired, `statuses` by the status asked, `accounts` by the
    account named. `duplicates` counts folded rows, `conflicts` the contacts whose rows ask for different things.
    """

    rows: int
    sendable: int
    counts: Mapping[str, int]
    problems: tuple[Issue, ...]
    regions: Mapping[str, int]
    types: Mapping[str, int]
    repairs: Mapping[str, int]
    duplicates: int
    conflicts: int
    notices: tuple[str, ...]
    statuses: Mapping[str, int]
    accounts: Mapping[str, int] = field(default_factory=dict)
