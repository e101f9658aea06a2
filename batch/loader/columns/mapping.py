"""Which column plays which part, found by its header, or the whole list of what was found.

Owns: the choice among columns, `--map`, and every refusal that a header can cause.
Flow: header + `ReadOptions` -> `ColumnMapping`. The cells are read as well only where headers leave a choice: several
phone columns, or a status column that may be the CRM's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batch.errors import ErrorCollector, InputRefused, SettingsError
from batch.loader.cells.regions import fold
from batch.loader.chunks import Use
from batch.loader.columns import names as headers
from batch.loader.columns.ambiguous import (
    ContactRead,
    account_column,
    campaign_column,
    choose_fallback_phone,
    id_or_phone,
    identity_column,
    status_column,
)
from batch.loader.columns.candidates import (
    best,
    candidates,
    column_letters,
    find_header,
    only_one,
    quoted_list,
    suggestion,
)
from batch.loader.columns.names import Ranks
from batch.loader.columns.opt_outs import OptOutColumn, opt_out_columns
from batch.loader.columns.several_phones import mapped_phones, phone_columns, split_headers, type_columns
from batch.loader.team_rules import TeamRules
from batch.model import Operation
from batch.settings.read_options import ReadOptions
from batch.text.language import tr

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
#: Roles whose cells are written to the contact, or compared with names of the team, letter by letter.
_WRITTEN = frozenset({"name", "status", "campaign"})
#: What `update-by-id` may change beside status and campaign.
_CHANGES: tuple[tuple[str, Ranks], ...] = (
    ("name", headers.NAME),
    ("phoneNumber", headers.PHONE_NUMBER),
    ("timezone", headers.TIMEZONE),
)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Role -> position of its column; `variables` are name -> position.

    `phones` are the positions of a contact's phones where there are several columns of them, in their order, the first
    of them in `columns` too; `phone_types` are those of the columns that say what kind each is.
    """

    columns: Mapping[str, int]
    variables: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    phones: tuple[int, ...] = ()
    phone_types: Mapping[int, int] = field(default_factory=dict)
    phone_titles: tuple[str, ...] = ("",)
    opt_outs: tuple[OptOutColumn, ...] = ()

    def use(self, reading: ReadOptions, team: TeamRules, look: ContactRead) -> Use:
        """How the source is used by these columns and the options of `reading`."""
        written = {at for role, at in self.columns.items() if role in _WRITTEN} | set(self.variables.values())
        statuses: set[str] = {reading.ask.status} if reading.ask.status is not None else set()
        if "status" in self.columns:
            place = self.columns["status"]
            statuses |= look([place])[place]
        moves = reading.ask.campaign_id is not None or "campaign" in self.columns
        starts = any(status.strip() not in team.stopping_statuses for status in statuses)
        return Use(
            read=frozenset({*self.columns.values(), *self.phones, *self.variables.values()}),
            written=frozenset(written),
            starts_outreach=starts or (moves and not statuses),
        )


def list_roles(operation: Operation) -> tuple[str, ...]:
    """The roles that columns may have for `operation`; `update-by-id` also has `var:NAME`."""
    return _ROLES[operation]


def check_mapping(reading: ReadOptions) -> None:
    """Raise SettingsError for roles in `reading.mapping` that the operation does not have."""
    known = _ROLES[reading.operation]
    wrong = [
        role
        for role in reading.mapping
        if role not in known and not (reading.operation is Operation.UPDATE_BY_ID and role.startswith("var:"))
    ]
    if wrong:
        also = tr(", var:NAME") if reading.operation is Operation.UPDATE_BY_ID else ""
        raise SettingsError(
            tr("--map names a role that {operation} does not have.", operation=reading.operation),
            problems=tuple(
                tr("{role} (for {header!r})", role=role, header=reading.mapping[role]) + suggestion(role, known)
                for role in wrong
            ),
            tip=tr("{operation} has: {known}.", operation=reading.operation, known=", ".join(known) + also),
        )


