"""What to do about a row, in the words of the page: its own buttons and choices, where the reports name options.

Owns: these tips, and taking the options of the command line out of what the Python API says. Every other title and tip
is that of the registry of codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from batch import codes
from batch.model import RunKind
from batch.text.language import tr, tr_noop

_LATER: Final = tr_noop("Rerun later.")
_GO_ON: Final = tr_noop("Go on with the run: it continues from here.")
_UNDO_LATER: Final = tr_noop("Plan the undo again later. A contact that is already put back stays as it is.")

_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "too_many_errors": tr_noop("Not sent: more rows failed than the settings allow"),
        "limit_reached": tr_noop("Not sent: the limit of the settings was reached"),
    }
)
_TIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_phone": tr_noop("Fill in the phone number, or leave the row out."),
        "not_a_number": tr_noop("Correct the phone number, or leave the row out."),
        "invalid_number": tr_noop("Check the number against its source and correct it."),
        "unknown_area": tr_noop(
            "Check the number and correct it if it is wrong. If its area is new, choose under Columns, More choices, "
            "to send such numbers."
        ),
        "flagged": tr_noop(
            "Find out whether the remark still holds. If the number may be called, remove the remark from the cell."
        ),
        "region_needed": tr_noop(
            "Write the number with + and its country code, or choose the country of all of them under Columns."
        ),
        "ambiguous": tr_noop("Write it with + and its country code, so that no other person is contacted."),
        "digits_lost": tr_noop(
            "Take the complete number from its source. In the spreadsheet, format the column as text and export it "
            "again."
        ),
        "two_numbers": tr_noop(
            "Leave one number in the cell. Under Columns, More choices, the first one can be taken of all of them."
        ),
        "extension": tr_noop("Remove the extension."),
        "unknown_region": tr_noop("Write an ISO code such as US or ES, or clear the cell."),
        "no_account": tr_noop("Write the name of the account that this contact belongs to, or leave the row out."),
        "unknown_account": tr_noop("Correct the name. The page API keys lists the accounts."),
        "no_id": tr_noop("Fill in the id of the contact, or its phone, or leave the row out."),
        "malformed_id": tr_noop("Copy the id of the contact whole (8-4-4-4-12 hexadecimal digits)."),
        "unknown_status": tr_noop(
            "Write a status of the team. One correction can hold for all rows with the same word."
        ),
        "malformed_campaign": tr_noop("Copy the id of the campaign whole (8-4-4-4-12 hexadecimal digits)."),
        "unknown_campaign": tr_noop("Write the id of the campaign, or its name as the dashboard shows it."),
        "ambiguous_campaign": tr_noop("Write the id of the right one (the message lists them)."),
        "name_too_long": tr_noop("Shorten the name to 255 characters."),
        "unknown_timezone": tr_noop("Write an IANA name such as America/New_York, or clear the cell."),
        "nothing_asked": tr_noop("Fill in what should change in the file and give it again, or leave the row out."),
        "conflict": tr_noop(
            "Keep the row that is right in the file and give it again, or choose under Columns, More choices, which "
            "row counts."
        ),
        "broken_row": tr_noop(
            "Correct the row in the file (often it has an extra separator or quote) and give the file again."
        ),
        "cut_cell": tr_noop("Under Files, write them also as CSV, where the cell is whole. Then rerun."),
        "damaged_text": tr_noop("Write the text again in the file, or export it again as UTF-8, and give it again."),
        "several_contacts": tr_noop(
            "Write the id of the right one (the message lists them) into the file and give it again."
        ),
        "named_twice": tr_noop(
            "Keep the row that is right in the file, or give both rows the id, and give the file again."
        ),
        "contested": tr_noop(
            "Rerun when that run has ended (the message names it). A contact that should be DNC is not protected until "
            "then."
        ),
        "not_confirmed": tr_noop("Rerun: the plan then counts this contact, and asks."),
        "would_reactivate": tr_noop(
            "Leave the contact as it is. If the person has agreed to calls since, allow it beside Rerun."
        ),
        "opted_out": tr_noop(
            "Leave the contact as it is. If the person has agreed to calls since, correct the column in the file, or "
            "allow it under More choices or beside Rerun."
        ),
        "would_lift_dnc": tr_noop("Leave it DNC. If the person has agreed to calls since, allow it beside Rerun."),
        "overruled": tr_noop("Nothing. The stricter request was taken. Remove the row that is wrong."),
        "contact_not_found": tr_noop(
            "Nothing was changed, and a number that is no contact cannot be suppressed: keep it out of later imports, "
            "correct it, or add the contact and rerun."
        ),
        "not_found_either": tr_noop(
            "Nothing was changed. The message says which of the two is missing. Correct it and rerun."
        ),
        "bad_request": tr_noop("Read the message, correct the row and rerun."),
        "refused": tr_noop("Read the message. If it gives no reason, ask Guayaba before you rerun."),
        "redirected": tr_noop(
            "Check the address of the API in the settings, then rerun. A redirect would send the key elsewhere."
        ),
        "server_error": _LATER,
        "no_answer": _LATER,
        "answer_lost": tr_noop(
            "Rerun: the contact is read back first. One with an id alone cannot be: look in the dashboard."
        ),
        "not_read": _LATER,
        "unreadable_answer": tr_noop("Check which server answered (it may be a login page or a proxy), then rerun."),
        "changed_since_plan": tr_noop("Read the message and look at the contact. Then plan the file again."),
        "changed_since": tr_noop(
            "Look at the contact in the dashboard. If the older state is still right, put the row into a new file."
        ),
        "stays_stopped": tr_noop(
            "Leave the contact as it is. If the person has agreed to calls, plan the undo again and allow it there."
        ),
        "before_unknown": tr_noop(
            "Look at the contact in the dashboard. The next time, choose to keep each contact as it was."
        ),
        "dnc_not_in_place": tr_noop("Do not call it. Rerun to set DNC again, and find out who changed it."),
        "not_as_asked": tr_noop("It may have been changed for a good reason: look first. Rerun to send it again."),
        "not_read_back": tr_noop("Verify again later, or rerun."),
        "key_refused": tr_noop("Check the key, then go on with the run."),
        "key_or_limit": tr_noop("Wait some minutes, then go on with the run. If it is refused at once, check the key."),
        "stopped": _GO_ON,
        "outage": _GO_ON,
        "no_quota_left": tr_noop("Go on with the run when the other users of the key have finished."),
        "time_up": _GO_ON,
        "limit_reached": _GO_ON,
        "too_many_errors": tr_noop("Look at the errors first. Then go on with the run: it continues from here."),
        "same_refusal": tr_noop("Read those words: one cause is common to all rows. Then go on with the run."),
    }
)
_UNDO_TIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("server_error", "no_answer", "answer_lost", "unreadable_answer", "not_read", "not_read_back"), _UNDO_LATER
        ),
        "redirected": tr_noop("Check the address of the API in the settings. Then plan the undo again."),
        "would_lift_dnc": tr_noop(
            "Leave it DNC. If the person has agreed to calls since, plan the undo again and allow it there."
        ),
        "dnc_not_in_place": tr_noop(
            "The contact was DNC before the run and is not now. Do not call it. Plan the undo again."
        ),
        "not_as_asked": tr_noop("It may have been changed for a good reason: look first. Then plan the undo again."),
    }
)
#: Where a text names an option of the command line, what is left of it without that part.
_WITHOUT: Final = (
    re.compile(r" \([^()]*--[^()]*\)"),
    re.compile(r"(?:: \w+|:|,) --[^.;]*(?:\.\S[^.;]*)*(?=\.(?:\s|$)|;|$)"),
    re.compile(r"(?:^|(?<=[.;] ))[^.;]*(?:--[a-z]|guayaba-batch )(?:[^.;]|[.](?=\S))*(?:[.;] ?|$)"),
)


def page_title(code: str) -> str:
    """What happened to a row with `code`."""
    return tr(_TITLES[code]) if code in _TITLES else codes.title(code)


def page_tip(code: str, kind: RunKind = RunKind.RUN) -> str:
    """What a person can do on the page about a row with `code` in a run of this `kind`."""
    if kind is RunKind.UNDO and code in _UNDO_TIPS:
        return tr(_UNDO_TIPS[code])
    if (own := codes.tip(code, kind)) != codes.tip(code):
        return own
    return tr(_TIPS[code]) if code in _TIPS else codes.tip(code)


def without_options(text: str) -> str:
    """`text` of the Python API without what it says of the command line's options."""
    for part in _WITHOUT:
        text = part.sub("", text)
    return text.strip()
