"""What the plan of a run says before its first write, as lines.

Owns: the words of the preview: where the calls go, what changes, who is called or left alone, how long it takes,
whether it can be undone, and what was noticed in the input. Phone numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from batch.cli.opt_out_wording import opt_out_lines
from batch.cli.wording import about_duration, clock_text, shown_text
from batch.guayaba.requests import OutreachEffect
from batch.journal.entries import ChangeCount
from batch.reporter.labels import rate_text
from batch.runs.confirm import past_confirmed_text
from batch.runs.plan import PlanPreview
from batch.text import visible
from batch.text.language import pluralize, tr, tr_noop
from batch.text.listing import list_first

#: Accounts that are named before a run.
_ACCOUNTS_SHOWN: Final = 4
#: Kinds of change that one line names.
_KINDS_SHOWN: Final = 12
#: Codes that one line names.
_CODES_SHOWN: Final = 6
#: What the rows of each effect do to their contacts' scheduled outreach (the API's page /contacts/update).
_OUTREACH: Final[Mapping[OutreachEffect, str]] = MappingProxyType(
    {
        OutreachEffect.STOPS: tr_noop("cancels all scheduled calls, SMS, WhatsApp messages and triggers of {contacts}"),
        OutreachEffect.NEITHER: tr_noop(
            "does not change the outreach of {contacts}; only a new timezone reschedules it"
        ),
        OutreachEffect.STARTS: tr_noop("schedules new calls and messages for {contacts}"),
    }
)


def preview_lines(preview: PlanPreview, *, colour: bool) -> list[str]:
    """What is shown before the first write: where it goes, what changes, who will be called or left alone, how long."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
    verb = preview.verb or preview.operation
    lines = [f"{bold}{verb}{plain}: {_calls(preview)}", f"  {pluralize(preview.rows, 'row')}: {_rows(preview)}"]
    if preview.continues:
        lines.insert(
            1,
            tr(
                "  {bold}This goes past what was confirmed: {preview}.{plain}",
                bold=bold,
                preview=past_confirmed_text(preview),
                plain=plain,
            ),
        )
    lines += _stock(preview)
    lines += [line for effect in OutreachEffect if (line := _outreach(effect, preview))]
    if preview.accounts:
        calls = preview.account_calls
        each = [
            tr("{name} ({calls:,}, key {key})", name=name, calls=calls.get(name, 0), key=key)
            for name, key in preview.accounts.items()
        ]
        accounts = list_first(list(map(shown_text, each)), _ACCOUNTS_SHOWN)
        lines.append("  " + tr("accounts: {accounts}", accounts=accounts))
    if preview.fields:
        lines.append(
            tr("  fields set from columns of the file: {fields}", fields=", ".join(map(shown_text, preview.fields)))
        )
    if preview.starts_outreach:
        lines.append(
            tr(
                "  {bold}This starts outreach: these contacts will be called and messaged.{plain}",
                bold=bold,
                plain=plain,
            )
        )
        lines.append(
            tr("  Each contact is read first. One that is DNC or stopped is left unchanged (--allow-reactivation).")
            if preview.guarded
            else tr(
                "  {bold}--allow-reactivation: also contacts that are stopped now{preview}.{plain}",
                bold=bold,
                preview=_dnc_too(preview),
                plain=plain,
            )
        )
    lines += _dnc(preview, bold, plain)
    if preview.survey is not None:
        lines += [f"  {line}" for line in opt_out_lines(preview.survey, bold=bold, plain=plain)]
    lines += _undo(preview)
    return lines + [
        "  " + tr("note: {note}", note=visible.escape_text(text)) for text in (*preview.notices, *preview.warnings)
    ]


def _calls(preview: PlanPreview) -> str:
    """How many calls, where to, and how long they take."""
    key = (
        tr("key {key}", key=preview.key_fingerprint)
        if preview.key_fingerprint
        else pluralize(len(preview.accounts), "key")
    )
    host = urlsplit(preview.base_url).netloc
    calls = tr("{calls} to {host} ({key})", calls=pluralize(preview.calls, "call"), host=host, key=key)
    if not preview.calls:
        return calls
    return tr(
        "{calls}, {time} at {rate} ({rate_source}), done by {ends_at}",
        calls=calls,
        time=about_duration(preview.seconds),
        rate=rate_text(preview.rate.calls, preview.rate.seconds),
        ends_at=clock_text(preview.ends_at),
        rate_source=tr(preview.rate_source.value),
    )


