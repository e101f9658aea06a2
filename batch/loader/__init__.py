"""The loader: spreadsheets as they really are, turned into rows that are either ready to be sent or say why not."""

from batch.loader.load import Frame, Given, Loaded, load, look, report_runs
from batch.loader.normalise import normalise
from batch.loader.phones.option import phone_option
from batch.loader.reading import Group, Reading, Survey
from batch.loader.reports.restored import Written
from batch.loader.sources import is_here

__all__ = [
    "Frame",
    "Given",
    "Group",
    "Loaded",
    "Reading",
    "Survey",
    "Written",
    "is_here",
    "load",
    "look",
    "normalise",
    "phone_option",
    "report_runs",
]
