"""The webhook: the summary of a run, posted to an address of the user's choice.

Owns: when a notice is posted (at the end, when the run stops or fails, once when too large a share of the rows goes
wrong), what it holds, and that it cannot harm the run: it takes a bounded time, holds no key, and a failure is a text.

No phone number is posted, not even a masked one: the report has them. What could hold a person's name is left out too:
the path of the file, the commands, and the part of the run's name that comes from the file.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio
import msgspec
from anyio import to_thread

from batch.errors import BatchError
from batch.guayaba.client import post_json
from batch.guayaba.exchange import Exchange
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import DONE, Outcome, RunPlan, RunSummary
from batch.reporter import one_line, summarise
from batch.settings.slices import Output
from batch.text.language import tr

#: Rows that must be settled before a share of them says anything.
_MIN_ROWS: Final = 50
#: Seconds for one notice in all, and for one try of it.
_TOTAL_TIMEOUT_S: Final = 15.0
_TRY_TIMEOUT_S: Final = 6.0
_TRIES: Final = 3
#: Fields of a summary that tell of people: by a number, be it masked, or by what a path or a file's name says.
_NAMING: Final = frozenset({"file", "commands", "files", "run", "parent", "plan", "not_protected_numbers"})

Post = Callable[[str, bytes], Awaitable[Exchange]]


async def _post_once(url: str, body: bytes) -> Exchange:
    return await post_json(url, body, timeout=_TRY_TIMEOUT_S)


class Webhook:
    """The notices of one session of a run. Without `output.notify` nothing is posted."""

    def __init__(self, output: Output, plan: RunPlan, journal: Path, post: Post = _post_once) -> None:
        self._url = output.notify
        self._share = output.notify_errors
        self._plan = plan
        self._journal = journal
        self._post = post
        self._settled = self._wrong = 0
        self._due = anyio.Event()
        #: The notices that could not be posted, one text each.
        self.notices: list[str] = []

    def row_settled(self, outcome: Outcome) -> None:
        """Count a row; a notice is due once too large a share of enough rows went wrong."""
        self._settled += 1
        self._wrong += outcome not in DONE
        if self._settled >= _MIN_ROWS and self._wrong > self._share * self._settled:
            self._due.set()

    async def watch(self, _api_state: object) -> None:
        """Post once when too many rows went wrong. Cancel it at the end of the session."""
        await self._due.wait()
        if self._url is None:
            return
        try:
            summary = await to_thread.run_sync(self._read_summary, abandon_on_cancel=True)
        except BatchError:
            return  # the run meets the same error itself, and stops for it
        await self._post_notice("errors", summary)

    async def run_ended(self, summary: RunSummary) -> None:
        """Post how the session ended. Returns within `_TOTAL_TIMEOUT_S` in every case."""
        await self._post_notice("finished" if summary.state == "finished" else "stopped", summary, shield=True)

    async def run_failed(self, error: Exception) -> None:
        """Post that the run itself failed. The error's message is left out: it names files."""
        await self._post_notice("broken", None, type(error).__name__, shield=True)

    def _read_summary(self) -> RunSummary:
        with closing(Journal.open_readonly(self._journal)) as journal:
            return JournalReader(journal).facts()

    async def _post_notice(
        self, event: str, summary: RunSummary | None, error: str = "", *, shield: bool = False
    ) -> None:
        if self._url is None:
            return
        failure = tr("no answer within {total_timeout_s:g} s", total_timeout_s=_TOTAL_TIMEOUT_S)
        with anyio.move_on_after(_TOTAL_TIMEOUT_S, shield=shield):
            try:
                body = msgspec.json.encode(webhook_body(event, self._plan, summary, error))
                failure = await self._try_to_post(self._url, body)
            except Exception as fault:  # no error of a notice may stop a run
                failure = type(fault).__name__
        if failure:
            self.notices.append(
                tr(
                    "the notice ({event}) did not reach {hostname}: {failure}.",
                    event=event,
                    hostname=urlsplit(self._url).hostname,
                    failure=failure,
                )
            )

    async def _try_to_post(self, url: str, body: bytes) -> str:
        """Why `body` could not be posted; empty where it was posted."""
        status: int | None = None
        for pause in range(_TRIES):
            await anyio.sleep(pause)
            status = (await self._post(url, body)).status
            if status is not None and 200 <= status < 300:
                return ""
            if status is not None and status < 500 and status != 429:
                break  # another try gets the same response; a redirect is not followed
        return tr("it answered {status}", status=status) if status else tr("no answer came")


def webhook_body(event: str, plan: RunPlan, summary: RunSummary | None, error: str = "") -> dict[str, object]:
    """The body of a notice, version 1: the event, a text for chat rooms, the run, and the summary without names.

    `event` is `finished`, `stopped`, `errors` or `broken` (then `summary` is `None` and `error` is the error's type).
    """
    fields: dict[str, object] = {} if summary is None else summarise(summary)
    text = tr("the run itself failed ({error})", error=error) if summary is None else one_line(summary)
    if event == "errors":
        text = tr("many rows fail: {text}", text=text)
    return {
        "version": 1,
        "event": event,
        "text": tr("guayaba-batch {verb}: {text}", verb=plan.verb, text=text),
        "run": _run_without_file(plan.run, plan.verb),
        **{name: value for name, value in fields.items() if name not in _NAMING and name != "version"},
    }


def _run_without_file(run: str, verb: str) -> str:
    """The name of a run without the part that comes from its file: when, what, and its short id."""
    return f"{run.partition('-')[0]}-{verb}-{run.rpartition('-')[2]}"
