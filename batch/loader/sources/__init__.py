"""From a path to a `Source`: what the bytes are, whatever the name says.

Owns: existence, stdin, gzip, globs, the format by content, the hash of the bytes, refusals of what no format reads.
Flow: path or "-" -> a local file -> its first bytes -> the format's reader -> `Source`.
"""

from __future__ import annotations

import difflib
import glob
import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.loader.sources import cloud, columnar, encodings, ndjson, sheets, text
from batch.loader.sources.frames import frame_source
from batch.loader.sources.mangled import unmangled
from batch.settings.read_options import ReadOptions
from batch.text.temporary_folder import TemporaryFolder
from batch.text.visible import is_encodable

#: A gzip file may unpack to this much; more is a bomb or wants unpacking by hand.
GZIP_LIMIT = 16 << 30
#: Names that are looked at, at most, for what was meant.
_NAMES = 10_000
_CSV_TIP = "Give a CSV, TSV, XLSX, Parquet or NDJSON file."


def open_source(path: str | Path | pl.DataFrame, reading: ReadOptions, stdin: BinaryIO | None = None) -> Source:
    """The source at `path` ("-": `stdin`, or a frame), its header read and its rows ready to be read again and again.

    Raises InputRefused when there is nothing to read or no format reads it, SettingsError for a bad `--sheet` or
    `--encoding`.
    """
    if isinstance(path, pl.DataFrame):
        return frame_source(path)
    return unmangled(_opened(path, reading, stdin))


def is_here(path: str | Path) -> bool:
    """True for what can be looked at whenever one likes: no stream that is gone once it is read, no network."""
    return str(path) != "-" and not cloud.is_cloud(str(path))


def _opened(path: str | Path, reading: ReadOptions, stdin: BinaryIO | None) -> Source:
    name = str(path)
    if name == "-":
        keep = TemporaryFolder()
        return _open_file(_spooled(stdin, keep), "-", reading, keep)
    if cloud.is_cloud(name):
        keep = TemporaryFolder()
        return _open_file(cloud.fetched(name, keep.path), name, reading, keep)
    if not Path(name).exists() and any(mark in name for mark in "*?["):
        return _open_glob(name)
    return _open_file(_existing(Path(name)), name, reading, None)


def _existing(path: Path) -> Path:
    if path.is_dir():
        raise InputRefused(f"{path} is a folder, not a file.", tip=_CSV_TIP)
    if not path.exists():
        near = _near(path)
        tip = f"Did you mean {near}?" if near else f"Check the name and the folder: {_here(path)}."
        raise InputRefused(f"There is no file {path}.", tip=tip)
    if not path.is_file():
        raise InputRefused(f"{path} is not a regular file.", tip="Pipe it in: give - as the file.")
    if not os.access(path, os.R_OK):
        raise InputRefused(f"{path} may not be read by this user.", tip="Check its permissions.")
    if path.stat().st_size == 0:
        raise InputRefused(f"{path} is empty.", tip="Export it again.")
    if not is_encodable(str(path)):
        raise InputRefused(f"the name of {path} is not valid UTF-8.", tip="Rename the file, or pipe it in: give -.")
    return path


def _near(path: Path) -> Path | None:
    """The file in the folder of `path` whose name is nearly the same, or differs in its ending alone."""
    try:
        names = [entry.name for entry in islice(os.scandir(path.parent), _NAMES) if entry.is_file()]
    except OSError:
        return None
    same = [name for name in names if Path(name).stem.lower() == path.stem.lower()]
    near = same or difflib.get_close_matches(path.name, names, 1, 0.7)
    return path.with_name(near[0]) if near else None


def _here(path: Path) -> str:
    if path.parent.is_dir():
        return f"{path.parent.absolute()} holds nothing like it"
    return f"there is no folder {path.parent}"


def _spooled(stdin: BinaryIO | None, folder: TemporaryFolder) -> Path:
    """A file with everything that `stdin` holds, since the rows are read twice."""
    if stdin is None:
        raise InputRefused("There is no standard input to read.", tip="Give a file, or pipe one in.")
    path = folder.path / "stdin"
    with path.open("wb") as spool:
        shutil.copyfileobj(stdin, spool, 1 << 20)
    if path.stat().st_size == 0:
        raise InputRefused("Standard input is empty.", tip="Check the command before the pipe.")
    return path


def _open_file(path: Path, name: str, reading: ReadOptions, keep: object) -> Source:
    sha256 = _hash(path)
    with path.open("rb") as file:
        head = file.read(4096)
    name_inside = name
    if head.startswith(b"\x1f\x8b"):
        folder = TemporaryFolder()
        path, keep, name_inside = _unpacked(path, name, folder), (keep, folder), name.removesuffix(".gz")
        with path.open("rb") as file:
            head = file.read(4096)
    _refuse_foreign(head, name)
    if head.startswith(b"PAR1"):
        return _parquet([str(path)], name, sha256, keep)
    if head.startswith(b"PK\x03\x04"):
        sheet = sheets.read_sheet(path, reading.sheet)
        return Source(
            path=name,
            format="xlsx",
            sha256=sha256,
            header=sheet.header,
            dtypes=("String",) * len(sheet.header),
            chunks=lambda: sheets.chunks_of(sheet),
            notices=_sheet_notice(sheet, reading),
            changed=_watch([path]),
            keep=(keep, sheet),
        )
    if name_inside.lower().endswith((".ndjson", ".jsonl")) or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _ndjson(path, name, sha256, keep)
    return _text(path, name, sha256, reading, keep)


