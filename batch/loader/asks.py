"""What each row of a chunk asks for, found once for every distinct combination of its cells.

Owns: cells of status, campaign, name, timezone and variables -> an `Ask`, or the fault.
Does not own: single cells (`rules.py`), the phone that `update-by-id` may set (`rows.py` adds it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from batch.loader import rules
from batch.loader.account_column import account_of
from batch.loader.header.columns import Roles
from batch.loader.reading import Reading, TeamNames
from batch.loader.rules import Fault
from batch.model import Ask, Operation

_ASKED = ("status", "campaign", "name", "timezone")
_FULFILLED = Ask(status="fulfilled")
_SCHEMA = {"ask": pl.UInt32, "ask_code": pl.String, "ask_message": pl.String, "ask_cell": pl.String}
_SCHEMA |= {"status": pl.String, "ask_hash": pl.Int64}


class Asks(NamedTuple):
    """The asks of a chunk's rows: `frame` has one line per row, `distinct` the asks that its column `ask` counts.

    `ask_code` is null where the cells can be sent; an ask that asks nothing has the code `nothing_asked`.
    """

    frame: pl.DataFrame
    distinct: tuple[Ask, ...]


def asks_of(chunk: pl.DataFrame, reading: Reading, roles: Roles) -> Asks:
    """What the rows of `chunk` ask for: options over cells, blank cells nothing."""
    if reading.operation is Operation.FULFILL:
        return _constant(_FULFILLED, chunk.height)
    places = {*(roles.columns[role] for role in _ASKED if role in roles.columns), *roles.variables.values()}
    if not places:
        return _constant(reading.ask, chunk.height)
    if reading.teams and "account" in roles.columns:
        places.add(roles.columns["account"])
    names = [str(place) for place in sorted(places)]
    combinations = chunk.select(names).unique(maintain_order=True)
    judged = [_ask(dict(zip(sorted(places), cells, strict=True)), reading, roles) for cells in combinations.iter_rows()]
    lines = [_line(at, ask, fault) for at, (ask, fault) in enumerate(judged)]
    table = combinations.hstack(pl.DataFrame(lines, schema=_SCHEMA, orient="row"))
    frame = chunk.select(names).join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
    return Asks(frame.drop(names), tuple(ask for ask, _ in judged))


def _constant(ask: Ask, height: int) -> Asks:
    line = pl.DataFrame([_line(0, ask, None)], schema=_SCHEMA, orient="row")
    return Asks(line.select(pl.all().repeat_by(height).explode(empty_as_null=False)), (ask,))


def _line(at: int, ask: Ask, fault: Fault | None) -> tuple[object, ...]:
    if fault is None and not ask:
        fault = Fault("nothing_asked", "")
    variables = tuple(sorted(ask.variables.items()))
    # Asks are compared within one contact only: a false match would need two of its asks to collide in 64 bits.
    same = hash((ask.status, ask.campaign_id, ask.name, ask.phone_number, ask.timezone, variables))
    return (at, *(fault or (None, None, None)), ask.status, same)


def _ask(cells: Mapping[int, str | None], reading: Reading, roles: Roles) -> tuple[Ask, Fault | None]:
    """The ask of one combination, by the places of its cells. The first fault wins, its words name all."""
    constant = reading.ask
    faults: list[Fault] = []
    found: dict[str, str | None] = {
        "status": constant.status, "campaign_id": constant.campaign_id, "name": constant.name,
        "timezone": constant.timezone,
    }  # fmt: skip

    def take(role: str, field: str, read: object) -> None:
        cell = cells[roles.columns[role]] if role in roles.columns else None
        if cell is None or not cell.strip() or found[field] is not None:
            return
        if "\ufffd" in cell:
            faults.append(Fault("damaged_text", f'the {role} holds "\ufffd" where a character was lost', cell))
            return
        value = read(cell)  # type: ignore[operator]
        if isinstance(value, Fault):
            faults.append(value)
        else:
            found[field] = value

    team = _team(cells, reading, roles)
    take("status", "status", lambda cell: rules.status_of(cell, team.statuses))
    named = "campaign" in reading.mapping
    take("campaign", "campaign_id", lambda cell: rules.campaign_of(cell, team.campaigns, names=named))
    take("name", "name", rules.name_of)
    take("timezone", "timezone", rules.timezone_of)
    variables = dict(constant.variables)
    for name, at in roles.variables.items():
        cell = cells[at]
        if cell is not None and cell.strip() and name not in variables:
            if "\ufffd" in cell:
                faults.append(Fault("damaged_text", f'the variable {name} holds "\ufffd"', cell))
            variables[name] = cell
    if faults:
        return Ask(), faults[0]._replace(message="; ".join(fault.message for fault in faults))
    return Ask(
        **found, phone_number=constant.phone_number, variables=variables, replace_variables=constant.replace_variables
    ), None


def _team(cells: Mapping[int, str | None], reading: Reading, roles: Roles) -> TeamNames:
    """What the team has that a row of `cells` belongs to."""
    at = roles.columns.get("account")
    account = account_of(cells[at], reading.accounts) if at is not None and at in cells else ""
    return reading.teams.get(str(account), TeamNames(reading.statuses, reading.campaigns))
