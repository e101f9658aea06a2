"""Finding the settings: flags > job file > environment > project file > user file, and all problems in one error.

Owns: which layer a setting is taken from, and which of the named places of the key counts.
Flow: `gather_settings` takes the flags and returns `Settings`, or raises one SettingsError that lists every problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from batch.errors import SettingsError
from batch.settings import keys
from batch.settings.access import NO_KEY, TO_GIVE_ONE
from batch.settings.accounts import Account
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
from batch.settings.quota_store import StoreAddress
from batch.settings.settings import SETTINGS, STANDING, Origin, Settings
from batch.text.language import tr, tr_noop

_WITHOUT_A_KEY: Final = tr_noop("give the key. These need none: guayaba-batch check FILE, guayaba-batch demo.")
#: A key in the place of another setting is not shown.
_KEY_SHAPED = re.compile(r"gua_\S+")


def gather_settings(  # noqa: C901 - one branch for each kind of layer
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    here: Path,
    home: Path,
    read_stdin: Callable[[], str] | None = None,
    need_key: bool = True,
    job: Layer | None = None,
) -> Settings:
    """The settings in force. `flags` holds those that were given, by name (`None`: not given); `job` those of the job
    file that is repeated.

    `read_stdin` serves `--api-key-file -`; `None` where stdin is the input. Only the settings files and the key are
    read. Raises SettingsError with every problem.
    """
    problems: list[str] = []
    config = config_folder(environ, home)
    layers = [
        flags_layer(flags),
        *([job] if job else []),
        environment_layer(environ, STANDING),
        file_layer(here / PROJECT_FILE, STANDING, environ, config, problems),
        file_layer(config / "config.toml", STANDING, environ, config, problems),
    ]
    accounts = {name: account for layer in reversed(layers) for name, account in layer.accounts.items()}
    values, origins = _read_values(layers, problems)
    if "account" in values:
        source = _account_source(values["account"], accounts, flags.get("api_key_file"), problems)
    else:
        source = _key_source(layers, environ, read_stdin, config, problems)
    key = None
    if need_key and source is not None:
        try:
            key = source.read()
        except KeyNotStored as error:
            if "account" in values:
                problems.append(tr("account {account}: {error}", account=values["account"], error=error))
            elif not accounts:
                problems.append(_no_key())
        except ValueError as error:
            problems.append(
                tr("account {account}: {error}", account=values["account"], error=error)
                if "account" in values
                else str(error)
            )
    if problems:
        secret = environ.get("GUAYABA_API_KEY") or "\0"
        safe = tuple(_KEY_SHAPED.sub("gua_…", problem.replace(secret, "…")) for problem in problems)
        tip = tr(_WITHOUT_A_KEY) if safe == (_no_key(),) else ""
        raise SettingsError(tr("the settings cannot be used. Nothing was sent."), problems=safe, tip=tip, heads=True)
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "guayaba-batch"
    return Settings(key=key, key_source=source, state=state, accounts=accounts, origins=origins, **values)


def _no_key() -> str:
    return f"{tr(NO_KEY)}: {tr(TO_GIVE_ONE)}"


def _read_values(layers: list[Layer], problems: list[str]) -> tuple[dict[str, Any], dict[str, Origin]]:
    """The value of each setting that a layer names, and where it was written. The first layer wins."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for name, entry in SETTINGS.items():
        layer = next((each for each in (layers[:1] if entry.flag_only else layers) if name in each.values), None)
        if layer is None:
            continue
        given, place = layer.values[name], layer.name_of(name)
        origins[name] = Origin(",".join(map(str, given)) if isinstance(given, list | tuple) else str(given), place)
        try:
            values[name] = entry.parse(given)
            if isinstance(values[name], StoreAddress):
                origins[name] = Origin(values[name].shown, place)
                if values[name].has_password and layer is layers[0]:
                    raise ValueError(
                        tr(
                            "a password here can be read by every user of this machine. Put the address into"
                            " GUAYABA_QUOTA_STORE or a settings file, or the password into --quota-store-password-file"
                        )
                    )
        except (ValueError, RuntimeError) as error:  # RuntimeError: `~` of a user who does not exist
            problems.append(f"{place}: {error}")
    return values, origins


def _key_source(  # noqa: C901 - one branch for each place of a key, in their order
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
                raise ValueError(
                    tr("expected one place of the key: this, or {name_of}", name_of=layer.name_of("api_key_file"))
                )
            if command is not None:
                return keys.from_command(keys.command_line(command))
        except ValueError as error:
            problems.append(f"{layer.name_of('api_key_command')}: {error}")
            return None
        if file is not None:
            return keys.from_stdin(read_stdin) if file == "-" else keys.from_file(str(file))
    return keys.from_store("", config)


def _account_source(
    name: str, accounts: Mapping[str, Account], key_file: object, problems: list[str]
) -> KeySource | None:
    """Where the key of the account is that the whole run is for."""
    if key_file is not None:
        problems.append(tr("--account and --api-key-file name two keys: give one of them"))
    if name not in accounts:
        problems.append(
            tr(
                '--account: there is no account "{name}" (there are: {value})',
                name=name,
                value=", ".join(sorted(accounts)) or tr("none"),
            )
        )
        return None
    return accounts[name].source
