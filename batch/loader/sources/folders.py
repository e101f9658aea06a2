"""Many files as one table: globs and folders of Parquet, partition columns, and table formats whose files alone lie.

Owns: which files a glob or a folder means, `country=US/` as a column, no parts of Delta, Iceberg or Hudi tables.
Source: the Hive layout of partitions; Delta's protocol (removed rows stay in the files until a vacuum, and only
`_delta_log` says so), Iceberg's and Hudi's likewise.
"""

from __future__ import annotations

import glob
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from batch.errors import InputRefused
from batch.text.language import tr, trn

_PARQUET = frozenset({".parquet", ".pq"})
#: What Hive writes for a partition whose value is null.
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
#: More files than this are no export of contacts.
MAX_FILES = 10_000


class TableFiles(NamedTuple):
    """The Parquet files of one table in the order of their names, and the partition values of each."""

    paths: list[str]
    partitions: list[dict[str, str | None]]


def table_format(folder: Path) -> str | None:
    """`Delta`, `Iceberg` or `Hudi` where `folder` is such a table, else `None`."""
    if (folder / "_delta_log").is_dir():
        return "Delta"
    if (folder / ".hoodie").is_dir():
        return "Hudi"
    metadata = folder / "metadata"
    if metadata.is_dir() and any(metadata.glob("*.metadata.json")):
        return "Iceberg"
    return None


def refuse_table_part(path: Path, name: str) -> None:
    """Raise InputRefused where the Parquet file at `path` belongs to a table whose removed rows are still in files."""
    for folder in path.absolute().parents:
        kind = table_format(folder)
        if kind is not None:
            raise InputRefused(
                tr(
                    "{name} takes the files of a {kind} table ({folder}): its removed rows are still in these files.",
                    name=name,
                    kind=kind,
                    folder=folder,
                ),
                tip=tr("Give the folder: {folder}.", folder=folder)
                if kind == "Delta"
                else tr("Export the table's rows as Parquet or CSV."),
            )


def find_glob_files(pattern: str) -> TableFiles:
    """The Parquet files that `pattern` matches. Raises InputRefused for none, for others, and for parts of a table."""
    paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 -- Path.glob takes no absolute pattern
    if not paths:
        raise InputRefused(
            tr("No file matches {pattern}.", pattern=pattern), tip=tr("Check the pattern and the folder.")
        )
    for path in paths:
        if Path(path).suffix.lower() not in _PARQUET:
            raise InputRefused(
                tr(
                    "a pattern in quotation marks is for Parquet files only: {path} matches {pattern}.",
                    path=path,
                    pattern=pattern,
                ),
                tip=tr("Remove the quotation marks: all files that match are then read as one table."),
            )
        refuse_table_part(Path(path), pattern)
    return _with_partitions(paths)


def find_folder_files(folder: Path) -> TableFiles:
    """The Parquet files in `folder` and below. Raises InputRefused where there are none, or others."""
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(("_", ".")) for part in path.relative_to(folder).parts)
    ]
    parquet = [path for path in files if path.suffix.lower() in _PARQUET]
    others = [path for path in files if path not in set(parquet)]
    if not parquet or others or len(parquet) > MAX_FILES:
        kinds = [trn("{count:,} Parquet file", "{count:,} Parquet files", len(parquet))] if parquet else []
        kinds += [trn("{count:,} other file", "{count:,} other files", len(others))] if others else []
        found = ", ".join(kinds)
        raise InputRefused(
            tr("{folder} is an empty folder.", folder=folder)
            if not files
            else tr(
                "{folder} is a folder, and only a folder of Parquet files is read ({found}).",
                folder=folder,
                found=found,
            ),
            problems=tuple(tr("found: {name}", name=path.relative_to(folder)) for path in others[:10]),
            tip=tr(
                "Give its files, for example {folder}/*.csv without quotation marks: they are read as one table.",
                folder=folder,
            ),
        )
    for path in parquet:
        refuse_table_part(path, str(folder))
    return _with_partitions([str(path) for path in parquet])


def _with_partitions(paths: list[str]) -> TableFiles:
    partitions = [_partition(path) for path in paths]
    names = list(partitions[0])
    for path, found in zip(paths, partitions, strict=True):
        if list(found) != names:
            raise InputRefused(
                tr("{path} has other partitions than {paths}.", path=path, paths=paths[0]),
                problems=(
                    tr("expected: {expected}", expected=", ".join(names) or "none"),
                    tr("found: {found}", found=", ".join(found) or "none"),
                ),
                tip=tr("Give files of one table."),
            )
    return TableFiles(paths, partitions)


def _partition(path: str) -> dict[str, str | None]:
    """The partition columns in the folders of `path`: `country=US` means a column `country` of `US`."""
    found: dict[str, str | None] = {}
    for part in Path(path).parent.parts:
        name, equals, value = part.partition("=")
        if equals and name:
            found[unquote(name)] = None if value == _NULL_PARTITION else unquote(value)
    return found
