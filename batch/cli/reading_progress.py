"""The display while contacts are read outside a run (`verify`, `plan`): lines, and on a terminal a bar."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from batch.cli.console import print_message
from batch.cli.list_progress import ListProgressLine, list_progress_text
from batch.guayaba.contact_list import ListProgress
from batch.text.language import tr


class ReadingDisplay(NamedTuple):
    """The functions that show it; the fields of `VerifyObserver` and of `PlanObserver`."""

    on_message: Callable[[str], None] = lambda _: None
    on_list_progress: Callable[[ListProgress], object] = lambda _: None
    on_progress: Callable[[int, int], object] = lambda _done, _all: None


def reading_display(*, quiet: bool) -> ReadingDisplay:
    """The display on stderr; `quiet`: none."""
    if quiet:
        return ReadingDisplay()
    if not sys.stderr.isatty():
        return ReadingDisplay(lambda what: print_message(f"{what}."), ListProgressLine(sys.stderr).show)
    from tqdm import tqdm

    bar: Any = tqdm(
        total=0,
        file=sys.stderr,
        dynamic_ncols=True,
        leave=False,
        bar_format="{percentage:3.0f}%|{bar}| "
        + tr("{done} of {rows}", done="{n:,}", rows="{total:,} " + tr("rows"))
        + "{postfix}",
    )

    def update_bar(done: int, of: int) -> None:
        bar.total, bar.n = of, done
        bar.refresh()
        if done >= of:
            bar.close()

    return ReadingDisplay(
        lambda what: bar.write(f"{what}.", file=sys.stderr),
        lambda far: bar.set_postfix_str(list_progress_text(far) if far.read < far.pages else "", refresh=False),
        update_bar,
    )
