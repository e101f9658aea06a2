"""The country that a column of numbers without country codes is probably of.

Owns: when a guess is worth a sentence, and which countries it names. A guess is only said: no row is read by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import polars as pl

from batch.loader.chunks import is_blank
from batch.loader.phones import Rules, judge
from batch.loader.reports.selected_rows import SelectedRows
from batch.loader.rows.row_check import RowContext
from batch.text.language import tr

#: Codes of a phone that another country could explain.
_EXPLAINED: Final = ("region_needed", "invalid_number", "unknown_area", "ambiguous")
#: The share of rows that must have them, and the share of the cells that the guessed country must read.
_SHARE: Final = 0.5
_READ: Final = 0.7
#: Cells that are tried.
_TRIED: Final = 60
#: Countries that are tried, and the order in which they are named: those of Guayaba's customers first.
_COUNTRIES: Final = (
    "US", "MX", "CO", "PE", "CL", "AR", "ES", "BR", "EC", "GT", "CR", "PA", "DO", "UY", "PY", "BO", "VE", "SV", "HN",
    "NI", "GB", "FR", "DE", "IT", "PT", "NL", "AU", "IN",
)  # fmt: skip

#: A country that reads so much less than the best, as a share of the cells, is named, too: some cells are damaged.
_NEAR: Final = 0.1
#: The United States are named for all countries of +1, whose numbers they read as the same.
_SAME_PLAN: Final = ("DO",)
#: Plans without fixed lengths, which take most digits for a landline: that alone says nothing beside another country.
_OPEN: Final = ("DE", "IT")


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
    one, regions = suggested[0], tr(" or ").join((", ".join(suggested[:-1]), suggested[-1]))
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
    """The countries, other than `given`, in which most of `cells` are numbers in use: the best, and all that read
    nearly as many, since one of them may be the right one. None where no country fits."""
    local = [cell for cell in cells if not cell.lstrip().startswith(("+", "00"))]
    if not local:
        return ()
    read = {region: _count(local, region) for region in _COUNTRIES if region not in (given, *_SAME_PLAN)}
    least = max(_READ * len(local), max(each.numbers for each in read.values()) - _NEAR * len(local))
    near = [region for region in read if read[region].numbers >= least]
    sure = [region for region in near if region not in _OPEN or read[region].mobiles >= _SHARE * len(local)]
    exact = [region for region in sure if max(read[region].as_written, read[region].mobiles) >= least]
    return tuple(exact or sure or near)


class _Count(NamedTuple):
    """How many cells are numbers of a country; of these, mobiles for certain, and read without a repair."""

    numbers: int
    mobiles: int
    as_written: int


def _count(cells: Sequence[str], region: str) -> _Count:
    found = [phone for cell in cells if (phone := judge(cell, region, Rules())).e164 is not None]
    return _Count(len(found), sum(each.kind == "mobile" for each in found), sum(not each.repairs for each in found))


def _cells(chosen: SelectedRows, place: int) -> list[str]:
    column = pl.col(str(place))
    chunk = next(chosen.chunks(), None)
    if chunk is None:
        return []
    return chunk.select(column.filter(~is_blank(column)).unique(maintain_order=True).head(_TRIED)).to_series().to_list()
