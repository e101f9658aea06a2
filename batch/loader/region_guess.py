"""The country that a column of numbers without country codes is probably of.

Owns: when a guess is worth a sentence, and which country it names. A guess is only said: no row is read by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from batch.loader.chunks import is_blank
from batch.loader.phones import Rules, judge
from batch.loader.reports.selected_rows import SelectedRows
from batch.loader.row_check import RowContext
from batch.text.language import tr

#: Codes of a phone that another country could explain.
_EXPLAINED: Final = ("region_needed", "invalid_number", "unknown_area", "ambiguous")
#: The share of rows that must have them, and the share of the cells that the guessed country must read.
_SHARE: Final = 0.5
_READ: Final = 0.7
#: Cells that are tried.
_TRIED: Final = 60
#: Countries that are tried, those of Guayaba's customers first: of two that read as many cells, the first counts.
_COUNTRIES: Final = (
    "US", "MX", "CO", "PE", "CL", "AR", "ES", "BR", "EC", "GT", "CR", "PA", "DO", "UY", "PY", "BO", "VE", "SV", "HN",
    "NI", "GB", "FR", "DE", "IT", "PT", "NL", "AU", "IN",
)  # fmt: skip


def suggested_region(chosen: SelectedRows, judged: RowContext, causes: Mapping[str, int], rows: int) -> str | None:
    """The country by which most cells could be read, where most rows cannot be; else `None`."""
    explained = sum(causes.get(code, 0) for code in _EXPLAINED)
    place = judged.phone_place
    if place is None or "region" in judged.roles.columns or explained < _SHARE * rows:
        return None
    return guess_region(_cells(chosen, place), judged.region)


def region_notices(judged: RowContext, suggested: str | None) -> tuple[str, ...]:
    """The sentence that names the `suggested` country; none without one."""
    if suggested is None:
        return ()
    if judged.region is None:
        return (tr("most cells look like {region} numbers: add --region {region}", region=suggested),)
    text = tr(
        "most cells are not valid in {given} and look like {region} numbers: give --region {region} instead of {given}",
        given=judged.region,
        region=suggested,
    )
    return (text,)


def guess_region(cells: Sequence[str], given: str | None = None) -> str | None:
    """The country, other than `given`, in which most of `cells` are numbers in use; `None` where no country fits."""
    local = [cell for cell in cells if not cell.lstrip().startswith("+")]
    if not local:
        return None
    read = {
        region: sum(judge(cell, region, Rules()).e164 is not None for cell in local)
        for region in _COUNTRIES
        if region != given
    }
    best = max(read, key=lambda region: read[region])
    return best if read[best] >= _READ * len(local) else None


def _cells(chosen: SelectedRows, place: int) -> list[str]:
    column = pl.col(str(place))
    chunk = next(chosen.chunks(), None)
    if chunk is None:
        return []
    return chunk.select(column.filter(~is_blank(column)).unique(maintain_order=True).head(_TRIED)).to_series().to_list()
