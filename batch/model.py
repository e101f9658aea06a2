"""The frozen values that pass between the stages: operation, outcome, change, row, plan and summary of a run.

Owns: these types. Nothing here acts on them.
Flow: the loader makes `PlannedRow`; the journal keeps a `RunPlan` and hands `RunSummary` to the reporter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec


class RunKind(StrEnum):
    """What a run does: the rows of a file or of a plan, the rows of a report again, or the reverse of another run."""

    RUN = "run"
    RERUN = "rerun"
    UNDO = "undo"
    APPLY = "apply"

    @classmethod
    def of(cls, verb: str) -> RunKind:
        """What a run does whose command is `verb`; that of a run of a file is its operation."""
        return cls(verb) if verb in list(cls) else cls.RUN


class Operation(StrEnum):
    """The write call that a run makes: one of the three that the API has."""

    FULFILL = "fulfill"
    UPDATE = "update"
    UPDATE_BY_ID = "update-by-id"


class Outcome(StrEnum):
    """The final state of a row. The names are public: they are in report files and JSON."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    INVALID = "invalid"
    HELD = "held"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PENDING = "pending"


#: Outcomes that need no further action.
DONE = frozenset({Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.SUPERSEDED})

#: Outcomes that a rerun takes. It checks the cells of `invalid` and `held` rows again; it takes a `duplicate` together
#: with the row that it was folded into.
RERUN = frozenset(Outcome) - DONE - {Outcome.DUPLICATE}


class ContactChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fields to set on one contact. `None`, or no variables, leaves a field as it is: blank is not erase.

    With `replace_variables` the given variables replace all others of the contact.
    """

    status: str | None = None
    campaign_id: str | None = None
    name: str | None = None
    phone_number: str | None = None
    timezone: str | None = None
    variables: dict[str, str] = {}
    replace_variables: bool = False

    def __bool__(self) -> bool:
        """True where at least one field is set."""
        return self != ContactChange(replace_variables=self.replace_variables)


class Request(NamedTuple):
    """One call of the API: path below the base URL, JSON body."""

    method: str
    path: str
    body: Mapping[str, object]


class Rate(NamedTuple):
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float


#: The documented limits for each key, /authentication. Whether PUT counts as a write is not stated: it is taken as one.
WRITES = Rate(30, 60.0)
READS = Rate(100, 60.0)


class PlannedRow(NamedTuple):
    """One row of input after the loader has checked it."""

    #: As the spreadsheet shows it: the header is 1.
    number: int
    #: The user's own cells as text, in column order; `None` is an empty cell.
    cells: tuple[str | None, ...]
    #: The identity that orders and folds rows: E.164 or a lower-case UUID.
    contact: str | None
    phone: str | None
    change: ContactChange | None
    #: `None` for a row to be sent, else the outcome that the loader gave it, with `code` and `message`.
    outcome: Outcome | None = None
    code: str = ""
    message: str = ""
    #: The number of the row that a duplicate was folded into.
    same_as: int | None = None
    #: How the phone was read; empty where nothing was repaired.
    repair: str = ""
    #: From an earlier report: its request may have arrived, so it is read back before it is sent.
    in_doubt: bool = False
    #: The account whose API key is used; empty: the run's own.
    account: str = ""


#: The columns that every report has after the user's own.
REPORT_COLUMNS = (
    "_row", "_phone", "_repair", "_outcome", "_code", "_message", "_tip", "_http_status", "_attempts", "_same_as",
    "_contact_id", "_finished_at", "_run",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceMeta:
    """Where a source came from, how it was read, its header and column types."""

    path: str
    #: csv, tsv, xlsx, parquet, arrow or ndjson.
    format: str
    #: Of the bytes that were read.
    sha256: str
    header: tuple[str, ...]
    #: polars names (`String`, `Int64`, …), one for each column.
    dtypes: tuple[str, ...]
    #: Role (`phone`, `id`, `status`, …) -> header.
    roles: Mapping[str, str] = field(default_factory=dict)
    #: Between the cells of a text file; empty for other formats.
    separator: str = ""


class AttemptRecord(NamedTuple):
    """One attempt as the journal holds it. Times are epoch seconds."""

    row: int
    sent_at: float
    seen_at: float | None
    #: HTTP status; `None`: no response.
    status: int | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """The plan that a run applies. The field names are keys in the journal, so they stay."""

    name: str
    #: Epoch seconds.
    made_at: float
    #: Digest of its rows as they were applied.
    digest: str
    approved_by: tuple[str, ...] = ()
    #: Rows that were marked `skip`, and rows that were removed.
    skipped: int = 0
    removed: int = 0
    #: Contacts that changed since are checked again.
    replan: bool = False
    allow_reactivation: bool = False
    allow_lifting_dnc: bool = False


#: The keys of a `RunPlan` in the journal, where they differ from its field names: they stay.
_PLAN_KEYS = {
    "command_fingerprint": "command",
    "change": "ask",
    "stopping_statuses": "terminal",
    "stopping_in_any_team": "stopped",
    "read_options": "reading",
    "source_run": "parent",
    "path_fingerprint": "wish",
    "input_path": "file",
    "options_fingerprint": "options",
}


class RunPlan(msgspec.Struct, frozen=True, kw_only=True, rename=_PLAN_KEYS):
    """What a run was asked to do, as its journal keeps it: a resume needs neither the command nor the input file."""

    run: str
    #: The command that the user typed: an operation, `rerun` or `undo`.
    verb: str
    #: Digest of operation, change, read options and input: the same command finds its run by it.
    command_fingerprint: str
    operation: Operation
    base_url: str
    #: Empty where the rows name their accounts.
    key_fingerprint: str
    source: SourceMeta
    #: The fields that all rows set.
    change: ContactChange
    #: Statuses that stop outreach in every team.
    stopping_statuses: tuple[str, ...]
    #: The user's own limit, if any.
    rate: Rate | None
    #: Formats of the report; none: that of the source.
    formats: tuple[str, ...]
    #: Epoch seconds. Runs are ordered by it.
    planned_at: float
    #: The read options of the loader, for a rerun of the report.
    read_options: Mapping[str, object] = {}
    #: The run that a rerun or an undo was made from.
    source_run: str | None = None
    #: Account -> key fingerprint, where the rows name their accounts.
    accounts: Mapping[str, str] = {}
    #: The command's fingerprint with the path of the input in place of its bytes; empty where it is no file.
    path_fingerprint: str = ""
    #: Absolute path of the input; empty where it is no file.
    input_path: str = ""
    #: The command's fingerprint without its input.
    options_fingerprint: str = ""
    #: Digest of the contacts and their changes, whatever their order.
    rows_digest: str = ""
    #: No write for a contact that is as asked already, also after a resume.
    skip_unchanged: bool = False
    #: Each contact is read before its write, also after a resume, so that an undo is possible.
    keep_before: bool = False
    #: Account -> its key's seal on `base_url`.
    seals: Mapping[str, str] = {}
    #: Statuses that stop outreach in at least one of several teams.
    stopping_in_any_team: tuple[str, ...] = ()
    #: Rows of the input that `--where` left out; they are no rows of the run.
    left_out: int = 0
    #: `None`: the run applies no plan.
    applied: AppliedPlan | None = None

    @property
    def kind(self) -> RunKind:
        return RunKind.of(self.verb)

    @property
    def keys(self) -> Mapping[str, str]:
        """Account -> fingerprint of its key; the run's own key has no name."""
        return self.accounts or {"": self.key_fingerprint}


