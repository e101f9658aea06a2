"""Settings: flags > environment > project file > user file, and all problems in one error.

Owns: where each setting may come from, the rule that a key never stands in argv or a settings file.
Does not own: the words of the command line (`cli.py`), what each setting may be (`setting_values.py`).
Flow: `gather` takes the flags that were given and yields `Settings`, or one SettingsError that lists every problem.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path
from typing import Any, Final, NamedTuple

from batch.accounts import Account, Lane, accounts_of, lanes_of
from batch.address import DEFAULT_BASE_URL, base_url, notice_url
from batch.errors import SettingsError
from batch.model import WRITES, Rate
from batch.secret import ApiKey
from batch.setting_values import duration, flag, folder, formats, max_errors, rate, share, time_of_day, whole, word

PROJECT_FILE: Final = "guayaba-batch.toml"
#: A key in the place of another setting is not shown.
_KEY_SHAPED = re.compile(r"gua_\S+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about a run but its operation and its input. `rate` `None`: the server's limit is followed.

    `timeout` and `give_up_after` are seconds. `limit`: contacts to call at most before stopping. `fresh`: begin a new
    run where an unfinished one could go on. `accept_key`: go on although the run was begun with another key. `yes`:
    nobody is asked. `key_file`: where the key was read from, if from a file. `share`: the part of the quota to use.
    `window`: the seconds in which the server counts its limit (a sandbox may count in shorter ones).
    `max_errors`: a number of rows, or, as a float, a share of them. `max_runtime` is seconds, `until` a time of day on
    this machine's clock. `state`: the folder of what outlives a run. `preflight`: ask the API what the team has before
    the first write. `stream`: the rows leave through stdout too. `account` names the account whose key `key` is;
    `accounts` are those of the settings files. `notify`: where the summary is posted at the
    end, and once more than `notify_errors`, a share of the rows, went wrong.
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
    format: tuple[str, ...] = ()
    limit: int | None = None
    region: str | None = None
    fresh: bool = False
    accept_key: bool = False
    yes: bool = False
    key_file: str | None = None
    share: float = 1.0
    window: float = WRITES.seconds
    max_errors: int | float | None = None
    max_runtime: float | None = None
    until: clock_time | None = None
    preflight: bool = True
    state: Path = field(default_factory=lambda: Path.home() / ".local" / "state" / "guayaba-batch")
    account: str | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The base URL in force."""
        return self.base_url or DEFAULT_BASE_URL

    def lanes(self, accounts: Collection[str] = ()) -> tuple[Lane, ...]:
        """The keys for rows of `accounts`, one each; for rows that name none, the run's own key.

        Raises SettingsError where a key is missing.
        """
        if accounts:
            return lanes_of(accounts, self.accounts, rate=self.rate, share=self.share)
        if self.key is None:
            raise SettingsError(
                "no API key was given; nothing was sent.",
                tip="set GUAYABA_API_KEY, or give --api-key-file PATH (or - for stdin).",
            )
        return (self.accounts.get(self.account or "", Account()).lane("", self.key, self.rate, self.share),)


def gather(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    here: Path,
    home: Path,
    read_stdin: Callable[[], str] | None = None,
    need_key: bool = True,
) -> Settings:
    """The settings in force. `flags` holds those that were given (`None`: not given), by field name.

    `read_stdin` serves `--api-key-file -`; `None` where stdin is taken by the input. Raises SettingsError with every
    problem found. Nothing was read but the settings files and the key.
    """
    problems: list[str] = []
    layers = [
        _Layer("--{}", {name: value for name, value in flags.items() if value is not None}),
        _Layer("GUAYABA_{}", _from_environment(environ)),
        _toml_layer(here / PROJECT_FILE, environ, problems),
        _toml_layer(
            Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "guayaba-batch" / "config.toml",
            environ,
            problems,
        ),
    ]
    accounts = {name: account for layer in reversed(layers) for name, account in layer.accounts.items()}
    found: dict[str, Any] = {}
    for name, parse in _PARSERS.items():
        for layer in layers[:1] if name in _FLAGS_ONLY else layers:
            if name in layer.values:
                try:
                    found[name] = parse(layer.values[name])
                except (ValueError, RuntimeError) as fault:  # RuntimeError: a home that nobody has
                    problems.append(f"{layer.name_of(name)}: {fault}")
                break
    before = len(problems)
    if "account" in found:
        if flags.get("api_key_file") is not None:
            problems.append("--account and --api-key-file name two keys: give one of them")
        key, key_file = _account_key(found["account"], accounts, problems), None
    else:
        key, key_file = _key(layers, environ, read_stdin, problems)
    if need_key and key is None and not accounts and len(problems) == before:
        problems.append("no API key was given: set GUAYABA_API_KEY, or give --api-key-file PATH (or - for stdin)")
    if problems:
        secret = environ.get("GUAYABA_API_KEY") or "\0"
        told = tuple(_KEY_SHAPED.sub("gua_…", problem.replace(secret, "…")) for problem in problems)
        raise SettingsError("the settings cannot be used; nothing was sent.", problems=told)
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "guayaba-batch"
    return Settings(key=key, key_file=key_file, state=state, accounts=accounts, **found)


