"""The page in a real browser, with hostile people on it. Skipped, and said so, where no Chromium is installed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from harness.browser import CHROMIUM, chromium
from playwright.sync_api import Browser, Dialog, Page, expect
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.model import AttemptRecord, ContactChange, Outcome
from batch.reporter.dnc_coverage import dnc_coverage
from batch.reporter.page import write_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

#: Names that try to be more than names, with what of them must be read on the page.
HOSTILE = {
    "<script>document.title='owned'</script>": "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">': '"><img src=x onerror="document.title=1">',
    "</td></tr></table><h1>gone": "</td></tr></table><h1>gone",
    "\u202egnp.exe": "\\u202egnp.exe",
    "a\x00\x1b[31mb\u2028c": "a\\x00\\x1b[31mb\\u2028c",
    "W" * 4_000: "W" * 80 + "…",
    "Ann\u200f\u2066\u061c Lee\u2069": "Ann\\u200f\\u2066\\u061c Lee\\u2069",
    "re\u00ad\u200bd\ufeff": "re\\xad\\u200bd\\ufeff",
    "مرحبا بالعالم": "مرحبا بالعالم",
    "Zoë 👩\u200d🔬 Ōkubo": "Zoë 👩\u200d🔬 Ōkubo",
    "javascript:alert(1)": "javascript:alert(1)",
}
DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def written(
    row: Callable[..., ReportRow], record: Callable[..., RunReader], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int], Path]:
    """Writes a page of so many failures, the hostile ones first, with calls, pauses and a warning."""

    def write(count: int) -> Path:
        names = [*HOSTILE, *(f"Contact {at}" for at in range(count - len(HOSTILE)))]
        rows = [
            row(2 + at, [name, "+12125550123"], Outcome.NOT_FOUND, "contact_not_found", name[:60], status=404)
            for at, name in enumerate(names)
        ]
        start = record([]).facts().started_at
        calls = [AttemptRecord(2, start + 2 * at, start + 2 * at + 0.3, 404, "") for at in range(99)]
        pauses = ((start + 9, start + 30, "<b>why</b>"),)
        run = record(rows, change=ContactChange(status="DNC"), attempts=calls, pauses=pauses, chunk=5_000)
        path = tmp_path_factory.mktemp("page") / "report.html"
        with path.open("wb") as sink:
            write_page(sink, run, {"outcomes": "outcomes.csv", "failures": "failures.csv"}, dnc_coverage(run.facts()))
        return path

    return write


@pytest.fixture(scope="module")
def hostile(written: Callable[[int], Path]) -> Path:
    return written(60)


class Opened:
    """A page that is open, and everything that it did which a page of ours does not."""

    def __init__(self, browser: Browser, path: Path, size: tuple[int, int] = DESKTOP, scheme: str = "light") -> None:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        self.told: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self.told.append(request.url))
        self.page.goto(path.as_uri())

    def _dialog(self, dialog: Dialog) -> None:
        self.told.append(dialog.message)
        dialog.dismiss()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.context.close()


def test_hostile_names_are_names(browser: Browser, hostile: Path) -> None:
    """Each is read on the page as text; nothing of them runs or loads, and the policy has nothing to refuse."""
    with Opened(browser, hostile) as opened:
        page = opened.page
        assert page.title() == "update contacts.csv: 0 of 60 done"
        shown = page.locator(".failures .name bdi").evaluate_all("cells => cells.map(c => c.textContent)")
        assert shown[: len(HOSTILE)] == list(HOSTILE.values())
        assert page.locator("script").count() == page.locator("style").count() == 1
        assert page.locator("img, iframe, h1").count() == 1
        assert opened.told == [hostile.as_uri()]


def test_the_policy_holds_where_escaping_would_fail(browser: Browser, hostile: Path, tmp_path: Path) -> None:
    """With a name's markup put on the page as it is, nothing of it runs and no request leaves the page."""
    heard: list[str] = []

    class Thief(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Thief) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        markup = (
            f"<script>document.title='owned'; fetch('{there}/fetch')</script><img src='{there}/img' "
            f"onerror='document.title=1'><script src='{there}/js'></script><iframe src='{there}/frame'></iframe>"
            f"<link rel=stylesheet href='{there}/css'><p style='background:url({there}/style)'>p</p>"
            f"<form action='{there}/form' method=post><button id=send>send</button></form>"
            f"<base href='{there}/'><svg><image href='{there}/svg'/></svg><object data='{there}/object'></object>"
        )
        page_of = hostile.read_text().replace("&lt;script&gt;", f"{markup}&lt;script&gt;")
        assert page_of.count("/fetch") >= 1
        broken = tmp_path / "broken.html"
        broken.write_text(page_of)
        with Opened(browser, broken) as opened:
            opened.page.wait_for_timeout(200)
            assert opened.page.title() == "update contacts.csv: 0 of 60 done"
            opened.page.evaluate("document.querySelector('#send').click()")
            opened.page.wait_for_timeout(200)
            assert sum("Content Security Policy" in told for told in opened.told) >= 5
        server.shutdown()
    assert heard == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_is_wider_than_the_screen(browser: Browser, hostile: Path, size: tuple[int, int], scheme: str) -> None:
    """No name of 4,000 letters and no command makes a page that must be scrolled sideways; text is told from paper."""
    with Opened(browser, hostile, size, scheme) as opened:
        page = opened.page
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        over = page.evaluate(
            """() => [...document.querySelectorAll("main *:not(svg *)")].filter(e => e.offsetParent &&
                e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName + "." + e.className)"""
        )
        assert over == []
        contrast = """name => {
            const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).map(v => (v /= 255) <= 0.03928 ? v / 12.92
                : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const one = light(getComputedStyle(document.querySelector(name)).color);
            const other = light(getComputedStyle(document.body).backgroundColor);
            return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05); }"""
        for name in (".lead", ".lead .left", ".note", ".failures .what", ".failures .said", "footer dt"):
            assert page.evaluate(contrast, name) >= 4.5, name  # WCAG 2.2, 1.4.3


