"""The source checked against its teams: their statuses and campaigns, as the API lists them.

Owns: which accounts a source names, when the team's campaigns are needed, and what is refused before a row is planned.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

import msgspec

from batch.errors import SettingsError
from batch.guayaba.campaigns import Campaigns, NoMatch
from batch.guayaba.reads import Team
from batch.guayaba.statuses import Statuses
from batch.guayaba.teams import Teams
from batch.loader import LoadedSource, ReadOptions
from batch.loader.options import TeamNames


def named_accounts(loaded: LoadedSource) -> tuple[str, ...]:
    """The accounts that the rows of `loaded` name, in order; none where it has no column of accounts."""
    if "account" not in loaded.facts.roles:
        return ()
    return tuple(sorted(loaded.survey.accounts or loaded.reading.accounts))


def needs_campaigns(options: ReadOptions, loaded: LoadedSource) -> bool:
    """True where a row may set a campaign, so that the campaigns of the team are needed."""
    return options.ask.campaign_id is not None or "campaign" in loaded.facts.roles


def apply_team(options: ReadOptions, loaded: LoadedSource, teams: Teams) -> tuple[LoadedSource, ReadOptions]:
    """The source checked against its teams, and the options with what they have. It is read again only where that
    can change a row.

    Raises SettingsError where a team does not have the status or the campaign for all rows: nothing was sent.
    """
    campaigns = teams.only.campaigns if teams.only else Campaigns()
    options = replace(
        _with_campaign(options, teams),
        campaigns=campaigns,
        teams={} if teams.only else {account: _team_names(team) for account, team in teams.by_account.items()},
    )
    if not any(team.statuses.known for team in teams.by_account.values()):
        return (loaded.read_again(options) if needs_campaigns(options, loaded) else loaded), options
    statuses = teams.statuses
    options = replace(options, terminal=statuses.terminal_names)
    if options.ask.status and (lacking := teams.lacking(options.ask.status)):
        raise _unknown_status(options.ask.status, lacking, statuses)
    known = not any(map(teams.lacking, loaded.survey.statuses)) and options.terminal == loaded.reading.terminal
    if known and not needs_campaigns(options, loaded):
        return loaded, options
    options = replace(options, statuses=statuses.names)
    return loaded.read_again(options), options


def _team_names(team: Team) -> TeamNames:
    return TeamNames(team.statuses.names if team.statuses.known else None, team.campaigns)


def _unknown_status(status: str, lacking: list[str], statuses: Statuses) -> SettingsError:
    """The refusal of a status for all rows that the teams of the accounts `lacking` do not have."""
    near = difflib.get_close_matches(status.casefold(), {name.casefold() for name in statuses.names}, 1)
    suggestion = next((f' (did you mean "{name}"?)' for name in sorted(statuses.names) if name.casefold() in near), "")
    owner = "the team has" if lacking == [""] else f"the team of {', '.join(lacking)} has"
    return SettingsError(
        f'{owner} no status "{status}"{suggestion}. Nothing was sent.',
        problems=(f"its statuses are: {', '.join(sorted(statuses.names))}",) if lacking == [""] else (),
        tip="write the status exactly as listed; capitals matter (DNC).",
    )


def _with_campaign(options: ReadOptions, teams: Teams) -> ReadOptions:
    """`options` with the id of the campaign that `--campaign` names."""
    name = options.ask.campaign_id
    if name is None:
        return options
    if teams.only is None:
        raise SettingsError(
            "--campaign is for one team, and the rows of this file belong to several accounts. Nothing was sent.",
            tip='name each row\'s campaign in a column: --map campaign="THE HEADER".',
        )
    campaign_id = teams.only.campaigns.find(name)
    if isinstance(campaign_id, NoMatch):
        raise SettingsError(
            f"--campaign: {campaign_id.message}. Nothing was sent.",
            problems=campaign_id.candidates,
            tip="write the campaign's id (a UUID, 8-4-4-4-12 hexadecimal digits) or its name as in the dashboard.",
        )
    return replace(options, ask=msgspec.structs.replace(options.ask, campaign_id=campaign_id))
