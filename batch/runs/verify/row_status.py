"""The status that `verify` gives to one row. Pure.

Owns: a contact as it was read, or that it was not found -> the row's status and its text.
"""

from __future__ import annotations

from batch.guayaba.contact import Contact, differences
from batch.journal.verified_rows import ExpectedRow, VerifiedRow, VerifyStatus
from batch.text.language import tr


def compared(row: ExpectedRow, seen: Contact) -> VerifiedRow:
    """The status of `row` whose contact was `seen`."""
    found = differences(seen, row.ask)
    return VerifiedRow(
        row.ordinal,
        VerifyStatus.NOT_AS_ASKED if found else VerifyStatus.AS_ASKED,
        "; ".join(difference.kind for difference in found),
        "; ".join(difference.text for difference in found),
        seen.id,
    )


def not_listed(row: ExpectedRow, complete: bool) -> VerifiedRow:
    """The status of a row that no look-up settled and that the list does not show."""
    if not complete:
        message = tr("the list of the team's contacts could not be read whole")
    elif row.by_id:
        return VerifiedRow(
            row.ordinal, VerifyStatus.NOT_FOUND, message=tr("it is not on the list of the team's contacts")
        )
    else:
        message = tr("the API's search by phone is not known to find anybody, and the list does not show this number")
    return VerifiedRow(row.ordinal, VerifyStatus.NOT_READ, message=message)
