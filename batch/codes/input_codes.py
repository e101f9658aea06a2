"""The codes of rows that were not sent, because of their own cells or of other rows of the input.

Owns: these entries of the registry. The person corrects the cell in the failures file and reruns that file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.codes.code import Code

INPUT_CODES: Final[Mapping[str, Code]] = {
    "no_phone": Code(
        "The phone cell is empty", "Fill in the phone number and rerun this file, or leave the row out.", role="phone"
    ),
    "not_a_number": Code(
        "The phone cell holds no phone number", "Correct the phone number and rerun this file.", role="phone"
    ),
    "invalid_number": Code(
        "This phone number cannot exist",
        "Check the number against its source, correct it and rerun this file.",
        role="phone",
    ),
    "unknown_area": Code(
        "The area code is not known to the version of libphonenumber that is in use",
        "Check the number and correct it if it is wrong. If its area is new, update phonenumbers, or rerun this "
        "file with --phone-check possible.",
        role="phone",
    ),
    "flagged": Code(
        "Not sent: a remark in the cell says that the number is wrong, dead, a fax or not to be called",
        "Find out whether the remark still holds. If the number may be called, remove the remark and rerun this file.",
        role="phone",
    ),
    "region_needed": Code(
        "The number has no country code, and no country was given",
        "Write the number with + and its country code, or rerun this file with a country, for example --region US.",
        role="phone",
    ),
    "ambiguous": Code(
        "The number can be read as two different numbers",
        "Write it with + and its country code, so that no other person is contacted, and rerun this file.",
        role="phone",
    ),
    "digits_lost": Code(
        "Digits were lost in the spreadsheet",
        "Format the column as text, export again and run that file. The digits cannot be recovered from this one.",
        role="phone",
    ),
    "two_numbers": Code(
        "The cell holds more than one number",
        "Keep only one number in the cell and rerun this file. --two-numbers first takes the first one.",
        role="phone",
    ),
    "extension": Code(
        "The number has an extension, and extensions are refused here",
        "Remove the extension and rerun this file. --extensions drop removes it from all rows.",
        role="phone",
    ),
    "unknown_region": Code(
        "The country cell does not name a known country",
        "Write an ISO code such as US or ES, or clear the cell, and rerun this file.",
        role="region",
    ),
    "no_account": Code(
        "The account cell is empty",
        "Write the name of the account that this contact belongs to and rerun this file, or leave the row out.",
        role="account",
    ),
    "unknown_account": Code(
        "The account is not in the settings",
        "Correct the name, or add its [accounts.NAME] table to guayaba-batch.toml, and rerun this file.",
        role="account",
    ),
    "no_id": Code(
        "The row has neither an id nor a phone number, so its contact cannot be found",
        "Fill in the contact's id, or its phone, and rerun this file, or leave the row out.",
        role="id",
    ),
    "malformed_id": Code(
        "The id is not a UUID",
        "Copy the complete id of the contact (8-4-4-4-12 hexadecimal digits) and rerun this file.",
        role="id",
    ),
    "unknown_status": Code(
        "The team has no status with this name",
        "Write a status of the team and rerun this file. If the word means a status, name that status: "
        '--map-value status:"STOP"=DNC.',
        role="status",
    ),
    "malformed_campaign": Code(
        "The campaign is not a UUID",
        "Copy the complete id of the campaign (8-4-4-4-12 hexadecimal digits) and rerun this file.",
        role="campaign",
    ),
    "unknown_campaign": Code(
        "The team has no such campaign",
        "Write the campaign's id, or its name as the dashboard shows it, and rerun this file.",
        role="campaign",
    ),
    "ambiguous_campaign": Code(
        "Several campaigns have this name",
        "Write the id of the right one (the message lists them) and rerun this file.",
        role="campaign",
    ),
    "name_too_long": Code(
        "The name has more than 255 characters", "Shorten the name to 255 characters and rerun this file.", role="name"
    ),
    "unknown_timezone": Code(
        "The timezone does not exist",
        "Write an IANA name such as America/New_York, or clear the cell to leave it as it is, and rerun this file.",
        role="timezone",
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
        retryable=True,
    ),
    "would_reactivate": Code(
        "Not sent: the contact is DNC or stopped, and would be called again",
        "Leave the contact as it is. If the person has agreed to calls since then, rerun this file with "
        "--allow-reactivation (for DNC also --allow-lifting-dnc).",
        retryable=True,
    ),
    "opted_out": Code(
        "Not sent: the file itself says not to call this person",
        "Leave the contact as it is. If the person has agreed to calls since then, correct the column, or "
        "rerun this file with --allow-reactivation.",
        retryable=True,
    ),
    "would_lift_dnc": Code(
        "Not sent: the contact is DNC, and another status would remove it",
        "Leave it DNC. If the person has agreed to calls since then, rerun this file with --allow-lifting-dnc.",
        retryable=True,
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
}
