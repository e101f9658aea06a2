"""The catalogues: every message is in them, and each translation fits its message."""

from __future__ import annotations

import ast
import gettext
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from conventions.messages import LANGUAGES, ROOT, messages, read_catalogue, strings_of, template

TRANSLATED = sorted(path.stem for path in LANGUAGES.glob("*.po"))
#: Calls whose arguments are shown to a person.
_SHOWN = {
    "SettingsError", "InputRefused", "BatchError", "KeyRefused", "RunLocked", "Unreachable", "JournalBroken",
    "Interrupted", "ErrorCollector", "print_message", "ValueError", "TooLarge",
}  # fmt: skip
_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]+[A-Za-z]{2,}")


def fields(text: str) -> Counter[str]:
    """The placeholders of a message, with their formats."""
    return Counter(f"{name}{spec and ':' + spec}" for _, name, spec, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_in_the_catalogue(language: str) -> None:
    """The catalogue has the messages of the code and no others: `python tests/conventions/messages.py` writes it."""
    catalogue = read_catalogue(language)
    listed = {each.id for each in catalogue if each.id}
    assert listed == {each.id for each in template() if each.id}


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_placeholders_agree(language: str) -> None:
    """A translation has the placeholders of its message, each with its format: none is lost, none is made up."""
    for each in read_catalogue(language):
        texts = [each.id] if isinstance(each.id, str) else list(each.id)
        for text in filter(None, strings_of(each)):
            if each.id:
                assert any(set(fields(text)) == set(fields(source)) for source in texts), f"{each.id} -> {text}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    """The .mo file, which is read, says what the .po file says, which people edit."""
    with (LANGUAGES / f"{language}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for each in read_catalogue(language):
        if each.id and all(strings_of(each)):
            if isinstance(each.id, str):
                assert compiled.gettext(each.id) == each.string
            else:
                assert [compiled.ngettext(each.id[0], each.id[1], count) for count in (1, 2)] == list(strings_of(each))


def test_a_message_has_one_plural() -> None:
    """No text is marked with two different plurals: gettext keeps one of them."""
    plurals: dict[str, set[str]] = {}
    for each in messages():
        if each.plural:
            plurals.setdefault(each.text, set()).add(each.plural)
    assert {text: found for text, found in plurals.items() if len(found) > 1} == {}


def unmarked(path: Path) -> list[str]:
    """The sentences that a file gives to a person without a mark: arguments of errors, tips, lines on the console."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [*node.args, *(each.value for each in node.keywords)] if node.func.id in _SHOWN else []
        given += [each.value for each in node.keywords if each.arg == "tip"]
        for each in given:
            if isinstance(each, ast.JoinedStr):
                text = "".join(str(part.value) for part in each.values if isinstance(part, ast.Constant))
            else:
                text = each.value if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
            if _WORDS.search(text) and not text.startswith(("guayaba-batch ", "pip install")):
                found.append(f"{path.relative_to(ROOT)}:{each.lineno}: {text}")
    return found


def test_no_message_is_unmarked() -> None:
    """An error, a tip and a line on the console are marked with tr or trn: only then they can be translated."""
    sources = [path for path in sorted((ROOT / "batch").rglob("*.py")) if "sandbox" not in path.parent.name]
    assert [line for path in sources for line in unmarked(path)] == []
