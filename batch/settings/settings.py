"""Settings: flags > environment > project file > user file, and all problems in one error.

Owns: which layer a setting is taken from, and which of the named places of the key counts.
Flow: `gather` takes the flags that were given and yields `Settings`, or one SettingsError that lists every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final, NamedTuple

from batch.errors import SettingsError
from batch.model import WRITES, Rate
from batch.settings import keys
from batch.settings.accounts import Account, ApiKeyLimits, key_limits
from batch.settings.api_key import ApiKey
from batch.settings.base_url import DEFAULT_BASE_URL, base_url, notice_url
from batch.settings.keys import KeyNotStored, KeySource
from batch.settings.layers import (
    KEY_SETTINGS,
    PROJECT_FILE,
    Layer,
    config_folder,
    environment_layer,
    file_layer,
    flags_layer,
)
from batch.settings.values import (
    duration,
    flag,
    folder,
    formats,
    max_errors,
    metrics_file,
    plain_text,
    rate,
    share,
    time_of_day,
    whole_number,
)

_NO_KEY: Final = "no API key was given"
_TO_GIVE_ONE: Final = "guayaba-batch login, or set GUAYABA_API_KEY, or give --api-key-file PATH (or - for stdin)"
_WITHOUT_ONE: Final = "give the key; or look on without one: guayaba-batch check FILE, guayaba-batch demo."
#: A key in the place of another setting is not shown.
_KEY_SHAPED = re.compile(r"gua_\S+")


class Origin(NamedTuple):
    """A setting as it was written, and where: `--rate`, `GUAYABA_RATE`, `/path/guayaba-batch.toml: rate`."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a run but its operation and its input. `rate` `None`: the server's limit is followed.

    `timeout` and `give_up_after` are seconds. `limit`: contacts to call at most before stopping. `fresh`: begin a new
    run where an unfinished one could go on. `accept_key`: go on although the run was begun with another key. `yes`:
    nobody is asked. `key_source`: where the key is; `key` is `None` where nobody needed it. `share`: the part of the
    quota to use. `window`: the seconds in which the server counts its limit (a sandbox may count in shorter ones).
    `max_errors`: a number of rows, or, as a float, a share of them. `max_runtime` is seconds, `until` a time of day
    on this machine's clock. `state`: the folder of what outlives a run. `preflight`: ask the API what the team has
    before the first write. `allow_reactivation`: whoever is DNC, or stopped otherwise, may be called again.
    `skip_unchanged`: whoever is as asked already is not written, unless what was read is to be taken for old
    (`assume_stale`). `stream`: the rows leave through stdout too. `account` names the account whose key `key` is;
    `accounts` are those of the settings files. `notify`: where the summary is posted at the end, and once more than
    `notify_errors`, a share of the rows, went wrong.
    """

    base_url: str | None = None
    key: ApiKey | None = None
    rate: Rate | None = None
    workers: int = 16
    attempts: int = 5
    timeout: float = 30.0
    give_up_after: float = 3600.0
    out: Path = Path("reports")
    stream: bool = False
    notify: str | None = None
    notify_errors: float = 0.1
    metrics_file: Path | None = None
    quiet: bool = False
    verbose: bool = False
    format: tuple[str, ...] = ()
    limit: int | None = None
    region: str | None = None
    fresh: bool = False
    accept_key: bool = False
    yes: bool = False
    key_source: KeySource | None = None
    share: float = 1.0
    window: float = WRITES.seconds
    max_errors: int | float | None = None
    max_runtime: float | None = None
    until: clock_time | None = None
    preflight: bool = True
    allow_reactivation: bool = False
    skip_unchanged: bool = False
    assume_stale: bool = False
    state: Path = field(default_factory=lambda: Path.home() / ".local" / "state" / "guayaba-batch")
    account: str | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise SettingsError for an address that would give the key away, whoever made these settings."""
        if self.base_url is None:
            return
        try:
            object.__setattr__(self, "base_url", base_url(self.base_url))
        except ValueError as fault:
            told = (f"base_url: {fault}",)
            raise SettingsError("the settings cannot be used; nothing was sent.", problems=told) from None

    @property
    def address(self) -> str:
        """The base URL in force."""
        return self.base_url or DEFAULT_BASE_URL

    def lanes(self, accounts: Collection[str] = ()) -> tuple[ApiKeyLimits, ...]:
        """The keys for rows of `accounts`, one each; for rows that name none, the run's own key.

        Raises SettingsError where a key is missing.
        """
        if accounts:
            return key_limits(accounts, self.accounts, rate=self.rate, share=self.share)
        if self.key is None:
            raise SettingsError(
                f"{_NO_KEY}; nothing was sent.",
                tip=f"{_TO_GIVE_ONE}.",
            )
        return (self.accounts.get(self.account or "", Account()).lane("", self.key, self.rate, self.share),)


