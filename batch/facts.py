"""What is known of a run, as frozen values: its plan, its source, its rows and attempts as a report tells them.

Owns: what the journal keeps and hands over, and the reporter reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from batch.model import ContactChange, Operation, Outcome, Rate


class ReportRow(NamedTuple):
    """One row of a report as the journal holds it.

    `cells` are the user's own, a JSON array of texts and nulls; `outcome` is the name of an `Outcome`; `message` tells
    what was said of the row and how its phone was read; `finished_at` is in epoch seconds.
    """

    cells: bytes
    number: int
    phone: str | None
    outcome: str
    code: str
    message: str
    status: int | None
    attempts: int
    same_as: int | None
    contact_id: str | None
    finished_at: float | None


class ReportRows(NamedTuple):
    """Report rows by column, each column as long as the others: ten million rows are no ten million objects."""

    cells: Sequence[bytes]
    number: Sequence[int]
    phone: Sequence[str | None]
    outcome: Sequence[str]
    code: Sequence[str]
    message: Sequence[str]
    status: Sequence[int | None]
    attempts: Sequence[int]
    same_as: Sequence[int | None]
    contact_id: Sequence[str | None]
    finished_at: Sequence[float | None]


#: The names of our columns in every report, after the user's own.
REPORT_COLUMNS = (
    "_row",
    "_phone",
    "_outcome",
    "_code",
    "_message",
    "_tip",
    "_status",
    "_attempts",
    "_same_as",
    "_contact_id",
    "_finished_at",
    "_run",
)


@dataclass(frozen=True, slots=True)
class SourceMeta:
    """What a source is: where it came from, how it was read, its header and its own column types.

    `format` is csv, tsv, xlsx, parquet, arrow or ndjson; `dtypes` are polars names (`String`, `Int64`, …), one a
    column. `sha256` is of the bytes read; `roles` says which header plays which part (`phone`, `id`, `status`, …).
    `separator` stands between the cells of a text file; empty for other formats.
    """

    path: str
    format: str
    sha256: str
    header: tuple[str, ...]
    dtypes: tuple[str, ...]
    roles: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""


class AttemptRecord(NamedTuple):
    """One attempt as the journal holds it, for timelines: epoch seconds, HTTP status (`None`: no answer), a verdict."""

    row: int
    sent_at: float
    seen_at: float | None
    status: int | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run was asked to do, as its journal keeps it: enough to go on without the command or the input file.

    `command` is the digest of operation, asks, reading and input: the same command finds its run by it. `verb` is what
    the user typed. `terminal` are the statuses that only cancel outreach. `rate` is the user's cap,
    if any. `reading` is how the loader was told to read, for a rerun of the report. `formats` are report formats
    (none: as the source). `planned_at`: epoch seconds. `accounts` are name -> key fingerprint, where the rows name
    their accounts; `key_fingerprint` is empty then. `wish` is the digest of all that makes the command but the input's
    bytes, `file` the absolute path of the input; both are empty where the input is no file. `skip_unchanged`: no write
    for a contact that is as asked already, also when the run goes on later. `seals` are account -> its key's seal on
    `base_url`. `stopped` are the statuses that cancel outreach in any of several teams, `terminal` those that do in
    all.
    """

    run: str
    verb: str
    command: str
    operation: Operation
    base_url: str
    key_fingerprint: str
    source: SourceMeta
    ask: ContactChange
    terminal: tuple[str, ...]
    rate: Rate | None
    formats: tuple[str, ...]
    planned_at: float
    reading: Mapping[str, object] = field(default_factory=dict)
    parent: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    wish: str = ""
    file: str = ""
    skip_unchanged: bool = False
    seals: Mapping[str, str] = field(default_factory=dict)
    stopped: tuple[str, ...] = ()

    @property
    def keys(self) -> Mapping[str, str]:
        """Account -> fingerprint of its key; the run's own key has no name."""
        return self.accounts or {"": self.key_fingerprint}


class AccountSummary(NamedTuple):
    """How the rows of one account came out, and the fingerprint of its key."""

    key_fingerprint: str
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run is, for reports and look-ups: its identity, its source and how its calls went.

    `state` is `open` (may be resumed) or `finished`. `started_at` and `ended_at` are epoch seconds. `unwritten` are
    the rows that were found to be no contacts without a write. `asked_dnc` are the outcomes of the rows that asked
    for DNC, a duplicate's as of the row it was folded into; `unprotected` are the first thousand of those that are no
    contacts, as (row number, phone or id). `pauses` are (from, until, why) in epoch seconds. `commands` are what the
    user may type next, by name (`rerun`, `resume`). `accounts` is by name, where rows name their accounts (rows that
    name none of the settings' under an empty name). `stretches` are (from, until) of the times in which it was worked
    on, the first from `started_at`. `verb` is what the user typed.
    """

    run: str
    operation: Operation
    base_url: str
    key_fingerprint: str
    source: SourceMeta
    ask: ContactChange
    started_at: float
    ended_at: float | None
    state: str
    rows: int
    counts: Mapping[Outcome, int]
    codes: Mapping[str, int]
    writes: int
    reads: int
    limit: int | None
    window_seconds: float
    unwritten: int = 0
    asked_dnc: Mapping[Outcome, int] = field(default_factory=dict)
    unprotected: tuple[tuple[int, str], ...] = ()
    pauses: tuple[tuple[float, float, str], ...] = ()
    stopped_for: str | None = None
    exit_code: int = 0
    commands: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    accounts: Mapping[str, AccountSummary] = field(default_factory=dict)
    stretches: tuple[tuple[float, float], ...] = ()
    verb: str = ""

    @property
    def undoes(self) -> str | None:
        """The run that this one undoes, if it is such a run."""
        return self.parent if self.verb == "undo" else None


class RunReader(Protocol):
    """What the reporter reads: a run's facts, its rows in input order and its attempts. The journal provides it."""

    def facts(self) -> RunSummary: ...

    def report_rows(self, outcomes: Iterable[Outcome] | None = None) -> Iterator[ReportRows]:
        """Yield report rows in input order, in parts of bounded size; with `outcomes`, only those rows, and the
        duplicates folded into one of them."""
        ...

    def attempts(self) -> Iterator[AttemptRecord]:
        """Yield every attempt in the order of sending."""
        ...
