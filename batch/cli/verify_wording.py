"""The text of `verify`, as lines and as JSON. Contacts that should be DNC and are not come first.

Phone numbers in it are masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from batch.journal.verified_rows import VerifyStatus
from batch.model import iso_utc
from batch.runs.verify.result import VerifyResult, next_commands
from batch.text.masking import mask_within
from batch.text.plural import pluralize

MEANING: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.AS_ASKED: "the contact was read, and is as asked",
        VerifyStatus.SUPERSEDED: "a later run changed it",
        VerifyStatus.NOT_AS_ASKED: "the contact was read, and is not as asked",
        VerifyStatus.NOT_FOUND: "not a contact of this team",
        VerifyStatus.NOT_READ: "could not be read, or was not yet",
        VerifyStatus.NOT_SENT: "never sent: the row itself is wrong, or was held back",
    }
)
_DNC_IS: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.NOT_AS_ASKED: "is not DNC",
        VerifyStatus.NOT_FOUND: "is not a contact",
        VerifyStatus.NOT_READ: "was not read",
        VerifyStatus.NOT_SENT: "was never sent",
    }
)
#: The other rows in the one sentence.
_NOT_AS_ASKED: Final[Mapping[VerifyStatus, str]] = MappingProxyType(
    {
        VerifyStatus.SUPERSEDED: "changed by a later run",
        VerifyStatus.NOT_AS_ASKED: "different",
        VerifyStatus.NOT_FOUND: "not found",
        VerifyStatus.NOT_READ: "not read",
        VerifyStatus.NOT_SENT: "not sent",
    }
)
#: The maximum number of rows without their DNC, and of differences, that are shown.
_SHOWN: Final = 10


def proof_lines(proof: VerifyResult, *, colour: bool) -> list[str]:
    """The result as lines: missing DNC, the table, one sentence, the files, the next command."""
    bold, red, plain = ("\x1b[1m", "\x1b[1m\x1b[31m", "\x1b[0m") if colour else ("", "", "")
    lines = [f"{bold}verify {proof.plan.run}{plain}", ""]
    if proof.dnc_missing:
        are = "row asked" if proof.dnc_missing == 1 else "rows asked"
        lines.append(f"{red}! {proof.dnc_missing:,} {are} for DNC, and it is NOT in place. Do not call them:{plain}")
        lines += [
            f"{red}    row {number}: {mask_within(contact) or 'the row'} {_DNC_IS[standing]}{plain}"
            for number, contact, standing in proof.dnc[:_SHOWN]
        ]
        if proof.dnc_missing > _SHOWN:
            lines.append(f"    and {proof.dnc_missing - _SHOWN:,} more{': the file names all' if proof.files else ''}")
        lines.append("")
    for standing, count in proof.counts.items():
        if count:
            lines.append(f"  {count:>9,}  {standing.value:<12}  {MEANING[standing]}")
            if standing is VerifyStatus.NOT_AS_ASKED:
                lines += [f"{'':>27}{number:,}: {kind}" for kind, number in list(proof.kinds.items())[:_SHOWN]]
    lines += [f"{bold}  {proof.rows:>9,}  {'row' if proof.rows == 1 else 'rows'}, each accounted for{plain}", ""]
    lines.append(f"{bold}{headline(proof)}{plain}")
    for path in proof.files.values():
        lines.append(f"  {path}")
    for name, command in next_commands(proof).items():
        lines += ["", f"  {_TO[name]}:", f"    {bold}{command}{plain}"]
    return lines


_TO: Final = MappingProxyType({"verify": "Go on", "rerun": "Send again what is not as asked"})


def headline(proof: VerifyResult) -> str:
    """The result in one sentence, without any name."""
    if proof.stopped_for is not None:
        left = f"{proof.counts[VerifyStatus.NOT_READ]:,} of {pluralize(proof.rows, 'row')}"
        return f"Not finished: {left} were not read; {proof.why.rstrip('.')}."
    when = f"read back by {iso_utc(proof.until)[:19]}Z with {pluralize(proof.reads, 'read')}"
    as_asked = proof.counts[VerifyStatus.AS_ASKED]
    if as_asked == proof.rows:
        return f"All {pluralize(proof.rows, 'row')} {'is' if proof.rows == 1 else 'are'} as asked, {when}."
    others = [f"{proof.counts[status]:,} {words}" for status, words in _NOT_AS_ASKED.items() if proof.counts[status]]
    are = "is" if as_asked == 1 else "are"
    return f"{as_asked:,} of {pluralize(proof.rows, 'row')} {are} as asked, {', '.join(others)}; {when}."
