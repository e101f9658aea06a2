"""The command `doctor`: what a run needs of this machine, what is wrong with it, and how to fix it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from batch.cli.console import print_result, use_colour
from batch.cli.options import Json, RunFlags, read_settings
from batch.errors import Exit, SettingsError
from batch.text.language import tr, trn
from batch.text.listing import pretty_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batch.runs.self_check import Check
    from batch.settings.settings import Settings

_MARKS = {"ok": ("ok", "\x1b[32m"), "warning": ("!", "\x1b[33m"), "error": ("X", "\x1b[31m")}


def doctor(*, options: RunFlags | None = None, json: Json = False) -> int:
    """Check what a run needs: the key, the host, the clock, the disk, the quota store, a browser. Nothing is sent.

    It says what is wrong and how to fix it. The exit code is that of the first error: 2 the settings, 5 the key, 75 the
    host. Without an error it is 0.
    """
    import anyio

    from batch.runs.self_check import Check, self_check

    checks: list[Check] = []
    settings: Settings | None = None
    try:
        settings = read_settings(options)
    except SettingsError as error:
        text = "; ".join([error.message, *error.problems]) if not error.heads else "; ".join(error.problems)
        checks.append(Check("settings", "error", text, error.tip, Exit.USAGE))
        try:
            settings = read_settings(options, need_key=False)
        except SettingsError:
            settings = None
    if settings is not None:
        found = anyio.run(self_check, settings.access, settings.connection, settings.out, settings.state)
        checks += [each for each in found if not (each.name == "key" and checks)]
    if json:
        print_result(pretty_json({"version": 1, "checks": [each._asdict() for each in checks]}))
    else:
        print_result("\n".join(_lines(checks, colour=use_colour(sys.stdout))))
    return next((each.exit_code for each in checks if each.state == "error"), Exit.OK)


def _lines(checks: Sequence[Check], *, colour: bool) -> list[str]:
    lines = []
    for each in checks:
        mark, ink = _MARKS[each.state]
        shown = f"{ink}{mark:>2}\x1b[0m" if colour else f"{mark:>2}"
        head, *rest = textwrap.wrap(each.text, 62, break_long_words=False, break_on_hyphens=False)
        lines += [f"{shown}  {each.name:12}{head}", *(f"{'':16}{line}" for line in rest)]
        if each.tip:
            tip = tr("What to do: {tip}", tip=each.tip)
            lines += [
                f"{'':16}{line}" for line in textwrap.wrap(tip, 62, break_long_words=False, break_on_hyphens=False)
            ]
    errors = sum(each.state == "error" for each in checks)
    warnings = sum(each.state == "warning" for each in checks)
    last = (
        tr("Everything that a run needs is there.")
        if not errors
        else trn("{count} thing keeps a run from starting.", "{count} things keep a run from starting.", errors)
    )
    return [
        *lines,
        "",
        " ".join([last, *([trn("{count} warning.", "{count} warnings.", warnings)] if warnings else [])]),
    ]
