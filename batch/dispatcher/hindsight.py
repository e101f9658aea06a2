"""What a first look means to a row that puts a contact back: as it is now, beside what the run left and what it was.

Owns: which contacts are put back, which are so already, and which are left alone. Pure.
Does not own: what a contact was and how that is put back (`reversal/undone.py`), how it is read (`directory/`).

Whoever changed a contact after the run had a reason that the run cannot know, so only what is still as the run left it
is put back. And whoever is stopped now is not called again by an undo, as by no other run.
"""

from __future__ import annotations

from collections.abc import Sequence

from batch.dispatcher.exchange import Exchange, Look, Sight
from batch.dispatcher.foresight import Caution
from batch.model import Ask, Outcome
from batch.operations import ContactSeen, as_asked, same_status, starts_outreach, stops
from batch.operations.differences import differences


def hindsight(
    exchange: Exchange, found: Sequence[ContactSeen] | None, whole: bool, ask: Ask, left: Ask, caution: Caution
) -> Look:
    """What reading a contact says to the row that asks it to be `ask` again, if it still is what the run `left`.

    `found` are the contacts that it can be (`None`: the answer could not be read); `whole`: all matches were shown.
    """
    if found is None or (not found and not whole):
        return Look(
            Sight.UNREADABLE, exchange, message=exchange.detail or f"reading the contact: HTTP {exchange.status}"
        )
    if not found:
        message = "the API does not list it any more; no write was made"
        return Look(Sight.ABSENT, exchange, outcome=Outcome.NOT_FOUND, code="contact_not_found", message=message)
    seen = found[0]
    if all(as_asked(contact, ask) for contact in found):
        message = "it is as it was before the run; no write was made"
        return Look(Sight.AS_ASKED, exchange, seen.id, seen, Outcome.UNCHANGED, "already_so", message)
    changed = next((contact for contact in found if not as_asked(contact, left)), None)
    if changed is not None:
        told = "; ".join(difference.told for difference in differences(changed, left))
        message = f"{told} as the run left it; no write was made"
        return Look(Sight.OTHERWISE, exchange, changed.id, changed, Outcome.INVALID, "changed_since", message)
    if caution.guarded and (held := _held(found, ask, caution)) is not None:
        if held.status is None:
            return Look(Sight.UNREADABLE, exchange, held.id, held, message="the API does not show its status")
        message = f"the contact is {held.status} now; no write was made"
        return Look(Sight.STOPPED, exchange, held.id, held, Outcome.INVALID, "stays_stopped", message)
    return Look(Sight.OTHERWISE, exchange, seen.id, seen)


def _held(found: Sequence[ContactSeen], ask: Ask, caution: Caution) -> ContactSeen | None:
    """Whoever is stopped now and would be called again, and whoever is DNC and would be anything else, one step on the
    way to that; or a contact whose status is not shown."""
    if starts_outreach(ask, caution.terminal):
        stopped = caution.stopped
    elif ask.status is not None and not same_status(ask.status, "DNC"):
        stopped = frozenset({"DNC"})
    else:
        return None
    return next((contact for contact in found if contact.status is None or stops(contact.status, stopped)), None)
