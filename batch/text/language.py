"""The language of messages: English in the code, another language from its catalogue.

Owns: which language is in use, the look-up of a message, and the plural.
Does not own: names of outcomes, codes, options, columns and JSON keys. They are the same in every language.
Flow: the command line (or `batch.run`) sets the language once; `tr` and `trn` look up each message when it is made.
Source: GNU gettext. `languages/es.po` is what a translator edits; `es.mo` is made from it by
`tests/conventions/messages.py` and is what is read.

A message is marked where it is made: `tr("{name} has {rows} rows.", name=name, rows=3)`. A constant of a module is
marked with `tr_noop` and looked up with `tr` when it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gettext import GNUTranslations

#: The languages of the program: English, and those with a catalogue.
LANGUAGES: Final = ("en", "es")
_language: ContextVar[str] = ContextVar("language", default="en")


def tr(message: str, /, **values: object) -> str:
    """`message` in the language in use, with `values` in its {placeholders} (the syntax of `str.format`)."""
    language = _language.get()
    text = message if language == "en" or not message else _catalogue(language).gettext(message)
    return text.format_map(values) if values else text


def trn(singular: str, plural: str, count: int, /, **values: object) -> str:
    """As `tr`, for a count: `trn("{count:,} row is", "{count:,} rows are", rows)`. {count} is `count`."""
    language = _language.get()
    if language == "en":
        text = singular if count == 1 else plural
    else:
        text = _catalogue(language).ngettext(singular, plural, count)
    return text.format_map({"count": count, **values})


def tr_noop(message: str) -> str:
    """`message` itself: it is a constant, and translated with `tr` where it is shown."""
    return message


def pluralize(count: int, noun: str) -> str:
    """`count`, in groups of three, with `noun`, in the plural unless it is one: `1 row`, `9,800 rows`.

    The English nouns take an s.
    """
    return f"{count:,} {trn(noun, f'{noun}s', count)}"


def use_language(language: str) -> None:
    """Use `language` (one of LANGUAGES) for the rest of this context: this task and what it starts."""
    _language.set(language)


def current_language() -> str:
    """The language in use: one of LANGUAGES."""
    return _language.get()


@contextmanager
def in_language(language: str | None) -> Iterator[None]:
    """Use `language` inside the block; `None`: the one in use."""
    before = _language.set(language or _language.get())
    try:
        yield
    finally:
        _language.reset(before)


def parse_locale(locale: str) -> str | None:
    """The language of a locale's name: `es` for `es`, `es_MX.UTF-8` and `es-419`; `None` where it has no catalogue."""
    name = locale.replace("-", "_").partition(".")[0].partition("@")[0].partition("_")[0].lower()
    return name if name in LANGUAGES else None


def environment_language(environ: Mapping[str, str]) -> str:
    """The language that the environment asks for: GUAYABA_LANGUAGE, else the first of LC_ALL, LC_MESSAGES and LANG
    that is set (POSIX); English where it has no catalogue."""
    for name in ("GUAYABA_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return parse_locale(value) or "en"
    return "en"


@cache
def _catalogue(language: str) -> GNUTranslations:
    from gettext import GNUTranslations

    with (Path(__file__).parent / "languages" / f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)