def find_roles(
    header: Sequence[str],
    reading: ReadOptions,
    team: TeamRules,
    look: ContactRead,
    ours: Mapping[str, int],
    problems: ErrorCollector,
) -> ColumnMapping:
    """The columns of `header` that `reading.operation` needs; `ours` are those that a report of ours added.

    Raises everything that is wrong at once, with what `problems` holds already: SettingsError for a mapped header that
    is not there and for a run that would ask nothing; InputRefused when the identity column is missing or not
    clear, with all that was found.
    """
    columns: dict[str, int] = {}
    phones: tuple[int, ...] = ()
    notices: list[str] = []
    variables: dict[str, int] = {}
    titles = [title if at not in ours.values() else "" for at, title in enumerate(header)]
    with problems.gather(inside=True):
        columns |= _read_mapping(header, reading)
        phones = mapped_phones(header, reading)
    with problems.gather(inside=True):
        phones = _add_identity(columns, phones, titles, reading, look, notices, ours.get("_contact_id"))
    if reading.operation is Operation.UPDATE_BY_ID:
        _add_changes(columns, titles, reading, problems)
        if "phoneNumber" in columns:
            phones = ()  # what is set is one number
    before = len(notices)
    if reading.operation is not Operation.FULFILL:
        with problems.gather(inside=True):
            status_column(columns, titles, reading, team.statuses, look, notices)
        with problems.gather(inside=True):
            campaign_column(columns, titles, reading, look, notices)
    not_sent = notices[before:]
    with problems.gather(inside=True):
        account_column(columns, titles, reading, team.accounts, look, notices)
    with problems.gather(inside=True):
        variables = _variables(titles, reading, columns)
    if not problems:
        with problems.gather(inside=True):
            _refuse_nothing_asked(columns, variables, reading, titles, not_sent)
    problems.settle()
    if reading.region is None and "region" not in columns and (regions := candidates(titles, headers.REGION, ())):
        title = header[regions[0][1]]
        notices.append(
            tr('Numbers without a country code could take it from "{title}": --map region="{title}".', title=title)
        )
    several = phones if len(phones) > 1 else ()
    names = tuple(titles[at] for at in several) or ("",)
    opt_outs = opt_out_columns(titles, columns.get("status"))
    return ColumnMapping(columns, variables, tuple(notices), several, type_columns(titles, phones), names, opt_outs)


def _add_identity(
    columns: dict[str, int],
    phones: tuple[int, ...],
    titles: Sequence[str],
    reading: ReadOptions,
    look: ContactRead,
    notices: list[str],
    report_ids: int | None,
) -> tuple[int, ...]:
    """Add the column that names the contact of a row, unless `--map` has named it; return the columns of phones.

    `report_ids` is the column in which a report of ours holds the API's ids.
    """
    by_id = reading.operation is Operation.UPDATE_BY_ID
    identity = id_or_phone(titles, reading, report_ids) if by_id else "phone"
    if reading.mapping.get(identity) == "":
        raise SettingsError(
            tr("--map {identity}= would leave no column that identifies the contact of a row.", identity=identity),
            tip=tr('Name the column: --map {identity}="THE HEADER".', identity=identity),
        )
    if identity in reading.mapping:
        return phones
    if identity == "phone":
        phones = phone_columns(titles, reading, look, notices)
        columns["phone"] = phones[0]
    else:
        columns["id"] = identity_column("id", headers.ID, titles, look, notices, report_ids)
    return phones


def _add_changes(
    columns: dict[str, int], titles: Sequence[str], reading: ReadOptions, problems: ErrorCollector
) -> None:
    """Add the columns of the fields that `update-by-id` may set, and the phone of rows without an id."""
    for role, ranks in _CHANGES:
        if role not in reading.mapping and (ranked := candidates(titles, ranks, columns.values())):
            with problems.gather(inside=True):
                columns[role] = only_one(best(ranked), role, titles)
    with problems.gather(inside=True):
        choose_fallback_phone(columns, titles, reading)


