"""What a contact must be for the run of a plan to write it: as it was when the plan was made.

Owns: which contacts are written, which need no write any more, and which are held back (`check_against_plan`, pure).

Every contact of a plan is read right before its write. What was approved is a change from what the contact was then:
where the contact is another now, somebody changed it, and nobody approved that its new values are written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.guards import GuardPolicy, check_before_write
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import Verdict
from batch.journal.entries import PendingRow
from batch.journal.planned_contacts import ExpectedContact, expected_contact
from batch.model import ContactChange, Outcome
from batch.runs.contact_ref import ContactRef
from batch.runs.row_io import Session, WriteGuard

CHANGED: Final = "changed_since_plan"
#: The longest text of a value in a message.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class PlanGuard:
    """The guard of a run that applies a plan (`row_io.RowGuard`). A row whose contact the plan could not read is judged
    as in any run."""

    session: Session
    ref: ContactRef
    searches: ContactSearch
    write_guard: WriteGuard

    def required_read(self, row: PendingRow) -> ReadRequirement:
        return ReadRequirement.NONE if self.ref.phone(row) is None else ReadRequirement.REQUIRED

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        journal = self.session.journal
        expected = await self.session.scribe.with_writer_lock(partial(expected_contact, journal, row.ordinal))
        phone = self.ref.phone(row)
        assert phone is not None, "only rows that can be read are read"
        result = await self.searches.find(phone, self.ref.id(row))
        return check_against_plan(*result, row.ask, self.session.guard_policy, expected or ExpectedContact())

    def check_read_back(self, read: ContactRead) -> ContactRead:
        return self.write_guard.check_read_back(read)

    def settle_success(self, row: PendingRow, verdict: Verdict) -> Verdict:
        return self.write_guard.settle_success(row, verdict)


def check_against_plan(
    exchange: Exchange,
    contacts: Sequence[Contact] | None,
    whole: bool,
    ask: ContactChange,
    policy: GuardPolicy,
    expected: ExpectedContact,
) -> ContactRead:
    """What a read of a contact means for its row of a plan, which saw it as `expected`.

    `contacts` are those that it can be (`None`: the response could not be read); `whole`: all matches were shown.
    """
    read = check_before_write(exchange, contacts, whole, ask, policy)
    if read.result is ReadResult.UNREADABLE or read.outcome in (Outcome.UNCHANGED, Outcome.NOT_FOUND):
        return read
    now = _same_contact(contacts or (), expected.seen)
    changes = _differences(now, expected.seen)
    if not changes and not expected.is_sent:
        changes = "the plan makes no call for it"
    if not changes:
        return read
    message = f"{changes}; no write was made"
    return ContactRead(ReadResult.OTHERWISE, exchange, read.contact_id, now, Outcome.HELD, CHANGED, message)


def _same_contact(contacts: Sequence[Contact], seen: Contact | None) -> Contact:
    """The contact that the plan saw, among those that have its number; else the first of them."""
    return next((each for each in contacts if seen is not None and each.id == seen.id), contacts[0])


def _differences(now: Contact, then: Contact | None) -> str:
    """What of a contact is not as the plan saw it, in words; empty where all is. Custom variables are named, their
    values are not."""
    if then is None:
        return "it was no contact when the plan was made"
    found = [
        f"{name} is {_shown(is_now)}, and was {_shown(was)} in the plan"
        for name, is_now, was in (
            ("status", now.status, then.status),
            ("campaign", ", ".join(sorted(now.campaign_ids)), ", ".join(sorted(then.campaign_ids))),
            ("name", now.name, then.name),
            ("phone number", now.phone_number, then.phone_number),
            ("timezone", now.timezone, then.timezone),
            ("id", now.id, then.id),
        )
        if (is_now or "") != (was or "")
    ]
    ours, theirs = now.custom_variables or {}, then.custom_variables or {}
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if names:
        found.append(f"custom variables changed: {', '.join(names)[:_SHOWN]}")
    return "; ".join(found)


def _shown(value: str | None) -> str:
    return (value or "empty")[:_SHOWN]
