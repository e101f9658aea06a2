"""The pages of a run and what leads to it, asked without a browser, against a sandbox in this process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from unit.app.page_client import KEY, Browser, open_browser

from batch.api.watch import run_calls
from batch.app.jobs import RunChoices
from batch.app.pages import plan_rows
from batch.app.pages.plan_rows import is_as_shown
from batch.runs.folder import lock
from batch.sandbox.server import Options, running

PHONES = ["+12125550100", "+12125550101", "+12125550102"]
CONTACTS = "\n".join(["Name,Phone,Account", *(f"Contact,{phone},{'north' if phone[-1] == '0' else 'South'}"
                                              for phone in PHONES)]).encode()  # fmt: skip


@pytest.fixture
def api(tmp_path: Path) -> Iterator[str]:
    """A sandbox without limits, whose second contact is DNC."""
    contacts = [{"phoneNumber": phone, "status": "DNC" if phone[-1] == "1" else "active"} for phone in PHONES]
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"contacts": contacts}))
    with running(Options(port=0, seed=str(seed), writes_per_minute=0, reads_per_minute=0)) as url:
        yield url


@pytest.fixture
def browser(tmp_path: Path, api: str) -> Browser:
    return open_browser(tmp_path, api)


def status_of(api: str, phone: str) -> str:
    """The status that the contact has now."""
    query = {"searchBy": "phone", "search": phone}
    found = httpx.get(f"{api}/contacts", params=query, headers={"X-API-Key": KEY}).json()["contacts"]
    return str(found[0]["status"])


def plan(browser: Browser, content: bytes = CONTACTS, **choices: str) -> str:
    """The address of the task whose plan is shown."""
    job = browser.upload("contacts.csv", content)
    return follow(browser, f"{job}/action", **{"operation": "update", "status": "paused", **choices})


def follow(browser: Browser, address: str, **fields: str) -> str:
    """The address of the task that the form at `address` began, once its plan is shown."""
    browser.post(address, **fields)
    return settled(browser)


def settled(browser: Browser) -> str:
    """Where the browser is once the task there waits or has ended."""
    here = str(browser.last.url.path)
    if here.startswith("/tasks/"):
        task = browser.context.tasks.get(here.rsplit("/", 1)[1])
        assert task is not None
        task.wait_for_start(30.0)
        browser.get(here)
    return str(browser.last.url.path)


def send(browser: Browser, task: str) -> str:
    """The address of the run of the plan at `task`, once it has ended."""
    found = browser.context.tasks.get(task.rsplit("/", 1)[1])
    assert found is not None and found.preview is not None, browser.text
    calls = str(found.preview.calls)
    browser.post(f"{task}/confirm", calls=calls, count=calls)
    assert browser.context.tasks.join(30.0)
    browser.get(task)
    return str(browser.last.url.path)


def test_a_contact_that_is_dnc_is_changed_only_where_that_is_allowed(browser: Browser, api: str) -> None:
    """Held without it, with the offer beside Rerun; its plan says that they lose their DNC, and then they do."""
    run = send(browser, plan(browser))
    assert "2 of 3 rows done, 1 to look at" in browser.text
    assert status_of(api, PHONES[1]) == "DNC"
    assert "Only if these people have agreed to calls since: Also change contacts that are DNC now" in browser.text
    follow(browser, f"{run}/rerun")
    assert "even if it is DNC now" not in browser.text
    browser.post(f"{browser.last.url.path}/cancel")
    task = follow(browser, f"{run}/rerun", allow_lifting_dnc="on")
    assert "1 contact gets another status even if it is DNC now: it then loses its DNC." in browser.text
    send(browser, task)
    assert "Every row is done." in browser.text
    assert status_of(api, PHONES[1]) == "paused"


def test_the_choice_before_the_plan_allows_it_too(browser: Browser, api: str) -> None:
    """Under More choices; the plan warns of all contacts that it may be true of, and the run keeps the choice for its
    continuation."""
    task = plan(browser, allow_lifting_dnc="on")
    assert "3 contacts get another status even if they are DNC now" in browser.text
    run = send(browser, task)
    assert status_of(api, PHONES[1]) == "paused"
    assert browser.context.read_choices(run.rsplit("/", 1)[1]) == RunChoices("", False, True)


def test_a_plan_is_confirmed_by_the_count_that_it_shows(browser: Browser, api: str) -> None:
    """A form without the number of calls, or with another one, sends nothing; outreach needs it typed, too."""
    task = plan(browser)
    for fields in ({}, {"calls": "4"}, {"count": "3"}):
        browser.post(f"{task}/confirm", **fields)
        assert "3 changes will be sent" in browser.text, fields
    browser.post(f"{task}/cancel")
    task = plan(browser, status="active")
    for fields in ({}, {"calls": "4", "count": "4"}, {"calls": "3"}, {"calls": "3", "count": "4"}):
        browser.post(f"{task}/confirm", **fields)
        assert "3 changes will be sent" in browser.text, fields
    assert "Type 3 to send. Nothing was sent." in browser.text
    browser.post(f"{task}/cancel")
    assert browser.context.tasks.join(30.0)
    assert not list((browser.context.folder / "reports").glob("2*"))


def test_a_plan_that_another_tab_confirmed_is_not_called_unsent(browser: Browser) -> None:
    """`Do not send` in a second tab, after the first one sent it, leads to the run, not back to the choice."""
    task = plan(browser)
    run = send(browser, task)
    browser.post(f"{task}/cancel")
    assert str(browser.last.url.path) == run


def test_which_account_serves_which_rows_is_shown(tmp_path: Path, api: str) -> None:
    """By the file's column, with the fingerprint of each key; one without a key says so and leads to the page of keys.
    The plan says it of the calls, and each row is written with its own key."""
    browser = open_browser(tmp_path, api, key="", accounts={"north": "gua_north000_key", "south": ""})
    job = browser.upload("contacts.csv", CONTACTS)
    browser.get(f"{job}/action")
    assert "of each row, from the column Account" in browser.text
    assert "south no key yet 2" in browser.text
    browser.get("/login")
    assert "south no key yet stored on this page" in browser.text
    assert "gua_north000" not in browser.last.text
    browser.context.gather = open_browser(
        tmp_path, api, key="", accounts={"north": "gua_north000_key", "south": "gua_south000_key"}
    ).context.gather
    task = follow(browser, f"{job}/action", operation="fulfill", account="")
    assert "Which account serves which rows" in browser.text
    run = send(browser, task)
    assert "2 of 3 rows done, 1 to look at" in browser.text
    follow(browser, f"{run}/verify")
    assert "matches" in browser.text


def test_one_account_is_chosen_for_all_rows(tmp_path: Path, api: str) -> None:
    """The file's own column of accounts is not read then. What is done with the run later takes the same key."""
    browser = open_browser(tmp_path, api, key="", accounts={"north": "gua_north000_key", "south": "gua_south000_key"})
    run = send(browser, plan(browser, CONTACTS.replace(b"South", b"West"), account="south"))
    assert "2 of 3 rows done, 1 to look at" in browser.text
    browser.get(f"/files/{browser.context.jobs.recent(1)[0].id}")
    assert "3 of 3 rows can be sent" in browser.text
    follow(browser, f"{run}/verify")
    assert "not as asked" in browser.text
    (browser.context.folder / "runs" / f"{run.rsplit('/', 1)[1]}.json").unlink()  # as of a run of the command line
    follow(browser, f"{run}/undo")
    assert "2 changes will be sent" in browser.text


