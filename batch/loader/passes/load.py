"""Two passes over a source: check everything, then hand over the rows with every decision made.

Owns: the order of the loader's steps, and what is kept in memory between the passes.
Flow: `sources` -> `columns` -> pass 1 (`row_check` -> phone cache, `survey`, `duplicates`) -> `LoadedSource` -> pass 2
(the same rows with the decisions) -> verdicts in columns, or lists of `PlannedRow`.

Between the passes memory holds some 30 bytes a row (`loader/rows/duplicates.py`), and the rows themselves where they
are few (`loader/phones/cache.py`); ten million rows are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from batch.errors import ErrorCollector, InputRefused, SettingsError
from batch.loader.cells.regions import region_option
from batch.loader.chunks import Source
from batch.loader.columns.mapping import ColumnMapping, check_mapping, find_roles
from batch.loader.columns.several_phones import reads_every_phone
from batch.loader.passes.first_pass import first_pass, flagged_notice, has_lost_plus, lost_plus_notice
from batch.loader.passes.no_rows import no_rows
from batch.loader.passes.region_guess import region_notices, suggested_regions
from batch.loader.phones import Rules
from batch.loader.phones.cache import PhoneCache
from batch.loader.phones.known_heads import KnownHeads
from batch.loader.report_layout import detect_report
from batch.loader.reports.rerun_selection import RerunSelection, no_outcomes, require_report
from batch.loader.reports.restored_cells import OriginalRows, sheet_titles
from batch.loader.reports.selected_rows import SelectedRows, report_notices
from batch.loader.rows.duplicates import DuplicateDecisions
from batch.loader.rows.planned_rows import plan_rows
from batch.loader.rows.row_check import CheckedRows, RowContext
from batch.loader.rows.row_filter import build_filter
from batch.loader.rows.survey import InputSummary
from batch.loader.sources.frames import FRAME_NAME
from batch.loader.sources.open import open_source
from batch.loader.sources.several_files import SeveralFiles
from batch.loader.team_rules import TeamRules
from batch.model import Operation, PlannedRow, SourceMeta
from batch.settings.read_options import ReadOptions
from batch.text.formula_guard import unguard
from batch.text.language import tr
from batch.text.visible import is_encodable

#: For those who pass tables on and know nothing of polars.
Frame = pl.DataFrame
#: What a caller may give as a source.
Given = str | Path | pl.DataFrame
#: What a run and a check may read: also several files as one table.
GivenSource = Given | SeveralFiles
#: What a decision about a row is called in its report.
_CODES = {"duplicate": "same_contact", "overruled": "overruled"}


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """A source that was read through once. `facts` say what it is, `survey` what is in it."""

    facts: SourceMeta
    survey: InputSummary
    #: The rows that are read, and what each is checked against.
    selected: SelectedRows = field(repr=False)
    context: RowContext = field(repr=False)
    #: The phones of the first pass; `None`: they are read again.
    _phones: PhoneCache | None = field(repr=False)
    _decisions: DuplicateDecisions = field(repr=False)
    #: The country by which most numbers could be read, where most cannot be as it is.
    suggested_region: str | None = None

    @property
    def reading(self) -> ReadOptions:
        """The options that the source was judged by."""
        return self.context.reading

    @property
    def team(self) -> TeamRules:
        """The rules of the team that the source was judged by."""
        return self.context.team

    def read_again(self, reading: ReadOptions, team: TeamRules | None = None) -> LoadedSource:
        """The same source judged by other options and rules; standard input is not read twice. Raises as `load` does.

        `sheet` and `encoding` stay as they were: the file is open already.
        """
        problems = _problems(self.facts.path)
        _check_options(reading, problems)
        return _check_source(self.selected.source, reading, team or self.team, problems, self.selected.written)

    def verdicts(self) -> Iterator[tuple[pl.DataFrame, CheckedRows]]:
        """Yield every row in input order, as chunks of the user's own cells beside their verdicts.

        The verdicts have three columns more: `decision` (the code of what other rows do to this one), `same_as` and
        `firsts`, null where no other row matters. Reads the source again, so it may be called any number of times.
        Raises InputRefused when the file has changed since the first pass.
        """
        seen, changed = 0, False
        reread = self.context._replace(heads=KnownHeads(self.context.rules))
        kept = self._phones.chunks if self._phones is not None else None
        for place, chunk in enumerate(self.selected.chunks() if kept is None else kept):
            if self._phones is None:
                phones: pl.DataFrame | None = self.selected.phones(chunk, reread)
            else:
                phones = self._phones.recall(place, chunk)
            seen += chunk.height
            if changed := phones is None:
                break
            judged = self.selected.check_rows(chunk, phones, self.context)
            numbers = chunk["number"]
            decisions = self._decisions.between(numbers[0], numbers[-1]).with_columns(pl.col("kind").replace(_CODES))
            decisions = decisions.rename({"kind": "decision"})
            frame = judged.frame.join(decisions, on="number", how="left", maintain_order="left")
            yield self.selected.own_cells(chunk), judged._replace(frame=frame)
        if changed or seen != self.survey.rows or self.selected.source.changed():
            raise InputRefused(
                tr("{path} changed while it was read.", path=self.facts.path),
                tip=tr("Wait until nothing writes to the file, then give the command again."),
            )

    def batches(self) -> Iterator[list[PlannedRow]]:
        """Yield every row in input order, in lists of bounded length; duplicates and conflicts are decided.

        May be called any number of times, and raises, as `verdicts`.
        """
        for cells, verdicts in self.verdicts():
            yield from plan_rows(cells, verdicts)


def load(
    path: GivenSource,
    reading: ReadOptions,
    team: TeamRules | None = None,
    *,
    stdin: BinaryIO | None = None,
    written: OriginalRows | None = None,
    keep_phones: bool = True,
) -> LoadedSource:
    """The source at `path` ("-": `stdin`), or a frame, judged row by row, ready to be handed over.

    `written` is the run that wrote a report which is to be run again: cells that a spreadsheet program had shortened
    are as they were there. `keep_phones`: the phones are kept on the disk, for those who read all rows again.

    Raises InputRefused when the source as a whole cannot be used and SettingsError when an option cannot; each with
    all that was found wrong.
    """
    source, problems = _open(path, reading, stdin)
    return _check_source(source, reading, team or TeamRules(), problems, written, keep_phones=keep_phones)


def look(path: GivenSource, reading: ReadOptions | None, team: TeamRules | None = None) -> None:
    """Raise what `load` would raise for the source as a whole, without judging its rows.

    `reading` `None`: it is not known how it would be read, and the question is only whether it can be opened.
    """
    if reading is None:
        open_source(path, ReadOptions(Operation.FULFILL))
        return
    source, problems = _open(path, reading)
    selected, _ = _columns(source, reading, team or TeamRules(), problems, None)
    if next(selected.chunks(), None) is None:
        raise no_rows(selected.source, reading)


def report_runs(path: Given, *, stdin: BinaryIO | None = None) -> tuple[str, ...]:
    """The runs that wrote the rows of the report at `path`, by its `_run` column, in the order in which they appear;
    none for a file that does not say.

    Raises InputRefused when the file cannot be read.
    """
    source = open_source(path, ReadOptions(Operation.FULFILL), stdin)
    report = detect_report(source.header)
    found: dict[str, None] = {}
    if report is not None:
        for chunk in source.chunks():
            names = chunk.select(report.cells("_run").alias("run"))["run"].unique(maintain_order=True)
            found |= dict.fromkeys(name for name in names if name)
    return tuple(found)


def _open(path: GivenSource, reading: ReadOptions, stdin: BinaryIO | None = None) -> tuple[Source, ErrorCollector]:
    """The source at `path`, and what is wrong with it so far."""
    problems = _problems(FRAME_NAME if isinstance(path, Frame) else str(path))
    _check_options(reading, problems)
    source = None
    with problems.gather():
        source = open_source(path, reading, stdin)
    if source is None:
        problems.settle()
    assert source is not None
    return source, problems


def _problems(given: str) -> ErrorCollector:
    name = tr("standard input") if given == "-" else given
    return ErrorCollector(tr("{name} cannot be read with these options", name=name), name)


def _check_options(reading: ReadOptions, problems: ErrorCollector) -> None:
    with problems.gather():
        check_mapping(reading)
    with problems.gather():
        region_option(reading.region)
    for option, value in (("--status", reading.ask.status), ("--campaign", reading.ask.campaign_id)):
        if value is not None and not is_encodable(value):
            raise SettingsError(tr("{option}: expected text in UTF-8, found {value!r}.", option=option, value=value))


def _check_source(
    source: Source,
    reading: ReadOptions,
    team: TeamRules,
    problems: ErrorCollector,
    written: OriginalRows | None,
    *,
    keep_phones: bool = True,
) -> LoadedSource:
    """`source` judged from its first row to its last. Raises as `load` does, with what `problems` holds already."""
    selected, roles = _columns(source, reading, team, problems, written)
    rules = Rules(reading.phone_check, reading.extensions, reading.two_numbers)
    context = RowContext(reading, team, roles, rules, region_option(reading.region))
    source = selected.source
    counter, index, phones = first_pass(selected, context, keep_phones=keep_phones)
    of_report = selected.notices(roles.columns.values())
    notices = (*source.notices, *roles.notices, *of_report, *source.late_notices(), *counter.notices())
    if has_lost_plus(counter):
        notices = (*notices, lost_plus_notice(counter.foreign))
        context = context.as_wary()
        del phones  # before others are kept
        counter, index, phones = first_pass(selected, context, keep_phones=keep_phones)
    if counter.rows == 0:
        raise no_rows(source, reading)
    if counter.flagged:
        notices = (*notices, flagged_notice(counter.flagged))
    causes = {code: cause.rows for code, cause in counter.causes.items()}
    suggested = suggested_regions(selected, context, causes, counter.rows)
    notices = (*notices, *region_notices(context, suggested), *report_notices(selected))
    decisions = index.decide(reading.on_conflict)
    return LoadedSource(
        _facts(source, selected, roles),
        counter.survey(decisions, notices, selected.left_out),
        selected,
        context,
        phones,
        decisions,
        suggested[0] if len(suggested) == 1 else None,
    )


def _columns(  # noqa: C901 - the steps of reading columns, each for some sources only
    source: Source,
    reading: ReadOptions,
    team: TeamRules,
    problems: ErrorCollector,
    written: OriginalRows | None,
) -> tuple[SelectedRows, ColumnMapping]:
    """The rows of `source` that are asked for, and what its columns are. Raises as `load` does, with what `problems`
    holds already."""
    with problems.gather():
        if not any(title.strip() for title in source.header):
            raise InputRefused(
                tr("{path} has no header row.", path=source.path),
                problems=source.notices,  # which sheet was read, and which were not
                tip=tr("The first row must name the columns."),
            )
    if not any(title.strip() for title in source.header):
        problems.settle()
    report = detect_report(source.header)
    if report is not None and source.guarded:
        source = replace(source, header=tuple(map(unguard, source.header)))
    elif report is not None and written is not None:
        source = replace(source, header=sheet_titles(source.header, written))
    taken = None
    if reading.rerun:
        report = require_report(report, source)
        taken = RerunSelection(
            report, reading, SelectedRows(source, report).chunks(), written.outcomes if written else no_outcomes
        )
    selected = SelectedRows(source, report, taken, written, corrections=reading.corrections)
    if reading.where:
        with problems.gather():
            rows = build_filter(reading.where, source.header)
            selected = replace(selected, where=rows, left_out=rows.count_left_out(selected.chunks()))
    ours = report.ours if report is not None else {}
    try:
        roles = find_roles(source.header, reading, team, selected.look, ours, problems)
    except InputRefused as error:  # the columns may be on another sheet, or below the row that was read as the header
        raise InputRefused(error.message, problems=(*error.problems, *source.notices), tip=error.tip) from None
    for check in source.checks:
        with problems.gather():
            text = check(roles.use(reading, team, selected.look))
            roles = replace(roles, notices=(*roles.notices, text)) if text else roles
    problems.settle()
    if reads_every_phone(reading) and report is None and "phone" in roles.columns:
        places = roles.phones or (roles.columns["phone"],)
        if reading.phones == "all" or len(places) > 1 or selected.holds_lists(places[0]):
            selected = selected.with_every_phone(places)
    return selected, roles


def _facts(source: Source, selected: SelectedRows, roles: ColumnMapping) -> SourceMeta:
    named: Mapping[str, str] = {
        **{role: source.header[at] for role, at in roles.columns.items()},
        **({"phone": ",".join(source.header[at] for at in roles.phones)} if roles.phones else {}),
        **{f"var:{name}": source.header[at] for name, at in roles.variables.items()},
    }
    return SourceMeta(
        path=source.path,
        format=source.format,
        sha256=source.sha256,
        header=tuple(source.header[at] for at in selected.own),
        dtypes=tuple(source.dtypes[at] for at in selected.own),
        roles=named,
        separator=source.separator,
    )
