"""The source checked against its teams: their statuses and campaigns, as the API lists them.

Owns: asking the teams, which accounts a source names, when its campaigns are needed, and what is refused before a row
is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from batch.dispatcher.api_session import ApiSession
from batch.errors import SettingsError
from batch.guayaba.campaigns import Campaigns, NoMatch
from batch.guayaba.reads import Team
from batch.guayaba.statuses import Statuses
from batch.guayaba.teams import Teams, read_teams
from batch.loader import LoadedSource, ReadOptions, TeamRules
from batch.loader.cells.status_words import suggest_status
from batch.loader.team_rules import TeamNames
from batch.model import RunPlan
from batch.settings.access import Access
from batch.settings.slices import Guards
from batch.text.language import tr


def initial_rules(access: Access, guards: Guards, source_plan: RunPlan | None = None) -> TeamRules:
    """The rules before the API is asked: which accounts rows may name, and whether stopped contacts may be started.

    `source_plan` is that of the run whose report is run again: its stopping statuses hold.
    """
    rules = TeamRules() if source_plan is None else recorded_rules(source_plan)
    return replace(rules, accounts=access.row_accounts, allow_reactivation=guards.allow_reactivation)


def record_reading(options: ReadOptions, rules: TeamRules) -> dict[str, object]:
    """The part of a plan that says how its input was read: `options`, and of `rules` what a rerun needs."""
    kept = {"terminal": rules.stopping_statuses, "accounts": rules.accounts}
    return {**msgspec.to_builtins(options), **msgspec.to_builtins(kept)}


def recorded_rules(plan: RunPlan) -> TeamRules:
    """The accounts and stopping statuses by which the input of `plan` was checked."""
    recorded = dict(plan.read_options)
    if "terminal" in recorded:
        recorded["stopping_statuses"] = recorded["terminal"]
    return msgspec.convert(recorded, type=TeamRules)


def named_accounts(loaded: LoadedSource) -> tuple[str, ...]:
    """The accounts that the rows of `loaded` name, in order; none where it has no column of accounts."""
    if "account" not in loaded.facts.roles:
        return ()
    return tuple(sorted(loaded.survey.accounts or loaded.team.accounts))


def needs_campaigns(options: ReadOptions, loaded: LoadedSource) -> bool:
    """True where a row may set a campaign, so that the campaigns of the team are needed."""
    return options.ask.campaign_id is not None or "campaign" in loaded.facts.roles


async def ask_teams(sessions: Mapping[str, ApiSession], guards: Guards, *, campaigns_asked: bool) -> Teams:
    """What the teams have; nothing is asked with `--no-preflight`. It also shows that the keys and the address work."""
    if not guards.preflight:
        return Teams()
    return await read_teams({account: api.reader for account, api in sessions.items()}, campaigns_asked=campaigns_asked)


def apply_team(options: ReadOptions, loaded: LoadedSource, teams: Teams) -> tuple[LoadedSource, ReadOptions]:
    """The source checked against its teams, and the options with the id of the campaign. It is read again only
    where that can change a row.

    Raises SettingsError where a team does not have the status or the campaign for all rows: nothing was sent.
    """
    options = _with_campaign(options, teams)
    rules = replace(
        loaded.team,
        campaigns=teams.only.campaigns if teams.only else Campaigns(),
        teams={} if teams.only else {account: _team_names(team) for account, team in teams.by_account.items()},
    )
    if not any(team.statuses.known for team in teams.by_account.values()):
        return (loaded.read_again(options, rules) if needs_campaigns(options, loaded) else loaded), options
    statuses = teams.statuses
    rules = replace(rules, stopping_statuses=statuses.stopping_names)
    if options.ask.status and (lacking := teams.lacking(options.ask.status)):
        raise _unknown_status(options.ask.status, lacking, statuses)
    same = rules.stopping_statuses == loaded.team.stopping_statuses
    known = not any(map(teams.lacking, loaded.survey.statuses))
    # A cell that was read in another way may spell a status of the team exactly.
    known = known and not loaded.survey.spellings and not loaded.survey.opt_out_words
    known = known and not needs_campaigns(options, loaded)
    if known and same:
        return loaded, options
    rules = replace(rules, statuses=statuses.names)
    if known and _sets_one_status(options, loaded) and _stops(options, rules) == _stops(options, loaded.team):
        return replace(loaded, context=loaded.context._replace(team=rules)), options
    return loaded.read_again(options, rules), options


def _sets_one_status(options: ReadOptions, loaded: LoadedSource) -> bool:
    """True where all rows set the status of the options: no other one is in the file."""
    return options.ask.status is not None and "status" not in loaded.facts.roles


def _stops(options: ReadOptions, rules: TeamRules) -> bool:
    """True where the status of the options stops outreach."""
    return options.ask.status in rules.stopping_statuses


def _team_names(team: Team) -> TeamNames:
    return TeamNames(team.statuses.names if team.statuses.known else None, team.campaigns)


def _unknown_status(status: str, lacking: list[str], statuses: Statuses) -> SettingsError:
    """The refusal of a status for all rows that the teams of the accounts `lacking` do not have."""
    near = suggest_status(status, statuses.names)
    suggestion = tr(' (did you mean "{near}"?)', near=near) if near else ""
    owner = tr("the team has") if lacking == [""] else tr("the team of {lacking} has", lacking=", ".join(lacking))
    return SettingsError(
        tr(
            '{owner} no status "{status}"{suggestion}. Nothing was sent.',
            owner=owner,
            status=status,
            suggestion=suggestion,
        ),
        problems=(tr("its statuses are: {names}", names=", ".join(sorted(statuses.names))),) if lacking == [""] else (),
        tip=tr("write the status exactly as listed; capitals matter (DNC)."),
    )


def _with_campaign(options: ReadOptions, teams: Teams) -> ReadOptions:
    """`options` with the id of the campaign that `--campaign` names."""
    name = options.ask.campaign_id
    if name is None:
        return options
    if teams.only is None:
        raise SettingsError(
            tr("--campaign is for one team, and the rows of this file belong to several accounts. Nothing was sent."),
            tip=tr('name the campaign of each row in a column: --map campaign="THE HEADER".'),
        )
    campaign_id = teams.only.campaigns.find(name)
    if isinstance(campaign_id, NoMatch):
        raise SettingsError(
            tr("--campaign: {value}. Nothing was sent.", value=campaign_id.message),
            problems=campaign_id.candidates,
            tip=tr("write the campaign's id (a UUID, 8-4-4-4-12 hexadecimal digits) or its name as in the dashboard."),
        )
    return replace(options, ask=msgspec.structs.replace(options.ask, campaign_id=campaign_id))
