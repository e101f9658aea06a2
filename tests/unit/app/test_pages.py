"""The pages before a run, asked without a browser: what they show, what a form changes, what is refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from unit.app.page_client import Browser, open_browser

from batch.api import accounts
from batch.app.jobs import safe_name
from batch.app.words import choose_language

CONTACTS = (
    "Name,Phone\nAna,212-555-0100\nBen,\nCleo,212–555–0102\nDan,305-555-0149 / 305-555-0150\n"
    "Eva,305-555-0149 / 305-555-0150\nFay,212-555-0100\n"
).encode()


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Nobody listens at the address of the API, and no page waits long for it."""
    monkeypatch.setattr(accounts, "PATIENCE_S", 0.1)
    return open_browser(tmp_path)


def test_a_file_is_shown_with_its_verdicts(browser: Browser) -> None:
    """How many rows can be sent, which cannot and why, what was repaired; the button carries the count."""
    browser.upload("contacts.csv", CONTACTS)
    for words in ("2 of 6 rows can be sent", "3 cannot", "Correct 3 rows", "Continue with 2 rows", "sent once 1"):
        assert words in browser.text
    assert "The cell holds more than one number 2" in browser.text


def test_a_class_of_errors_is_corrected_then_the_next(browser: Browser) -> None:
    """Equal cells at once; the next class follows; after the last one the file is shown. The upload stays as it is."""
    job = browser.upload("contacts.csv", CONTACTS)
    browser.get(f"{job}/problems/two_numbers")
    assert "all 2 rows with this cell" in browser.text
    browser.post(f"{job}/problems/two_numbers", **{"cell-5": "305-555-0149", "every-5": "on",
                                                     "cell-6": "305-555-0149 / 305-555-0150"})  # fmt: skip
    assert str(browser.last.url.path) == f"{job}/problems/no_phone"
    browser.post(f"{job}/problems/no_phone", **{"cell-3": "212-555-0101"})
    assert str(browser.last.url.path) == job
    assert "4 of 6 rows can be sent" in browser.text
    assert "2 corrections of yours" in browser.text
    kept = browser.context.jobs.load(job.rsplit("/", 1)[1])
    assert kept is not None
    assert browser.context.jobs.source(kept).read_bytes() == CONTACTS


def test_next_weeks_export_takes_the_corrections(browser: Browser) -> None:
    """One button; a number that means the same everywhere is corrected again, and an empty cell only in its own row."""
    job = browser.upload("contacts.csv", CONTACTS)
    browser.post(f"{job}/problems/two_numbers", **{"cell-5": "305-555-0149", "every-5": "on"})
    browser.post(f"{job}/problems/no_phone", **{"cell-3": "212-555-0101"})
    later = browser.upload("next week.csv", b"Name,Phone\nGus,\nHal,305-555-0149 / 305-555-0150\n")
    assert "You corrected 2 cells" in browser.text
    browser.post(f"{later}/reuse")
    assert "1 of 2 rows can be sent" in browser.text
    assert "The phone cell is empty 1" in browser.text


def test_a_repaired_phone_is_shown_before_and_after(browser: Browser) -> None:
    """With the row, whose it is, and what was done."""
    browser.get(f"{browser.upload('contacts.csv', CONTACTS)}/repaired")
    assert "4 Cleo 212–555–0102 +12125550102 unusual dashes" in browser.text


def test_a_column_that_was_not_recognised_is_chosen(browser: Browser) -> None:
    """What is wrong is said, with the columns and their cells below it; a choice leads on."""
    job = browser.upload("export.csv", b"Who,Reach\nAna,212-555-0100\n")
    assert browser.last.status_code == 422
    assert "Reach 212-555-0100" in browser.text
    browser.post(f"{job}/columns", **{"header-2": "Reach", "role-2": "phone", "region": "US"})
    assert "1 of 1 row can be sent" in browser.text


