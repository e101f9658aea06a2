"""The page: nothing of a user's acts on it, and nobody is given away."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser

from harness.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.reporter.report_row import ReportRow

from batch.journal.run_reader import RunReader
from batch.model import ContactChange, Outcome
from batch.reporter.dnc_coverage import dnc_coverage
from batch.reporter.page import MOST_ROWS, write_page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></script><script>alert(2)</script>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202e\u2066evil",
    "a\x00\x1b[31mb",
    "&lt;b&gt;",
    "x" * 40_000,
]
FILES = {"outcomes": "outcomes.csv", "failures": "failures.csv"}


def written(record: RunReader, most_rows: int = MOST_ROWS) -> str:
    sink = io.BytesIO()
    write_page(sink, record, FILES, dnc_coverage(record.facts()), most_rows=most_rows)
    return sink.getvalue().decode()


class Tags(HTMLParser):
    """Collects what a browser would see as tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def hostile_run(row: Callable[..., ReportRow], record: Callable[..., RunReader], texts: list[str]) -> RunReader:
    rows = [
        row(2 + n, [text, text], Outcome.REJECTED, text[:40], text, phone=None if n % 2 else "+12125550123")
        for n, text in enumerate(texts)
    ]
    text = "".join(texts)[:200]
    start = record([]).facts().started_at
    return record(
        rows,
        run=text,
        base_url=text,
        stopped_for=text,
        source_run=text,
        commands={text: text},
        pauses=((start, start + 9, text),),
        key_fingerprint=text,
    )


def test_hostile_texts_are_only_text(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """Names, messages, codes, commands and reasons add no tag, no attribute and no address to the page."""
    plain = Tags(written(hostile_run(row, record, ["harmless"] * len(HOSTILE))))
    hostile = Tags(written(hostile_run(row, record, HOSTILE)))
    assert set(hostile.tags) == set(plain.tags)
    assert hostile.tags.count("script") == hostile.tags.count("style") == 1
    assert not [name for _, name, _ in hostile.attributes if name.startswith("on") or name in ("style", "src")]
    assert {value for _, name, value in hostile.attributes if name == "href"} == {"outcomes.csv", "failures.csv"}
    assert "<script>alert(1)</script>" in hostile.text


@settings(max_examples=examples(25))
@given(st.text(alphabet="<>\"'&{}%#/=\x00\x1b\u202e scriptonx", max_size=30))
def test_any_text_is_escaped(row: Callable[..., ReportRow], record: Callable[..., RunReader], text: str) -> None:
    """No text of a user's changes which tags the page has, and none that acts unseen is on it."""
    page = written(hostile_run(row, record, [text, "b"]))
    tags = Tags(page)
    assert tags.tags.count("script") == 1
    assert tags.tags.count("tr") == Tags(written(hostile_run(row, record, ["a", "b"]))).tags.count("tr")
    assert not re.search("[\x00\x1b\u202e\u2066]", page)


def test_the_policy_allows_our_two_texts_and_nothing_else(mixed: RunReader) -> None:
    """The hashes of the policy are those of the script and the style on the page; everything else is refused."""
    page = written(mixed)
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = policy[1].replace("&#39;", "'")
    assert rules.startswith("default-src 'none'; ")
    assert "unsafe" not in rules and "http" not in rules
    for tag in ("style", "script"):
        found = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert found
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules


def test_the_page_needs_nothing_from_elsewhere(mixed: RunReader) -> None:
    """No address of another machine is loaded or linked."""
    page = written(mixed)
    assert not re.search(r'(?:src|href|url\(|@import)\s*=?\s*["\']?\s*(?:https?:)?//', page)


def test_phone_numbers_are_masked(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """Neither the number, nor a cell that could not be read, nor a message, nor a name gives a number away."""
    rows = [
        row(2, ["Ana", "+12125550123"], Outcome.REJECTED, "bad_request", "Invalid phone number +12125550123"),
        row(3, ["212-555-0199", "(212) 555-0199"], Outcome.INVALID, "invalid_number", "'212 555 0199'?", phone=None),
    ]
    page = written(record(rows))
    digits = re.sub(r"[^0-9]", "", re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL))
    assert "+1212•••0123" in page
    assert "2125550123" not in digits
    assert "2125550199" not in digits


def test_more_rows_than_the_page_holds_are_told(
    row: Callable[..., ReportRow], record: Callable[..., RunReader]
) -> None:
    """The page shows so many rows, and says where the rest are."""
    rows = [row(2 + n, ["a", "b"], Outcome.FAILED, "server_error") for n in range(9)]
    page = written(record(rows), most_rows=5)
    assert page.count('<td class="phone">') == 5
    assert "These are the first 5. All of them:" in page
    assert "These are the first" not in written(record(rows), most_rows=9)


def test_dnc_is_said_first(row: Callable[..., ReportRow], record: Callable[..., RunReader]) -> None:
    """A DNC run with numbers that are not contacts says so above everything else."""
    run = record([row(2, ["a", "b"], Outcome.NOT_FOUND, "contact_not_found")], change=ContactChange(status="DNC"))
    page = written(run)
    assert page.index("NOT protected") < page.index("Every row")


def test_an_empty_run_has_a_page(record: Callable[..., RunReader]) -> None:
    """No rows and no calls are a page too."""
    assert "of 0 rows" in written(record([], ended_at=None, limit=None))
