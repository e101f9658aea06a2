"""The pages of `--help`: examples first, then the usage, then each option with its text beside it.

Owns: the layout of `--help`, and which entries it and the man page (`cli/manual.py`) show. The list of commands is made
without importing one.
Plain text in two columns is the same in a pipe, on paper and in a screen reader. The pages of cyclopts would take a
third more time.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from batch.cli.commands import COMMANDS
from batch.cli.examples import EXAMPLES
from batch.cli.help_entry import Entry
from batch.text.language import tr, tr_noop

if TYPE_CHECKING:
    from cyclopts import App

_WIDEST: Final = 100
#: The column of the texts; a longer name has a line of its own.
_WORDS_AT: Final = 26
#: The options of the short help (`-h`).
_COMMON: Final = (
    "status", "campaign", "map", "region", "where", "limit", "skip-unchanged", "out", "yes", "save-job",
)  # fmt: skip


def wants_help(app: App, argv: Sequence[str]) -> bool:
    """True for `--help`, and for a command line without a command that could run."""
    before = argv[: argv.index("--")] if "--" in argv else argv
    if "--help" in before or "-h" in before:
        return True
    _, apps, left = app.parse_commands(list(argv))
    return not left and apps[-1].default_command is None


def page(app: App, argv: Sequence[str], width: int) -> str:
    """The help of the command that `argv` names, for a terminal of `width` columns."""
    chain, apps, _ = app.parse_commands([word for word in argv if word not in ("--help", "-h")])
    command, width = apps[-1], min(width, _WIDEST)
    examples = (tr(line) if line.startswith("#") else line for line in EXAMPLES.get(" ".join(chain[:1]), ()))
    lines = [tr("Examples:"), *(f"  {line}" for line in examples), ""]
    groups = entries(command)
    if is_short := "-h" in argv and "--help" not in argv and "Commands" not in groups:
        groups = _common(groups)
    after = [each.typed if each.is_required else f"[{each.typed}]" for each in groups.get("Arguments", ())]
    after = after or (["COMMAND"] if "Commands" in groups else [])
    options = ["[OPTIONS]"] if groups.keys() - {"Arguments", "Commands"} else []
    lines += [tr("Usage: {typed}", typed=" ".join(["guayaba-batch", *chain, *after, *options])), ""]
    for paragraph in paragraphs(command):
        lines += [*textwrap.wrap(paragraph, width, break_on_hyphens=False), ""]
    for title, group in groups.items():
        lines += [f"{tr(title)}:", *(line for entry in group for line in _layout(entry, width)), ""]
    if is_short:
        lines += [tr("All options: guayaba-batch {command} --help.", command=" ".join(chain)), ""]
    if not chain:
        more = tr(
            "Help for one of them: guayaba-batch COMMAND --help (-h: the most used options). The version: --version. "
            "In another language: --language es."
        )
        lines += [*textwrap.wrap(more, width, break_on_hyphens=False), ""]
    return "\n".join(lines[:-1])


def _common(groups: Mapping[str, list[Entry]]) -> Mapping[str, list[Entry]]:
    """The arguments, and the options that most commands are given with."""
    options = [entry for title, group in groups.items() if title != "Arguments" for entry in group]
    shown = [entry for entry in options if any(re.search(rf"--{name}(?= |$)", entry.typed) for name in _COMMON)]
    return {"Arguments": groups.get("Arguments", []), tr_noop("Most used options"): shown}


def paragraphs(command: App) -> list[str]:
    """The paragraphs of the command's help, one line each."""
    return [tr(" ".join(each.split())) for each in command.help.split("\n\n") if each.strip()]


def entries(command: App) -> Mapping[str, list[Entry]]:
    """What can be typed after `command`, by group: its commands, or its arguments and options."""
    if command.default_command is not None:
        from batch.cli.help_entries import arguments

        return arguments(command)
    names = [name for name in command if not name.startswith("-")]
    if set(names) == COMMANDS.keys():
        return {tr_noop("Commands"): [Entry(name, tr(each.sentence)) for name, each in COMMANDS.items()]}
    return {tr_noop("Commands"): [Entry(name, paragraphs(command[name])[0]) for name in names]}


def _layout(entry: Entry, width: int) -> list[str]:
    lines = textwrap.wrap(entry.words, width - _WORDS_AT, break_on_hyphens=False) or [""]
    rest = [f"{'':{_WORDS_AT}}{line}" for line in lines[1:]]
    if len(entry.typed) > _WORDS_AT - 4:
        return [f"  {entry.typed}", f"{'':{_WORDS_AT}}{lines[0]}", *rest]
    return [f"  {entry.typed:{_WORDS_AT - 2}}{lines[0]}".rstrip(), *rest]
