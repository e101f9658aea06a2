"""The source checked against its teams: their statuses and campaigns, as the API lists them.

Owns: which accounts a source names, when the team's campaigns are needed, and what is refused before a row is planned.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

import msgspec

from batch.errors import SettingsError
from batch.guayaba.campaigns import Campaigns, NoMatch
from batch.guayaba.reads import Statuses, Team
from batch.guayaba.teams import Teams
from batch.loader import LoadedSource, ReadOptions
from batch.loader.options import TeamNames


def named_accounts(loaded: LoadedSource) -> tuple[str, ...]:
    """The accounts that the rows of `loaded` name, in order; none where it has no column of accounts."""
    if "account" not in loaded.facts.roles:
        return ()
    return tuple(sorted(loaded.survey.accounts or loaded.reading.accounts))


def needs_campaigns(reading: ReadOptions, loaded: LoadedSource) -> bool:
    """True where a row may ask for a campaign, so that the team's campaigns must be known."""
    return reading.ask.campaign_id is not None or "campaign" in loaded.facts.roles


def apply_team(reading: ReadOptions, loaded: LoadedSource, teams: Teams) -> tuple[LoadedSource, ReadOptions]:
    """The source judged by what its teams have, read again only where that can change anything.

    Raises SettingsError where the status or the campaign for all rows is none of a team's: nothing was sent.
    """
    campaigns = teams.only.campaigns if teams.only else Campaigns()
    reading = replace(
        _with_campaign(reading, teams),
        campaigns=campaigns,
        teams={} if teams.only else {account: _team_names(team) for account, team in teams.by_account.items()},
    )
    if not any(team.statuses.known for team in teams.by_account.values()):
        return (loaded.read_again(reading) if needs_campaigns(reading, loaded) else loaded), reading
    statuses = teams.statuses
    reading = replace(reading, terminal=statuses.terminal_names)
    if reading.ask.status and (lacking := teams.lacking(reading.ask.status)):
        raise _no_status(reading.ask.status, lacking, statuses)
    as_known = not any(map(teams.lacking, loaded.survey.statuses)) and reading.terminal == loaded.reading.terminal
    if as_known and not needs_campaigns(reading, loaded):
        return loaded, reading
    reading = replace(reading, statuses=statuses.names)
    return loaded.read_again(reading), reading


def _team_names(team: Team) -> TeamNames:
    return TeamNames(team.statuses.names if team.statuses.known else None, team.campaigns)


def _no_status(status: str, lacking: list[str], statuses: Statuses) -> SettingsError:
    """The refusal of a status for all rows, which the teams of the accounts `lacking` have not."""
    near = difflib.get_close_matches(status.casefold(), {name.casefold() for name in statuses.names}, 1)
    meant = next((f' (did you mean "{name}"?)' for name in sorted(statuses.names) if name.casefold() in near), "")
    who = "the team has" if lacking == [""] else f"the team of {', '.join(lacking)} has"
    return SettingsError(
        f'{who} no status "{status}"{meant}. Nothing was sent.',
        problems=(f"its statuses are: {', '.join(sorted(statuses.names))}",) if lacking == [""] else (),
        tip="write the status exactly as listed; capitals matter (DNC).",
    )


def _with_campaign(reading: ReadOptions, teams: Teams) -> ReadOptions:
    """`reading` with the id of the campaign that `--campaign` means."""
    asked = reading.ask.campaign_id
    if asked is None:
        return reading
    if teams.only is None:
        raise SettingsError(
            "--campaign is for one team, and the rows of this file belong to several accounts. Nothing was sent.",
            tip='name each row\'s campaign in a column: --map campaign="THE HEADER".',
        )
    found = teams.only.campaigns.find(asked)
    if isinstance(found, NoMatch):
        raise SettingsError(
            f"--campaign: {found.message}. Nothing was sent.",
            problems=found.candidates,
            tip="write the campaign's id (a UUID, 8-4-4-4-12 hexadecimal digits) or its name as in the dashboard.",
        )
    return replace(reading, ask=msgspec.structs.replace(reading.ask, campaign_id=found))
