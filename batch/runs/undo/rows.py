"""The rows of an undo, from the journal of the run that is undone.

Owns: which rows of that run changed a contact, the change that reverses each, and which contacts are left alone and
why.

Only the fields that the run set are written back, and only to the values that were read before its write. Of a row with
a field that no call can put back, the others are, and the row names the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from batch.guayaba.contact import Contact, merged_variables
from batch.journal.journal import Journal
from batch.journal.row_queries import SentRow, sent_rows
from batch.model import ContactChange, Operation, Outcome, PlannedRow, RunPlan
from batch.text.language import tr

#: Outcomes of rows whose contact the run may have changed.
_MAY_HAVE_CHANGED: Final = frozenset({Outcome.SUCCEEDED, Outcome.UNKNOWN, Outcome.FAILED, Outcome.PENDING})
_BATCH_SIZE: Final = 4096
#: How the message of a row begins that is put back in part.
NOT_PUT_BACK: Final = "not put back: "
T = TypeVar("T")


class UndoRow(NamedTuple):
    """A row of an undo; `left` is what its contact must still be for the row to be sent."""

    row: PlannedRow
    left: ContactChange | None = None


class NotReversible(ValueError):
    """No call can write back what a contact was; the message names the field."""


def undo_operation(plan: RunPlan) -> Operation:
    """The operation that reverses a run of `plan`: a fulfilment is reversed as a status."""
    return Operation.UPDATE if plan.operation is Operation.FULFILL else plan.operation


def undo_rows(journal: Journal, plan: RunPlan) -> Iterator[list[UndoRow]]:
    """Yield every row of the run of `plan`, whose journal this is, in input order, in lists of bounded size. A row that
    was written to several contacts is several rows."""
    part: list[UndoRow] = []
    for row in sent_rows(journal):
        by = undo_operation(plan)
        part.append(_undo_row(row, by))
        if row.change is not None and row.change.phone_number is None:
            part += [_undo_row(other, by) for other in _other_contacts(row)]
        if len(part) >= _BATCH_SIZE:
            yield part
            part = []
    if part:
        yield part


def _other_contacts(sent: SentRow) -> Iterator[SentRow]:
    """Yield `sent` once more for each further contact that it was written to: those that hold its number in another
    form. Each is put back by a row of its own, to what it was itself."""
    for seen in sent.others:
        yield sent._replace(contact=seen.phone_number, phone=seen.phone_number, before=seen)


def _undo_row(sent: SentRow, by: Operation) -> UndoRow:
    asked, outcome, attempts, before = sent.change, sent.outcome, sent.attempts, sent.before
    row = PlannedRow(
        sent.number, sent.cells, sent.contact, sent.phone, None, same_as=sent.same_as, account=sent.account
    )
    if outcome is Outcome.DUPLICATE:
        return UndoRow(
            row._replace(
                outcome=outcome,
                code="same_contact",
                message=tr("gets the result of row {same_as}", same_as=row.same_as),
            )
        )
    if asked is None or not attempts or outcome not in _MAY_HAVE_CHANGED:
        message = tr("nothing to undo: the run did not change this contact ({outcome})", outcome=outcome)
        return UndoRow(row._replace(outcome=Outcome.UNCHANGED, code="nothing_to_undo", message=message))
    if before is None:
        message = tr("its state before the run was not read, so it stays as it is")
        return UndoRow(row._replace(outcome=Outcome.HELD, code="before_unknown", message=message))
    change, missing = reverse_change(asked, before)
    if not change:
        message = tr("{missing}; it stays as it is", missing="; ".join(missing))
        return UndoRow(row._replace(outcome=Outcome.HELD, code="cannot_put_back", message=message))
    if missing:
        row = row._replace(message=f"{NOT_PUT_BACK}{'; '.join(missing)}")
    number = asked.phone_number or before.phone_number or row.phone
    contact = before.id.lower() if by is Operation.UPDATE_BY_ID and before.id else row.contact
    return UndoRow(row._replace(change=change, phone=number, contact=contact), expected_state(asked, before))


def reverse_change(asked: ContactChange, before: Contact) -> tuple[ContactChange, tuple[str, ...]]:
    """The change that makes a contact what it was `before` a row set `asked`, as far as calls can do that, and why each
    other field stays.

    A status goes with its campaign: where the campaign stays, outreach could go on in the wrong one.
    """
    missing: list[str] = []

    def previous(take: Callable[[], T], nothing: T) -> T:
        try:
            return take()
        except NotReversible as fault:
            missing.append(str(fault))
            return nothing

    campaign = previous(lambda: _campaign(before) if asked.campaign_id is not None else None, None)
    status = previous(lambda: _previous("status", asked.status, before.status), None)
    if asked.campaign_id is not None and campaign is None and status is not None:
        missing.append(tr("the status goes with the campaign: it was {status}", status=status))
        status = None
    name = previous(lambda: _previous("name", asked.name, before.name), None)
    phone_number = previous(lambda: _previous(tr("phone number"), asked.phone_number, before.phone_number), None)
    timezone = previous(lambda: _previous("timezone", asked.timezone, before.timezone), None)
    no_variables: dict[str, str] = {}
    variables = previous(lambda: _variables(asked, before), no_variables)
    replaces = bool(variables) and _needs_erase(asked, before)
    change = ContactChange(status, campaign, name, phone_number, timezone, variables, replaces)
    return change, tuple(missing)


def expected_state(asked: ContactChange, before: Contact) -> ContactChange:
    """What a row that set `asked` left of a contact that was `before`. Where all its variables are written back, all of
    them must still be as they were left, so that no later change is lost."""
    if not _needs_erase(asked, before):
        return asked
    texts = {name: str(value) for name, value in merged_variables(asked, before.custom_variables or {}).items()}
    return msgspec.structs.replace(asked, variables=texts, replace_variables=True)


def _previous(field: str, asked: str | None, before: str | None) -> str | None:
    if asked is None:
        return None
    if not before:
        raise NotReversible(tr("it had no {field}, and no call takes one away", field=field))
    return before


def _campaign(before: Contact) -> str:
    ids: Sequence[str] = [campaign.id for campaign in before.campaigns or ()] or [before.campaign_id or ""]
    if len(ids) != 1 or not ids[0]:
        many = tr("several campaigns") if len(ids) > 1 else tr("no campaign")
        raise NotReversible(tr("it was in {many}, and a call puts it in one", many=many))
    return ids[0]


def _needs_erase(asked: ContactChange, before: Contact) -> bool:
    """True where some variable is to be gone again, so that all must be written: there was none of its name, or the
    row had replaced them all."""
    return bool(asked.variables) and (
        asked.replace_variables or not asked.variables.keys() <= (before.custom_variables or {}).keys()
    )


def _variables(asked: ContactChange, before: Contact) -> dict[str, str]:
    if not asked.variables:
        return {}
    there = before.custom_variables
    if not there:
        raise NotReversible(tr("it had no custom variables, and no call is documented to erase all of them"))
    wanted = there if _needs_erase(asked, before) else {name: there[name] for name in asked.variables}
    texts = {name: value for name, value in wanted.items() if isinstance(value, str)}
    if len(texts) < len(wanted):
        raise NotReversible(
            tr("its custom variables {keys} were no texts", keys=", ".join(sorted(wanted.keys() - texts.keys())))
        )
    return texts
