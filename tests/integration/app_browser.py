"""The page in a real browser: the program serves it, Chromium opens it, axe-core and the screen's width judge it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from cli.harness import Program
from harness.forked import Running
from playwright.sync_api import Page

#: WCAG 2.2 AA and all that it builds on.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
#: Those that the colours decide.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
NARROW = 360


@dataclass
class Served:
    """The program while it serves the page; `port` 0 takes a free one and keeps it for the next start."""

    program: Program
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    port: int = 0
    running: Running | None = None
    first_url: str = ""

    def start(self) -> str:
        """Start the program; the first address, with its secret."""
        arguments = ("app", "--no-browser", "--port", str(self.port), *self.options)
        self.running = self.program.start(*arguments, env={"XDG_STATE_HOME": str(self.program.folder), **self.env})
        assert self.running.stdout is not None
        line = self.running.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/open/\S+", line)
        assert found is not None, line
        self.port, self.first_url = int(found[1]), found[0]
        return self.first_url


@dataclass
class Visitor:
    """A person at the page: what they click is counted, and every page that they see is judged."""

    page: Page
    clicks: int = 0
    seen: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))

    def click(self, name: str, role: str = "button") -> None:
        """Click the button (or link) whose name matches."""
        self.page.get_by_role(role, name=re.compile(name)).first.click()  # type: ignore[arg-type]
        self.clicks += 1

    def judge(self) -> None:
        """No finding of axe-core in light, nor in dark where colours decide, on each kind of page; nothing wider than a
        small phone, also with its text twice as large."""
        self.page.wait_for_load_state("load")
        kind = re.sub(r"[0-9a-f]{16}|\d{8}T\w+-[\w-]+|(?<=problems/)\w+", "N", self.page.url.split("?")[0])
        if kind not in self.seen:
            self.seen.add(kind)
            self._judge_by_axe(kind)
        before = self.page.viewport_size
        assert before is not None
        for width, text in ((NARROW, "100%"), (2 * NARROW, "200%")):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.evaluate("size => { document.documentElement.style.fontSize = size; }", text)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{kind}: text of {text}"
        self.page.evaluate("document.documentElement.style.fontSize = ''")
        self.page.set_viewport_size(before)

    def _judge_by_axe(self, kind: str) -> None:
        self.page.evaluate(Axe().axe_script)
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = self.page.evaluate("rules => axe.run(document, rules).then(found => found.violations)", rules)
            shown = [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
            assert not shown, f"{kind} ({scheme}): {shown}"
        self.page.emulate_media(color_scheme="light")

    def press(self, name: str) -> None:
        """Reach the control of this name by the Tab key alone, and press Enter on it."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(
                "() => { const e = document.activeElement; return (e.getAttribute('aria-label') || e.innerText ||"
                " (e.labels && e.labels[0] && e.labels[0].innerText) || '').trim(); }"
            )
            if re.match(name, focused):
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"the Tab key does not lead to {name}")


def write_workbook(path: Path, phones: list[str]) -> Path:
    """A workbook of contacts with these cells in its column of phones."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Contacts")
        sheet.write_row(0, 0, ["Name", "Phone"])
        for place, phone in enumerate(phones, 1):
            sheet.write_row(place, 0, [f"Contact {place}", phone])
    return path
