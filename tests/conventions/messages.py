"""The messages of the program, and the catalogues of their translations.

    python tests/conventions/messages.py        # write the catalogue after a message was added or changed

Then translate what is empty in `batch/text/languages/es.po`, and give the command again: it writes `es.mo`, which
the program reads. Both files are in the repository: a wheel, an editable install and a checkout need no build step.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import babel.messages
import jinja2
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from cyclopts import App

ROOT = Path(__file__).parents[2]
LANGUAGES = ROOT / "batch" / "text" / "languages"
#: Functions that mark a message: how many of the first arguments are messages.
_MARKS = {"tr": 1, "tr_noop": 1, "trn": 2}
#: Calls whose text is shown later: the place of that argument, or its name.
_TABLES = {"setting": 2, "Setting": 2, "choice": 1}


#: Without dates and names: a line that changes by itself would be in every merge.
_HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


class Message(NamedTuple):
    """One message: its text, its plural or an empty text, and the file that it is in."""

    text: str
    plural: str
    file: str


@cache
def messages() -> list[Message]:
    """Every message that is marked in the code, in the templates, in the tables of options and in the help."""
    return [*_messages()]


def _messages() -> Iterator[Message]:
    for path in sorted((ROOT / "batch").rglob("*.py")):
        if "sandbox" not in path.relative_to(ROOT / "batch").parts[:1]:
            place = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from (Message(text, plural, place) for text, plural in _marked(node))
    for path in sorted((ROOT / "batch").rglob("*.j2")):
        place = path.relative_to(ROOT).as_posix()
        yield from (Message(text, plural, place) for text, plural in _template(path.read_text(encoding="utf-8")))
    yield from (Message(text, "", "batch/cli") for text in _help())


def _marked(call: ast.Call) -> Iterator[tuple[str, str]]:
    """The messages of one call: the marks, the plurals of nouns, and the texts of the tables."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if name in _MARKS and len(texts) >= _MARKS[name] and texts[0]:
        yield texts[0], texts[1] if name == "trn" else ""
    elif name == "pluralize" and texts:
        yield texts[0], f"{texts[0]}s"
    elif name == "Code":
        yield from ((text, "") for text in texts if text)
    elif name in _TABLES:
        at = _TABLES[name]
        given = [*call.args[at : at + 1], *(each.value for each in call.keywords if each.arg == "default_words")]
        yield from ((str(each.value), "") for each in given if isinstance(each, ast.Constant) and each.value)


def _template(text: str) -> Iterator[tuple[str, str]]:
    """The messages of a template: `tr("...")`, `trn("...", "...", count)`, `count | counted("row")`."""
    page = jinja2.Environment().parse(text)
    for counted in page.find_all(jinja2.nodes.Filter):
        if counted.name == "counted" and isinstance(counted.args[0], jinja2.nodes.Const):
            yield counted.args[0].value, f"{counted.args[0].value}s"
    for call in page.find_all(jinja2.nodes.Call):
        if isinstance(call.node, jinja2.nodes.Name) and call.node.name in _MARKS:
            texts = [each.value for each in call.args if isinstance(each, jinja2.nodes.Const)]
            yield texts[0], texts[1] if call.node.name == "trn" else ""


def _help() -> Iterator[str]:
    """The paragraphs of each command, the texts of its own options, the comments of the examples."""
    from batch.cli.examples import EXAMPLES
    from batch.cli.main import app

    yield from (line for lines in EXAMPLES.values() for line in lines if line.startswith("#"))
    yield from _help_of(app)


def _help_of(command: App) -> Iterator[str]:
    from batch.cli.help_page import paragraphs
    from batch.cli.options import ENTRIES

    yield from paragraphs(command)
    for name in command:
        if not name.startswith("-"):
            yield from _help_of(command[name])
    if command.default_command is not None:
        for argument in command.assemble_argument_collection():
            words = argument.parameter.help
            entry = ENTRIES.get(max(argument.names, key=len).strip("-")) if argument.names else None
            if argument.show and words and (entry is None or entry.help_text() != words):
                yield words


def template() -> Catalog:
    """The messages as a catalogue without translations."""
    catalogue = Catalog(project="guayaba-batch", charset="utf-8", fuzzy=False)
    found: dict[tuple[str, str], set[str]] = {}
    plural = {each.text: each.plural for each in messages() if each.plural}
    for each in messages():
        found.setdefault((each.text, plural.get(each.text, "")), set()).add(each.file)
    for (text, several), files in sorted(found.items(), key=lambda pair: (min(pair[1]), pair[0])):
        catalogue.add((text, several) if several else text, locations=[(file, 0) for file in sorted(files)])
    return catalogue


def read_catalogue(language: str) -> Catalog:
    """The catalogue as a translator left it."""
    with (LANGUAGES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> list[str]:
    """Write the catalogue with today's messages and its translations, and the compiled one. Returns what is missing."""
    path = LANGUAGES / f"{language}.po"
    header = _HEADER.format(language=language).encode()
    before = read_catalogue(language) if path.exists() else read_po(io.BytesIO(header), locale=language)
    after = read_po(io.BytesIO(header), locale=language)
    for each in template():
        if each.id:
            several = isinstance(each.id, tuple)
            known = before.get(each.id[0] if several else each.id)
            kept = known.string if known is not None and isinstance(known.id, tuple) == several else None
            after.add(each.id, kept or (("", "") if several else ""), each.locations)
    written = io.BytesIO()
    write_po(written, after, width=110, omit_header=True, include_lineno=False)
    path.write_bytes(header + written.getvalue())
    compiled = read_catalogue(language)
    compiled.creation_date = datetime.fromtimestamp(0, UTC)  # the minute of this call would be in every merge
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, compiled)
    return missing(after)


def missing(catalogue: Catalog) -> list[str]:
    """The messages without a translation."""
    return [str(each.id) for each in catalogue if each.id and not all(strings_of(each))]


def strings_of(message: babel.messages.Message) -> Sequence[str]:
    """The translations of a message: one, or one for each form of the plural."""
    return [message.string or ""] if message.string is None or isinstance(message.string, str) else message.string


if __name__ == "__main__":
    left = update("es")
    sys.stdout.write("".join(f"not translated: {text}\n" for text in left))
