"""From a path to a `Source`: what the bytes are, whatever the name says.

Owns: existence, stdin, folders and globs, the format by content, the hash of the bytes.
Flow: path or "-" -> a local file -> unpacked -> its first bytes -> the format's reader -> `Source`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from batch.errors import InputRefused, SettingsError
from batch.loader.chunks import Check, Source, Use
from batch.loader.report_layout import detect_report
from batch.loader.sources import archives, cloud, columnar, folders, json_document, ndjson, vcard_source, vcards
from batch.loader.sources.footers import without_footers
from batch.loader.sources.foreign import TIP, refuse_foreign, refuse_foreign_zip
from batch.loader.sources.frames import frame_source
from batch.loader.sources.local_file import existing, file_sha256, watch
from batch.loader.sources.mangled import unmangle
from batch.loader.sources.nested_columns import nested_columns
from batch.loader.sources.several_files import SeveralFiles, unite
from batch.loader.sources.text_source import text_source
from batch.loader.sources.workbooks import sheets
from batch.loader.sources.workbooks.cell_table import MAX_COLUMNS
from batch.loader.sources.workbooks.sheet_source import sheet_source
from batch.settings.read_options import ReadOptions
from batch.text.language import tr
from batch.text.temporary_folder import TemporaryFolder

_HEAD = 4096
#: Packed files inside each other that are opened: a ZIP with a `.csv.gz`, and no more.
_MAX_PACKINGS = 2
_ARROW_STREAM = b"\xff\xff\xff\xff"


def open_source(
    path: str | Path | pl.DataFrame | SeveralFiles, reading: ReadOptions, stdin: BinaryIO | None = None
) -> Source:
    """The source at `path` ("-": `stdin`, or a frame), its header read and its rows ready to be read again and again.

    Raises InputRefused when there is nothing to read or no format reads it, SettingsError for a bad `--sheet`,
    `--header-row` or `--encoding`.
    """
    if isinstance(path, pl.DataFrame):
        return frame_source(path)
    if isinstance(path, SeveralFiles):
        return unite(path, [unmangle(_open(each, reading, None)) for each in path.paths])
    return unmangle(_open(path, reading, stdin))


def is_here(path: str | Path | SeveralFiles) -> bool:
    """True for what can be looked at at any time: no stream that is gone once it is read, no network."""
    if isinstance(path, SeveralFiles):
        return all(map(is_here, path.paths))
    return str(path) != "-" and not cloud.is_cloud(str(path))


def _open(path: str | Path, reading: ReadOptions, stdin: BinaryIO | None) -> Source:
    name = str(path)
    if name == "-":
        keep = TemporaryFolder()
        return _open_file(_spool(stdin, keep), "-", reading, keep)
    if cloud.is_cloud(name):
        name, keep = cloud.address(name), TemporaryFolder()
        return _open_file(cloud.fetch(name, keep.path), name, reading, keep)
    if not Path(name).exists() and any(mark in name for mark in "*?["):
        return _parquet_files(folders.find_glob_files(name), name, reading)
    if Path(name).is_dir():
        return _open_folder(Path(name), name, reading)
    return _open_file(existing(Path(name)), name, reading, None)


def _spool(stdin: BinaryIO | None, folder: TemporaryFolder) -> Path:
    """A file with everything that `stdin` holds, since the rows are read twice."""
    if stdin is None:
        raise InputRefused(tr("There is no standard input to read."), tip=tr("Give a file, or pipe one in."))
    path = folder.path / "stdin"
    with path.open("wb") as spool:
        shutil.copyfileobj(stdin, spool, 1 << 20)
    if path.stat().st_size == 0:
        raise InputRefused(tr("Standard input is empty."), tip=tr("Check the command before the pipe."))
    return path


def _open_file(path: Path, name: str, reading: ReadOptions, keep: object) -> Source:
    sha256 = file_sha256(path)
    unpacked, keep, inside = _unpack(path, name, keep)
    head = _head(unpacked)
    source = _by_content(unpacked, head, name, inside, sha256, reading, keep)
    if (
        (reading.header_row or reading.no_header)
        and not reading.rerun
        and source.format in {"parquet", "arrow", "ndjson"}
    ):
        option = "--no-header" if reading.no_header else "--header-row"
        raise SettingsError(
            tr("{option} is for text files and sheets; {name} names its columns itself.", option=option, name=name),
            tip=tr("Leave the option out."),
        )
    if len(source.header) > MAX_COLUMNS:
        raise InputRefused(
            tr(
                "{name} has {count:,} columns; the limit is {max_columns:,}.",
                name=name,
                count=len(source.header),
                max_columns=MAX_COLUMNS,
            ),
            tip=tr("Export the columns of the contacts only."),
        )
    if reading.sheet is not None and not reading.rerun and _detect_sheet_kind(unpacked, head, name) is None:
        notice = tr("--sheet is not used: {name} has no sheets.", name=name)
        source = replace(source, notices=(*source.notices, notice))
    return replace(source, changed=watch([path]))


def _unpack(path: Path, name: str, keep: object) -> tuple[Path, object, str]:
    """The file at `path` without its packing, what must be kept for it, and its name without the ending."""
    inside = name
    for _ in range(_MAX_PACKINGS):
        head = _head(path)
        packing = archives.detect_packing(head)
        if packing is not None:
            folder = TemporaryFolder()
            path, inside = archives.unpack(path, inside, packing, folder)
            keep = (keep, folder)
        elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            kind, names = sheets.detect_zip_kind(path, name)
            if kind is not None:
                break
            refuse_foreign_zip(names, name)
            folder = TemporaryFolder()
            path, inside = archives.unpack_member(path, name, folder)
            keep = (keep, folder)
        else:
            break
    return path, keep, inside


def _by_content(  # noqa: C901 - one branch for each mark of a format
    path: Path, head: bytes, name: str, inside: str, sha256: str, reading: ReadOptions, keep: object
) -> Source:
    """The source of the unpacked file at `path`, which begins with `head`."""
    refuse_foreign(head, name)
    if head.startswith(b"PAR1"):
        folders.refuse_table_part(path, name)
        return _columns(columnar.scan([str(path)]), name, sha256, reading, keep)
    if head.startswith((b"ARROW1", _ARROW_STREAM)):
        tables = columnar.read_arrow(path, name, stream=head.startswith(_ARROW_STREAM))
        return replace(_columns(tables, name, sha256, reading, keep), format="arrow")
    if head.startswith(b"Obj\x01"):
        return _columns(columnar.read_avro(path, name), name, sha256, reading, keep, tr("an Avro file"))
    if (kind := _detect_sheet_kind(path, head, name)) is not None:
        return _with_footers(sheet_source(path, kind, name, sha256, reading, keep), reading)
    if vcards.is_vcard(head):
        return vcard_source.vcard_source(path, name, sha256, keep)
    if inside.lower().endswith((".ndjson", ".jsonl")) and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return _ndjson(path, name, sha256, reading, keep)
    is_object = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if json_document.is_document(head) or (is_object and json_document.is_wrapped(path, reading)):
        folder = TemporaryFolder()
        json_document.write_ndjson(path, name, folder.path / "rows.ndjson")
        source = _ndjson(folder.path / "rows.ndjson", name, sha256, reading, (keep, folder))
        notice = tr("The report of a JSON document is NDJSON: one JSON object per line.")
        return replace(source, notices=(*source.notices, notice))
    if is_object:
        return _ndjson(path, name, sha256, reading, keep)
    return _with_footers(text_source(path, name, inside, sha256, reading, keep), reading)


def _detect_sheet_kind(path: Path, head: bytes, name: str) -> str | None:  # noqa: C901 - one branch for each mark of a format
    """The kind of workbook, page or sheet that the file is by its content, or `None`."""
    if head.startswith(b"PK"):
        return sheets.detect_zip_kind(path, name)[0]
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    plain = head.decode("utf-16", "replace") if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else head.decode("latin-1")
    start = plain.lstrip("\ufeff\u00ef\u00bb\u00bf \t\r\n").lower()
    if start.startswith("<?xml") and "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "spreadsheetml"
    if start.startswith(("<?xml", "<office:document")) and "opendocument:xmlns:office" in start:
        return "fods"
    if start.startswith(("<!doctype html", "<html", "<table", "<meta", "<head", "<style", "<body", "<div", "<center")):
        return "html"
    if start.startswith("<?xml") and ("<html" in start or "<table" in start):
        return "html"
    if start.startswith("<?xml"):
        raise InputRefused(tr("{name} is XML of a kind that is not read.", name=name), tip=tr(TIP))
    return None


def _with_footers(source: Source, reading: ReadOptions) -> Source:
    is_plain = reading.no_header or detect_report(source.header) is not None
    return source if is_plain else without_footers(source)


def _columns(
    tables: Sequence[columnar.Table], name: str, sha256: str, reading: ReadOptions, keep: object, what: str = ""
) -> Source:
    """The source of `tables`; its reports are Parquet, and a notice says so where it is `what`, another format."""
    nested = nested_columns(reading, tables[0].header())
    tables = [replace(table, nested=nested) for table in tables]
    header = tables[0].header()
    unreadable = sorted(frozenset[str]().union(*(table.unreadable for table in tables)))
    notices = [tr("The report of {what} is Parquet.", what=what)] if what else []
    if unreadable:
        notices.append(
            tr("Columns of types that cannot be read are empty here: {unreadable}.", unreadable=", ".join(unreadable))
        )
    return Source(
        path=name,
        format="parquet",
        sha256=sha256,
        header=tuple(header),
        dtypes=columnar.read_dtypes(tables),
        chunks=partial(columnar.read_chunks, tables),
        notices=tuple(notices),
        keep=keep,
        checks=(_readable_check(name, header, unreadable),) if unreadable else (),
    )


def _readable_check(name: str, header: Sequence[str], unreadable: Sequence[str]) -> Check:
    def check(use: Use) -> str | None:
        wrong = [header[at] for at in sorted(use.read) if header[at] in unreadable]
        if wrong:
            raise InputRefused(
                tr(
                    "{name} has a type in {wrong} that cannot be read.",
                    name=name,
                    wrong=tr(" and ").join(map(repr, wrong)),
                ),
                tip=tr("Write these columns as text."),
            )
        return None

    return check


def _ndjson(path: Path, name: str, sha256: str, reading: ReadOptions, keep: object) -> Source:
    header, dtypes = ndjson.read_layout(path)
    nested = nested_columns(reading, header)
    header, dtypes = (*header, *nested), (*dtypes, *("String",) * len(nested))
    return Source(
        path=name,
        format="ndjson",
        sha256=sha256,
        header=header,
        dtypes=dtypes,
        chunks=lambda: ndjson.read_chunks(path, header, nested),
        keep=keep,
    )


def _open_folder(folder: Path, name: str, reading: ReadOptions) -> Source:
    kind = folders.table_format(folder)
    if kind == "Delta":
        log = sorted((folder / "_delta_log").glob("*.json"))
        source = _columns(columnar.read_delta(folder), name, _hash_files(log), reading, None, tr("a Delta table"))
        return replace(source, changed=watch([folder / "_delta_log", *log]))
    if kind is not None:
        raise InputRefused(
            tr("{folder} is an {kind} table, which is not read.", folder=folder, kind=kind),
            tip=tr("Export the table's rows as Parquet or CSV."),
        )
    return _parquet_files(folders.find_folder_files(folder), name, reading)


def _parquet_files(files: folders.TableFiles, name: str, reading: ReadOptions) -> Source:
    """Many Parquet files as one table, in the order of their names."""
    paths = [existing(Path(path)) for path in files.paths]
    source = _columns(columnar.scan(files.paths, files.partitions), name, _hash_files(paths), reading, None)
    return replace(source, changed=watch(paths))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _hash_files(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(bytes.fromhex(file_sha256(path)))
    return digest.hexdigest()
