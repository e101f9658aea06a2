"""What happened to every row: files to look at and to run again.

Owns: `outcomes.*` and `failures.*`, `summary.json`, `report.html` and the summary on the terminal.
Flow: record -> columns -> one writer per format -> whole file. The report is derived: a crash in here costs nothing.
"""

from batch.reporter.columns import Columns
from batch.reporter.publish import publish, write_piped, write_rows
from batch.reporter.row_frames import Frame, build_frame, every_row
from batch.reporter.summary import summarise
from batch.reporter.table import table
from batch.reporter.text_summary import one_line, summary_lines

__all__ = [
    "Columns",
    "Frame",
    "build_frame",
    "every_row",
    "one_line",
    "publish",
    "summarise",
    "summary_lines",
    "table",
    "write_piped",
    "write_rows",
]
