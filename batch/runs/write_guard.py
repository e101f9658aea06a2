"""The guard of a run and of a rerun: what is read of a contact before its row is sent, and which contact is written.

Owns: when a contact is read first; which contact a row means where the team holds its number in another form, or two.

Two forms of a number are one person (`guayaba/number_forms.py`). A change that stops outreach is made to every contact
that holds the number, one after the other, so that no person is called by the other form; the row is done when all are
as asked. Any other change is made to one contact: that of the row's own form, or, where the team has none, of the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from batch.dispatcher.actions import ReadRequirement
from batch.dispatcher.guards import check_before_write, required_read
from batch.guayaba.contact import Contact, matches
from batch.guayaba.exchange import ContactRead, ReadResult
from batch.guayaba.number_forms import FORM_CODES
from batch.guayaba.requests import stops_every_contact
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass, Verdict
from batch.journal.entries import PendingRow
from batch.model import Outcome
from batch.runs.contact_ref import ContactRef
from batch.runs.number_reads import NumberReads
from batch.runs.row_io import Session
from batch.text.language import tr

#: The code of a row that was written to each contact of its number.
EACH_FORM: Final = "confirmed_each_form"


@dataclass(slots=True)
class _Held:
    """The forms in which the team holds a row's number, as they were read."""

    forms: tuple[str, ...]
    #: The form of the contact that is written now.
    target: str
    #: Another contact is to be written after it.
    more: bool
    written: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class WriteGuard:
    """`row_io.RowGuard` of a run and of a rerun. A contact is read first where its change starts outreach, could take
    DNC from it, merges variables or may be unnecessary, where the call needs an id that the row does not give, and
    where its number has another form."""

    session: Session
    account: str
    ref: ContactRef
    searches: ContactSearch
    numbers: NumberReads
    _held: dict[int, _Held] = field(default_factory=dict)

    def required_read(self, row: PendingRow) -> ReadRequirement:
        if self.ref.needs_lookup(row):
            return ReadRequirement.REQUIRED
        required = required_read(row.change, self.session.guard_policy, row.seen)
        return ReadRequirement.OPTIONAL if required is ReadRequirement.NONE and self._forms(row) else required

    async def read_before_write(self, row: PendingRow) -> ContactRead:
        phone, policy = self.ref.phone(row), self.session.guard_policy
        if phone is None:
            raise ValueError(tr("row {ordinal} has no number by which its contact can be read", ordinal=row.ordinal))
        by_lookup, forms = self.ref.needs_lookup(row), self._forms(row)
        if not forms:
            found = await self.searches.find(phone, None if by_lookup else self.ref.id(row))
            return await self._check_id(row, check_before_write(*found, row.change, policy, one=by_lookup))
        result, complete = await self.numbers.read_next(row.ordinal, forms)
        if not complete:
            return ContactRead(ReadResult.INCOMPLETE, result.exchange)
        contacts = result.contacts and self._first_to_write(row, result.contacts)
        read = check_before_write(result.exchange, contacts, result.whole, row.change, policy, one=by_lookup)
        if read.code == "contact_not_found":
            return read._replace(message=tr("the API lists none of {forms}; no write was made", forms=", ".join(forms)))
        return await self._check_id(row, read)

    async def check_read_back(self, row: PendingRow, read: ContactRead, contacts: Sequence[Contact]) -> ContactRead:
        held = sorted({seen.phone_number for seen in contacts if seen.phone_number})
        if read.result is not ReadResult.AS_ASKED or held in ([], [row.contact]):
            return read
        code = EACH_FORM if len(held) > 1 else ""
        return read._replace(code=code, message=tr("the team holds the number as {held}", held=", ".join(held)))

    def settle_response(self, row: PendingRow, verdict: Verdict) -> Verdict:
        forms = self._forms(row)
        if not forms or verdict.meaning not in (ResponseClass.SUCCEEDED, ResponseClass.NOT_FOUND):
            return verdict
        held = self._held.get(row.ordinal)
        if held is None:
            self.numbers.forget(row.ordinal)
            others = ", ".join(form for form in forms if form != self.ref.form(row))
            return _with_note(
                verdict, tr("whether the team holds the number as {others} could not be read", others=others)
            )
        if verdict.meaning is ResponseClass.NOT_FOUND:
            return verdict
        held.written.add(held.target)
        if held.more:
            return verdict._replace(
                meaning=ResponseClass.NEXT_CONTACT, message=tr("written as {target}", target=held.target)
            )
        del self._held[row.ordinal]
        if len(held.forms) > 1 and self._is_for_all(row):
            written = tr("the team holds the number as {forms}: each one is as requested", forms=", ".join(held.forms))
            return _with_note(verdict._replace(code=EACH_FORM), written)
        if len(held.forms) > 1:
            rest = ", ".join(form for form in held.forms if form != held.target)
            return _with_note(
                verdict,
                tr(
                    "written as {target}; the team also holds {rest}, which was left as it is",
                    target=held.target,
                    rest=rest,
                ),
            )
        return (
            verdict
            if held.target == row.contact
            else _with_note(verdict, tr("written as {target}, the form that the team has", target=held.target))
        )

    def _forms(self, row: PendingRow) -> tuple[str, ...]:
        """The forms of the row's number that are looked up before its write; none where it has only one."""
        if not row.contact.startswith(FORM_CODES):  # most numbers have one form, and this is asked several times a row
            return ()
        forms = self.ref.forms(row) if self.session.guards.preflight else ()
        return forms if len(forms) > 1 else ()

    def _is_for_all(self, row: PendingRow) -> bool:
        return stops_every_contact(row.change, self.session.guard_policy.protected_statuses)

    def _first_to_write(self, row: PendingRow, contacts: Sequence[Contact]) -> list[Contact]:
        """`contacts`, the one to write first: the row's own form, but of a change for all contacts one that is not as
        asked."""
        before = self._held.get(row.ordinal)
        written = before.written if before is not None else set[str]()
        missing = [seen for seen in contacts if not matches(seen, row.change) and seen.phone_number not in written]
        first = missing[0] if missing and self._is_for_all(row) else contacts[0]
        target = first.phone_number or row.contact
        more = self._is_for_all(row) and any(seen.phone_number != target for seen in missing)
        forms = tuple(dict.fromkeys(seen.phone_number for seen in contacts if seen.phone_number))
        self._held[row.ordinal] = _Held(forms, target, more, written)
        return [first, *(seen for seen in contacts if seen is not first)]

    async def _check_id(self, row: PendingRow, read: ContactRead) -> ContactRead:
        """`read`, which holds the row back where another row gives the id that it found."""
        if not self.ref.needs_lookup(row) or read.seen is None or read.outcome is not None:
            return read
        contact_id = self.ref.key(row._replace(seen=read.seen))
        number = await self.session.writer.with_writer_lock(partial(self.session.row_with_id, self.account, contact_id))
        if number is None:
            return read
        message = tr("row {number} gives the id of this contact", number=number)
        return read._replace(outcome=Outcome.HELD, code="named_twice", message=message)


def _with_note(verdict: Verdict, note: str) -> Verdict:
    return verdict._replace(message=f"{verdict.message}; {note}" if verdict.message else note)
