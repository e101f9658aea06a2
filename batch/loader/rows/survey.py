"""Counting while reading: the numbers that `check` shows.

Owns: the counts of one pass, `InputSummary` and `Issue`, which are made of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from batch.codes import HELD_CODES, tip, title
from batch.loader.rows.duplicates import DuplicateDecisions
from batch.loader.rows.row_check import message_text
from batch.model import ContactChange
from batch.text.language import pluralize, tr, trn

#: The columns that are counted of rows with no fault.
_COUNTED = ("change", "status", "account", "phone", "foreign", "flag", "region", "kind", "repair", "note", "opted_out",
            "not_made_dnc")  # fmt: skip


#: An issue shows at most this many row numbers and examples.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Issue:
    """Rows with one cause: its code and words, how many rows, and the first of them.

    `numbers` are spreadsheet row numbers and `examples` the cells at fault (`None`: an empty cell), side by side, in
    file order, at most `SHOWN`. Examples are raw: the code that prints them masks them.
    """

    code: str
    title: str
    tip: str
    rows: int
    numbers: tuple[int, ...]
    examples: tuple[str | None, ...]
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InputSummary:
    """What one pass over a source found.

    `rows` = `sendable` + the duplicates + the invalid rows + the held rows; `counts` names those four. `regions` and
    `types` count the numbers of rows with no fault of their own, duplicates and conflicts among them (`US`; `mobile`);
    `repairs` counts those rows by how their phone was repaired, `statuses` by the status asked, `campaigns` by the
    campaign asked, `accounts` by the account named. `duplicates` counts folded rows, `conflicts` the contacts whose
    rows ask for different things.
    """

    rows: int
    sendable: int
    counts: Mapping[str, int]
    problems: tuple[Issue, ...]
    regions: Mapping[str, int]
    types: Mapping[str, int]
    repairs: Mapping[str, int]
    duplicates: int
    conflicts: int
    notices: tuple[str, ...]
    statuses: Mapping[str, int]
    accounts: Mapping[str, int] = field(default_factory=dict)
    campaigns: Mapping[str, int] = field(default_factory=dict)
    #: Rows that `--where` left out; they are not among `rows`.
    left_out: int = 0
    #: How cells were read as a status or another value that they do not spell -> rows.
    spellings: Mapping[str, int] = field(default_factory=dict)
    #: Words that ask to be left alone and are no status of the team -> rows; none of these rows is sent.
    opt_out_words: Mapping[str, int] = field(default_factory=dict)
    #: Rows that ask for DNC and cannot be sent for another reason.
    unsendable_dnc: int = 0
    #: Rows whose own column says do not call and that start outreach all the same, because that was allowed.
    opted_out_sent: int = 0
    #: Contacts whose rows ask for different things, and for which the stricter request was taken.
    stricter: int = 0


@dataclass(slots=True)
class _Cause:
    rows: int = 0
    numbers: list[int] = field(default_factory=list)
    examples: list[str | None] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


@dataclass(slots=True)
class InputCounter:
    """What has been counted so far. `foreign` of `numbers` had lost their + and are another country's."""

    rows: int = 0
    numbers: int = 0
    foreign: int = 0
    flagged: int = 0
    causes: dict[str, _Cause] = field(default_factory=dict)
    regions: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)
    campaigns: Counter[str] = field(default_factory=Counter)
    blanked: list[int] = field(default_factory=list)
    other_phones: list[int] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    opt_out_words: Counter[str] = field(default_factory=Counter)
    unsendable_dnc: int = 0
    opted_out_sent: int = 0
    #: Rows whose own column says do not call, sent with a change that neither starts outreach nor sets DNC.
    not_made_dnc: int = 0

    def count(self, verdicts: pl.DataFrame, changes: Sequence[ContactChange]) -> None:
        """Count the rows of a chunk, whose changes are among `changes`."""
        self.rows += verdicts.height
        self.blanked += verdicts.filter("change_blanked")["number"].to_list()
        if "other_phone" in verdicts.columns:
            self.other_phones += verdicts.filter("other_phone")["number"].to_list()
        is_fault = verdicts["code"].is_not_null()
        faults = verdicts.filter(is_fault)
        for (code,), group in faults.partition_by("code", as_dict=True, maintain_order=True).items():
            self._fault(str(code), group)
        self.opt_out_words.update(_count_texts(verdicts["opt_out"]))
        is_held = pl.col("code").is_in(["opted_out", "flagged"])
        is_dnc = pl.col("left_alone") & pl.col("opt_out").is_null() & ~is_held
        self.unsendable_dnc += faults.filter(is_dnc).height
        numbers = verdicts.select(_COUNTED) if faults.is_empty() else verdicts.select(_COUNTED).filter(~is_fault)
        self.spellings.update(_count_texts(numbers["note"]))
        self.opted_out_sent += int(numbers["opted_out"].sum())
        self.not_made_dnc += int(numbers["not_made_dnc"].sum())
        self.statuses.update(_count_texts(numbers["status"]))
        self.accounts.update(_count_texts(numbers["account"]))
        for place, rows in numbers["change"].drop_nulls().value_counts().iter_rows():
            if campaign := changes[place].campaign_id:
                self.campaigns[campaign] += rows
        if numbers["phone"].null_count():
            numbers = numbers.filter(pl.col("phone").is_not_null())
        self.numbers += numbers.height
        self.foreign += int(numbers["foreign"].sum())
        self.flagged += numbers.height - numbers["flag"].null_count()
        self.regions.update(_count_texts(numbers["region"]))
        self.types.update(_count_texts(numbers["kind"]))
        for repairs, rows in _count_texts(numbers["repair"]).items():
            self.repairs.update(dict.fromkeys(repairs.split(", "), rows))

    def _fault(self, code: str, group: pl.DataFrame) -> None:
        cause = self.causes.setdefault(code, _Cause())
        cause.rows += group.height
        shown = group.select("number", "cell", "home", "message").head(SHOWN - len(cause.numbers))
        for number, cell, home, message in shown.iter_rows():
            cause.numbers.append(number)
            cause.examples.append(cell)
            cause.messages.append(message_text(cell, home) if message is None else message)

    def notices(self) -> tuple[str, ...]:
        """What to tell of cells that stand for nothing, of numbers that stand in a column of ours, and of opt-outs
        that become no DNC."""
        notices = []
        if self.blanked:
            notices.append(
                tr(
                    "Cells such as NULL, nan or #N/A are blank in {blanked}: nothing is written for them. "
                    "--keep-literal writes them as they are.",
                    blanked=_rows_text(self.blanked),
                )
            )
        if self.other_phones:
            notices.append(
                tr(
                    "_phone has another number than the phone column in {other_phones}, and it is not read. Write "
                    "corrections into your own phone column.",
                    other_phones=_rows_text(self.other_phones),
                )
            )
        if self.not_made_dnc:
            notices.append(
                trn(
                    "{count:,} row says in a column of its own not to call the person, and this run does not make it "
                    "DNC. If that is meant: update --status DNC, with --where for this row",
                    "{count:,} rows say in a column of their own not to call the person, and this run does not make "
                    "them DNC. If that is meant: update --status DNC, with --where for these rows",
                    self.not_made_dnc,
                )
            )
        return tuple(notices)

    def survey(self, decisions: DuplicateDecisions, notices: tuple[str, ...], left_out: int = 0) -> InputSummary:
        """The survey, with the rows that other rows decided and the number of those that `--where` left out."""
        duplicates = decisions.frame.height
        nothing = pl.lit(None, pl.String)
        for kind in ("conflict", "opted_out"):
            rows = decisions.frame.filter(pl.col("kind") == kind)
            if rows.height:
                self._fault(kind, rows.with_columns(cell=nothing, home=nothing, message=pl.lit("")))
            duplicates -= rows.height
        held = sum(cause.rows for code, cause in self.causes.items() if code in HELD_CODES)
        invalid = sum(cause.rows for cause in self.causes.values()) - held
        sendable = self.rows - invalid - held - duplicates
        groups = [
            Issue(
                code,
                title(code),
                tip(code),
                cause.rows,
                tuple(cause.numbers),
                tuple(cause.examples),
                tuple(cause.messages),
            )
            for code, cause in self.causes.items()
        ]
        return InputSummary(
            rows=self.rows,
            sendable=sendable,
            counts={"sendable": sendable, "duplicate": duplicates, "invalid": invalid, "held": held},
            problems=tuple(sorted(groups, key=lambda group: (-group.rows, group.code))),
            regions=_most_common(self.regions),
            types=_most_common(self.types),
            repairs=_most_common(self.repairs),
            duplicates=duplicates,
            conflicts=decisions.conflicts,
            notices=notices,
            statuses=_most_common(self.statuses),
            accounts=_most_common(self.accounts),
            campaigns=_most_common(self.campaigns),
            left_out=left_out,
            spellings=_most_common(self.spellings),
            opt_out_words=_most_common(self.opt_out_words),
            unsendable_dnc=self.unsendable_dnc,
            opted_out_sent=self.opted_out_sent,
            stricter=decisions.stricter,
        )


def _rows_text(numbers: Sequence[int]) -> str:
    """How many rows these are, with the first row numbers: `2 rows (3, 7)`."""
    first = ", ".join(map(str, numbers[:SHOWN])) + (" …" if len(numbers) > SHOWN else "")
    return f"{pluralize(len(numbers), 'row')} ({first})"


def _count_texts(column: pl.Series) -> dict[str, int]:
    """How often each text stands in `column`; null and empty ones do not count."""
    if column.null_count() == len(column):
        return {}
    if column.null_count() == 0 and column.min() == column.max():  # one value, as in most columns
        return {str(column[0]): len(column)} if column[0] else {}
    return {text: rows for text, rows in column.value_counts().iter_rows() if text}


def _most_common(counter: Counter[str]) -> dict[str, int]:
    """The counts above zero, largest first, ties by name."""
    return dict(sorted(((name, n) for name, n in counter.items() if n > 0), key=lambda pair: (-pair[1], pair[0])))
