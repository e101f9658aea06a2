"""A contact as the API shows it, compared with the change that a row makes to it. Pure.

Owns: the shape of a contact; whether it already has the requested fields, and how it differs from them; the merge of
custom variables.
Source: the API's page /contacts/{id}: `customVariables` replaces the whole object, so a client that keeps variables
reads them, merges, and sends all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from batch.guayaba.statuses import same_status
from batch.guayaba.timezones import same_timezone
from batch.model import ContactChange
from batch.text.language import tr, tr_noop


class CampaignRef(msgspec.Struct, frozen=True):
    """A campaign as a listed contact names it."""

    id: str
    name: str = ""


class Contact(msgspec.Struct, frozen=True, rename="camel"):
    """A contact as the API showed it, in a list (`campaigns`) or in a response (`campaignId`). A field that the page
    did not show is `None`."""

    id: str | None = None
    phone_number: str | None = None
    name: str | None = None
    timezone: str | None = None
    status: str | None = None
    campaign_id: str | None = None
    campaigns: tuple[CampaignRef, ...] | None = None
    custom_variables: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    fulfilled_at: str | None = None
    re_added_at: str | None = None

    @property
    def campaign_ids(self) -> frozenset[str]:
        """The ids of its campaigns, in lower case."""
        listed = frozenset(campaign.id.lower() for campaign in self.campaigns or ())
        return listed | ({self.campaign_id.lower()} if self.campaign_id else frozenset())


def is_comparable(seen: Contact, change: ContactChange) -> bool:
    """True where `seen` shows every field that `change` sets: a field that is not shown is no difference. (A contact
    without a name shows `null`.)"""
    return not (
        (change.status is not None and seen.status is None)
        or (change.phone_number is not None and seen.phone_number is None)
        or (change.timezone is not None and seen.timezone is None)
        or (change.campaign_id is not None and seen.campaigns is None and seen.campaign_id is None)
        or (bool(change.variables) and seen.custom_variables is None)
    )


def matches(seen: Contact, change: ContactChange) -> bool:
    """True where `seen` already has every field as `change` sets it; other fields do not matter."""
    plain_fields = (
        (change.name, seen.name),
        (change.phone_number, seen.phone_number),
    )
    if any(wanted is not None and wanted != shown for wanted, shown in plain_fields):
        return False
    if change.timezone is not None and not same_timezone(change.timezone, seen.timezone):
        return False
    if change.status is not None and not same_status(change.status, seen.status):
        return False
    if change.campaign_id is not None and change.campaign_id.lower() not in seen.campaign_ids:
        return False
    return variables_match(change, seen.custom_variables)


def is_unchanged(contacts: Sequence[Contact], change: ContactChange) -> bool:
    """True where no write is needed: it is proved that the contact has every field as `change` sets it.

    `contacts` are all contacts that the row can mean. An unneeded write costs two seconds, a missing one may be a call
    to a person who asked not to be called, so every doubt means a write: two contacts of one number (no page says which
    of them a write reaches), several campaigns (a write may end the others), a status in other capitals.
    """
    if len(contacts) != 1:
        return False
    (seen,) = contacts
    if change.campaign_id is not None and seen.campaigns is not None and len(seen.campaigns) != 1:
        return False
    if change.status is not None and seen.status != change.status:
        return False
    return matches(seen, change)


def needs_merge(change: ContactChange) -> bool:
    """True where the contact's variables must be known before `change` is sent: those that it does not set are kept."""
    return bool(change.variables) and not change.replace_variables


def merged_variables(change: ContactChange, current: Mapping[str, object] | None) -> dict[str, object]:
    """All variables to send: those that `change` sets, as text, and, unless it replaces all, the `current` others as
    they are. Empty where it sets none. Raises ValueError where `current` is needed and is `None`."""
    if needs_merge(change):
        if current is None:
            raise ValueError(tr("custom variables are merged into the current ones, and these are not known"))
        return {**current, **change.variables}
    return dict(change.variables)


def variables_match(change: ContactChange, current: Mapping[str, object] | None) -> bool:
    """True where the `current` variables are as `change` sets them; always true where it sets none."""
    return not change.variables or (current is not None and dict(current) == merged_variables(change, current))


class FieldDifference(NamedTuple):
    """One field that is not as requested. `kind` is for counts and holds nothing personal; `text` is for a report."""

    kind: str
    text: str


def differences(seen: Contact, change: ContactChange) -> list[FieldDifference]:
    """Every field of `seen` that is not as `change` sets it, the status first; empty where all are."""
    found = []
    if change.status is not None and not same_status(change.status, seen.status):
        text = tr("status is {status}, not {status_2}", status=_display(seen.status), status_2=change.status)
        found.append(FieldDifference(f"status is {_display(seen.status)}, not {change.status}", text))
    if change.campaign_id is not None and not matches(seen, ContactChange(campaign_id=change.campaign_id)):
        text = tr("campaign is {seen}, not {campaign_id}", seen=_campaign_text(seen), campaign_id=change.campaign_id)
        found.append(FieldDifference(tr_noop("another campaign"), text))
    for field, wanted, shown in (
        (tr_noop("name"), change.name, seen.name),
        (tr_noop("phone number"), change.phone_number, seen.phone_number),
        (tr_noop("timezone"), change.timezone, seen.timezone),
    ):
        is_same = field == "timezone" and wanted is not None and same_timezone(wanted, shown)
        if wanted is not None and wanted != shown and not is_same:
            found.append(
                FieldDifference(
                    f"another {field}",
                    tr("{field} is {shown}, not {wanted}", field=tr(field), shown=_display(shown), wanted=wanted),
                )
            )
    if not variables_match(change, seen.custom_variables):
        found.append(
            FieldDifference(
                tr_noop("other custom variables"), tr("custom variables: {seen}", seen=_variables_text(seen, change))
            )
        )
    return found


def _display(value: str | None) -> str:
    return tr("not shown") if value is None else value or tr("empty")


def _campaign_text(seen: Contact) -> str:
    listed = [campaign.name or campaign.id for campaign in seen.campaigns or ()]
    return ", ".join(listed) or seen.campaign_id or tr("none")


def _variables_text(seen: Contact, change: ContactChange) -> str:
    """The names of the variables that differ."""
    current = seen.custom_variables or {}
    other = [name for name, value in change.variables.items() if current.get(name) != value]
    extra = [name for name in current if name not in change.variables] if change.replace_variables else []
    return "; ".join(
        [
            *(tr("{name} is not as requested", name=name) for name in sorted(other)),
            *(tr("{name} is there, too", name=name) for name in sorted(extra)),
        ]
    )
