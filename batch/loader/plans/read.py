"""A plan file as an input: its rows, checked against their seals and against the cells that a person sees.

Owns: reading a plan in any format; which rows are left out; what is refused because it is not what was planned.
Flow: `open_plan` (nothing is trusted yet) -> the caller finds the keys -> `check_plan` (seals, cells).

What is applied is what the seal covers. The cells beside it are compared with it, so that no person approves a cell
that is not what is done. Only `skip` in `_action` is the approver's; a removed row is left out too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from batch.errors import InputRefused
from batch.loader.plans import sealed
from batch.loader.plans.columns import PLAN, REMARKS, SKIP, Cell, plan_columns, row_cells
from batch.loader.plans.same_cell import same_cell
from batch.loader.plans.sealed import NotAPlan, PlanFacts, PlanRow
from batch.loader.sources.frames import FRAME_NAME
from batch.loader.sources.open import open_source
from batch.model import Operation, Outcome
from batch.settings.api_key import ApiKey
from batch.settings.read_options import ReadOptions
from batch.text.language import tr, tr_noop
from batch.text.masking import mask_within

#: Problems that a refusal names.
_NAMED: Final = 20
#: Rows that a notice names.
_NAMED_ROWS: Final = 10
_TIP: Final = tr_noop(
    "a plan is not edited: change the input and plan it again. To leave a row out, remove it or write skip in its"
    " _action."
)


class FoundRow(NamedTuple):
    """A row of a plan file: where it stands, its cells by column, and its sealed text."""

    number: int
    cells: Mapping[str, str | None]
    sealed: str


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """A plan file that was read, its seals not checked yet."""

    name: str
    facts: PlanFacts
    #: The packed facts, and their seal.
    packed: str
    seal: str
    rows: tuple[FoundRow, ...]
    #: The row that describes the plan, as often as it is there.
    facts_rows: tuple[FoundRow, ...]

    @property
    def digest(self) -> str:
        """What the rows are bound to."""
        return sealed.facts_digest(self.packed)


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """The rows of a plan that are applied, in their order; those left out; what is said of them."""

    facts: PlanFacts
    rows: tuple[PlanRow, ...]
    #: Rows that are marked, and rows that are not there any more; duplicates of such rows are among them.
    skipped: int
    removed: int
    notices: tuple[str, ...]


def open_plan(path: str | Path | pl.DataFrame) -> OpenedPlan:  # noqa: C901 - one branch for each way in which a file is no plan
    """The plan in the file or frame `path`, its facts unpacked. Raises InputRefused where it is no plan."""
    name = FRAME_NAME if isinstance(path, pl.DataFrame) else str(path)
    if not isinstance(path, pl.DataFrame) and Path(path).suffix.lower() in (".html", ".htm"):
        raise InputRefused(
            tr("{name} is the page of a plan, and only to look at. Nothing was sent.", name=name),
            tip=tr("apply the file beside it (CSV, XLSX, Parquet or NDJSON)."),
        )
    source = open_source(path, ReadOptions(Operation.FULFILL, rerun=True))
    places = {title.strip().lstrip("'"): at for at, title in enumerate(source.header)}
    if "_seal" not in places or "_action" not in places:
        raise _no_plan(name, tr("it has no columns _action and _seal"))
    rows: list[FoundRow] = []
    facts_rows: list[FoundRow] = []
    facts: tuple[str, str] | None = None
    for number, cells in _lines(source.chunks()):
        text = (cells[places["_seal"]] or "").strip()
        if not any((cell or "").strip() for cell in cells):
            continue
        found = FoundRow(number, {title: cells[at] for title, at in places.items()}, text)
        if text.startswith("gbpf1."):
            packed, seal = _split(text, name)
            if facts is not None and facts != (packed, seal):
                raise _no_plan(name, tr("it holds rows of two plans"))
            facts = (packed, seal)
            facts_rows.append(found)
        else:
            rows.append(found)
    if facts is None:
        raise _no_plan(name, tr("the row that describes the plan (_action {word}) is not there any more", word=PLAN))
    try:
        unpacked = sealed.unpack_facts(facts[0])
    except NotAPlan:
        raise _no_plan(name, tr("the row that describes the plan cannot be read")) from None
    return OpenedPlan(name, unpacked, *facts, tuple(rows), tuple(facts_rows))


def _lines(chunks: Iterable[pl.DataFrame]) -> Iterator[tuple[int, Sequence[str | None]]]:
    for chunk in chunks:
        for number, _, *cells in chunk.iter_rows():
            yield number, cells


def _split(text: str, name: str) -> tuple[str, str]:
    try:
        return sealed.split_seal(text)
    except NotAPlan:
        raise _no_plan(name, tr("the row that describes the plan cannot be read")) from None


def _no_plan(name: str, why: str) -> InputRefused:
    return InputRefused(
        tr("{name} is not a plan that can be applied: {why}. Nothing was sent.", name=name, why=why),
        tip=tr("`guayaba-batch plan FILE --out plan.xlsx` makes one."),
    )


def check_plan(opened: OpenedPlan, keys: Mapping[str, ApiKey] | None) -> CheckedPlan:
    """The rows of `opened`, each with the seal of its key among `keys` (by account; `None`: the keys are not known, and
    the seals are not looked at).

    Raises InputRefused, with every row at fault, where a seal is not of these keys or a cell is not as it was planned.
    """
    if keys is not None and not sealed.same_seal(sealed.seal_facts(opened.packed, keys), opened.seal):
        raise InputRefused(
            tr(
                "{name}: the seal on the plan is not of this key, or the plan was changed. Nothing was sent.",
                name=opened.name,
            ),
            tip=tr(_TIP),
        )
    problems = [
        tr("line {line}: it describes the plan, and a contact was written into it", line=each.number)
        for each in opened.facts_rows
        if _names_contact(each, opened.facts)
    ]
    rows: dict[int, PlanRow] = {}
    skipped: set[int] = set()
    changed: list[int] = []
    for found in opened.rows:
        row = _unseal(found, opened, keys, problems)
        if row is None:
            continue
        if row.ordinal in rows:
            twice = tr("row {row}: it is in the plan twice (also in line {line})", row=row.number, line=found.number)
            problems.append(twice)
            continue
        rows[row.ordinal] = row
        problems += _changed_cells(found, row, opened.facts)
        if _action(found) == SKIP:
            skipped.add(row.ordinal)
        if _has_other_cells(found, row, opened.facts):
            changed.append(row.number)
    _refuse(opened, problems)
    return _select(opened.facts, rows, skipped, changed)


def _unseal(
    found: FoundRow, opened: OpenedPlan, keys: Mapping[str, ApiKey] | None, problems: list[str]
) -> PlanRow | None:
    """The row that `found` holds; `None`, with a problem, where its seal does not hold."""
    named = found.cells.get("_row") or tr("in line {line}", line=found.number)
    try:
        packed, seal = sealed.split_seal(found.sealed)
        row = sealed.unpack_row(packed)
    except NotAPlan:
        problems.append(
            tr("row {row}: its _seal was changed", row=named)
            if found.sealed
            else tr("row {row}: it was added to the plan", row=named)
        )
        return None
    if keys is None:
        return row
    if not sealed.same_seal(sealed.seal_row(packed, opened.digest, sealed.row_key(keys, row.account)), seal):
        of = found.cells.get("_plan")
        problems.append(
            tr("row {row}: it is a row of another plan ({plan})", row=named, plan=of)
            if of and of != opened.facts.name
            else tr("row {row}: its seal does not hold", row=named)
        )
        return None
    return row


def _action(found: FoundRow) -> str:
    return (found.cells.get("_action") or "").strip().lower()


def _changed_cells(found: FoundRow, row: PlanRow, facts: PlanFacts) -> Iterator[str]:
    """The cells of the plan's columns that are not as they were written."""
    planned = row_cells(row, facts)
    if _action(found) not in (SKIP, planned["_action"]):
        yield tr(
            "row {row}: _action is {found}; the plan allows {planned}, or {skip}",
            row=row.number,
            found=_shown(found.cells["_action"]),
            planned=planned["_action"],
            skip=SKIP,
        )
    for name in plan_columns(facts.operation):
        if name in REMARKS or name == "_action" or name not in found.cells:
            continue
        written, cell = _text(planned[name]), found.cells[name]
        if not same_cell(written, cell):
            yield tr(
                "row {row}: {column} is {found}; the plan says {written}",
                row=row.number,
                column=name,
                found=_shown(cell),
                written=_shown(written),
            )


