"""What the workers of a lane do for one row: the next rows, the reads and the request, with a fake API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import anyio
import msgspec
import pytest
from unit.harness import DNC, plan, planned

from batch.dispatcher.actions import ReadRequirement
from batch.guayaba.contact import Contact
from batch.guayaba.exchange import ContactRead, Exchange, ReadResult
from batch.guayaba.search import ContactSearch
from batch.guayaba.verdict import ResponseClass
from batch.journal.entries import AttemptStarted, PendingRow, RowResult
from batch.journal.group_commit import GroupCommit
from batch.model import ContactChange, Operation, Outcome, PlannedRow, Request
from batch.runs.contact_ref import ContactRef
from batch.runs.number_reads import NumberReads
from batch.runs.row_io import ApiRowIO, RowGuard, Session
from batch.runs.undo.guard import UndoGuard
from batch.runs.write_guard import WriteGuard
from batch.settings.settings import Settings

ID, OTHER_ID = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
PHONE, OTHER = "+12125550100", "+12125550101"
ACTIVE = ContactChange(status="active")
CAMPAIGN = ContactChange(campaign_id="550e8400-e29b-41d4-a716-446655440009")
_T = TypeVar("_T")


@dataclass
class FakeApi:
    """An API with these contacts, found by number; it keeps what it was sent."""

    contacts: list[dict[str, str]] = field(default_factory=list)
    sent: list[tuple[Request, bool]] = field(default_factory=list)
    base_url: str = "memory"

    async def send(self, request: Request, *, repeatable: bool = False) -> Exchange:
        self.sent.append((request, repeatable))
        return Exchange(200, b'{"success": true}')

    async def read(self, _path: str, query: Mapping[str, str | int] | None = None) -> Exchange:
        number = (query or {}).get("search")
        rows = [contact for contact in self.contacts if number in (None, contact["phoneNumber"])]
        return Exchange(200, msgspec.json.encode({"contacts": rows, "pagination": {"total": len(rows)}}))


async def in_place(work: Callable[[], None]) -> None:
    work()


def row_io(
    folder: Path,
    rows: Sequence[tuple[str, str | None, ContactChange]],
    *,
    operation: Operation = Operation.UPDATE,
    contacts: Sequence[dict[str, str]] = (),
    limit: int | None = None,
    undo: bool = False,
    **settings: Any,
) -> tuple[ApiRowIO, list[RowResult]]:
    """The row I/O of a run with these rows (contact, phone, change), and the results that it reports."""
    written = [PlannedRow(n, (contact,), contact, phone, change) for n, (contact, phone, change) in enumerate(rows, 2)]
    journal = planned(folder / "journal.sqlite", written, operation=operation)
    results: list[RowResult] = []
    session = Session(
        plan=plan(operation=operation),
        guards=Settings(**settings).guards,
        limits=Settings(**settings).limits,
        journal=journal,
        writer=GroupCommit(journal, run_blocking=in_place),
        on_result=lambda _, result: results.append(result),
        lanes=1,
        max_in_flight=1,
        remaining_limit=limit,
    )
    api = FakeApi(list(contacts))
    searches, ref = ContactSearch(api, api), ContactRef(by_id=operation is Operation.UPDATE_BY_ID)
    numbers = NumberReads(searches, lambda: 0.0)
    guard: RowGuard = UndoGuard(session, searches) if undo else WriteGuard(session, "", ref, searches, numbers)
    return ApiRowIO(session, "", api, searches, ref, guard, numbers), results


def run(work: Callable[[], Awaitable[_T]]) -> _T:
    async def main() -> _T:
        return await work()

    return anyio.run(main)


async def all_rows(io: ApiRowIO, count: int) -> list[list[int]]:
    """The ordinals of the rows as they are fed, `count` at a time, until a feed is short."""
    fed: list[list[int]] = []
    while not fed or len(fed[-1]) == count:
        fed.append([row.ordinal for row in await io.next_rows(count)])
    return fed


@pytest.mark.parametrize(
    ("changes", "count", "limit", "fed", "why"),
    [
        ([DNC, DNC, DNC], 2, None, [[1, 2], [3]], "in file order, and a short feed is the last one"),
        ([ACTIVE, DNC, ACTIVE, DNC], 3, None, [[2, 4, 1], [3]], "what stops outreach before what starts it"),
        ([DNC, DNC, DNC], 5, 2, [[1, 2]], "no more than the limit"),
        ([], 5, None, [[]], "no row"),
    ],
)
def test_rows_are_fed_in_the_order_of_sending(
    tmp_path: Path, changes: list[ContactChange], count: int, limit: int | None, fed: list[list[int]], why: str
) -> None:
    """Each pending row is fed once: those that stop outreach first, within the limit."""
    rows = [(f"+1212555{n:04d}", f"+1212555{n:04d}", change) for n, change in enumerate(changes, 100)]
    io, _ = row_io(tmp_path, rows, limit=limit)
    assert run(lambda: all_rows(io, count)) == fed, why


def test_a_row_that_no_call_can_settle_is_unknown(tmp_path: Path) -> None:
    """A row in doubt that can be neither repeated nor read back gets its outcome, and is not fed."""
    rows = [(ID, None, CAMPAIGN), (OTHER_ID, PHONE, CAMPAIGN)]
    io, results = row_io(tmp_path, rows, operation=Operation.UPDATE_BY_ID, allow_reactivation=True)
    io.session.journal.append([AttemptStarted(1, 1, 10.0), AttemptStarted(2, 1, 10.0)])
    assert [row.ordinal for row in run(lambda: io.next_rows(9))] == [2]
    assert [(result.ordinal, result.outcome, result.code, result.in_doubt) for result in results] == [
        (1, Outcome.UNKNOWN, "answer_lost", True)
    ]


def test_a_row_that_must_be_read_and_cannot_be_fails(tmp_path: Path) -> None:
    """A contact known by its id alone is not called again unread; where nothing must be read, its row is sent."""
    io, results = row_io(tmp_path, [(ID, None, ACTIVE), (OTHER_ID, None, DNC)], operation=Operation.UPDATE_BY_ID)
    assert [row.ordinal for row in run(lambda: io.next_rows(9))] == [2]
    assert [(result.ordinal, result.outcome, result.code) for result in results] == [(1, Outcome.FAILED, "not_read")]


@pytest.mark.parametrize(
    ("contact", "phone", "change", "operation", "required", "why"),
    [
        (PHONE, PHONE, DNC, Operation.UPDATE, ReadRequirement.NONE, "it only stops outreach"),
        (PHONE, PHONE, ACTIVE, Operation.UPDATE, ReadRequirement.REQUIRED, "it starts outreach"),
        (PHONE, PHONE, DNC, Operation.UPDATE_BY_ID, ReadRequirement.REQUIRED, "its id must be found"),
        (ID, None, ACTIVE, Operation.UPDATE_BY_ID, ReadRequirement.NONE, "no call reads it"),
        (ID, PHONE, ACTIVE, Operation.UPDATE_BY_ID, ReadRequirement.REQUIRED, "by the number of its row"),
    ],
)
def test_what_must_be_read_depends_on_change_and_contact(
    tmp_path: Path, contact: str, phone: str | None, change: ContactChange, operation: Operation,
    required: ReadRequirement, why: str,
) -> None:  # fmt: skip
    """A contact is read before a start of outreach, and where the call needs an id that the row does not give."""
    io, _ = row_io(tmp_path, [], operation=operation)
    assert io.required_read(PendingRow(1, contact, phone, change, 0, False)) is required, why


def test_a_request_names_the_contact_that_was_read(tmp_path: Path) -> None:
    """By phone the request names the number; by id, the id of the row, or of the contact that the read showed."""
    io, _ = row_io(tmp_path, [], operation=Operation.UPDATE_BY_ID)
    row = PendingRow(1, PHONE, PHONE, DNC, 0, False)
    with pytest.raises(ValueError, match="was not read"):
        run(lambda: io.send(row))
    run(lambda: io.send(row._replace(seen=Contact(id=ID.upper(), phone_number=PHONE))))
    ((request, repeatable),) = io.client.sent  # type: ignore[attr-defined]
    assert (ID in request.path, repeatable) == (True, True)


@pytest.mark.parametrize(
    ("others", "outcome", "why"),
    [([], None, "the only row of this contact"), ([(ID, None, DNC)], Outcome.HELD, "another row gives its id")],
)
def test_a_contact_of_another_row_is_not_written_twice(
    tmp_path: Path, others: list[tuple[str, str | None, ContactChange]], outcome: Outcome | None, why: str
) -> None:
    """A row by number whose contact another row names by id is held: nobody knows which of the two is meant."""
    io, _ = row_io(tmp_path, [*others, (PHONE, PHONE, DNC)], operation=Operation.UPDATE_BY_ID,
                   contacts=[{"id": ID, "phoneNumber": PHONE, "status": "active"}])  # fmt: skip
    read = run(lambda: io.read_before_write(PendingRow(9, PHONE, PHONE, DNC, 0, False)))
    assert read.outcome is outcome, why
    assert read.contact_id == ID


def test_a_stopped_contact_is_held_before_a_start_of_outreach(tmp_path: Path) -> None:
    """The read before the write shows DNC: nothing is sent."""
    io, _ = row_io(tmp_path, [], contacts=[{"id": ID, "phoneNumber": PHONE, "status": "DNC"}])
    read = run(lambda: io.read_before_write(PendingRow(1, PHONE, PHONE, ACTIVE, 0, False)))
    assert (read.outcome, read.code) == (Outcome.HELD, "would_reactivate")


@pytest.mark.parametrize(("undo", "result"), [(False, ReadResult.STOPPED), (True, ReadResult.OTHERWISE)])
def test_a_contact_that_is_still_stopped_means_a_lost_undo_did_nothing(
    tmp_path: Path, undo: bool, result: ReadResult
) -> None:
    """After a lost response a stopped contact ends a run's row; the row of an undo tries again."""
    io, _ = row_io(tmp_path, [], undo=undo, contacts=[{"id": ID, "phoneNumber": PHONE, "status": "DNC"}])
    assert run(lambda: io.read_back(PendingRow(1, PHONE, PHONE, ACTIVE, 1, True))).result is result


