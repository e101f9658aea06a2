"""The command `app`: the whole job in a browser, on this machine alone."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from batch.cli.console import print_message, print_result
from batch.cli.options import AppFlags, read_settings
from batch.errors import BatchError, Exit
from batch.text.language import tr

if TYPE_CHECKING:
    from batch.cli.demo import DemoSandbox
    from batch.settings.settings import Settings


def app(
    *,
    port: Annotated[int | None, Parameter(help="The port of the page (0: a free one). Default: 8764.")] = None,
    browser: Annotated[bool, Parameter(help="Open the page in the browser.", negative="--no-browser")] = True,
    demo: Annotated[
        bool,
        Parameter(help="Try it on sample contacts, against a sandbox on this machine: no key needed.", negative=""),
    ] = False,
    options: AppFlags | None = None,
) -> int:
    """Do the whole job in a browser: look at a file, correct it, send it, and see what happened.

    The page is served to this machine and to you only; nothing is uploaded to anybody. Ctrl-C stops it: runs end after
    their open requests, and the page continues them later.
    """
    from batch.cli.demo import start_demo_sandbox

    server = _import_server()
    with ExitStack() as stack:
        sandbox = stack.enter_context(start_demo_sandbox()) if demo else None

        def gather(*, need_key: bool, account: str = "") -> Settings:
            return _settings(options, sandbox, need_key=need_key, account=account)

        settings = gather(need_key=False)
        folder = sandbox.folder / "app" if sandbox else settings.state / "app"
        chosen = server.AppOptions(
            gather=gather,
            folder=folder,
            port=(0 if demo else server.DEFAULT_PORT) if port is None else port,
            sample=sandbox.contacts if sandbox else None,
        )

        def ready(url: str) -> None:
            print_result(tr("The page: {url}", url=url))
            print_message(tr("Only you can open it, on this machine. Ctrl-C stops it."))
            if browser:
                _open(url)

        try:
            return int(server.serve(chosen, ready, print_message))
        except server.AppRunning as running:
            print_result(tr("The page is open already: {url}", url=running.url))
            if browser and running.url:
                _open(running.url)
            return Exit.OK


def _settings(options: AppFlags | None, sandbox: DemoSandbox | None, *, need_key: bool, account: str) -> Settings:
    """The settings in force now: `login` may have stored a key since the last look."""
    if sandbox is None:
        settings = read_settings(options, need_key=need_key and not account)
        if not account:
            return settings
        from batch.settings.gather import gather_settings

        given = {**(options.given() if options else {}), "account": account}
        return gather_settings(given, os.environ, here=Path.cwd(), home=Path.home(), need_key=need_key)
    from batch.settings.gather import gather_settings

    flags = {"base_url": sandbox.url, "out": str(_demo_reports(options)), "region": "US"}
    return gather_settings(flags, {"GUAYABA_API_KEY": sandbox.key}, here=sandbox.folder, home=sandbox.folder)


def _demo_reports(options: AppFlags | None) -> Path:
    given = options.given() if options else {}
    return Path(given.get("out") or "reports")


def _open(url: str) -> None:
    """Open the browser, if there is one; the address was printed in any case."""
    import webbrowser

    if sys.stdout.isatty():
        webbrowser.open(url)


def _import_server() -> Any:
    """The server of the page. Raises BatchError where the extra is not installed."""
    try:
        from batch.app import server
    except ModuleNotFoundError as error:
        raise BatchError(
            tr("the page needs a package that is not installed: {name}.", name=error.name),
            tip="pip install 'guayaba-batch[app]'.",
        ) from None
    return server
