"""The command `config show`: every setting in force, and where it came from.

Owns: how the settings are shown; the key is its fingerprint, an address of notices its host.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from cyclopts import App

from batch.cli.console import print_result, use_colour
from batch.cli.options import RunOptions, read_settings
from batch.errors import Exit

if TYPE_CHECKING:
    from batch.settings.settings import Settings

config = App(name="config", help="Show the settings in force, and where each comes from.")

#: What nothing means, where it means something.
_MEANING: Final = {"rate": "the API's limit", "format": "as the input"}


class _Shown(NamedTuple):
    setting: str
    value: str | None
    source: str


@config.command(name="show")
def show_(*, options: RunOptions | None = None) -> int:
    """Show every setting in force, its value and where it came from. No call is made.

    With the options of a run, what they would make of it.
    """
    from batch.settings.settings import FLAGS_ONLY

    settings = read_settings(options, need_key=False)
    rows = [*_values(settings, FLAGS_ONLY), _key("api_key", settings)]
    rows += [_account(name, settings) for name in sorted(settings.accounts)]
    if options is not None and options.json:
        import msgspec

        told = {row.setting: {"value": row.value, "from": row.source} for row in rows}
        print_result(msgspec.json.format(msgspec.json.encode({"version": 1, "settings": told}), indent=2).decode())
        return Exit.OK
    values = [row.value or _MEANING.get(row.setting, "-") for row in rows]
    widths = [max(len(row.setting) for row in rows), max(map(len, values))]
    bold, plain = ("\x1b[1m", "\x1b[0m") if use_colour(sys.stdout) else ("", "")
    for row, value in zip(rows, values, strict=True):
        mark = bold if row.source != "default" else ""
        line = f"{row.setting:{widths[0]}}  {mark}{value:{widths[1]}}{plain if mark else ''}  {row.source}"
        print_result(line.rstrip())
    return Exit.OK


def _values(settings: Settings, flags_only: frozenset[str]) -> list[_Shown]:
    from batch.settings.settings import PARSERS, Settings

    defaults = {field.name: field.default for field in fields(Settings)}
    rows = []
    for name in sorted(PARSERS.keys() - flags_only):
        origin = settings.origins.get(name)
        if origin is None:
            value = settings.address if name == "base_url" else _default(name, defaults[name])
        else:
            value = urlsplit(origin.text).hostname or "-" if name == "notify" else origin.text
        rows.append(_Shown(name, value, "default" if origin is None else origin.place))
    return rows


def _default(name: str, value: object) -> str | None:
    """A default as it could be written in a settings file."""
    from batch.settings.settings import PARSERS
    from batch.settings.values import duration, share

    if value is None or value == ():
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and PARSERS[name] is duration:
        unit, size = next(((unit, size) for unit, size in (("h", 3600), ("min", 60)) if value % size == 0), ("s", 1))
        return f"{value / size:g}{unit}"
    if isinstance(value, float) and PARSERS[name] is share:
        return f"{value * 100:g}%"
    return str(value)


def _key(name: str, settings: Settings) -> _Shown:
    """The key's fingerprint, or why there is none."""
    source = settings.key_source
    if source is None:
        return _Shown(name, None, "default")
    try:
        return _Shown(name, f"fingerprint {source.read().fingerprint}", source.told)
    except ValueError as fault:
        return _Shown(name, None, str(fault))


def _account(name: str, settings: Settings) -> _Shown:
    account = settings.accounts[name]
    try:
        return _Shown(
            f"accounts.{name}",
            f"fingerprint {account.key().fingerprint}",
            account.source.told if account.source else "default",
        )
    except ValueError as fault:
        return _Shown(f"accounts.{name}", None, str(fault))