@pytest.mark.parametrize(
    ("left", "status", "outcome", "why"),
    [
        (None, "DNC", None, "what the run left is not known: it cannot be judged"),
        (DNC, "DNC", Outcome.HELD, "it is stopped now, and would be called again"),
        (DNC, "paused", Outcome.HELD, "somebody changed it after the run"),
        (DNC, "active", Outcome.UNCHANGED, "it is as it was before the run"),
    ],
)
def test_an_undo_reads_each_contact_first(
    tmp_path: Path, left: ContactChange | None, status: str, outcome: Outcome | None, why: str
) -> None:
    """Whatever an undo changes, the contact must still be as the run left it."""
    io, _ = row_io(tmp_path, [(PHONE, PHONE, ACTIVE)], undo=True,
                   contacts=[{"id": ID, "phoneNumber": PHONE, "status": status}])  # fmt: skip
    if left is not None:
        io.session.journal.expect([(1, left)])
    row = PendingRow(1, PHONE, PHONE, ACTIVE, 0, False)
    assert io.required_read(row) is ReadRequirement.REQUIRED
    read: ContactRead = run(lambda: io.read_before_write(row))
    assert read.outcome is outcome, why
    assert (read.result is ReadResult.UNREADABLE) is (left is None)


MX, MX_OLD = "+525512345678", "+5215512345678"
AR, AR_OTHER = "+5491123456789", "+541123456789"


