"""The command `config show`: every setting in force, and where it was set.

The key is shown as its fingerprint, an address of notices as its host.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from cyclopts import App

from batch.cli.console import print_result, use_colour
from batch.cli.options import Json, RunFlags, read_settings
from batch.errors import Exit
from batch.settings.settings import SETTINGS, STANDING
from batch.text.language import tr
from batch.text.listing import pretty_json

if TYPE_CHECKING:
    from batch.settings.settings import Settings

config = App(name="config", help="Show the settings in force, and where each one was set.")


class _Line(NamedTuple):
    setting: str
    value: str | None
    source: str


@config.command(name="show")
def show_(*, options: RunFlags | None = None, json: Json = False) -> int:
    """Show every setting in force, its value, and where it was set. No call is made.

    Options of a run may be given, to see their effect.
    """
    settings = read_settings(options, as_json=json, need_key=False)
    lines = [*_values(settings), _key("api_key", settings)]
    lines += [_account(name, settings) for name in sorted(settings.accounts)]
    if json:
        values = {line.setting: {"value": line.value, "from": line.source} for line in lines}
        print_result(pretty_json({"version": 1, "settings": values}))
        return Exit.OK
    shown = [line.value or (SETTINGS[line.setting].default_words if line.setting in SETTINGS else "") or "-"
             for line in lines]  # fmt: skip
    widths = [max(len(line.setting) for line in lines), max(map(len, shown))]
    bold, plain = ("\x1b[1m", "\x1b[0m") if use_colour(sys.stdout) else ("", "")
    for line, value in zip(lines, shown, strict=True):
        mark = bold if line.source != "default" else ""
        text = f"{line.setting:{widths[0]}}  {mark}{value:{widths[1]}}{plain if mark else ''}  {line.source}"
        print_result(text.rstrip())
    return Exit.OK


def _values(settings: Settings) -> list[_Line]:
    lines = []
    for name in sorted(STANDING):
        entry, origin = SETTINGS[name], settings.origins.get(name)
        if origin is not None:
            value: str | None = urlsplit(origin.text).hostname or "-" if entry.secret else origin.text
        elif name == "base_url":
            value = settings.access.address
        elif isinstance(entry.default, bool):
            value = str(entry.default).lower()
        else:
            value = None if entry.default_words else entry.default_text() or None
        lines.append(_Line(name, value, "default" if origin is None else origin.place))
    return lines


def _key(name: str, settings: Settings) -> _Line:
    """The key's fingerprint, or why it cannot be read."""
    source = settings.key_source
    if source is None:
        return _Line(name, None, "default")
    try:
        return _Line(name, tr("fingerprint {fingerprint}", fingerprint=source.read().fingerprint), source.place)
    except ValueError as error:
        return _Line(name, None, str(error))


def _account(name: str, settings: Settings) -> _Line:
    account = settings.accounts[name]
    try:
        return _Line(
            f"accounts.{name}",
            tr("fingerprint {fingerprint}", fingerprint=account.key().fingerprint),
            account.source.place if account.source else "default",
        )
    except ValueError as error:
        return _Line(f"accounts.{name}", None, str(error))
