"""XML read as events, with what a hostile file may ask for switched off.

Owns: the expat parser, names without their prefix, refusing document types (entities, external parts).
Source: expat itself limits amplification since 2.4; a document type has no place in any format read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from batch.text.language import tr

_BLOCK = 1 << 18
#: Elements inside each other; no spreadsheet has a tenth of it.
MAX_DEPTH = 200

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class NotXml(ValueError):
    """The bytes are no well-formed XML, or ask for what no table needs."""


def parse(stream: IO[bytes], start: Start, end: End, text: Text, *, bulk: bool = False) -> None:  # noqa: C901 - one closure for each event of the parser
    """Call `start` (local name, attributes by local name), `end` and `text` for what `stream` holds.

    In `bulk` a document whose first element has no prefix is taken to have none where it matters: `start` and `end` are
    then called by the parser itself, which saves a third of the time of a large sheet. Raises NotXml.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    names: dict[str, str] = {}
    depth = 0

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if bulk and not depth and ":" not in name:
            parser.StartElementHandler, parser.EndElementHandler = start, end
            start(name, attributes)
            return
        depth += 1
        if depth > MAX_DEPTH:
            raise NotXml(tr("its elements are nested more than {max_depth} levels deep", max_depth=MAX_DEPTH))
        local = names.get(name)
        if local is None:
            local = names[name] = name.rpartition(":")[2]
        for key in attributes:
            if ":" in key:
                attributes = {key.rpartition(":")[2]: value for key, value in attributes.items() if key[:5] != "xmlns"}
                break
        start(local, attributes)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(names[name])

    def on_doctype(*_: object) -> None:
        raise NotXml(tr("it declares a document type"))

    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = on_doctype
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NotXml(str(error)) from error
