"""What happened to every row: files to look at and to run again.

Owns: `outcomes.*` and `failures.*`, `summary.json`, `report.html` and the summary on the terminal.
Does not own: the truth (the journal gives it as a `RunRecord`), printing (`terminal/console.py`), reading reports
(`loader/`).
Flow: record -> columns -> one writer per format -> whole file. The report is derived: a crash in here costs nothing.
"""

from batch.reporter.columns import Columns
from batch.reporter.frames import Frame, every_row, frame_of
from batch.reporter.publish import FORMATS, publish, write_piped, write_rows
from batch.reporter.summary import summary
from batch.reporter.table import table
from batch.reporter.terminal import brief, summary_lines

__all__ = [
    "FORMATS",
    "Columns",
    "Frame",
    "brief",
    "every_row",
    "frame_of",
    "publish",
    "summary",
    "summary_lines",
    "table",
    "write_piped",
    "write_rows",
]
