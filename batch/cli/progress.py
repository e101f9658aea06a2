"""How a run looks while it goes: a bar on a terminal, one plain line a minute elsewhere; signals.

Owns: the display on stderr, and what SIGINT, SIGTERM and SIGHUP do.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Any, Final, TextIO

import anyio
from tqdm import tqdm

from batch.cli.wording import format_duration
from batch.dispatcher.actions import RowResult, StopReason
from batch.dispatcher.lanes import Lanes
from batch.dispatcher.workers import DRAIN_S
from batch.errors import Exit
from batch.model import Rate
from batch.runs.events import RunStarted
from batch.runs.plan import seconds_at
from batch.text.plural import pluralize

_LINE_EVERY_S: Final = 60.0
_EXIT: Final = {signal.SIGINT: Exit.SIGINT, signal.SIGTERM: Exit.SIGTERM, signal.SIGHUP: Exit.STOPPED}


class ProgressBar:
    """The display of one run. It only shows: nothing depends on it, and a closed stderr does not stop a run."""

    def __init__(self, stream: TextIO, *, quiet: bool = False, verbose: bool = False) -> None:
        self._stream = stream
        self._quiet, self._verbose = quiet, verbose
        self._bar: Any = None
        self._total = self._done = 0
        self._draining = False
        self._seen: Counter[str] = Counter()
        self._limits: dict[str, int] = {}

    def began(self, began: RunStarted) -> None:
        """Say where the run is kept, and start the display."""
        self._total, self._done = began.rows, began.settled
        for notice in began.notices:
            self._line(f"note: {notice}")
        if began.resumed:
            self._line(
                f"Going on with {began.folder.name}: {began.settled:,} of {pluralize(began.rows, 'row')} settled."
            )
        if self._stream.isatty() and not self._quiet:
            self._bar = tqdm(
                total=began.rows,
                initial=began.settled,
                file=self._stream,
                dynamic_ncols=True,
                # No rate and no end by tqdm's own reckoning: calls come in bursts of a full quota.
                bar_format=f"{{percentage:3.0f}}%|{{bar}}| {{n:,}} of {pluralize(began.rows, 'row')}{{postfix}}",
            )

    def told(self, finding: RowResult) -> None:
        """Count a finding; show its row once it is settled."""
        if finding.outcome is None:
            return
        self._done += 1
        self._seen[finding.outcome] += 1
        if self._verbose:
            self._line(f"call {self._done:,} of {self._total:,}: {finding.outcome}, {finding.code or 'no code'}")
        if self._bar is not None:
            self._bar.update()

    async def watch(self, lanes: Lanes) -> None:
        """Run beside the lanes: the first signal drains, the second leaves; a line a minute off a terminal."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._lines if self._bar is None else self._refresh, lanes)
            tasks.start_soon(self._limit_changes, lanes)
            # One that is ignored stays so: nohup asks for that.
            before = {number: signal.getsignal(number) for number in _EXIT}
            heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
            try:
                with anyio.open_signal_receiver(*heard) as signals:
                    async for number in signals:
                        self._stop(lanes, number)
            finally:
                for number in heard:
                    signal.signal(
                        number, before[number]
                    )  # the receiver leaves the system's own, which would kill a report
                if self._bar is not None:
                    self._bar.close()

    def _stop(self, lanes: Lanes, number: signal.Signals) -> None:
        if self._draining:
            # The journal is safe at any instruction, so there is nothing to wait for.
            self._line("Left at once. The same command goes on; what was under way is read back first.", always=True)
            os._exit(_EXIT[number])
        self._draining = True
        lanes.drain(StopReason.STOPPED, _EXIT[number])
        self._line(
            f"Stopping: letting what is under way end (at most {DRAIN_S:g} s). Again to leave at once.", always=True
        )

    async def _lines(self, lanes: Lanes) -> None:
        while True:
            await anyio.sleep(_LINE_EVERY_S)
            self._line(f"{self._done:,} of {pluralize(self._total, 'row')} settled: {self._state(lanes)}")

    async def _refresh(self, lanes: Lanes) -> None:
        """Redraw the bar each second: between two bursts of a full quota nothing else would move it for a minute."""
        while True:
            self._bar.set_postfix_str(self._state(lanes), refresh=True)
            await anyio.sleep(1.0)

    async def _limit_changes(self, lanes: Lanes) -> None:
        """Say once when the API changes its limit; the run follows it by itself."""
        while True:
            changed: dict[str, list[str]] = {}
            for state in lanes.states:
                before = self._limits.get(state.account, state.limit)
                self._limits[state.account] = state.limit
                if state.limit != before:
                    news = f"is {state.limit:,} writes in {state.window:g} s, not {before:,}."
                    changed.setdefault(news, []).append(state.account)
            for news, accounts in changed.items():
                one = f" for {accounts[0]}" if accounts[0] else ""
                self._line(f"The API's limit{one if len(accounts) == 1 else f' for {len(accounts):,} accounts'} {news}")
            await anyio.sleep(1.0)

    def _state(self, lanes: Lanes) -> str:
        """The outcomes so far, why nothing moves just now, and when the quota lets the rest be done."""
        told = [f"{count:,} {word}" for word, count in self._seen.most_common()]
        states = lanes.states
        away = [state.account for state in states if state.outage]
        if away:
            which = "" if len(states) == 1 else f" for {len(away):,} of {len(states):,} accounts"
            told.append(f"the API cannot be reached{which}, trying again")
        waits = [(seconds_at(state.left, Rate(state.tokens, state.window)), state) for state in states if state.left]
        left, slowest = max(waits, key=lambda wait: wait[0], default=(0.0, None))
        if left and slowest is not None:
            pace = f"{slowest.tokens:,} in {slowest.window:g} s" + (
                f" for {slowest.account}" if slowest.account else ""
            )
            told.append(f"about {format_duration(left)} left at {pace}")
        return ", ".join(told)

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
            pass  # nobody is listening; the run goes on