def _has_other_cells(found: FoundRow, row: PlanRow, facts: PlanFacts) -> bool:
    """True where one of the user's own cells is not as it was in the input. They are not sent."""
    header = facts.source.header
    ours = set(plan_columns(facts.operation))
    return any(
        title not in ours
        and title in found.cells
        and header.count(title) == 1
        and not same_cell(cell, found.cells[title])
        for title, cell in zip(header, row.cells, strict=False)
    )


def _names_contact(found: FoundRow, facts: PlanFacts) -> bool:
    """True where the row that describes the plan has cells of a contact: it would be left out without a word."""
    own = {*facts.source.header} - {*plan_columns(facts.operation)}
    return any((found.cells.get(title) or "").strip() for title in {*own, "_row", "_phone", "_contact_id"})


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)


def _shown(cell: str | None) -> str:
    text = mask_within(cell or "")
    return f'"{text[:60]}{"…" if len(text) > 60 else ""}"' if text.strip() else tr("empty")


def _refuse(opened: OpenedPlan, problems: Sequence[str]) -> None:
    if not problems:
        return
    more = len(problems) - _NAMED
    raise InputRefused(
        tr("{name} was changed after it was planned. Nothing was sent.", name=opened.name),
        problems=(*problems[:_NAMED], *([tr("and {count:,} more", count=more)] if more > 0 else [])),
        tip=tr(_TIP),
    )


