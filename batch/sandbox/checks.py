"""Validation of what a caller sent: each function returns a good value or raises the documented 400.

Owns: the shape of bodies, queries and ids. Pure. Does not own: whether what they name exists (`writes`).
Source: the field tables of the pages. `+11234567890`, their own sample, is not a valid number, so a phone is
judged by its E.164 shape only. Unknown fields are tolerated: no page refuses them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from batch.sandbox.errors import invalid
from batch.sandbox.model import stamp

NAME_LENGTH = 255
PHONE_PATTERN = r"^\+[1-9][0-9]{6,14}$"
UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
LARGEST_PAGE = 1_000_000
LARGEST_LIMIT = 100

_PHONE = re.compile(PHONE_PATTERN[1:-1])
_UUID = re.compile(UUID_PATTERN[1:-1])
_WHOLE = re.compile("[0-9]{1,9}")


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object in a request body."""
    try:
        value = json.loads(raw, parse_constant=_no_constant)
        if b"\\u" in raw:  # only an escape can smuggle in half a character, which nothing can store
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid("Request body must be valid JSON") from None
    if not isinstance(value, dict):
        raise invalid("Request body must be a JSON object")
    return value


def phone(body: Mapping[str, Any], field: str) -> str:
    """The required E.164 number in `field`; a missing one is as invalid as a malformed one."""
    value = body.get(field)
    if not isinstance(value, str) or not is_phone(value):
        raise invalid("Invalid phone number")
    return value


def is_phone(value: str) -> bool:
    """Whether `value` has the shape of an E.164 number."""
    return _PHONE.fullmatch(value) is not None


def uuid(value: object, field: str) -> str:
    """A UUID in its hyphenated form, in lower case; `field` is what the message calls it."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise invalid(f"{field} must be a UUID")
    return value.lower()


def name(value: object) -> str:
    """A contact's name: a string of at most 255 characters."""
    if not isinstance(value, str):
        raise invalid("name must be a string")
    if len(value) > NAME_LENGTH:
        raise invalid(f"name must be at most {NAME_LENGTH} characters")
    return value


def text(value: object, field: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise invalid(f"{field} must be a string")
    return value


def timezone(value: object) -> str:
    """An IANA timezone."""
    zone = text(value, "timezone")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder of the zone database
        raise invalid("timezone must be an IANA timezone, like America/New_York") from None
    return zone


def time(value: object, field: str) -> str:
    """A moment, in the form in which the API shows it: lists are sorted by that text."""
    try:
        at = datetime.fromisoformat(text(value, field))
    except ValueError:
        raise invalid(f"{field} must be a time, like 2026-01-15T10:30:00.000Z") from None
    return stamp((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def variables(value: object, *, strings_only: bool = False) -> dict[str, Any]:
    """Custom variables: one flat object of scalars; of strings where the splitter's page asks for that."""
    if not isinstance(value, dict):
        raise invalid("customVariables must be an object")
    for key, one in value.items():
        if strings_only and not isinstance(one, str):
            raise invalid(f"customVariables.{key} must be a string")
        if isinstance(one, dict | list):
            raise invalid(f"customVariables.{key} must be a string, number, boolean or null")
    return value


def whole(query: Mapping[str, str], field: str, default: int, largest: int) -> int:
    """The page or limit in a query, 1 to `largest`; more than that is clamped, as the echo shows."""
    value = query.get(field)
    if value is None:
        return default
    if not _WHOLE.fullmatch(value) or int(value) < 1:
        raise invalid(f"{field} must be a positive integer")
    return min(int(value), largest)


def one_of(query: Mapping[str, str], field: str, choices: tuple[str, ...]) -> str | None:
    """The value in a query, which must be among `choices`; None if it is not there."""
    value = query.get(field)
    if value is not None and value not in choices:
        raise invalid(f"{field} must be one of: {', '.join(choices)}")
    return value


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
