"""The loader: spreadsheets as they really are, turned into rows that are either ready to be sent or say why not."""

from batch.loader.passes.load import Frame, Given, GivenSource, LoadedSource, load, look, report_runs
from batch.loader.phones.option import phone_option
from batch.loader.reports.restored_cells import OriginalRows
from batch.loader.rows.survey import InputSummary, Issue
from batch.loader.sources.open import is_here
from batch.loader.sources.python_tables import TableSource, as_given, as_source
from batch.loader.sources.several_files import SOURCE_ROW, SeveralFiles, files_sha256, given_files
from batch.loader.team_rules import TeamRules
from batch.settings.read_options import ReadOptions

__all__ = [
    "SOURCE_ROW",
    "Frame",
    "Given",
    "GivenSource",
    "InputSummary",
    "Issue",
    "LoadedSource",
    "OriginalRows",
    "ReadOptions",
    "SeveralFiles",
    "TableSource",
    "TeamRules",
    "as_given",
    "as_source",
    "files_sha256",
    "given_files",
    "is_here",
    "load",
    "look",
    "phone_option",
    "report_runs",
]
