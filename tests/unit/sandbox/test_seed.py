"""Seed files: every form, damaged rows, and restarts."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any

import pytest

from batch.sandbox.errors import SandboxError
from batch.sandbox.listing import contacts
from batch.sandbox.seed import Loaded, load, tidy
from batch.sandbox.store import Store

NOW = 1_800_000_000.0
ANA = {"phoneNumber": "+12125550100", "name": "Ana", "status": "paused"}


def _store(path: str | None = None) -> Store:
    """A store whose connection is closed when nobody has it any more, as the end of a process does."""
    store = Store(path)
    weakref.finalize(store, store._db.close)
    return store


def _loaded(path: Path, text: str, store: Store | None = None) -> tuple[Store, Loaded]:
    path.write_text(text, encoding="utf-8")
    store = store or _store()
    return store, load(store, str(path), NOW)


def _phones(store: Store) -> list[str]:
    found: list[dict[str, Any]] = contacts(store, {"sortOrder": "asc", "limit": "100"})["contacts"]
    return sorted(one["phoneNumber"] for one in found)


FORMS = [
    ("seed.json", json.dumps({"contacts": [ANA]})),
    ("seed.json", json.dumps([ANA])),
    ("seed.json", json.dumps(ANA)),
    ("seed.ndjson", json.dumps(ANA) + "\n\n" + json.dumps(ANA | {"phoneNumber": "+12125550101"}) + "\n"),
    ("seed.csv", "Phone Number,Name,Status\n(212) 555-0100,Ana,paused\n"),
    ("seed.csv", "\ufeffname;teléfono;estado\r\nAna;001 212-555-0100;paused\r\n"),
    ("seed.tsv", "Nombre\tMobile\tStatus\nAna\t+1 212 555 0100\tpaused\n"),
]


@pytest.mark.parametrize(("name", "text"), FORMS)
def test_every_form_of_a_seed_gives_the_same_contact(tmp_path: Path, name: str, text: str) -> None:
    """JSON, NDJSON and CSV with any known header name are read into the same contact."""
    store, loaded = _loaded(tmp_path / name, text)
    contact = store.contact_by_phone("+12125550100")
    assert contact and (contact.name, contact.status) == ("Ana", "paused")
    assert loaded.skipped == []


TIMES = [
    ("2026-01-15T10:30:00.000Z", "2026-01-15T10:30:00.000Z"),
    ("2026-01-15 12:30:00+02:00", "2026-01-15T10:30:00.000Z"),
    ("2026-01-15T10:30", "2026-01-15T10:30:00.000Z"),
    ("2026-01-15", "2026-01-15T00:00:00.000Z"),
    ("yesterday", None),
    (5, None),
]


@pytest.mark.parametrize(("text", "stamp"), TIMES)
def test_a_time_is_shown_as_the_api_shows_times(tmp_path: Path, text: object, stamp: str | None) -> None:
    """Whatever form a seed's time has, lists show and sort the one form of the pages; what is no time is skipped."""
    people = [ANA | {"createdAt": text}, {"phoneNumber": "+12125550101"}]
    store, loaded = _loaded(tmp_path / "seed.json", json.dumps(people))
    contact = store.contact_by_phone("+12125550100")
    assert (contact.created_at if contact else None) == stamp
    assert [line for line in loaded.skipped if "createdAt" in line] == loaded.skipped
    assert len(loaded.skipped) == (stamp is None)


def test_a_contact_as_the_api_lists_it_is_a_seed(tmp_path: Path) -> None:
    """What GET /contacts shows can be fed back, with its id, campaign and times."""
    first = _store()
    load(first, None, NOW)
    shown = contacts(first, {})["contacts"]
    second, loaded = _loaded(tmp_path / "seed.json", json.dumps(shown))
    assert loaded.added == 2
    assert contacts(second, {})["contacts"] == shown


NUMBERS = [
    ("212.555.0100", "+12125550100", "ten digits are American"),
    ("1 (212) 555-0100", "+12125550100", "eleven with the country code"),
    ("+44 7700 900123", "+447700900123", "already international"),
    ("0044 7700 900123", "+447700900123", "00"),
    ("011 44 7700 900123", "+447700900123", "the American way out"),
    ("+4477009001", "+4477009001", "ten digits after a + are not American"),
    ("(212) 555-0100 ext. 7", "+12125550100", "extension"),
    ("\uff12\uff11\uff12 555 0100", "+12125550100", "full-width digits"),
]


