"""The whole job in a browser: the real program, the real sandbox, Chromium."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.harness import KEY, PATIENCE_S, Program, Sandboxes, numbers, read_csv, wait_for
from harness.browser import CHROMIUM, chromium
from integration.app_browser import Served, Visitor, write_workbook
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
WAIT_MS = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with chromium() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1120, "height": 900}, locale="en-US")
    context.set_default_timeout(WAIT_MS)
    yield Visitor(context.new_page())
    context.close()


def test_a_damaged_workbook_gets_to_its_corrected_rerun_in_nine_clicks(
    visitor: Visitor, program: Program, sandboxes: Sandboxes
) -> None:
    """300 rows: look, correct, plan, send, correct what the API did not know, rerun. Every page on the way has no
    finding of axe-core and fits a small phone; the sandbox got each contact once."""
    everybody = numbers(300)
    cells = [number.removeprefix("+1") for number in everybody]
    cells[10], cells[20], cells[30] = f"{cells[10]} / {cells[11]}", "", cells[30][:-4]
    server = sandboxes(everybody[:150] + everybody[151:])
    path = write_workbook(program.folder / "contacts.xlsx", cells)
    served = Served(program, ("--base-url", server.url), {"GUAYABA_REGION": "US"})
    page = visitor.page
    page.goto(served.start())
    assert page.url == f"http://127.0.0.1:{served.port}/"
    visitor.judge()
    page.set_input_files("#file", path)
    visitor.clicks += 1
    visitor.click("Look at this file")
    visitor.judge()
    expect(page.locator(".lead")).to_contain_text("297 of 300 rows can be sent")
    visitor.click("Correct 3 rows", "link")
    for _ in range(3):  # one class of errors at a time
        visitor.judge()
        row = int(page.locator("tbody th").first.inner_text())
        page.locator("[data-was]").first.fill(everybody[row - 2])
        page.get_by_role("button", name="Save 1 correction").click()
    expect(page.locator(".lead")).to_contain_text("300 of 300 rows can be sent")
    visitor.click("Continue with 300 rows", "link")
    visitor.judge()
    visitor.click("Make the plan")
    expect(page.get_by_role("heading", level=1)).to_have_text("300 changes will be sent")
    visitor.judge()
    visitor.click("Send 300 changes")
    expect(page.locator(".tag").first).to_have_text("finished", timeout=WAIT_MS)
    expect(page.locator("#live .lead")).to_contain_text("299 of 300 rows done, 1 to look at")
    visitor.judge()
    visitor.click("Correct 1 row", "link")
    visitor.judge()
    server.create("+12125550199")
    page.locator("[data-was]").first.fill("212-555-0199")
    page.get_by_role("button", name="Save 1 correction").click()
    visitor.click("Rerun 1 row")
    visitor.click("Send 1 change")
    expect(page.locator("#next")).to_contain_text("Every row is done.", timeout=WAIT_MS)
    assert visitor.clicks <= 9
    for address in ("/runs", "/phone?number=212-555-0100", "/login", "/files/0123456789abcdef"):
        page.goto(f"http://127.0.0.1:{served.port}{address}")
        visitor.judge()
    writes = server.applied()
    assert set(writes) == {*everybody} - {everybody[150]} | {"+12125550199"}
    again = {"+12125550199"} & {*everybody}
    assert {phone for phone, count in writes.items() if count != 1} <= again
    assert [told for told in visitor.told if "400" not in told] == []
    first = min(program.folder.glob("reports/2*-fulfill-*"))
    assert (first / "outcomes.xlsx").is_file()
    assert KEY not in "".join(path.read_text("utf-8", "replace") for path in first.parent.rglob("*.json"))


def test_a_killed_server_is_found_again(visitor: Visitor, program: Program, sandboxes: Sandboxes) -> None:
    """kill -9 in the middle of a run: the open tab says so, finds the next start by itself, and goes on with one
    click; no contact is written twice."""
    everybody = numbers(90)
    server = sandboxes(everybody, "--window-seconds", "1", writes=30)
    (program.folder / "contacts.csv").write_text("\n".join(["Phone", *everybody]))
    served = Served(program, ("--base-url", server.url), {"GUAYABA_WINDOW": "1s"})
    page = visitor.page
    page.goto(served.start())
    page.set_input_files("#file", program.folder / "contacts.csv")
    visitor.click("Look at this file")
    visitor.click("Continue", "link")
    visitor.click("Make the plan")
    visitor.click("Send 90 changes")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    wait_for(lambda: len(server.applied()) > 20)
    page.wait_for_load_state("load")  # its script is what sees the connection end
    assert served.running is not None
    served.running.kill()
    served.running.wait(PATIENCE_S)
    expect(page.get_by_role("alert")).to_contain_text("The connection to the program is lost")
    served.start()
    expect(page.locator(".tag").first).to_have_text("interrupted", timeout=WAIT_MS)
    visitor.click("Go on")
    expect(page.locator("#next")).to_contain_text("Every row is done.", timeout=WAIT_MS)
    assert server.applied() == dict.fromkeys(everybody, 1)


def test_one_run_for_two_tabs_the_page_and_the_command_line(
    visitor: Visitor, browser: Browser, program: Program, sandboxes: Sandboxes
) -> None:
    """A second tab gets the plan of the first one. A stop on the page leaves a run that the command continues; a run of
    the command line is seen, and stopped, on the page; Ctrl-C in the terminal drains and exits 130."""
    everybody = numbers(400)  # more than are sent meanwhile, on any machine
    server = sandboxes(everybody, "--window-seconds", "1", writes=10)
    (program.folder / "contacts.csv").write_text("\n".join(["Phone", *everybody]))
    program.env |= {"GUAYABA_WINDOW": "1s", "GUAYABA_BASE_URL": server.url}
    served = Served(program)
    page = visitor.page
    page.goto(served.start())
    page.set_input_files("#file", program.folder / "contacts.csv")
    visitor.press("Look at this file")  # by the keyboard alone
    page.wait_for_url("**/files/*")
    job = page.url
    visitor.press("Continue")
    page.wait_for_url("**/action")
    visitor.press("Make the plan")
    page.wait_for_url("**/tasks/*")
    other = page.context.new_page()
    other.goto(f"{job}/action")
    other.get_by_role("button", name="Make the plan").click()
    assert other.url == page.url
    visitor.press("Send 400 changes")
    page.wait_for_url("**/runs/*")
    other.get_by_role("button", name="Send 400 changes").click()
    other.wait_for_url("**/runs/*")
    assert other.url == page.url
    visitor.click("Stop")
    expect(page.locator(".tag").first).to_have_text("interrupted", timeout=WAIT_MS)
    assert len(program.runs()) == 1
    running = program.start("resume", "--yes")
    expect(page.locator(".tag").first).to_have_text("running", timeout=WAIT_MS)
    visitor.click("Stop")
    assert running.wait(PATIENCE_S) == 130
    visitor.click("Go on")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    assert served.running is not None
    served.running.send_signal(signal.SIGINT)
    assert served.running.wait(PATIENCE_S) == 130
    assert served.running.stderr is not None
    assert "Stopping after the open requests" in served.running.stderr.read()
    (run,) = program.runs()
    assert json.loads((run / "summary.json").read_text())["stopped_for"] == "stopped"
    assert set(server.applied().values()) == {1}


def test_the_readmes_command_works_without_scripts_and_in_spanish(browser: Browser, program: Program) -> None:
    """`app --demo` as the README has it, in a browser with scripts off: every form and link works, a running page
    reloads by itself, and the sample contacts are updated in the sandbox."""
    (command,) = re.findall(r"<!-- app -->\n```sh\n.*guayaba-batch (app .*)\n```", README)
    served = Served(program, tuple(command.split()[1:]))
    context = browser.new_context(java_script_enabled=False, locale="es-ES")
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(served.start())
    try:
        _update_the_sample(page, program)
    finally:
        context.close()
        assert served.running is not None
        served.running.send_signal(signal.SIGINT)  # its sandbox ends with it
        assert served.running.wait(PATIENCE_S) == 0


def _update_the_sample(page: Page, program: Program) -> None:
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="Use the sample contacts").click()
    page.get_by_role("link", name=re.compile("Continue")).click()
    page.check("#o-update")
    page.select_option("#status", "paused")
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("button", name=re.compile("^Send")).click()
    expect(page.locator(".tag").first).to_have_text("finished", timeout=WAIT_MS)
    (run,) = program.runs()
    done = sum(row["_outcome"] == "succeeded" for row in read_csv(run / "outcomes.csv"))
    assert done > 30
    page.get_by_role("link", name="report.html").click()


def test_a_run_is_verified_undone_and_written_in_another_format(
    visitor: Visitor, program: Program, sandboxes: Sandboxes
) -> None:
    """What the commands do afterwards, by buttons; an undo shows its plan first."""
    everybody = numbers(12)
    server = sandboxes([{"phoneNumber": phone, "status": "paused"} for phone in everybody])
    (program.folder / "contacts.csv").write_text("\n".join(["Phone", *everybody]))
    served = Served(program, ("--base-url", server.url))
    page = visitor.page
    page.goto(served.start())
    page.set_input_files("#file", program.folder / "contacts.csv")
    visitor.click("Look at this file")
    visitor.click("Continue", "link")
    page.check("#o-update")
    page.select_option("#status", "not-answering")
    page.get_by_text("More choices").click()
    page.check("#keep_before")
    visitor.click("Make the plan")
    visitor.click("Send 12 changes")
    expect(page.locator(".tag").first).to_have_text("finished", timeout=WAIT_MS)
    here = page.url
    page.select_option("#format", "parquet")
    visitor.click("Write")
    expect(page.get_by_role("link", name="outcomes.parquet")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="outcomes.parquet").click()
    assert download.value.suggested_filename == "outcomes.parquet"
    visitor.click("Verify")
    expect(page.get_by_role("heading", level=1)).to_have_text("Every contact is as asked", timeout=WAIT_MS)
    visitor.judge()
    page.goto(here)
    visitor.click("Plan an undo")
    expect(page.get_by_role("heading", level=1)).to_have_text("12 changes will be sent", timeout=WAIT_MS)
    visitor.click("Send 12 changes")
    expect(page.locator("#next")).to_contain_text("Every row is done.", timeout=WAIT_MS)
    found = server.contact(everybody[0])
    assert found is not None
    assert found["status"] == "paused"


def test_outreach_starts_only_after_the_typed_count(visitor: Visitor, program: Program, sandboxes: Sandboxes) -> None:
    """A wrong count sends nothing, and says so; a plan that is left is no run; the right count sends. Each row can be
    seen before it."""
    server = sandboxes(numbers(3))
    (program.folder / "contacts.csv").write_text("\n".join(["Phone", *numbers(3)]))
    served = Served(program, ("--base-url", server.url))
    page = visitor.page
    page.goto(served.start())
    page.set_input_files("#file", program.folder / "contacts.csv")
    visitor.click("Look at this file")
    visitor.click("Continue", "link")
    page.check("#o-update")
    page.select_option("#status", "active")
    visitor.click("Make the plan")
    expect(page.get_by_text("This starts outreach")).to_be_visible()
    page.locator("#count").fill("4")
    visitor.click("Send 3 changes")
    expect(page.get_by_role("alert").first).to_contain_text("Type 3 to send. Nothing was sent.")
    visitor.judge()
    visitor.click("Do not send")
    page.wait_for_url("**/action")
    wait_for(lambda: not program.runs())
    page.check("#o-update")
    page.select_option("#status", "talk-to-human")
    visitor.click("See each row first")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 contacts will change")
    visitor.judge()
    assert server.writes() == []
    page.locator("#count").fill("3")
    visitor.click("Send 3 changes")
    expect(page.locator("#next")).to_contain_text("Every row is done.", timeout=WAIT_MS)
    assert server.applied() == dict.fromkeys(numbers(3), 1)
