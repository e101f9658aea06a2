"""The country that a column of numbers without country codes is probably of.

Owns: when a guess is worth a sentence, and which countries it names. A guess is only said: no row is read by it.
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

#: Countries whose mobiles look the same: where both read as many cells, both are named.
_ALIKE: Final = {"PE": "CL"}


def suggested_regions(
    chosen: SelectedRows, judged: RowContext, causes: Mapping[str, int], rows: int
) -> tuple[str, ...]:
    """The countries by which most cells could be read, where most rows cannot be; else none."""
    explained = sum(causes.get(code, 0) for code in _EXPLAINED)
    place = judged.phone_place
    if place is None or "region" in judged.roles.columns or explained < _SHARE * rows:
        return ()
    return guess_regions(_cells(chosen, place), judged.region)


def region_notices(judged: RowContext, suggested: Sequence[str]) -> tuple[str, ...]:
    """The sentence that names the `suggested` countries; none without one."""
    if not suggested:
        return ()
    one, regions = suggested[0], tr(" or ").join(suggested)
    if judged.region is None and len(suggested) == 1:
        return (tr("most cells look like {region} numbers: add --region {region}", region=one),)
    if judged.region is None:
        return (tr("most cells look like {regions} numbers: add the right country with --region", regions=regions),)
    if len(suggested) == 1:
        return (
            tr(
                "most cells are not valid in {given} and look like {region} numbers: give --region {region} instead of "
                "{given}",
                given=judged.region,
                region=one,
            ),
        )
    return (
        tr(
            "most cells are not valid in {given} and look like {regions} numbers: give the right country with --region",
            given=judged.region,
            regions=regions,
        ),
    )


def guess_regions(cells: Sequence[str], given: str | None = None) -> tuple[str, ...]:
    """The country, other than `given`, in which most of `cells` are numbers in use, and its look-alike if that reads as
    many; none where no country fits. Of two that read as many, the one in which more are mobiles: 612345678 is a
    mobile in Spain, and a number of Punta Arenas in Chile."""
    local = [cell for cell in cells if not cell.lstrip().startswith(("+", "00"))]
    if not local:
        return ()
    read = {region: _count(local, region) for region in _COUNTRIES if region != given}
    best = max(read, key=lambda region: read[region])
    if read[best][0] < _READ * len(local):
        return ()
    alike = _ALIKE.get(best, best)
    return (best, alike) if alike in read and alike != best and read[alike][0] == read[best][0] else (best,)


def _count(cells: Sequence[str], region: str) -> tuple[int, int]:
    """How many of `cells` are numbers in `region`, and how many of these are mobiles for certain."""
    found = [judge(cell, region, Rules()) for cell in cells]
    return sum(phone.e164 is not None for phone in found), sum(phone.kind == "mobile" for phone in found)


def _cells(chosen: SelectedRows, place: int) -> list[str]:
    column = pl.col(str(place))
    chunk = next(chosen.chunks(), None)
    if chunk is None:
        return []
    return chunk.select(column.filter(~is_blank(column)).unique(maintain_order=True).head(_TRIED)).to_series().to_list()
