"""Everything that is wrong with a command before its first call, told at once: the options, the settings, the key, the
confirmation that nobody is there to give, and the file.

Owns: going on to the next question where one had no answer, so that nobody mends a command one message at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from batch.cli.options import RunOptions, read_settings
from batch.errors import ErrorCollector, SettingsError

if TYPE_CHECKING:
    from batch.loader import ReadOptions
    from batch.settings.settings import Settings

T = TypeVar("T")


class Preconditions:
    """The problems of one command."""

    __slots__ = ("_accounts_known", "_problems")

    def __init__(self) -> None:
        self._problems = ErrorCollector("this cannot be done as told, and nothing was sent")
        self._accounts_known = True

    def told(self, question: Callable[[], T]) -> T | None:
        """The answer; `None` where it is a problem, which is told by `settle`."""
        with self._problems.gathered():
            return question()
        return None

    def settings(self, options: RunOptions | None, *, need_key: bool = True, **how: Any) -> Settings:
        """The settings, as `settings_of` finds them. Where a problem keeps them from being used, as much of them as can
        be known: those without the key, or with nothing but the defaults."""
        settings = self.told(partial(read_settings, options, need_key=need_key, **how))
        if settings is not None:
            return settings
        with suppress(SettingsError):
            return read_settings(options, need_key=False, **how)
        from batch.settings.settings import Settings

        self._accounts_known = False
        return Settings(yes=bool(options and options.yes))

    def settle(self) -> None:
        """Raise what was found; nothing where nothing was."""
        self._problems.settle(SettingsError)

    def settle_with(self, look: Callable[[], object]) -> None:
        """Raise what was found, and with it what `look` finds; nothing, and without a look, where nothing was."""
        if self._problems:
            with suppress(OSError):  # what the system says then is no answer to the command
                self.told(look)
            self.settle()

    def settle_with_run(self, folder: Path | None, settings: Settings) -> None:
        """`settle_with` a look whether `folder`, where one is named, is a run."""

        def look() -> None:
            from batch.runs.folder.run_folder import require_run, resolve_folder

            if folder is not None:
                require_run(resolve_folder(folder, settings.out))

        self.settle_with(look)

    def settle_with_file(self, file: Path, reading: ReadOptions | None, settings: Settings) -> None:
        """`settle_with` a look at `file` as it is to be read; `None`: nobody can say how.

        Stdin is not read for it, and no network is asked.
        """

        def look() -> None:
            from batch import loader
            from batch.runs.fingerprint import with_accounts, with_fulfil_change

            if not loader.is_here(file):
                return
            asked = reading and with_fulfil_change(reading)
            if asked and self._accounts_known:
                asked = with_accounts(asked, settings)
            elif asked:  # nobody can say whether a column of accounts is wanted
                asked = replace(asked, mapping={role: it for role, it in asked.mapping.items() if role != "account"})
            loader.look(file, asked)

        self.settle_with(look)