def test_a_country_is_asked_for_where_numbers_have_none(tmp_path: Path, api: str) -> None:
    """Nothing is chosen by a guess: another country's number is another person's. One choice reads the file with it."""
    browser = open_browser(tmp_path, api, region=None)
    job = browser.upload("contacts.csv", b"Phone\n212-555-0100\n212-555-0101\n")
    assert "2 numbers have no country code. Of which country are they?" in browser.text
    assert " selected>" not in browser.last.text
    assert "look like" not in browser.text
    browser.post(f"{job}/region", region="US")
    assert "2 of 2 rows can be sent" in browser.text


def test_a_file_without_a_header_is_read_by_one_choice(browser: Browser) -> None:
    """What is wrong names the file, not the folder in which the page keeps it, and the page's own choice."""
    job = browser.upload("contacts.csv", b"Ana,212-555-0100\nBen,212-555-0101\n")
    assert "jobs/" not in browser.text
    assert "--" not in browser.text
    assert "Choose below what is right, then use these columns." in browser.text
    browser.post(f"{job}/columns", no_header="on", **{"header-2": "B", "role-2": "phone"})
    assert "2 of 2 rows can be sent" in browser.text


@pytest.mark.parametrize(
    ("choice", "value", "content", "sent"),
    [
        ("two_numbers", "first", "212-555-0100 / 212-555-0101", 1),
        ("phone_check", "possible", "+1 211 555 0100", 1),
        ("", "", "212-555-0100 / 212-555-0101", 0),
    ],
)
def test_how_cells_are_read_is_chosen_beside_the_columns(
    browser: Browser, choice: str, value: str, content: str, sent: int
) -> None:
    """The tips of the page name these choices."""
    job = browser.upload("contacts.csv", f"Phone\n{content}\n".encode())
    browser.post(f"{job}/columns", **{"header-1": "Phone", "role-1": "phone", **({choice: value} if choice else {})})
    assert f"{sent} of 1 row can be sent" in browser.text


def test_each_row_is_seen_before_it_is_sent(browser: Browser, api: str) -> None:
    """With every contact read: what is now and what will be, those that need no call apart, numbers masked. One button
    sends exactly these calls."""
    task = plan(browser, rows="1")
    assert "2 contacts will change" in browser.text
    assert "2 +1212•••0100 status active → paused all scheduled outreach is cancelled" in browser.text
    assert PHONES[0] not in browser.last.text
    browser.get(f"{task}?code=would_lift_dnc")
    assert "3 +1212•••0101" in browser.text
    browser.post(f"{task}/apply", calls="3")
    assert "Nothing was sent." in browser.text
    assert httpx.get(f"{api}/_sandbox/actions", headers={"X-API-Key": KEY}).json()["actions"] == []
    browser.post(f"{task}/apply", calls="2")
    assert browser.context.tasks.join(30.0)
    browser.get(str(browser.last.url.path))
    assert "2 of 3 rows done, 1 to look at" in browser.text
    assert [status_of(api, phone) for phone in PHONES] == ["paused", "DNC", "paused"]


