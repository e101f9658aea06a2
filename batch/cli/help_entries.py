"""What can be typed after a command, and the text beside it, for `--help` and the man page.

Owns: the groups of options, what stands behind an option, and its text with its choices and its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, get_args

from batch.cli.help_entry import Entry
from batch.cli.options import ENTRIES, GROUP_TITLES, PLACEHOLDERS
from batch.text.language import in_language, tr, tr_noop

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument

#: What stands behind an option whose name does not say it.
_PLACEHOLDERS: Final[Mapping[str, str]] = {
    **PLACEHOLDERS,
    "db": "FILE",
    "fault": "SPEC",
    "fault-seed": "N",
    "latency": "MS",
    "only": "OUTCOMES",
    "phone": "NUMBER",
    "port": "N",
    "reads-per-minute": "N",
    "run-folder": "RUN",
    "save-job": "FILE",
    "seed": "FILE",
    "writes-per-minute": "N",
}


def arguments(command: App) -> Mapping[str, list[Entry]]:
    """What can be typed after a `command` that can run, by group: its arguments and its options."""
    groups: dict[str, list[Entry]] = {}
    for argument in command.assemble_argument_collection():
        if argument.show and argument.names:
            title = tr_noop("Arguments") if argument.index is not None else _group(argument)
            groups.setdefault(title, []).append(Entry(argument_name(argument), _words(argument), argument.required))
    order = ["Arguments", "Options", *GROUP_TITLES]
    return dict(sorted(groups.items(), key=lambda group: order.index(group[0]) if group[0] in order else len(order)))


def _group(argument: Argument) -> str:
    title = next((str(getattr(group, "name", group)) for group in argument.parameter.group or ()), "Options")  # type: ignore[union-attr]
    return tr_noop("Options") if title == "Parameters" else title


def argument_name(argument: Argument) -> str:
    """What a user types for `argument`: `FILE`, or `--rate RATE`, or `-y, --yes`."""
    name = max(argument.names, key=len).strip("-").replace("_", "-").lower()
    value = _PLACEHOLDERS.get(name, (name if argument.index is not None else name.rpartition("-")[2]).upper())
    if argument.index is not None:
        return value
    names = sorted((each for each in argument.names if not each.startswith("--empty")), key=len)
    is_flag = bool in (argument.hint, *get_args(argument.hint))
    return ", ".join(names) + ("" if is_flag else f" {value}")


def _words(argument: Argument) -> str:
    choices = argument.get_choices()
    default = argument.field_info.default
    said = [_help_text(argument)]
    if choices and not (argument.parameter.help or "").count("One of:"):
        said.append(tr("One of: {choices}.", choices=", ".join(choices)))
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        said.append(tr(" Default: {default}.", default=default).strip())
    return " ".join(filter(None, said))


def _help_text(argument: Argument) -> str:
    """The help of an option in the language in use: that of its entry, unless the command has its own."""
    words = argument.parameter.help or ""
    entry = ENTRIES.get(max(argument.names, key=len).strip("-"))
    if entry is None:
        return tr(words)
    with in_language("en"):
        is_own = words != entry.help_text()
    return tr(words) if is_own else entry.help_text()
