"""What the sandbox's team holds when it starts.

Owns: reading seed files (JSON, NDJSON, CSV) into contacts, campaigns and statuses. Does not own: the team of an
unseeded sandbox (`defaults`).
Flow: file -> API-shaped entries -> checked contacts -> store; what is in the store already stays as it is.
JSON: `{"contacts": […], "campaigns": […], "statuses": […]}` or a list of contacts, with the field names of the
API; a contact may say `deleted: true`, a campaign `steps: [{kind, minutes}]` and `appointmentScheduling`, a
status needs only `name`. Campaigns in a seed take the place of the default ones, statuses join the nine.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batch.sandbox import checks, defaults, outreach
from batch.sandbox.errors import Refusal, SandboxError, invalid
from batch.sandbox.model import ACTION_KINDS, Campaign, Contact, Status, Step, stamp
from batch.sandbox.store import Store

Entry = Mapping[str, Any]

_COLUMNS = {
    "phoneNumber": (
        "phone phonenumber phone1 mobile mobilephone mobilenumber cell cellphone cellnumber homephone workphone "
        "businessphone telephone telephonenumber tel e164 number telefono celular movil numero numerodetelefono"
    ),
    "name": "name fullname contactname nombre",
    "status": "status estado",
    "campaignId": "campaign campaignid campana campanaid",
    "timezone": "timezone tz",
    "id": "id contactid",
}
_FIELD_BY_COLUMN = {column: api for api, columns in _COLUMNS.items() for column in columns.split()}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What seeding did: contacts added, and why each unusable entry was skipped."""

    added: int
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seed:
    contacts: list[Any]
    campaigns: list[Any] = field(default_factory=list)
    statuses: list[Any] = field(default_factory=list)


def load(store: Store, path: str | None, now: float) -> Loaded:
    """Fill the store from the file at `path`, or with the default team; `now` is Unix seconds.

    Raises SandboxError if the file cannot be read, is empty, or holds no usable contact, campaign or status.
    """
    store.add_statuses(defaults.statuses())
    if path is None:
        store.add_campaigns(defaults.CAMPAIGNS)
        return Loaded(_add(store, defaults.sample_contacts(stamp(now)), now))
    seed = _read(path)
    skipped: list[str] = []
    with store.transaction():
        for place, entry in enumerate(seed.statuses):
            with _Skipping(skipped, f"status {place + 1}"):
                store.add_statuses([_status(entry, 100 + place)])
        for place, entry in enumerate(seed.campaigns):
            with _Skipping(skipped, f"campaign {place + 1}"):
                store.add_campaigns([_campaign(entry)])
        if not store.campaigns():
            store.add_campaigns(defaults.CAMPAIGNS)
    contacts: list[Contact] = []
    reader = _Reader(
        {campaign.id for campaign in store.campaigns()},
        {status.name for status in store.statuses()},
        store.campaigns()[0].id,
        stamp(now),
    )
    for place, entry in enumerate(seed.contacts):
        with _Skipping(skipped, f"contact {place + 1}"):
            contacts.append(reader.contact(entry))
    if not contacts and not seed.campaigns and not seed.statuses:
        why = skipped[0] if skipped else "it has no rows"
        raise SandboxError(f"--seed {path} holds no usable contact ({why}). It needs a column or field phoneNumber.")
    return Loaded(_add(store, contacts, now), skipped)


def tidy(number: str) -> str:
    """An E.164-shaped guess at a spreadsheet's number: 10 digits are American, `00` and `011` mean `+`."""
    number = unicodedata.normalize("NFKC", number).strip()
    international = number.startswith("+")
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:x|ext)", number)[0])
    for prefix in ("011", "00"):
        if not international and digits.startswith(prefix):
            return f"+{digits.removeprefix(prefix)}"
    if len(digits) == len("2125550100") and not international:
        return f"+1{digits}"
    return f"+{digits}"


