"""Reports as inputs: through LibreOffice and back, in part, corrected, too old, of another run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pytest
from cli.harness import KEY, Sandbox, Sandboxes, numbers, read_csv, write_csv
from harness.libreoffice import Office, needs_office
from unit.harness import list_runs

from batch.api import calls as api
from batch.errors import InputRefused, SettingsError
from batch.journal.journal import Journal
from batch.loader import ReadOptions
from batch.loader.reports import selected_rows
from batch.model import ContactChange, Operation, Outcome, Rate
from batch.runs.events import RunObserver
from batch.runs.folder.catalog import RunCatalog
from batch.runs.run import execute
from batch.runs.spec import ReportRun
from batch.runs.summary import Summary
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

DNC = ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC"))


class Desk:
    """A folder with a file and a sandbox, where the commands are given in this very process."""

    def __init__(self, folder: Path, server: Sandbox) -> None:
        self.folder = folder
        self.server = server
        self.settings = Settings(
            base_url=server.url, key=ApiKey(KEY), out=folder / "reports", state=folder / "state", rate=Rate(60_000, 60)
        )

    def update(self, rows: Sequence[Sequence[str]], reading: ReadOptions = DNC, **settings: Any) -> Summary:
        """How a run over `rows`, the first of them the header, ended."""
        header, *cells = rows
        source = write_csv(self.folder / "in.csv", header, cells)
        return api.run(source, reading, replace(self.settings, **settings))

    def rerun(self, report: Path, *only: Outcome, **settings: Any) -> Summary:
        return api.rerun(report, replace(self.settings, **settings), only=only)


@pytest.fixture
def desk(tmp_path: Path, sandboxes: Sandboxes) -> Callable[..., Desk]:
    """A function that makes a desk whose team has these contacts."""

    def make(contacts: Sequence[str], *options: str) -> Desk:
        return Desk(tmp_path, sandboxes(contacts, *options))

    return make


def counts(result: Summary) -> Counter[str]:
    """The outcomes of a run; they add up to its rows."""
    found = Counter({outcome.value: rows for outcome, rows in result.facts.counts.items() if rows})
    assert found.total() == result.facts.rows
    return found


# -- LibreOffice ----------------------------------------------------------------------------------------------------

#: What each contact becomes: texts that a spreadsheet program takes for numbers, truth values, dates and formulas.
HEADER = ("id", "name", "phoneNumber", "var:zip", "var:score", "var:vip", "var:since", "var:note")
CELLS = [
    ("Ann", "02134", "3.50", "true", "2024-01-02", "=1+1"),
    ("Bob", "00501", "10.00", "FALSE", "03/04/2024", "@bob, -2"),
    ("Zoë", "2134", "7", "yes", "1E5", "+15"),
    ("José \"Pepe\"", "0", "0.10", "True", "2024", "two\nlines; and, more"),
    ("Жанна", "007", "1.0", "false", "12:30", "'quoted'"),
]  # fmt: skip


def contacts_as_asked(desk: Desk, phones: Sequence[str]) -> list[tuple[Any, ...]]:
    """What the server has, in the columns of `CELLS`."""
    found = [desk.server.contact(phone) or {} for phone in phones]
    names = [title.removeprefix("var:") for title in HEADER[3:]]
    return [(one.get("name"), *(one.get("customVariables", {}).get(name) for name in names)) for one in found]


def through_the_office(desk: Desk, known: Sequence[str], kinds: tuple[str, str], office: Office) -> Summary:
    """How the rerun of a stopped run's failures ended, after a trip from the one kind of file to the other."""
    ids = [(desk.server.contact(phone) or {})["id"] for phone in known]
    moved = numbers(10)[5:]
    rows = [(id_, cells[0], phone, *cells[1:]) for id_, phone, cells in zip(ids, moved, CELLS, strict=True)]
    first = desk.update([HEADER, *rows], ReadOptions(Operation.UPDATE_BY_ID), limit=1, format=(kinds[0],))
    assert counts(first) == Counter(succeeded=1, pending=4)
    return desk.rerun(office(first.files["failures"], kinds[1]))


