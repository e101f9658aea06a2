"""What was typed, as a command line of this program: the language, the usual synonyms, an unknown command.

Owns: `--language`, `help`, `version`, `-V`, `--dry-run`, and the refusal of a command that does not exist.
Flow: argv -> `choose_language` -> `plain_command_line` -> the command.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from batch.errors import SettingsError
from batch.text.language import LANGUAGES, environment_language, parse_locale, tr, use_language
from batch.text.near_names import near_names

if TYPE_CHECKING:
    from cyclopts import App

#: The commands whose `--dry-run` is `plan`.
_WRITING: Final = ("fulfill", "update", "update-by-id")


def choose_language(argv: Sequence[str]) -> list[str]:
    """Use the language that `--language`, or else the environment, names; returns `argv` without `--language`.

    The choice also stands in the environment: the settings, and the processes that are started, find it there. Raises
    SettingsError for a language without a catalogue.
    """
    use_language(environment_language(os.environ))
    for at, word in enumerate(argv):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name == "--language":
            value = value if equals else "".join(argv[at + 1 : at + 2])
            language = parse_locale(value)
            if language is None:
                raise SettingsError(
                    tr("--language {value}: expected one of {names}.", value=value, names=", ".join(LANGUAGES))
                )
            use_language(language)
            os.environ["GUAYABA_LANGUAGE"] = language
            return [*argv[:at], *argv[at + (1 if equals else 2) :]]
    return list(argv)


def plain_command_line(app: App, argv: Sequence[str]) -> list[str]:
    """`argv` in the words that the program knows: `help update` is `update --help`, `version` is `--version`, and a
    write with `--dry-run` is `plan`. Raises SettingsError for a command that does not exist."""
    words = list(argv)
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if words[:1] in (["version"], ["-V"]):
        words = ["--version"]
    if words[:1] in (["-n"], ["--dry-run"]):
        raise SettingsError(
            tr("{word} stands before the command.", word=words[0]),
            tip=tr("write it behind a command that writes: guayaba-batch update FILE --dry-run"),
        )
    require_command(app, words)
    if words[:1] and words[0] in _WRITING and {"--dry-run", "-n"} & set(words):
        words = ["plan", *_options_of_plan(words[1:]), "--for", words[0]]
    return words


def require_command(app: App, argv: Sequence[str]) -> None:
    """Raise SettingsError where the first word is no command, with the names that are near."""
    word = argv[0] if argv else ""
    if not word or word.startswith("-") or word in app:
        return
    if Path(word).suffix:
        raise SettingsError(
            tr('"{word}" is a file, and a command comes before it.', word=word),
            tip=tr("to look at it: {command}", command=shlex.join(["guayaba-batch", "check", word])),
        )
    names = [name for name in app if not name.startswith("-")]
    near = near_names(word.lower(), names, 3, 0.5)
    found = tr("Did you mean {names}?", names=tr(" or ").join(near)) + " " if near else ""
    raise SettingsError(
        tr('there is no command "{word}".', word=word), tip=found + tr("`guayaba-batch --help` lists the commands.")
    )


def _options_of_plan(words: Sequence[str]) -> list[str]:
    """`words` without the options that only a write has. The folder of `--out`, which is a file for `plan`, goes into
    the environment."""
    from batch.cli.options import ENTRIES, PLAN_OPTIONS, RUN_OPTIONS

    kept: list[str] = []
    skips = 0
    of_plan = {name.replace("_", "-") for name in PLAN_OPTIONS}
    for at, word in enumerate(words):
        name, _, value = word.partition("=")
        name = name.lstrip("-").removeprefix("no-")
        entry = ENTRIES.get(name)
        if skips:
            skips -= 1
        elif word in ("--dry-run", "-n", "-y", "-v"):
            continue
        elif word.startswith("--") and name in RUN_OPTIONS and entry is not None and name not in of_plan:
            skips = 0 if entry.is_switch or "=" in word else 1
            if name == "out":
                os.environ["GUAYABA_OUT"] = value or "".join(words[at + 1 : at + 2])
        else:
            kept.append(word)
    return kept
