"""The language of a page: the browser's, or the one that was chosen on the page.

Owns: the choice, and the look-up of a page's own words. What the Python API says is in the same language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Code -> the language's own name.
LANGUAGES: Final = {"en": "English", "es": "Español"}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one request."""

    language: str

    def gettext(self, message: str, **values: object) -> str:
        """`message` in the language of the page, with `values` in its {placeholders}."""
        return message.format_map(values) if values else message

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        """As `gettext`, for a count; {count} is the count in groups of three."""
        text = singular if count == 1 else plural
        return text.format_map({"count": self.number(count), **values})

    def number(self, value: int) -> str:
        """A number in groups of three, as the language writes it."""
        text = f"{value:,}"
        return text.replace(",", "." if abs(value) >= 10_000 else "") if self.language == "es" else text


def choose_language(chosen: str | None, accepted: str | None) -> str:
    """The language that was `chosen` on the page, else the first that the browser accepts (RFC 9110, 12.5.4)."""
    if chosen in LANGUAGES:
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