def _text(path: Path, name: str, sha256: str, reading: ReadOptions, keep: object) -> Source:
    with path.open("rb") as file:
        if reading.encoding is None and encodings.is_binary(file.read(4096)):
            raise InputRefused(f"{name} is not a table: it holds no text.", tip=_CSV_TIP)
    encodings.refuse_endless_line(path, name)
    dialect = text.dialect_of(path, encodings.encoding_of(path, reading.encoding))
    header = text.header_of(path, dialect)
    width = len(header)
    return Source(
        path=name,
        # What is called CSV comes back as CSV, also where tabs separate it.
        format="tsv" if dialect.separator == "\t" and not name.lower().endswith((".csv", ".csv.gz")) else "csv",
        sha256=sha256,
        header=header,
        dtypes=("String",) * width,
        chunks=lambda: text.chunks_of(path, dialect, width),
        guarded=True,
        changed=_watch([path]),
        keep=keep,
        separator=dialect.separator,
    )


def _ndjson(path: Path, name: str, sha256: str, keep: object) -> Source:
    header, dtypes = ndjson.layout_of(path)
    return Source(
        path=name,
        format="ndjson",
        sha256=sha256,
        header=header,
        dtypes=dtypes,
        chunks=lambda: ndjson.chunks_of(path, header),
        changed=_watch([path]),
        keep=keep,
    )


def _parquet(paths: list[str], name: str, sha256: str, keep: object) -> Source:
    frames = columnar.scan(paths)
    return Source(
        path=name,
        format="parquet",
        sha256=sha256,
        header=tuple(frames[0].collect_schema().names()),
        dtypes=columnar.dtypes_of(frames),
        chunks=lambda: columnar.chunks_of(frames),
        changed=_watch([Path(path) for path in paths]),
        keep=keep,
    )


def _open_glob(pattern: str) -> Source:
    """Many Parquet files as one table, in the order of their names."""
    paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 -- Path.glob takes no absolute pattern
    if not paths:
        raise InputRefused(f"No file matches {pattern}.", tip="Check the pattern and the folder.")
    digest = hashlib.sha256()
    for path in paths:
        if Path(path).suffix.lower() not in {".parquet", ".pq"}:
            raise InputRefused(f"{path} matches {pattern} and is no Parquet file.", tip="Patterns are for Parquet.")
        digest.update(bytes.fromhex(_hash(_existing(Path(path)))))
    return _parquet(paths, pattern, digest.hexdigest(), None)


def _watch(paths: list[Path]) -> Callable[[], bool]:
    """A test: has one of `paths` been written, replaced or removed since now?"""

    def stamps() -> list[tuple[int, int, int] | None]:
        found: list[tuple[int, int, int] | None] = []
        for path in paths:
            try:
                stat = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return found

    before = stamps()
    return lambda: stamps() != before


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpacked(path: Path, name: str, folder: TemporaryFolder) -> Path:
    """A file with the unpacked bytes of a gzip file. Raises InputRefused if that is damaged or too large."""
    unpacked = folder.path / "unpacked"
    try:
        with gzip.open(path, "rb") as packed, unpacked.open("wb") as spool:
            while block := packed.read(1 << 20):
                spool.write(block)
                if spool.tell() > GZIP_LIMIT:
                    raise InputRefused(
                        f"{name} unpacks to more than {GZIP_LIMIT >> 30} GB.", tip="Unpack it and give the file itself."
                    )
    except (OSError, EOFError, zlib.error) as error:
        raise InputRefused(f"{name} is a damaged gzip file: {error}.", tip="Copy or export it again.") from error
    return unpacked


def _refuse_foreign(head: bytes, name: str) -> None:
    """Raise InputRefused for formats that are often given by mistake, each with what to do instead."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputRefused(
            f"{name} is an old .xls workbook, or an .xlsx with a password.",
            tip="Open it and save it as .xlsx without a password, or as CSV.",
        )
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<?xml")):
        raise InputRefused(
            f"{name} is a web page or XML, whatever its name says.",
            tip="Open it in the spreadsheet program, save it as CSV.",
        )
    if start.startswith(b"%pdf"):
        raise InputRefused(f"{name} is a PDF.", tip=_CSV_TIP)
    if start.startswith(b"begin:vcard"):
        raise InputRefused(f"{name} holds vCards.", tip="Export the contacts as CSV instead.")
    if start.startswith(b"["):
        raise InputRefused(f"{name} is a JSON array.", tip="Give NDJSON: one JSON object per line.")


def _sheet_notice(sheet: sheets.Sheet, reading: ReadOptions) -> tuple[str, ...]:
    if sheet.others and reading.sheet is None:
        others = ", ".join(sheet.others)
        return (f"The first sheet, {sheet.name!r}, was read; the others were not: {others}. Choose with --sheet.",)
    return ()
