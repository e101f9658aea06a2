"""One row's cells -> what is asked of which contact, or why it is not sent.

Owns: the verdict on a single row, blind to all other rows.
Does not own: single cells (`phones.py`, `rules.py`), other rows of the same contact (`folding.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from batch.loader import rules
from batch.loader.chunks import Row
from batch.loader.columns import Roles
from batch.loader.phone_column import judge_column
from batch.loader.phones import Phone, Rules, judge
from batch.loader.reading import Reading
from batch.loader.regions import region_of
from batch.loader.rules import Fault
from batch.model import Ask, Operation

_NO_PHONE = Phone(None)
#: The roles whose cells ask for something.
_ASKED = frozenset({"status", "campaign", "name", "phoneNumber", "timezone"})
_FULFILLED = Ask(status="fulfilled")


class Judged(NamedTuple):
    """The verdict on a row: `contact` and `ask` of a row that can be sent, else `fault`. `phone` as far as it was read.

    A faulty row keeps the `contact` or the `ask` that is known of it: its report can name the one, and the other tells
    whether somebody asked not to be called.
    """

    contact: str | None
    phone: Phone
    ask: Ask | None
    fault: Fault | None = None


class Judge(NamedTuple):
    """All that judging a row needs to know of the run. `region` is resolved."""

    reading: Reading
    roles: Roles
    rules: Rules
    region: str | None


def judge_rows(rows: Sequence[Row], run: Judge) -> list[Judged]:
    """The verdicts on `rows`, in their order. Never raises."""
    role = "phoneNumber" if run.reading.operation is Operation.UPDATE_BY_ID else "phone"
    place = run.roles.columns.get(role)
    if place is None or "region" in run.roles.columns:
        return [judge_row(row, run) for row in rows]
    phones = judge_column([row[place] for row in rows], run.region, run.rules)
    return [judge_row(row, run, phone) for row, phone in zip(rows, phones, strict=True)]


def judge_row(row: Row, run: Judge, phone: Phone | None = None) -> Judged:
    """The verdict on `row`, whose phone cell may have been judged already. Never raises."""
    if run.reading.operation is Operation.UPDATE_BY_ID:
        return _by_id(row, run, phone)
    phone = phone or _phone(row, run, "phone")
    ask = _FULFILLED if run.reading.operation is Operation.FULFILL else _ask(row, run)
    if phone.e164 is None:
        fault = Fault(phone.code, phone.message, row[run.roles.columns["phone"]])
        return Judged(None, phone, None if isinstance(ask, Fault) else ask, fault)
    if isinstance(ask, Fault):
        return Judged(phone.e164, phone, None, ask)
    return Judged(phone.e164, phone, ask)


def _by_id(row: Row, run: Judge, read: Phone | None) -> Judged:
    cell = _cell(row, run, "id")
    if cell is None:
        return Judged(None, _NO_PHONE, None, Fault("no_id", ""))
    contact = rules.uuid_of(cell, "malformed_id")
    if isinstance(contact, Fault):
        return Judged(None, _NO_PHONE, None, contact)
    phone = _NO_PHONE
    if _cell(row, run, "phoneNumber") is not None:
        phone = read or _phone(row, run, "phoneNumber")
        if phone.e164 is None and phone.code != "no_phone":
            number = row[run.roles.columns["phoneNumber"]]
            return Judged(contact, phone, None, Fault(phone.code, phone.message, number))
    ask = _ask(row, run, phone.e164)
    if isinstance(ask, Fault):
        return Judged(contact, phone, None, ask)
    return Judged(contact, phone, ask)


def _phone(row: Row, run: Judge, role: str) -> Phone:
    """The phone in the column of `role`, read in the row's own region where it names one."""
    region = run.region
    named = _cell(row, run, "region")
    if named is not None:
        region = region_of(named)
        if region is None:
            return Phone(None, "unknown_region", f'"{named.strip()[:40]}" names no country')
    return judge(row[run.roles.columns[role]], region, run.rules)


def _ask(row: Row, run: Judge, number: str | None = None) -> Ask | Fault:
    """What the row asks for: options over cells, blank cells nothing. The first fault wins, its words name all."""
    constant = run.reading.ask
    if not run.roles.variables and number is None and run.roles.columns.keys().isdisjoint(_ASKED):
        return constant or Fault("nothing_asked", "")
    faults: list[Fault] = []
    found: dict[str, str | None] = {
        "status": constant.status, "campaign_id": constant.campaign_id, "name": constant.name,
        "timezone": constant.timezone,
    }  # fmt: skip

    def take(role: str, field: str, read: object) -> None:
        cell = _cell(row, run, role)
        if cell is None or found[field] is not None:
            return
        if "\ufffd" in cell:
            faults.append(Fault("damaged_text", f'the {role} holds "\ufffd" where a character was lost', cell))
            return
        value = read(cell)  # type: ignore[operator]
        if isinstance(value, Fault):
            faults.append(value)
        else:
            found[field] = value

    take("status", "status", lambda cell: rules.status_of(cell, run.reading.statuses))
    take("campaign", "campaign_id", lambda cell: rules.uuid_of(cell, "malformed_campaign"))
    take("name", "name", rules.name_of)
    take("timezone", "timezone", rules.timezone_of)
    variables = dict(constant.variables)
    for name, at in run.roles.variables.items():
        cell = row[at]
        if cell is not None and cell.strip() and name not in variables:
            if "\ufffd" in cell:
                faults.append(Fault("damaged_text", f'the variable {name} holds "\ufffd"', cell))
            variables[name] = cell
    if faults:
        return faults[0]._replace(message="; ".join(fault.message for fault in faults))
    ask = Ask(**found, phone_number=number or constant.phone_number, variables=variables)
    return ask if ask else Fault("nothing_asked", "")


def _cell(row: Row, run: Judge, role: str) -> str | None:
    """The cell of `role`, or `None` where there is no such column or the cell is blank."""
    at = run.roles.columns.get(role)
    if at is None:
        return None
    cell = row[at]
    return cell if cell is not None and cell.strip() else None
