"""What an answer shows: contacts, rows of a list, how many there are, and words, in whatever envelope they come. Pure.

Owns: reading JSON as tolerantly as is safe. A field of another shape than documented is as good as not shown, and costs
nothing but itself; a number that cannot be compared with E.164 is not shown either: it could be taken for
another contact's.
Source: the API's pages differ in the name of a phone number, in envelopes, in the names of counts and in what they
leave out (API notes, inconsistencies D, F, G, H, I, K); so one page may well be built as another is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from batch.guayaba.contact import CampaignRef, Contact

_BOM: Final = b"\xef\xbb\xbf"  # RFC 8259 section 8.1: a reader may pass over it
_PUNCTUATION: Final = str.maketrans("", "", " -().\u00a0")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
#: All digits of a number, with its country: a national number is shorter, or begins with 0.
_WITHOUT_PLUS: Final = re.compile(r"[1-9][0-9]{10,14}")
_ENVELOPES: Final = ("data", "items", "results")
_COUNTS: Final = ("pagination", "meta")


class Rows(NamedTuple):
    """One page of a list. `total` rows are in the list and `pages` pages, `limit` of them at most on each; `None` where
    the answer does not say."""

    rows: list[object]
    total: int | None = None
    limit: int | None = None
    pages: int | None = None


class Contacts(NamedTuple):
    """One page of contacts, with `total` and `limit` as in `Rows`."""

    contacts: tuple[Contact, ...]
    total: int | None
    limit: int | None

    @property
    def whole(self) -> bool:
        """True where a contact that is not on this page is not in the list."""
        if any(contact.phone_number is None for contact in self.contacts):
            return False
        return self.total <= len(self.contacts) if self.total is not None else not self.contacts


def decode_json(body: bytes | msgspec.Raw) -> object:
    """The value of `body`, `None` where it is no JSON: whatever a server sends, nothing is raised."""
    try:
        return msgspec.json.decode(bytes(body).removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def find_rows(body: bytes, name: str) -> Rows | None:
    """The list in `body`: bare, or in an envelope under `name` or a usual word; `None` where there is none."""
    found: object = decode_json(body)
    counts: dict[str, object] = {}
    for _ in range(3):  # an envelope may be in another
        if isinstance(found, list):
            return Rows(
                found,
                _count(counts, "total", "totalCount", "totalItems"),
                _count(counts, "limit", "perPage", "pageSize"),
                _count(counts, "totalPages", "pages"),
            )
        if not isinstance(found, dict):
            return None
        for inner in (found, *(found.get(key) for key in _COUNTS)):
            counts |= inner if isinstance(inner, dict) else {}
        found = next((found[key] for key in (name, *_ENVELOPES) if found.get(key) is not None), None)
    return None


def parse_contacts(body: bytes) -> Contacts | None:
    """The page of contacts in `body`; `None` where there is none."""
    found = find_rows(body, "contacts")
    return None if found is None else Contacts(tuple(map(parse_contact, found.rows)), found.total, found.limit)


#: The names that a contact's id has.
ID_NAMES: Final = ("id", "contactId", "_id")


def parse_contact(shown: object) -> Contact:
    """The contact that `shown` is, with its number in E.164; nothing of it where it is no object."""
    if not isinstance(shown, dict):
        return Contact()
    variables = shown.get("customVariables", shown.get("custom_variables"))
    return Contact(
        id=_text(shown, *ID_NAMES),
        phone_number=_e164(_text(shown, "phoneNumber", "phone", "phone_number")),
        name=_text(shown, "name"),
        timezone=_text(shown, "timezone"),
        status=_text(shown, "status"),
        campaign_id=_text(shown, "campaignId", "campaign_id"),
        campaigns=_campaigns(shown.get("campaigns")),
        custom_variables=variables if isinstance(variables, dict) else {} if variables == [] else None,
        created_at=_text(shown, "createdAt", "created_at"),
        updated_at=_text(shown, "updatedAt", "updated_at"),
        fulfilled_at=_text(shown, "fulfilledAt", "fulfilled_at"),
        re_added_at=_text(shown, "reAddedAt", "re_added_at"),
    )


def parse_flag(value: object) -> bool | None:
    """`value` as yes or no; `None` where it is neither."""
    text = str(value).lower() if isinstance(value, int | str) else ""
    return {"true": True, "1": True, "false": False, "0": False}.get(text)


def error_text(value: object, depth: int = 3) -> str:
    """What `value` says to a person: a text, the texts of a list, or the text in an object, down to `depth`; empty
    where there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth:
        return "; ".join(text for one in value[:5] if (text := error_text(one, depth - 1)))
    if isinstance(value, dict) and depth:
        found = (error_text(value.get(name), depth - 1) for name in ("message", "detail", "title", "code"))
        return next(filter(None, found), "")
    return ""


def _text(shown: Mapping[str, object], *names: str) -> str | None:
    """The first of the fields `names` that is there, as text; a number is one, too."""
    for name in names:
        value = shown.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _count(counts: Mapping[str, object], *names: str) -> int | None:
    text = _text(counts, *names)
    return int(text) if text is not None and re.fullmatch("[0-9]{1,15}", text) else None


def _e164(text: str | None) -> str | None:
    if text is None or _E164.fullmatch(text):
        return text
    plain = text.translate(_PUNCTUATION)
    if _WITHOUT_PLUS.fullmatch(plain):
        return f"+{plain}"
    return plain if _E164.fullmatch(plain) else None


def _campaigns(shown: object) -> tuple[CampaignRef, ...] | None:
    """The campaigns of a contact: objects, or ids alone; `None` where any of them cannot be read."""
    if not isinstance(shown, list):
        return None
    found = [
        CampaignRef(one) if isinstance(one, str) else CampaignRef(_text(one, "id") or "", _text(one, "name") or "")
        for one in shown
        if isinstance(one, str | dict)
    ]
    return tuple(found) if len(found) == len(shown) and all(one.id for one in found) else None
