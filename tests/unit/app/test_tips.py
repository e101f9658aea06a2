"""What the page says to do: its own buttons and choices, never an option of the command line."""

from __future__ import annotations

import pytest

from batch.app.tips import page_tip, page_title, without_options
from batch.codes.registry import CODES
from batch.model import RunKind
from batch.text.language import in_language


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", [RunKind.RUN, RunKind.UNDO])
def test_no_tip_of_the_page_names_the_command_line(language: str, kind: RunKind) -> None:
    """Neither an option nor a command, and no file that is to be run again: the page has buttons for all of it."""
    with in_language(language):
        said = {code: f"{page_title(code)} {page_tip(code, kind)}" for code in CODES}
    wrong = {code: text for code, text in said.items() for word in ("--", "this file", "este archivo", "command",
                                                                       "comando") if word in text}  # fmt: skip
    assert wrong == {}


def test_every_code_that_has_a_tip_has_one_on_the_page() -> None:
    """Where the reports say what helps, the page does."""
    assert [code for code, entry in CODES.items() if entry.tip and not page_tip(code)] == []


@pytest.mark.parametrize(
    ("said", "shown", "reason"),
    [
        (
            "It is read as Windows-1252. --encoding names another.",
            "It is read as Windows-1252.",
            "a sentence of its own",
        ),
        ("A is blank: nothing is written. --keep-literal writes it.", "A is blank: nothing is written.", "the same"),
        ("most cells look like US numbers: add --region US", "most cells look like US numbers", "the end of one"),
        ("parecen números de US: añada --region US", "parecen números de US", "a word with a letter of Spanish"),
        ('It could come from "Pais": --map region="Pais".', 'It could come from "Pais".', "the end of one, with a dot"),
        ("Each is a row (--phones all); as in the report.", "Each is a row; as in the report.", "in brackets"),
        ("Say which: --sheet A. Or rename one.", "Say which. Or rename one.", "in the middle"),
        ("no key is stored. Run guayaba-batch login --account north", "no key is stored.", "a command"),
        ("give another folder with --out.", "", "nothing else is said"),
        ("Numbers of 2 countries (ambiguous) at 10.5 s.", "Numbers of 2 countries (ambiguous) at 10.5 s.", "no option"),
        ("2 -- 3 rows", "2 -- 3 rows", "a dash is no option"),
    ],
)
def test_what_the_program_says_is_shown_without_options(said: str, shown: str, reason: str) -> None:
    """The part of a message that names an option is left out, and the rest is whole."""
    assert without_options(said) == shown, reason
