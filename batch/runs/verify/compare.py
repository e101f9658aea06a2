"""A contact that was read beside what its row asked for. Pure.

Owns: the status of a row by the contacts that a read showed, and which of them count where the team holds the row's
number in another form, or in two (`guayaba/number_forms.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from batch.guayaba.contact import Contact, differences
from batch.guayaba.number_forms import siblings
from batch.guayaba.requests import stops_every_contact
from batch.journal.verified_rows import ExpectedRow, VerifiedRow, VerifyStatus
from batch.text.language import tr


def searched_forms(row: ExpectedRow) -> tuple[str, ...]:
    """The number of `row` in each form in which the team may hold it. A contact whose id is known, or whose number the
    row sets, has that one number."""
    number = row.number or ""
    return (number,) if row.by_id or row.change.phone_number is not None else (number, *siblings(number))


def listed_names(seen: Contact) -> list[str]:
    """The names by which rows may mean a contact on the list: its number, the other forms of it, and its id."""
    number = seen.phone_number
    names = [seen.id.lower()] if seen.id else []
    return [*names, number, *siblings(number)] if number else names


def counted_contacts(row: ExpectedRow, contacts: Sequence[Contact], stopping: Collection[str]) -> list[Contact]:
    """Those of `contacts`, the first form's first, that must be as `row` asked: all of them where it only stops
    outreach, else those of the first form that there is."""
    if stops_every_contact(row.change, stopping):
        return list(contacts)
    return [seen for seen in contacts if seen.phone_number == contacts[0].phone_number]


def compare(row: ExpectedRow, seen: Contact) -> VerifiedRow:
    """The status of `row` whose contact was `seen`."""
    found = differences(seen, row.change)
    text = "; ".join(difference.text for difference in found)
    if found and seen.phone_number in siblings(row.number or ""):
        text = f"{seen.phone_number}: {text}"
    return VerifiedRow(
        row.ordinal,
        VerifyStatus.NOT_AS_ASKED if found else VerifyStatus.AS_ASKED,
        "; ".join(difference.kind for difference in found),
        text,
        seen.id,
    )


def not_listed(row: ExpectedRow, complete: bool) -> VerifiedRow:
    """The status of a row that no look-up settled and that the list does not show."""
    if not complete:
        message = tr("the list of the team's contacts could not be read completely")
    elif row.by_id:
        return VerifiedRow(
            row.ordinal, VerifyStatus.NOT_FOUND, message=tr("it is not on the list of the team's contacts")
        )
    else:
        message = tr("the list does not show this number, and it is not known if the search of the API works")
    return VerifiedRow(row.ordinal, VerifyStatus.NOT_READ, message=message)
