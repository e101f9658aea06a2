"""Several files as one table: its rows in the order of the files, its columns by name.

Owns: which columns of the files are one, the rows' numbers, and where a row came from (`source_file`, `source_row`).

The rows are numbered on from file to file, so that a number names one row. A column that is read must be in every file:
otherwise the rows of a file would lose their phone or their status without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from batch.errors import InputRefused
from batch.loader.cells.regions import fold
from batch.loader.chunks import Check, Source, Use
from batch.loader.report_layout import detect_report
from batch.text.language import tr, trn

#: The columns that say where a row came from. They stand last, and come back in the reports.
SOURCE_FILE: Final = "source_file"
SOURCE_ROW: Final = "source_row"
#: Files, and columns, that a sentence names.
_NAMED: Final = 8
#: The header of a contact's variable: capitals are part of its name.
_VARIABLE: Final = "var:"


@dataclass(frozen=True, slots=True)
class SeveralFiles:
    """Files that are read as one table, in this order."""

    paths: tuple[Path, ...]

    def __str__(self) -> str:
        more = len(self.paths) - 1
        return trn("{first} and {count} more file", "{first} and {count} more files", more, first=self.paths[0])


class _Name(NamedTuple):
    """What a column is called, without capitals and accents, and how many columns of that name stand before it."""

    plain: str
    earlier: int


class _Part(NamedTuple):
    """One file of the table: what it is called, its rows, and which of its columns each column of the table is."""

    name: str
    source: Source
    places: Sequence[int | None]


def given_files(paths: Sequence[Path]) -> Path | SeveralFiles:
    """What `paths` are as one source. Raises InputRefused for a file that is given twice, and for stdin with files."""
    if len(paths) == 1:
        return paths[0]
    seen: set[Path] = set()
    for path in paths:
        if str(path) == "-":
            raise InputRefused(
                tr("- (stdin) cannot be read together with files."), tip=tr("Give the files, or stdin alone.")
            )
        if path.absolute() in seen:
            raise InputRefused(tr("{path} is given twice.", path=path), tip=tr("Give each file once."))
        seen.add(path.absolute())
    return SeveralFiles(tuple(paths))


def files_sha256(digests: Sequence[str]) -> str:
    """The SHA-256 of several files, by the SHA-256 of each; their order does not count."""
    return hashlib.sha256(bytes.fromhex("".join(sorted(digests)))).hexdigest()


def unite(files: SeveralFiles, sources: Sequence[Source]) -> Source:
    """The rows of `sources`, the opened `files`, as one table. Raises InputRefused where one of them is a report."""
    for path, source in zip(files.paths, sources, strict=True):
        if detect_report(source.header) is not None:
            raise InputRefused(
                tr("{path} is the report of a run, and a report is not read together with other files.", path=path),
                tip=tr("Give each report alone: guayaba-batch rerun {path}.", path=path),
            )
    named = [_number_names(source.header) for source in sources]
    titles = {
        name: title
        for source, own in zip(reversed(sources), reversed(named), strict=True)
        for name, title in zip(own, source.header, strict=True)
    }
    order = list(dict.fromkeys(name for own in named for name in own))
    parts = [
        _Part(name, source, [own.index(each) if each in own else None for each in order])
        for name, source, own in zip(_short_names(files.paths), sources, named, strict=True)
    ]
    header = [titles[name] for name in order]
    is_uniform = len({source.format for source in sources}) == 1
    rows: dict[str, tuple[int, int]] = {}
    return Source(
        path=str(files),
        format=sources[0].format if is_uniform else "csv",
        sha256=files_sha256([source.sha256 for source in sources]),
        header=(*header, SOURCE_FILE, SOURCE_ROW),
        dtypes=(*_dtypes(parts), "String", "String"),
        chunks=lambda: _chunks(parts, rows),
        guarded=all(source.guarded for source in sources),
        notices=(
            *_columns_notice(parts, header),
            *_with_file_names([(part.name, part.source.notices) for part in parts]),
        ),
        changed=lambda: any(source.changed() for source in sources),
        keep=tuple(sources),
        separator=sources[0].separator if is_uniform else ",",
        late_notices=lambda: (
            _rows_notice(parts, rows),
            *_with_file_names([(part.name, part.source.late_notices()) for part in parts]),
        ),
        checks=(_columns_check(parts, header), *_own_checks(parts)),
    )


def _short_names(paths: Sequence[Path]) -> list[str]:
    """The name of each file, or its whole path where two have one name."""
    names = [path.name for path in paths]
    return [name if names.count(name) == 1 else str(path) for name, path in zip(names, paths, strict=True)]


def _number_names(header: Sequence[str]) -> list[_Name]:
    """The names of the columns of `header`, by which they are found in other files."""
    titles = [title.strip() for title in header]
    plain = [title if title.startswith(_VARIABLE) else fold(title) or title for title in titles]
    return [_Name(name, plain[:at].count(name)) for at, name in enumerate(plain)]


def _dtypes(parts: Sequence[_Part]) -> Iterator[str]:
    """The type of each column; `String` where the files differ."""
    for at in range(len(parts[0].places)):
        own = [(part.source.dtypes, part.places[at]) for part in parts]
        kinds = {dtypes[place] for dtypes, place in own if place is not None}
        yield kinds.pop() if len(kinds) == 1 else "String"


def _chunks(parts: Sequence[_Part], rows: dict[str, tuple[int, int]]) -> Iterator[pl.DataFrame]:
    """Yield the rows of all `parts`. `rows` receives the first and last number of each file that has rows."""
    rows.clear()
    last = 0
    for part in parts:
        offset = last
        for chunk in part.source.chunks():
            placed = _place(chunk, part, offset)
            if placed.height:
                last = int(placed["number"][-1])
                rows[part.name] = (rows.get(part.name, (int(placed["number"][0]), 0))[0], last)
            yield placed


def _place(chunk: pl.DataFrame, part: _Part, offset: int) -> pl.DataFrame:
    """`chunk` of `part` with the columns of the table, its rows numbered from `offset` on.

    The raw line of a broken row, which stands in its first cell, goes into the first cell of the table.
    """
    whole = pl.col("broken").is_null()
    cells = [
        pl.lit(None, pl.String) if at is None else pl.when(whole).then(pl.col(str(at))).otherwise(None)
        for at in part.places
    ]
    cells[0] = pl.when(whole).then(cells[0]).otherwise(pl.col("0"))
    return chunk.select(
        (pl.col("number") + offset).cast(pl.UInt32).alias("number"),
        pl.col("broken"),
        *(cell.alias(str(at)) for at, cell in enumerate(cells)),
        pl.lit(part.name, pl.String).alias(str(len(cells))),
        pl.col("number").cast(pl.String).alias(str(len(cells) + 1)),
    )


def _with_file_names(texts: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Notices of files, each with the name of its file."""
    return (f"{name}: {text}" for name, notices in texts for text in notices)


