"""How help looks: examples first, then the usage, then each option with its words beside it.

Owns: the layout of `--help`, and what of a command is shown in it and in the man page (`cli/manual.py`).
Plain text in two columns reads the same in a pipe, on paper and aloud; the library's own pages would take a third of
the time again.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from batch.cli.examples import EXAMPLES

if TYPE_CHECKING:
    from cyclopts import App
    from cyclopts.argument import Argument

_WIDEST: Final = 100
#: The column of the words; a longer name has a line to itself.
_WORDS_AT: Final = 26
#: What is typed for an argument or behind an option, where its name's last word does not say.
_VALUES: Final[Mapping[str, str]] = {
    "attempts": "N",
    "db": "FILE",
    "fault": "SPEC",
    "fault-seed": "N",
    "give-up-after": "TIME",
    "header-row": "N",
    "latency": "MS",
    "limit": "N",
    "map": "ROLE=HEADER",
    "max-errors": "N|N%",
    "max-runtime": "TIME",
    "notify": "URL",
    "notify-errors": "N%",
    "only": "OUTCOMES",
    "out": "DIR",
    "phone": "NUMBER",
    "port": "N",
    "reads-per-minute": "N",
    "region-column": "HEADER",
    "run-folder": "RUN",
    "save-job": "FILE",
    "seed": "FILE",
    "share": "N%",
    "timeout": "TIME",
    "workers": "N",
    "writes-per-minute": "N",
}


class Entry(NamedTuple):
    """What is typed, and what it means."""

    typed: str
    words: str


def wants_help(app: App, argv: Sequence[str]) -> bool:
    """True where help is asked for, or nothing is that could be done."""
    before = argv[: argv.index("--")] if "--" in argv else argv
    if "--help" in before or "-h" in before:
        return True
    _, apps, left = app.parse_commands(list(argv))
    return not left and apps[-1].default_command is None


def page(app: App, argv: Sequence[str], width: int) -> str:
    """The help of the command that `argv` names, for a terminal of `width` columns."""
    chain, apps, _ = app.parse_commands([word for word in argv if word not in ("--help", "-h")])
    command, width = apps[-1], min(width, _WIDEST)
    lines = ["Examples:", *(f"  {line}" for line in EXAMPLES.get(" ".join(chain[:1]), ())), ""]
    groups = entries(command)
    after = _value_names(command) or (["COMMAND"] if "Commands" in groups else [])
    options = ["[OPTIONS]"] if groups.keys() - {"Arguments", "Commands"} else []
    lines += [f"Usage: {' '.join(['guayaba-batch', *chain, *after, *options])}", ""]
    for paragraph in paragraphs(command):
        lines += [*textwrap.wrap(paragraph, width), ""]
    for title, group in groups.items():
        lines += [f"{title}:", *(line for entry in group for line in _layout(entry, width)), ""]
    if not chain:
        lines += ["Help for one of them: guayaba-batch COMMAND --help. The version: --version.", ""]
    return "\n".join(lines[:-1])


def paragraphs(command: App) -> list[str]:
    """What the command does, a line a paragraph."""
    return [" ".join(each.split()) for each in command.help.split("\n\n") if each.strip()]


def entries(command: App) -> Mapping[str, list[Entry]]:
    """What can be typed after `command`, by group: its commands, or its arguments and options."""
    groups: dict[str, list[Entry]] = {}
    if command.default_command is None:
        names = [name for name in command if not name.startswith("-")]
        names.sort(key=[*EXAMPLES, *names].index)
        return {"Commands": [Entry(name, paragraphs(command[name])[0]) for name in names]}
    for argument in command.assemble_argument_collection():
        if argument.show and argument.names:
            title = "Arguments" if argument.index is not None else _group(argument)
            groups.setdefault(title, []).append(Entry(_type_name(argument), _words(argument)))
    return groups


def _value_names(command: App) -> list[str]:
    """The arguments in the order in which they are typed, those that can be left out in brackets."""
    if command.default_command is None:
        return []
    places = [each for each in command.assemble_argument_collection() if each.show and each.index is not None]
    return [_type_name(each) if each.required else f"[{_type_name(each)}]" for each in places]


def _group(argument: Argument) -> str:
    title = next((str(getattr(group, "name", group)) for group in argument.parameter.group or ()), "Options")  # type: ignore[union-attr]
    return "Options" if title == "Parameters" else title


def _type_name(argument: Argument) -> str:
    """`FILE`, or `--rate RATE`, or `-y, --yes`."""
    name = max(argument.names, key=len).strip("-").replace("_", "-").lower()
    value = _VALUES.get(name, (name if argument.index is not None else name.rpartition("-")[2]).upper())
    if argument.index is not None:
        return value
    names = sorted((each for each in argument.names if not each.startswith("--empty")), key=len)
    is_flag = bool in (argument.hint, *get_args(argument.hint))
    return ", ".join(names) + ("" if is_flag else f" {value}")


def _words(argument: Argument) -> str:
    choices = argument.get_choices()
    default = argument.field_info.default
    said = [argument.parameter.help or ""]
    if choices:
        said.append(f"One of: {', '.join(choices)}.")
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        said.append(f"Default: {default}.")
    return " ".join(filter(None, said))


def _layout(entry: Entry, width: int) -> list[str]:
    lines = textwrap.wrap(entry.words, width - _WORDS_AT) or [""]
    rest = [f"{'':{_WORDS_AT}}{line}" for line in lines[1:]]
    if len(entry.typed) > _WORDS_AT - 4:
        return [f"  {entry.typed}", f"{'':{_WORDS_AT}}{lines[0]}", *rest]
    return [f"  {entry.typed:{_WORDS_AT - 2}}{lines[0]}".rstrip(), *rest]
