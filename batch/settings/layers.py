"""The layers that settings come in: flags, a job file, the environment, this folder's file, the user's file.

Owns: reading each layer, and the name of a setting in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from batch.settings.accounts import Account, read_accounts
from batch.text.language import tr
from batch.text.near_names import near_names

PROJECT_FILE: Final = "guayaba-batch.toml"
#: Settings that name the place of the key. No settings file holds the key itself.
KEY_SETTINGS: Final = ("api_key_file", "api_key_command")


class Layer(NamedTuple):
    """The settings from one place. `naming` is how a problem names one of them, with {} for its name."""

    naming: str
    values: Mapping[str, Any]
    accounts: Mapping[str, Account] = {}

    def name_of(self, setting: str) -> str:
        """The name of `setting` here: `--rate`, `GUAYABA_RATE`, `/path/guayaba-batch.toml: rate`."""
        spelled = setting.replace("_", "-") if self.naming.startswith("--") else setting
        return self.naming.format(spelled.upper() if self.naming.startswith("GUAYABA") else spelled)


def flags_layer(flags: Mapping[str, Any]) -> Layer:
    """The flags that were given: those that are not None."""
    return Layer("--{}", {name: value for name, value in flags.items() if value is not None})


def environment_layer(environ: Mapping[str, str], names: Collection[str]) -> Layer:
    """The variables GUAYABA_* of `names` and of the place of the key. An empty variable is ignored."""
    values = {name: value for name in (*names, *KEY_SETTINGS) if (value := environ.get(f"GUAYABA_{name.upper()}"))}
    return Layer("GUAYABA_{}", values)


def misspelt_variables(environ: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The variables GUAYABA_* that no setting reads, each with the one of `names` that was probably meant."""
    known = [f"GUAYABA_{name.upper()}" for name in (*names, *KEY_SETTINGS, "api_key")]
    unknown = [name for name in environ if name.startswith("GUAYABA_") and name not in known]
    near = {name: near_names(name, known, 1, 0.85) for name in unknown}
    return {name: found[0] for name, found in near.items() if found}


def config_folder(environ: Mapping[str, str], home: Path) -> Path:
    """The user's folder of settings (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "guayaba-batch"


def file_layer(
    path: Path, names: Collection[str], environ: Mapping[str, str], config: Path, problems: list[str]
) -> Layer:
    """The settings in the TOML file `path`; none where it does not exist. Its problems are added to `problems`.

    Only a file in the user's own folder `config` may name a command: a project file may come from another person.
    """
    import tomllib

    naming = f"{path}: {{}}"
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        return Layer(naming, {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(tr("{path} cannot be read: {error}", path=path, error=error))
        return Layer(naming, {})
    commands = path.parent == config
    accounts = read_accounts(values.pop("accounts", {}), environ, naming, problems, config=config, commands=commands)
    spelled = {name.replace("-", "_"): value for name, value in values.items()}
    if "api_key" in spelled:
        problems.append(
            tr("{path} holds an API key. Move it to a file of its own, and name that file with api_key_file", path=path)
        )
    if "api_key_command" in spelled and not commands:
        problems.append(
            tr(
                "{path}: api_key_command: only the environment and {config} may name a program to start",
                path=path,
                config=config / "config.toml",
            )
        )
        del spelled["api_key_command"]
    known = {*names, *KEY_SETTINGS}
    problems.extend(_unknown(path, name, known) for name in sorted(spelled.keys() - known - {"api_key"}))
    return Layer(naming, spelled, accounts)


def _unknown(path: Path, name: str, known: Collection[str]) -> str:
    if near := near_names(name, sorted(known), 1):
        return tr('{path}: there is no setting "{name}". Did you mean {near}?', path=path, name=name, near=near[0])
    return tr(
        '{path}: there is no setting "{name}". The settings are {known}',
        path=path,
        name=name,
        known=", ".join(sorted(known)),
    )
