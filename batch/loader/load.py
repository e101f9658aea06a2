"""Two passes over a source: judge everything, then hand over the rows with every decision made.

Owns: the order of the loader's steps, and what is kept in memory between the passes.
Does not own: any one step.
Flow: `sources` -> `columns` -> pass 1 (`rows` -> `survey`, `folding`) -> `Loaded` -> pass 2 (`rows` again, with the
decisions) -> lists of `PlannedRow`.

The second pass judges again instead of remembering: judging is cheap, and ten million rows are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from batch.errors import InputRefused
from batch.loader.chunks import Chunk, Row, Source
from batch.loader.columns import Roles, check_mapping, find_roles
from batch.loader.folding import NAMED, Decision, Decisions, Ledger
from batch.loader.phones import Phone, Rules
from batch.loader.reading import Reading, Survey
from batch.loader.regions import region_option
from batch.loader.reports import Report, Taken, need_report, report_of, unguarded
from batch.loader.rows import Judge, Judged, judge_row, judge_rows
from batch.loader.rules import Fault
from batch.loader.sources import open_source
from batch.loader.survey import Tally
from batch.model import Operation, Outcome, PlannedRow, SourceFacts

#: A column has evidently lost its pluses when at least this share of its numbers are bare and of another country.
LOST_PLUS_SHARE = 0.01
#: What a decision about a row is called in its report.
_CODES = {"duplicate": "same_contact", "overruled": "overruled"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A source that was read through once. `facts` say what it is, `survey` what is in it."""

    facts: SourceFacts
    survey: Survey
    _input: Input = field(repr=False)
    _judge: Judge = field(repr=False)
    _decisions: Decisions = field(repr=False)

    @property
    def reading(self) -> Reading:
        """The options that the source was judged by."""
        return self._judge.reading

    def read_again(self, reading: Reading) -> Loaded:
        """The same source judged by other options; standard input is not read twice. Raises as `load` does.

        `sheet` and `encoding` stay as they were: the file is open already.
        """
        check_mapping(reading)
        return _judged_source(self._input.source, reading)

    def batches(self) -> Iterator[list[PlannedRow]]:
        """Yield every row in input order, in lists of at most 20,000; duplicates and conflicts are decided.

        Reads the source again, so it may be called any number of times. Raises InputRefused when the file has changed
        since the first pass.
        """
        seen = 0
        for chunk in self._input.chunks():
            decisions = self._decisions.between(chunk.numbers[0], chunk.numbers[-1])
            seen += len(chunk.rows)
            verdicts = self._input.judged(chunk, self._judge)
            yield [
                self._planned(number, row, judged, decisions.get(number))
                for number, row, judged in zip(chunk.numbers, chunk.rows, verdicts, strict=True)
            ]
        if seen != self.survey.rows or self._input.source.changed():
            raise InputRefused(
                f"{self.facts.path} changed while it was read ({self.survey.rows:,} rows, then {seen:,}).",
                tip="Wait until nothing writes to the file, then give the command again.",
            )

    def _planned(self, number: int, row: Row, judged: Judged, decision: Decision | None) -> PlannedRow:
        """The row as the stages after this one see it."""
        cells = self._input.user_cells(row)
        phone = judged.phone
        repair = ", ".join(phone.repairs)
        if judged.fault is not None:
            code, message, _ = judged.fault
            return PlannedRow(
                number, cells, judged.contact, phone.e164, judged.ask, Outcome.INVALID, code, message, None, repair
            )
        doubt = self._input.in_doubt(row)
        if decision is None:
            return PlannedRow(number, cells, judged.contact, phone.e164, judged.ask, repair=repair, in_doubt=doubt)
        if decision.kind == "conflict":
            rows = ", ".join(map(str, decision.numbers)) + (", …" if len(decision.numbers) == NAMED else "")
            message = f"rows {rows} of this contact ask for different things"
            return PlannedRow(
                number, cells, judged.contact, phone.e164, judged.ask, Outcome.INVALID, "conflict", message, None,
                repair, doubt,
            )  # fmt: skip
        code = _CODES[decision.kind]
        message = (
            f"row {decision.same_as} asks the same" if code == "same_contact" else f"row {decision.same_as} was chosen"
        )
        return PlannedRow(
            number, cells, judged.contact, phone.e164, judged.ask, Outcome.DUPLICATE, code, message, decision.same_as,
            repair, doubt,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """The rows of a source that this run is about: all of them, or those that a rerun takes."""

    source: Source
    report: Report | None
    taken: Taken | None = None

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in chunks that are not empty."""
        chunks = self.source.chunks()
        if self.report is not None and self.source.guarded:
            chunks = unguarded(chunks)
        for chunk in chunks:
            part = self.taken.chosen(chunk) if self.taken is not None else chunk
            if part.rows:
                yield part

    def user_cells(self, row: Row) -> Row:
        """The user's own cells of `row`."""
        return self.report.user_cells(row) if self.report is not None else row

    def in_doubt(self, row: Row) -> bool:
        """True for a row of a report whose request may have arrived."""
        return self.taken is not None and self.report is not None and self.report.outcome(row) == Outcome.UNKNOWN

    def judged(self, chunk: Chunk, judge: Judge) -> list[Judged]:
        """The verdicts on the rows of `chunk`; what an earlier run wrote beside a report's row is heeded."""
        verdicts = judge_rows(chunk.rows, judge)
        for at, fault in chunk.broken.items():
            verdicts[at] = Judged(None, Phone(None), None, Fault("broken_row", fault, chunk.rows[at][0]))
        if self.report is None:
            return verdicts
        return [
            verdict if at in chunk.broken else self._heeding(self.report, row, verdict, judge)
            for at, (row, verdict) in enumerate(zip(chunk.rows, verdicts, strict=True))
        ]

    def _heeding(self, report: Report, row: Row, verdict: Judged, judge: Judge) -> Judged:
        """`verdict`, unless the report's own cells change it."""
        if report.cell(row, "_code") == "ambiguous":
            # What was held back stays held back until its cell is mended, whatever the other rows are this time.
            return judge_row(row, judge._replace(rules=judge.rules._replace(wary=True)))
        if verdict.fault is not None and verdict.fault.code == "region_needed":
            place = judge.roles.columns.get("phone", judge.roles.columns.get("phoneNumber", 0))
            if number := report.lost_plus(row, place):
                return judge_row((*row[:place], number, *row[place + 1 :]), judge)
        return verdict

    def look(self, places: Sequence[int]) -> Mapping[int, frozenset[str]]:
        """Up to a thousand distinct cells that are not blank, of each column in `places`."""
        found: dict[int, set[str]] = {at: set() for at in places}
        for chunk in self.chunks():
            for at, cells in found.items():
                if len(cells) < 1000:
                    cells.update(row[at] or "" for row in chunk.rows)
                    cells -= {cell for cell in cells if not cell.strip()}
            if all(len(cells) >= 1000 for cells in found.values()):
                break
        return {at: frozenset(cells) for at, cells in found.items()}


def load(path: str | Path, reading: Reading, *, stdin: BinaryIO | None = None) -> Loaded:
    """The source at `path` ("-": `stdin`), judged row by row, ready to be handed over.

    Raises InputRefused when the source as a whole cannot be used and SettingsError when an option cannot; each with
    all that was found wrong.
    """
    check_mapping(reading)
    region_option(reading.region)
    return _judged_source(open_source(path, reading, stdin), reading)


def _judged_source(source: Source, reading: Reading) -> Loaded:
    """`source` judged from its first row to its last. Raises as `load` does."""
    if not any(title.strip() for title in source.header):
        raise InputRefused(f"{source.path} has no header row.", tip="The first row must name the columns.")
    report = report_of(source.header)
    taken = None
    if reading.rerun:
        report = need_report(report, source)
        taken = Taken(report, reading, Input(source, report).chunks())
    chosen = Input(source, report, taken)
    roles = find_roles(source.header, reading, chosen.look)
    judge = Judge(reading, roles, _rules(reading), region_option(reading.region))
    tally, decisions = _first_pass(chosen, judge)
    notices = (*source.notices, *roles.notices)
    if tally.foreign and tally.foreign >= LOST_PLUS_SHARE * tally.numbers:
        notices = (*notices, _lost_plus(tally.foreign))
        judge = judge._replace(rules=judge.rules._replace(wary=True))
        tally, decisions = _first_pass(chosen, judge)
    if tally.rows == 0:
        raise _no_rows(source, taken is not None)
    return Loaded(_facts(source, report, roles), tally.survey(decisions, notices), chosen, judge, decisions)


def report_run(path: str | Path, *, stdin: BinaryIO | None = None) -> str | None:
    """The run that wrote the report at `path`, by its `_run` column; `None` for a file that does not say.

    Raises InputRefused when the file cannot be read.
    """
    source = open_source(path, Reading(Operation.FULFILL), stdin)
    report = report_of(source.header)
    if report is None:
        return None
    for chunk in source.chunks():
        for row in chunk.rows:
            if run := report.cell(row, "_run"):
                return run
    return None


def _lost_plus(rows: int) -> str:
    """The notice of a wary column."""
    return (
        f"{rows:,} numbers of other countries had lost their +: bare digits that fit two countries are held back as "
        "ambiguous."
    )


def _rules(reading: Reading) -> Rules:
    return Rules(reading.phone_check, reading.extensions, reading.two_numbers)


def _first_pass(chosen: Input, judge: Judge) -> tuple[Tally, Decisions]:
    """Judge every row, count it, and decide about rows of one contact."""
    tally, ledger = Tally(), Ledger()
    terminal = judge.reading.terminal
    for chunk in chosen.chunks():
        tally.rows += len(chunk.rows)
        for at, judged in enumerate(chosen.judged(chunk, judge)):
            if judged.fault is not None:
                tally.fault(chunk.numbers[at], *judged.fault)
                continue
            tally.row(judged)
            if judged.contact is not None and judged.ask is not None:
                ledger.enter(chunk.numbers[at], judged.contact, judged.ask, judged.ask.status in terminal)
    return tally, ledger.decide(judge.reading.on_conflict)


def _facts(source: Source, report: Report | None, roles: Roles) -> SourceFacts:
    own = report.own if report is not None else range(len(source.header))
    named = {role: source.header[at] for role, at in roles.columns.items()}
    named |= {f"var:{name}": source.header[at] for name, at in roles.variables.items()}
    return SourceFacts(
        path=source.path,
        format=source.format,
        sha256=source.sha256,
        header=tuple(source.header[at] for at in own),
        dtypes=tuple(source.dtypes[at] for at in own),
        roles=named,
    )


def _no_rows(source: Source, rerun: bool) -> InputRefused:
    if rerun:
        return InputRefused(f"{source.path} has no row to run again.", tip="Nothing is left to do with this report.")
    return InputRefused(f"{source.path} has a header and no rows.", tip="Export it again with its contacts.")