def _select(facts: PlanFacts, rows: Mapping[int, PlanRow], skipped: set[int], changed: Sequence[int]) -> CheckedPlan:
    """The rows that are applied. A duplicate goes with the row that it was folded into."""
    kept = {ordinal: row for ordinal, row in sorted(rows.items()) if ordinal not in skipped}
    numbers = {row.number for row in kept.values() if row.outcome is not Outcome.DUPLICATE}
    lost = [ordinal for ordinal, row in kept.items() if row.outcome is Outcome.DUPLICATE and row.same_as not in numbers]
    for ordinal in lost:
        del kept[ordinal]
    removed = facts.rows - len(rows)
    notices = []
    if changed:
        named = ", ".join(map(str, changed[:_NAMED_ROWS])) + (", …" if len(changed) > _NAMED_ROWS else "")
        notices.append(
            tr(
                "cells of the input differ in this plan (row {rows}): they are not sent, and the report has them as"
                " they were planned",
                rows=named,
            )
        )
    if lost:
        notices.append(tr("duplicates of rows that were left out are left out too: {count:,}", count=len(lost)))
    return CheckedPlan(facts, tuple(kept.values()), len(skipped) + len(lost), removed, tuple(notices))


def content_digest(opened: OpenedPlan) -> str:
    """The digest of what an approver approves: the plan, and the rows that are left in it and not marked. It does not
    change when rows are sorted or the file is saved in another format."""
    lines = sorted(found.sealed for found in opened.rows if _action(found) != SKIP)
    return sha256("\n".join([f"{opened.packed}.{opened.seal}", *lines]).encode()).hexdigest()
