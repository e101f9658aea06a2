"""The command `verify`: read every contact of a run again, and show which ones are not as requested."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from batch.cli.console import print_result, use_colour
from batch.cli.options import Json, VerifyFlags
from batch.cli.preconditions import Preconditions

if TYPE_CHECKING:
    pass


def verify(
    run_folder: Annotated[Path, Parameter(help="The run: its folder, its name, its short id, or latest.")],
    /,
    *,
    options: VerifyFlags | None = None,
    json: Json = False,
) -> int:
    """Read every contact of a run again and show which ones are not as requested. Nothing is written to the API.

    Contacts that should be DNC and are not come first. The rows that are not as requested are written to a file beside
    the run's reports, and `rerun` takes that file. Exit 0: every row is as requested. 3: some are not.
    """
    from batch.cli import verify_wording
    from batch.cli.reading_progress import reading_display
    from batch.runs.verify.result import result_json
    from batch.runs.verify.verify import VerifyObserver
    from batch.runs.verify.verify import verify as read_back

    preconditions = Preconditions()
    settings = preconditions.read_settings(options, as_json=json)
    preconditions.raise_with_run(run_folder, settings)
    result = read_back(run_folder, settings.verification, VerifyObserver(*reading_display(quiet=settings.quiet)))
    if json:
        print_result(result_json(result))
    else:
        print_result("\n".join(verify_wording.proof_lines(result, colour=use_colour(sys.stdout))))
    return result.exit_code
