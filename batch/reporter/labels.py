"""What figures and texts look like to a person, on the terminal and on the page alike.

Owns: the meaning of each outcome in a few words, durations and times.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from batch.codes import CODES, title
from batch.dispatcher.pacing.learned_limit import LearnedLimit, parse_learned_limit
from batch.model import Outcome, RunKind, RunSummary
from batch.text.language import tr, tr_noop, trn
from batch.text.visible import escape_text

#: Source: DESIGN section 3, the table of outcomes.
MEANING: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.SUCCEEDED: tr_noop("confirmed by the API"),
        Outcome.UNCHANGED: tr_noop("already up to date, no write was made"),
        Outcome.DUPLICATE: tr_noop("the same contact as another row, and gets its result"),
        Outcome.SUPERSEDED: tr_noop("not sent: a later run already did it"),
        Outcome.INVALID: tr_noop("not sent: a cell of the row is wrong"),
        Outcome.HELD: tr_noop("not sent: a guard or a conflict stops it"),
        Outcome.NOT_FOUND: tr_noop("not a contact of this team"),
        Outcome.REJECTED: tr_noop("refused by the API"),
        Outcome.FAILED: tr_noop("failed after all attempts"),
        Outcome.UNKNOWN: tr_noop("sent, but no response was seen"),
        Outcome.PENDING: tr_noop("not sent yet"),
    }
)

#: Where a run stands, by the journal's words.
STATES: Mapping[str, str] = MappingProxyType({"finished": tr_noop("finished"), "open": tr_noop("open")})

#: What the commands that go on do, by their name in `RunFacts.commands`.
COMMAND_MEANING: Mapping[str, str] = MappingProxyType(
    {
        "resume": tr_noop("Resume this run"),
        "rerun": tr_noop("Retry the rows that did not succeed"),
        "undo": tr_noop("Undo the rest"),
    }
)

#: Why nothing was sent for a while, by the journal's words.
PAUSES: Mapping[str, str] = MappingProxyType(
    {
        "throttled": tr_noop("the API asked to wait (429)"),
        "outage": tr_noop("the API could not be reached"),
        "still": tr_noop("not running"),
    }
)


def duration(seconds: float) -> str:
    """A length of time in its two largest units: `0.4 s`, `41 s`, `3 min 20 s`, `5 h 33 min`, `2 d 3 h`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    for size, unit, lesser, lesser_unit in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // lesser
            return f"{whole // size} {unit} {rest} {lesser_unit}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def outcome_text(outcome: Outcome) -> str:
    """The meaning of `outcome` in a few words."""
    return tr(MEANING[outcome])


def command_text(name: str) -> str:
    """What the command called `name` in `RunSummary.commands` does."""
    return tr(COMMAND_MEANING[name]) if name in COMMAND_MEANING else escape_text(name)


def took_text(worked: float | None, elapsed: float | None) -> str:
    """How long a run took: `3 min 20 s`, `3 min 20 s of work over 2 d 3 h` where it lay still; empty: unknown."""
    if worked is None:
        return ""
    if elapsed is None or elapsed < 1.05 * worked + 60:
        return duration(worked)
    return tr("{worked} of work over {elapsed}", worked=duration(worked), elapsed=duration(elapsed))


def utc_text(seconds: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC to the second, `2026-01-31T09:30:00Z`; `None` stays `None`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rate_text(calls: int, seconds: float) -> str:
    """A rate: `30 a minute`, or `2 in 10 s`."""
    if seconds == 60.0:
        return tr("{calls:,} a minute", calls=calls)
    return tr("{calls:,} in {seconds:.3g} s", calls=calls, seconds=seconds)


def limit_text(facts: RunSummary) -> str | None:
    """The quota in words, `limit 30 a minute`, and what was learned of it; `None` where no limit was known."""
    learned = [limit for text in facts.learned.values() if (limit := parse_learned_limit(text)) is not None]
    parts: list[str] = []
    if facts.limit is not None:
        parts.append(tr("limit {rate}", rate=rate_text(facts.limit, facts.window_seconds)))
    if len(learned) == 1:
        parts.append(tr("learned: {limit}", limit=learned_limit_text(learned[0], facts.window_seconds)))
    elif learned:
        parts.append(tr("less was learned for {count:,} accounts", count=len(learned)))
    return "; ".join(parts) or None


def learned_limit_text(learned: LearnedLimit, window: float) -> str:
    """A learned limit in words; `window` is in seconds."""
    if not learned.interval:
        return tr("{calls:,} writes in {window:g} s", calls=learned.calls, window=window)
    # In whole seconds, or tenths below one: an interval that is still being learned changes with each write.
    seconds = f"{learned.interval:.0f}" if learned.interval >= 1.0 else f"{learned.interval:.1g}"
    together = tr(", {burst:,} together at most", burst=learned.burst) if learned.burst > 1 else ""
    return tr("one write each {seconds} s{together}", seconds=seconds, together=together)


def state_text(facts: RunSummary) -> str:
    """Where the run stands: `finished`, `not finished: the API could not be reached`, or `open` where unknown."""
    if not facts.stopped_for:
        return tr(STATES[facts.state]) if facts.state in STATES else escape_text(facts.state)
    why = title(facts.stopped_for).removeprefix(tr("Not sent: "))
    return tr("not finished: {why}", why=escape_text(why))


def operation_label(facts: RunSummary) -> str:
    """What the run does: one of the write calls, or `undo`."""
    return facts.kind if facts.kind is RunKind.UNDO else facts.operation.value


def file_label(facts: RunSummary) -> str:
    """The name of what the run is about, fit to be shown: its input, or the run that it undoes."""
    if facts.kind is RunKind.UNDO:
        return escape_text(facts.source_run or "")
    return "stdin" if facts.source.path == "-" else escape_text(Path(facts.source.path).name)


def pause_label(why: str) -> str:
    """Why nothing was sent, from the journal's word for it."""
    return tr(PAUSES[why]) if why in PAUSES else escape_text(why)


def needs_something(code: str) -> bool:
    """True for a code that asks a person to do something: it has a tip, and the row is not served already."""
    known = CODES.get(code)
    return known is None or bool(known.tip and code != "same_contact")


def left_out_text(rows: int) -> str:
    """What became of so many rows that `--where` left out, without their number."""
    return trn(
        "more row was left out by --where: it is in no report",
        "more rows were left out by --where: they are in no report",
        rows,
    )
