"""What the API and the settings say of the teams, by which rows are checked.

Owns: `TeamRules`. The options of the user are in `settings/read_options.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from batch.guayaba.campaigns import Campaigns
from batch.guayaba.statuses import DEFAULT_STATUSES


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
