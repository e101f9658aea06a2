"""The loader: spreadsheets as they really are, turned into rows that are either ready to be sent or say why not."""

from batch.loader.load import Frame, Given, Loaded, load, report_runs
from batch.loader.normalise import normalise
from batch.loader.phones.option import phone_option
from batch.loader.reading import Group, Reading, Survey
from batch.loader.reports.restored import Written

__all__ = [
    "Frame",
    "Given",
    "Group",
    "Loaded",
    "Reading",
    "Survey",
    "Written",
    "load",
    "normalise",
    "phone_option",
    "report_runs",
]
