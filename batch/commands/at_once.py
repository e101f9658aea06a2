"""Everything that is wrong with a command before its first call, told at once: the options, the settings, the key, the
confirmation that nobody is there to give, and the file.

Owns: going on to the next question where one had no answer, so that nobody mends a command one message at a time.
Does not own: the questions. Where all is well, the file is looked at once only, by the run itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from batch.commands.options import RunOptions, settings_of
from batch.errors import SettingsError
from batch.problems import Problems

if TYPE_CHECKING:
    from batch.loader import Reading
    from batch.settings import Settings

T = TypeVar("T")


class AtOnce:
    """The problems of one command."""

    __slots__ = ("_accounts_known", "_problems")

    def __init__(self) -> None:
        self._problems = Problems("this cannot be done as told, and nothing was sent")
        self._accounts_known = True

    def told(self, question: Callable[[], T]) -> T | None:
        """The answer; `None` where it is a problem, which is told by `settle`."""
        with self._problems.gathered():
            return question()
        return None

    def settings(self, options: RunOptions | None, *, need_key: bool = True, **how: Any) -> Settings:
        """The settings, as `settings_of` finds them. Where a problem keeps them from being used, as much of them as can
        be known: those without the key, or with nothing but the defaults."""
        settings = self.told(partial(settings_of, options, need_key=need_key, **how))
        if settings is not None:
            return settings
        with suppress(SettingsError):
            return settings_of(options, need_key=False, **how)
        from batch.settings import Settings

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
            from batch.runs import folder_of, need_run

            if folder is not None:
                need_run(folder_of(folder, settings.out))

        self.settle_with(look)

    def settle_with_file(self, file: Path, reading: Reading | None, settings: Settings) -> None:
        """`settle_with` a look at `file` as it is to be read; `None`: nobody can say how.

        Stdin is not read for it, and no network is asked.
        """

        def look() -> None:
            from batch import loader
            from batch.preflight import in_accounts, with_ask

            if not loader.is_here(file):
                return
            asked = reading and with_ask(reading)
            if asked and self._accounts_known:
                asked = in_accounts(asked, settings)
            elif asked:  # nobody can say whether a column of accounts is wanted
                asked = replace(asked, mapping={role: it for role, it in asked.mapping.items() if role != "account"})
            loader.look(file, asked)

        self.settle_with(look)
