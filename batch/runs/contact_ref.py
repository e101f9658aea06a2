"""How the rows of a run name their contacts, as the API's calls do: by phone number or by id. Pure.

Owns: the id that is written, the number by which a contact is read and in which of its forms, and which rows need a
read first.
Source: no page documents GET /contacts/{id}. A contact is read by its number; one that is known by its id alone can be
read only where the team's list showed its number.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch.guayaba.number_forms import siblings
from batch.journal.entries import PendingRow
from batch.text.language import tr


@dataclass(frozen=True, slots=True)
class ContactRef:
    """How the rows of a run name their contacts; `by_id`: the run's call takes ids."""

    by_id: bool

    def needs_lookup(self, row: PendingRow) -> bool:
        """True where the call takes an id and the row gives a number."""
        return self.by_id and row.contact.startswith("+")

    def id(self, row: PendingRow) -> str | None:
        """The contact's id in lower case, where the row or an earlier read gives it."""
        if not self.by_id:
            return None
        if not self.needs_lookup(row):
            return row.contact
        return None if row.seen is None or row.seen.id is None else row.seen.id.lower()

    def key(self, row: PendingRow) -> str:
        """What the call names the contact by: the number, in the team's form, or the id. Raises ValueError where the id
        is not known."""
        if not self.by_id:
            return self.form(row)
        contact_id = self.id(row)
        if contact_id is None:
            raise ValueError(
                tr("row {ordinal} was not read, and the id of its contact is not known", ordinal=row.ordinal)
            )
        return contact_id

    def phone(self, row: PendingRow) -> str | None:
        """The number by which the contact is read: from the last read of it, else from the row."""
        if not self.by_id or self.needs_lookup(row):
            return self.form(row)
        return (row.seen.phone_number if row.seen is not None else None) or row.phone

    def form(self, row: PendingRow) -> str:
        """The form of the number that `row` gives in which the team holds it, as far as that was read: by this run, or,
        for an undo, by the run that is undone. Else as the row gives it."""
        if row.seen is None and row.phone in (None, row.contact):
            return row.contact
        others = siblings(row.contact)
        seen = None if row.seen is None else row.seen.phone_number
        return next((form for form in (seen, row.phone) if form in others and form is not None), row.contact)

    def forms(self, row: PendingRow) -> tuple[str, ...]:
        """The number that `row` gives, in each form in which the team may hold it; none where the contact's id is
        known."""
        if self.id(row) is not None:
            return ()
        return (row.contact, *siblings(row.contact))
