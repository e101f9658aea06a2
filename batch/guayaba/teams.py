"""The teams that a run writes to, one for each of its keys: what all of them have, and what one lacks.

Owns: asking every key for what its team has, side by side, and what a run over several teams may rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio

from batch.errors import KeyRefused, single_error
from batch.guayaba import reads as directory
from batch.guayaba.reads import Reads, Team
from batch.guayaba.statuses import Statuses
from batch.text.language import tr

#: Keys that are asked at once.
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Teams:
    """What is known of each team, by account. The run's own key, where rows name no accounts, has an empty name."""

    by_account: Mapping[str, Team] = field(default_factory=lambda: {"": Team()})

    @property
    def only(self) -> Team | None:
        """The team, where there is one."""
        return next(iter(self.by_account.values())) if len(self.by_account) == 1 else None

    @property
    def statuses(self) -> Statuses:
        """The statuses that any team has: stopping where every team that has one says so, known where all are."""
        teams = [team.statuses for team in self.by_account.values()]
        names = frozenset(name for team in teams for name in team.names)
        return Statuses(
            {name: all(team.stops.get(name, True) for team in teams) for name in names},
            known=all(team.known for team in teams),
        )

    @property
    def stopping_in_any_team(self) -> frozenset[str]:
        """The statuses that stop outreach in any team: a contact that has one is left alone, in every team."""
        return frozenset().union(*(team.statuses.stopping_names for team in self.by_account.values()))

    @property
    def clock_ahead(self) -> float:
        """The seconds by which this machine's clock is ahead of the API's, or behind it (below 0); 0 where unknown."""
        return max((team.clock_ahead or 0.0 for team in self.by_account.values()), key=abs, default=0.0)

    def campaign_name(self, campaign_id: str) -> str:
        """The name of a campaign of any of the teams; its id where no name is known."""
        names = (team.campaigns.find_name(campaign_id) for team in self.by_account.values())
        return next((name for name in names if name != campaign_id), campaign_id)

    def lacking(self, status: str) -> list[str]:
        """The accounts whose team is known not to have `status`."""
        return [
            account
            for account, team in self.by_account.items()
            if team.statuses.known and status not in team.statuses.names
        ]


async def read_teams(readers: Mapping[str, Reads], *, campaigns_asked: bool) -> Teams:
    """The teams of `readers`, by account. Also the first call of each key: it shows that the host answers and the key
    works.

    Raises KeyRefused, with every key that was refused, and Unreachable where no answer came.
    """
    found: dict[str, Team] = {}
    refused: dict[str, KeyRefused] = {}
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def ask(account: str, reads: Reads) -> None:
        async with limiter:
            try:
                found[account] = await directory.read_team(reads, campaigns_asked=campaigns_asked)
            except KeyRefused as fault:
                refused[account] = fault

    with single_error():
        async with anyio.create_task_group() as tasks:
            for account, reads in readers.items():
                tasks.start_soon(ask, account, reads)
    if "" in refused:
        raise refused[""]
    if refused:
        raise KeyRefused(
            tr(
                "the API refused the keys of {count} of {count_2} accounts. Nothing was sent.",
                count=len(refused),
                count_2=len(readers),
            ),
            problems=tuple(f"[accounts.{account}]" for account in sorted(refused)),
            tip=tr("check these keys on the API Keys page of each team's dashboard."),
        )
    return Teams({account: found[account] for account in readers})
