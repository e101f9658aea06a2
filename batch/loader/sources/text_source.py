"""A CSV or TSV file as a source.

Owns: its encoding and dialect, its header row, and that a guessed encoding is never written to a contact.
"""

from __future__ import annotations

from pathlib import Path

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.loader.sources import encodings, text
from batch.loader.sources.encoding_guess import guess_check
from batch.loader.sources.foreign import TIP
from batch.loader.sources.header_row import SEARCHED_ROWS, choose_header
from batch.settings.read_options import ReadOptions
from batch.text.language import tr, tr_noop

_HEAD = 4096
_GUESSED = tr_noop(
    "The file does not say its encoding and is no UTF-8: it is read as Windows-1252. --encoding names another."
)


def text_source(path: Path, name: str, inside: str, sha256: str, reading: ReadOptions, keep: object) -> Source:
    """The source of the text file at `path`, called `name`; `inside` is that name without the ending of its packing.

    Raises InputRefused for what is no text or has no header, SettingsError for options that do not fit.
    """
    with path.open("rb") as file:
        if reading.encoding is None and encodings.is_binary(file.read(_HEAD)):
            raise InputRefused(tr("{name} is not a table: it holds no text.", name=name), tip=tr(TIP))
    encodings.refuse_endless_line(path, name)
    encoding = encodings.detect_encoding(path, reading.encoding)
    dialect = text.detect_dialect(path, encoding)
    choice = choose_header(text.first_rows(path, dialect, SEARCHED_ROWS), reading, name)
    dialect = dialect._replace(header_row=choice.row)
    width = len(choice.header)
    chunks = lambda: text.read_chunks(path, dialect, width)  # noqa: E731
    guessed = reading.encoding is None and encodings.is_guess(encoding)
    return Source(
        path=name,
        # What is called CSV comes back as CSV, also where tabs separate it.
        format="tsv" if dialect.separator == "\t" and not inside.lower().endswith(".csv") else "csv",
        sha256=sha256,
        header=choice.header,
        dtypes=("String",) * width,
        chunks=chunks,
        guarded=True,
        notices=(*choice.notices, *([tr(_GUESSED)] if guessed else [])),
        keep=keep,
        separator=dialect.separator,
        checks=(guess_check(path, name, choice.header, chunks),) if guessed else (),
    )
