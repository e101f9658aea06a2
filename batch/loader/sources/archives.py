"""Packed files: one compressed file, or a ZIP with one table.

Owns: gzip, bzip2, xz, zstd and ZIP by their first bytes, the limits on what they unpack to, which member of a ZIP is
the table.
Flow: packed file -> a private file with the unpacked bytes, and its name without the ending.
Source: RFC 1952 (gzip), RFC 8878 (zstd), PKWARE's APPNOTE (ZIP).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, cast

from batch.errors import InputRefused
from batch.text.language import tr
from batch.text.temporary_folder import TemporaryFolder

#: A packed file may unpack to this much; more is a bomb or is better unpacked by hand.
UNPACKED_LIMIT = 16 << 30
_BLOCK = 1 << 20
#: Packed bytes that zstd is given at a time: four of them can stand for 128 kB.
_ZSTD_INPUT = 4096
#: Members of a ZIP that are no table: what macOS and exporting programs add.
_EXTRAS = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_EXTRA_NAMES = frozenset({"readme", "license", "manifest", "archive_browser", "metadata", "schema"})
_TABLES = frozenset(
    {"csv", "tsv", "txt", "tab", "xlsx", "xlsm", "xlsb", "xls", "ods", "fods", "parquet", "pq", "ndjson", "jsonl"}
    | {"json", "vcf", "vcard", "arrow", "feather", "ipc", "avro", "html", "htm", "xml"}
)
#: What the modules of the standard library raise for packed bytes that are damaged.
_DAMAGE: tuple[type[Exception], ...] = (OSError, EOFError, zlib.error, lzma.LZMAError)
#: What `zipfile` raises as well: RuntimeError for a password and for what it does not know, ValueError for a directory.
ZIP_FAULTS: tuple[type[Exception], ...] = (*_DAMAGE, zipfile.BadZipFile, RuntimeError, ValueError)


class Packing(NamedTuple):
    """How a compressed file is known and opened."""

    name: str
    magic: bytes
    endings: tuple[str, ...]
    open_file: Callable[[Path], IO[bytes]]


def _open_gzip(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb"))


def _open_bzip2(path: Path) -> IO[bytes]:
    return cast(IO[bytes], bz2.open(path, "rb"))


def _open_xz(path: Path) -> IO[bytes]:
    return cast(IO[bytes], lzma.open(path, "rb"))


def _open_zstd(path: Path) -> IO[bytes]:
    return cast(IO[bytes], _ZstdFile(path.open("rb")))


class _ZstdFile:
    """The unpacked bytes of a zstd file. Raises EOFError for one that is cut off, which `zstandard.open` reads to its
    end without a word."""

    def __init__(self, packed: IO[bytes]) -> None:
        import zstandard

        self._packed = packed
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame = self._decompressor.decompressobj()
        self._fresh = True

    def __enter__(self) -> _ZstdFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._packed.close()

    def read(self, _: int) -> bytes:
        """The next bytes, any number of them; none at the end."""
        while packed := self._packed.read(_ZSTD_INPUT):
            unpacked = b""
            while packed:
                unpacked += self._frame.decompress(packed)
                self._fresh = self._frame.eof
                packed = self._frame.unused_data if self._frame.eof else b""
                if self._frame.eof:
                    self._frame = self._decompressor.decompressobj()
            if unpacked:
                return unpacked
        if not self._fresh:
            raise EOFError(tr("it ends before the end of its data"))
        return b""


_PACKINGS = (
    Packing("gzip", b"\x1f\x8b", (".gz", ".gzip"), _open_gzip),
    Packing("bzip2", b"BZh", (".bz2", ".bz"), _open_bzip2),
    Packing("xz", b"\xfd7zXZ\x00", (".xz",), _open_xz),
    Packing("zstd", b"\x28\xb5\x2f\xfd", (".zst", ".zstd"), _open_zstd),
)


def detect_packing(head: bytes) -> Packing | None:
    """How a file that begins with `head` is compressed, or `None`."""
    return next((packing for packing in _PACKINGS if head.startswith(packing.magic)), None)


def unpack(path: Path, name: str, packing: Packing, folder: TemporaryFolder) -> tuple[Path, str]:
    """The unpacked file, and `name` without the ending of the packing. Raises InputRefused if damaged or too large."""
    unpacked = folder.path / "unpacked"
    damage = _DAMAGE
    if packing.name == "zstd":
        import zstandard

        damage = (*damage, zstandard.ZstdError)
    try:
        with packing.open_file(path) as packed:
            _copy(packed, unpacked, name)
    except damage as error:
        raise InputRefused(
            tr("{name} is a damaged {name_2} file: {error}.", name=name, name_2=packing.name, error=error),
            tip=tr("Copy or export it again."),
        ) from error
    inside = next((name[: -len(end)] for end in packing.endings if name.lower().endswith(end)), name)
    return unpacked, inside


def _copy(packed: IO[bytes], target: Path, name: str) -> None:
    with target.open("wb") as spool:
        while block := packed.read(_BLOCK):
            spool.write(block)
            if spool.tell() > UNPACKED_LIMIT:
                raise InputRefused(
                    tr(
                        "{name} unpacks to more than {unpacked_limit} GB.",
                        name=name,
                        unpacked_limit=UNPACKED_LIMIT >> 30,
                    ),
                    tip=tr("Unpack it and give the file itself."),
                )


def unpack_member(path: Path, name: str, folder: TemporaryFolder) -> tuple[Path, str]:
    """The only table in the ZIP archive at `path`, unpacked, and its name in the archive.

    Raises InputRefused for a ZIP without a table or with several, one with a password, and one that is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = _only_table(archive.infolist(), name)
            target = folder.path / "member"
            with archive.open(member) as packed:
                _copy(packed, target, f"{name} ({member.filename})")
    except ZIP_FAULTS as error:
        raise InputRefused(
            tr("{name} cannot be unpacked: {error}.", name=name, error=error),
            tip=tr("Unpack it and give the file itself."),
        ) from error
    return target, member.filename


def _only_table(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    files = [each for each in members if not each.is_dir() and not any(part in each.filename for part in _EXTRAS)]
    tables = [
        each
        for each in files
        if PurePosixPath(each.filename).suffix.lower().lstrip(".") in _TABLES
        and PurePosixPath(each.filename).stem.lower() not in _EXTRA_NAMES
    ]
    if not tables and len(files) == 1:
        tables = files
    if len(tables) != 1:
        found = [tr("found: {found}", found=each.filename) for each in (tables or files)[:20]]
        raise InputRefused(
            tr("{name} is a ZIP archive with {value} tables; expected one.", name=name, value=len(tables) or tr("no")),
            problems=tuple(found),
            tip=tr("Unpack it and give the file with the contacts."),
        )
    if tables[0].flag_bits & 1:
        raise InputRefused(
            tr("{name} is protected with a password.", name=name),
            tip=tr("Unpack it with the password and give the file itself."),
        )
    return tables[0]
