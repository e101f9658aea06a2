"""What a read before the write means: the contact as it is now, beside what its row is about to set. Pure.

Owns: which rows must be read before they are sent, and which of them are then held back, already done, or no contact.
Source: the API's page /contacts/update ("Re-activating a contact", "Changing campaigns"): nothing there keeps a person
who asked not to be called from being called again, so it is kept here. DNC is the record of that request: another
status, even one that stops outreach, would delete the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batch.dispatcher.actions import ReadRequirement
from batch.guayaba.contact import Contact, is_unchanged, needs_merge
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.requests import lifts_dnc, starts_outreach
from batch.guayaba.statuses import is_dnc, is_stopped
from batch.model import ContactChange, Outcome
from batch.text.language import tr


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """How careful a run is.

    `stopping_statuses` stop outreach in every team, `stopping_in_any_team` in some of them. `guarded`: a contact that
    has one of them is not called again. `skip_unchanged`: a contact that is as asked already is not
    written. `keeps_dnc`: a contact that is DNC gets no other status. `reads_for_dnc`: contacts are read for that.
    """

    stopping_statuses: frozenset[str]
    guarded: bool = True
    skip_unchanged: bool = False
    #: Each contact is read before its write, so that an undo can reverse it.
    keep_before: bool = False
    stopping_in_any_team: frozenset[str] = frozenset()
    keeps_dnc: bool = True
    reads_for_dnc: bool = True

    @property
    def protected_statuses(self) -> frozenset[str]:
        """The statuses of people who are to be left alone: DNC is one of them, whatever the team's list says."""
        return self.stopping_statuses | self.stopping_in_any_team | {"DNC"}


def required_read(change: ContactChange, policy: GuardPolicy, seen: Contact | None = None) -> ReadRequirement:
    """What must be read of a contact before `change` is sent to it; `seen` is what the run read of it earlier.

    A contact that was not as asked then is written: that is never wrong, however old the read is. One that was as asked
    is read again, and so is one that was not seen.
    """
    if _starts_outreach(change, policy) or needs_merge(change) or (policy.reads_for_dnc and _lifts_dnc(change, policy)):
        return ReadRequirement.REQUIRED
    if policy.skip_unchanged and (seen is None or is_unchanged([seen], change)):
        return ReadRequirement.OPTIONAL
    return ReadRequirement.OPTIONAL if policy.keep_before and seen is None else ReadRequirement.NONE


def _starts_outreach(change: ContactChange, policy: GuardPolicy) -> bool:
    return policy.guarded and starts_outreach(change, policy.stopping_statuses)


def _lifts_dnc(change: ContactChange, policy: GuardPolicy) -> bool:
    return policy.keeps_dnc and lifts_dnc(change)


def check_before_write(
    exchange: Exchange,
    contacts: Sequence[Contact] | None,
    whole: bool,
    change: ContactChange,
    policy: GuardPolicy,
    *,
    one: bool = False,
) -> ContactRead:
    """What a read of a contact means for the row that makes `change` to it.

    `contacts` are those that it can be (`None`: the answer could not be read); `whole`: all matches were shown, so
    no contact means that there is none. `one`: it takes the contact's id, so that there must be no two.
    """
    if contacts is None or (not contacts and not whole):
        return ContactRead(ReadResult.UNREADABLE, exchange, message=_reason(exchange))
    if not contacts:
        message = tr("the API does not list it; no write was made")
        return ContactRead(
            ReadResult.ABSENT, exchange, outcome=Outcome.NOT_FOUND, code="contact_not_found", message=message
        )
    seen = contacts[0]
    twins = [each for each in contacts if each.phone_number == seen.phone_number]
    if one and len(twins) > 1:
        message = tr(
            "{count} contacts have this number: {listed}",
            count=len(twins),
            listed=", ".join(str(each.id) for each in twins[:5]),
        )
        return ContactRead(ReadResult.OTHERWISE, exchange, None, None, Outcome.INVALID, "several_contacts", message)
    if one and seen.id is None:
        return ContactRead(ReadResult.UNREADABLE, exchange, message=tr("the API does not show its id"))
    if policy.skip_unchanged and is_unchanged(contacts, change):
        message = tr("already up to date when it was read; no write was made")
        return ContactRead(ReadResult.AS_ASKED, exchange, seen.id, seen, Outcome.UNCHANGED, "already_so", message)
    if needs_merge(change) and seen.custom_variables is None:
        return ContactRead(
            ReadResult.UNREADABLE, exchange, seen.id, seen, message=tr("the API does not show its custom variables")
        )
    found = protected_contacts(contacts, change, policy)
    code = "would_lift_dnc" if found.stopped is None else "would_reactivate"
    held = hold_protected(exchange, found, found.stopped or found.dnc, code)
    return held or ContactRead(ReadResult.OTHERWISE, exchange, seen.id, seen)


class ProtectedContacts(NamedTuple):
    """The first contact whose status is not shown, the first that is stopped and would be called again, and the first
    that would lose its DNC."""

    unknown: Contact | None = None
    stopped: Contact | None = None
    dnc: Contact | None = None


def protected_contacts(contacts: Sequence[Contact], change: ContactChange, policy: GuardPolicy) -> ProtectedContacts:
    """Those of `contacts` to which `change` must not be made, or perhaps not."""
    starts, lifts = _starts_outreach(change, policy), _lifts_dnc(change, policy)
    if not starts and not lifts:
        return ProtectedContacts()
    protected = policy.protected_statuses
    return ProtectedContacts(
        next((contact for contact in contacts if contact.status is None), None),
        next((contact for contact in contacts if starts and is_stopped(contact.status, protected)), None),
        next((contact for contact in contacts if lifts and is_dnc(contact.status)), None),
    )


def hold_protected(exchange: Exchange, found: ProtectedContacts, kept: Contact | None, code: str) -> ContactRead | None:
    """The read that holds the row back, with `code`, because of the contact that is `kept` as it is; `None` where none
    must be."""
    if found.unknown is not None:
        message = tr("the API does not show its status")
        return ContactRead(ReadResult.UNREADABLE, exchange, found.unknown.id, found.unknown, message=message)
    if kept is None:
        return None
    message = tr("the contact is {status} now; no write was made", status=kept.status)
    return ContactRead(ReadResult.STOPPED, exchange, kept.id, kept, Outcome.HELD, code, message)


def _reason(exchange: Exchange) -> str:
    return exchange.detail or tr("reading the contact: HTTP {status}", status=exchange.status)
