"""What a contact must be for an undo to write it: still as the run left it.

Owns: which contacts are written back, which need no write, and which are left alone (`check_before_undo`, pure).

A person who changed a contact after the run had a reason that the run cannot know, so only a contact that is still as
the run left it is written. A contact that is stopped now is not called again by an undo, as by no other run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.guards import GuardPolicy, hold_protected, protected_contacts
from batch.guayaba.contact import Contact, differences, matches
from batch.guayaba.exchange import ContactRead, Exchange, Failure, ReadResult
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.journal.entries import PendingRow
from batch.model import ContactChange, Outcome
from batch.runs.row_io import Session
from batch.runs.undo.rows import NOT_PUT_BACK
from batch.text.language import tr


@dataclass(frozen=True, slots=True)
class UndoGuard:
    """The guard of an undo (`row_io.RowGuard`): every contact is read before it is written.

    The journal of the session holds what the undone run left of each contact.
    """

    session: Session
    searches: ContactSearch
    #: What stays of rows that are put back in part, by ordinal.
    _missing: dict[int, str] = field(default_factory=dict)

    def required_read(self, _row: PendingRow) -> ReadRequirement:
        return ReadRequirement.REQUIRED

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        journal = self.session.journal
        left = await self.session.writer.with_writer_lock(partial(journal.expected, row.ordinal))
        missing = await self._not_put_back(row)
        if left is None:
            detail = tr("what the run left is not known")
            return ContactRead(ReadResult.UNREADABLE, Exchange(failure=Failure.NO_ANSWER, detail=detail))
        by_id = not row.contact.startswith("+")
        result = await self.searches.find(row.phone or row.contact, row.contact if by_id else None)
        read = check_before_undo(*result, row.change, left, self.session.guard_policy)
        if missing and read.outcome is Outcome.UNCHANGED:
            return read._replace(code="put_back_in_part", message=missing)
        return read if read.outcome is not None else read._replace(message=missing or read.message)

    def settle_response(self, row: PendingRow, verdict: Verdict) -> Verdict:
        missing = self._missing.get(row.ordinal, "")
        if not missing:
            return verdict
        if verdict.meaning is ResponseClass.SUCCEEDED:
            return verdict._replace(code="put_back_in_part", message=missing)
        return verdict._replace(message=f"{missing}; {verdict.message}")  # a resume finds it there

    async def check_read_back(self, row: PendingRow, read: ContactRead, _contacts: Sequence[Contact]) -> ContactRead:
        if read.result is ReadResult.AS_ASKED and (missing := await self._not_put_back(row)):
            return read._replace(code="put_back_in_part", message=missing)
        # The run had stopped this contact, so it is still stopped where the lost request did nothing. Whether it
        # was stopped by another since is checked by the read before the next attempt.
        return read._replace(result=ReadResult.OTHERWISE) if read.result is ReadResult.STOPPED else read

    async def _not_put_back(self, row: PendingRow) -> str:
        """What stays of the row's contact, as the plan says; empty for a row that is put back whole."""
        if row.ordinal not in self._missing:
            message = await self.session.writer.with_writer_lock(partial(self.session.journal.message, row.ordinal))
            self._missing[row.ordinal] = message if message.startswith(NOT_PUT_BACK) else ""
        return self._missing[row.ordinal]


def check_before_undo(
    exchange: Exchange,
    contacts: Sequence[Contact] | None,
    complete: bool,
    change: ContactChange,
    left: ContactChange,
    policy: GuardPolicy,
) -> ContactRead:
    """What a read of a contact means for the row that makes it `change` again, if it is still as the run `left` it.

    `contacts` are the contacts that it can be (`None`: the response could not be read); `complete`: all matches were
    shown.
    """
    if contacts is None or (not contacts and not complete):
        return ContactRead(
            ReadResult.UNREADABLE,
            exchange,
            message=exchange.detail or tr("reading the contact: HTTP {status}", status=exchange.status),
        )
    if not contacts:
        message = tr("the API does not list it any more; no write was made")
        return ContactRead(
            ReadResult.ABSENT, exchange, outcome=Outcome.NOT_FOUND, code="contact_not_found", message=message
        )
    first = contacts[0]
    if all(matches(contact, change) for contact in contacts):
        message = tr("it is as it was before the run; no write was made")
        return ContactRead(ReadResult.AS_ASKED, exchange, first.id, first, Outcome.UNCHANGED, "already_so", message)
    changed = next((contact for contact in contacts if not matches(contact, left)), None)
    if changed is not None:
        difference = "; ".join(difference.text for difference in differences(changed, left))
        message = tr("{difference} as the run left it; no write was made", difference=difference)
        return ContactRead(ReadResult.OTHERWISE, exchange, changed.id, changed, Outcome.HELD, "changed_since", message)
    found = protected_contacts(contacts, change, policy)
    code = "stays_stopped" if found.dnc is None else "would_lift_dnc"
    held = hold_protected(exchange, found, found.dnc or found.stopped, code)
    return held or ContactRead(ReadResult.OTHERWISE, exchange, first.id, first)
