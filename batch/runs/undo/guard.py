"""What a first look means to a row that puts a contact back: as it is now, beside what the run left and what it was.

Owns: which contacts are put back, which are so already, and which are left alone. Pure.

Whoever changed a contact after the run had a reason that the run cannot know, so only what is still as the run left it
is put back. And whoever is stopped now is not called again by an undo, as by no other run.
"""

from __future__ import annotations

from collections.abc import Sequence

from batch.dispatcher.guards import GuardPolicy
from batch.guayaba.contact import Contact, differences, matches
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.requests import starts_outreach
from batch.guayaba.statuses import is_stopped, same_status
from batch.model import ContactChange, Outcome


def check_before_undo(
    exchange: Exchange,
    found: Sequence[Contact] | None,
    whole: bool,
    ask: ContactChange,
    left: ContactChange,
    caution: GuardPolicy,
) -> ContactRead:
    """What reading a contact says to the row that asks it to be `ask` again, if it still is what the run `left`.

    `found` are the contacts that it can be (`None`: the answer could not be read); `whole`: all matches were shown.
    """
    if found is None or (not found and not whole):
        return ContactRead(
            ReadResult.UNREADABLE, exchange, message=exchange.detail or f"reading the contact: HTTP {exchange.status}"
        )
    if not found:
        message = "the API does not list it any more; no write was made"
        return ContactRead(
            ReadResult.ABSENT, exchange, outcome=Outcome.NOT_FOUND, code="contact_not_found", message=message
        )
    seen = found[0]
    if all(matches(contact, ask) for contact in found):
        message = "it is as it was before the run; no write was made"
        return ContactRead(ReadResult.AS_ASKED, exchange, seen.id, seen, Outcome.UNCHANGED, "already_so", message)
    changed = next((contact for contact in found if not matches(contact, left)), None)
    if changed is not None:
        told = "; ".join(difference.text for difference in differences(changed, left))
        message = f"{told} as the run left it; no write was made"
        return ContactRead(ReadResult.OTHERWISE, exchange, changed.id, changed, Outcome.HELD, "changed_since", message)
    if caution.guarded and (held := _keep_back(found, ask, caution)) is not None:
        if held.status is None:
            return ContactRead(
                ReadResult.UNREADABLE, exchange, held.id, held, message="the API does not show its status"
            )
        message = f"the contact is {held.status} now; no write was made"
        return ContactRead(ReadResult.STOPPED, exchange, held.id, held, Outcome.HELD, "stays_stopped", message)
    return ContactRead(ReadResult.OTHERWISE, exchange, seen.id, seen)


def _keep_back(found: Sequence[Contact], ask: ContactChange, caution: GuardPolicy) -> Contact | None:
    """Whoever is stopped now and would be called again, and whoever is DNC and would be anything else, one step on the
    way to that; or a contact whose status is not shown."""
    if starts_outreach(ask, caution.terminal):
        stopped = caution.stopped
    elif ask.status is not None and not same_status(ask.status, "DNC"):
        stopped = frozenset({"DNC"})
    else:
        return None
    return next((contact for contact in found if contact.status is None or is_stopped(contact.status, stopped)), None)
