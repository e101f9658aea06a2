"""Every `_code` that a report can hold: a title, a tip, and whether running the row again as it is can help.

Owns: the words for what happened to one row. The reports' tips and the table in the guide are made from this registry.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Code(NamedTuple):
    """A code's words: `title` says what happened, `tip` what the person should do next."""

    title: str
    tip: str
    rerun_helps: bool = False


CODES: dict[str, Code] = {
    # The row was never sent: its own cells are wrong. Correct the cell in the failures file and rerun that file.
    "no_phone": Code("The phone cell is empty", "Fill in the phone number and rerun this file, or leave the row out."),
    "not_a_number": Code("The phone cell holds no phone number", "Correct the phone number and rerun this file."),
    "invalid_number": Code(
        "This phone number cannot exist", "Check the number against its source, correct it and rerun this file."
    ),
    "unknown_area": Code(
        "The area code is not known to the version of libphonenumber that is in use",
        "Check the number and correct it if it is wrong. If its area is new, update phonenumbers, or rerun this "
        "file with --phone-check possible.",
    ),
    "flagged": Code(
        "Not sent: a remark in the cell says that the number is wrong, dead, a fax or not to be called",
        "Find out whether the remark still holds. If the number may be called, remove the remark and rerun this file.",
    ),
    "region_needed": Code(
        "The number has no country code, and no country was given",
        "Write the number with + and its country code, or rerun this file with a country, for example --region US.",
    ),
    "ambiguous": Code(
        "The number can be read as two different numbers",
        "Write it with + and its country code, so that no other person is contacted, and rerun this file.",
    ),
    "digits_lost": Code(
        "Digits were lost in the spreadsheet",
        "Format the column as text, export again and run that file. The digits cannot be recovered from this one.",
    ),
    "two_numbers": Code(
        "The cell holds more than one number",
        "Keep only one number in the cell and rerun this file. --two-numbers first takes the first one.",
    ),
    "extension": Code(
        "The number has an extension, and extensions are refused here",
        "Remove the extension and rerun this file. --extensions drop removes it from all rows.",
    ),
    "unknown_region": Code(
        "The country cell does not name a known country",
        "Write an ISO code such as US or ES, or clear the cell, and rerun this file.",
    ),
    "no_account": Code(
        "The account cell is empty",
        "Write the name of the account that this contact belongs to and rerun this file, or leave the row out.",
    ),
    "unknown_account": Code(
        "The account is not in the settings",
        "Correct the name, or add its [accounts.NAME] table to guayaba-batch.toml, and rerun this file.",
    ),
    "no_id": Code(
        "The row has neither an id nor a phone number, so its contact cannot be found",
        "Fill in the contact's id, or its phone, and rerun this file, or leave the row out.",
    ),
    "malformed_id": Code(
        "The id is not a UUID",
        "Copy the complete id of the contact (8-4-4-4-12 hexadecimal digits) and rerun this file.",
    ),
    "unknown_status": Code(
        "The team has no status with this name",
        "Write a status of the team and rerun this file. If the word means a status, name that status: "
        '--map-value status:"STOP"=DNC.',
    ),
    "malformed_campaign": Code(
        "The campaign is not a UUID",
        "Copy the complete id of the campaign (8-4-4-4-12 hexadecimal digits) and rerun this file.",
    ),
    "unknown_campaign": Code(
        "The team has no such campaign",
        "Write the campaign's id, or its name as the dashboard shows it, and rerun this file.",
    ),
    "ambiguous_campaign": Code(
        "Several campaigns have this name",
        "Write the id of the right one (the message lists them) and rerun this file.",
    ),
    "name_too_long": Code(
        "The name has more than 255 characters", "Shorten the name to 255 characters and rerun this file."
    ),
    "unknown_timezone": Code(
        "The timezone does not exist",
        "Write an IANA name such as America/New_York, or clear the cell to leave it as it is, and rerun this file.",
    ),
    "nothing_asked": Code(
        "Every cell that could change this contact is empty",
        "Fill in what should change and rerun this file, or leave the row out.",
    ),
    "conflict": Code(
        "Rows of one contact ask for different things",
        "Keep the row that is right, remove the others and rerun this file. --on-conflict first or last decides for "
        "all such rows. DNC wins without it.",
    ),
    "broken_row": Code(
        "The row has more or fewer cells than the header",
        "Correct the row (often it has an extra separator or quote) and rerun this file.",
    ),
    "cut_cell": Code(
        "Excel could not hold the whole cell",
        "Write this run's report with --format csv, where the cell is whole, and rerun that file.",
    ),
    "damaged_text": Code(
        "The cell holds \ufffd where a character was lost",
        "Write the text again and rerun this file, or export the source again as UTF-8 and run that.",
    ),
    "several_contacts": Code(
        "Several contacts have this number",
        "Write the id of the right one (the message lists them) and rerun this file.",
    ),
    "named_twice": Code(
        "Another row names this contact by its id",
        "Keep the row that is right, or give both rows the id, and rerun this file.",
    ),
    "not_confirmed": Code(
        "Not sent: this would start outreach for more contacts than were confirmed",
        "Rerun this file. Its plan counts this contact and asks for a confirmation.",
        True,
    ),
    "would_reactivate": Code(
        "Not sent: the contact is DNC or stopped, and would be called again",
        "Leave the contact as it is. If the person has agreed to calls since then, rerun this file with "
        "--allow-reactivation (for DNC also --allow-lifting-dnc).",
        True,
    ),
    "opted_out": Code(
        "Not sent: the file itself says not to call this person",
        "Leave the contact as it is. If the person has agreed to calls since then, correct the column, or "
        "rerun this file with --allow-reactivation.",
        True,
    ),
    "would_lift_dnc": Code(
        "Not sent: the contact is DNC, and another status would remove it",
        "Leave it DNC. If the person has agreed to calls since then, rerun this file with --allow-lifting-dnc.",
        True,
    ),
    "overruled": Code(
        "Another row of the same contact was chosen",
        "Nothing to do. The stricter request was sent, or the one that --on-conflict chooses. Remove the "
        "row that is wrong.",
    ),
    "same_contact": Code(
        "Another row has the same contact and asks for the same",
        "Nothing to do. This row gets the result of that row.",
    ),
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
        True,
    ),
    "not_found_either": Code(
        "The contact or the campaign does not exist",
        "Nothing was changed. The message says which of the two is missing. Correct it and rerun this file.",
        True,
    ),
    "bad_request": Code(
        "The API refused the request (400)", "Read the message, correct the row and rerun this file.", True
    ),
    "refused": Code(
        "The API refused the request",
        "Read the message. If it gives no reason, ask Guayaba before you rerun this file.",
        True,
    ),
    "redirected": Code(
        "The server answered with a redirect, and redirects are not followed",
        "Check the address of the API (--base-url) and run the source again. A redirect would send the key "
        "to another server.",
        True,
    ),
    "server_error": Code("The server failed at every attempt (5xx)", "Rerun this file later.", True),
    "no_answer": Code("No answer came at any attempt", "Rerun this file later.", True),
    "answer_lost": Code(
        "Sent, but no answer was seen, and the contact could not be read",
        "Rerun this file: the contact is read first. If the row has only an id, it cannot be read: look in "
        "the dashboard.",
        True,
    ),
    "stopped_since": Code(
        "Sent, but no answer was seen, and the contact now has a status that stops outreach",
        "Find out who stopped it. A request that could call this person is not sent again. If you still want it, put "
        "the row into a new file.",
    ),
    "not_read": Code(
        "Not sent: the contact could not be read, and its current state decides what may be sent",
        "Rerun this file later. If only custom variables change, --variables replace needs no read.",
        True,
    ),
    "unreadable_answer": Code(
        "The answer has a success status, but its text could not be read",
        "Check which server answered (it may be a login page or a proxy), then rerun this file.",
        True,
    ),
    # What `apply` left alone.
    "changed_since_plan": Code(
        "Not sent: the contact has changed since the plan was made",
        "Read the message and look at the contact. Plan the file again, or apply the plan with --replan.",
        True,
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
        True,
    ),
    "not_as_asked": Code(
        "The contact was read and does not have the values of the row",
        "It may have been changed for a good reason: look first. Rerun this file to send it again.",
        True,
    ),
    "not_read_back": Code(
        "The contact could not be read", "Give the same command again later, or rerun this file.", True
    ),
    # The run was stopped.
    "key_refused": Code("The API refused the key", "Check the key, then give the same command again.", True),
    "key_or_limit": Code(
        "Not sent: the API answered 403, although it had accepted the key before. The reason is the key or a limit",
        "Wait a few minutes, then give the same command again. If it is refused at once, check the key.",
        True,
    ),
    "stopped": Code("Not sent: the run was stopped", "The same command continues from here.", True),
    "outage": Code("Not sent: the API could not be reached", "The same command continues from here.", True),
    "no_quota_left": Code(
        "Not sent: other users of the key had left nothing of its quota for too long",
        "The same command continues from here, when the others have finished.",
        True,
    ),
    "time_up": Code("Not sent: the time for this run was over", "The same command continues from here.", True),
    "too_many_errors": Code(
        "Not sent: --max-errors was exceeded", "Look at the errors first. The same command continues from here.", True
    ),
    "same_refusal": Code(
        "Not sent: the API refused a hundred rows one after another with the same message",
        "Read that message: all rows have the same cause. The same command continues from here.",
        True,
    ),
    "limit_reached": Code("Not sent: --limit was reached", "The same command continues from here.", True),
}


#: Codes of `held` rows: a guard or a conflict keeps the row back. Version 0.1.0 called their outcome `invalid`.
HELD_CODES: Final = (
    "conflict",
    "named_twice",
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
