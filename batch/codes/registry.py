"""Every `_code` that a report can hold.

Owns: the registry, from which the reports' tips and the table in the guide are made, and two choices from it: which
codes are about a cell, and which are of held rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.codes.code import Code
from batch.codes.input_codes import INPUT_CODES

CODES: Final[Mapping[str, Code]] = {
    **INPUT_CODES,
    # The row was sent, or would have been.
    "already_so": Code("The contact already had these values", ""),
    "superseded": Code("A later run already succeeded for this contact", ""),
    "confirmed": Code("The API confirmed it", ""),
    "confirmed_each_form": Code(
        "The API confirmed it, for each form of the number that the team holds (the message names them)", ""
    ),
    "read_back": Code("The answer was lost, but the contact was read and has the new values", ""),
    "contact_not_found": Code(
        "Not a contact of this team",
        "Nothing was changed. The API cannot block a number that is not a contact. Keep it out of later "
        "imports, or add the contact and rerun this file.",
        retryable=True,
        role="phone",
    ),
    "not_found_either": Code(
        "The contact or the campaign does not exist",
        "Nothing was changed. The message says which of the two is missing. Correct it and rerun this file.",
        retryable=True,
    ),
    "bad_request": Code(
        "The API refused the request (400)", "Read the message, correct the row and rerun this file.", retryable=True
    ),
    "refused": Code(
        "The API refused the request",
        "Read the message. If it gives no reason, ask Guayaba before you rerun this file.",
        retryable=True,
    ),
    "redirected": Code(
        "The server answered with a redirect, and redirects are not followed",
        "Check the address of the API (--base-url) and run the source again. A redirect would send the key "
        "to another server.",
        retryable=True,
    ),
    "server_error": Code("The server failed at every attempt (5xx)", "Rerun this file later.", retryable=True),
    "no_answer": Code("No answer came at any attempt", "Rerun this file later.", retryable=True),
    "answer_lost": Code(
        "Sent, but no answer was seen, and the contact could not be read",
        "Rerun this file: the contact is read first. If the row has only an id, it cannot be read: look in "
        "the dashboard.",
        retryable=True,
    ),
    "stopped_since": Code(
        "Sent, but no answer was seen, and the contact now has a status that stops outreach",
        "Find out who stopped it. A request that could call this person is not sent again. If you still want it, put "
        "the row into a new file.",
    ),
    "not_read": Code(
        "Not sent: the contact could not be read, and its current state decides what may be sent",
        "Rerun this file later. If only custom variables change, --variables replace needs no read.",
        retryable=True,
    ),
    "unreadable_answer": Code(
        "The answer has a success status, but its text could not be read",
        "Check which server answered (it may be a login page or a proxy), then rerun this file.",
        retryable=True,
    ),
    "contested": Code(
        "Not sent: another run was at work and had still to write this contact otherwise",
        "When that run has ended (the message names it), rerun this file. If the row sets DNC, the person is not "
        "protected until then.",
        retryable=True,
    ),
    # What `apply` left alone.
    "changed_since_plan": Code(
        "Not sent: the contact has changed since the plan was made",
        "Read the message and look at the contact. Plan the file again, or apply the plan with --replan.",
        retryable=True,
    ),
    # What `undo` left alone.
    "nothing_to_undo": Code("The undone run did not change this contact", ""),
    "changed_since": Code(
        "Not restored: the contact was changed after the run",
        "Look at the contact in the dashboard. If the older state is still right, run this row by itself.",
    ),
    "stays_stopped": Code(
        "Not restored: the contact is DNC or stopped, and would be called again",
        "Leave the contact as it is. If the person has agreed to calls, run undo again with "
        "--allow-reactivation (for DNC also --allow-lifting-dnc).",
    ),
    "before_unknown": Code(
        "Not restored: the contact was not read before the run",
        "Look at the contact in the dashboard. A run with --skip-unchanged reads every contact before it writes.",
    ),
    "put_back_in_part": Code(
        "Restored in part: no call restores the other fields",
        "Read the message and restore the other fields in the dashboard.",
    ),
    "cannot_put_back": Code(
        "Not restored: no call of the API restores the earlier state",
        "Read the message and restore the contact in the dashboard.",
    ),
    # What `verify` found.
    "dnc_not_in_place": Code(
        "The contact should be DNC and is not: it can be called",
        "Do not call it. Rerun this file to set DNC again, and find out who changed it.",
        retryable=True,
    ),
    "not_as_asked": Code(
        "The contact was read and does not have the values of the row",
        "It may have been changed for a good reason: look first. Rerun this file to send it again.",
        retryable=True,
    ),
    "not_read_back": Code(
        "The contact could not be read", "Give the same command again later, or rerun this file.", retryable=True
    ),
    # The run was stopped.
    "key_refused": Code("The API refused the key", "Check the key, then give the same command again.", retryable=True),
    "key_or_limit": Code(
        "Not sent: the API answered 403, although it had accepted the key before. The reason is the key or a limit",
        "Wait a few minutes, then give the same command again. If it is refused at once, check the key.",
        retryable=True,
    ),
    "stopped": Code("Not sent: the run was stopped", "The same command continues from here.", retryable=True),
    "outage": Code("Not sent: the API could not be reached", "The same command continues from here.", retryable=True),
    "no_quota_left": Code(
        "Not sent: other users of the key had left nothing of its quota for too long",
        "The same command continues from here, when the others have finished.",
        retryable=True,
    ),
    "time_up": Code(
        "Not sent: the time for this run was over", "The same command continues from here.", retryable=True
    ),
    "too_many_errors": Code(
        "Not sent: --max-errors was exceeded",
        "Look at the errors first. The same command continues from here.",
        retryable=True,
    ),
    "same_refusal": Code(
        "Not sent: the API refused a hundred rows one after another with the same message",
        "Read that message: all rows have the same cause. The same command continues from here.",
        retryable=True,
    ),
    "limit_reached": Code("Not sent: --limit was reached", "The same command continues from here.", retryable=True),
}

#: Code -> the role of the column whose cell is at fault.
FAULTY_ROLE: Final[Mapping[str, str]] = {code: entry.role for code, entry in CODES.items() if entry.role}

#: Codes of `held` rows: a guard or a conflict keeps the row back. Version 0.1.0 called their outcome `invalid`.
HELD_CODES: Final = (
    "conflict",
    "named_twice",
    "contested",
    "not_confirmed",
    "flagged",
    "opted_out",
    "would_reactivate",
    "would_lift_dnc",
    "changed_since",
    "changed_since_plan",
    "stays_stopped",
    "before_unknown",
    "cannot_put_back",
)