@dataclass(frozen=True, slots=True)
class _Skipping:
    """A block whose Refusal becomes one line of `skipped`."""

    skipped: list[str]
    what: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Refusal):
            self.skipped.append(f"{self.what}: {error.body['message']}")
        return isinstance(error, Refusal)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Entries -> contacts of a team with these campaigns and statuses."""

    campaign_ids: set[str]
    status_names: set[str]
    campaign_id: str
    now: str

    def contact(self, entry: Any) -> Contact:
        if not isinstance(entry, dict):
            raise invalid("not an object")
        phone = checks.phone(entry, "phoneNumber")
        status = entry.get("status") or "active"
        campaign_id = self._campaign_id(entry)
        if status not in self.status_names:
            raise invalid(f"there is no status {status!r}")
        if campaign_id not in self.campaign_ids:
            raise invalid(f"there is no campaign {campaign_id!r}")
        name = entry.get("name")
        return Contact(
            id=checks.uuid(entry["id"], "id") if entry.get("id") else defaults.contact_id(phone),
            phone=phone,
            name=None if name is None else checks.name(name),
            timezone=checks.timezone(entry.get("timezone") or defaults.timezone_of(phone)),
            status=status,
            campaign_id=campaign_id,
            variables=checks.variables(entry.get("customVariables") or {}),
            created_at=self._time(entry, "createdAt") or self.now,
            updated_at=self.now,
            fulfilled_at=self._time(entry, "fulfilledAt") or (self.now if status == "fulfilled" else None),
            re_added_at=self._time(entry, "reAddedAt"),
            deleted_at=self.now if entry.get("deleted") else None,
        )

    def _campaign_id(self, entry: Entry) -> str:
        if campaign_id := entry.get("campaignId"):
            return checks.uuid(campaign_id, "campaignId")
        listed = entry.get("campaigns")  # a contact as GET /contacts shows it
        if isinstance(listed, list) and listed and isinstance(listed[0], dict):
            return checks.uuid(listed[0].get("id"), "campaigns[0].id")
        return self.campaign_id

    def _time(self, entry: Entry, name: str) -> str | None:
        value = entry.get(name)
        return None if value is None else checks.time(value, name)


def _add(store: Store, contacts: list[Contact], now: float) -> int:
    """Add the new ones and schedule the outreach of those that are active; how many were new."""
    campaigns = {campaign.id: campaign for campaign in store.campaigns()}
    with store.transaction():
        known = {row[0] for row in store.rows("SELECT id FROM contacts")}
        added = store.add_contacts(contacts)
        fresh = {row[0] for row in store.rows("SELECT id FROM contacts")} - known
        for contact in contacts:
            if contact.id in fresh and contact.status == "active" and not contact.deleted_at:
                fresh.discard(contact.id)
                store.schedule(outreach.plan(contact, campaigns[contact.campaign_id], ACTION_KINDS, now))
    return added


def _read(path: str) -> _Seed:
    try:
        if Path(path).read_bytes()[:2] in (b"PK", b"\xd0\xcf"):
            raise SandboxError(f"--seed {path} is a workbook, and only text is read. Save it as CSV (UTF-8).")
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise SandboxError(
            f"--seed {path} cannot be read ({error}). Name a JSON, NDJSON or CSV file in UTF-8."
        ) from None
    if not text.strip():
        raise SandboxError(f"--seed {path} is empty. Name a JSON, NDJSON or CSV file with contacts.")
    if text.lstrip()[0] not in "[{":
        return _Seed(list(_csv_entries(path, text)))
    try:
        return _json_seed(text)
    except (ValueError, RecursionError) as error:
        raise SandboxError(f"--seed {path} is neither JSON nor one JSON contact a line ({error}).") from None


def _json_seed(text: str) -> _Seed:
    try:
        value = json.loads(text)
    except ValueError:
        return _Seed([json.loads(line) for line in text.splitlines() if line.strip()])
    if isinstance(value, list):
        return _Seed(value)
    if "phoneNumber" in value:
        return _Seed([value])
    parts = [value.get(part, []) for part in ("contacts", "campaigns", "statuses")]
    if not any(parts) or not all(isinstance(part, list) for part in parts):
        raise ValueError("found none of the lists contacts, campaigns, statuses")
    return _Seed(*parts)


def _csv_entries(path: str, text: str) -> Iterator[Entry]:
    """One entry per line, by the first known column name for each field."""
    head = text.splitlines()[0]
    delimiter = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    fields = [_FIELD_BY_COLUMN.get(_plain(column)) for column in next(lines)]
    if "phoneNumber" not in fields:
        names = "phone, mobile, cell, tel, telefono or celular"
        raise SandboxError(f"--seed {path} has no phone column (found: {head}). Call that column {names}.")
    for line in lines:
        if not any(line):
            continue
        entry: dict[str, Any] = {}
        for name, cell in zip(fields, line, strict=False):
            if name and cell.strip():
                entry.setdefault(name, tidy(cell) if name == "phoneNumber" else cell.strip())
        yield entry


def _plain(column: str) -> str:
    """A column name without case, accents, spaces and punctuation."""
    bare = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", bare.lower())


def _campaign(entry: Any) -> Campaign:
    if not isinstance(entry, dict):
        raise invalid("not an object")
    status = entry.get("status", "active")
    if status not in ("active", "paused"):
        raise invalid(f"status is {status!r}, not active or paused")
    steps = entry.get("steps")
    return Campaign(
        id=checks.uuid(entry.get("id"), "id"),
        name=checks.text(entry.get("name"), "name"),
        status=status,
        steps=defaults.STEPS if steps is None else tuple(_step(step) for step in steps),
        needs_email=bool(entry.get("appointmentScheduling")),
    )


def _step(entry: Any) -> Step:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    minutes = entry.get("minutes") if isinstance(entry, dict) else None
    if kind not in ACTION_KINDS or not isinstance(minutes, int | float) or not 0 <= minutes <= 525_600:
        raise invalid(f"a step is {{kind: {'|'.join(ACTION_KINDS)}, minutes: 0 to 525600}}, found {entry!r}")
    return Step(kind, minutes)


def _status(entry: Any, order: int) -> Status:
    if not isinstance(entry, dict):
        raise invalid("not an object")
    name = checks.text(entry.get("name"), "name")
    return Status(
        id=checks.uuid(entry["id"], "id") if "id" in entry else defaults.status_id(name),
        name=name,
        label=checks.text(entry.get("label", name), "label"),
        color=checks.text(entry.get("color", "#64748B"), "color"),
        is_terminal=bool(entry.get("isTerminal", False)),
        is_system=False,
        display_order=int(entry.get("displayOrder", order)),
        description=entry.get("description"),
        exclude_from_stats=bool(entry.get("excludeFromStats", False)),
    )
