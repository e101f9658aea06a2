"""How help looks: examples first, then the usage, then each option with its words beside it.

Owns: the layout of `--help`. Plain text in two columns: it reads the same in a pipe, on paper and aloud.
Does not own: the words (`cli.py`, `options.py`), the examples (`examples.py`).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App

from batch.examples import EXAMPLES

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

_WIDEST: Final = 100
#: The column of the words; a longer name has a line to itself.
_WORDS_AT: Final = 26


class HelpPage:
    """The formatter of every help page."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Write one group of commands or options."""
        if not panel.entries:
            return
        lines = [f"{panel.title}:"]
        for entry in panel.entries:
            lines += _entry(entry, min(options.max_width, _WIDEST))
        _write(console, [*lines, ""])

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Write the usage line."""
        if usage:
            _write(console, [f"Usage: {str(usage).strip().removeprefix('Usage: ')}", ""])

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Write what the command does, paragraph by paragraph."""
        for paragraph in _text(description).split("\n\n"):
            if paragraph.strip():
                _write(console, [*textwrap.wrap(paragraph, min(options.max_width, _WIDEST)), ""])


def teach(app: App) -> None:
    """Give every command of `app` its examples, and the order in which a user meets the commands."""
    app.help_prologue = _examples("")
    for place, name in enumerate(name for name in EXAMPLES if name):
        app[name].help_prologue = _examples(name)
        app[name].sort_key = place


def _examples(name: str) -> str:
    return "\n".join(["Examples:", *(f"  {line}" for line in EXAMPLES[name])])


def _entry(entry: HelpEntry, width: int) -> list[str]:
    names = ", ".join(_names(entry))
    said = [_text(entry.description)]
    if entry.choices:
        said.append(f"One of: {', '.join(entry.choices)}.")
    if entry.default is not None and entry.default not in ("()", "False", "None"):
        said.append(f"Default: {entry.default}.")
    lines = textwrap.wrap(" ".join(filter(None, said)), width - _WORDS_AT) or [""]
    if len(names) > _WORDS_AT - 4:
        return [f"  {names}", *(f"{'':{_WORDS_AT}}{line}" for line in lines)]
    return [f"  {names:{_WORDS_AT - 2}}{lines[0]}".rstrip(), *(f"{'':{_WORDS_AT}}{line}" for line in lines[1:])]


def _names(entry: HelpEntry) -> list[str]:
    """`FILE`, or `-y, --yes`, or `--rate 30/min`: what is typed."""
    if entry.positional_label:
        return [entry.positional_label]
    names = [
        *entry.positive_shorts,
        *entry.positive_names,
        *(name for name in entry.negative_names if "empty" not in name),
    ]
    own = names[-1].rpartition("-")[2].upper()
    metavar = f" {own if entry.metavar.startswith('STR') else entry.metavar}" if entry.metavar else ""
    return [*names[:-1], f"{names[-1]}{metavar}"]


def _text(rich: Any) -> str:
    """The plain text of what the formatter is given."""
    if rich is None or isinstance(rich, str):
        return rich or ""
    inner = getattr(rich, "primary_renderable", rich)
    return str(getattr(inner, "plain", inner)).strip()


def _write(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
