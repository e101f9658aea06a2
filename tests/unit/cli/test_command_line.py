"""What was typed -> a command line of the program."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from batch.cli.command_line import choose_language, plain_command_line
from batch.cli.main import app
from batch.errors import SettingsError
from batch.text.language import tr, use_language


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No language and no folder in the environment before a test, and English after it."""
    for name in ("GUAYABA_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "GUAYABA_OUT"):
        monkeypatch.setenv(name, "")  # so that it is put back after the test
        monkeypatch.delenv(name)
    yield
    use_language("en")


LANGUAGE = [
    ("update a.csv", {}, "update a.csv", "en", "nothing names a language"),
    ("update a.csv --language es", {}, "update a.csv", "es", "two words"),
    ("--language=es update a.csv", {}, "update a.csv", "es", "one word, in front"),
    ("update --language es_MX.UTF-8", {}, "update", "es", "the name of a locale"),
    ("update", {"LANG": "es_CO.UTF-8"}, "update", "es", "the environment"),
    ("update", {"LANG": "de_DE.UTF-8"}, "update", "en", "a language of the environment without a catalogue"),
    ("update --language en", {"LC_ALL": "es_ES"}, "update", "en", "the option before the environment"),
    ("update -- --language es", {}, "update -- --language es", "en", "a file of that name"),
]


@pytest.mark.parametrize(("line", "environ", "left", "language", "reason"), LANGUAGE)
def test_the_language(
    line: str, environ: dict[str, str], left: str, language: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option, or else the environment, names the language, and the command does not see the option."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert choose_language(line.split()) == left.split(), reason
    assert tr("Give another name.") == {"en": "Give another name.", "es": "Indique otro nombre."}[language], reason


def test_a_started_process_has_the_language() -> None:
    """What --language says stands in the environment, for the settings and for programs that are started."""
    choose_language(["update", "--language", "es-419"])
    assert os.environ["GUAYABA_LANGUAGE"] == "es"


@pytest.mark.parametrize("words", [["--language", "klingon"], ["--language="], ["update", "--language"]])
def test_a_language_without_a_catalogue(words: list[str]) -> None:
    """An unknown language, or none after the option, is refused with the names of those that there are."""
    with pytest.raises(SettingsError, match="expected one of en, es"):
        choose_language(words)


WORDS = [
    ("help", "--help", "help alone"),
    ("help update", "update --help", "help of a command"),
    ("version", "--version", "version as a command"),
    ("-V", "--version", "the short option"),
    ("", "", "nothing"),
    ("update a.csv --status DNC", "update a.csv --status DNC", "a command as it is"),
    ("update a.csv --status DNC --dry-run", "plan a.csv --status DNC --for update", "a write that only plans"),
    ("fulfill -n a.csv", "plan a.csv --for fulfill", "the short form"),
    ("update a.csv --dry-run --yes --limit 5 --rate 30/min", "plan a.csv --rate 30/min --for update",
     "options that a plan does not have go, with their values"),
    ("update a.csv --dry-run --limit=5 --no-preflight", "plan a.csv --no-preflight --for update", "values after ="),
    ("update a.csv --dry-run --max-runtime 2h --map phone=Tel", "plan a.csv --map phone=Tel --for update",
     "options of reading stay"),
    ("check a.csv --dry-run", "check a.csv --dry-run", "check writes nothing anyway"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "plain", "reason"), WORDS)
def test_usual_words(line: str, plain: str, reason: str) -> None:
    """The usual words of other programs are those of this one."""
    assert plain_command_line(app, line.split()) == plain.split(), reason


@pytest.mark.parametrize("option", [["--out", "there"], ["--out=there"]])
def test_the_folder_of_a_dry_run(option: list[str]) -> None:
    """--out of a write is a folder, and of a plan a file: the folder goes into the environment."""
    assert plain_command_line(app, ["update", "a.csv", *option, "--dry-run"]) == ["plan", "a.csv", "--for", "update"]
    assert os.environ["GUAYABA_OUT"] == "there"


UNKNOWN = [
    ("updte", "Did you mean update", "a slip"),
    ("UPDATE", "Did you mean update", "capitals"),
    ("fulfil", "Did you mean fulfill", "British spelling"),
    ("xyzzy", "`guayaba-batch --help` lists", "nothing is near"),
]


@pytest.mark.parametrize(("word", "tip", "reason"), UNKNOWN)
def test_an_unknown_command(word: str, tip: str, reason: str) -> None:
    """A command that does not exist is named, with those that are near."""
    with pytest.raises(SettingsError, match=f'there is no command "{word}"') as caught:
        plain_command_line(app, [word])
    assert tip in caught.value.tip, reason


@pytest.mark.parametrize(
    ("line", "message", "tip"),
    [
        ("contacts.csv --region US", '"contacts.csv" is a file', "guayaba-batch check contacts.csv"),
        ("-n", "-n stands before the command", "update FILE --dry-run"),
        ("--dry-run update a.csv", "--dry-run stands before the command", "update FILE --dry-run"),
    ],
)
def test_what_stands_where_a_command_is_expected(line: str, message: str, tip: str) -> None:
    """A file or --dry-run without a command is told where it belongs."""
    with pytest.raises(SettingsError, match=message) as caught:
        plain_command_line(app, line.split())
    assert tip in caught.value.tip


def test_help_of_an_unknown_command() -> None:
    """Help of what does not exist is refused in the same words."""
    with pytest.raises(SettingsError, match="there is no command"):
        plain_command_line(app, ["help", "updte"])
