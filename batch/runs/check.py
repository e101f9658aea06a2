"""A source as a run would read it, without a write.

Owns: `check`, which makes no call, and `check_online`, which reads what the teams have.
"""

from __future__ import annotations

from typing import BinaryIO

from batch import loader
from batch.dispatcher.api_session import open_sessions
from batch.guayaba.teams import Teams, read_teams
from batch.loader import GivenSource, LoadedSource, ReadOptions, TeamRules
from batch.runs import team_check
from batch.runs.fingerprint import with_fulfil_change
from batch.settings.access import Access
from batch.settings.slices import Connection


def check(
    source: GivenSource, options: ReadOptions, rules: TeamRules, *, stdin: BinaryIO | None = None
) -> LoadedSource:
    """The source as a run would read it by these `rules`, without any call. Raises InputRefused where a run would be
    refused."""
    return loader.load(source, with_fulfil_change(options), rules, stdin=stdin, keep_phones=False)


async def check_online(
    source: GivenSource,
    options: ReadOptions,
    rules: TeamRules,
    connection: Connection,
    access: Access,
    *,
    stdin: BinaryIO | None = None,
) -> tuple[LoadedSource, Teams]:
    """The source checked against its teams, and what these have.

    Raises as `check`, and KeyRefused, Unreachable, and SettingsError where a team lacks what all rows set.
    """
    loaded = check(source, options, rules, stdin=stdin)
    async with open_sessions(connection, access.lanes(team_check.named_accounts(loaded))) as sessions:
        teams = await read_teams(
            {account: api.reader for account, api in sessions.items()},
            campaigns_asked=team_check.needs_campaigns(options, loaded),
        )
    return team_check.apply_team(loaded.reading, loaded, teams)[0], teams
