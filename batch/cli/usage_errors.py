"""A command line that cannot be understood, in the words of this program.

Owns: the message and the way out for an option or an argument that is missing, unknown or too much.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from cyclopts import CoercionError, CycloptsError, MissingArgumentError, UnknownCommandError, UnknownOptionError
from cyclopts.exceptions import RepeatArgumentError, UnusedCliTokensError

from batch.cli.help_entries import argument_name
from batch.cli.input_files import require_whole_names
from batch.errors import SettingsError
from batch.settings.read_options import READ_OPTIONS
from batch.text.language import tr
from batch.text.near_names import near_names

#: Options that a job file holds and `run` does not take.
_OF_JOBS = tuple(f"--{name.replace('_', '-')}" for name in ("status", "campaign", *READ_OPTIONS))
#: Commands that take one file.
_OF_FILES = ("rerun", "apply", "approve")


def usage_error(error: CycloptsError, argv: Sequence[str]) -> SettingsError:
    """`error` as an error of ours, with what to do."""
    command = argv[0] if argv and not argv[0].startswith("-") else ""
    hint = f"guayaba-batch {command} --help" if command else tr("`guayaba-batch --help` lists the commands.")
    if isinstance(error, RepeatArgumentError):
        name = str(error.token.keyword)
        return SettingsError(tr("{name} is given twice.", name=name), tip=tr("give {name} once.", name=name))
    if error.argument is not None and isinstance(error, MissingArgumentError | CoercionError):
        return _of_argument(error, argument_name(error.argument).split(" ")[0], command, hint)
    if isinstance(error, UnusedCliTokensError):
        return _too_many([str(each) for each in error.unused_tokens or ()], command, argv, hint)
    if isinstance(error, UnknownOptionError):
        option = (error.token.keyword or error.token.value).partition("=")[0]
        names = [name for each in error.argument_collection or () if each.show for name in each.names]
        return _unknown_option(option, names, command, hint)
    if isinstance(error, UnknownCommandError) and command and error.unused_tokens:
        text = tr('{command} has no command "{word}".', command=command, word=str(error.unused_tokens[0]))
        return SettingsError(text, tip=hint)
    if isinstance(error, UnknownCommandError) and not command and argv:  # an option before a command
        return _unknown_option(argv[0].partition("=")[0], ("--help", "--version", "--language"), "", hint)
    return SettingsError(str(error), tip=hint)


def _of_argument(error: MissingArgumentError | CoercionError, name: str, command: str, hint: str) -> SettingsError:
    """An argument or option called `name` that is missing or has a wrong value."""
    assert error.argument is not None
    if isinstance(error, MissingArgumentError):
        if error.argument.index is not None and not error.tokens_so_far:
            return SettingsError(tr("{command}: {name} is missing.", command=command, name=name), tip=hint)
        return SettingsError(tr("{name} needs a value.", name=name), tip=hint)
    choices = error.argument.get_choices()
    expected = tr("one of {choices}", choices=", ".join(choices)) if choices else tr("a number")
    value = error.token.value if error.token is not None else ""
    text = tr('{name}: expected {expected}, found "{value}".', name=name, expected=expected, value=value)
    near = near_names(value, choices or ())
    return SettingsError(text + (tr(" Did you mean {near}?", near=near[0]) if near else ""), tip=hint)


def _unknown_option(option: str, names: Sequence[str], command: str, hint: str) -> SettingsError:
    """An option that none of `names` is."""
    if command == "fulfill" and option in ("--status", "--campaign"):
        return SettingsError(
            tr("fulfill has no {option}: it marks every contact as fulfilled.", option=option),
            tip=tr("to set another status or a campaign: guayaba-batch update FILE {option} …", option=option),
        )
    if command == "run" and option in _OF_JOBS:
        return SettingsError(
            tr("run has no {option}: the job holds it.", option=option),
            tip=tr(
                "change it in the job file, or give the command without a job: guayaba-batch update FILE {option} …",
                option=option,
            ),
        )
    near = near_names(option, names, 1)
    text = tr("Unknown option: {name}.", name=option)
    return SettingsError(text + (tr(" Did you mean {near}?", near=near[0]) if near else ""), tip=hint)


def _too_many(unused: Sequence[str], command: str, argv: Sequence[str], hint: str) -> SettingsError:
    """Words that stand where no word is expected: a name with spaces, or several files."""
    files = [word for word in argv[1:] if not word.startswith("-")]
    try:
        require_whole_names(files)
    except SettingsError as error:
        return error
    several = [word for word in files if Path(word).is_file()]
    if command in _OF_FILES and len(several) > 1:
        rest = [word for word in argv[1:] if word not in several]
        line = " ".join(["guayaba-batch", command, '"$f"', *map(shlex.quote, rest)])
        return SettingsError(
            tr("{command} takes one file, and {count} were given.", command=command, count=len(several)),
            tip=tr(
                "run them one after another: for f in {files}; do {line}; done", files=shlex.join(several), line=line
            ),
        )
    return SettingsError(
        tr("these words are not expected here: {words}.", words=" ".join(map(shlex.quote, unused))), tip=hint
    )
