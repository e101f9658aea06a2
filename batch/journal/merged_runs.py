"""Several runs read as one: for one report of them all.

Owns: what the summary of several runs is. Each row keeps the name of its own run; nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, TypeVar

from batch.errors import Exit, InputRefused
from batch.journal.run_reader import ReportRows, RunReader
from batch.model import AccountSummary, AttemptRecord, ContactChange, Outcome, RunKind, RunSummary, SourceMeta
from batch.text.language import tr

_T = TypeVar("_T")
#: Which exit code of several counts: the first of these that a run has.
_WORST_FIRST: Final = (Exit.BROKEN, Exit.KEY, Exit.STOPPED, Exit.SIGINT, Exit.SIGTERM, Exit.SOME_ROWS)
#: Contacts that are no contacts, which a summary names; the report files name all.
_MOST_UNPROTECTED: Final = 1000


class MergedRuns:
    """The runs of `records`, at least one, in that order, under the name `name`.

    Raises InputRefused, with every reason, where they do not fit together.
    """

    def __init__(self, name: str, records: Sequence[RunReader]) -> None:
        self._name = name
        self.parts: list[tuple[RunSummary, RunReader]] = [(record.facts(), record) for record in records]
        _require_fitting([facts for facts, _ in self.parts])

    def facts(self) -> RunSummary:
        """The runs as one: what can be added is the sum; what they do not agree in is left out."""
        runs = [facts for facts, _ in self.parts]
        first = runs[0]
        ended = [run.ended_at for run in runs if run.ended_at is not None]
        return RunSummary(
            run=self._name,
            operation=first.operation,
            base_url=first.base_url,
            key_fingerprint=_common([run.key_fingerprint for run in runs], ""),
            source=_source([run.source for run in runs]),
            change=_common([run.change for run in runs], ContactChange()),
            started_at=min(run.started_at for run in runs),
            ended_at=max(ended) if len(ended) == len(runs) else None,
            state="finished" if all(run.state == "finished" for run in runs) else "open",
            rows=sum(run.rows for run in runs),
            counts=_sum(runs, lambda run: run.counts, Outcome),
            codes=dict(Counter(_sum(runs, lambda run: run.codes)).most_common()),
            writes=sum(run.writes for run in runs),
            reads=sum(run.reads for run in runs),
            limit=_common([run.limit for run in runs], None),
            window_seconds=first.window_seconds,
            not_done=sum(run.not_done for run in runs),
            unwritten=sum(run.unwritten for run in runs),
            dnc_rows=_sum(runs, lambda run: run.dnc_rows),
            dnc_contacts=_sum(runs, lambda run: run.dnc_contacts),
            unprotected=tuple(found for run in runs for found in run.unprotected)[:_MOST_UNPROTECTED],
            pauses=tuple(sorted(pause for run in runs for pause in run.pauses)),
            stopped_for=next((run.stopped_for for run in runs if run.stopped_for), None),
            exit_code=next((code for code in _WORST_FIRST if code in {run.exit_code for run in runs}), Exit.OK),
            accounts=_accounts(runs),
            learned={account: text for run in runs for account, text in run.learned.items()},
            sessions=tuple(sorted(session for run in runs for session in run.sessions)),
            verb=_common([run.verb for run in runs], ""),
            left_out=sum(run.left_out for run in runs),
            merged=tuple(run.run for run in runs),
        )

    def report_rows(self, outcomes: Iterable[Outcome] | None = None) -> Iterator[ReportRows]:
        """Yield the rows of each run in its input order, run after run."""
        wanted = None if outcomes is None else list(outcomes)
        for _, record in self.parts:
            yield from record.report_rows(wanted)

    def attempts(self) -> Iterator[AttemptRecord]:
        """Yield every attempt, in the order of sending."""
        every = (attempt for _, record in self.parts for attempt in record.attempts())
        yield from sorted(every, key=lambda attempt: attempt.sent_at)


def _require_fitting(runs: Sequence[RunSummary]) -> None:
    first, problems = runs[0], []
    twice = [name for name, count in Counter(run.run for run in runs).items() if count > 1]
    problems += [tr("{run} is given twice", run=name) for name in twice]
    for run in runs[1:]:
        for what, here, there in (
            (tr("operation"), run.operation.value, first.operation.value),
            (tr("address"), run.base_url, first.base_url),
            (tr("columns"), ", ".join(run.source.header), ", ".join(first.source.header)),
        ):
            if here != there:
                problems.append(
                    tr(
                        "{run}: its {what} is {here}, that of {first} is {there}",
                        run=run.run,
                        what=what,
                        here=here,
                        first=first.run,
                        there=there,
                    )
                )
        if (run.kind is RunKind.UNDO) != (first.kind is RunKind.UNDO):
            problems.append(tr("{run}: an undo and other runs do not fit into one report", run=run.run))
    if problems:
        raise InputRefused(
            tr("these runs do not fit into one report. Nothing was written."),
            problems=tuple(problems),
            tip=tr("give runs of one operation, at one address, over files with the same columns."),
        )


def _source(sources: Sequence[SourceMeta]) -> SourceMeta:
    first = sources[0]
    if len(sources) == 1:
        return first
    same_types = all(source.dtypes == first.dtypes for source in sources)
    return SourceMeta(
        path=", ".join(dict.fromkeys(source.path for source in sources)),
        format=first.format,
        sha256=sha256("".join(source.sha256 for source in sources).encode()).hexdigest(),
        header=first.header,
        dtypes=first.dtypes if same_types else ("String",) * len(first.header),
        roles=first.roles,
        separator=first.separator,
    )


def _accounts(runs: Sequence[RunSummary]) -> dict[str, AccountSummary]:
    found: dict[str, AccountSummary] = {}
    for run in runs:
        for name, account in run.accounts.items():
            before = found.get(name)
            counts = Counter(before.counts if before else {}) + Counter(account.counts)
            found[name] = AccountSummary(account.key_fingerprint, {outcome: counts[outcome] for outcome in Outcome})
    return found


def _common(values: Sequence[_T], otherwise: _T) -> _T:
    """The value that all of `values` are."""
    return values[0] if all(value == values[0] for value in values) else otherwise


def _sum(
    runs: Sequence[RunSummary], counts: Callable[[RunSummary], Mapping[_T, int]], keys: Iterable[_T] = ()
) -> dict[_T, int]:
    found = dict.fromkeys(keys, 0)
    for run in runs:
        for key, count in counts(run).items():
            found[key] = found.get(key, 0) + count
    return found
