"""An older change never overwrites a newer one: rows whose contact a newer run wrote. Stopping outlives time: a newer
start takes the place of no older stop, and no other status that of DNC.

Owns: when a success of a newer run takes the place of a row, for the journal of a run and for its verification.
Flow: reset -> collect names and undone rows of each newer journal -> resolve names -> settle against each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from batch.errors import JournalBroken
from batch.guayaba.number_forms import FORM_CODES, siblings
from batch.journal import contact_names
from batch.journal.file import sqlite_errors
from batch.journal.schema import VIEWS, current_views
from batch.model import RunKind, RunPlan
from batch.text.language import tr

#: Journals, and for each the accounts that have one key: (of this run, of that run).
KeyPairs = Mapping[Path, Sequence[tuple[str, str]]]

_UNDONE_TABLE: Final = """
CREATE TEMP TABLE IF NOT EXISTS undone (run TEXT, number INTEGER, PRIMARY KEY (run, number));
DELETE FROM undone;
"""
#: The rows that an undo has put back, noted for the run that it undid and for the undo itself. A row that was written
#: to several contacts is several rows of the undo, and all of them must be.
_COLLECT_UNDONE: Final = """
INSERT OR IGNORE INTO undone SELECT ?, number FROM temp.newer_rows GROUP BY number
HAVING min(ifnull(outcome = 'succeeded' OR (outcome = 'unchanged' AND code = 'already_so'), 0))
"""
#: The names of the contact of `{row}`, the other forms of its number last.
NAMES: Final = """SELECT {row}.contact
    UNION ALL SELECT c.other FROM temp.one_contact AS c WHERE c.account = {row}.account AND c.name = {row}.contact
    UNION ALL SELECT s.other FROM temp.siblings AS s WHERE s.name = {row}.contact"""
#: A newer success takes the place of an older change only where it sets all the fields that the older one sets: a newer
#: change of campaign leaves an older DNC as it is. One contact is one number or id under one key; a newer row that knew
#: it by its other name counts as well, unless that row gave it another number. What was undone since does not count,
#: and neither does its undo: nothing newer is left of the two. `{row}` is the older row; ?1 is the newer run's name.
_NEWER_WRITE: Final = """EXISTS (
    SELECT 1 FROM temp.newer_rows AS n, temp.same_key AS same_key
    WHERE n.outcome IN ('succeeded', 'unchanged')
    AND n.contact IN ({names} AND {may_be_called})
    AND NOT EXISTS (SELECT 1 FROM temp.undone AS u WHERE u.run = ?1 AND u.number = n.number)
    AND (n.contact = {row}.contact OR n.new_phone IS NULL)
    AND {may_replace}
    AND {row}.account = same_key.here AND n.account = same_key.there
    AND NOT EXISTS (
        SELECT 1 FROM json_each(CAST({row}.ask AS TEXT)) AS field
        WHERE field.key NOT IN (SELECT key FROM json_each(CAST(n.ask AS TEXT))))
    AND (n.sends_variables = 2 OR NOT EXISTS (
        SELECT 1 FROM json_each(CAST({row}.ask AS TEXT), '$.variables') AS field
        WHERE field.key NOT IN (SELECT key FROM json_each(CAST(n.ask AS TEXT), '$.variables')))))
"""


#: The newer row may replace the older one: it sets the older row's status or one that may replace it. Which
#: statuses stop outreach is known from the newer run's plan.
_MAY_REPLACE: Final = """(
    {row}.new_status IS NULL
    OR (lower({row}.new_status) = 'dnc' AND lower(n.new_status) = 'dnc')
    OR (lower({row}.new_status) <> 'dnc' AND (
        lower(n.new_status) = 'dnc' OR {row}.new_status NOT IN ({stopping}) OR n.new_status IN ({stopping}))))
