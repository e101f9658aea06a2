"""The loader: spreadsheets as they really are, turned into rows that are either ready to be sent or say why not."""

from batch.loader.load import Frame, Given, LoadedSource, load, look, report_runs
from batch.loader.options import InputSummary, Issue, TeamRules
from batch.loader.phones.option import phone_option
from batch.loader.reports.restored_cells import OriginalRows
from batch.loader.sources.open import is_here
from batch.loader.sources.python_tables import TableSource, as_given
from batch.settings.read_options import ReadOptions

__all__ = [
    "Frame",
    "Given",
    "InputSummary",
    "Issue",
    "LoadedSource",
    "OriginalRows",
    "ReadOptions",
    "TableSource",
    "TeamRules",
    "as_given",
    "is_here",
    "load",
    "look",
    "phone_option",
    "report_runs",
]
