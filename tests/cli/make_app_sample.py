"""`reports/sample/app` anew: each step of the page, on a desk and in a hand: `python tests/cli/make_app_sample.py`.

Owns: the way that is photographed. It is a real one: `app --demo` and the sample contacts.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "reports" / "sample" / "app"
CHROMIUM = shutil.which("chromium")
#: Name -> width, height at least, colours.
SCREENS = {"desktop": (1000, 700, "light"), "phone": (390, 780, "dark")}


class Album:
    """The pictures of one page, a step each, on both screens."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def take(self, name: str) -> None:
        self.count += 1
        self.page.wait_for_load_state("load")
        for screen, (width, height, scheme) in SCREENS.items():
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.screenshot(path=PICTURES / f"{self.count}-{name}-{screen}.png", full_page=True)
        self.page.set_viewport_size({"width": 1000, "height": 700})


def visit(page: Page, url: str) -> None:
    """The whole way, from the first page to the rerun."""
    album = Album(page)
    page.goto(url)
    album.take("file")
    page.get_by_role("button", name="Use the sample contacts").click()
    album.take("phones")
    page.get_by_role("link", name="Change the sheet").click()
    album.take("columns")
    page.go_back()
    page.get_by_role("link", name=re.compile("^Correct")).click()
    page.locator("[data-was]").first.fill("+1 702 555 0114")
    album.take("correct")
    page.get_by_role("button", name=re.compile("^Save")).click()
    page.get_by_role("link", name="contacts.csv").click()
    page.get_by_role("link", name=re.compile("^Continue")).click()
    page.check("#o-update")
    page.select_option("#status", "paused")
    album.take("what-to-do")
    page.get_by_role("button", name="See each row first").click()
    page.get_by_text("Every contact was read").wait_for()
    album.take("each-row")
    page.get_by_role("link", name="Do not send").click()
    page.check("#o-update")
    page.select_option("#status", "paused")
    page.get_by_role("button", name="Make the plan").click()
    page.get_by_role("button", name=re.compile("^Send")).wait_for()
    album.take("plan")
    page.get_by_role("button", name=re.compile("^Send")).click()
    page.wait_for_url("**/runs/*")
    page.get_by_role("button", name="Stop").or_(page.get_by_text("What happened, and what helps")).first.wait_for()
    album.take("sending")
    expect(page.locator(".tag").first).to_have_text("finished", timeout=120_000)
    album.take("result")
    page.get_by_role("link", name="Find a number").click()
    page.fill("#number", "212-555-0100")
    page.get_by_role("button", name="Find").click()
    album.take("number")
    page.get_by_role("button", name="Español").click()
    page.goto(url)
    album.take("spanish")


def main() -> None:
    """Serve the demo in a folder of its own, and photograph it."""
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "batch", "app", "--demo", "--no-browser", "--port", "0"]
        home = {**os.environ, "HOME": folder, "XDG_STATE_HOME": folder}
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=home) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().split()[-1]
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_context(locale="en-US").new_page()
                page.set_default_timeout(120_000)
                visit(page, url)
                browser.close()
            finally:
                server.send_signal(signal.SIGINT)


if __name__ == "__main__":
    main()
