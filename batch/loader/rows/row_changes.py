"""What each row of a chunk changes, built once for every distinct combination of its cells.

Owns: cells of status, campaign, name, timezone and variables -> a `ContactChange`, or the fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from batch.loader.cells import cell_checks
from batch.loader.cells.cell_checks import CellError
from batch.loader.cells.placeholders import is_placeholder
from batch.loader.cells.sheet_escapes import without_escapes
from batch.loader.columns.mapping import ColumnMapping
from batch.loader.rows.account_column import match_account
from batch.loader.team_rules import TeamNames, TeamRules
from batch.model import ContactChange, Operation
from batch.settings.column_rules import fold_cell, value_map
from batch.settings.read_options import ReadOptions
from batch.text.language import tr
from batch.text.opt_out_words import asks_to_be_left_alone

_ASKED = ("status", "campaign", "name", "timezone")
_FULFILLED = ContactChange(status="fulfilled")
_SCHEMA = {"change": pl.UInt32, "change_code": pl.String, "change_message": pl.String, "change_cell": pl.String}
_SCHEMA |= {"status": pl.String, "change_hash": pl.Int64, "note": pl.String, "opt_out": pl.String}


class RowChanges(NamedTuple):
    """The changes of a chunk's rows: `frame` has one line per row, `distinct` the changes that its column `change`
    counts.

    `change_code` is null where the cells can be sent; a change that sets nothing has the code `nothing_asked`. `note`
    says how a cell was read that does not spell its value; `opt_out` is a status cell that asks to be left alone and is
    no status of the team: its row asks for DNC, and is not sent.
    """

    frame: pl.DataFrame
    distinct: tuple[ContactChange, ...]


def read_changes(chunk: pl.DataFrame, reading: ReadOptions, team: TeamRules, roles: ColumnMapping) -> RowChanges:
    """The changes of the rows of `chunk`: options over cells, blank cells nothing."""
    if reading.operation is Operation.FULFILL:
        return _constant(_FULFILLED, chunk.height)
    places = {*(roles.columns[role] for role in _ASKED if role in roles.columns), *roles.variables.values()}
    if not places:
        return _constant(reading.ask, chunk.height)
    if team.teams and "account" in roles.columns:
        places.add(roles.columns["account"])
    names = [str(place) for place in sorted(places)]
    cells = chunk.select(names)
    blanked = pl.repeat(False, chunk.height, dtype=pl.Boolean, eager=True)
    if not reading.keep_literal:
        cells, blanked = _without_placeholders(cells, roles)
    combinations = cells.unique(maintain_order=True)
    value_rules = value_map(reading.map_value)
    judged = [
        _build_change(dict(zip(sorted(places), combination, strict=True)), reading, team, roles, value_rules)
        for combination in combinations.iter_rows()
    ]
    lines = [_line(at, *each) for at, each in enumerate(judged)]
    table = combinations.hstack(pl.DataFrame(lines, schema=_SCHEMA, orient="row"))
    frame = cells.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
    return RowChanges(
        frame.drop(names).with_columns(blanked.alias("change_blanked")), tuple(each.change for each in judged)
    )


def _without_placeholders(cells: pl.DataFrame, roles: ColumnMapping) -> tuple[pl.DataFrame, pl.Series]:
    """`cells` without what stands for nothing in names, timezones and variables, and the rows that had any of it."""
    rows = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
    written = {*(roles.columns[role] for role in ("name", "timezone") if role in roles.columns)}
    for at in sorted(written | set(roles.variables.values())):
        column = cells[str(at)]
        nothing = [cell for cell in column.unique().drop_nulls() if is_placeholder(cell)]
        if nothing:
            mask = column.is_in(nothing).fill_null(False)
            rows |= mask
            cells = cells.with_columns(pl.when(~mask).then(pl.col(str(at))).alias(str(at)))
    return cells, rows


def _constant(change: ContactChange, height: int) -> RowChanges:
    line = pl.DataFrame([_line(0, change)], schema=_SCHEMA, orient="row")
    frame = line.select(column.new_from_index(0, height) for column in line)
    return RowChanges(frame.with_columns(pl.lit(False).alias("change_blanked")), (change,))


class _Judged(NamedTuple):
    """What one combination of cells changes."""

    change: ContactChange
    fault: CellError | None = None
    note: str | None = None
    opt_out: str | None = None


def _line(
    at: int, change: ContactChange, fault: CellError | None = None, note: str | None = None, opt_out: str | None = None
) -> tuple[object, ...]:
    if fault is None and not change:
        fault = CellError("nothing_asked", "")
    variables = tuple(sorted(change.variables.items()))
    # Changes are compared within one contact only: a false match would need two of them to collide in 64 bits.
    same = hash((change.status, change.campaign_id, change.name, change.phone_number, change.timezone, variables))
    return (at, *(fault or (None, None, None)), change.status, same, note, opt_out)


def _build_change(  # noqa: C901 - one branch for each field of a change
    cells: Mapping[int, str | None],
    reading: ReadOptions,
    rules: TeamRules,
    roles: ColumnMapping,
    value_rules: Mapping[str, Mapping[str, str]],
) -> _Judged:
    """The change of one combination, by the places of its cells. The first fault wins, its words name all.

    `value_rules` are the rules of --map-value.
    """
    constant = reading.ask
    faults: list[CellError] = []
    notes: list[str] = []
    opt_outs: list[str] = []
    fields: dict[str, str | None] = {
        "status": constant.status, "campaign_id": constant.campaign_id, "name": constant.name,
        "timezone": constant.timezone,
    }  # fmt: skip

    def take(role: str, field: str, read: object) -> None:  # noqa: C901 - one branch for each end of a cell
        cell = cells[roles.columns[role]] if role in roles.columns else None
        if cell is None or not cell.strip() or fields[field] is not None:
            return
        if "\ufffd" in cell:
            faults.append(_damage_error(role, cell))
            return
        written, cell = cell, without_escapes(cell)
        if cell != written:
            notes.append(tr("{role}: escapes of a workbook removed", role=role))
        mapped_value = value_rules.get(role, {}).get(fold_cell(cell))
        if mapped_value == "":
            return
        value = read(cell if mapped_value is None else mapped_value)  # type: ignore[operator]
        if isinstance(value, CellError):
            faults.append(value)
            if role == "status" and asks_to_be_left_alone(cell):
                opt_outs.append(cell.strip()[:40])
            return
        fields[field] = value
        if mapped_value is not None or (role == "status" and value != cell.strip()):
            notes.append(
                tr('{role} "{cell}" read as {value}', role=role, cell=cell.strip()[:40].replace(",", " "), value=value)
            )

    team = _team(cells, rules, roles)
    take("status", "status", lambda cell: cell_checks.check_status(cell, team.statuses))
    named = "campaign" in reading.mapping
    take("campaign", "campaign_id", lambda cell: cell_checks.check_campaign(cell, team.campaigns, names=named))
    take("name", "name", cell_checks.check_name)
    take("timezone", "timezone", cell_checks.check_timezone)
    variables = _read_variables(cells, constant, roles, faults, notes)
    if faults:
        return _at_fault(faults, opt_outs)
    change = ContactChange(
        **fields, phone_number=constant.phone_number, variables=variables, replace_variables=constant.replace_variables
    )
    return _Judged(change, note=", ".join(notes) or None)


def _damage_error(role: str, cell: str) -> CellError:
    return CellError("damaged_text", tr('the {role} holds "�" where a character was lost', role=role), cell)


def _at_fault(faults: Sequence[CellError], opt_outs: Sequence[str]) -> _Judged:
    """What is known of a combination that cannot be sent."""
    fault = faults[0]._replace(message="; ".join(fault.message for fault in faults))
    if opt_outs:
        return _Judged(ContactChange(status="DNC"), fault, opt_out=opt_outs[0])
    return _Judged(ContactChange(), fault)


def _read_variables(
    cells: Mapping[int, str | None],
    constant: ContactChange,
    roles: ColumnMapping,
    faults: list[CellError],
    notes: list[str],
) -> dict[str, str]:
    """The custom variables of one combination; a damaged one is added to `faults`, a mended one to `notes`."""
    variables = dict(constant.variables)
    for name, at in roles.variables.items():
        cell = cells[at]
        if cell is not None and cell.strip() and name not in variables:
            if "\ufffd" in cell:
                faults.append(CellError("damaged_text", tr('the variable {name} holds "�"', name=name), cell))
            variables[name] = without_escapes(cell)
            if variables[name] != cell:
                notes.append(tr("{role}: escapes of a workbook removed", role=name.replace(",", " ")))
    return variables


def _team(cells: Mapping[int, str | None], rules: TeamRules, roles: ColumnMapping) -> TeamNames:
    """What the team has that a row of `cells` belongs to."""
    at = roles.columns.get("account")
    account = match_account(cells[at], rules.accounts) if at is not None and at in cells else ""
    return rules.teams.get(str(account), TeamNames(rules.statuses, rules.campaigns))
