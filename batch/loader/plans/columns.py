"""The columns that a plan has after the user's own, and the cells of a row in them. Pure.

Owns: the names, which fields each operation shows now and then, and the words of a cell. A plan that comes back is
compared with these cells (`read.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from batch.codes import tip
from batch.guayaba.contact import Contact, merged_variables
from batch.guayaba.requests import OutreachEffect, build_request, outreach_effect, stops_every_contact
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.model import ContactChange, Operation, Outcome, Request
from batch.text.language import tr
from batch.text.utc import iso_utc, utc_minute

#: What `_action` says: the call is made; none is; the approver leaves the row out; the row that describes the plan.
SEND, NONE, SKIP, PLAN = "send", "none", "skip", "plan"

Cell = str | int | None


class Field(NamedTuple):
    """A field of a contact: the name in the columns, what it is now, and what the change makes of it."""

    name: str
    now: Callable[[Contact], str | None]
    then: Callable[[PlanRow, PlanFacts], str | None]


def _campaigns_now(seen: Contact) -> str | None:
    listed = [_campaign_text(campaign.id, campaign.name) for campaign in seen.campaigns or ()]
    return ", ".join(listed) or seen.campaign_id


def _campaign_text(campaign_id: str, name: str) -> str:
    return f"{name} ({campaign_id})" if name and name != campaign_id else campaign_id


def _campaign_then(row: PlanRow, facts: PlanFacts) -> str | None:
    campaign_id = _change(row).campaign_id
    return None if campaign_id is None else _campaign_text(campaign_id, facts.campaigns.get(campaign_id, ""))


def _variables_text(variables: Mapping[str, object] | None) -> str | None:
    return msgspec.json.encode(variables, order="sorted").decode() if variables else None


def _variables_then(row: PlanRow, _: PlanFacts) -> str | None:
    current = None if row.seen is None else row.seen.custom_variables
    return _variables_text(merged_variables(_change(row), current or {}))


def _change(row: PlanRow) -> ContactChange:
    return row.change or ContactChange()


_STATUS: Final = Field("status", lambda seen: seen.status, lambda row, _: _change(row).status)
_CAMPAIGN: Final = Field("campaign", _campaigns_now, _campaign_then)
_OTHERS: Final = (
    Field("name", lambda seen: seen.name, lambda row, _: _change(row).name),
    Field("number", lambda seen: seen.phone_number, lambda row, _: _change(row).phone_number),
    Field("timezone", lambda seen: seen.timezone, lambda row, _: _change(row).timezone),
    Field("variables", lambda seen: _variables_text(seen.custom_variables), _variables_then),
)
#: The fields that the call of each operation can set.
FIELDS: Final[Mapping[Operation, tuple[Field, ...]]] = {
    Operation.FULFILL: (_STATUS,),
    Operation.UPDATE: (_STATUS, _CAMPAIGN),
    Operation.UPDATE_BY_ID: (_STATUS, _CAMPAIGN, *_OTHERS),
}

_FIRST: Final = (
    "_row", "_phone", "_repair", "_action", "_outcome", "_code", "_message", "_tip", "_same_as", "_contact_id",
    "_contact_name",
)  # fmt: skip
_LAST: Final = ("_outreach", "_method", "_path", "_body", "_read_at", "_plan", "_seal")
#: Columns whose cells are numbers.
NUMBERS: Final = frozenset({"_row", "_same_as"})
#: Columns that describe a row and decide nothing: a plan in which they were changed is applied all the same.
REMARKS: Final = frozenset({"_repair", "_message", "_tip", "_read_at", "_plan", "_seal"})
_OUTREACH: Final = {
    OutreachEffect.STOPS: "cancels",
    OutreachEffect.NEITHER: None,
    OutreachEffect.STARTS: "starts",
}


def plan_columns(operation: Operation) -> tuple[str, ...]:
    """The names of a plan's columns, without the user's own."""
    pairs = [f"_{field.name}_{when}" for field in FIELDS[operation] for when in ("now", "then")]
    return (*_FIRST, *pairs, *_LAST)


def row_cells(row: PlanRow, facts: PlanFacts) -> dict[str, Cell]:
    """The cells of `row` by column, without its seal."""
    request = planned_request(row, facts)
    seen = row.seen
    cells: dict[str, Cell] = {
        "_row": row.number,
        "_phone": row.phone,
        "_repair": row.repair or None,
        "_action": SEND if row.outcome is None else NONE,
        "_outcome": str(row.outcome or Outcome.PENDING),
        "_code": row.code or None,
        "_message": _message(row, facts),
        "_tip": tip(row.code) or None,
        "_same_as": row.same_as,
        "_contact_id": None if seen is None else seen.id,
        "_contact_name": None if seen is None else seen.name,
        "_outreach": None,
        "_method": None,
        "_path": None,
        "_body": None,
        "_read_at": None if row.read_at is None else iso_utc(row.read_at),
        "_plan": facts.name,
    }
    for field in FIELDS[facts.operation]:
        cells[f"_{field.name}_now"] = None if seen is None else field.now(seen)
        cells[f"_{field.name}_then"] = field.then(row, facts)
    if request is not None:
        cells["_outreach"] = _OUTREACH[outreach_effect(_change(row), facts.stopping_statuses)]
        cells["_method"], cells["_path"] = request.method, request.path
        cells["_body"] = msgspec.json.encode(request.body).decode()
    return cells


def _message(row: PlanRow, facts: PlanFacts) -> str | None:
    others = " and ".join(str(each.phone_number) for each in row.others)
    if not others or row.outcome is not None:
        return row.message or None
    if stops_every_contact(_change(row), facts.stopping_statuses):
        text = tr("the team also holds the number as {others}: it is written too", others=others)
    else:
        text = tr("the team also holds the number as {others}: it is left as it is", others=others)
    return "; ".join(filter(None, [row.message, text]))


def changed_fields(row: PlanRow, facts: PlanFacts) -> list[tuple[str, str | None, str]]:
    """Each field that `row` changes: its name, what it is now (`None`: empty, or not read), and what it will be."""
    found = []
    for field in FIELDS[facts.operation]:
        now, then = None if row.seen is None else field.now(row.seen), field.then(row, facts)
        if then is not None and now != then:
            found.append((field.name, now, then))
    return found


def planned_request(row: PlanRow, facts: PlanFacts) -> Request | None:
    """The call that is made for `row`, the key left out; `None` where none is."""
    if row.outcome is not None or row.contact is None or row.change is None:
        return None
    return build_request(facts.operation, row.contact, row.change, row.seen)


def facts_cells(facts: PlanFacts) -> dict[str, Cell]:
    """The cells of the row that describes the plan, without its seal."""
    keys = ", ".join(f"{account} {key}".strip() for account, key in sorted(facts.keys.items()))
    message = tr(
        "plan of {operation} made {made} for {base_url} (key {keys}): {calls:,} of {rows:,} rows send a call; valid"
        " until {until}. Leave this row in.",
        operation=facts.operation,
        made=utc_minute(facts.made_at),
        base_url=facts.base_url,
        keys=keys,
        calls=facts.calls,
        rows=facts.rows,
        until=utc_minute(facts.valid_until),
    )
    return {"_action": PLAN, "_message": message, "_plan": facts.name}
