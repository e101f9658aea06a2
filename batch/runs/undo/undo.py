"""The run that undoes another: its command, its rows in its journal, its preview and its plan.

Owns: what an undo shares with the run that it undoes, and what it says before the first write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import time

import msgspec

from batch.codes import title
from batch.errors import InputRefused
from batch.guayaba.teams import Teams
from batch.journal.journal import Journal
from batch.loader import InputSummary
from batch.model import ContactChange, RunPlan
from batch.runs.folder.catalog import RunCatalog
from batch.runs.folder.run_folder import OpenRun
from batch.runs.plan import PlanPreview, slowest_lane
from batch.runs.undo.rows import undo_operation, undo_rows
from batch.settings.accounts import ApiKeyLimits
from batch.settings.settings import Settings
from batch.text.plural import pluralize

VERB = "undo"


def undo_fingerprint(of: RunPlan) -> str:
    """The digest by which an undo of the run of `of` that was cut short is found again."""
    return sha256(msgspec.json.encode([VERB, 1, of.run, of.base_url])).hexdigest()


def write_undo_rows(into: Journal, source: Journal, of: RunPlan, terminal: frozenset[str]) -> None:
    """Write the rows that undo the run of `of`, whose journal `source` is, and what each contact must still be."""
    into.write_rows(
        ([each.row for each in part] for part in undo_rows(source, of)), terminal, accounts=bool(of.accounts)
    )
    rows = (each for part in undo_rows(source, of) for each in part)
    into.expect((ordinal, each.left) for ordinal, each in enumerate(rows, start=1) if each.left is not None)


def newer_runs_of(catalog: RunCatalog, of: RunPlan) -> Mapping[Path, Sequence[tuple[str, str]]]:
    """The journals of runs after that of `of`, as `RunCatalog.newer_runs` names them, but for those that undo it, too:
    what they asked of a contact is not undone with an older wish."""
    undoing = {each.folder for each in catalog.runs() if each.plan.verb == VERB and each.plan.parent == of.run}
    return {path: same for path, same in catalog.newer_runs(of, of.planned_at).items() if path.parent not in undoing}


def build_undo_preview(
    of: RunPlan, journal: Journal, settings: Settings, lanes: Sequence[ApiKeyLimits], teams: Teams, *, open_: bool
) -> PlanPreview:
    """What the undo of `of` is about to do; `open_`: that run could have gone on."""
    changes, left, rows = journal.changes(), journal.left(), journal.total()
    to_send = sum(left.values())
    calls = min(to_send, settings.limit or to_send)
    rate, seconds = slowest_lane(lanes, left, calls)
    duplicates = sum(1 for _ in journal.ask("SELECT 1 FROM rows WHERE outcome = 'duplicate'"))
    alone = Counter(dict(journal.ask("SELECT code, count(*) FROM rows WHERE outcome IN ('invalid', 'held', 'unchanged',"
                                     " 'superseded') AND code <> 'before_unknown' GROUP BY code")))  # fmt: skip
    warnings = [
        *_count_unread(journal),
        "each contact is read first; one that somebody changed after the run is left alone",
        *(f"{pluralize(count, 'row')}: {title(code)} ({code})" for code, count in alone.most_common()),
        "calls and messages that the run cancelled do not come back: an active contact is scheduled anew",
    ]
    if open_:
        warnings.append(f"{of.run} did not end; nothing will go on with it any more")
    return PlanPreview(
        operation=undo_operation(of),
        survey=InputSummary(rows, to_send, {}, (), {}, {}, {}, duplicates, 0, (), {}, left),
        base_url=of.base_url,
        key_fingerprint=lanes[0].key.fingerprint if len(lanes) == 1 else "",
        calls=calls,
        rate=rate,
        seconds=seconds,
        ends_at=time() + seconds,
        changes=tuple(changes),
        names={change.campaign: teams.campaign_name(change.campaign) for change in changes if change.campaign},
        guarded=not settings.allow_reactivation,
        warnings=tuple(warnings),
        accounts={lane.account: lane.key.fingerprint for lane in lanes if lane.account},
        verb=f"{VERB} {of.run}",
    )


def require_something(of: RunPlan, journal: Journal) -> None:
    """Raise InputRefused where not one row of `journal` can be put back because nothing was read before its write.

    Then there is no undo, and the run that was to be undone is not closed for it.
    """
    unread = _count_unread(journal)
    if unread and not journal.left():
        raise InputRefused(
            f"{of.run} cannot be undone: {unread[0]}. Nothing was sent.",
            tip="its outcomes file names the contacts: look at them in the dashboard. A run with --skip-unchanged reads"
            " each contact before it writes, and can be undone.",
        )


def _count_unread(journal: Journal) -> list[str]:
    """How many rows of an undo cannot be put back because nothing was read before, in words; nothing for none."""
    ((rows,),) = journal.ask("SELECT count(*) FROM rows WHERE code = 'before_unknown'")
    of = f"of {pluralize(journal.total(), 'row')}"
    return [f"what {rows:,} {of} wrote over was not read before, so these stay as they are"] if rows else []


def build_undo_plan(
    of: RunPlan, opened: OpenRun, settings: Settings, lanes: Sequence[ApiKeyLimits], teams: Teams
) -> RunPlan:
    """The plan of the undo of `of` in `opened`."""
    accounts = {lane.account: lane.key.fingerprint for lane in lanes if lane.account}
    return replace(
        of,
        run=opened.folder.name,
        verb=VERB,
        command=undo_fingerprint(of),
        operation=undo_operation(of),
        key_fingerprint="" if accounts else lanes[0].key.fingerprint,
        accounts=accounts,
        ask=ContactChange(),
        terminal=tuple(sorted(teams.statuses.terminal_names)),
        rate=settings.rate,
        formats=settings.format or of.formats,
        planned_at=time(),
        parent=of.run,
        wish="",
        file="",
        skip_unchanged=False,
        seals={lane.account: lane.key.seal(of.base_url) for lane in lanes},
        stopped=tuple(sorted(teams.stopped)),
    )
