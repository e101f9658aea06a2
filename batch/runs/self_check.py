"""What a run needs of this machine, looked at one by one: for `doctor`.

Owns: the checks, what is wrong and how to mend it. Nothing is written to the API; a probe file is made and removed in
the folder of the runs.
Flow: settings -> key, disk, quota store, browser; then one read of the API -> host, key, clock.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

from batch.dispatcher.api_session import open_sessions
from batch.errors import BatchError, Exit
from batch.guayaba.exchange import Exchange
from batch.guayaba.reads import parse_statuses, require_answer
from batch.journal.journal import Journal
from batch.runs.clock_notice import WRONG_S, clock_notice
from batch.runs.folder.run_folder import require_local_disk
from batch.settings.access import NO_KEY, TO_GIVE_ONE, Access
from batch.settings.slices import Connection
from batch.text.language import tr

State = Literal["ok", "warning", "error"]
#: A run of a million rows takes about this much, with its reports.
_SPACE: Final = 2 << 30


class Check(NamedTuple):
    """The result of one check: `name` is a word that stays, `text` what was found, `tip` how to mend it."""

    name: str
    state: State
    text: str
    tip: str = ""
    exit_code: Exit = Exit.OK


async def self_check(access: Access, connection: Connection, out: Path, state: Path) -> list[Check]:
    """Every check. `access` may be without a key, `out` is the folder of the runs, and `state` that of what outlives a
    run. Errors become checks; nothing is raised for what can be mended."""
    checks = [_key(access), *_disk(out), _quota_store(state), _browser(), _sandbox()]
    if access.key is not None or access.account:
        checks[1:1] = await _api(connection, access)
    return checks


def _key(access: Access) -> Check:
    if access.key is None:
        return Check("key", "error", tr("{no_key}.", no_key=tr(NO_KEY)), f"{tr(TO_GIVE_ONE)}.", Exit.USAGE)
    place = access.key_source.place if access.key_source else ""
    found = tr("the key {fingerprint} from {place}", fingerprint=access.key.fingerprint, place=place)
    if not access.key.looks_usual:
        return Check(
            "key", "warning", tr("{found} does not begin with gua_.", found=found),
            tr("copy the complete key from the dashboard."), Exit.USAGE,
        )  # fmt: skip
    return Check("key", "ok", f"{found}.")


async def _api(connection: Connection, access: Access) -> list[Check]:
    """One read of the API with the key: the host, whether the key is accepted, and the clock."""
    try:
        async with open_sessions(connection, access.lanes()) as sessions:
            reader = next(iter(sessions.values())).reader
            exchange = await reader.read("/contacts/statuses")
            require_answer(exchange, reader.base_url)
    except BatchError as error:
        return [Check("host", "error", error.message, error.tip, error.exit_code)]
    if not exchange.is_success:
        text = tr(
            "{address} answered with HTTP {status}: whether it accepts the key is not known.",
            address=access.address,
            status=exchange.status,
        )
        tip = tr("check the address. If it is right, give the same command again later.")
        return [Check("host", "warning", text, tip), _clock(exchange)]
    statuses = parse_statuses(exchange)
    if not statuses.known:
        text = tr(
            "{address} answered, but not with a list of statuses: whether it accepts the key is not known.",
            address=access.address,
        )
        tip = tr("check the address: another server, a login page or a proxy may have answered.")
        return [Check("host", "warning", text, tip), _clock(exchange)]
    names = ", ".join(sorted(statuses.names))
    text = tr("{address} accepts the key. The team's statuses: {names}.", address=access.address, names=names)
    return [Check("host", "ok", text), _clock(exchange)]


def _clock(exchange: Exchange) -> Check:
    ahead = exchange.clock_ahead
    if ahead is None:
        return Check("clock", "warning", tr("the API does not say its time, so the clock was not compared."))
    if abs(ahead) < WRONG_S:
        return Check("clock", "ok", tr("this machine's clock agrees with the API's."))
    tip = tr("set the clock, or let the system set it by NTP (timedatectl set-ntp true).")
    return Check("clock", "warning", f"{next(clock_notice(ahead))}.", tip)


def _disk(out: Path) -> Iterator[Check]:
    """The folder of the runs: it can be written, a journal is safe there, and there is room."""
    place = next((folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists()), Path("/"))
    try:
        require_local_disk(out)
        with (
            tempfile.TemporaryDirectory(dir=place, prefix=".guayaba-doctor-") as folder,
            closing(Journal.create(Path(folder) / "journal.sqlite")),
        ):
            pass
    except BatchError as error:
        yield Check("disk", "error", error.message, error.tip, Exit.USAGE)
        return
    except OSError as error:
        text = tr("{place} cannot be written: {why}.", place=place, why=error.strerror)
        yield Check("disk", "error", text, tr("give another folder with --out."), Exit.USAGE)
        return
    free = shutil.disk_usage(place).free
    text = tr("{place} can hold runs; {free:.1f} GB are free.", place=place, free=free / 1e9)
    if free < _SPACE:
        yield Check("disk", "warning", text, tr("free some space: a run of a million rows takes about 2 GB."))
    else:
        yield Check("disk", "ok", text)


def _quota_store(state: Path) -> Check:
    """The folder in which the processes of this machine share a key's quota."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=state):
            pass
    except OSError as error:
        text = tr(
            "{state} cannot be written ({why}): two runs at one time would not share the limit.",
            state=state,
            why=error.strerror,
        )
        return Check("quota_store", "warning", text, tr("give it to this user: chown -R $USER {state}", state=state))
    return Check("quota_store", "ok", tr("all processes of this machine share the limit, in {state}.", state=state))


def _browser() -> Check:
    """Whether a browser can be opened for the report page."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return Check(
            "browser", "warning", tr("there is no display here, so no page can be opened."),
            tr("copy report.html to a machine with a browser, or open the address of the app there."),
        )  # fmt: skip
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        tip = tr("install one, or copy report.html to a machine that has one.")
        return Check("browser", "warning", tr("no browser was found."), tip)
    return Check("browser", "ok", tr("a browser was found."))


def _sandbox() -> Check:
    """Whether the sandbox and the demo can be started."""
    lacking = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if not lacking:
        return Check("sandbox", "ok", tr("the sandbox and the demo can be started."))
    text = tr("the sandbox and the demo need {names}.", names=", ".join(lacking))
    return Check("sandbox", "warning", text, "pip install 'guayaba-batch[sandbox]'")
