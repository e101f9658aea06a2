"""Rows of a table that are no contacts: totals and remarks at its end, and the header again. They are named, not sent.

Owns: recognising them, in English, Spanish and Portuguese, and the notices.
Flow: chunks, the last rows held back -> chunks without the footer.

Only the last rows can be a footer, and only rows that hold no contact: a row with a phone behind a plus, an e-mail
address or an id is kept whatever its first cell says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from batch.loader.cells.cell_checks import is_uuid
from batch.loader.chunks import Source
from batch.loader.sources.header_row import is_contact
from batch.text.language import pluralize, tr

#: Rows at the end that are looked at.
FOOTER_ROWS = 10
#: Characters of a row that is left out which its notice shows.
_LONGEST_SHOWN = 60
_TOTAL = re.compile(
    r"(?:grand |sub)?totals?|total general|gran total|totales|totais|suma|soma|subtotal|sum|count|recuento|contagem|"
    r"(?:grand |sub)?total(?: of| number of| de)?(?: records| rows| contacts| registros| contactos| contatos)?"
    r"s?\s*:?\s*\(?[\d.,]*\)?(?: records?| rows?| contacts?| registros?| contactos?| contatos?)?\)?|"
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


def without_footers(source: Source) -> Source:  # noqa: C901 - two closures over the rows that were left out
    """`source` without the total and remark rows at its end, and without rows that repeat the header; a notice names
    them once the rows were read."""
    footers: dict[int, str] = {}
    headers: set[int] = set()
    width = len(source.header)

    def chunks() -> Iterator[pl.DataFrame]:
        held: pl.DataFrame | None = None
        for chunk in source.chunks():
            part = _without_header(chunk, source.header, headers)
            if held is not None:
                yield held
            held = part if part.height else None
        if held is not None:
            kept = _without_footer(held, width, footers)
            if kept.height:
                yield kept

    def notices() -> tuple[str, ...]:
        lines = list(source.late_notices())
        if footers:
            named = "; ".join(
                tr("row {number}: {text!r}", number=number, text=text) for number, text in sorted(footers.items())
            )
            verb = tr("is no contact and is") if len(footers) == 1 else tr("are no contacts and are")
            lines.append(
                tr(
                    "{rows} below the table {verb} left out ({named}).",
                    rows=pluralize(len(footers), "row"),
                    verb=verb,
                    named=named,
                )
            )
        if headers:
            named = ", ".join(map(str, sorted(headers)[:FOOTER_ROWS]))
            verb = tr("repeats the header and is") if len(headers) == 1 else tr("repeat the header and are")
            lines.append(
                tr("{rows} {verb} left out (row {named}).", rows=pluralize(len(headers), "row"), verb=verb, named=named)
            )
        return tuple(lines)

    return replace(source, chunks=chunks, late_notices=notices)


def _without_header(chunk: pl.DataFrame, header: Sequence[str], found: set[int]) -> pl.DataFrame:
    """`chunk` without rows that are the header again, as files that were put one below the other have them."""
    titled = [(str(at), title) for at, title in enumerate(header) if title]
    if not titled:
        return chunk
    name, title = titled[0]
    if not chunk.select((pl.col(name) == title).any()).item():
        return chunk
    same = chunk.select(pl.all_horizontal(pl.col(name).eq_missing(title) for name, title in titled)).to_series()
    found.update(chunk.filter(same)["number"].to_list())
    return chunk.filter(~same)


def _without_footer(chunk: pl.DataFrame, width: int, found: dict[int, str]) -> pl.DataFrame:
    """`chunk`, the last of a file, without its footer; the rows left out are noted in `found`.

    A footer is a run of rows at the end in which one has the words of a footer. A row of it without such words counts
    where it has fewer cells than the header, or stands below a blank row: else it may be a contact without a phone.
    """
    rows = chunk.tail(FOOTER_ROWS + 1).rows()
    start = len(rows)
    while start > 1 and _is_remark(rows[start - 1][2 : 2 + width], width):
        start -= 1
    run = range(start, len(rows))
    if not any(footer_text(rows[at][2 : 2 + width]) for at in run):
        return chunk
    first = next(
        at
        for at in run
        if footer_text(rows[at][2 : 2 + width]) or rows[at][1] is not None or rows[at][0] - rows[at - 1][0] > 1
    )
    for number, _, *cells in rows[first:]:
        found[number] = next(_short(cell.strip('",;|\t ')) for cell in cells if cell and cell.strip())
    return chunk.head(chunk.height - (len(rows) - first))


def _is_remark(cells: Sequence[str | None], width: int) -> bool:
    """True for a row that can be part of a footer: words of one, or a single cell that is no contact."""
    filled = [cell for cell in cells if cell and cell.strip()]
    single = len(filled) == 1 and width > 1 and not is_contact(filled)
    return single or footer_text(cells) is not None


def footer_text(cells: Sequence[str | None]) -> str | None:
    """The words of a footer row, or `None` for a row that may be a contact."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled:
        return None
    # A row that is not as wide as the header comes whole in its first cell.
    words = filled[0].strip('",;|\t ')
    if any(_CONTACT.fullmatch(cell) or is_uuid(cell) for cell in filled):
        return None
    if _TOTAL.fullmatch(words) or (len(filled) == 1 and _REMARK.match(words)):
        return _short(words)
    return None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1].rsplit(' ', 1)[0]} …"
