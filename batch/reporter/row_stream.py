"""A run's rows into a pipe: in input order, each as soon as it and all rows before it are final.

Owns: which rows may leave, the format of a pipe, and that no reader stops a run: one that dawdles keeps only this
module's own thread waiting, one that goes away ends the stream and nothing else.
Flow: journal, looked into four times a second -> settled rows -> frames -> CSV or NDJSON -> sink. When the run is over
and its files are published the rest follows, also rows without an outcome: every row leaves once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import copy_context
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO, Final

import anyio

from batch.errors import BatchError, SettingsError
from batch.journal.journal import Journal
from batch.journal.read import JournalReader
from batch.model import RunPlan
from batch.reporter import Columns, Frame, build_frame, write_piped
from batch.text.language import tr

#: The formats that can leave row by row.
STREAMED: Final = ("ndjson", "csv", "tsv")
_LOOK_EVERY_S: Final = 0.25


class RowStream:
    """One run's way into one sink. `sink` `None`: the rows were not asked for, and nothing is done."""

    def __init__(self, sink: BinaryIO | None, journal: Path, plan: RunPlan, extension: str) -> None:
        self._sink = sink
        self._journal = journal
        self._plan = plan
        self._extension = extension
        self._over = Event()
        self._left = False
        self._fault: Exception | None = None
        # A daemon: a process that must leave at once does not wait for a reader.
        self._thread = Thread(target=copy_context().run, args=(self._pour,), name="row-stream", daemon=True)

    def begin(self) -> None:
        """Let the rows leave from now on."""
        if self._sink is not None:
            self._thread.start()

    async def drain(self) -> None:
        """Return when every row has left, or the reader has gone: that is no fault of the run.

        Call it once the run is over. Raises BatchError where the rows could not be written for another reason.
        """
        self._over.set()
        while self._thread.is_alive():
            await anyio.sleep(0.01)
        if self._fault is not None and not isinstance(self._fault, BrokenPipeError):
            raise BatchError(
                tr(
                    "the rows could not be written to the end: {fault}. The run and its files are not harmed.",
                    fault=self._fault,
                ),
                tip=tr("guayaba-batch report {run} --out - writes them again.", run=self._plan.run),
            ) from self._fault

    def leave(self) -> None:
        """Write nothing more than what is being written."""
        self._left = True
        self._over.set()

    def _pour(self) -> None:
        assert self._sink is not None
        try:
            with closing(Journal.open_readonly(self._journal)) as journal:
                columns = Columns.of(self._plan.source)
                frames = self._frames(JournalReader(journal), columns, self._sink)
                write_piped(self._sink, columns, frames, self._extension, self._plan.source.separator)
            self._sink.flush()
        except Exception as fault:
            self._fault = fault

    def _frames(self, record: JournalReader, columns: Columns, sink: BinaryIO) -> Iterator[Frame]:
        passed = 0
        while not self._left:
            over = self._over.is_set()  # asked first: what is settled before it is said is seen
            # One part at a time: a look that lasts as long as a reader dawdles would keep the journal's log growing.
            part = next(record.report_rows(after=passed) if over else record.settled_rows(passed), None)
            if part is not None:
                passed += len(part.number)
                yield build_frame(part, columns, self._plan.run, self._plan.kind)
                sink.flush()
            elif over:
                return
            else:
                self._over.wait(_LOOK_EVERY_S)


@contextmanager
def open_row_stream(
    sink: BinaryIO | None, journal: Path, plan: RunPlan, formats: Sequence[str] = ()
) -> Iterator[RowStream]:
    """The row stream of the run of `plan` for as long as the run lasts; `formats` are those that were asked for.

    Raises SettingsError where none of them can leave row by row.
    """
    made = RowStream(sink, journal, plan, stream_format(formats or plan.formats, plan.source.format) if sink else "")
    made.begin()
    try:
        yield made
    finally:
        made.leave()


def stream_format(formats: Sequence[str], source: str) -> str:
    """What rows leave as: the first of `formats` that can; where none was asked for, as `source`, or else NDJSON.

    Raises SettingsError where none of `formats` can be written row by row.
    """
    if formats:
        found = next((name for name in formats if name in STREAMED), None)
        if found is None:
            raise SettingsError(
                tr(
                    "--out - writes rows as they come, and {formats} needs the whole file. Nothing was sent.",
                    formats=tr(" and ").join(formats),
                ),
                tip=tr(
                    "add one of {streamed} to --format, for example --format {formats},ndjson.",
                    streamed=", ".join(STREAMED),
                    formats=formats[0],
                ),
            )
        return found
    return source if source in STREAMED else "ndjson"
