"""A code in the language in use: its title, and its tip for the report at hand.

Owns: the look-up, and the tips of an undo, which differ from those of the registry where these name a rerun.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.codes.registry import CODES
from batch.model import RunKind
from batch.text.language import tr, tr_noop


def title(code: str) -> str:
    """The title of `code`, or the code itself where the registry does not know it (a report of a newer version)."""
    return tr(CODES[code].title) if code in CODES else code


def tip(code: str, kind: RunKind = RunKind.RUN) -> str:
    """The tip of `code` for the report of a run of this `kind`, or an empty text. An undo cannot be rerun: it is run
    again."""
    if kind is RunKind.UNDO and code in _UNDO_TIPS:
        return tr(_UNDO_TIPS[code])
    return tr(CODES[code].tip) if code in CODES else ""


_AGAIN: Final = tr_noop("Run undo again later. A contact that is already restored stays as it is.")
#: The tips of an undo, in place of those that name a rerun.
_UNDO_TIPS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("server_error", "no_answer", "answer_lost", "unreadable_answer", "not_read", "not_read_back"), _AGAIN
    ),
    **dict.fromkeys(("bad_request", "refused"), tr_noop("Read the message and restore the contact in the dashboard.")),
    "contact_not_found": tr_noop("Nothing to do. It is no longer a contact of the team, so it cannot be restored."),
    "not_found_either": tr_noop(
        "The message says which of the two is missing. What does not exist cannot be restored."
    ),
    "redirected": tr_noop("Check the address of the API: it now answers with a redirect. Then run undo again."),
    "would_lift_dnc": tr_noop(
        "Leave it DNC. If the person has agreed to calls since then, run undo again with "
        "--allow-lifting-dnc (and --allow-reactivation if the contact was active)."
    ),
    "stopped_since": tr_noop("Find out who stopped it. A request that could call this person is not sent again."),
    "dnc_not_in_place": tr_noop("The contact was DNC before the run and is not now. Do not call it. Run undo again."),
    "not_as_asked": tr_noop("It may have been changed for a good reason: look first. Run undo again to restore it."),
}
