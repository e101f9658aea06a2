"""The command `verify`: read every contact of a run back, and show who is not as asked.

Owns: its options, and what is shown while it reads.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from batch.cli.console import print_message, print_result, use_colour
from batch.cli.options import RunOptions
from batch.cli.preconditions import Preconditions

if TYPE_CHECKING:
    from batch.runs.verify.verify import VerifyObserver
    from batch.settings.settings import Settings


def verify(
    run_folder: Annotated[Path, Parameter(help="The run's folder, or its name.")],
    /,
    *,
    fresh: Annotated[
        bool, Parameter(help="Begin again, also where a verification was cut short.", negative="")
    ] = False,
    max_runtime: Annotated[
        str | None, Parameter(help="Stop after so long, for example 2h; the same command goes on.")
    ] = None,
    give_up_after: Annotated[
        str | None, Parameter(help="Stop after so long without any answer. Default: 1h; the same command goes on.")
    ] = None,
    format: Annotated[
        tuple[str, ...] | None,
        Parameter(help="csv, tsv, xlsx, parquet, arrow, ndjson. Default: as the run.", negative=""),
    ] = None,
    out: Annotated[str | None, Parameter(help="The folder of run folders. Default: reports.")] = None,
    base_url: Annotated[
        str | None, Parameter(help="The API's address. Default: the run's; another is refused.")
    ] = None,
    api_key_file: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="The file of the API key (- for stdin). Default: GUAYABA_API_KEY."),
    ] = None,
    account: Annotated[str | None, Parameter(help="The key of this [accounts.NAME] table of the settings.")] = None,
    accept_key: Annotated[bool, Parameter(help="Another key of the same team is used.", negative="")] = False,
    window: Annotated[str | None, Parameter(help="The time in which the API counts its limit.", show=False)] = None,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="No progress on stderr.", negative="")] = False,
    json: Annotated[bool, Parameter(help="Print the proof as JSON.", negative="")] = False,
) -> int:
    """Read back every contact of a run and show who is not as asked: the proof for the file. Nothing is written.

    Whoever should be DNC and is not comes first. The rows that are not as asked are written beside the run's reports;
    rerun takes that file. Exit 0: every row is as asked. 3: some are not.
    """
    from batch.cli import verify_wording as proof_words
    from batch.runs.verify.verify import verify as read_back

    options = RunOptions(
        fresh=fresh or None, max_runtime=max_runtime, give_up_after=give_up_after, format=format, out=out,
        base_url=base_url, api_key_file=api_key_file, account=account, accept_key=accept_key or None,
        window=window, quiet=quiet or None,
    )  # fmt: skip
    wrong = Preconditions()
    settings = wrong.settings(options)
    wrong.settle_with_run(run_folder, settings)
    proof = read_back(run_folder, settings, _shown(settings))
    if json:
        print_result(proof_words.proof_json(proof))
    else:
        print_result("\n".join(proof_words.proof_lines(proof, colour=use_colour(sys.stdout))))
    return proof.exit_code


def _shown(settings: Settings) -> VerifyObserver:
    """What is said while it reads: a line for what it will read, and a bar on a terminal."""
    from batch.cli.list_progress import ListProgressLine, list_progress_text
    from batch.runs.verify.verify import VerifyObserver

    if settings.quiet:
        return VerifyObserver()
    if not sys.stderr.isatty():
        return VerifyObserver(said=lambda what: print_message(f"{what}."), listed=ListProgressLine(sys.stderr).told)
    from tqdm import tqdm

    bar: Any = tqdm(
        total=0,
        file=sys.stderr,
        dynamic_ncols=True,
        leave=False,
        bar_format="{percentage:3.0f}%|{bar}| {n:,} of {total:,} rows{postfix}",
    )

    def told(done: int, of: int) -> None:
        bar.total, bar.n = of, done
        bar.refresh()
        if done >= of:
            bar.close()

    return VerifyObserver(
        said=lambda what: bar.write(f"{what}.", file=sys.stderr),
        listed=lambda far: bar.set_postfix_str(list_progress_text(far) if far.read < far.pages else "", refresh=False),
        told=told,
    )
