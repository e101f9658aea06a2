"""The progress of a run on stderr: a bar on a terminal, else one line a minute. SIGINT, SIGTERM and SIGHUP."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any, Final, TextIO

import anyio

from batch.api.stop_signals import EXIT_CODES, Stop, StopSignals, handled_signals
from batch.cli.wording import about_duration
from batch.dispatcher.actions import StopReason
from batch.dispatcher.lanes import Lanes, LaneState
from batch.dispatcher.workers import DRAIN_S
from batch.journal.entries import RowResult
from batch.journal.journal import Journal
from batch.journal.row_queries import row_label
from batch.model import Rate
from batch.reporter.labels import learned_limit_text, rate_text
from batch.runs.events import RunStarted
from batch.runs.folder.run_folder import JOURNAL
from batch.runs.plan import seconds_at
from batch.text.language import pluralize, tr
from batch.text.masking import mask_within

_LINE_EVERY_S: Final = 60.0
#: Shorter waits for the limit are not worth a word.
_SHOWN_PAUSE_S: Final = 2.0
_NARROWEST_BAR: Final = 6


class ProgressBar:
    """The display of one run, of at most `limit` calls. Nothing depends on it, and a closed stderr stops no run."""

    def __init__(self, stream: TextIO, *, quiet: bool = False, verbose: bool = False, limit: int | None = None) -> None:
        self._stream = stream
        self._quiet, self._verbose, self._limit = quiet, verbose, limit
        self._bar: Any = None
        self._total = self._done = 0
        self._signals = StopSignals()
        self._seen: Counter[str] = Counter()
        self._journal: Journal | None = None
        self._limits: dict[str, tuple[int, str]] = {}

    def show_start(self, started: RunStarted) -> None:
        """Show the notices and, for a continued run, its progress; start the display."""
        # Rows that need no call have their outcome already: what is counted here are the calls that are left.
        left = started.rows - started.settled
        self._total, self._done = min(left, self._limit or left), 0
        if self._verbose:
            self._journal = Journal.open_readonly(started.folder / JOURNAL)
        for notice in started.notices:
            self._line(tr("note: {note}", note=notice))
        if started.resumed:
            self._line(
                tr(
                    "Continuing {name}: {settled:,} of {rows} finished.",
                    name=started.folder.name,
                    settled=started.settled,
                    rows=pluralize(started.rows, "row"),
                )
            )
        if self._stream.isatty() and not self._quiet:
            from tqdm import tqdm

            self._bar = tqdm(
                total=self._total,
                file=self._stream,
                dynamic_ncols=True,
                # Without tqdm's own rate and end time: calls come in bursts of a full quota.
                bar_format="{percentage:3.0f}%|{bar}| "
                + tr("{done} of {calls}", done="{n:,}", calls=pluralize(self._total, "call"))
                + "{postfix}",
            )

    def show_notice(self, notice: str) -> None:
        """Show a note."""
        self._line(f"note: {notice}")

    def show_result(self, result: RowResult) -> None:
        """Count a result; with --verbose, show its row once it has an outcome."""
        if result.outcome is None:
            return
        self._done += 1
        self._seen[result.outcome] += 1
        if self._verbose:
            self._line(self._row_text(result))
        if self._bar is not None:
            self._bar.update()

    def _row_text(self, result: RowResult) -> str:
        """The line of one row: its number and masked phone, and what became of it."""
        number, phone = row_label(self._journal, result.ordinal) if self._journal is not None else (0, "")
        return tr(
            "call {done:,} of {total:,}: row {number}, {phone}: {outcome}, {code}",
            done=self._done,
            total=self._total,
            number=number,
            phone=mask_within(phone),
            outcome=result.outcome,
            code=result.code or tr("no code"),
        )

    async def watch(self, lanes: Lanes) -> None:
        """Run beside the lanes. The first signal stops after the open requests, the second one at once."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._lines if self._bar is None else self._refresh, lanes)
            tasks.start_soon(self._limit_changes, lanes)
            before = {number: signal.getsignal(number) for number in handled_signals()}
            try:
                with anyio.open_signal_receiver(*before) as signals:
                    async for number in signals:
                        self._stop(lanes, number)
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)  # the receiver leaves the system's own, which would kill a report
                if self._bar is not None:
                    self._bar.close()

    def _stop(self, lanes: Lanes, number: signal.Signals) -> None:
        stop = self._signals.received(anyio.current_time())
        if stop is Stop.REPEATED:
            return
        if stop is Stop.AT_ONCE:
            # The journal is complete at every moment, so there is nothing to wait for.
            self._line(
                tr(
                    "Stopped at once. The same command continues the run. It first reads the contacts of the open "
                    "requests."
                ),
                always=True,
            )
            os._exit(EXIT_CODES[number])
        lanes.drain(StopReason.STOPPED, EXIT_CODES[number])
        self._line(
            tr(
                "Stopping after the open requests (at most {drain_s:g} s). Press again to stop at once.",
                drain_s=DRAIN_S,
            ),
            always=True,
        )

    async def _lines(self, lanes: Lanes) -> None:
        while True:
            await anyio.sleep(_LINE_EVERY_S)
            self._line(
                tr(
                    "{done:,} of {calls} finished: {state}",
                    done=self._done,
                    calls=pluralize(self._total, "call"),
                    state=", ".join(self._state(lanes)),
                )
            )

    async def _refresh(self, lanes: Lanes) -> None:
        """Redraw the bar every second: between two bursts of a full quota nothing else changes for a minute."""
        while True:
            self._bar.set_postfix_str(_fitting(self._state(lanes), self._columns()), refresh=True)
            await anyio.sleep(1.0)

    def _columns(self) -> int:
        """The columns that are left for words, beside the bar and its figures."""
        try:
            width = os.get_terminal_size(self._stream.fileno()).columns
        except OSError:
            width = 80
        return width - len(f"100%|{'#' * _NARROWEST_BAR}| {self._total:,} of {pluralize(self._total, 'call')}, ") - 2

    async def _limit_changes(self, lanes: Lanes) -> None:
        """Show each change of the API's limit, and what was learned of it, once. The run follows it without help."""
        while True:
            changed: dict[str, list[str]] = {}
            for state in lanes.states:
                before, taught = self._limits.get(state.account, (state.limit, ""))
                self._limits[state.account] = (state.limit, _learned(state))
                if state.limit != before:
                    news = tr(
                        "is {limit:,} writes in {window:g} s, not {before:,}.",
                        limit=state.limit,
                        window=state.window,
                        before=before,
                    )
                    changed.setdefault(news, []).append(state.account)
                if _learned(state) != taught and _learned(state):
                    changed.setdefault(tr("is {learned}.", learned=_learned(state)), []).append(state.account)
            for news, accounts in changed.items():
                one = tr(" for {account}", account=accounts[0]) if accounts[0] else ""
                self._line(
                    tr(
                        "The API's limit{part} {news}",
                        part=one if len(accounts) == 1 else tr(" for {count:,} accounts", count=len(accounts)),
                        news=news,
                    )
                )
            await anyio.sleep(1.0)

    def _state(self, lanes: Lanes) -> list[str]:
        """What to say now, what matters most first: a pause, an outage, the time that is left, the outcomes so far."""
        parts: list[str] = []
        states = lanes.states
        away = [state.account for state in states if state.outage]
        if away:
            which = (
                ""
                if len(states) == 1
                else tr(" for {count:,} of {count_2:,} accounts", count=len(away), count_2=len(states))
            )
            parts.append(tr("the API cannot be reached{which}, trying again", which=which))
        open_lanes = [state for state in states if state.left]
        if open_lanes and not away:
            pause = lanes.pause()
            if pause > _SHOWN_PAUSE_S:
                parts.append(tr("waiting {seconds} s for the limit", seconds=ceil(pause)))
        waits = [(seconds_at(state.left, _rate(state)), state) for state in open_lanes]
        left, slowest = max(waits, key=lambda wait: wait[0], default=(0.0, None))
        if left and slowest is not None:
            rate = _rate(slowest)
            pace = rate_text(rate.calls, rate.seconds)
            if slowest.account:
                pace = tr("{pace} for {account}", pace=pace, account=slowest.account)
            parts.append(tr("{time} left at {pace}", time=about_duration(left), pace=pace))
        return parts + [f"{count:,} {word}" for word, count in self._seen.most_common()]

    def _line(self, text: str, *, always: bool = False) -> None:
        if self._quiet and not always:
            return
        try:
            if self._bar is not None:
                self._bar.write(text, file=self._stream)
            else:
                self._stream.write(f"{text}\n")
                self._stream.flush()
        except OSError:
            pass  # a closed stream; the run continues


def _fitting(parts: Sequence[str], columns: int) -> str:
    """As many of `parts`, in their order, as fit: none is cut."""
    line = ""
    for part in parts:
        longer = f"{line}, {part}" if line else part
        if len(longer) > columns and line:
            break
        line = longer
    return line if len(line) <= columns else ""


def _rate(state: LaneState) -> Rate:
    """The writes that a lane may make: of a window, or one at a time where that was learned."""
    learned = state.learned
    return Rate(1, learned.interval) if learned and learned.interval else Rate(state.tokens, state.window)


def _learned(state: LaneState) -> str:
    """What was learned of a limit that is narrower than the documented one; empty: nothing."""
    learned = state.learned
    if learned is None:
        return ""
    return tr(
        "{limit} (learned at {at})",
        limit=learned_limit_text(learned, state.window),
        at=f"{datetime.fromtimestamp(learned.learned_at):%H:%M}",
    )
