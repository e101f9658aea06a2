"""The four writes of the API, each one transaction: contact before -> contact after, with every effect logged.

Owns: what a write changes and what it finds missing. Does not own: the shape of bodies (`checks`), the rules of
outreach (`outreach`), the JSON of the answer (`shapes`).
Source: /contacts/fulfill, /contacts/update, /contacts/update-by-id, /contacts/create, /splitters/send-contact.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from batch.sandbox import checks, outreach
from batch.sandbox.defaults import timezone_of
from batch.sandbox.errors import invalid, missing
from batch.sandbox.ledger import Ledger
from batch.sandbox.model import Campaign, Contact, Effect, Pending, stamp
from batch.sandbox.store import Store

Body = Mapping[str, Any]
PUT_FIELDS = ("name", "phoneNumber", "timezone", "status", "campaignId", "customVariables")


@dataclass(frozen=True, slots=True)
class Writer:
    """One request's hand on the store; `at` is Unix seconds, and every stamp and log entry carries it."""

    store: Store
    ledger: Ledger
    request_id: int
    at: float

    def fulfill(self, body: Body) -> Contact:
        """The contact after POST /contacts/fulfill; a second call succeeds and sets `fulfilledAt` anew."""
        phone = checks.phone(body, "phone")
        with self.store.transaction():
            before = self._known(self.store.contact_by_phone(phone))
            after = self._with_status(before, "fulfilled")
            return self._commit("fulfill", before, after, outreach.CANCEL_ALL, status_sent=True)

    def update(self, body: Body) -> Contact:
        """The contact after POST /contacts/update: status, campaign, or both."""
        phone = checks.phone(body, "phone")
        if "status" not in body and "campaignId" not in body:
            raise invalid("At least one of status or campaignId must be provided")
        fields = self._fields(body, ("status", "campaignId"))
        with self.store.transaction():
            before = self._known(self.store.contact_by_phone(phone))
            after = self._applied(before, fields)
            sent = "status" in fields
            change = outreach.of_update(before, after, terminal=self._terminal(after), status_sent=sent)
            return self._commit("update", before, after, change, status_sent=sent)

    def put(self, contact_id: str, body: Body) -> Contact:
        """The contact after PUT /contacts/{id}: partial, but customVariables are replaced as a whole."""
        contact_id = checks.uuid(contact_id, "id")
        fields = self._fields(body, PUT_FIELDS)
        if not fields:
            raise invalid("At least one field must be provided")
        with self.store.transaction():
            before = self._known(self.store.contact_by_id(contact_id))
            after = self._applied(before, fields)
            holder = self.store.contact_by_phone(after.phone)
            if holder is not None and holder.id != before.id:
                raise invalid("Phone number already exists")
            sent = "status" in fields
            change = outreach.of_put(before, after, terminal=self._terminal(after), status_sent=sent)
            return self._commit("update-by-id", before, after, change, status_sent=sent)

    def create(self, body: Body) -> Contact:
        """The contact after POST /contacts: created and enrolled, or updated if its number is known.

        A deleted contact, and one with a terminal status, becomes `active` again and gets `reAddedAt`; the
        page says so of deleted ones only (our inference for the terminal ones). Fields that are not sent keep
        their values.
        """
        phone = checks.phone(body, "phoneNumber")
        by_splitter = "campaignId" not in body
        if by_splitter and "splitterId" not in body:
            raise invalid("campaignId or splitterId is required")
        wanted = ("name", "timezone", "customVariables") + (() if by_splitter else ("campaignId",))
        fields = self._fields(body, wanted, strings_only=by_splitter)
        if by_splitter:
            fields["campaignId"] = self._split(checks.uuid(body["splitterId"], "splitterId"), phone)
        with self.store.transaction():
            before = self.store.contact_by_phone(phone)
            after = self._applied(before or self._new(phone), fields)
            if before and (before.deleted_at or self._terminal(before)):
                now = stamp(self.at)
                after = replace(after, status="active", fulfilled_at=None, deleted_at=None, re_added_at=now)
            if self._campaign(after).needs_email and not after.variables.get("email"):
                raise invalid("customVariables.email is required for this campaign")
            change = outreach.of_create(before, after)
            status_sent = before is None or before.status != after.status
            return self._commit("create", before, after, change, status_sent=status_sent)

    # What was sent, checked

    def _fields(self, body: Body, wanted: tuple[str, ...], *, strings_only: bool = False) -> dict[str, Any]:  # noqa: C901 - one branch for each field
        """The wanted fields that are in the body, checked, by their API names."""
        fields: dict[str, Any] = {}
        for field in wanted:
            if field not in body:
                continue
            value = body[field]
            match field:
                case "name":
                    fields[field] = checks.name(value)
                case "phoneNumber":
                    fields[field] = checks.phone(body, field)
                case "timezone":
                    fields[field] = checks.timezone(value)
                case "status":
                    fields[field] = self._status(value)
                case "campaignId":
                    fields[field] = checks.uuid(value, field)
                case _:
                    fields[field] = checks.variables(value, strings_only=strings_only)
        return fields

    def _status(self, value: object) -> str:
        status = checks.text(value, "status")
        if self.store.is_terminal(status) is None:
            raise invalid(f"Invalid status: {status}")
        return status

    def _split(self, splitter_id: str, phone: str) -> str:
        """The campaign that a splitter picks, by number; every splitter exists, none picks one that needs email."""
        active = [one.id for one in self.store.campaigns() if one.status == "active" and not one.needs_email]
        if not active:
            raise missing("Campaign")
        return active[zlib.crc32(f"{splitter_id}{phone}".encode()) % len(active)]

    # Contact before -> contact after

    def _known(self, contact: Contact | None) -> Contact:
        if contact is None or contact.deleted_at:
            raise missing("Contact")
        return contact

    def _new(self, phone: str) -> Contact:
        now = stamp(self.at)
        return Contact(
            id=str(uuid.uuid4()),
            phone=phone,
            name=None,
            timezone=timezone_of(phone),
            status="active",
            campaign_id="",
            variables={},
            created_at=now,
            updated_at=now,
        )

    def _applied(self, contact: Contact, fields: Mapping[str, Any]) -> Contact:
        if "status" in fields:
            contact = self._with_status(contact, fields["status"])
        after = replace(
            contact,
            name=fields.get("name", contact.name),
            phone=fields.get("phoneNumber", contact.phone),
            timezone=fields.get("timezone", contact.timezone),
            campaign_id=fields.get("campaignId", contact.campaign_id),
            variables=fields.get("customVariables", contact.variables),
            updated_at=stamp(self.at),
        )
        self._campaign(after)
        return after

    def _with_status(self, contact: Contact, status: str) -> Contact:
        """With `fulfilledAt` set by `fulfilled` and cleared by any other status (our inference)."""
        now = stamp(self.at)
        return replace(contact, status=status, updated_at=now, fulfilled_at=now if status == "fulfilled" else None)

    def _campaign(self, contact: Contact) -> Campaign:
        campaign = self.store.campaign(contact.campaign_id)
        if campaign is None:
            raise missing("Campaign")
        return campaign

    def _terminal(self, contact: Contact) -> bool:
        return bool(self.store.is_terminal(contact.status))

    # To the store and the logs

    def _commit(
        self,
        operation: str,
        before: Contact | None,
        after: Contact,
        change: outreach.Change,
        *,
        status_sent: bool,
    ) -> Contact:
        cancelled, scheduled = [], []
        if change.cancels:
            cancelled = [one for one in self.store.pending(after.id) if one.kind in change.cancels]
            self.store.cancel(cancelled)
        if change.schedules:
            scheduled = outreach.plan(after, self._campaign(after), change.schedules, self.at)
            self.store.schedule(scheduled)
        self.store.put_contact(after)
        effects = [
            *_field_effects(before, after, status_sent),
            *(_action_effect("cancelled", one) for one in cancelled),
            *(_action_effect("scheduled", one) for one in scheduled),
        ]
        self.ledger.acted(self.request_id, self.at, after, operation, effects)
        return after