def gather_settings(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    here: Path,
    home: Path,
    read_stdin: Callable[[], str] | None = None,
    need_key: bool = True,
    job: Layer | None = None,
) -> Settings:
    """The settings in force. `flags` holds those that were given (`None`: not given), by field name; `job` those of the
    job file that is repeated.

    `read_stdin` serves `--api-key-file -`; `None` where stdin is taken by the input. Raises SettingsError with every
    problem found. Nothing was read but the settings files and the key.
    """
    problems: list[str] = []
    config = config_folder(environ, home)
    standing = PARSERS.keys() - FLAGS_ONLY
    layers = [
        flags_layer(flags),
        *([job] if job else []),
        environment_layer(environ, standing),
        file_layer(here / PROJECT_FILE, standing, environ, config, problems),
        file_layer(config / "config.toml", standing, environ, config, problems),
    ]
    accounts = {name: account for layer in reversed(layers) for name, account in layer.accounts.items()}
    found: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name, parse in PARSERS.items():
        for layer in layers[:1] if name in FLAGS_ONLY else layers:
            if name in layer.values:
                given = layer.values[name]
                origins[name] = Origin(
                    ",".join(map(str, given)) if isinstance(given, list | tuple) else str(given), layer.name_of(name)
                )
                try:
                    found[name] = parse(given)
                except (ValueError, RuntimeError) as fault:  # RuntimeError: a home that nobody has
                    problems.append(f"{layer.name_of(name)}: {fault}")
                break
    if "account" in found:
        source = _account_source(found["account"], accounts, flags.get("api_key_file"), problems)
    else:
        source = _key_source(layers, environ, read_stdin, config, problems)
    key = None
    if need_key and source is not None:
        try:
            key = source.read()
        except KeyNotStored as fault:
            if "account" in found:
                problems.append(f"account {found['account']}: {fault}")
            elif not accounts:
                problems.append(f"{_NO_KEY}: {_TO_GIVE_ONE}")
        except ValueError as fault:
            problems.append(f"account {found['account']}: {fault}" if "account" in found else str(fault))
    if problems:
        secret = environ.get("GUAYABA_API_KEY") or "\0"
        told = tuple(_KEY_SHAPED.sub("gua_…", problem.replace(secret, "…")) for problem in problems)
        tip = _WITHOUT_ONE if told == (f"{_NO_KEY}: {_TO_GIVE_ONE}",) else ""
        raise SettingsError("the settings cannot be used; nothing was sent.", problems=told, tip=tip, heads=True)
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "guayaba-batch"
    return Settings(key=key, key_source=source, state=state, accounts=accounts, origins=origins, **found)


def _key_source(
    layers: list[Layer],
    environ: Mapping[str, str],
    read_stdin: Callable[[], str] | None,
    config: Path,
    problems: list[str],
) -> KeySource | None:
    """Where the key is: as a flag says, else this unit's credential, the environment, the files, what `login` stored.

    `None` where a layer that would count names it wrongly, which is added to `problems`.
    """
    flag, *others = layers
    if (named := flag.values.get("api_key_file")) is not None:
        return keys.from_stdin(read_stdin) if named == "-" else keys.from_file(str(named))
    if keys.has_credential(environ):
        return keys.from_credential(keys.CREDENTIAL, environ)
    if environ.get("GUAYABA_API_KEY"):
        return keys.from_variable("GUAYABA_API_KEY", environ)
    for layer in others:
        file, command = (layer.values.get(name) for name in KEY_SETTINGS)
        try:
            if file is not None and command is not None:
                raise ValueError(f"expected one place of the key: this, or {layer.name_of('api_key_file')}")
            if command is not None:
                return keys.from_command(keys.command_line(command))
        except ValueError as fault:
            problems.append(f"{layer.name_of('api_key_command')}: {fault}")
            return None
        if file is not None:
            return keys.from_stdin(read_stdin) if file == "-" else keys.from_file(str(file))
    return keys.from_store("", config)


def _account_source(
    name: str, accounts: Mapping[str, Account], key_file: object, problems: list[str]
) -> KeySource | None:
    """Where the key of the account is that the whole run is for."""
    if key_file is not None:
        problems.append("--account and --api-key-file name two keys: give one of them")
    if name not in accounts:
        problems.append(f'--account: there is no account "{name}" (there are: {", ".join(sorted(accounts)) or "none"})')
        return None
    return accounts[name].source


#: What somebody must say for one command: as a standing setting each would turn a safeguard off for good.
FLAGS_ONLY: Final = frozenset(
    {"yes", "fresh", "accept_key", "preflight", "allow_reactivation", "assume_stale", "stream"}
)

PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "base_url": base_url,
    "rate": rate,
    "workers": whole_number(1, 1000),
    "attempts": whole_number(1, 100),
    "timeout": duration,
    "give_up_after": duration,
    "out": folder,
    "format": formats,
    "limit": whole_number(1, 1_000_000_000),
    "region": plain_text,
    "fresh": flag,
    "share": share,
    "window": duration,
    "max_errors": max_errors,
    "max_runtime": duration,
    "until": time_of_day,
    "account": plain_text,
    "accept_key": flag,
    "preflight": flag,
    "quiet": flag,
    "verbose": flag,
    "allow_reactivation": flag,
    "skip_unchanged": flag,
    "assume_stale": flag,
    "metrics_file": metrics_file,
    "notify": notice_url,
    "notify_errors": share,
    "yes": flag,
    "stream": flag,
}
