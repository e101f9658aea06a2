"""`reports/sample` again, with its pictures: `python tests/cli/make_sample.py [--pictures]`.

Owns: the run that is shown, and how it is photographed. It is a real one, of two minutes: the sample contacts against
a sandbox at the real limit, five rows first and then the rest, through a 429 and an outage, so that the page has on it
what a page can have. Then `report.html` in Chromium: on a desk, in the dark, in a hand.
With `--pictures` the run stays as it is, its page too.
Does not own: what is on the page (`batch/reporter/`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "reports" / "sample"
KEPT = ("outcomes.csv", "failures.csv", "summary.json", "report.html")
#: The sandbox's own port: the reports name it, and they are to be the same wherever they are made.
URL = "http://127.0.0.1:8787"
SANDBOX = ("sandbox", "--json", "--db", "team.sqlite", "--latency", "140")
UPDATE = ("update", "samples/contacts.csv", "--region", "US", "--status", "DNC", "--yes", "--base-url", URL)
#: Seconds: somebody looks at the first five rows; the server goes away just before the next window; and is away.
LOOKED, UNTIL_OUTAGE, OUTAGE = 5, 42, 20
#: Pictures by name: width, height (nought: the whole page), colours.
PICTURES = {"desktop": (1120, 0, "light"), "dark": (1120, 900, "dark"), "phone": (390, 1500, "light")}


def run() -> None:
    """Make the run in a folder of its own and put its files into `SAMPLE`. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(ROOT / "samples", folder / "samples")
        with sandbox(folder, "--seed", "samples/sandbox.json", "--fault", "throttle,retry-after:8@nth:16"):
            subprocess.run(program(*UPDATE, "--limit", "5"), cwd=folder, env=environment(folder))
            time.sleep(LOOKED)
            rest = subprocess.Popen(program(*UPDATE), cwd=folder, env=environment(folder))
            time.sleep(UNTIL_OUTAGE)
        time.sleep(OUTAGE)
        with sandbox(folder):
            if rest.wait() != 3:
                raise subprocess.CalledProcessError(rest.returncode, UPDATE)
        (made,) = Path(folder, "reports").iterdir()
        for name in KEPT:
            shutil.copyfile(made / name, SAMPLE / name)


@contextmanager
def sandbox(folder: Path, *options: str) -> Iterator[None]:
    """A sandbox that is up for as long as the context lasts, with the team that the last one left."""
    command = program(*SANDBOX, *options)
    with subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True) as server:
        try:
            if server.stdout is None or URL not in server.stdout.readline():
                raise subprocess.CalledProcessError(server.wait(), command)
            yield
        finally:
            server.terminate()


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "batch", *arguments]


def environment(folder: Path) -> dict[str, str]:
    """Nobody's settings and nobody's key."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GUAYABA_")}
    return {**kept, "HOME": str(folder), "GUAYABA_API_KEY": "gua_sample00_nobody-s-key"}


def photograph() -> None:
    """Take the pictures of the sample's page."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (width, height, scheme) in PICTURES.items():
            page = browser.new_page(
                viewport={"width": width, "height": height or 900},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.goto((SAMPLE / "report.html").as_uri())
            page.screenshot(path=SAMPLE / f"{name}.png", full_page=not height)
            page.close()
        browser.close()


if __name__ == "__main__":
    if "--pictures" not in sys.argv:
        run()
    photograph()
