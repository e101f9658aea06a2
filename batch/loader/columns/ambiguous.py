"""Columns that headers leave contested: the cells below them decide.

Owns: the identity among several columns, and whether a status, campaign or account column is ours or the CRM's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from batch.errors import InputRefused, SettingsError
from batch.guayaba.statuses import DEFAULT_STATUSES
from batch.loader.cells.cell_checks import is_uuid
from batch.loader.cells.regions import fold
from batch.loader.cells.status_words import exact_status
from batch.loader.columns import names as headers
from batch.loader.columns.candidates import best, candidates, only_one, quoted_list
from batch.loader.columns.names import Ranks
from batch.settings.column_rules import fold_cell, value_map
from batch.settings.read_options import ReadOptions
from batch.text.language import tr

#: For column positions: the distinct cells of each that are not blank (at most a thousand of each).
ContactRead = Callable[[Sequence[int]], Mapping[int, frozenset[str]]]


def id_or_phone(header: Sequence[str], reading: ReadOptions, report_ids: int | None) -> str:
    """What says in update-by-id which contact a row is about: the id, or, in a file without ids, the phone."""
    if reading.mapping.get("id") == "":
        return "phone"
    if "id" in reading.mapping or report_ids is not None or candidates(header, headers.ID, ()):
        return "id"
    return "phone" if "phone" in reading.mapping or candidates(header, headers.PHONE, ()) else "id"


def identity_column(
    role: str, ranks: Ranks, header: Sequence[str], look: ContactRead, notices: list[str], report_ids: int | None
) -> int:
    """The column of `role`. Columns with no cell filled do not compete; `report_ids` has a report's ids of the API."""
    ranked = candidates(header, ranks, ())
    report_ids = report_ids if role == "id" else None
    if len(ranked) > 1 or report_ids is not None:
        cells = look([at for _, at in ranked])
        filled = [(rank, at) for rank, at in ranked if cells[at]]
        if report_ids is not None and not any(is_uuid(cell) for _, at in filled for cell in cells[at]):
            return report_ids  # a report of `fulfill` or `update` that learned the ids from the API
        if others := [header[at] for rank, at in filled if rank != filled[0][0]]:
            notices.append(_also_filled(role, header[filled[0][1]], others))
        ranked = filled or ranked[:1]
    if not ranked:
        raise InputRefused(
            tr("No column is recognised as the {role}.", role=role),
            problems=(tr("found: {found}", found=quoted_list([title for title in header if title])),),
            tip=tr('Name the column: --map {role}="THE HEADER".', role=role),
        )
    return only_one(best(ranked), role, header)


def _also_filled(role: str, header: str, others: Sequence[str]) -> str:
    """The notice of columns that could play a part too."""
    notice = tr(
        'The {role} is read from "{header}"; also filled, not read: {others}.',
        role=role,
        header=header,
        others=quoted_list(others),
    )
    if role != "phone":
        return notice
    return notice + tr(
        ' With --map phone="{several}", the first number that can be called is taken, a mobile before others.',
        several=",".join((header, *others)),
    )


def choose_fallback_phone(columns: dict[str, int], header: Sequence[str], reading: ReadOptions) -> None:
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
            tr(
                "Two columns hold phone numbers: {header!r} identifies the contact, and {header_2!r} is its new "
                "number.",
                header=header[columns["phone"]],
                header_2=header[sets],
            ),
            tip=tr("Give the ids of the contacts. A phone number that will be changed cannot identify its contact."),
        )


def _is_decided(
    role: str,
    for_all: str | None,
    columns: dict[str, int],
    header: Sequence[str],
    reading: ReadOptions,
    notices: list[str],
) -> bool:
    """True where the column of `role` is turned off or known; one that is known yields to the option's value
    `for_all`."""
    is_known = role in columns
    if is_known and for_all is not None:
        notices.append(_overruled_by(role, header[columns.pop(role)], for_all))
    return is_known or reading.mapping.get(role) == ""


def status_column(
    columns: dict[str, int],
    header: Sequence[str],
    reading: ReadOptions,
    statuses: Collection[str] | None,
    look: ContactRead,
    notices: list[str],
) -> None:
    """Add the column of statuses: one that is ours by its name, or one whose cells are statuses of the team."""
    if _is_decided("status", reading.ask.status, columns, header, reading, notices):
        return
    ours = candidates(header, headers.STATUS_OURS, ())
    perhaps = candidates(header, headers.STATUS_PERHAPS, ())
    ranked = ours or perhaps
    if not ranked:
        return
    at = only_one(best(ranked), "status", header)
    if reading.ask.status is not None:
        notices.append(_overruled_by("status", header[at], reading.ask.status))
        return
    names = [*(statuses or DEFAULT_STATUSES)]
    meant = value_map(reading.map_value).get("status", {})
    cells = look([at])[at] if not ours else frozenset()
    if ours or any(exact_status(cell, names) or fold_cell(cell) in meant for cell in cells):
        columns["status"] = at
    elif cells:
        example = sorted(cells)[0][:40]
        notices.append(
            tr(
                '"{header}" holds no status of the team (such as {example!r}) and is not sent.',
                header=header[at],
                example=example,
            )
        )


def campaign_column(
    columns: dict[str, int], header: Sequence[str], reading: ReadOptions, look: ContactRead, notices: list[str]
) -> None:
    """Add the column of campaigns: one that holds ids, or one that is ours by its name."""
    if _is_decided("campaign", reading.ask.campaign_id, columns, header, reading, notices):
        return
    ranked = candidates(header, headers.CAMPAIGN, ())
    if not ranked:
        return
    if reading.ask.campaign_id is not None:
        notices.append(_overruled_by("campaign", header[ranked[0][1]], reading.ask.campaign_id))
        return
    at = only_one(best(ranked), "campaign", header)
    cells = look([at])[at]
    named_ours = fold(header[at]) in headers.CAMPAIGN[0]
    if any(is_uuid(cell) for cell in cells) or (named_ours and cells):
        columns["campaign"] = at
    elif cells:
        notices.append(
            tr(
                '"{header}" holds no UUID, so it is not read as a Guayaba campaign and is not sent. If it holds '
                'the names of Guayaba campaigns: --map campaign="{header}".',
                header=header[at],
            )
        )


def account_column(
    columns: dict[str, int],
    header: Sequence[str],
    reading: ReadOptions,
    accounts: Collection[str],
    look: ContactRead,
    notices: list[str],
) -> None:
    """The column of accounts, where there are accounts at all: a CRM's "Account" is mostly a company's name."""
    if reading.mapping.get("account") == "":
        return
    if "account" in columns:
        if not accounts:
            raise SettingsError(
                tr("--map names an account column, and the settings name no accounts."),
                tip=tr("Add an [accounts.NAME] table to guayaba-batch.toml for each name in that column."),
            )
        return
    if not accounts:
        return
    places = [at for _, at in candidates(header, headers.ACCOUNT, columns.values())]
    cells = look(places)
    known = {fold(name) for name in accounts}
    named = [at for at in places if any(fold(cell) in known for cell in cells[at])]
    if named:
        columns["account"] = only_one(named, "account", header)
    elif places:
        notices.append(
            tr(
                "{quoted_list} names no account of the settings and is not read.",
                quoted_list=quoted_list([header[at] for at in places]),
            )
        )


def _overruled_by(role: str, title: str, value: str) -> str:
    return tr(
        'Every row gets the {role} {value!r}. The column "{title}" is ignored.',
        role=role,
        value=value,
        title=title,
    )