class AccountSummary(NamedTuple):
    """The outcomes of the rows of one account, and the fingerprint of its key."""

    key_fingerprint: str
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run is, for reports and look-ups: its identity, its source and how its calls went. Epoch seconds."""

    run: str
    operation: Operation
    base_url: str
    key_fingerprint: str
    source: SourceMeta
    change: ContactChange
    started_at: float
    ended_at: float | None
    #: `open` (may be resumed) or `finished`.
    state: str
    rows: int
    counts: Mapping[Outcome, int]
    codes: Mapping[str, int]
    writes: int
    reads: int
    limit: int | None
    window_seconds: float
    #: Rows that are not done, the duplicates of such rows among them: the rows of the failures file.
    not_done: int = 0
    #: Rows that are `not_found` without a write.
    unwritten: int = 0
    #: Outcomes of the rows that set DNC; a duplicate counts as the row that it was folded into.
    dnc_rows: Mapping[Outcome, int] = field(default_factory=dict)
    #: Contacts of the rows that set DNC, by outcome. Each row without a readable number counts as a contact.
    dnc_contacts: Mapping[Outcome, int] = field(default_factory=dict)
    #: The first thousand of these that are `not_found`: row number, phone or id.
    unprotected: tuple[tuple[int, str], ...] = ()
    pauses: tuple[tuple[float, float, str], ...] = ()  # (from, until, reason)
    #: What was learned of the limit of each account, as a quota store keeps it.
    learned: Mapping[str, str] = field(default_factory=dict)
    stopped_for: str | None = None
    exit_code: int = 0
    #: What the user may type next, by name (`rerun`, `resume`).
    commands: Mapping[str, str] = field(default_factory=dict)
    #: The run that a rerun or an undo was made from.
    source_run: str | None = None
    #: By name, where rows name their accounts; rows that name none are under an empty name.
    accounts: Mapping[str, AccountSummary] = field(default_factory=dict)
    #: (from, until) of each process's work on the run, the first from `started_at`.
    sessions: tuple[tuple[float, float], ...] = ()
    #: The command that the user typed.
    verb: str = ""
    #: Rows of the input that `--where` left out; they are not among `rows`.
    left_out: int = 0
    #: The plan that the run applies, if it does.
    applied: AppliedPlan | None = None
    #: The runs that this is the sum of, if it is one.
    merged: tuple[str, ...] = ()

    @property
    def kind(self) -> RunKind:
        return RunKind.of(self.verb)