def _rows(preview: PlanPreview) -> str:
    """What happens to the rows: each is in one of these counts."""
    stock, skipped = preview.stock, sum(preview.skipped.values())
    codes = sorted(preview.skipped.items(), key=lambda pair: (-pair[1], pair[0]))
    named = list_first([f"{code} {count:,}" for code, count in codes], _CODES_SHOWN)
    done = preview.done - preview.duplicates - preview.superseded - skipped
    counts = [
        tr("{calls:,} to send", calls=preview.calls),
        tr("{later:,} left for later (--limit)", later=preview.later) if preview.later else "",
        tr("{done:,} done before", done=done) if preview.continues and done else "",
        tr("{same:,} that need no call", same=stock.same + stock.unlisted)
        if stock and stock.same + stock.unlisted
        else "",
        tr("{unchanged:,} already up to date", unchanged=preview.unchanged) if preview.unchanged else "",
        tr("{superseded:,} written by a later run", superseded=preview.superseded) if preview.superseded else "",
        pluralize(preview.duplicates, "duplicate"),
        tr("{skipped:,} not sent{part}", skipped=skipped, part=f" ({named})" if named else ""),
    ]
    return ", ".join(filter(None, counts))


def _dnc_too(preview: PlanPreview) -> str:
    return tr(", DNC among them") if preview.lifts_dnc else tr(" (those who are DNC stay so)")


def _dnc(preview: PlanPreview, bold: str, plain: str) -> list[str]:
    """What happens to contacts that are DNC now and would get another status."""
    lines = []
    if preview.dnc_reads and not preview.lifts_dnc:
        cost = pluralize(preview.dnc_reads, "read")
        if preview.dnc_read_seconds:
            cost += tr(", {time} more", time=about_duration(preview.dnc_read_seconds))
        lines.append(
            tr(
                "  {contacts} read just before the write ({cost}): one that is DNC stays DNC (--allow-lifting-dnc)",
                contacts=pluralize(preview.dnc_reads, "contact"),
                cost=cost,
            )
        )
    if preview.dnc_unread:
        contacts = pluralize(preview.dnc_unread, "contact")
        lines.append(
            tr(
                "  {bold}--allow-lifting-dnc: {contacts} get another status, also those who are DNC now.{plain}",
                bold=bold,
                contacts=contacts,
                plain=plain,
            )
            if preview.lifts_dnc
            else tr(
                "  {bold}! --no-preflight: {contacts} cannot be protected: they are not read first, and one "
                "that is DNC now loses its DNC.{plain}",
                bold=bold,
                contacts=contacts,
                plain=plain,
            )
        )
    return lines


def _stock(preview: PlanPreview) -> list[str]:
    """What reading the teams' lists saves."""
    stock = preview.stock
    if stock is None:
        return []
    lines = []
    if spared := stock.same + stock.unlisted:
        needless = (
            [tr("{contacts} already up to date", contacts=pluralize(stock.same, "contact"))] if stock.same else []
        )
        if stock.unlisted:
            needless.append(tr("{contacts} not on the team's list", contacts=pluralize(stock.unlisted, "contact")))
        lines.append(
            tr(
                "  saves {calls} ({time}): {contacts}. Each is read again in the run, and written if it differs then",
                calls=pluralize(spared, "call"),
                time=about_duration(max(0.0, preview.seconds_unread - preview.seconds)),
                contacts=", ".join(needless),
            )
        )
    if stock.looked_up:
        lines.append(
            tr(
                "  {contacts} read one by one during the run, which may save more calls",
                contacts=pluralize(stock.looked_up, "contact"),
            )
        )
    return lines


def _outreach(effect: OutreachEffect, preview: PlanPreview) -> str:
    """What the rows of `effect` do, to how many contacts, and by which status or campaign; empty where there are
    none."""
    changes = [change for change in preview.changes if change.effect is effect]
    count = sum(change.rows for change in changes)
    kinds = [f"{_change_text(change, preview)} {change.rows:,}" for change in changes]
    listed = f" ({list_first(kinds, _KINDS_SHOWN)})" if any(kinds) else ""
    return f"  {tr(_OUTREACH[effect], contacts=pluralize(count, 'contact') + listed)}" if count else ""


def _change_text(change: ChangeCount, preview: PlanPreview) -> str:
    asked = [shown_text(change.status)] if change.status else []
    if change.campaign:
        asked.append(
            tr('to the campaign "{campaign}"', campaign=shown_text(preview.names.get(change.campaign, change.campaign)))
        )
    return tr(" and ").join(asked) or tr("other fields")


def _undo(preview: PlanPreview) -> Iterator[str]:
    """Whether an undo can reverse the run, and what makes it possible."""
    undo = preview.undo
    if undo is None or not preview.calls:
        return
    cost = f"{pluralize(undo.reads, 'read')}, {about_duration(undo.seconds)}"
    if undo.unread:
        which = (
            ""
            if not undo.readable
            else tr(
                " for {unread:,} of {calls}", unread=undo.unread, calls=pluralize(undo.unread + undo.readable, "call")
            )
        )
        offer = (
            tr("; add --keep-before to read them first (costs {cost}, beside the writes)", cost=cost)
            if undo.can_read
            else ""
        )
        yield tr(
            "  cannot be undone{which}: these contacts are not read before their write{offer}", which=which, offer=offer
        )
    elif undo.reads:
        yield tr(
            "  can be undone: --keep-before reads each contact before its write ({cost}, beside the writes)", cost=cost
        )
    else:
        yield tr("  can be undone: each contact is read before its write")
