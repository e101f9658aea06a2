"""What a contact must be for the run of a plan to write it: as it was when the plan was made.

Owns: which contacts are written, which need no write any more, and which are held back (`check_against_plan`, pure).

Every contact of a plan is read right before its write. What was approved is a change from what the contact was then:
where the contact is another now, it was changed, and it is not approved that its new values are overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from batch.dispatcher.actions import ReadRequirement
from batch.guayaba.contact import Contact, is_unchanged
from batch.guayaba.exchange import ContactRead, ReadResult
from batch.guayaba.verdict import Verdict
from batch.journal.entries import PendingRow
from batch.journal.planned_contacts import ExpectedContact, expected_contact
from batch.model import ContactChange, Outcome
from batch.runs.contact_ref import ContactRef
from batch.runs.row_io import Session
from batch.runs.write_guard import WriteGuard
from batch.text.language import tr

CHANGED: Final = "changed_since_plan"
#: The longest text of a value in a message.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class PlanGuard:
    """The guard of a run that applies a plan (`row_io.RowGuard`): that of any run, and what the plan says."""

    session: Session
    ref: ContactRef
    write_guard: WriteGuard

    def required_read(self, row: PendingRow) -> ReadRequirement:
        return ReadRequirement.NONE if self.ref.phone(row) is None else ReadRequirement.REQUIRED

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        journal = self.session.journal
        expected = await self.session.writer.with_writer_lock(partial(expected_contact, journal, row.ordinal))
        return check_against_plan(
            await self.write_guard.read_before_write(row), row.change, expected or ExpectedContact()
        )

    async def check_read_back(self, row: PendingRow, read: ContactRead, contacts: Sequence[Contact]) -> ContactRead:
        return await self.write_guard.check_read_back(row, read, contacts)

    def settle_response(self, row: PendingRow, verdict: Verdict) -> Verdict:
        return self.write_guard.settle_response(row, verdict)


def check_against_plan(read: ContactRead, change: ContactChange, expected: ExpectedContact) -> ContactRead:
    """What a `read` of a contact, as any run takes it, means for its row of a plan, which saw it as `expected`."""
    if read.seen is None or read.outcome in (Outcome.UNCHANGED, Outcome.NOT_FOUND):
        return read
    if read.result in (ReadResult.UNREADABLE, ReadResult.INCOMPLETE):
        return read
    now = read.seen
    then = next((each for each in expected.contacts if each.id == now.id), None)
    changes = _differences(now, then, expected)
    if not changes and not expected.is_sent:
        if is_unchanged([now], change):
            return read._replace(outcome=Outcome.UNCHANGED, code="already_so", message=tr("no write was made"))
        changes = tr("the plan makes no call for it")
    if not changes:
        return read
    message = tr("{changes}; no write was made", changes=changes)
    return ContactRead(ReadResult.OTHERWISE, read.exchange, now.id, now, Outcome.HELD, CHANGED, message)


def _differences(now: Contact, then: Contact | None, expected: ExpectedContact) -> str:
    """What of a contact is not as the plan saw it, in words; empty where all is. Custom variables are named, their
    values are not."""
    if then is None:
        another = tr("it was another contact when the plan was made")
        return another if expected.contacts else tr("it was not a contact when the plan was made")
    found = [
        tr("{field} is {now}, and was {then} in the plan", field=name, now=_shown(is_now), then=_shown(was))
        for name, is_now, was in (
            (tr("status"), now.status, then.status),
            (tr("campaign"), ", ".join(sorted(now.campaign_ids)), ", ".join(sorted(then.campaign_ids))),
            (tr("name"), now.name, then.name),
            (tr("phone number"), now.phone_number, then.phone_number),
            (tr("timezone"), now.timezone, then.timezone),
        )
        if (is_now or "") != (was or "")
    ]
    ours, theirs = now.custom_variables or {}, then.custom_variables or {}
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if names:
        found.append(tr("custom variables changed: {names}", names=", ".join(names)[:_SHOWN]))
    return "; ".join(found)


def _shown(value: str | None) -> str:
    return (value or tr("empty"))[:_SHOWN]
