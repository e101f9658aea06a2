"""Which column plays which part, found by its header, or the whole list of what was found.

Owns: the choice among columns, `--map`, and every refusal that a header can cause.
Does not own: the names (`headers.py`), the cells below (`rows.py`).
Flow: header + `Reading` -> `Roles`. A second look at the cells happens only where headers leave a choice: several phone
columns, or a status column that may be the CRM's own.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from batch.errors import InputRefused, SettingsError
from batch.loader import headers
from batch.loader.problems import Problems
from batch.loader.reading import Reading
from batch.loader.regions import fold
from batch.loader.rules import is_uuid
from batch.model import DEFAULT_STATUSES, Operation

Ranks = tuple[tuple[str, ...], ...]
#: For column positions: the distinct cells of each that are not blank (at most a thousand of each).
Look = Callable[[Sequence[int]], Mapping[int, frozenset[str]]]

_ROLES: Mapping[Operation, tuple[str, ...]] = {
    Operation.FULFILL: ("phone", "region", "account"),
    Operation.UPDATE: ("phone", "status", "campaign", "region", "account"),
    Operation.UPDATE_BY_ID: (
        "id",
        "phone",
        "name",
        "phoneNumber",
        "timezone",
        "status",
        "campaign",
        "region",
        "account",
    ),
}
#: What `update-by-id` may change beside status and campaign.
_CHANGES: tuple[tuple[str, Ranks], ...] = (
    ("name", headers.NAME),
    ("phoneNumber", headers.PHONE_NUMBER),
    ("timezone", headers.TIMEZONE),
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Role -> position of its column; `variables` are name -> position."""

    columns: Mapping[str, int]
    variables: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def check_mapping(reading: Reading) -> None:
    """Raise SettingsError for roles in `reading.mapping` that the operation does not have."""
    known = _ROLES[reading.operation]
    wrong = [
        role
        for role in reading.mapping
        if role not in known and not (reading.operation is Operation.UPDATE_BY_ID and role.startswith("var:"))
    ]
    if wrong:
        also = ", var:NAME" if reading.operation is Operation.UPDATE_BY_ID else ""
        raise SettingsError(
            f"--map names what {reading.operation} does not have.",
            problems=tuple(f"{role} (for {reading.mapping[role]!r}){_meant(role, known)}" for role in wrong),
            tip=f"{reading.operation} has: {', '.join(known)}{also}.",
        )


