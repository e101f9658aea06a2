"""The commands that need no key and call nobody: `sandbox` and `demo`.

Owns: their own options, and the word that the sandbox is an extra that may be missing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from batch.cli.console import print_message, print_result
from batch.cli.options import ReadingOptions, build_read_options
from batch.cli.run import start
from batch.errors import Exit, SettingsError


def sandbox(
    *,
    port: Annotated[int, Parameter(help="0 takes a free one.")] = 8787,
    db: Annotated[str | None, Parameter(help="The SQLite file to keep. Default: in memory.")] = None,
    seed: Annotated[str | None, Parameter(help="Contacts to begin with: JSON, NDJSON or CSV.")] = None,
    writes_per_minute: Annotated[int, Parameter(help="0: no limit.")] = 30,
    reads_per_minute: Annotated[int, Parameter(help="0: no limit.")] = 100,
    latency: Annotated[float, Parameter(help="Milliseconds before each answer.")] = 0.0,
    fault: Annotated[
        tuple[str, ...],
        Parameter(help="What goes wrong, for example status:500@5%. Repeatable.", negative="", show_default=False),
    ] = (),
    fault_seed: Annotated[int, Parameter(help="The same seed draws the same faults.")] = 0,
    window: Annotated[Literal["fixed", "sliding"], Parameter(help="How the limits are counted.")] = "fixed",
    window_seconds: Annotated[float, Parameter(help="How long a minute of the limits lasts.")] = 60.0,
    json: Annotated[bool, Parameter(help="Print the address as JSON.", negative="")] = False,
) -> int:
    """Serve the contact API on this machine, to try and to rehearse. Any key that begins with gua_ is accepted."""
    server = _sandbox_server()
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

    def ready(url: str) -> None:
        print_result(f'{{"url": "{url}"}}' if json else f"The sandbox listens on {url} (Ctrl-C ends it).")

    try:
        server.serve(options, ready)
    except server.SandboxError as fault_found:
        raise SettingsError(str(fault_found)) from fault_found
    return Exit.OK


def demo(
    *,
    out: Annotated[str, Parameter(help="The folder of run folders.")] = "reports",
    keep: Annotated[bool, Parameter(help="Leave the sandbox up until Ctrl-C.", negative="")] = False,
    json: Annotated[bool, Parameter(help="Print the summary as JSON.", negative="")] = False,
) -> int:
    """Run a real update of the sample contacts against a sandbox of its own: no key, nobody is called."""
    from batch.cli.demo_sandbox import rehearsal
    from batch.settings.settings import gather_settings

    _sandbox_server()
    with rehearsal() as stage:
        print_message(f"A sandbox with sample contacts listens on {stage.url}.")
        flags = {"base_url": stage.url, "out": out, "yes": True, "fresh": True}
        settings = gather_settings(flags, {"GUAYABA_API_KEY": stage.key}, here=stage.folder, home=stage.folder)
        reading = build_read_options("update", ReadingOptions(region="US"), "paused", None)
        code = start(reading, stage.contacts, settings, json)
        if keep:
            print_message(
                f"\nThe sandbox stays up at {stage.url}; in another terminal: export GUAYABA_API_KEY={stage.key}"
            )
            print_message("Ctrl-C ends it.")
            stage.wait()
        else:
            print_message(
                "\nThe demo's sandbox is gone now; with --keep it stays up, so that the rerun has somewhere to go."
            )
    # Some sample numbers are damaged beyond repair, on purpose: that is what the demo shows, not its failure.
    return Exit.OK if code in (Exit.OK, Exit.SOME_ROWS) else code


def _sandbox_server() -> Any:
    """The sandbox's server module. It is an extra: without it the rest works."""
    try:
        from batch.sandbox import server
    except ModuleNotFoundError as fault:
        raise SettingsError(
            f"the sandbox is not installed ({fault.name} is missing).",
            tip="pip install 'guayaba-batch[sandbox]'",
        ) from fault
    return server
