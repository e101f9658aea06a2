"""Where the vendor's pages are silent or differ, the API may be built otherwise than the sandbox: a run still ends
right, or says that it did not.

Each dialect is one other reading. The same rows go to a server that speaks it: two contacts are to be left alone, two
must not be called again, one is to be called, once, although its first answer is lost, and one number is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cli.harness import KEY, numbers
from cli.other_server import CAMPAIGN, Dialect, Said, serving, team

import batch

A, B, C, D, E = numbers(5)
NOBODY = "+13125550199"
TEAM = {A: "active", B: "DNC", C: "paused", D: "talk-to-human", E: "DNC"}
ASKED = [(A, "DNC"), (B, "active"), (C, "active"), (D, "active"), (E, "DNC"), (NOBODY, "DNC")]
RIGHT = ["succeeded", "held", "held", "succeeded", "succeeded", "not_found"]
#: A contact that must be read before a write, and cannot be, is not written; one that is to be left alone is.
UNREAD = ["succeeded", "failed", "failed", "failed", "succeeded", "not_found"]

Shown = dict[str, Any]


def plain(said: Said) -> None:
    """As documented."""


def contacts(change: Callable[[Shown], Shown]) -> Dialect:
    """Every contact, in lists and in answers, is shown otherwise."""

    def speak(said: Said) -> None:
        if said.about == "/contacts":
            said.value["contacts"] = [change(contact) for contact in said.value["contacts"]]
        elif said.status == 200 and "contact" in said.value:
            said.value["contact"] = change(said.value["contact"])

    return speak


def lists(change: Callable[[Shown], object]) -> Dialect:
    """The list of contacts is in another envelope."""

    def speak(said: Said) -> None:
        if said.about == "/contacts":
            said.value = change(said.value)

    return speak


def statuses(change: Callable[[list[Shown]], object]) -> Dialect:
    """The list of statuses is another."""

    def speak(said: Said) -> None:
        if said.about == "/contacts/statuses":
            said.value = change(said.value)

    return speak


def writes(change: Callable[[Said], object]) -> Dialect:
    """A write that was done is answered otherwise."""

    def speak(said: Said) -> None:
        if said.about == "/contacts/update" and said.status == 200:
            change(said)

    return speak


def errors(change: Callable[[Shown], object]) -> Dialect:
    """An error has another body."""

    def speak(said: Said) -> None:
        if said.status >= 400:
            said.value = change(said.value)

    return speak


def headers(change: Callable[[dict[str, str]], dict[str, str]]) -> Dialect:
    """The headers are others."""

    def speak(said: Said) -> None:
        said.headers = change(said.headers)

    return speak


def created(said: Said) -> None:
    said.status = 201


def taken_in(said: Said) -> None:
    said.status, said.value = 202, {"success": True, "message": "Accepted"}


def silent(said: Said) -> None:
    said.status, said.value = 204, None


def in_data(said: Said) -> None:
    said.value = {"success": True, "data": said.value["contact"]}


def marked(said: Said) -> None:
    said.value = b"\xef\xbb\xbf" + json.dumps(said.value).encode()


def at_most_50(said: Said) -> None:
    if int(said.query.get("limit", "1")) > 50:
        said.status, said.value = 400, {"error": "Validation error", "message": "limit must not be greater than 50"}


def total_as_text(said: Shown) -> Shown:
    return {**said, "pagination": {"total": str(said["pagination"]["total"])}}


def renamed(**names: str) -> Callable[[Shown], Shown]:
    return lambda contact: {names.get(name, name): value for name, value in contact.items()}


def without(name: str) -> Callable[[Shown], Shown]:
    return lambda contact: {field: value for field, value in contact.items() if field != name}


def more(**fields: object) -> Callable[[Shown], Shown]:
    return lambda contact: {**contact, **fields}


def spelt(field: str, spell: Callable[[str], object]) -> Callable[[Shown], Shown]:
    return lambda contact: {**contact, field: spell(contact[field])}


DIALECTS: list[tuple[str, Dialect, list[str]]] = [
    ("as documented", plain, RIGHT),
    # a status that is shown in other capitals
    ("lower case", contacts(spelt("status", str.lower)), RIGHT),
    ("capitals", contacts(spelt("status", str.upper)), RIGHT),
    ("no status at all", contacts(without("status")), UNREAD),
    # a number that is shown otherwise
    ("no +", contacts(spelt("phoneNumber", lambda number: number[1:])), RIGHT),
    ("punctuation", contacts(spelt("phoneNumber", lambda number: f"+1 (212) 555-{number[-4:]}")), RIGHT),
    ("phone", contacts(renamed(phoneNumber="phone")), RIGHT),
    ("no country", contacts(spelt("phoneNumber", lambda number: number[2:])), UNREAD),
    # other fields
    ("another name of the id", contacts(renamed(id="_id")), RIGHT),
    ("an id that is a number", contacts(spelt("id", lambda text: int(text[-4:]))), RIGHT),
    ("more fields", contacts(more(adminId="a", score=5, tags=[None])), RIGHT),
    ("nulls", contacts(more(name=None, timezone=None, customVariables=None, createdAt=None, campaigns=None)), RIGHT),
    ("other types", contacts(more(customVariables=[], createdAt=1795248000, campaigns=[CAMPAIGN], name=7)), RIGHT),
    # envelopes of lists
    ("data", lists(lambda said: {"data": said["contacts"], "pagination": said["pagination"]}), RIGHT),
    ("a bare list", lists(lambda said: said["contacts"]), RIGHT),
    ("one in another", lists(lambda said: {"success": True, "data": said}), RIGHT),
    ("the total as text", lists(total_as_text), RIGHT),
    ("at most 50 on a page", at_most_50, RIGHT),
    # the list of statuses
    ("statuses in an envelope", statuses(lambda found: {"data": found}), RIGHT),
    ("isTerminal not said", statuses(lambda found: [{"name": one["name"]} for one in found]), RIGHT),
    ("is_terminal", statuses(lambda found: [renamed(isTerminal="is_terminal")(one) for one in found]), RIGHT),
    ("DNC not terminal", statuses(lambda found: [{**one, "isTerminal": one["name"] in ("paused",)} for one in found]),
     RIGHT),
    # answers to writes
    ("201", writes(created), RIGHT),
    ("202", writes(taken_in), RIGHT),
    ("204", writes(silent), RIGHT),
    ("the envelope of create", writes(in_data), RIGHT),
    # errors
    ("an error in an error", errors(lambda said: {"error": {"code": "not_found", "message": said["message"]}}), RIGHT),
    ("a list of words", errors(lambda said: {"statusCode": 404, "message": [said["message"]]}), RIGHT),
    # headers, and bytes
    ("no headers", headers(lambda said: {}), RIGHT),
    ("names in lower case", headers(lambda said: {name.lower(): text for name, text in said.items()}), RIGHT),
    ("Reset from now", headers(lambda said: {**said, "X-RateLimit-Reset": "45"}), RIGHT),
    ("Reset in milliseconds", headers(lambda said: {**said, "X-RateLimit-Reset": "1795248000000"}), RIGHT),
    ("a byte order mark", marked, RIGHT),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "expected"), [row[1:] for row in DIALECTS], ids=[row[0] for row in DIALECTS])
def test_a_server_of_another_reading_is_understood_or_not_believed(
    dialect: Dialect, expected: list[str], tmp_path: Path
) -> None:
    """Nobody who is to be left alone is called, nobody is called twice, and no row is called done that is not."""
    server = team(TEAM)
    server.silent.add(D)
    with serving(server, dialect) as url:
        settings = batch.Settings(
            base_url=url,
            key=batch.ApiKey(KEY),
            out=tmp_path / "reports",
            state=tmp_path / "state",
            rate=batch.Rate(60_000, 60.0),
        )
        frame = pl.DataFrame({"phone": [row[0] for row in ASKED], "status": [row[1] for row in ASKED]})
        summary = batch.run(frame, "update", settings)
    found = summary.outcomes()["_outcome"].to_list()
    assert (server.status(B), server.status(C)) == ("DNC", "paused"), "called again"
    assert (server.status(A), server.status(E)) == ("DNC", "DNC"), "not left alone"
    assert all(times == 1 for times in server.written.values()), server.written
    assert found == expected
    assert summary.exit_code == 3
