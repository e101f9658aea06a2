"""The Python API: what the commands do, for programs. `import batch` offers all of it.

Owns: what a program may give (a path or a polars DataFrame, words or values) and how it hears of progress.

It prints nothing, sets no signal, asks nobody and exits nothing: it returns, or raises a `BatchError`, whose words are
those of the command. What was sent is in the journal at every moment: after an error, a cancellation or a kill, the
same call goes on, and so does `resume`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import anyio

from batch import loader
from batch.dispatcher.actions import RowResult
from batch.errors import SettingsError
from batch.loader import Given, InputSummary, ReadOptions
from batch.loader.options import Extensions, HiddenRows, OnConflict, PhoneCheck, Phones, TwoNumbers
from batch.model import ContactChange, Operation, Outcome
from batch.runs import plan
from batch.runs import run as stages
from batch.runs.session import RunObserver, RunStarted
from batch.runs.summary import Summary
from batch.runs.verify import verify as verification
from batch.runs.verify.result import VerifyResult
from batch.runs.verify.verify import VerifyObserver
from batch.settings.settings import Settings, gather_settings

OperationName = Literal["fulfill", "update", "update-by-id"]
Source = Given | os.PathLike[str]


class Options(TypedDict, total=False):
    """What is asked of every row, and how the source is read: each as the option of that name.

    `mapping` is role -> header, for example `{"phone": "Mobile #"}`.
    """

    status: str
    campaign: str
    variables: Literal["merge", "replace"]
    mapping: Mapping[str, str]
    region: str
    phone_check: PhoneCheck
    on_conflict: OnConflict
    extensions: Extensions
    two_numbers: TwoNumbers
    sheet: str
    encoding: str
    header_row: int
    no_header: bool
    hidden_rows: HiddenRows
    keep_literal: bool
    phones: Phones


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `settled` of its `rows` have their final word, the last of them this `outcome` and `code`.

    The first one of a run, or of one that goes on, has no `outcome`.
    """

    folder: Path
    rows: int
    settled: int
    outcome: Outcome | None = None
    code: str = ""


OnProgress = Callable[[Progress], object]


def check(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    **options: Unpack[Options],
) -> InputSummary:
    """What a run would find in `source`: no call is made. Raises SettingsError, and InputRefused where nothing could be
    sent at all."""
    settings = settings or _here(need_key=False)
    reading = plan.with_accounts(_reading(operation, options, settings), settings)
    return stages.check(_given(source), reading).survey


def run(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
    **options: Unpack[Options],
) -> Summary:
    """How the run of `operation` over `source` ended; an unfinished run of the same call goes on.

    `settings` `None`: those in force here, from GUAYABA_* in the environment, `guayaba-batch.toml` and the user's file.
    `progress` hears of every row once its outcome is on the disk; what it raises stops the run, and comes out here.
    Nobody is asked: look at `check` first. Rows that did not succeed are no error, see `Summary.counts`.

    Raises SettingsError, InputRefused, KeyRefused, Unreachable: nothing was sent. Raises RunLocked where another
    process works on the same run, JournalBroken where the disk fails.
    """
    return anyio.run(partial(run_async, source, operation, settings, progress=progress, **options))


async def run_async(
    source: Source,
    operation: Operation | OperationName | ReadOptions,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
    **options: Unpack[Options],
) -> Summary:
    """`run`, under the caller's own event loop: asyncio or trio. The loop waits while the source is read and while the
    reports are written. A cancellation leaves what was under way in doubt, and the same call reads it back first."""
    settings = settings or _here()
    reading = _reading(operation, options, settings)
    return await stages.run_async(_given(source), reading, settings, _hooks(progress))


def rerun(
    report: Source,
    settings: Settings | None = None,
    *,
    only: Sequence[Outcome] = (),
    region: str | None = None,
    progress: OnProgress | None = None,
) -> Summary:
    """How the run over the rows of `report` (a file, or a frame such as `Summary.failures` gives) that did not succeed
    ended, with their cells as they are now. `only`: rows of these outcomes. Raises as `run`."""
    return anyio.run(partial(rerun_async, report, settings, only=only, region=region, progress=progress))


async def rerun_async(
    report: Source,
    settings: Settings | None = None,
    *,
    only: Sequence[Outcome] = (),
    region: str | None = None,
    progress: OnProgress | None = None,
) -> Summary:
    """`rerun`, as `run_async` is `run`."""
    return await stages.rerun_async(_given(report), settings or _here(), _hooks(progress), only, region)