async def settle(io: ApiRowIO, row: PendingRow) -> tuple[list[str], str, str, str]:
    """What the engine does with `row`, without its waits: the numbers written, and the last class, code and message;
    the code of the read where that decides."""
    written: list[str] = []
    for _ in range(8):
        read = await io.read_before_write(row)
        if read.result is ReadResult.INCOMPLETE:
            continue
        if read.outcome is not None:
            return written, str(read.outcome), read.code, read.message
        row = row._replace(seen=read.seen or row.seen)
        exchange = await io.send(row)
        written.append(str(io.client.sent[-1][0].body.get("phone")))  # type: ignore[attr-defined]
        verdict = io.verdict(row, exchange)
        if verdict.meaning is not ResponseClass.NEXT_CONTACT:
            return written, str(verdict.meaning), verdict.code, verdict.message
        for contact in io.client.contacts:  # type: ignore[attr-defined]
            if contact["phoneNumber"] == written[-1]:
                contact["status"] = str(row.change.status)
    raise AssertionError("the row never ends")


FORMS = [
    # number of the row, change, contacts (number, status), numbers written, class or outcome, code, why
    (MX, DNC, [(MX_OLD, "active")], [MX_OLD], "succeeded", "confirmed", "the team holds the form of before 2019"),
    (MX, DNC, [(MX, "active")], [MX], "succeeded", "confirmed", "it holds the row's own form"),
    (MX, DNC, [], [], "not_found", "contact_not_found", "it holds neither"),
    (
        MX, DNC, [(MX, "active"), (MX_OLD, "active")], [MX, MX_OLD], "succeeded", "confirmed_each_form",
        "a missed DNC is a call to a person who asked for none: each contact of the number gets it",
    ),
    (
        MX, DNC, [(MX, "DNC"), (MX_OLD, "active")], [MX_OLD], "succeeded", "confirmed_each_form",
        "one is DNC already: the other one is written",
    ),
    (MX, DNC, [(MX, "DNC"), (MX_OLD, "DNC")], [MX], "succeeded", "confirmed_each_form", "both are: as of one contact"),
    (MX, ACTIVE, [(MX_OLD, "new")], [MX_OLD], "succeeded", "confirmed", "a start of outreach uses it, too"),
    (MX, ACTIVE, [(MX, "new"), (MX_OLD, "new")], [MX], "succeeded", "confirmed", "and of two contacts the row's own"),
    (MX, ACTIVE, [(MX, "new"), (MX_OLD, "DNC")], [], "held", "would_reactivate", "the person asked not to be called"),
    (MX, CAMPAIGN, [(MX_OLD, "DNC")], [], "held", "would_reactivate", "by whichever form"),
    (AR, DNC, [(AR_OTHER, "active")], [AR_OTHER], "succeeded", "confirmed", "Argentina without the 9"),
    (AR_OTHER, DNC, [(AR, "active")], [AR], "succeeded", "confirmed", "and with it"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "change", "contacts", "written", "outcome", "code", "why"), FORMS)
