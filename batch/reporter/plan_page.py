"""`plan.html`: one page, complete in itself, to look at a plan. It is not applied.

Owns: what is on the page. Phone numbers are masked. What a user's text can do there: `page_template.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO, Final, NamedTuple

from markupsafe import Markup

from batch.codes import tip, title
from batch.loader.plans.columns import NONE, SEND, changed_fields, planned_request
from batch.loader.plans.sealed import PlanFacts, PlanRow
from batch.model import Outcome
from batch.reporter.page_template import page_policy, page_template, template_text
from batch.reporter.summary import to_utf8
from batch.text.language import tr
from batch.text.masking import mask, mask_within
from batch.text.utc import iso_utc
from batch.text.visible import escape_text

#: Rows on the page. A browser searches these at once; the whole plan is in its file.
MOST_ROWS: Final = 10_000
_LONGEST: Final = 160


class Change(NamedTuple):
    """One field, fit to be shown."""

    field: str
    now: str
    then: str


class Line(NamedTuple):
    """A row of the plan, all of it fit to be shown."""

    number: int
    name: str
    phone: str
    #: `send` or `none`.
    action: str
    outcome: str
    changes: tuple[Change, ...]
    call: str
    why: str


class Reason(NamedTuple):
    """The rows of one code for which no call is made."""

    code: str
    title: str
    tip: str
    rows: int


def write_plan_page(sink: BinaryIO, facts: PlanFacts, rows: Iterable[PlanRow], *, most_rows: int = MOST_ROWS) -> None:
    """Write the page of the plan of `facts` to `sink`. Raises OSError."""
    lines: list[Line] = []
    codes: Counter[str] = Counter()
    outcomes: Counter[Outcome] = Counter()
    for row in rows:
        outcomes[row.outcome or Outcome.PENDING] += 1
        if row.outcome is not None:
            codes[row.code] += 1
        if len(lines) < most_rows:
            lines.append(_line(row, facts))
    style, script = template_text("page.css"), template_text("page.js")
    pieces = page_template(
        "plan.html.j2"
    ).generate(
        style=Markup(style),  # our own files, and escaping them would break the hashes
        script=Markup(script),
        policy=page_policy(style, script),
        facts=facts,
        file=_short(facts.source.path.rpartition("/")[2]),
        path=escape_text(to_utf8(facts.source.path)),
        made=f"{iso_utc(facts.made_at)[:16].replace('T', ' ')} UTC",
        until=f"{iso_utc(facts.valid_until)[:16].replace('T', ' ')} UTC",
        unchanged=outcomes[Outcome.UNCHANGED],
        duplicates=outcomes[Outcome.DUPLICATE],
        left=facts.rows - facts.calls - outcomes[Outcome.UNCHANGED] - outcomes[Outcome.DUPLICATE],
        others=facts.calls - facts.stops - facts.starts,
        reasons=[Reason(code, title(code), tip(code), count) for code, count in codes.most_common() if code],
        lines=lines,
        most_rows=most_rows,
        send=SEND,
        keys=[f"{account} {key}".strip() for account, key in sorted(facts.keys.items())],
    )
    for piece in pieces:
        sink.write(piece.encode("utf-8", "replace"))


def _line(row: PlanRow, facts: PlanFacts) -> Line:
    seen, request = row.seen, planned_request(row, facts)
    changes = tuple(
        Change(field, _short(now or tr("empty")) if seen else tr("not read"), _short(then))
        for field, now, then in changed_fields(row, facts)
    )
    why = tr("same contact as row {same_as}", same_as=row.same_as) if row.same_as else title(row.code)
    phone = row.phone or (seen.phone_number if seen is not None else None)
    return Line(
        number=row.number,
        name=_short((seen.name if seen is not None else None) or ""),
        phone=mask(phone) if phone else _short(row.contact or ""),
        action=NONE if request is None else SEND,
        outcome=str(row.outcome or Outcome.PENDING),
        changes=changes if request is not None else (),
        call="" if request is None else _short(f"{request.method} {request.path}"),
        why=escape_text(why) if request is None else _short(row.message),
    )


def _short(text: str) -> str:
    """A text from a file or the API, fit to be shown; what could be a phone number in it is masked."""
    plain = escape_text(to_utf8(mask_within(text)))
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
