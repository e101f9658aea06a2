"""The commands `completion` and `man`: the content of `--help`, for the shell and for man(1).

Owns: the layout of the man page.
Source: man-pages(7) for the order of the sections; roff's dots and backslashes are escaped as groff(7) says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from cyclopts import App

from batch import __version__
from batch.cli.console import print_result
from batch.cli.examples import EXAMPLES
from batch.cli.help_page import entries, paragraphs
from batch.errors import EXIT_MEANINGS, Exit
from batch.text.language import tr, tr_noop


def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print the completion of commands, options and their choices for SHELL: bash, zsh or fish."""
    from batch.cli.main import app

    print_result(_fix(app.generate_completion(shell=shell).rstrip(), shell))
    return Exit.OK


def man() -> int:
    """Print the man page."""
    from batch.cli.main import app

    print_result("\n".join(man_page(app)))
    return Exit.OK


def _fix(script: str, shell: str) -> str:
    """A completion script of cyclopts with its missing parts.

    bash: file names, where no option and no choice fits. zsh: the call of the function that the script defines (the
    shell calls it only if the file has the name of the function) and, for `eval`, its registration.
    """
    if shell == "bash":
        return re.sub(r"^complete -F", "complete -o bashdefault -o default -F", script, flags=re.MULTILINE)
    defined = re.search(r"^(_[\w-]+)\(\) *\{", script, re.MULTILINE)
    if shell != "zsh" or defined is None:
        return script
    call = f'if [[ $funcstack[1] == _guayaba-batch ]]; then\n  {defined[1]} "$@"\n'
    return f"{script}\n\n{call}else\n  compdef {defined[1]} guayaba-batch\nfi"


def man_page(app: App) -> Iterator[str]:
    """The man page of `app` in roff, line by line."""
    yield f'.TH GUAYABA-BATCH 1 "" "guayaba-batch {__version__}" "{tr("User Commands")}"'
    name = tr("bulk-update Guayaba contacts from a spreadsheet")
    yield from (_section(tr("NAME")), rf"guayaba\-batch \- {_escape(name)}")
    yield from (_section(tr("SYNOPSIS")), r".B guayaba\-batch", ".I COMMAND", "[OPTIONS]")
    yield from (_section(tr("DESCRIPTION")), *map(_escape, paragraphs(app)))
    yield from (_section(tr("EXAMPLES")), *_verbatim(EXAMPLES[""]))
    yield _section(tr("COMMANDS"))
    for name in (name for name in EXAMPLES if name):
        yield from _command(name, app[name])
    yield _section(tr("EXIT STATUS"))
    yield from (line for code in Exit for line in (".TP", str(int(code)), _escape(tr(EXIT_MEANINGS[code]))))
    yield _section(tr("FILES"))
    for path, words in _FILES.items():
        yield from (".TP", _escape(path), _escape(tr(words)))


def _section(title: str) -> str:
    return f".SH {_escape(title)}"


def _command(name: str, command: App) -> Iterator[str]:
    yield f".SS {_escape(name)}"
    for paragraph in paragraphs(command):
        yield from (_escape(paragraph), ".PP")
    yield from _verbatim(EXAMPLES[name])
    for title, group in entries(command).items():
        yield from (".PP", f"{_escape(tr(title))}:")
        for entry in group:
            yield from (".TP", rf"\fB{_escape(entry.typed)}\fR", _escape(entry.words) or r"\&")


def _verbatim(lines: tuple[str, ...]) -> Iterator[str]:
    shown = (tr(line) if line.startswith("#") else line for line in lines)
    yield from (".PP", ".RS 4", ".nf", *map(_escape, shown), ".fi", ".RE")


def _escape(text: str) -> str:
    """Text for roff: no line is a request, no backslash is an escape, and a hyphen can be copied."""
    plain = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain


_FILES: Final = {
    "guayaba-batch.toml": tr_noop("Settings of this folder. Options and GUAYABA_* go before them."),
    "~/.config/guayaba-batch/config.toml": tr_noop("Settings of the user."),
    "reports/": tr_noop("The run folders, each with its outcomes, failures, page, summary and journal."),
}
