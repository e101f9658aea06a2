"""The summary as an object: `summary.json` and `--json`.

Owns: its fields. They are public and only ever added to; a change of meaning is a new `version`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from batch.dispatcher.pacing.learned_limit import parse_learned_limit
from batch.errors import BatchError
from batch.model import Outcome, RunSummary
from batch.reporter.dnc_coverage import dnc_coverage
from batch.text.language import tr
from batch.text.listing import pretty_json
from batch.text.utc import iso_utc

VERSION = 1

_NO_FILES: Mapping[str, str] = MappingProxyType({})

#: Rows of these outcomes cost no write: another call, the contact's own state or a later run had served them.
_SAVED = (Outcome.DUPLICATE, Outcome.UNCHANGED, Outcome.SUPERSEDED)


def summarise(facts: RunSummary, files: Mapping[str, str] = _NO_FILES) -> dict[str, object]:
    """The summary of a run, version 1, ready for JSON.

    `files` are names or paths by what they hold, taken as they are. Every outcome is in `counts`; times are ISO
    8601 UTC; `seconds`, by the clock, and `ended_at` are null of a run without an end; `worked_seconds` are those in
    which a process worked on it, in so many `stretches`. `quota_used` is the share of the writes that the limit allowed
    in these. `done` and `not_done` add up to the rows; a duplicate counts as the row that it was folded into. The
    failures file has the `not_done` rows. `not_protected` and `not_confirmed_dnc` count contacts; the same names with
    `_rows` count the rows about them.

    Raises BatchError when the outcomes do not add up to the rows.
    """
    add_up(facts)
    return {
        "version": VERSION,
        "run": facts.run,
        "operation": facts.operation.value,
        "file": {
            "path": to_utf8(facts.source.path),
            "format": facts.source.format,
            "sha256": facts.source.sha256,
        },
        "base_url": facts.base_url,
        "key_fingerprint": facts.key_fingerprint,
        "ask": {"status": facts.change.status, "campaign_id": facts.change.campaign_id},
        "state": facts.state,
        "stopped_for": facts.stopped_for,
        "exit_code": int(facts.exit_code),
        "rows": facts.rows,
        "left_out": facts.left_out,
        "counts": {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome},
        "codes": dict(sorted(facts.codes.items(), key=lambda pair: (-pair[1], pair[0]))),
        "done": facts.rows - facts.not_done,
        "not_done": facts.not_done,
        **_dnc_fields(facts),
        "calls": {"writes": facts.writes, "reads": facts.reads, "saved": calls_saved(facts)},
        "limit": facts.limit,
        "learned_limits": _learned_fields(facts),
        "window_seconds": facts.window_seconds,
        "quota_used": quota_used(facts),
        "pauses": {
            "count": len(facts.pauses),
            "seconds": round(math.fsum(until - since for since, until, _ in facts.pauses), 3),
        },
        **_time_fields(facts),
        "parent": facts.source_run,
        "plan": _plan_fields(facts),
        "files": {name: to_utf8(path) for name, path in files.items()},
        "accounts": {
            name: {
                "key_fingerprint": account.key_fingerprint,
                "counts": {outcome.value: count for outcome, count in account.counts.items()},
            }
            for name, account in facts.accounts.items()
        },
        "commands": {name: to_utf8(command) for name, command in facts.commands.items()},
        **({"merged_runs": list(facts.merged)} if facts.merged else {}),
    }


def _learned_fields(facts: RunSummary) -> dict[str, object]:
    """What was learned, for each account, of a limit that is narrower than the stated one: so many `calls` in a window,
    of them `burst` together, then one each `interval_seconds` (null: as fast as they come)."""
    return {
        account: {
            "calls": learned.calls,
            "burst": learned.burst,
            "interval_seconds": learned.interval or None,
            "learned_at": iso_utc(learned.learned_at),
        }
        for account, text in facts.learned.items()
        if (learned := parse_learned_limit(text)) is not None
    }


def _dnc_fields(facts: RunSummary) -> dict[str, object]:
    """The contacts that a run which asked for DNC left without it."""
    unprotected = dnc_coverage(facts)
    return {
        "not_protected": unprotected.not_found if unprotected else 0,
        "not_protected_rows": unprotected.not_found_rows if unprotected else 0,
        "not_protected_numbers": list(unprotected.numbers) if unprotected else [],
        "not_confirmed_dnc": unprotected.unconfirmed if unprotected else 0,
        "not_confirmed_dnc_rows": unprotected.unconfirmed_rows if unprotected else 0,
    }


def _plan_fields(facts: RunSummary) -> dict[str, object] | None:
    """The plan that the run applied."""
    applied = facts.applied
    if applied is None:
        return None
    return {
        "name": applied.name,
        "made_at": iso_utc(applied.made_at),
        "digest": applied.digest,
        "approved_by": list(applied.approved_by),
        "skipped": applied.skipped,
        "removed": applied.removed,
        "replan": applied.replan,
    }


def _time_fields(facts: RunSummary) -> dict[str, object]:
    """When the run began and ended, and how long it took."""
    seconds, worked = elapsed_seconds(facts), worked_seconds(facts)
    return {
        "started_at": iso_utc(facts.started_at),
        "ended_at": None if facts.ended_at is None else iso_utc(facts.ended_at),
        "seconds": None if seconds is None else round(seconds, 3),
        "worked_seconds": None if worked is None else round(worked, 3),
        "stretches": max(1, len(facts.sessions)),
    }


def summary_json(summary: Mapping[str, object]) -> bytes:
    """`summary` as the bytes of `summary.json`: indented, keys in their order, a newline at the end."""
    return pretty_json(summary).encode() + b"\n"


def add_up(facts: RunSummary) -> None:
    """The law of accounting: raise BatchError unless every row has exactly one outcome."""
    total = sum(facts.counts.values())
    if total != facts.rows:
        raise BatchError(
            tr(
                "The rows do not add up: {rows:,} were read, and the outcomes are {total:,} in all.",
                rows=facts.rows,
                total=total,
            ),
            problems=tuple(f"{outcome.value}: {count:,}" for outcome, count in facts.counts.items() if count),
            tip=tr("Do not trust this report. The journal is unharmed; please report this with the run's id."),
        )


def calls_saved(facts: RunSummary) -> int:
    """How many writes were not needed."""
    return sum(facts.counts.get(outcome, 0) for outcome in _SAVED) + facts.unwritten


def elapsed_seconds(facts: RunSummary) -> float | None:
    """The run's seconds by the clock, never negative; `None` for a run that has not ended."""
    return None if facts.ended_at is None else max(0.0, facts.ended_at - facts.started_at)


def worked_seconds(facts: RunSummary) -> float | None:
    """The seconds in which the run was worked on: of a night in which the lid was closed, none."""
    if facts.sessions:
        return math.fsum(max(0.0, until - since) for since, until in facts.sessions)
    return elapsed_seconds(facts)


def quota_used(facts: RunSummary) -> float | None:
    """The share of the writes that the limit allowed while the run was worked on; `None` where that is unknown.

    In n whole windows and a part of one, n + 1 times the limit is the most that any law of the window allows; each
    account has that much.
    """
    seconds = worked_seconds(facts)
    if seconds is None or not facts.limit or facts.window_seconds <= 0:
        return None
    allowed = facts.limit * (math.floor(seconds / facts.window_seconds) + 1) * max(1, len(facts.accounts))
    return min(1.0, round(facts.writes / allowed, 4))


def to_utf8(text: str) -> str:
    """`text` as UTF-8 can hold it: a file name can carry bytes that are no text, and JSON cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