def _read_mapping(header: Sequence[str], reading: ReadOptions) -> dict[str, int]:  # noqa: C901 - one branch for each way in which a header can fit
    """The columns that `--map` names."""
    columns: dict[str, int] = {}
    missing: list[str] = []
    for role, name in reading.mapping.items():
        if not name:
            continue
        at = find_header(name, header)
        if len(at) == 1:
            if not role.startswith("var:"):
                columns[role] = at[0]
        elif not at and role == "phone" and (several := split_headers(name, header)):
            columns[role] = several[0]
        elif at:
            raise InputRefused(
                tr(
                    "The header {name!r}, mapped to {role}, is the header of {count} columns: {at}.",
                    name=name,
                    role=role,
                    count=len(at),
                    at=column_letters(at),
                ),
                tip=tr("Rename one of them in the file."),
            )
        else:
            missing.append(f"{role}={name!r}{suggestion(name, header)}")
    if missing:
        raise SettingsError(
            tr("--map names a column that is not there."),
            problems=(*missing, tr("found: {found}", found=quoted_list(header))),
            tip=tr("Write the header as the file has it."),
        )
    return columns


def _variables(header: Sequence[str], reading: ReadOptions, columns: Mapping[str, int]) -> dict[str, int]:  # noqa: C901 - variables of --map, then those of the header
    """Name -> position of the columns that set custom variables."""
    if reading.operation is not Operation.UPDATE_BY_ID:
        return {}
    variables: dict[str, int] = {}
    for role, title in reading.mapping.items():
        found = find_header(title, header) if title and role.startswith(headers.VARIABLE_PREFIX) else []
        if found:  # `_read_mapping` refuses what is not there
            variables[role.removeprefix(headers.VARIABLE_PREFIX)] = found[0]
    for at, title in enumerate(header):
        plain = title.strip()
        if plain.casefold().startswith(headers.VARIABLE_PREFIX) and at not in columns.values():
            name = plain[len(headers.VARIABLE_PREFIX) :].strip()
            if name in variables and variables[name] != at:
                raise InputRefused(
                    tr(
                        "Two columns set the variable {name!r}: {column_letters}.",
                        name=name,
                        column_letters=column_letters([variables[name], at]),
                    ),
                    tip=tr("Remove or rename one of them."),
                )
            if name and reading.mapping.get(f"{headers.VARIABLE_PREFIX}{name}") != "":
                variables[name] = at
    return variables


def _refuse_nothing_asked(
    columns: Mapping[str, int],
    variables: Mapping[str, int],
    reading: ReadOptions,
    header: Sequence[str],
    not_sent: Sequence[str],
) -> None:
    """Raise SettingsError where no row can change anything; `not_sent` says which column was looked at in vain."""
    if reading.operation is Operation.FULFILL or reading.ask or variables:
        return
    if set(columns) & {"status", "campaign", "name", "phoneNumber", "timezone"}:
        return
    foreign = [title for title in header if headers.STATUS_FOREIGN.fullmatch(fold(title))]
    hint = (tr("found, but these are statuses of a CRM: {foreign}", foreign=quoted_list(foreign)),) if foreign else ()
    if reading.operation is Operation.UPDATE:
        raise SettingsError(
            tr("There is nothing to change: neither a status nor a campaign is given."),
            problems=(*hint, *not_sent),
            tip=tr('Give --status or --campaign, or name the column that holds it: --map status="THE HEADER".'),
        )
    raise SettingsError(
        tr("There is nothing to change: no column sets a name, phoneNumber, timezone, status, campaign or var:NAME."),
        problems=(*hint, *not_sent, tr("found: {found}", found=quoted_list(header))),
        tip=tr('Name the column: --map name="THE HEADER".'),
    )
