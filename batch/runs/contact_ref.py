"""Whom a row is about, as the API's calls name a contact: by number, or by id. Pure.

Owns: the id that is written, the number by which a contact is read, and which rows have neither until they are read.
Source: no page documents GET /contacts/{id}: a contact is read by its number, and one that is known by its id alone
only where the team's list showed its number.
"""

from __future__ import annotations

from dataclasses import dataclass

from batch.journal.entries import PendingRow


@dataclass(frozen=True, slots=True)
class ContactRef:
    """How the rows of a run name their contacts; `by_id`: its call takes ids."""

    by_id: bool

    def unresolved(self, row: PendingRow) -> bool:
        """True where the call takes an id and the row gives a number."""
        return self.by_id and row.contact.startswith("+")

    def known_id(self, row: PendingRow) -> str | None:
        """The contact's id in lower case, where the row or what was read of it says so."""
        if not self.by_id:
            return None
        if not self.unresolved(row):
            return row.contact
        return None if row.seen is None or row.seen.id is None else row.seen.id.lower()

    def named(self, row: PendingRow) -> str:
        """What the call is told: the number, or the id. Raises ValueError where that is not known yet."""
        if not self.by_id:
            return row.contact
        found = self.known_id(row)
        if found is None:
            raise ValueError(f"row {row.ordinal} has not been read, and its contact's id is not known")
        return found

    def number(self, row: PendingRow) -> str | None:
        """The number by which the contact is read: what it was when it was read last, else what the row says."""
        if not self.by_id or self.unresolved(row):
            return row.contact
        return (row.seen.phone_number if row.seen is not None else None) or row.phone
