"""Several files as one table: its rows in the order of the files, its columns by name.

Owns: which columns of the files are one, the rows' numbers, and where a row came from (`source_file`, `source_row`).

The rows are numbered on from file to file, so that a number names one row. A column that is read must be in every file:
otherwise the rows of a file would lose their phone or their status without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Check, Source, Use
from batch.loader.regions import fold
from batch.loader.reports.layout import detect_report
from batch.text.language import tr, trn

#: The columns that say where a row came from. They stand last, and come back in the reports.
SOURCE_FILE: Final = "source_file"
SOURCE_ROW: Final = "source_row"
#: Files that are named in a sentence.
_NAMED: Final = 8
#: A variable of a contact: capitals are part of its name.
_VARIABLE: Final = "var:"

#: A column's folded header, and how many columns of that header stand before it in its file.
_Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SeveralFiles:
    """Files that are read as one table, in this order."""

    paths: tuple[Path, ...]

    def __str__(self) -> str:
        more = len(self.paths) - 1
        return trn("{first} and {count} more file", "{first} and {count} more files", more, first=self.paths[0])


def given_files(paths: Sequence[Path]) -> Path | SeveralFiles:
    """What `paths` are as one source. Raises InputRefused for a file that is given twice, and for stdin beside files."""
    if len(paths) == 1:
        return paths[0]
    seen: set[Path] = set()
    for path in paths:
        if str(path) == "-":
            raise InputRefused(
                tr("- (stdin) cannot be read together with files."), tip=tr("Give the files, or stdin alone.")
            )
        whole = path.absolute()
        if whole in seen:
            raise InputRefused(tr("{path} is given twice.", path=path), tip=tr("Give each file once."))
        seen.add(whole)
    return SeveralFiles(tuple(paths))


def files_sha256(digests: Sequence[str]) -> str:
    """The SHA-256 of several files, by the SHA-256 of each; their order does not count."""
    return hashlib.sha256(bytes.fromhex("".join(sorted(digests)))).hexdigest()


def unite(files: SeveralFiles, sources: Sequence[Source]) -> Source:
    """The rows of `sources`, the opened `files`, as one table. Raises InputRefused where one of them is a report."""
    names = _short_names(files.paths)
    for path, source in zip(files.paths, sources, strict=True):
        if detect_report(source.header) is not None:
            raise InputRefused(
                tr("{path} is the report of a run, and a report is not read together with other files.", path=path),
                tip=tr("Give each report alone: guayaba-batch rerun {path}.", path=path),
            )
    columns: dict[_Name, str] = {}
    places: list[Mapping[_Name, int]] = []
    for source in sources:
        own = _number_names(source.header)
        places.append({name: at for at, name in enumerate(own)})
        for name, title in zip(own, source.header, strict=True):
            columns.setdefault(name, title)
    order = list(columns)
    dtypes = [
        {source.dtypes[place[name]] for source, place in zip(sources, places, strict=True) if name in place}
        for name in order
    ]
    same_format = len({source.format for source in sources}) == 1
    ends: dict[str, tuple[int, int]] = {}

    def chunks() -> Iterator[pl.DataFrame]:
        ends.clear()
        last = 0
        for name, source, place in zip(names, sources, places, strict=True):
            offset = last
            for chunk in source.chunks():
                if chunk.height:
                    numbers = chunk["number"]
                    last = offset + int(numbers[-1])
                    ends[name] = (ends.get(name, (offset + int(numbers[0]), 0))[0], last)
                yield _place(chunk, name, offset, [place.get(each) for each in order])

    return Source(
        path=str(files),
        format=sources[0].format if same_format else "csv",
        sha256=files_sha256([source.sha256 for source in sources]),
        header=(*columns.values(), SOURCE_FILE, SOURCE_ROW),
        dtypes=(*(kinds.pop() if len(kinds) == 1 else "String" for kinds in dtypes), "String", "String"),
        chunks=chunks,
        guarded=all(source.guarded for source in sources),
        notices=tuple(f"{name}: {text}" for name, source in zip(names, sources, strict=True) for text in source.notices),
        changed=lambda: any(source.changed() for source in sources),
        keep=tuple(sources),
        separator=sources[0].separator if same_format else ",",
        late_notices=lambda: (
            _rows_notice(names, ends),
            *(f"{name}: {text}" for name, source in zip(names, sources, strict=True) for text in source.late_notices()),
        ),
        checks=(
            _columns_check(names, places, order, columns),
            *(
                _check_of(check, [place.get(each) for each in order])
                for source, place in zip(sources, places, strict=True)
                for check in source.checks
            ),
        ),
    )


def _short_names(paths: Sequence[Path]) -> list[str]:
    """The name of each file, or its whole path where two have one name."""
    names = [path.name for path in paths]
    return [name if names.count(name) == 1 else str(path) for name, path in zip(names, paths, strict=True)]


def _number_names(header: Sequence[str]) -> list[_Name]:
    """The name of each column by which it is found in other files."""
    plain = [title.strip() if title.strip().startswith(_VARIABLE) else fold(title) or title.strip() for title in header]
    return [(name, plain[:at].count(name)) for at, name in enumerate(plain)]


def _place(chunk: pl.DataFrame, name: str, offset: int, places: Sequence[int | None]) -> pl.DataFrame:
    """`chunk` of the file `name` with the columns of the table, its rows numbered from `offset` on.

    The raw line of a broken row, which stands in its first cell, goes into the first cell of the table.
    """
    raw = pl.when(pl.col("broken").is_not_null()).then(pl.col("0"))
    cells = [
        (pl.lit(None, pl.String) if at is None else pl.when(pl.col("broken").is_null()).then(pl.col(str(at))))
        for at in places
    ]
    cells[0] = raw.otherwise(cells[0])
    return chunk.select(
        pl.col("number").alias("own"), (pl.col("number") + offset).cast(pl.UInt32).alias("number"), pl.col("broken"),
        *(cell.alias(str(at)) for at, cell in enumerate(cells)),
        pl.lit(name, pl.String).alias(str(len(places))),
        pl.col("number").cast(pl.String).alias(str(len(places) + 1)),
    ).drop("own")  # fmt: skip


def _rows_notice(names: Sequence[str], ends: Mapping[str, tuple[int, int]]) -> str:
    """Which rows are whose: what a number in a message means."""
    listed = [
        tr("{file}: rows {first:,} to {last:,}", file=name, first=ends[name][0], last=ends[name][1])
        if name in ends
        else tr("{file}: no rows", file=name)
        for name in islice(names, _NAMED)
    ]
    if len(names) > _NAMED:
        listed.append(tr("and {count:,} more", count=len(names) - _NAMED))
    return tr(
        "{count} files are read as one table ({listed}). The report names the file and the row in {columns}.",
        count=len(names),
        listed="; ".join(listed),
        columns=f"{SOURCE_FILE}, {SOURCE_ROW}",
    )


def _columns_check(
    names: Sequence[str], places: Sequence[Mapping[_Name, int]], order: Sequence[_Name], columns: Mapping[_Name, str]
) -> Check:
    """Refuse files that lack a column which is read."""

    def check(use: Use) -> None:
        read = [order[at] for at in sorted(use.read) if at < len(order)]
        wrong = [
            tr("{file} has no column {column!r}", file=name, column=columns[each])
            for each in read
            for name, place in zip(names, places, strict=True)
            if each not in place
        ]
        if wrong:
            raise InputRefused(
                tr("these files cannot be read as one table: a column that is used must be in each of them."),
                problems=tuple(wrong[:20]),
                tip=tr("Give the column the same name in each file, or run the files one after another."),
            )

    return check


def _check_of(check: Check, places: Sequence[int | None]) -> Check:
    """The `check` of one file, whose columns are at `places` of the table."""

    def checked(use: Use) -> str | None:
        here = {at: own for at, own in enumerate(places) if own is not None}
        return check(
            replace_use(use, here)
        )

    return checked


def replace_use(use: Use, here: Mapping[int, int]) -> Use:
    """`use` with the columns of the table as those of one file."""
    return use._replace(
        read=frozenset(here[at] for at in use.read if at in here),
        written=frozenset(here[at] for at in use.written if at in here),
    )
