"""What each command's command line may hold, assembled once before the fork: cyclopts takes 20 ms for it each time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from cyclopts import App, CycloptsError
from cyclopts.argument import ArgumentCollection


def assemble_before_the_fork(app: App, commands: Iterable[str]) -> None:
    """Keep the arguments of `commands` for the processes that are forked from this one.

    A forked process uses each once, since cyclopts writes into it what was typed.
    """
    assemble = App.assemble_argument_collection
    ready: dict[int, ArgumentCollection] = {}

    def keep(self: App, **options: Any) -> ArgumentCollection:
        if not options:
            ready[id(self)] = assemble(self)
        return assemble(self, **options)

    def take(self: App, **options: Any) -> ArgumentCollection:
        kept = None if options else ready.pop(id(self), None)
        return assemble(self, **options) if kept is None else kept

    App.assemble_argument_collection = keep  # type: ignore[method-assign]
    for name in commands:
        with suppress(CycloptsError):  # FILE is missing: by then its arguments are known
            app.parse_args([name], print_error=False, exit_on_error=False)
    App.assemble_argument_collection = take  # type: ignore[method-assign]
