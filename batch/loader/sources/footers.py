"""Rows below a table that are no contacts: totals, and the lines that report writers add. They are named, not sent.

Owns: recognising them at the end of a file, in English, Spanish and Portuguese, and the notice.
Flow: chunks, the last rows held back -> chunks without the footer.

Only the last rows can be a footer, and only rows that hold no contact: a row with a phone behind a plus, an e-mail
address or an id is kept whatever its first cell says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from batch.loader.cell_checks import is_uuid
from batch.loader.chunks import Source
from batch.text.plural import pluralize

#: Rows at the end that are looked at.
FOOTER_ROWS = 10
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?|total general|gran total|totales|totais|suma|soma|subtotal|sum|count|recuento|contagem|"
    r"(?:grand |sub)?total(?: of| number of| de)?(?: records| rows| contacts| registros| contactos| contatos)?"
    r"\s*:?\s*\(?[\d.,]*\)?(?: records?| rows?| contacts?| registros?| contactos?| contatos?)?|"
    r"[\d.,]+ (?:records?|rows?|contacts?|registros?|contactos?|contatos?|filas?|linhas?)(?: .{0,40})?|"
    r"(?:records?|rows?|contacts?|registros?|contactos?|contatos?)\s*:\s*[\d.,]+",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?:generated (?:by|on|at)\b|exported (?:by|on|at|from)\b|report (?:generated|created|run|date)\b|"
    r"created (?:by|on)\b|printed (?:by|on)\b|end of (?:report|file|list)\b|copyright\b|\(c\)|©|"
    r"confidential\b|page \d+\b|"
    r"generado (?:por|el)\b|exportado (?:por|el)\b|informe (?:generado|creado)\b|fin del? (?:informe|archivo|lista)\b|"
    r"confidencial\b|p[aá]gina \d+\b|gerado (?:por|em)\b|exportado em\b|relat[oó]rio (?:gerado|criado)\b|fim do\b)",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\+[\d\s().\-]{8,20}|[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")


def without_footers(source: Source) -> Source:
    """`source` without the total and remark rows at its end; a notice names them once the rows were read."""
    found: dict[int, str] = {}
    width = len(source.header)

    def chunks() -> Iterator[pl.DataFrame]:
        held: pl.DataFrame | None = None
        for chunk in source.chunks():
            if held is not None:
                yield held
            held = chunk
        if held is not None:
            kept = _without_footer(held, width, found)
            if kept.height:
                yield kept

    def notices() -> tuple[str, ...]:
        if not found:
            return source.late_notices()
        named = "; ".join(f"row {number}: {text!r}" for number, text in sorted(found.items()))
        verb = "is no contact and is" if len(found) == 1 else "are no contacts and are"
        return (*source.late_notices(), f"{pluralize(len(found), 'row')} below the table {verb} left out ({named}).")

    return replace(source, chunks=chunks, late_notices=notices)


def _without_footer(chunk: pl.DataFrame, width: int, found: dict[int, str]) -> pl.DataFrame:
    """`chunk`, the last of a file, without its footer; the rows left out are noted in `found`."""
    cut = 0
    for number, _, *cells in reversed(chunk.tail(FOOTER_ROWS).rows()):
        text = footer_text(cells[:width])
        if text is None:
            break
        found[number] = text
        cut += 1
    return chunk.head(chunk.height - cut) if cut else chunk


def footer_text(cells: list[str | None]) -> str | None:
    """The words of a footer row, or `None` for a row that may be a contact."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled:
        return None
    # A row that is not as wide as the header comes whole in its first cell.
    words = filled[0].strip('",;|\t ')
    if any(_CONTACT.fullmatch(cell) or is_uuid(cell) for cell in filled):
        return None
    if _TOTAL.fullmatch(words) or (len(filled) == 1 and _REMARK.match(words)):
        return words[:60]
    return None
