"""The values of the loader: the rules of the team, and what the reading found.

Owns: `TeamRules`, `InputSummary` and `Issue` (what `check` shows). The options of the user: `settings.read_options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from batch.guayaba.campaigns import Campaigns
from batch.guayaba.statuses import DEFAULT_STATUSES

#: A group shows at most this many row numbers and examples.
SHOWN = 20


class TeamNames(NamedTuple):
    """The statuses and campaigns that a row may ask for; `None`: not known, so not judged."""

    statuses: frozenset[str] | None
    campaigns: Campaigns | None


@dataclass(frozen=True, slots=True)
class TeamRules:
    """What the API and the settings say of the teams whose contacts are read: the rows are checked against it.

    `statuses` are those of the team (`None`: not known, so not checked). `stopping_statuses` are those that stop
    outreach: a duplicate row may not overrule them. `campaigns` are those of the team (`None`: not asked yet, so names
    pass for now in a mapped column). `accounts` are the names of the API keys that rows may belong to; without any, no
    column is searched for. `teams` are the names of each account's team; for another account, `statuses` and
    `campaigns` hold.
    """

    statuses: frozenset[str] | None = None
    stopping_statuses: frozenset[str] = frozenset(name for name, stops in DEFAULT_STATUSES.items() if stops)
    campaigns: Campaigns | None = None
    accounts: frozenset[str] = frozenset()
    teams: Mapping[str, TeamNames] = field(default_factory=dict)
    #: Rows whose own column says do not call may start outreach.
    allow_reactivation: bool = False


@dataclass(frozen=True, slots=True)
class Issue:
    """Rows with one cause: its code and words, how many rows, and the first of them.

    `numbers` are spreadsheet row numbers and `examples` the cells at fault (`None`: an empty cell), side by side, in
    file order, at most `SHOWN`. Examples are raw: the code that prints them masks them.
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

    `rows` = `sendable` + the duplicates + the invalid rows + the held rows; `counts` names those four. `regions` and
    `types` count the numbers of rows with no fault of their own, duplicates and conflicts among them (`US`; `mobile`);
    `repairs` counts those rows by how their phone was repaired, `statuses` by the status asked, `campaigns` by the
    campaign asked, `accounts` by the account named. `duplicates` counts folded rows, `conflicts` the contacts whose
    rows ask for different things.
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
    campaigns: Mapping[str, int] = field(default_factory=dict)
    #: Rows that `--where` left out; they are not among `rows`.
    left_out: int = 0
    #: How cells were read as a status or another value that they do not spell -> rows.
    spellings: Mapping[str, int] = field(default_factory=dict)
    #: Words that ask to be left alone and are no status of the team -> rows; none of these rows is sent.
    opt_out_words: Mapping[str, int] = field(default_factory=dict)
    #: Rows that ask for DNC and cannot be sent for another reason.
    unsendable_dnc: int = 0
    #: Rows whose own column says do not call and that start outreach all the same, because that was allowed.
    opted_out_sent: int = 0
    #: Contacts whose rows ask for different things, and for which the stricter request was taken.
    stricter: int = 0
