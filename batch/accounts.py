"""Accounts: API keys by name, for files whose rows belong to several teams, and for choosing one of several keys.

Owns: the `[accounts.NAME]` tables of the settings files, and reading the keys that a run needs.
Does not own: which row belongs to which account (`loader/`), the quota of a key (`dispatcher/`).

```toml
[accounts.north]
api_key_file = "~/keys/north"     # or api_key_env = "NORTH_KEY": the key itself never stands here
rate = "20/min"                   # optional, as is share: the stricter of the run's and this one counts
```
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from batch.errors import SettingsError
from batch.model import Rate
from batch.secret import ApiKey
from batch.setting_values import rate, share, word

_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "api_key_file": word,
    "api_key_env": word,
    "rate": rate,
    "share": share,
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One API key of a run. `account` is its name; the run's own key has none."""

    account: str
    key: ApiKey
    rate: Rate | None
    share: float


@dataclass(frozen=True, slots=True)
class Account:
    """An account's key, or the file that holds it, and how much of its quota is used.

    `missing` says why there is no key. `rate` and `share` `None`: as the run has them.
    """

    api_key: ApiKey | None = None
    api_key_file: str | None = None
    missing: str = ""
    rate: Rate | None = None
    share: float | None = None

    def key(self) -> ApiKey:
        """The account's key. Raises ValueError, without the key in it, where it cannot be read."""
        if self.api_key is not None:
            return self.api_key
        if self.api_key_file is None:
            raise ValueError(self.missing)
        try:
            return ApiKey(Path(self.api_key_file).expanduser().read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as fault:
            why = getattr(fault, "strerror", None) or "not text"
            raise ValueError(f"its key file {self.api_key_file} cannot be read: {why}") from fault
        except RuntimeError as fault:  # a home that nobody has
            raise ValueError(f"its key file: {fault}") from fault

    def lane(self, name: str, key: ApiKey, rate: Rate | None, share: float) -> Lane:
        """The lane of `key`, called `name`. Of the run's `rate` and `share` and its own, the stricter count."""
        rates = [each for each in (rate, self.rate) if each is not None]
        slowest = min(rates, key=lambda each: each.calls / each.seconds, default=None)
        return Lane(name, key, slowest, min(share, self.share or 1.0))


def accounts_of(value: object, environ: Mapping[str, str], naming: str, problems: list[str]) -> dict[str, Account]:
    """The accounts that a settings file's table `accounts` names; what is wrong with it is added to `problems`.

    `naming` is how a setting of that file is called in a problem. Key files are read when a run needs them.
    """
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        problems.append(f"{naming.format('accounts')}: expected a table for each account: [accounts.NAME]")
        return {}
    return {
        name: _account(table, environ, naming.format(f"accounts.{name}"), problems) for name, table in value.items()
    }


def _account(table: Mapping[str, object], environ: Mapping[str, str], told: str, problems: list[str]) -> Account:
    given = {name.replace("-", "_"): value for name, value in table.items()}
    read: dict[str, Any] = {}
    before = len(problems)
    for name, value in given.items():
        try:
            if name == "api_key":
                raise ValueError("move the key to a file of its own and name that with api_key_file")
            if name not in _READERS:
                raise ValueError(f"there is no such setting (there are: {', '.join(_READERS)})")
            read[name] = _READERS[name](value)
        except ValueError as fault:
            problems.append(f"{told}.{name}: {fault}")
    if ("api_key_file" in read) == ("api_key_env" in read) and len(problems) == before:
        problems.append(f"{told}: expected either api_key_file or api_key_env")
    variable = read.pop("api_key_env", None)
    if variable is None:
        return Account(**read)
    try:
        return Account(api_key=ApiKey(environ.get(variable, "")), **read)
    except ValueError as fault:
        missing = f"the variable {variable} is not set" if not environ.get(variable) else f"{variable}: {fault}"
        return Account(missing=missing, **read)


def lanes_of(
    names: Collection[str],
    accounts: Mapping[str, Account],
    *,
    rate: Rate | None = None,
    share: float = 1.0,
) -> tuple[Lane, ...]:
    """A lane for each of `names`, in their order; `rate` and `share` are the run's.

    Raises SettingsError with every problem: an account that is not set, a key that cannot be read, two accounts with
    one key (its contacts would be written from two lanes at once).
    """
    problems: list[str] = []
    lanes: list[Lane] = []
    holders: dict[str, str] = {}
    for name in names:
        account = accounts.get(name)
        if account is None:
            problems.append(f"[accounts.{name}] is not in the settings")
            continue
        try:
            key = account.key()
        except ValueError as fault:
            problems.append(f"[accounts.{name}]: {fault}")
            continue
        holder = holders.setdefault(key.fingerprint, name)
        if holder != name:
            problems.append(f"[accounts.{name}] has the same key as [accounts.{holder}]: give both rows one account")
        lanes.append(account.lane(name, key, rate, share))
    if problems:
        raise SettingsError("the accounts cannot be used; nothing was sent.", problems=tuple(problems))
    return tuple(lanes)
