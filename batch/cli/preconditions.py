"""All problems of a command in one message, before its first call: options, settings, key, confirmation, file.

Owns: continuing with the next check after a problem, so that a user does not fix a command one message at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from batch.cli.options import Options, read_settings
from batch.errors import ErrorCollector, SettingsError
from batch.text.language import tr

if TYPE_CHECKING:
    from batch.loader import SeveralFiles
    from batch.settings.read_options import ReadOptions
    from batch.settings.settings import Settings

T = TypeVar("T")


class Preconditions:
    """The problems of one command."""

    __slots__ = ("_problems", "_settings_known")

    def __init__(self) -> None:
        self._problems = ErrorCollector(tr("the command cannot be run, and nothing was sent"))
        self._settings_known = True

    def check(self, step: Callable[[], T]) -> T | None:
        """The result of `step`; `None` where it fails, which `raise_with` reports."""
        with self._problems.gather():
            return step()
        return None

    def read_settings(self, flags: Options | None, *, need_key: bool = True, **how: Any) -> Settings:
        """The settings, as `options.read_settings` finds them.

        After a problem: as much as is known, without the key, or the defaults.
        """
        settings = self.check(partial(read_settings, flags, need_key=need_key, **how))
        if settings is not None:
            return settings
        with suppress(SettingsError):
            return read_settings(flags, need_key=False, **how)
        from batch.settings.settings import Settings

        self._settings_known = False
        return Settings(yes=bool(flags and flags.given().get("yes")))

    def raise_with(self, check: Callable[[], object]) -> None:
        """Raise the problems, and those that `check` finds. Without problems so far, do nothing: the run checks."""
        if self._problems:
            with suppress(OSError):  # the run's own message is better
                self.check(check)
            self._problems.settle(SettingsError)

    def raise_with_run(self, folder: Path | None, settings: Settings) -> None:
        """`raise_with` a check that `folder`, where one is named, is a run."""

        def check() -> None:
            from batch.runs.folder.run_folder import require_run
            from batch.runs.folder.run_name import resolve_folder

            if folder is not None:
                require_run(resolve_folder(folder, settings.out))

        self.raise_with(check)

    def raise_with_file(
        self, file: Path | SeveralFiles | None, reading: ReadOptions | None, settings: Settings
    ) -> None:
        """`raise_with` a check of `file`; `None`: it is not known which. `reading` `None`: the options have problems,
        so only its format is checked.

        Stdin is not read for this, and no call is made.
        """

        def check() -> None:
            from batch import loader
            from batch.runs.fingerprint import with_fulfil_change
            from batch.runs.team_check import initial_rules

            if file is None or not loader.is_here(file):
                return
            options = reading and with_fulfil_change(reading)
            if options and not self._settings_known:  # the accounts are not known, so this role is not checked
                mapping = {role: title for role, title in options.mapping.items() if role != "account"}
                options = replace(options, mapping=mapping)
            loader.look(file, options, initial_rules(settings.access, settings.guards))

        self.raise_with(check)