@needs_office
@pytest.mark.parametrize(
    "kinds", [("csv", "csv"), ("csv", "xlsx"), ("xlsx", "xlsx"), ("xlsx", "csv;")], ids=" to ".join
)
def test_a_report_that_libreoffice_saved_sends_what_the_first_file_said(
    kinds: tuple[str, str], desk: Callable[..., Desk], office: Office
) -> None:
    """Opened and saved in LibreOffice, a failures file changes the contacts as the untouched file would have."""
    known = numbers(5)
    here = desk(known)
    result = through_the_office(here, known, kinds, office)
    assert (result.exit_code, counts(result)) == (0, Counter(succeeded=4))
    assert contacts_as_asked(here, numbers(10)[5:]) == CELLS
    assert here.server.applied() == Counter(dict.fromkeys(here.server.applied(), 1))
    assert len(here.server.writes()) == 5


@needs_office
def test_cells_taken_as_they_come_back_are_found_out(
    desk: Callable[..., Desk], office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that takes the cells as LibreOffice left them sends other values, and the test above sees it."""
    monkeypatch.setattr(selected_rows, "restore", lambda part, *_, **__: (part, 0))
    known = numbers(5)
    here = desk(known)
    through_the_office(here, known, ("csv", "csv"), office)
    sent = contacts_as_asked(here, numbers(10)[5:])
    assert sent[0] == CELLS[0]
    assert sent[1] != CELLS[1]


# -- corrections, and parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_corrected_cells_count(kind: str, desk: Callable[..., Desk]) -> None:
    """In every format a corrected number is the one that is called, and the row's old one is not."""
    right, wrong, other = numbers(3)
    here = desk([right, other])
    first = here.update([["name", "phone"], ["Ann", wrong], ["Bob", other], ["Eve", "98"]], format=(kind,))
    assert counts(first) == Counter(succeeded=1, not_found=1, invalid=1)
    path = first.files["failures"]
    match kind:
        case "csv":
            text = path.read_text(encoding="utf-8-sig").replace(f",{wrong},", f",{right},", 1)
            path.write_text(text.replace(",98,", f",{other},"), encoding="utf-8")
        case "xlsx":
            frame = pl.read_excel(path, infer_schema_length=0)
            frame.with_columns(pl.col("phone").replace({wrong: right, "98": other})).write_excel(path)
        case _:
            frame = pl.read_parquet(path)
            frame.with_columns(pl.col("phone").replace({wrong: right, "98": other})).write_parquet(path)
    before = here.server.applied()
    again = here.rerun(path)
    # Bob's contact was to become DNC, and did: Eve's row asks for the same, of a run of before.
    assert counts(again) == Counter(succeeded=2), again.notes
    assert here.server.applied() - before == Counter([right, other])
    assert again.files["outcomes"].suffix == f".{kind}"


def test_only_narrows_and_what_it_leaves_can_go_on(desk: Callable[..., Desk]) -> None:
    """`--only not_found` leaves the unfinished run as it is; `failed,pending` takes over all that it has left."""
    known = numbers(6)
    missing, *others = known
    here = desk(others)
    first = here.update([["phone"], ["98"], *([phone] for phone in known)], limit=3)
    assert counts(first) == Counter(succeeded=2, not_found=1, invalid=1, pending=3)
    here.server.create(missing)
    before = here.server.applied()
    part = here.rerun(first.files["failures"], Outcome.NOT_FOUND)
    assert counts(part) == Counter(succeeded=1)
    assert {state for *_, state in states(here)} == {"open", "finished"}
    with pytest.raises(InputRefused, match="no row that is failed or rejected"):
        here.rerun(first.files["failures"], Outcome.REJECTED, Outcome.FAILED)
    rest = here.rerun(first.files["failures"], Outcome.FAILED, Outcome.PENDING)
    assert counts(rest) == Counter(succeeded=3)
    assert {state for *_, state in states(here)} == {"finished"}
    assert here.server.applied() - before == Counter([missing, *others[2:]])


def test_only_names_what_a_rerun_takes(desk: Callable[..., Desk]) -> None:
    """What is done, or goes with another row, is not sent again, not even where it is asked for by name."""
    known = numbers(2)
    here = desk(known)
    first = here.update([["phone"], *([phone] for phone in [*known, known[0]])])
    before = here.server.applied()
    for done in (Outcome.SUCCEEDED, Outcome.UNCHANGED, Outcome.DUPLICATE, Outcome.SUPERSEDED):
        with pytest.raises(SettingsError, match=f"a rerun does not take rows that are {done}"):
            here.rerun(first.files["outcomes"], Outcome.FAILED, done)
    assert here.server.applied() == before


def test_after_a_part_the_run_itself_goes_on(desk: Callable[..., Desk]) -> None:
    """What a rerun of other rows has left is sent when the run goes on, each contact once."""
    known = numbers(5)
    missing, *others = known
    here = desk(others)
    first = here.update([["phone"], *([phone] for phone in known)], limit=2)
    here.server.create(missing)
    before = here.server.applied()
    here.rerun(first.files["failures"], Outcome.NOT_FOUND)
    whole = api.resume(None, here.settings)
    assert (whole.folder, counts(whole)) == (first.folder, Counter(succeeded=4, not_found=1))
    assert here.server.applied() - before == Counter([missing, *others[1:]])


def states(desk: Desk) -> list[tuple[Any, ...]]:
    return [(plan.run, progress.state) for _, plan, progress in list_runs(desk.settings.out)]


# -- bound to its run -----------------------------------------------------------------------------------------------


def test_a_rerun_keeps_to_the_rate_of_its_run(desk: Callable[..., Desk]) -> None:
    """Whoever kept a run slow, since others share the key, need not say so again for the rerun; a rate that is given
    counts."""
    here = desk(numbers(1))
    first = here.update([["phone"], [numbers(2)[1]]], rate=Rate(1200, 60))
    slow = here.rerun(first.files["failures"], rate=None)
    fast = here.rerun(first.files["failures"], rate=Rate(6000, 60))
    found = []
    for result in (slow, fast):
        journal = Journal.open_readonly(result.folder / "journal.sqlite")
        plan = journal.plan()
        journal.close()
        found.append(plan and plan.rate)
    assert found == [Rate(1200, 60), Rate(6000, 60)]


def test_a_report_far_from_home_finds_the_later_run(desk: Callable[..., Desk], tmp_path: Path) -> None:
    """A rerun whose own folder is elsewhere sees what the runs beside the report wrote since: superseded, no write."""
    (phone,) = numbers(1)
    here = desk(numbers(2)[1:])
    first = here.update([["phone"], [phone]])
    here.server.create(phone)
    assert counts(here.rerun(first.files["failures"])) == Counter(succeeded=1)
    before = len(here.server.writes())
    asked = []
    elsewhere = replace(here.settings, out=tmp_path / "elsewhere")
    observer = RunObserver(confirm=lambda preview: asked.append(preview.calls))
    late = anyio.run(execute, ReportRun(first.files["failures"], elsewhere.run), observer)
    assert (late.exit_code, counts(late)) == (0, Counter(superseded=1))
    assert len(here.server.writes()) == before
    assert asked == [0], "the question tells the calls that are left"


@pytest.mark.parametrize("by_id", [True, False], ids=["then by id", "then by phone"])
def test_a_later_run_that_knew_the_contact_by_its_other_name_counts(by_id: bool, desk: Callable[..., Desk]) -> None:
    """An old pause is not set again over the DNC that a later run asked of the contact under its other name, and one
    whose contact a later run only moved to a campaign is."""
    known = numbers(2)
    here = desk(known)
    ids = [(here.server.contact(phone) or {})["id"] for phone in known]
    then, before = (ids, known) if by_id else (known, ids)
    names = [("phone", Operation.UPDATE), ("id", Operation.UPDATE_BY_ID)]
    (title, call), (then_title, then_call) = names if by_id else reversed(names)
    first = here.update(
        [[title], *([each] for each in before)], ReadOptions(call, ask=ContactChange(status="paused")), limit=1
    )
    assert counts(first) == Counter(succeeded=1, pending=1)
    late = [[then_title, "status", "campaign"], [then[1], "DNC", ""], [then[0], "", here.server.campaign()]]
    later = here.update(late, ReadOptions(then_call), skip_unchanged=True, allow_reactivation=True)
    assert counts(later).keys() <= {"succeeded", "unchanged"}
    text = (
        first.files["outcomes"].read_text(encoding="utf-8-sig").replace(",succeeded,confirmed,", ",failed,no_answer,")
    )
    mine = first.folder / "mine.csv"
    mine.write_text(text, encoding="utf-8")
    again = here.rerun(mine)
    found = {row["_row"]: row["_outcome"] for row in read_csv(again.files["outcomes"])}
    assert found == {"2": "succeeded", "3": "superseded"}
    assert [(here.server.contact(phone) or {})["status"] for phone in known] == ["paused", "DNC"]


def test_a_dnc_that_was_set_and_undone_is_set_again_by_the_older_report(desk: Callable[..., Desk]) -> None:
    """Somebody's DNC failed; another run set it, and was undone for a reason of its own: a rerun of the old report must
    not call the row done."""
    (phone,) = numbers(1)
    here = desk(numbers(2)[1:])
    first = here.update([["phone"], [phone]])
    assert counts(first) == {"not_found": 1}
    here.server.create(phone)
    other = here.update([["phone", "note"], [phone, "x"]], skip_unchanged=True)
    assert counts(other) == {"succeeded": 1}
    undone = api.undo(other.folder, replace(here.settings, allow_reactivation=True, allow_lifting_dnc=True))
    assert counts(undone) == {"succeeded": 1}
    again = here.rerun(first.files["failures"])
    assert counts(again) == {"succeeded": 1}
    assert (here.server.contact(phone) or {})["status"] == "DNC"


def test_without_the_later_runs_an_old_report_writes_over_a_newer_value(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that does not look for later runs sends the old wish again: the test above sees it."""
    (phone,) = numbers(1)
    here = desk(numbers(2)[1:])
    first = here.update([["phone"], [phone]])
    here.server.create(phone)
    here.rerun(first.files["failures"])
    before = len(here.server.writes())
    monkeypatch.setattr(RunCatalog, "newer_runs", lambda *_: {})
    assert counts(here.rerun(first.files["failures"])) == Counter(succeeded=1)
    assert len(here.server.writes()) == before + 1


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "what is in doubt is believed"])
def test_what_is_unknown_is_read_back_before_anything_is_sent(
    broken: bool, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers were lost, the writes were not: the rerun reads both contacts and writes neither again."""
    known = numbers(2)
    here = desk(known)
    first = here.update([["phone", "note"], *([phone, ""] for phone in known)])
    text = (
        first.files["outcomes"]
        .read_text(encoding="utf-8-sig")
        .replace(",succeeded,confirmed,", ",unknown,answer_lost,")
    )
    mine = first.folder / "mine.csv"
    mine.write_text(text, encoding="utf-8")
    if broken:
        todo = Journal.todo
        monkeypatch.setattr(
            Journal, "todo", lambda self, *given: [row._replace(in_doubt=False) for row in todo(self, *given)]
        )
    again = here.rerun(mine)
    assert counts(again) == Counter(succeeded=2)
    assert (here.server.applied() == Counter(known)) is not broken
    rows = read_csv(again.files["outcomes"])
    assert ({row["_code"] for row in rows} == {"read_back"}) is not broken
    sent = [entry["path"].partition("?")[0] for entry in here.server.log("requests") if "/contacts" in entry["path"]]
    assert json.loads((again.folder / "summary.json").read_text())["rows"] == 2
    assert (sent.count("/contacts/update") == 2) is not broken