def _meant(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def find_roles(
    header: Sequence[str], reading: Reading, look: Look, ours: Mapping[str, int], problems: Problems
) -> Roles:
    """The columns of `header` that `reading.operation` needs; `ours` are those that a report of ours added.

    Raises everything that is wrong at once, with what `problems` holds already: SettingsError for a mapped header that
    is not there and for a run that would ask nothing; InputRefused when the identity column is missing or cannot be
    told, with all that was found.
    """
    columns: dict[str, int] = {}
    notices: list[str] = []
    variables: dict[str, int] = {}
    titles = [title if at not in ours.values() else "" for at, title in enumerate(header)]
    by_id = reading.operation is Operation.UPDATE_BY_ID
    with problems.gathered(inside=True):
        columns |= _mapped(header, reading)
    identity = _id_or_phone(titles, reading, ours.get("_contact_id")) if by_id else "phone"
    if identity not in reading.mapping:
        with problems.gathered(inside=True):
            ranks = headers.ID if identity == "id" else headers.PHONE
            columns[identity] = _identity(identity, ranks, titles, look, notices, ours.get("_contact_id"))
    if by_id:
        for role, ranks in _CHANGES:
            if role not in reading.mapping and (found := _candidates(titles, ranks, columns.values())):
                with problems.gathered(inside=True):
                    columns[role] = _only(_best(found), role, titles)
        with problems.gathered(inside=True):
            _phone_of_rows_without_id(columns, titles, reading)
    if reading.operation is not Operation.FULFILL:
        for add in (_status, _campaign):
            with problems.gathered(inside=True):
                add(columns, titles, reading, look, notices)
    with problems.gathered(inside=True):
        _account(columns, titles, reading, look, notices)
    with problems.gathered(inside=True):
        variables = _variables(titles, reading, columns)
    if not problems:
        with problems.gathered(inside=True):
            _refuse_nothing_asked(columns, variables, reading, titles)
    problems.settle()
    if reading.region is None and "region" not in columns and (found := _candidates(titles, headers.REGION, ())):
        at = found[0][1]
        notices.append(
            f'Numbers without a country code could take it from "{header[at]}": --map region="{header[at]}".'
        )
    return Roles(columns, variables, tuple(notices))


def _id_or_phone(header: Sequence[str], reading: Reading, told: int | None) -> str:
    """What says in update-by-id whom a row is about: the id, or, in a file without ids, the phone."""
    if "id" in reading.mapping or told is not None or _candidates(header, headers.ID, ()):
        return "id"
    return "phone" if "phone" in reading.mapping or _candidates(header, headers.PHONE, ()) else "id"


def _phone_of_rows_without_id(columns: dict[str, int], header: Sequence[str], reading: Reading) -> None:
    """The column of phones also says who a row without an id is about, unless it says outright that it is to be set."""
    sets, identifies = columns.get("phoneNumber"), columns.get("phone")
    if sets is None:
        return
    if (
        identifies is None
        and "phoneNumber" not in reading.mapping
        and fold(header[sets]) not in headers.PHONE_NUMBER[0]
    ):
        columns["phone"] = sets
    if columns.get("phone", sets) != sets:
        raise InputRefused(
            f"Two columns of phones: {header[columns['phone']]!r} says who it is, and {header[sets]!r} would be set.",
            tip="Give the contacts' ids: phones that are to change do not say who it is.",
        )


def _mapped(header: Sequence[str], reading: Reading) -> dict[str, int]:
    """The columns that `--map` names."""
    found: dict[str, int] = {}
    missing: list[str] = []
    for role, name in reading.mapping.items():
        at = [place for place, title in enumerate(header) if title == name]
        at = at or [place for place, title in enumerate(header) if fold(title) == fold(name)]
        if len(at) == 1:
            if not role.startswith("var:"):
                found[role] = at[0]
        elif at:
            raise InputRefused(
                f"The header {name!r}, mapped to {role}, stands above {len(at)} columns: {_columns(at)}.",
                tip="Rename one of them in the file.",
            )
        else:
            missing.append(f"{role}={name!r}{_meant(name, header)}")
    if missing:
        raise SettingsError(
            "--map names a column that is not there.",
            problems=(*missing, f"found: {_listed(header)}"),
            tip="Write the header as the file has it.",
        )
    return found


def _candidates(header: Sequence[str], ranks: Ranks, taken: Iterable[int]) -> list[tuple[int, int]]:
    """(rank, position) of every header in `ranks` that is not `taken`, best first."""
    place = {name: rank for rank, names in enumerate(ranks) for name in names}
    used = set(taken)
    found = [(place[fold(title)], at) for at, title in enumerate(header) if fold(title) in place and at not in used]
    if ranks is headers.PHONE:
        found += [(2, at) for at, title in enumerate(header) if headers.PHONE_NUMBERED.fullmatch(fold(title))]
    return sorted(set(found))


def _best(found: list[tuple[int, int]]) -> list[int]:
    """The positions of the best rank."""
    return [at for rank, at in found if rank == found[0][0]]


def _only(found: list[int], role: str, header: Sequence[str]) -> int:
    if len(found) == 1:
        return found[0]
    names = " and ".join(repr(header[at]) for at in found)
    raise InputRefused(
        f"Several columns can be the {role}: {names}, columns {_columns(found)}.",
        tip=f'Say which: --map {role}="{header[found[0]]}". Two columns of one name: rename one in the file.',
    )


def _identity(role: str, ranks: Ranks, header: Sequence[str], look: Look, notices: list[str], told: int | None) -> int:
    """The column of `role`. Columns with no cell filled do not compete; in `told` a report holds the API's ids."""
    found = _candidates(header, ranks, ())
    told = told if role == "id" else None
    if len(found) > 1 or told is not None:
        cells = look([at for _, at in found])
        filled = [(rank, at) for rank, at in found if cells[at]]
        if told is not None and not any(is_uuid(cell) for _, at in filled for cell in cells[at]):
            return told  # a report of `fulfill` or `update` that learned the ids from the API
        if others := [header[at] for rank, at in filled if rank != filled[0][0]]:
            notices.append(
                f'The {role} is read from "{header[filled[0][1]]}"; also filled, not read: {_listed(others)}.'
            )
        found = filled or found[:1]
    if not found:
        raise InputRefused(
            f"No column is recognised as the {role}.",
            problems=(f"found: {_listed([title for title in header if title])}",),
            tip=f'Say which it is: --map {role}="THE HEADER".',
        )
    return _only(_best(found), role, header)


def _status(columns: dict[str, int], header: Sequence[str], reading: Reading, look: Look, notices: list[str]) -> None:
    if "status" in columns:
        if reading.ask.status is not None:
            notices.append(_overruled("status", header[columns.pop("status")], reading.ask.status))
        return
    ours = _candidates(header, headers.STATUS_OURS, ())
    perhaps = _candidates(header, headers.STATUS_PERHAPS, ())
    found = ours or perhaps
    if not found:
        return
    at = _only(_best(found), "status", header)
    if reading.ask.status is not None:
        notices.append(_overruled("status", header[at], reading.ask.status))
        return
    known = {fold(name) for name in (reading.statuses or DEFAULT_STATUSES)}
    cells = look([at])[at] if not ours else frozenset()
    if ours or any(fold(cell) in known for cell in cells):
        columns["status"] = at
    elif cells:
        example = sorted(cells)[0][:40]
        notices.append(f'"{header[at]}" holds no status of the team (such as {example!r}) and is not sent.')


def _campaign(columns: dict[str, int], header: Sequence[str], reading: Reading, look: Look, notices: list[str]) -> None:
    if "campaign" in columns:
        if reading.ask.campaign_id is not None:
            notices.append(_overruled("campaign", header[columns.pop("campaign")], reading.ask.campaign_id))
        return
    found = _candidates(header, headers.CAMPAIGN, ())
    if not found:
        return
    if reading.ask.campaign_id is not None:
        notices.append(_overruled("campaign", header[found[0][1]], reading.ask.campaign_id))
        return
    at = _only(_best(found), "campaign", header)
    cells = look([at])[at]
    named_ours = fold(header[at]) in headers.CAMPAIGN[0]
    if any(is_uuid(cell) for cell in cells) or (named_ours and cells):
        columns["campaign"] = at
    elif cells:
        notices.append(
            f'"{header[at]}" holds no UUID, so it is no Guayaba campaign and is not sent. Where it holds the names of '
            f'Guayaba campaigns, say so: --map campaign="{header[at]}".'
        )


def _account(columns: dict[str, int], header: Sequence[str], reading: Reading, look: Look, notices: list[str]) -> None:
    """The column of accounts, where there are accounts at all: a CRM's "Account" is mostly a company's name."""
    if "account" in columns:
        if not reading.accounts:
            raise SettingsError(
                "--map names an account column, and the settings name no accounts.",
                tip="Add an [accounts.NAME] table to guayaba-batch.toml for each name in that column.",
            )
        return
    if not reading.accounts:
        return
    found = [at for _, at in _candidates(header, headers.ACCOUNT, columns.values())]
    cells = look(found)
    known = {fold(name) for name in reading.accounts}
    named = [at for at in found if any(fold(cell) in known for cell in cells[at])]
    if named:
        columns["account"] = _only(named, "account", header)
    elif found:
        notices.append(f"{_listed([header[at] for at in found])} names no account of the settings and is not read.")


def _overruled(role: str, title: str, value: str) -> str:
    return f'Every row is asked for the {role} {value!r}; the column "{title}" is ignored.'


def _variables(header: Sequence[str], reading: Reading, columns: Mapping[str, int]) -> dict[str, int]:
    """Name -> position of the columns that set custom variables."""
    if reading.operation is not Operation.UPDATE_BY_ID:
        return {}
    found: dict[str, int] = {}
    for role, title in reading.mapping.items():
        if role.startswith(headers.VARIABLE_PREFIX):
            exact = [at for at, name in enumerate(header) if name == title]
            near = exact or [at for at, name in enumerate(header) if fold(name) == fold(title)]
            if near:  # `_mapped` refuses what is not there
                found[role.removeprefix(headers.VARIABLE_PREFIX)] = near[0]
    for at, title in enumerate(header):
        plain = title.strip()
        if plain.casefold().startswith(headers.VARIABLE_PREFIX) and at not in columns.values():
            name = plain[len(headers.VARIABLE_PREFIX) :].strip()
            if name in found and found[name] != at:
                raise InputRefused(
                    f"Two columns set the variable {name!r}: {_columns([found[name], at])}.",
                    tip="Remove or rename one of them.",
                )
            if name:
                found[name] = at
    return found


def _refuse_nothing_asked(
    columns: Mapping[str, int], variables: Mapping[str, int], reading: Reading, header: Sequence[str]
) -> None:
    if reading.operation is Operation.FULFILL or reading.ask or variables:
        return
    if set(columns) & {"status", "campaign", "name", "phoneNumber", "timezone"}:
        return
    foreign = [title for title in header if headers.STATUS_FOREIGN.fullmatch(fold(title))]
    hint = (f"found, but a CRM's own: {_listed(foreign)}",) if foreign else ()
    if reading.operation is Operation.UPDATE:
        raise SettingsError(
            "Nothing is asked: there is neither a status nor a campaign.",
            problems=hint,
            tip='Give --status or --campaign, or name the column that holds it: --map status="THE HEADER".',
        )
    raise SettingsError(
        "Nothing is asked: no column sets a name, phoneNumber, timezone, status, campaign or var:NAME.",
        problems=(*hint, f"found: {_listed(header)}"),
        tip='Name the column: --map name="THE HEADER".',
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _columns(places: Sequence[int]) -> str:
    """Positions as a spreadsheet names its columns: A, B, … AA."""
    return ", ".join(_letter(at) for at in places)


def _letter(at: int) -> str:
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
