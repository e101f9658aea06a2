"""Objects in cloud storage, brought here by polars' cloud readers.

Owns: which addresses are in the cloud, fetching one into a private folder, and saying why that failed.
Source: polars' `scan_parquet` and `scan_lines`, which find credentials in the environment, a profile or a role.

A source is read twice and hashed, and the object may change in between: so it is fetched once, as a whole. Text comes
as lines of UTF-8; anything else must be Parquet, or be fetched by its owner.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import polars as pl

from batch.errors import InputRefused
from batch.text.language import tr

_SCHEMES = ("s3://", "gs://", "az://")
_ONE_SLASH = re.compile(r"^(s3|gs|az):/(?=[^/])", re.IGNORECASE)
_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl")


def is_cloud(name: str) -> bool:
    """True for the address of an object."""
    return address(name).lower().startswith(_SCHEMES)


def address(name: str) -> str:
    """`name` with both slashes of its scheme: a `Path` keeps one of them."""
    return _ONE_SLASH.sub(r"\1://", name)


def fetch(name: str, folder: Path) -> Path:
    """The file in `folder` that now holds the object `name`; several Parquet objects, by a pattern, become one.

    Raises InputRefused, naming the object, when it is of no kind that can be fetched, is not there, or may not be read.
    """
    kind = Path(name).suffix.lower()
    if kind not in {*_PARQUET, *_TEXT}:
        raise InputRefused(
            tr("{name} is not read from the cloud: only CSV, TSV, NDJSON and Parquet are.", name=name),
            tip=tr("Download it and give the file."),
        )
    target = folder / f"object{kind}"
    try:
        with warnings.catch_warnings():
            # polars warns of a region that it looks up by itself.
            warnings.simplefilter("ignore")
            _fetch(name, target)
    except (pl.exceptions.PolarsError, OSError, ValueError, ImportError) as error:
        why = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise InputRefused(
            tr("{name} cannot be fetched: {why}", name=name, why=why),
            tip=tr("Check the address and that this machine has credentials for it, or download it and give the file."),
        ) from error
    if not target.exists() or target.stat().st_size == 0:
        raise InputRefused(tr("{name} is empty.", name=name), tip=tr("Export it again."))
    return target


def _fetch(name: str, target: Path) -> None:
    """Bring the object at the address `name` into `target`."""
    if target.suffix in _PARQUET:
        pl.scan_parquet(name).sink_parquet(target, compression="lz4", maintain_order=True)
        return
    lines = pl.scan_lines(name, glob=False)
    with target.open("wb") as file:
        for batch in lines.collect_batches(maintain_order=True, engine="streaming"):
            file.writelines(f"{line}\n".encode() for line in batch.to_series())
