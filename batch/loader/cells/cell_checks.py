"""What one cell must be to be sent: UUIDs, statuses, names, timezones.

Owns: the checks of single cells that are no phones, each with the words for what is wrong.
Source: API.md 4.4 (name of at most 255 characters, IANA timezone, UUIDs), 4.7 (a status exactly as listed).
"""

from __future__ import annotations

from typing import NamedTuple

from batch.guayaba.campaigns import Campaigns, NoMatch, parse_uuid
from batch.guayaba.statuses import DEFAULT_STATUSES
from batch.loader.cells.status_words import exact_status, suggest_status
from batch.loader.cells.timezones import timezone_problem
from batch.text.language import tr
from batch.text.masking import UUID_PATTERN
from batch.text.opt_out_words import asks_to_be_left_alone
from batch.text.visible import quoted

NAME_LIMIT = 255
#: A UUID and nothing else, as Rust reads it.
WHOLE_UUID = f"^{UUID_PATTERN}$"


class CellError(NamedTuple):
    """What is wrong with one cell: the code, the words, and the cell."""

    code: str
    message: str
    cell: str | None = None


def is_uuid(cell: str) -> bool:
    """True for the 36 characters of a UUID, in either case, in braces or not."""
    return parse_uuid(cell) is not None


def check_uuid(cell: str, code: str) -> str | CellError:
    """The UUID in lower case, or a fault with `code`."""
    count = len(cell.strip().strip("{}"))
    return parse_uuid(cell) or CellError(
        code, tr("{cell} has {count} characters; a UUID has 36", cell=quoted(cell), count=count), cell
    )


def check_campaign(cell: str, campaigns: Campaigns | None, *, names: bool) -> str | CellError:
    """The id of the campaign that the cell means. While `campaigns` are not known, a UUID passes, and any text where
    `names` are allowed."""
    if campaigns is None:
        return cell.strip() if names and not is_uuid(cell) else check_uuid(cell, "malformed_campaign")
    if not campaigns.known:
        return check_uuid(cell, "malformed_campaign")
    found = campaigns.find(cell)
    if not isinstance(found, NoMatch):
        return found
    could_be = f": {'; '.join(found.candidates)}" if found.candidates else ""
    return CellError(found.code, f"{found.message}{could_be}", cell)


def check_status(cell: str, statuses: frozenset[str] | None) -> str | CellError:
    """The one of `statuses` that the cell is, but for capitals, spaces and punctuation, or a fault that names the
    nearest. While `statuses` are not known, any text passes as written, but DNC is DNC however it is written, and other
    words that ask to be left alone are no status: no person is taken for covered who may not be."""
    plain = cell.strip()
    if statuses is None:
        if (dnc := exact_status(plain, ("DNC",))) or not asks_to_be_left_alone(plain):
            return dnc or plain
        statuses = frozenset(DEFAULT_STATUSES)
    if (status := exact_status(plain, statuses)) is not None:
        return status
    if asks_to_be_left_alone(plain):
        meant = tr('; the person does not want calls: --map-value status:"{plain}"=DNC sets DNC', plain=plain[:40])
    elif near := suggest_status(plain, statuses):
        meant = tr('; did you mean "{near}"?', near=near)
    else:
        meant = tr("; expected one of {statuses}", statuses=", ".join(sorted(statuses)[:20]))
    return CellError(
        "unknown_status", tr("{cell} is not a status of the team{meant}", cell=quoted(cell), meant=meant), cell
    )


def check_name(cell: str) -> str | CellError:
    """The name without outer spaces, or a fault when it is too long."""
    plain = cell.strip()
    if len(plain) > NAME_LIMIT:
        return CellError(
            "name_too_long",
            tr("the name has {count} characters; the API takes {name_limit}", count=len(plain), name_limit=NAME_LIMIT),
            cell,
        )
    return plain


def check_timezone(cell: str) -> str | CellError:
    """The IANA name of a place, or a fault that names the nearest."""
    plain = cell.strip()
    problem = timezone_problem(plain)
    return plain if problem is None else CellError("unknown_timezone", f"{quoted(cell)} {problem}", cell)