"""
#: A row that stops outreach is sent although a newer run stopped the contact that has the number in its other form:
#: that says nothing of this one.
_MAY_BE_CALLED: Final = "({row}.new_status IS NULL OR {row}.new_status NOT IN ({stopping}))"
#: The numbers of rows, each with its other forms: what a newer run wrote by another form was for the same person.
_SIBLINGS_TABLE: Final = """
CREATE TEMP TABLE IF NOT EXISTS siblings (name TEXT, other TEXT, PRIMARY KEY (name, other));
DELETE FROM siblings;
"""
_STOPPING: Final = (
    "SELECT value FROM json_each((SELECT CAST(value AS TEXT) FROM newer.meta WHERE key = 'plan'), '$.terminal')"
)


def newer_write_condition(row: str, *, replaces: bool = True) -> str:
    """The condition, in SQL, that the attached journal set all the fields of `row` later, with the name of its
    run as ?1. `replaces`: and may take its place, so that `row` need not be sent."""
    may_replace = _MAY_REPLACE.format(row=row, stopping=_STOPPING) if replaces else "1"
    may_be_called = _MAY_BE_CALLED.format(row=row, stopping=_STOPPING)
    names = NAMES.format(row=row)
    return _NEWER_WRITE.format(row=row, names=names, may_replace=may_replace, may_be_called=may_be_called)


def settle_by_newer_runs(
    connection: sqlite3.Connection,
    path: Path,
    accounts: Collection[str],
    newer: KeyPairs,
    known: KeyPairs,
    settle: Callable[[str, str], int],
) -> int:
    """The sum of what `settle` returns. It is called for each of the `newer` journals, while that one is attached, with
    the names of its folder and of its run, which is the parameter of `newer_write_condition`.

    `path` is the journal of `connection`, `accounts` are those of its rows. `known` are other journals that may say
    which number and which id are one contact. Raises JournalBroken where one of them cannot be read.
    """
    with sqlite_errors(path):
        contact_names.reset_names(connection)
        connection.executescript(_UNDONE_TABLE)
        _collect_siblings(connection)
        contact_names.fill_same_key(connection, [(account, account) for account in accounts])
        contact_names.collect_names(connection, "")
    names = {journal.parent.name for journal in newer}
    for journal, pairs in {**known, **newer}.items():
        with _attach(connection, journal, pairs) as plan, sqlite_errors(path):
            contact_names.collect_names(connection, "newer_")
            if plan is not None:
                _collect_undone(connection, plan, names)
    with sqlite_errors(path):
        contact_names.resolve_names(connection)
    count = 0
    for journal, pairs in newer.items():
        with _attach(connection, journal, pairs) as plan:
            if plan is not None:  # else nothing was sent
                count += settle(journal.parent.name, plan.run)
    return count


def _collect_siblings(connection: sqlite3.Connection) -> None:
    """Note the other forms of the numbers of all rows."""
    connection.executescript(_SIBLINGS_TABLE)
    for code in FORM_CODES:
        contacts = connection.execute("SELECT DISTINCT contact FROM rows WHERE contact GLOB ?", (f"{code}*",))
        connection.executemany(
            "INSERT INTO siblings (name, other) VALUES (?, ?)",
            [(contact, other) for (contact,) in contacts.fetchall() for other in siblings(contact)],
        )


def _collect_undone(connection: sqlite3.Connection, plan: RunPlan, newer: Collection[str]) -> None:
    """Note which rows of the `newer` runs the attached journal, that of `plan`, has put back, if it is an undo's."""
    if plan.verb == RunKind.UNDO and plan.source_run in newer:
        for name in (plan.run, plan.source_run):
            connection.execute(_COLLECT_UNDONE, (name,))


@contextmanager
def _attach(
    connection: sqlite3.Connection, path: Path, same_key: Sequence[tuple[str, str]]
) -> Iterator[RunPlan | None]:
    """The journal at `path` can be read as `newer`, its tables with today's columns as `newer_rows` and `newer_before`,
    the accounts that have one key here and there in `same_key`; outside of any transaction. Yields that run's plan;
    `None`: it was not saved, and nothing sent.

    Raises JournalBroken where it cannot be read: what that run wrote is not known then.
    """
    try:
        connection.execute("ATTACH ? AS newer", (f"file:{quote(str(path))}?mode=ro",))
        (version,) = connection.execute("PRAGMA newer.user_version").fetchone()
        for view in current_views(version, "newer", "newer_"):
            connection.execute(view)
        contact_names.fill_same_key(connection, same_key)
        plans = connection.execute("SELECT value FROM newer.meta WHERE key = 'plan'").fetchall()
        plan = next((msgspec.json.decode(value, type=RunPlan) for (value,) in plans), None)
    except (sqlite3.Error, msgspec.MsgspecError) as fault:
        raise JournalBroken(
            tr(
                "the journal of a later run, {path}, cannot be read: {fault}. What that run wrote could be "
                "written over, so nothing is sent.",
                path=path,
                fault=fault,
            ),
            tip=tr("make the file readable, or move that run's folder away if it wrote nothing that matters here."),
        ) from fault
    try:
        yield plan
    finally:
        for name in VIEWS:
            connection.execute(f"DROP VIEW IF EXISTS temp.newer_{name}")
        connection.execute("DETACH newer")