def test_the_teams_form_of_a_number_is_written(
    tmp_path: Path, number: str, change: ContactChange, contacts: list[tuple[str, str]], written: list[str],
    outcome: str, code: str, why: str,
) -> None:  # fmt: skip
    """Where the team holds a number in another form, that contact is written and the row names it; what stops outreach
    is written to each contact of the number, and none is called again by its other form."""
    io, _ = row_io(tmp_path, [], contacts=[
        {"id": f"c{place}", "phoneNumber": phone, "status": status} for place, (phone, status) in enumerate(contacts)
    ])  # fmt: skip
    row = PendingRow(1, number, number, change, 0, False)
    assert io.required_read(row) is not ReadRequirement.NONE
    ended = run(lambda: settle(io, row))
    assert ended[:3] == (written, outcome, code), why
    named = [form for form in (*written, *(phone for phone, _ in contacts)) if form != number]
    assert all(form in ended[3] for form in named if outcome == "succeeded"), ended[3]


@pytest.mark.parametrize(
    ("contacts", "change", "result", "code", "why"),
    [
        ([(MX_OLD, "DNC")], DNC, ReadResult.AS_ASKED, "", "the lost request reached the team's form"),
        ([(MX_OLD, "active")], DNC, ReadResult.OTHERWISE, "", "it did not"),
        ([(MX, "DNC"), (MX_OLD, "active")], DNC, ReadResult.STOPPED, "", "one of two is DNC: it is sent again"),
        ([(MX, "DNC"), (MX_OLD, "DNC")], DNC, ReadResult.AS_ASKED, "confirmed_each_form", "both are"),
        ([(MX, "active"), (MX_OLD, "new")], ACTIVE, ReadResult.AS_ASKED, "", "the row's own form was written"),
        ([], DNC, ReadResult.UNREADABLE, "", "nobody is found, and nothing shows that the search finds anybody"),
    ],
)
def test_a_lost_response_is_read_back_in_each_form(
    tmp_path: Path, contacts: list[tuple[str, str]], change: ContactChange, result: ReadResult, code: str, why: str
) -> None:
    """After a lost response, or a kill, the contacts of all forms say whether the row is done."""
    known = [{"id": f"c{n}", "phoneNumber": phone, "status": status} for n, (phone, status) in enumerate(contacts)]
    others = [] if contacts else [{"id": "other", "phoneNumber": "none", "status": "new"}]
    io, _ = row_io(tmp_path, [], contacts=[*known, *others])

    async def read() -> ContactRead:
        row = PendingRow(1, MX, MX, change, 1, True)
        first = await io.read_back(row)
        return first if first.result is not ReadResult.INCOMPLETE else await io.read_back(row)

    found = run(read)
    assert (found.result, found.code) == (result, code), why


def test_where_the_other_form_cannot_be_read_the_row_says_so(tmp_path: Path) -> None:
    """A row is sent although its other form could not be read, and its message says that this is not known."""
    io, _ = row_io(tmp_path, [])
    verdict = io.verdict(PendingRow(1, MX, MX, DNC, 0, False), Exchange(200, b'{"success": true}'))
    assert MX_OLD in verdict.message
    assert "could not be read" in verdict.message


def test_without_preflight_no_form_is_looked_up(tmp_path: Path) -> None:
    """--no-preflight makes no read that is not needed, and the row is sent as it is."""
    io, _ = row_io(tmp_path, [], preflight=False)
    assert io.required_read(PendingRow(1, MX, MX, DNC, 0, False)) is ReadRequirement.NONE


def test_what_an_undo_leaves_is_named_after_a_lost_response_too(tmp_path: Path) -> None:
    """A row that is put back in part says so when its response was lost, also in the session after a kill."""
    missing = "not put back: it had no custom variables"
    written = [PlannedRow(2, (PHONE,), PHONE, PHONE, ACTIVE, message=missing)]
    io, _ = row_io(tmp_path, [], undo=True, contacts=[{"id": ID, "phoneNumber": PHONE, "status": "active"}])
    (tmp_path / "undo").mkdir()
    object.__setattr__(io.session, "journal", planned(tmp_path / "undo" / "journal.sqlite", written))
    read = run(lambda: io.read_back(PendingRow(1, PHONE, PHONE, ACTIVE, 1, True)))
    assert (read.result, read.code, read.message) == (ReadResult.AS_ASKED, "put_back_in_part", missing)
