"""Which command a file is for, and what it sets in every row.

Owns: the options for that, which the writing commands, `check` and `plan` share.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from batch.cli.options import ReadingFlags
from batch.model import Operation

ForCommand = Annotated[
    Operation | None,
    Parameter(
        name="--for",
        help="The command that the file is for. Default: by --status, --campaign and --map; else fulfill.",
    ),
]
Status = Annotated[
    str | None, Parameter(help="The status for every row, for example DNC. Default: the status column of the file.")
]
Campaign = Annotated[
    str | None,
    Parameter(help="The campaign for every row: its name or UUID. Default: the campaign column of the file."),
]


def likely_operation(reading: ReadingFlags | None, status: str | None, campaign: str | None) -> Operation:
    """The operation of a file whose command is not named: the one that has what the options set."""
    pairs = reading.given().get("map", ()) if reading else ()
    roles = {pair.partition("=")[0].strip() for pair in pairs}
    if roles & {"id", "name", "phoneNumber", "timezone"} or any(role.startswith("var:") for role in roles):
        return Operation.UPDATE_BY_ID
    return Operation.UPDATE if status or campaign or roles & {"status", "campaign"} else Operation.FULFILL