@pytest.mark.parametrize(("cell", "expected", "why"), NUMBERS, ids=[row[2] for row in NUMBERS])
def test_numbers_of_a_spreadsheet_are_tidied(cell: str, expected: str, why: str) -> None:
    """A cell becomes the number that its writer meant."""
    assert tidy(cell) == expected, why


def test_unusable_entries_are_skipped_and_counted(tmp_path: Path) -> None:
    """A bad entry costs itself only, and its reason is kept."""
    entries = [ANA, {"phoneNumber": "12"}, 7, ANA | {"phoneNumber": "+12125550101", "status": "gone"}]
    store, loaded = _loaded(tmp_path / "seed.json", json.dumps(entries))
    assert _phones(store) == ["+12125550100"]
    assert loaded == Loaded(
        1, ["contact 2: Invalid phone number", "contact 3: not an object", "contact 4: there is no status 'gone'"]
    )


BAD_FILES = [
    ("empty", "", "is empty"),
    ("blank", " \n", "is empty"),
    ("no phone column", "name,age\nAna,7\n", "no phone column (found: name,age)"),
    ("a header only", "phone\n", "no usable contact"),
    ("broken JSON", '{"contacts": [', "neither JSON nor one JSON contact a line"),
    ("another JSON", '{"people": []}', "found none of the lists"),
    ("every row bad", '[{"phoneNumber": "12"}]', "contact 1: Invalid phone number"),
]


@pytest.mark.parametrize(("why", "text", "says"), BAD_FILES, ids=[row[0] for row in BAD_FILES])
def test_a_seed_without_a_contact_is_an_error(tmp_path: Path, why: str, text: str, says: str) -> None:
    """The sentence names the file, what was found and what to do."""
    with pytest.raises(SandboxError, match="--seed") as raised:
        _loaded(tmp_path / "seed.csv", text)
    assert says in str(raised.value), why


def test_a_missing_seed_is_an_error(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(SandboxError, match=r"nowhere\.json cannot be read"):
        load(_store(), str(tmp_path / "nowhere.json"), NOW)


def test_seeding_again_leaves_what_is_there(tmp_path: Path) -> None:
    """A restart with the same file adds the new contacts and neither resets nor reschedules the old ones."""
    path, text = str(tmp_path / "team.sqlite"), json.dumps([ANA | {"status": "active"}])
    store, _ = _loaded(tmp_path / "seed.json", text, _store(path))
    contact = store.contact_by_phone("+12125550100")
    assert contact
    scheduled = store.pending(contact.id)
    store.insert("UPDATE contacts SET status = 'DNC', name = 'Changed'")
    store.close()
    active = ANA | {"status": "active"}
    text = json.dumps([active, active | {"phoneNumber": "+12125550101"}])
    again, loaded = _loaded(tmp_path / "seed.json", text, _store(path))
    kept = again.contact_by_phone("+12125550100")
    assert kept and (kept.status, kept.name) == ("DNC", "Changed")
    assert loaded.added == 1
    assert again.pending(contact.id) == scheduled
    again.close()


def test_the_sample_seed_is_whole_and_uses_fictional_numbers_only() -> None:
    """Every contact of samples/sandbox.json is taken, and no number can be anybody's."""
    path = Path(__file__).parents[3] / "samples" / "sandbox.json"
    store, total = _store(), len(json.loads(path.read_text(encoding="utf-8"))["contacts"])
    assert load(store, str(path), NOW) == Loaded(total)
    for phone in _phones(store):
        american = phone.startswith("+1") and phone[5:8] == "555" and "0100" <= phone[8:] <= "0199"
        assert american or phone.startswith(("+447700900", "+442079460")), phone
    assert store.is_terminal("moved-away") and len(store.campaigns()) == 2


def test_a_transaction_that_fails_leaves_nothing() -> None:
    """Either all of a write is stored or none of it."""
    store = _store()
    load(store, None, NOW)
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.insert("UPDATE contacts SET status = 'DNC'")
        raise ZeroDivisionError
    contact = store.contact_by_phone("+11234567890")
    assert contact and contact.status == "active"
