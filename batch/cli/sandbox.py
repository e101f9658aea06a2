"""The command `sandbox`: the contact API on this machine. It is an extra, which may not be installed."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from batch.cli.console import print_result
from batch.cli.options import Json
from batch.errors import Exit, SettingsError
from batch.text.language import pluralize, tr

#: Skipped entries of a seed that are named.
_SHOWN = 5


def sandbox(
    *,
    port: Annotated[int, Parameter(help="The port; 0 takes a free one.")] = 8787,
    db: Annotated[str | None, Parameter(help="The SQLite file that holds the contacts. Default: in memory.")] = None,
    seed: Annotated[str | None, Parameter(help="The first contacts: a JSON, NDJSON or CSV file.")] = None,
    writes_per_minute: Annotated[int, Parameter(help="The limit of writes; 0: no limit.")] = 30,
    reads_per_minute: Annotated[int, Parameter(help="The limit of reads; 0: no limit.")] = 100,
    latency: Annotated[float, Parameter(help="Milliseconds before each response.")] = 0.0,
    fault: Annotated[
        tuple[str, ...],
        Parameter(help="A fault to produce, for example status:500@5%. Repeatable.", negative="", show_default=False),
    ] = (),
    fault_seed: Annotated[int, Parameter(help="The same seed gives the same faults.")] = 0,
    window: Annotated[Literal["fixed", "sliding"], Parameter(help="The kind of window of the limits.")] = "fixed",
    window_seconds: Annotated[float, Parameter(help="The length of that window in seconds.")] = 60.0,
    until_stdin_ends: Annotated[bool, Parameter(show=False, negative="")] = False,
    json: Json = False,
) -> int:
    """Serve the contact API on this machine, for tests and practice. Any key that begins with gua_ is accepted."""
    server = import_server()
    options = server.Options(
        port=port,
        db=db,
        seed=seed,
        writes_per_minute=writes_per_minute,
        reads_per_minute=reads_per_minute,
        latency_ms=latency,
        faults=fault,
        fault_seed=fault_seed,
        window=window,
        window_seconds=window_seconds,
    )

    def ready(url: str, loaded: Any) -> None:
        if json:
            print_result(f'{{"url": "{url}", "added": {loaded.added}, "skipped": {len(loaded.skipped)}}}')
            return
        print_result(tr("The sandbox listens on {url} (Ctrl-C stops it).", url=url))
        added = pluralize(loaded.added, "contact")
        print_result(
            tr("Added from {seed}: {contacts}.", seed=seed, contacts=added)
            if seed
            else tr("It has {contacts}.", contacts=added)
        )
        if loaded.skipped:
            print_result(
                tr("Skipped: {entries}", entries="; ".join(loaded.skipped[:_SHOWN]))
                + (" …" if len(loaded.skipped) > _SHOWN else "")
            )

    try:
        server.serve(options, ready, until_end_of=sys.stdin.fileno() if until_stdin_ends else None)
    except server.SandboxError as error:
        raise SettingsError(str(error)) from error
    return Exit.OK


def import_server() -> Any:
    """The server module of the sandbox. Raises SettingsError where the extra is not installed."""
    try:
        from batch.sandbox import server
    except ModuleNotFoundError as error:
        raise SettingsError(
            tr("the sandbox is not installed (the package {name} is missing).", name=error.name),
            tip="pip install 'guayaba-batch[sandbox]'",
        ) from error
    return server