def test_ten_thousand_failures_can_be_searched(browser: Browser, written: Callable[[int], Path]) -> None:
    """200 rows at first; a search goes over all of the page at once, by any words; the way to the rest is told."""
    with Opened(browser, written(10_250)) as opened:
        page = opened.page
        rows = page.locator(".failures tbody tr:not([hidden])")
        assert rows.count() == 200
        count = page.locator(".search output")
        expect(count).to_have_text("200 of 10,000")
        assert page.locator("#rows + .note").inner_text() == "These are the first 10,000. All of them: failures.csv"
        page.fill("#words", f"contact 9871 not_found {2 + len(HOSTILE) + 9871}")
        expect(count).to_have_text("1 row found")
        assert "Contact 9871" in rows.inner_text()
        page.fill("#words", "<script>")
        expect(count).to_have_text("1 row found")
        page.fill("#words", "nobody")
        expect(count).to_have_text("0 rows found")
        page.fill("#words", "")
        expect(count).to_have_text("200 of 10,000")
        page.get_by_role("button", name="Show more").click()
        assert rows.count() == 1_200
        took = page.evaluate("""() => { const start = performance.now(); const field = document.querySelector("#words");
            field.value = "7"; field.dispatchEvent(new Event("input"));
            return new Promise(done => setTimeout(() => done(performance.now() - start), 100)); }""")
        assert took < 5_000


def test_nobody_is_given_away(browser: Browser, hostile: Path) -> None:
    """No number can be read off the page, also not out of what a reader of the screen is told."""
    with Opened(browser, hostile) as opened:
        assert "5550123" not in opened.page.content()
        assert "+1212•••0123" in opened.page.locator("body").inner_text()


def test_without_script_every_row_is_there(browser: Browser, hostile: Path) -> None:
    """Where scripts are off the page is whole: all its rows, and no search that would not work."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(hostile.as_uri())
    assert page.locator(".failures tbody tr").count() == 60
    assert page.locator(".search").is_hidden()
    context.close()


def test_it_prints_on_white(browser: Browser, hostile: Path) -> None:
    """Printed from a dark screen the page is black on white, without its controls, and says how many rows are on it."""
    with Opened(browser, hostile, scheme="dark") as opened:
        page = opened.page
        page.emulate_media(media="print", color_scheme="dark")
        colours = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        fills = "[...document.querySelectorAll('rect, path')].map(each => getComputedStyle(each).fill)"
        from_the_dark = page.evaluate(fills)
        page.emulate_media(media="print", color_scheme="light")
        assert page.evaluate(fills) == from_the_dark
        assert page.locator("#words").is_hidden() and page.locator(".more").is_hidden()
        assert page.locator(".search output").is_visible()
        assert len(page.pdf(format="A4")) > 10_000