class _Layer(NamedTuple):
    naming: str
    values: Mapping[str, Any]
    accounts: Mapping[str, Account] = {}

    def name_of(self, setting: str) -> str:
        spelled = setting.replace("_", "-") if self.naming.startswith("--") else setting
        return self.naming.format(spelled.upper() if self.naming.startswith("GUAYABA") else spelled)


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    names = (*(_PARSERS.keys() - _FLAGS_ONLY), "api_key_file")
    return {name: value for name in names if (value := environ.get(f"GUAYABA_{name.upper()}"))}


def _toml_layer(path: Path, environ: Mapping[str, str], problems: list[str]) -> _Layer:
    naming = f"{path}: {{}}"
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return _Layer(naming, {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        problems.append(f"{path} cannot be read: {fault}")
        return _Layer(naming, {})
    accounts = accounts_of(values.pop("accounts", {}), environ, naming, problems)
    spelled = {name.replace("-", "_"): value for name, value in values.items()}
    if "api_key" in spelled:
        problems.append(f"{path} holds an API key: move it to a file of its own and name that with api_key_file")
    known = {*_PARSERS, "api_key_file", "api_key"} - _FLAGS_ONLY
    problems.extend(
        f'{path}: there is no setting "{name}" (there are: {", ".join(sorted(known - {"api_key"}))})'
        for name in spelled.keys() - known
    )
    return _Layer(naming, spelled, accounts)


def _key(
    layers: list[_Layer], environ: Mapping[str, str], read_stdin: Callable[[], str] | None, problems: list[str]
) -> tuple[ApiKey | None, str | None]:
    """The key and the file that it came from: a file named by a flag, else the environment's key, else another file."""
    flag, *others = (layer.values.get("api_key_file") for layer in layers)
    named = flag or (None if environ.get("GUAYABA_API_KEY") else next((name for name in others if name), None))
    try:
        if named is not None:
            return ApiKey(_read_key(str(named), read_stdin)), None if named == "-" else str(named)
        return (ApiKey(environ["GUAYABA_API_KEY"]) if environ.get("GUAYABA_API_KEY") else None), None
    except (OSError, UnicodeDecodeError) as fault:
        problems.append(f"the API key file {named} cannot be read: {getattr(fault, 'strerror', None) or 'not text'}")
    except (ValueError, RuntimeError) as fault:
        problems.append(f"the API key file: {fault}" if named is not None else str(fault))
    return None, None


def _account_key(name: str, accounts: Mapping[str, Account], problems: list[str]) -> ApiKey | None:
    """The key of the account that the whole run is for."""
    if name not in accounts:
        problems.append(f'--account: there is no account "{name}" (there are: {", ".join(sorted(accounts)) or "none"})')
        return None
    try:
        return accounts[name].key()
    except ValueError as fault:
        problems.append(f"account {name}: {fault}")
        return None


def _read_key(name: str, read_stdin: Callable[[], str] | None) -> str:
    if name != "-":
        return Path(name).expanduser().read_text(encoding="utf-8-sig")
    if read_stdin is None:
        raise ValueError("--api-key-file - reads the key from stdin, but stdin is the input: give a file")
    return read_stdin()


#: What somebody must say for one command: as a standing setting each would turn a safeguard off for good.
_FLAGS_ONLY: Final = frozenset({"yes", "fresh", "accept_key", "preflight", "stream"})

_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "base_url": base_url,
    "rate": rate,
    "workers": whole(1, 1000),
    "attempts": whole(1, 100),
    "timeout": duration,
    "give_up_after": duration,
    "out": folder,
    "format": formats,
    "limit": whole(1, 1_000_000_000),
    "region": word,
    "fresh": flag,
    "share": share,
    "window": duration,
    "max_errors": max_errors,
    "max_runtime": duration,
    "until": time_of_day,
    "account": word,
    "accept_key": flag,
    "preflight": flag,
    "notify": notice_url,
    "notify_errors": share,
    "yes": flag,
    "stream": flag,
}
