"""Accounts: API keys with a name, for files whose rows belong to several teams, and to choose one of several keys.

Owns: the `[accounts.NAME]` tables of the settings files, and reading the keys that a run needs.

```toml
[accounts.north]
api_key_file = "~/keys/north"     # or api_key_env, api_key_command, api_key_credential; none: `login --account north`
rate = "20/min"                   # optional, like share; the stricter of the run's value and this one counts
```
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from batch.errors import SettingsError
from batch.model import Rate
from batch.settings import keys
from batch.settings.api_key import ApiKey
from batch.settings.keys import KeySource
from batch.settings.values import plain_text, rate, share
from batch.text.language import tr

_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "api_key_file": plain_text,
    "api_key_env": plain_text,
    "api_key_command": keys.command_line,
    "api_key_credential": plain_text,
    "rate": rate,
    "share": share,
}


@dataclass(frozen=True, slots=True)
class ApiKeyLimits:
    """One API key of a run. `account` is its name; the run's own key has none."""

    account: str
    key: ApiKey
    rate: Rate | None
    share: float
    #: Where the key was read, for messages; empty where a program gave the key itself.
    place: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Where an account's key is, and how much of its quota is used. `rate` and `share` `None`: those of the run."""

    source: KeySource | None = None
    rate: Rate | None = None
    share: float | None = None

    def key(self) -> ApiKey:
        """The account's key. Raises ValueError, without the key in it, where it cannot be read."""
        if self.source is None:
            raise ValueError(tr("its table names no place of the API key"))
        return self.source.read()

    def lane(self, name: str, key: ApiKey, rate: Rate | None, share: float, place: str = "") -> ApiKeyLimits:
        """The limits of `key` for account `name`. Of the run's `rate` and `share` and its own, the stricter counts."""
        rates = [each for each in (rate, self.rate) if each is not None]
        slowest = min(rates, key=lambda each: each.calls / each.seconds, default=None)
        return ApiKeyLimits(name, key, slowest, min(share, self.share or 1.0), place)


def require_accounts(value: object) -> None:
    """Raise SettingsError where `value` is no mapping of names to accounts."""
    values = value.values() if isinstance(value, Mapping) else [value]
    if wrong := sorted({type(each).__name__ for each in values if not isinstance(each, Account)}):
        raise SettingsError(
            tr(
                "Settings(accounts=...): expected names, each with an Account as the settings files give it; found: "
                "{found}.",
                found=", ".join(wrong),
            )
        )


def read_accounts(
    value: object,
    environ: Mapping[str, str],
    naming: str,
    problems: list[str],
    *,
    config: Path,
    commands: bool,
) -> dict[str, Account]:
    """The accounts in the table `accounts` of a settings file. Its problems are added to `problems`.

    `naming` is how a problem names a setting of that file; `config` is the user's folder of settings. `commands`: the
    file may name a program to start. Keys are read when a run needs them.
    """
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        problems.append(
            tr("{value}: expected a table for each account: [accounts.NAME]", value=naming.format("accounts"))
        )
        return {}
    accounts = {}
    for name, table in value.items():
        title = naming.format(f"accounts.{name}")
        read = _settings(table, title, problems)
        if "api_key_command" in read and not commands:
            problems.append(
                tr(
                    "{title}.api_key_command: only {config} may name a program to start. Move it there",
                    title=title,
                    config=config / "config.toml",
                )
            )
        source = _source(name, read, environ, config, title, problems)
        accounts[name] = Account(source, read.get("rate"), read.get("share"))
    return accounts


def _settings(table: Mapping[str, object], title: str, problems: list[str]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in ((name.replace("-", "_"), value) for name, value in table.items()):
        try:
            if name == "api_key":
                raise ValueError(tr("move the key to a file of its own, and name that file with api_key_file"))
            if name not in _READERS:
                raise ValueError(
                    tr("there is no such setting. The settings are {readers}", readers=", ".join(_READERS))
                )
            read[name] = _READERS[name](value)
        except ValueError as error:
            problems.append(f"{title}.{name}: {error}")
    return read


def _source(
    account: str,
    read: Mapping[str, Any],
    environ: Mapping[str, str],
    config: Path,
    title: str,
    problems: list[str],
) -> KeySource:
    """The place of the account's key: the one that its table names, else where `login` stored it."""
    named = [name for name in read if name.startswith("api_key_")]
    if len(named) > 1:
        problems.append(
            tr("{title}: expected one place of the key, found {named}", title=title, named=tr(" and ").join(named))
        )
    match named[:1]:
        case ["api_key_file"]:
            return keys.from_file(read["api_key_file"])
        case ["api_key_env"]:
            return keys.from_variable(read["api_key_env"], environ)
        case ["api_key_command"]:
            return keys.from_command(read["api_key_command"])
        case ["api_key_credential"]:
            return keys.from_credential(read["api_key_credential"], environ)
    return keys.from_store(account, config)


def key_limits(
    names: Collection[str],
    accounts: Mapping[str, Account],
    *,
    rate: Rate | None = None,
    share: float = 1.0,
) -> tuple[ApiKeyLimits, ...]:
    """The key of each account in `names`, in their order; `rate` and `share` are those of the run.

    Raises SettingsError with every problem: an account that is not in the settings, a key that cannot be read, two
    accounts with one key (its contacts would be written from two lanes at the same time).
    """
    problems: list[str] = []
    lanes: list[ApiKeyLimits] = []
    holders: dict[str, str] = {}
    for name in names:
        account = accounts.get(name)
        if account is None:
            problems.append(tr("[accounts.{name}] is not in the settings", name=name))
            continue
        try:
            key = account.key()
        except ValueError as error:
            problems.append(f"[accounts.{name}]: {error}")
            continue
        holder = holders.setdefault(key.fingerprint, name)
        if holder != name:
            problems.append(
                tr(
                    "[accounts.{name}] has the same key as [accounts.{holder}]: use one account for both",
                    name=name,
                    holder=holder,
                )
            )
        lanes.append(account.lane(name, key, rate, share))
    if problems:
        raise SettingsError(tr("the accounts cannot be used. Nothing was sent."), problems=tuple(problems))
    return tuple(lanes)
