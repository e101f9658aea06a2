"""The API keys of a program's user, and what the teams behind them have.

Owns: storing a key as `login` does, and reading the statuses and campaigns to choose from.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import anyio

from batch.dispatcher.api_session import open_sessions
from batch.errors import SettingsError, Unreachable
from batch.guayaba.campaigns import Campaign
from batch.guayaba.teams import read_teams
from batch.model import RunPlan
from batch.settings.accounts import Account
from batch.settings.api_key import ApiKey
from batch.settings.key_store import forget_key, store_key
from batch.settings.layers import config_folder
from batch.settings.settings import Settings
from batch.text.language import tr

#: Seconds that a person waits for the lists of the team.
PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class TeamChoices:
    """What a team has. `statuses` is name -> whether setting it cancels all outreach; `known`: the API listed them."""

    statuses: dict[str, bool]
    known: bool
    campaigns: tuple[Campaign, ...]


def login(key: str, account: str = "") -> tuple[str, str]:
    """Store `key` for `account` as the command `login` does; the key's fingerprint and its place, in words.

    Raises SettingsError where it is no key (nothing is stored, and the message does not hold it).
    """
    return store_login_key(_parse_key(key), account)


def _parse_key(text: str) -> ApiKey:
    try:
        return ApiKey(text)
    except ValueError as error:
        raise SettingsError(
            tr("{error}. Nothing was stored.", error=error), tip=tr("copy the key again: it begins with gua_.")
        ) from None


def store_login_key(key: ApiKey, account: str = "") -> tuple[str, str]:
    """`login`, for a key that was read already."""
    if not key.looks_usual:
        raise SettingsError(
            tr("this is not an API key. Expected a text that begins with gua_. Nothing was stored."),
            tip=tr("copy the complete key from the dashboard."),
        )
    return key.fingerprint, store_key(account, key, config_folder(os.environ, Path.home()))


def logout(account: str = "") -> bool:
    """Delete the key that `login` stored for `account`; true where there was one."""
    return forget_key(account, config_folder(os.environ, Path.home()))


@dataclass(frozen=True, slots=True)
class AccountKey:
    """The key of an account. `fingerprint` and `problem` are empty where a command prints the key: it is not started
    to look. `is_stored`: `login` stores it; else the settings name its place."""

    name: str
    place: str
    fingerprint: str = ""
    problem: str = ""
    is_stored: bool = False


def account_keys(settings: Settings) -> dict[str, AccountKey]:
    """The key of each account of `settings`, by name."""
    return {name: _account_key(name, account) for name, account in sorted(settings.accounts.items())}


def _account_key(name: str, account: Account) -> AccountKey:
    source = account.source
    if source is None:
        return AccountKey(name, "")
    if source.is_command:
        return AccountKey(name, source.place)
    try:
        return AccountKey(name, source.place, source.read().fingerprint, is_stored=source.is_stored)
    except ValueError as error:
        return AccountKey(name, source.place, "", str(error), source.is_stored)


def find_account(plan: RunPlan, settings: Settings) -> str:
    """The account whose key made the calls of `plan`; empty where that is the usual key, or one of each row."""
    if plan.accounts or (settings.key is not None and settings.key.fingerprint == plan.key_fingerprint):
        return ""
    keys = account_keys(settings).values()
    return next((each.name for each in keys if each.fingerprint == plan.key_fingerprint), "")


async def team_choices_async(settings: Settings, accounts: Collection[str] = ()) -> TeamChoices:
    """The statuses and campaigns of the team of the settings' key, or of `accounts`: of several, the statuses that all
    of their teams have, and no campaign, since a campaign is of one team.

    Raises SettingsError without a key, KeyRefused, Unreachable.
    """
    try:
        with anyio.fail_after(PATIENCE_S):
            async with open_sessions(settings.connection, settings.access.lanes(accounts)) as sessions:
                readers = {account: api.reader for account, api in sessions.items()}
                teams = await read_teams(readers, campaigns_asked=True)
    except TimeoutError:
        raise Unreachable(
            tr("{address} did not answer within {seconds:g} s.", address=settings.access.address, seconds=PATIENCE_S)
        ) from None
    found = list(teams.by_account.values())
    common = set.intersection(*(set(team.statuses.stops) for team in found))
    stops = {name: all(team.statuses.stops[name] for team in found) for name in sorted(common)}
    campaigns = found[0].campaigns.listed() if len(found) == 1 else ()
    return TeamChoices(stops, all(team.statuses.known for team in found), campaigns)


def team_choices(settings: Settings, accounts: Collection[str] = ()) -> TeamChoices:
    """`team_choices_async`, for a program without an event loop."""
    return anyio.run(team_choices_async, settings, accounts)
