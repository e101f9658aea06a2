"""The refusal of a source without a row to send.

Owns: its words, by what left the rows out.
"""

from __future__ import annotations

from batch.errors import InputRefused
from batch.loader.chunks import Source
from batch.settings.read_options import ReadOptions
from batch.text.language import tr


def no_rows(source: Source, reading: ReadOptions) -> InputRefused:
    """The error for `source`, of which no row is left."""
    if reading.rerun and reading.only is not None:
        return InputRefused(
            tr(
                "{path} has no row that is {only}. Nothing was sent.",
                path=source.path,
                only=tr(" or ").join(sorted(reading.only)),
            ),
            tip=tr("Without --only, all rows that did not succeed are run again."),
        )
    if reading.where:
        return InputRefused(
            tr(
                "{path} has no row that matches {where}. Nothing was sent.",
                path=source.path,
                where=tr(" and ").join(reading.where),
            ),
            tip=tr("Compare the conditions of --where with the cells of the column."),
        )
    if reading.rerun:
        return InputRefused(
            tr("{path} has no row to run again.", path=source.path), tip=tr("Nothing is left to do with this report.")
        )
    return InputRefused(
        tr("{path} has a header and no rows.", path=source.path), tip=tr("Export it again with its contacts.")
    )
