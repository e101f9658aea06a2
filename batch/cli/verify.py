"""The command `verify`: read back every contact of a run, and show which ones are not as asked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from batch.cli.console import print_message, print_result, use_colour
from batch.cli.options import Json, VerifyFlags
from batch.cli.preconditions import Preconditions
from batch.text.language import tr

if TYPE_CHECKING:
    from batch.runs.verify.verify import VerifyObserver
    from batch.settings.settings import Settings


def verify(
    run_folder: Annotated[Path, Parameter(help="The run: its folder, its name, its short id, or latest.")],
    /,
    *,
    options: VerifyFlags | None = None,
    json: Json = False,
) -> int:
    """Read back every contact of a run and show which ones are not as asked. Nothing is written to the API.

    Contacts that should be DNC and are not come first. The rows that are not as asked are written to a file beside the
    run's reports; `rerun` takes that file. Exit 0: every row is as asked. 3: some are not.
    """
    from batch.cli import verify_wording
    from batch.runs.verify.result import result_json
    from batch.runs.verify.verify import verify as read_back

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.raise_with_run(run_folder, settings)
    result = read_back(run_folder, settings, _observer(settings))
    if json:
        print_result(result_json(result))
    else:
        print_result("\n".join(verify_wording.proof_lines(result, colour=use_colour(sys.stdout))))
    return result.exit_code


def _observer(settings: Settings) -> VerifyObserver:
    """The display while it reads: a line for each step, and on a terminal a bar."""
    from batch.cli.list_progress import ListProgressLine, list_progress_text
    from batch.runs.verify.verify import VerifyObserver

    if settings.quiet:
        return VerifyObserver()
    if not sys.stderr.isatty():
        return VerifyObserver(
            on_message=lambda what: print_message(f"{what}."), on_list_progress=ListProgressLine(sys.stderr).show
        )
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

    return VerifyObserver(
        on_message=lambda what: bar.write(f"{what}.", file=sys.stderr),
        on_list_progress=lambda far: bar.set_postfix_str(
            list_progress_text(far) if far.read < far.pages else "", refresh=False
        ),
        on_progress=update_bar,
    )
