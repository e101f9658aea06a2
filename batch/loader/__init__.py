"""The loader: spreadsheets as they really are, turned into rows that are either ready to be sent or say why not."""

from batch.loader.load import Frame, Given, LoadedSource, load, look, report_runs
from batch.loader.normalise import normalise
from batch.loader.options import InputSummary, Issue, ReadOptions
from batch.loader.phones.option import phone_option
from batch.loader.repairs import write_repairs
from batch.loader.reports.restored_cells import OriginalRows
from batch.loader.sources import is_here

__all__ = [
    "Frame",
    "Given",
    "InputSummary",
    "Issue",
    "LoadedSource",
    "OriginalRows",
    "ReadOptions",
    "is_here",
    "load",
    "look",
    "normalise",
    "phone_option",
    "report_runs",
    "write_repairs",
]
