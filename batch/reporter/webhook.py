"""Notices: the summary of a run, posted to whoever is not looking.

Owns: when one is due (at the end, when the run stopped or broke, once when too large a share of the rows went wrong),
what is in it, and that it can do no harm: it takes a bounded time, carries no key, and its failure is a remark.

No phone number leaves, masked ones neither: whoever gets a notice opens the report for those. What could carry a name
is left out as well: the path of the file, the commands, and of the run's name the part that comes from the file.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio
import msgspec
from anyio import to_thread

from batch.dispatcher.actions import RowResult
from batch.dispatcher.lanes import Lanes
from batch.errors import BatchError
from batch.guayaba.client import post_json
from batch.guayaba.exchange import Exchange
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import DONE, RunPlan, RunSummary
from batch.reporter import one_line, summarise
from batch.runs.session import RunObserver
from batch.settings.settings import Settings

#: Rows that must be settled before a share of them says anything.
_ENOUGH: Final = 50
#: Seconds for one notice in all, and for one try of it.
_PATIENCE_S: Final = 15.0
_TRY_S: Final = 6.0
_TRIES: Final = 3
#: Fields of a summary that tell of people: by a number, be it masked, or by what a path or a file's name says.
_NAMING: Final = frozenset({"file", "commands", "files", "run", "parent", "not_protected_numbers"})

Post = Callable[[str, bytes], Awaitable[Exchange]]


async def _post_once(url: str, body: bytes) -> Exchange:
    return await post_json(url, body, timeout=_TRY_S)


class Webhook:
    """The notices of one stretch of a run. Without `settings.notify` there are none, and nothing is done."""

    def __init__(self, settings: Settings, plan: RunPlan, journal: Path, post: Post = _post_once) -> None:
        self._url = settings.notify
        self._share = settings.notify_errors
        self._plan = plan
        self._journal = journal
        self._post = post
        self._settled = self._wrong = 0
        self._due = anyio.Event()
        #: Why a notice could not be posted: one remark each.
        self.remarks: list[str] = []

    def joined(self, hooks: RunObserver) -> RunObserver:
        """`hooks` that count for the notices as well."""
        if self._url is None:
            return hooks

        def told(finding: RowResult) -> None:
            self.count(finding)
            hooks.told(finding)

        async def watch(lanes: Lanes) -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._on_many_errors)
                await hooks.watch(lanes)

        return replace(hooks, told=told, watch=watch)

    def count(self, finding: RowResult) -> None:
        """Count a settled row; a notice is due once too many of enough rows went wrong."""
        if finding.outcome is None:
            return
        self._settled += 1
        self._wrong += finding.outcome not in DONE
        if self._settled >= _ENOUGH and self._wrong > self._share * self._settled:
            self._due.set()

    async def ended(self, facts: RunSummary) -> None:
        """Post how the stretch ended. Returns within `_PATIENCE_S`, come what may."""
        await self._tell("finished" if facts.state == "finished" else "stopped", facts, shield=True)

    async def broke(self, fault: Exception) -> None:
        """Post that the run itself failed. What the error says stays here: it names files."""
        await self._tell("broken", None, type(fault).__name__, shield=True)

    async def _on_many_errors(self) -> None:
        await self._due.wait()
        try:
            facts = await to_thread.run_sync(self._now, abandon_on_cancel=True)
        except BatchError:
            return  # the run will meet that itself, and stop for it
        await self._tell("errors", facts)

    def _now(self) -> RunSummary:
        with closing(Journal.look(self._journal)) as journal:
            return JournalReader(journal).facts()

    async def _tell(self, event: str, facts: RunSummary | None, error: str = "", *, shield: bool = False) -> None:
        if self._url is None:
            return
        why = f"no answer within {_PATIENCE_S:g} s"
        with anyio.move_on_after(_PATIENCE_S, shield=shield):
            try:
                why = await self._refusal(self._url, msgspec.json.encode(webhook_body(event, self._plan, facts, error)))
            except Exception as fault:  # whatever it is: a notice is never worth a run
                why = type(fault).__name__
        if why:
            self.remarks.append(f"the notice ({event}) did not reach {urlsplit(self._url).hostname}: {why}.")

    async def _refusal(self, url: str, body: bytes) -> str:
        """Why `body` could not be posted; empty where it was."""
        status: int | None = None
        for pause in range(_TRIES):
            await anyio.sleep(pause)
            status = (await self._post(url, body)).status
            if status is not None and 200 <= status < 300:
                return ""
            if status is not None and status < 500 and status != 429:
                break  # it would say the same again; a redirect is not followed
        return f"it answered {status}" if status else "no answer came"


def webhook_body(event: str, plan: RunPlan, facts: RunSummary | None, error: str = "") -> dict[str, object]:
    """The body of a notice, version 1: the event, a text for chat rooms, the run, and the summary without what names.

    `event` is `finished`, `stopped`, `errors` or `broken` (then `facts` is `None` and `error` says which way).
    """
    told: dict[str, object] = {} if facts is None else summarise(facts)
    said = f"the run itself failed ({error})" if facts is None else one_line(facts)
    if event == "errors":
        said = f"many rows go wrong: {said}"
    return {
        "version": 1,
        "event": event,
        "text": f"guayaba-batch {plan.verb}: {said}",
        "run": _run_without_file(plan.run, plan.verb),
        **{name: value for name, value in told.items() if name not in _NAMING and name != "version"},
    }


def _run_without_file(run: str, verb: str) -> str:
    """The name of a run without the part that comes from its file: when, what, and its short id."""
    return f"{run.partition('-')[0]}-{verb}-{run.rpartition('-')[2]}"
