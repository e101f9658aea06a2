"""The entry of a table of options: how one setting or read option is spelled, parsed and explained.

Two tables exist, and each is a frozen dataclass whose fields are the entries: `settings.Settings` (how a run goes) and
`read_options.ReadOptions` (how a source is read). To add a setting or a read option, add ONE field with `setting(...)`
to its table, then use the value where it acts. The command line (option, `--help`, man page, completion), the variable
GUAYABA_NAME, the TOML files, job files, `config show`, `batch.run(...)` and, for a read option, the fingerprint of the
command follow from the entry. A read option also takes one line in `read_options.Options`, for type checkers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from batch.errors import SettingsError
from batch.settings.values import one_of
from batch.text.language import tr

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry. Its name and type are those of the field that it stands at."""

    default: Any
    #: Text, as a flag, a variable or a TOML file gives it -> the value. Raises ValueError: `expected X, found Y`.
    parse: Callable[[Any], Any]
    help: str
    #: What `--help` shows behind the option, for example TIME; empty: the option is a switch.
    placeholder: str = ""
    #: The words of a choice. They are shown by `--help` and by the shell's completion.
    choices: tuple[str, ...] = ()
    #: The default in words, where its value says nothing to a user.
    default_words: str = ""
    #: The default as a user would write it. `str`, unless another is given.
    write: Callable[[Any], str] = str
    #: The option has a second name of one letter.
    short: str = ""
    #: True: valid for one command only. As a standing setting it would switch a safeguard off for good.
    flag_only: bool = False
    #: False: a command has no option of this name.
    option: bool = True
    #: True: the option is left out of `--help`.
    hidden: bool = False
    #: True: the option may be given several times.
    repeatable: bool = False
    #: True: a value may begin with a hyphen; `-` means stdin or stdout.
    hyphen: bool = False
    #: True: a job file (`--save-job`) keeps the setting.
    in_jobs: bool = True
    #: True: the value is a secret; `config show` shows the host only.
    secret: bool = False

    @property
    def is_switch(self) -> bool:
        """True where the option takes no value."""
        return not self.placeholder and not self.choices

    def default_text(self) -> str:
        """The default as a user would write it, or in words; empty where nothing is set."""
        if self.default_words or self.default is None or self.default == ():
            return self.default_words
        if isinstance(self.default, bool):
            return "yes" if self.default else ""
        return self.write(self.default)

    def help_text(self) -> str:
        """The help with the choices and the default."""
        choices = tr(" One of: {choices}.", choices=", ".join(self.choices)) if self.choices else ""
        default = tr(" Default: {default}.", default=tr(self.default_text())) if self.default_text() else ""
        return f"{tr(self.help)}{choices}{default}"


def setting(default: T, parse: Callable[[Any], Any], help: str, placeholder: str = "", **more: Any) -> T:
    """The field of a table: `rate: Rate | None = setting(None, values.rate, "...", "RATE")`. `more`: see `Setting`."""
    entry = Setting(default, parse, help, placeholder, **more)
    return field(default=default, metadata={"setting": entry})


def choice(default: T, help: str, *choices: str) -> T:
    """The field of a table whose value is one of `choices`."""
    return setting(default, one_of(*choices), help, choices=choices)


def build_table(kind: type) -> Mapping[str, Setting]:
    """The entries of the table `kind`, by name, in the order of `--help`."""
    return MappingProxyType({each.name: each.metadata["setting"] for each in fields(kind) if each.metadata})


def parse_texts(table: Any, others: Mapping[str, Callable[[str], object]]) -> dict[str, object]:
    """The values of the fields of `table` that hold text where the value is no text, as a settings file gives them.

    `others` parse the fields that are no settings. Raises SettingsError.
    """
    found: dict[str, object] = {}
    for each in fields(table):
        text = getattr(table, each.name)
        if isinstance(text, str) and "str" not in str(each.type).split(" | "):
            parse = others.get(each.name) or each.metadata["setting"].parse
            try:
                found[each.name] = parse(text)
            except ValueError as error:
                raise SettingsError(tr("Settings({name}=...): {error}.", name=each.name, error=error)) from None
    return found
