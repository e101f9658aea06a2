"""The language of messages: how it is chosen, and how a message is looked up."""

from __future__ import annotations

import anyio
import anyio.to_thread
import pytest

from batch.text.language import (
    current_language,
    environment_language,
    in_language,
    parse_locale,
    pluralize,
    tr,
    trn,
)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "es_MX.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "de_DE.UTF-8"}, "en"),  # no catalogue
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "es_CO.UTF-8"}, "es"),  # LC_MESSAGES goes before LANG (POSIX)
        ({"LC_MESSAGES": "es_CO.UTF-8", "LC_ALL": "C"}, "en"),  # LC_ALL goes before both
        ({"LANG": "es_MX.UTF-8", "GUAYABA_LANGUAGE": "en"}, "en"),
        ({"LANG": "es_MX.UTF-8", "LC_ALL": ""}, "es"),  # an empty variable is not set
    ],
)
def test_the_language_is_that_of_the_environment(environ: dict[str, str], language: str) -> None:
    """GUAYABA_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG; English where there is no catalogue."""
    assert environment_language(environ) == language


@pytest.mark.parametrize(
    ("locale", "language"), [("es-419", "es"), ("ES", "es"), ("es@euro", "es"), ("esperanto", None)]
)
def test_a_locale_names_its_language(locale: str, language: str | None) -> None:
    """A locale is read by its language, in any of its spellings."""
    assert parse_locale(locale) == language


def test_placeholders_are_filled() -> None:
    """A message is filled with its values, as `str.format` does; without values its braces stay."""
    assert tr("{rows:,} of {name!r}", rows=1200, name="a") == "1,200 of 'a'"
    assert tr("an array, [{…}]") == "an array, [{…}]"
    assert [trn("{count} row", "{count} rows", count) for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


def test_a_text_without_translation_stays_english() -> None:
    """A text that no catalogue holds, such as a name from a file, is shown as it is."""
    with in_language("es"):
        assert tr("zzz {x}", x=1) == "zzz 1"
        assert tr("") == ""


def test_spanish_has_its_own_plural() -> None:
    """Nouns are counted in the language in use."""
    with in_language("es"):
        assert [pluralize(count, "row") for count in (1, 1200)] == ["1 fila", "1,200 filas"]
    assert pluralize(1200, "row") == "1,200 rows"


def test_the_language_is_that_of_the_context() -> None:
    """Threads that anyio starts have the language of their task, and another task keeps its own."""

    async def in_a_thread() -> str:
        with in_language("es"):
            return await anyio.to_thread.run_sync(current_language)

    assert anyio.run(in_a_thread) == "es"
    assert current_language() == "en"