def test_a_plan_row_by_row_starts_outreach_only_by_its_count(browser: Browser, api: str) -> None:
    """The typed count, as for a plan without its rows; a form of another plan sends nothing."""
    for phone in (PHONES[0], PHONES[2]):
        body = {"phone": phone, "status": "talk-to-human"}
        httpx.post(f"{api}/contacts/update", json=body, headers={"X-API-Key": KEY})
    task = plan(browser, rows="1", status="active")
    assert "This starts outreach" in browser.text
    for fields in ({}, {"calls": "1", "count": "1"}, {"calls": "2"}, {"calls": "2", "count": "3"}):
        browser.post(f"{task}/apply", **fields)
        assert "Type 2 to send. Nothing was sent." in browser.text, fields
    browser.post(f"{task}/apply", calls="2", count="2")
    assert browser.context.tasks.join(30.0)
    assert [status_of(api, phone) for phone in PHONES] == ["active", "DNC", "active"]


def test_a_run_that_would_do_more_than_its_plan_showed_asks_again(
    browser: Browser, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is: other calls, another effect, DNC that is taken, a run that goes on."""
    seen = plan(browser, rows="1")
    with monkeypatch.context() as patch:
        patch.setattr(plan_rows, "is_as_shown", lambda *_: False)
        task = follow(browser, f"{seen}/apply", calls="2")
        assert "2 changes will be sent" in browser.text
        assert status_of(api, PHONES[0]) == "active"
        browser.post(f"{task}/cancel")
        assert browser.context.tasks.join(30.0)
    plan(browser)
    (begun,) = browser.context.tasks.active()
    shown = begun.preview
    assert shown is not None
    assert is_as_shown(shown, shown)
    for other in (
        replace(shown, calls=4), replace(shown, changes=()), replace(shown, dnc_unread=1),
        replace(shown, continues=True),
    ):  # fmt: skip
        assert not is_as_shown(other, shown)
    begun.control.stop()
    assert browser.context.tasks.join(30.0)


def test_what_changed_after_it_was_seen_is_left_alone(browser: Browser, api: str) -> None:
    """A contact that somebody else changed between the page and the button is held, and the run says so."""
    task = plan(browser, rows="1")
    httpx.post(
        f"{api}/contacts/update", json={"phone": PHONES[0], "status": "wrong-number"}, headers={"X-API-Key": KEY}
    )
    browser.post(f"{task}/apply", calls="2")
    assert browser.context.tasks.join(30.0)
    browser.get(str(browser.last.url.path))
    assert "1 of 3 rows done, 2 to look at" in browser.text
    assert "Then plan the file again." in browser.text
    assert status_of(api, PHONES[0]) == "wrong-number"


def test_the_plan_can_be_given_to_a_second_person(browser: Browser) -> None:
    """It is the file that `approve` and `apply` take."""
    task = plan(browser, rows="1")
    browser.get(f"{task}/plan")
    assert "attachment" in browser.last.headers["content-disposition"]
    assert browser.last.text.splitlines()[0].endswith("_plan,_seal")
    browser.get("/tasks/0123456789abcdef/plan")
    assert "This plan is not here any more." in browser.text


def test_a_long_plan_comes_by_pages(tmp_path: Path) -> None:
    """Fifty rows a page, in the order of the file; the last page has the rest."""
    phones = [f"+1212555{line:04d}" for line in range(100, 200)] + [f"+1213555{line:04d}" for line in range(100, 120)]
    seed = tmp_path / "many.json"
    seed.write_text(json.dumps({"contacts": [{"phoneNumber": phone} for phone in phones]}))
    with running(Options(port=0, seed=str(seed), writes_per_minute=0, reads_per_minute=0)) as url:
        browser = open_browser(tmp_path, url)
        task = plan(browser, "\n".join(["Phone", *phones]).encode(), rows="1")
        assert "120 contacts will change" in browser.text
        assert "Page 1 of 3" in browser.text
        browser.get(f"{task}?page=3")
        assert browser.text.count("all scheduled outreach is cancelled") == 20
        assert "121 +1213•••0119" in browser.text


def test_a_call_that_is_under_way_is_not_drawn_as_one_without_an_answer(browser: Browser) -> None:
    """While a process works on the run; of a run that was killed, it got none."""
    run = send(browser, plan(browser))
    folder = browser.context.run_folder(run.rsplit("/", 1)[1])
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal, journal:
        journal.execute("UPDATE attempts SET seen_at = NULL, status = NULL WHERE id = (SELECT max(id) FROM attempts)")

    def kinds() -> set[str]:
        drawn = run_calls(folder)
        assert drawn is not None
        return {bar.kind for bar in drawn.bars}

    assert "none" in kinds()
    held = lock.take(folder)
    assert "none" not in kinds()
    lock.release(folder, held)
