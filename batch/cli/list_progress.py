"""The progress of reading a team's list of contacts: one line that changes on a terminal, else one line a minute.

A read that the quota of one minute covers shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic, time
from typing import Any, Final, TextIO

from batch.cli.wording import clock_text, shown_text
from batch.guayaba.contact_list import ListProgress
from batch.text.language import tr

_LINE_EVERY_S: Final = 60.0


def list_progress_text(far: ListProgress) -> str:
    """The page that is read, and the expected end."""
    whose = tr(" of {account}", account=shown_text(far.account)) if far.account else ""
    return tr(
        "Reading the list of contacts{whose}: page {read:,} of {pages:,}, done by about {time}",
        whose=whose,
        read=far.read,
        pages=far.pages,
        time=clock_text(time() + far.seconds),
    )


class ListProgressLine:
    """The display for the lists of a run's accounts."""

    def __init__(self, stream: TextIO, *, quiet: bool = False, now: Callable[[], float] = monotonic) -> None:
        self._stream, self._quiet, self._now = stream, quiet, now
        self._on_a_terminal = stream.isatty()
        self._bar: Any = None
        self._said_at: dict[str, float] = {}
        self._under_way: set[str] = set()

    def show(self, far: ListProgress) -> None:
        """Show the progress of one list. A closed stream stops nothing."""
        over = far.read >= far.pages
        (self._under_way.discard if over else self._under_way.add)(far.account)
        if self._quiet:
            return
        with suppress(OSError):
            (self._draw if self._on_a_terminal else self._line)(far)

    def _draw(self, far: ListProgress) -> None:
        if self._bar is None and self._under_way:
            from tqdm import tqdm

            self._bar = tqdm(file=self._stream, dynamic_ncols=True, leave=False, bar_format="{desc}")
        if self._bar is not None and not self._under_way:
            self._bar.close()
            self._bar = None
        elif self._bar is not None and far.account in self._under_way:
            self._bar.set_description_str(list_progress_text(far))

    def _line(self, far: ListProgress) -> None:
        now = self._now()
        last = self._said_at.setdefault(far.account, now - _LINE_EVERY_S if far.seconds > _LINE_EVERY_S else now)
        if far.account in self._under_way and now - last >= _LINE_EVERY_S:
            self._said_at[far.account] = now
            self._stream.write(f"{list_progress_text(far)}.\n")
            self._stream.flush()
