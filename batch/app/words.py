"""The language of a page: the browser's, or the one that was chosen on the page.

Owns: the choice, and how numbers and parts of a file are called. A page is made inside `in_language`, so what the
Python API says is in the same language.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from batch.text.language import current_language, tr, tr_noop, trn

#: Code -> the language's own name.
LANGUAGES: Final = MappingProxyType({"en": "English", "es": "Español"})
_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "phone": tr_noop("phone"),
        "id": tr_noop("id of the contact"),
        "status": tr_noop("status"),
        "campaign": tr_noop("campaign"),
        "name": tr_noop("new name"),
        "phoneNumber": tr_noop("new phone"),
        "timezone": tr_noop("new time zone"),
        "region": tr_noop("country"),
        "account": tr_noop("account"),
    }
)
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "status": tr_noop("status"),
        "campaign": tr_noop("campaign"),
        "name": tr_noop("name"),
        "number": tr_noop("phone"),
        "timezone": tr_noop("time zone"),
        "variables": tr_noop("variables"),
    }
)


def number(value: int) -> str:
    """A number in groups of three, as the language in use writes it (Spanish leaves four digits together)."""
    text = f"{value:,}"
    return text.replace(",", "." if abs(value) >= 10_000 else "") if current_language() == "es" else text


def counted(singular: str, plural: str, count: int) -> str:
    """A message for a count, whose {count} is written as `number` does: `trn` of the templates."""
    return trn(singular, plural, count, count=number(count))


def role_name(role: str) -> str:
    """What a column is, in words."""
    return tr(_ROLES[role]) if role in _ROLES else role.removeprefix("var:")


def field_name(field: str) -> str:
    """What a field of a contact is called."""
    return tr(_FIELDS[field]) if field in _FIELDS else field


def choose_language(chosen: str | None, accepted: str | None) -> str:
    """The language that was `chosen` on the page, else the first that the browser accepts (RFC 9110, 12.5.4)."""
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((accepted or "").split(",")):
        name, _, weight = part.strip().partition(";q=")
        language = name.strip().split("-")[0].lower()
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        if language in LANGUAGES and rank > 0:
            ranked.append((-rank, place, language))
    return min(ranked)[2] if ranked else "en"