def test_a_sheet_is_chosen(browser: Browser, tmp_path: Path) -> None:
    """A workbook's sheets are offered by their names."""
    import xlsxwriter

    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        pl.DataFrame({"Phone": ["212-555-0100"]}).write_excel(book, "January")
        pl.DataFrame({"Phone": ["212-555-0101", "212-555-0102"]}).write_excel(book, "February")
    job = browser.upload("book.xlsx", path.read_bytes())
    browser.get(f"{job}/columns")
    assert {"January", "February"} <= set(re.findall(r'<option value="(\w+)"', browser.last.text))
    browser.post(f"{job}/columns", sheet="February")
    assert "2 of 2 rows can be sent" in browser.text


def test_what_is_no_file_of_contacts_is_refused_in_words(browser: Browser) -> None:
    """The message of the command, on a page, with what to do."""
    browser.upload("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))
    assert browser.last.status_code == 422
    assert "What to do:" in browser.text


HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_cell_is_text_and_nothing_else(browser: Browser) -> None:
    """Markup, control and bidirectional characters of a file, in cells, headers and its name."""
    content = f'Name {HOSTILE},Phone\n"{HOSTILE}","{HOSTILE}"\nAna \u202e,212-555-01\n'.encode()
    job = browser.upload(f"{HOSTILE}.csv", content)
    for page in ("", "/columns", "/problems/not_a_number", "/problems/invalid_number", "/action"):
        browser.get(f"{job}{page}")
        assert "<img" not in browser.last.text, page
        assert "\u202e" not in browser.last.text, page


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\export.csv", "export.csv"),
        ("..", "contacts"),
        ("", "contacts"),
        (".bashrc", "bashrc"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("contactos año 2026 (2).xlsx", "contactos año 2026 (2).xlsx"),
        ("x" * 300 + ".csv", "x" * 68 + ".csv"),
    ],
)
def test_a_file_name_is_words_and_no_path(given: str, kept: str) -> None:
    """Nothing that a browser sends becomes a folder, a hidden file or a line."""
    assert safe_name(given) == kept


@pytest.mark.parametrize(
    "path",
    ["/files/..%2f..", "/files/0123456789abcdef", "/runs/..%2f..%2fetc", "/runs/.hidden", "/runs/nowhere",
     "/runs/x/files/..%2fjournal.sqlite", "/static/..%2fguard.py", "/tasks/zz", "/nowhere"],
)  # fmt: skip
def test_an_address_of_nothing_is_no_page(browser: Browser, path: str) -> None:
    """An error in words, and no file of the disk."""
    browser.get(path)
    assert browser.last.status_code in (400, 404)
    assert "Traceback" not in browser.last.text


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "de,en;q=0.5,es;q=0.7", "es"),
        (None, "de", "en"),
        (None, "es;q=0", "en"),
        (None, None, "en"),
        ("en", "es", "en"),
        ("xx", "es", "es"),
        (None, "es;q=high,en;q=0.1", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(
    chosen: str | None, accepted: str | None, language: str
) -> None:
    """By weight, then by order; a weight that is none counts for nothing."""
    assert choose_language(chosen, accepted) == language


def test_a_key_is_stored_and_never_sent_back(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `login` stores it; what is no key is refused without being shown."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    key = "gua_test0000_typed-on-the-page"
    browser.post("/login", key=f" {key} ")
    assert "The key is stored." in browser.text
    assert (tmp_path / "config" / "guayaba-batch" / "key").read_text().strip() == key
    for path in ("/login", "/", "/runs"):
        browser.get(path)
        assert key not in browser.last.text
    browser.post("/login", key="no-key-at-all")
    assert "this is not an API key" in browser.text
    assert "no-key-at-all" not in browser.last.text


def test_without_the_api_the_choice_is_still_there(browser: Browser) -> None:
    """Nobody listens at the address: it is said, and a status can be typed."""
    job = browser.upload("contacts.csv", CONTACTS)
    browser.get(f"{job}/action")
    assert "The lists of the team could not be read" in browser.text
    assert 'input id="status"' in browser.last.text
