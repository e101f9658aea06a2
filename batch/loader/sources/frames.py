"""A polars DataFrame as a source: the table of a program that is no file.

Owns: what a frame is called, the hash by which the same rows find their run again, and refusing what has no text.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.loader.sources import columnar
from batch.text.language import tr

#: What a frame is called where a file has its path.
FRAME_NAME: Final = "DataFrame"


def frame_source(frame: pl.DataFrame) -> Source:
    """The rows of `frame`, which nothing can change any more; its reports are Parquet, with its column types.

    Raises InputRefused for a frame without columns or rows, and for columns of Python objects.
    """
    objects = [name for name, dtype in frame.schema.items() if dtype == pl.Object]
    if objects:
        raise InputRefused(
            tr(
                "The {frame_name} has columns of Python objects: {objects}.",
                frame_name=FRAME_NAME,
                objects=", ".join(objects),
            ),
            tip=tr("cast them to text, or leave them out."),
        )
    if not frame.width or not frame.height:
        raise InputRefused(
            tr(
                "The {frame_name} is empty: {height} rows, {width} columns.",
                frame_name=FRAME_NAME,
                height=frame.height,
                width=frame.width,
            )
        )
    frames = [columnar.Table(frame.lazy())]
    return Source(
        path=FRAME_NAME,
        format="parquet",
        sha256=_hash(frame),
        header=tuple(frame.columns),
        dtypes=columnar.read_dtypes(frames),
        chunks=lambda: columnar.read_chunks(frames),
    )


def _hash(frame: pl.DataFrame) -> str:
    """SHA-256 of the header, the types and every cell as text: the same in every process and version of polars."""
    digest = hashlib.sha256(repr([(name, str(dtype)) for name, dtype in frame.schema.items()]).encode())
    for chunk in columnar.read_chunks([columnar.Table(frame.lazy())]):
        digest.update(chunk.write_csv().encode())
    return digest.hexdigest()