def _field_effects(before: Contact | None, after: Contact, status_sent: bool) -> list[Effect]:
    """One effect per written aspect; a status that was sent counts as written even if it is the same."""
    if before is None:
        return [Effect("created", {"status": after.status, "campaignId": after.campaign_id})]
    effects = []
    if before.re_added_at != after.re_added_at:
        effects.append(Effect("re-added", {"was": "deleted" if before.deleted_at else before.status}))
    if status_sent:
        effects.append(Effect("status-changed", {"from": before.status, "to": after.status}))
    if before.campaign_id != after.campaign_id:
        effects.append(Effect("campaign-changed", {"from": before.campaign_id, "to": after.campaign_id}))
    pairs = {
        "name": (before.name, after.name),
        "phoneNumber": (before.phone, after.phone),
        "timezone": (before.timezone, after.timezone),
        "customVariables": (before.variables, after.variables),
    }
    changed = {field: {"from": old, "to": new} for field, (old, new) in pairs.items() if old != new}
    if changed:
        effects.append(Effect("fields-changed", changed))
    return effects


def _action_effect(kind: str, action: Pending) -> Effect:
    """The effect of one action; `dueAt` is an ISO 8601 stamp."""
    return Effect(kind, {"action": action.kind, "campaignId": action.campaign_id, "dueAt": stamp(action.due_at)})