def resume(
    folder: str | os.PathLike[str] | None = None,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
) -> Summary:
    """How the unfinished run in `folder` (`None`: the newest one) ended. Its source is not needed. Raises as `run`."""
    return anyio.run(partial(resume_async, folder, settings, progress=progress))


async def resume_async(
    folder: str | os.PathLike[str] | None = None,
    settings: Settings | None = None,
    *,
    progress: OnProgress | None = None,
) -> Summary:
    """`resume`, as `run_async` is `run`."""
    found = None if folder is None else Path(folder)
    return await stages.resume_async(found, settings or _here(), _hooks(progress))


def undo(
    folder: str | os.PathLike[str], settings: Settings | None = None, *, progress: OnProgress | None = None
) -> Summary:
    """How the run ended that puts back what the run in `folder` did, as far as that one had read what was before.

    A contact that somebody changed since is left alone. Raises as `run`.
    """
    return anyio.run(partial(undo_async, folder, settings, progress=progress))


async def undo_async(
    folder: str | os.PathLike[str], settings: Settings | None = None, *, progress: OnProgress | None = None
) -> Summary:
    """`undo`, as `run_async` is `run`."""
    return await stages.undo_async(Path(folder), settings or _here(), _hooks(progress))


def verify(folder: str | os.PathLike[str], settings: Settings | None = None) -> VerifyResult:
    """The proof of the run in `folder`: every contact read back, and who is not as asked. Nothing is written.

    One that was cut short goes on. Raises as `run`.
    """
    return anyio.run(verify_async, folder, settings)


async def verify_async(folder: str | os.PathLike[str], settings: Settings | None = None) -> VerifyResult:
    """`verify`, as `run_async` is `run`."""
    return await verification.verify_async(Path(folder), settings or _here(), VerifyObserver())


def report(folder: str | os.PathLike[str], settings: Settings | None = None) -> Summary:
    """The summary of the run in `folder`, its files written anew; in `settings.format`, where that is given."""
    return stages.report(Path(folder), settings or _here(need_key=False))


def _here(*, need_key: bool = True) -> Settings:
    return gather_settings({}, os.environ, here=Path.cwd(), home=Path.home(), need_key=need_key)


def _given(source: Source) -> Given:
    return source if isinstance(source, str | loader.Frame) else Path(source)


def _reading(operation: Operation | OperationName | ReadOptions, options: Options, settings: Settings) -> ReadOptions:
    """How the source is read. Raises SettingsError where the words do not fit together."""
    if isinstance(operation, ReadOptions):
        if options:
            raise SettingsError(
                f"{', '.join(options)} cannot be given beside a Reading: it says how the source is read."
            )
        return operation
    unknown = options.keys() - Options.__annotations__
    if unknown:
        raise SettingsError(f"{', '.join(sorted(unknown))}: the options are {', '.join(Options.__annotations__)}.")
    try:
        verb = Operation(operation)
    except ValueError:
        raise SettingsError(f'there is no operation "{operation}": it is one of {", ".join(Operation)}.') from None
    words = dict(options)
    status, campaign = words.pop("status", None), words.pop("campaign", None)
    if (variables := words.pop("variables", "merge")) not in ("merge", "replace"):
        raise SettingsError(f"variables: expected merge or replace, found {variables!r}.")
    replace = variables == "replace"
    if verb is Operation.FULFILL and (status or campaign):
        raise SettingsError("fulfill sets no status and no campaign: that is update.")
    return ReadOptions(
        verb,
        ask=ContactChange(status or None, campaign or None, replace_variables=replace),  # type: ignore[arg-type]
        **{"region": settings.region, **words},  # type: ignore[arg-type]
    )


def _hooks(progress: OnProgress | None) -> RunObserver:
    """The hooks that tell `progress` how far the run is."""
    if progress is None:
        return RunObserver()
    at: list[Progress] = []

    def began(news: RunStarted) -> None:
        at[:] = [Progress(news.folder, news.rows, news.settled)]
        progress(at[0])

    def told(finding: RowResult) -> None:
        if finding.outcome is not None:
            before = at[0]
            at[0] = Progress(before.folder, before.rows, before.settled + 1, finding.outcome, finding.code)
            progress(at[0])

    return RunObserver(began=began, told=told)
