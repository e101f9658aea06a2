"""The text of `verify`, as lines and as JSON. Contacts that should be DNC and are not come first.

Phone numbers in it are masked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from batch.journal.verified_rows import VerifyStatus
from batch.runs.verify.result import MEANING, VerifyResult, next_commands
from batch.text.language import pluralize, tr, tr_noop, trn
from batch.text.masking import mask_within
from batch.text.utc import iso_utc

_DNC_IS: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.NOT_AS_ASKED: tr_noop("is not DNC"),
        VerifyStatus.NOT_FOUND: tr_noop("is not a contact"),
        VerifyStatus.NOT_READ: tr_noop("was not read"),
        VerifyStatus.NOT_SENT: tr_noop("was never sent"),
    }
)
#: The other rows in the one sentence.
_NOT_AS_ASKED: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.SUPERSEDED: tr_noop("changed by a later run"),
        VerifyStatus.NOT_AS_ASKED: tr_noop("different"),
        VerifyStatus.NOT_FOUND: tr_noop("not found"),
        VerifyStatus.NOT_READ: tr_noop("not read"),
        VerifyStatus.NOT_SENT: tr_noop("not sent"),
    }
)
#: The maximum number of rows without their DNC, and of differences, that are shown.
_SHOWN: Final = 10


def proof_lines(proof: VerifyResult, *, colour: bool) -> list[str]:  # noqa: C901 - one branch for each line that may be missing
    """The result as lines: missing DNC, the table, one sentence, the files, the next command."""
    bold, red, plain = ("\x1b[1m", "\x1b[1m\x1b[31m", "\x1b[0m") if colour else ("", "", "")
    lines = [f"{bold}verify {proof.plan.run}{plain}", ""]
    if proof.dnc_missing:
        lines.append(
            red
            + trn(
                "! {count:,} row set DNC, but the contact is NOT DNC. Do not call this person:",
                "! {count:,} rows set DNC, but the contacts are NOT DNC. Do not call them:",
                proof.dnc_missing,
            )
            + plain
        )
        for number, contact, standing in proof.dnc[:_SHOWN]:
            who = mask_within(contact) or tr("the row")
            lines.append(f"{red}    {tr('row {number}', number=number)}: {who} {tr(_DNC_IS[standing])}{plain}")
        if proof.dnc_missing > _SHOWN:
            lines.append(
                tr(
                    "    and {dnc_missing:,} more{part}",
                    dnc_missing=proof.dnc_missing - _SHOWN,
                    part=tr(": the file names all") if proof.files else "",
                )
            )
        lines.append("")
    for standing, count in proof.counts.items():
        if count:
            lines.append(f"  {count:>9,}  {standing.value:<12}  {tr(MEANING[standing])}")
            if standing is VerifyStatus.NOT_AS_ASKED:
                lines += [
                    f"{'':>27}{number:,}: {_kind_text(kind)}" for kind, number in list(proof.kinds.items())[:_SHOWN]
                ]
    lines += [
        f"{bold}  {proof.rows:>9,}  {tr('total')}{plain}",
        "",
    ]
    lines.append(f"{bold}{headline(proof)}{plain}")
    for path in proof.files.values():
        lines.append(f"  {path}")
    for name, command in next_commands(proof).items():
        lines += ["", f"  {tr(_TO[name])}:", f"    {bold}{command}{plain}"]
    return lines


_TO: Final = MappingProxyType(
    {"verify": tr_noop("Continue the verification"), "rerun": tr_noop("Retry the rows that are not as requested")}
)


def headline(proof: VerifyResult) -> str:
    """The result in one sentence, without any name."""
    if proof.stopped_for is not None:
        left = tr(
            "{done} of {rows}", done=f"{proof.counts[VerifyStatus.NOT_READ]:,}", rows=pluralize(proof.rows, "row")
        )
        return tr("Not finished: {left} were not read; {why}.", left=left, why=proof.why.rstrip("."))
    when = tr(
        "verified at {until}Z with {reads}", until=iso_utc(proof.until)[:19], reads=pluralize(proof.reads, "read")
    )
    as_asked = proof.counts[VerifyStatus.AS_ASKED]
    if as_asked == proof.rows:
        return trn(
            "All {count:,} row is as requested, {when}.",
            "All {count:,} rows are as requested, {when}.",
            proof.rows,
            when=when,
        )
    others = [
        f"{proof.counts[status]:,} {tr(words)}" for status, words in _NOT_AS_ASKED.items() if proof.counts[status]
    ]
    return trn(
        "{count:,} of {rows} is as requested, {others}; {when}.",
        "{count:,} of {rows} are as requested, {others}; {when}.",
        as_asked,
        rows=pluralize(proof.rows, "row"),
        others=", ".join(others),
        when=when,
    )


def _kind_text(kind: str) -> str:
    """A kind of difference, which is kept in English, in the language in use."""
    if found := re.fullmatch(r"status is (.+), not (.+)", kind):
        return tr("status is {status}, not {status_2}", status=tr(found[1]), status_2=found[2])
    return tr(kind)
