"""Corrections of cells, kept beside a file that stays as it is, for this export and the next one.

Owns: the corrections file, how a correction names its rows, and putting a new correction among the others. Pure, but
for reading and writing that file.

A correction says what a cell of a column is to be read as. It holds for all rows with that cell, or for one row: that
row is named by a digest of all its cells, never by its number, since row 17 of next week's export is another person.

```csv
column,cell,corrected,row
Phone,212-555-O100,212-555-0100,
Phone,,+1 212 555 0101,9f86d081884c7d65
```
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from batch.text.language import tr

_HEADER: Final = ("column", "cell", "corrected", "row")
#: A file of corrections is made by hand; a larger one is another file.
_MOST_BYTES: Final = 64 << 20


class Correction(NamedTuple):
    """`cell` of the column with this header is read as `corrected`. `row`: only in the row with this `row_digest`;
    empty: in every row. An empty `cell` is an empty cell, and needs a `row`."""

    column: str
    cell: str
    corrected: str
    row: str = ""


def row_digest(cells: Iterable[str | None]) -> str:
    """The name of the row with these cells (the user's own, all of them): 16 hexadecimal digits of their SHA-256."""
    import json
    from hashlib import sha256

    text = json.dumps([cell or "" for cell in cells], ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def merge_correction(corrections: Sequence[Correction], new: Correction) -> tuple[Correction, ...]:
    """`corrections` with `new`, whose `cell` is the cell as it is read until now: where an earlier correction made it
    so, that one is changed. A correction back to the original cell removes it."""
    merged: dict[tuple[str, str, str], Correction] = {each[:2] + each[3:]: each for each in corrections}
    for key, each in list(merged.items()):
        same_rows = each.row == new.row if new.row else not each.row
        if each.column == new.column and same_rows and each.corrected == new.cell:
            merged[key] = each._replace(corrected=new.corrected)
    if not (new.row and any(each.row == new.row and each.column == new.column for each in corrections)):
        merged[(new.column, new.cell, new.row)] = new
    return tuple(each for each in merged.values() if each.cell != each.corrected)


def read_corrections(value: object) -> tuple[Correction, ...]:
    """The corrections in a file (a path), or a sequence of them, each as it is.

    Raises ValueError where the file cannot be read or is not a corrections file.
    """
    if isinstance(value, list | tuple):
        return _require_rows([Correction(*each) for each in value])
    path = Path(str(value))
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(
                tr(
                    "expected a corrections file, found {path} with more than {most_bytes} MiB",
                    path=path,
                    most_bytes=_MOST_BYTES >> 20,
                )
            )
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or tr("it is not UTF-8 text")
        raise ValueError(
            tr("expected a corrections file, but {path} cannot be read: {why}", path=path, why=why)
        ) from None
    import csv
    import io

    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows or tuple(rows[0]) != _HEADER:
        raise ValueError(
            tr("expected a corrections file with the header {header}: {path}", header=",".join(_HEADER), path=path)
        )
    wrong = [number for number, row in enumerate(rows[1:], 2) if row and len(row) != len(_HEADER)]
    if wrong:
        raise ValueError(
            tr(
                "expected {count} cells in each line of {path}, not in line {wrong}",
                count=len(_HEADER),
                path=path,
                wrong=wrong[0],
            )
        )
    return _require_rows([Correction(*row) for row in rows[1:] if row])


def corrections_text(corrections: Iterable[Correction]) -> str:
    """The content of the corrections file."""
    import csv
    import io

    sink = io.StringIO(newline="")
    csv.writer(sink).writerows([_HEADER, *corrections])
    return sink.getvalue()


def _require_rows(corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    for each in corrections:
        if not each.cell and not each.row:
            raise ValueError(
                tr("expected a row for the empty cell of {column!r}: it is not the same person's", column=each.column)
            )
    return tuple(corrections)