def _columns_notice(parts: Sequence[_Part], header: Sequence[str]) -> Iterator[str]:
    """The columns that some of the files do not have: a header may have been misspelt."""
    listed = [
        tr("{column!r} (only in {files})", column=title, files=", ".join(having[:_NAMED]))
        for at, title in enumerate(header)
        if len(having := [part.name for part in parts if part.places[at] is not None]) < len(parts)
    ]
    if listed:
        more = tr(" and {count:,} more", count=len(listed) - _NAMED) if len(listed) > _NAMED else ""
        yield tr("Some columns are not in every file: {columns}.", columns="; ".join(listed[:_NAMED]) + more)


def _rows_notice(parts: Sequence[_Part], rows: Mapping[str, tuple[int, int]]) -> str:
    """Which rows are whose: what a number in a message means."""
    listed = [
        tr("{file}: rows {first:,} to {last:,}", file=part.name, first=rows[part.name][0], last=rows[part.name][1])
        if part.name in rows
        else tr("{file}: no rows", file=part.name)
        for part in parts[:_NAMED]
    ]
    more = tr(" and {count:,} more", count=len(parts) - _NAMED) if len(parts) > _NAMED else ""
    return tr(
        "{count} files are read as one table ({listed}). In the report, {columns} show where each row came from.",
        count=len(parts),
        listed="; ".join(listed) + more,
        columns=f"{SOURCE_FILE}, {SOURCE_ROW}",
    )


def _columns_check(parts: Sequence[_Part], header: Sequence[str]) -> Check:
    """Refuse files that lack a column which is read."""

    def check(use: Use) -> None:
        wrong = [
            tr("{file} has no column {column!r}", file=part.name, column=header[at])
            for at in sorted(use.read)
            for part in parts
            if at < len(header) and part.places[at] is None
        ]
        if wrong:
            raise InputRefused(
                tr("these files cannot be read as one table: a column that is used must be in each of them."),
                problems=tuple(wrong[:20]),
                tip=tr("Give the column the same name in each file, or run the files one after another."),
            )

    return check


def _own_checks(parts: Sequence[_Part]) -> Iterator[Check]:
    """The checks of the files, each with the columns of its file."""
    for part in parts:
        here = {at: own for at, own in enumerate(part.places) if own is not None}
        yield from (_adapt_check(check, here) for check in part.source.checks)


def _adapt_check(check: Check, here: Mapping[int, int]) -> Check:
    """The `check` of a file whose columns are `here` in the table."""

    def checked(use: Use) -> str | None:
        read, written = (frozenset(here[at] for at in part if at in here) for part in (use.read, use.written))
        return check(use._replace(read=read, written=written))

    return checked
