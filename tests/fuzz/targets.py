"""What is given any bytes at all, and what must hold whatever they are: a table of targets with the seeds of each.

Owns: the targets. A target takes bytes and raises where something does not hold; an error of ours is an answer.
Does not own: where the bytes come from (`run.py`, `test_targets.py`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import phonenumbers
from fuzz import source_targets
from fuzz.source_targets import SEEDS

from batch.errors import BatchError, ErrorCollector
from batch.guayaba.exchange import Exchange
from batch.guayaba.rate_limit_headers import LARGEST_LIMIT, LONGEST_PAUSE_S, parse_rate_limit_headers
from batch.guayaba.verdict import ResponseClass, verdict
from batch.loader import ReadOptions, load
from batch.loader.columns.mapping import find_roles
from batch.loader.phones import Rules, judge
from batch.loader.sources.text import detect_dialect, first_rows
from batch.loader.team_rules import TeamRules
from batch.model import ContactChange, Operation
from batch.text.formula_guard import guard, unguard

READINGS = (
    ReadOptions(Operation.FULFILL, region="US"),
    ReadOptions(Operation.UPDATE, ask=ContactChange(status="paused"), region="GB", on_conflict="last"),
    ReadOptions(Operation.UPDATE_BY_ID, phone_check="possible", two_numbers="first"),
)
RULES = (
    Rules(),
    Rules("possible", "drop", "first", wary=True),
    Rules("possible", "refuse", "refuse"),
)


class Target(NamedTuple):
    """`check` is given any bytes; `seeds` are bytes that lead it to its different ends."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def files(raw: bytes) -> None:
    """A file of any bytes: its rows add up, in order, or it is refused in words."""
    for reading in READINGS:
        _adds_up(raw, reading)


def reports(raw: bytes) -> None:
    """A report of any bytes, rerun: its rows add up, or it is refused; the formula guard is undone exactly."""
    _adds_up(raw, ReadOptions(Operation.FULFILL, rerun=True))
    for cell in re.split("[,;\n]", raw.decode("utf-8", "replace")):
        assert unguard(guard(cell)) == cell


def _adds_up(raw: bytes, reading: ReadOptions) -> None:
    with suppress(BatchError):
        loaded = load("-", reading, stdin=io.BytesIO(raw))
        rows = [row for batch in loaded.batches() for row in batch]
        assert len(rows) == loaded.survey.rows == sum(loaded.survey.counts.values())
        assert [row.number for row in rows] == sorted({row.number for row in rows})


def headers(raw: bytes) -> None:
    """A header of any text: each role is one column of it, none is two, and the identity is found or it is refused."""
    with NamedTemporaryFile() as file:
        file.write(raw.decode("utf-8", "replace").encode())
        file.flush()
        path = Path(file.name)
        rows = first_rows(path, detect_dialect(path, "utf-8"), 1)
    header = rows[0][1] if rows else []
    for reading in READINGS:
        problems = ErrorCollector("it")
        with suppress(BatchError):
            found = find_roles(
                header, reading, TeamRules(), lambda places: dict.fromkeys(places, frozenset()), {}, problems
            )
            problems.settle()
            columns = dict(found.columns)
            if columns.get("phone") == columns.get("phoneNumber"):
                columns.pop("phoneNumber", None)  # it identifies rows without an id, and is new to those with one
            places = [*columns.values(), *found.variables.values()]
            assert len(set(places)) == len(places), "one column has two roles"
            assert all(0 <= place < len(header) for place in places)
            assert "phone" in found.columns or (reading.operation is Operation.UPDATE_BY_ID and "id" in found.columns)


def phones(raw: bytes) -> None:
    """A cell of any text: a number that libphonenumber knows, and that is read as itself again, or a code."""
    cell = raw.decode("utf-8", "replace")
    for region in ("US", "DE", None):
        for rules in RULES:
            phone = judge(cell, region, rules)
            if phone.e164 is None:
                assert phone.code, "refused without a reason"
                continue
            assert not phone.code
            assert phonenumbers.is_possible_number(phonenumbers.parse(phone.e164, None))
            assert judge(phone.e164, region, rules).e164 == phone.e164, "a number is not read as itself"


def quota(raw: bytes) -> None:
    """Headers of any text: what they say of the quota is within its bounds, or they say nothing."""
    names = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "date")
    word = parse_rate_limit_headers(dict(zip(names, raw.decode("latin-1").split("\n"), strict=False)), 1.8e9)
    for pause in (word.retry_after, word.reset_in):
        assert pause is None or 0 <= pause <= LONGEST_PAUSE_S
    assert word.limit is None or 1 <= word.limit <= LARGEST_LIMIT
    assert word.remaining is None or word.remaining >= 0


def answers(raw: bytes) -> None:
    """An answer of any bytes: never a success without the documented JSON, and nothing but one plain line of words."""
    for status in (200, 204, 302, 400, 401, 404, 429, 500, 503, int.from_bytes(raw[:2], "big") % 900 + 100):
        said = verdict(Exchange(status, raw), ContactChange(status="DNC"), "+12125550100")
        assert said.message.isprintable()
        assert len(said.message) <= 400
        if said.meaning is ResponseClass.SUCCEEDED:
            assert 200 <= status < 300 and raw.lstrip()[:1] == b"{"


TARGETS: Mapping[str, Target] = {
    "files": Target(
        files,
        (
            b'Name,Phone\nAnn,(212) 555-0100\n"B\nb",\'2125550101\n,4.47911E+11\n',
            "sep=;\r\nTel\u00e9fono;Status\r\n+44 (0)20 7946 0018;DNC\r\n".encode("utf-16"),
            b'{"phone": 2125550100}\n[1]\n{"phone": "+12125550101", "status": "paused"}\n',
            b"id,name,phoneNumber,var:tier\n550e8400-e29b-41d4-a716-446655440000,Ann,2125550100,gold\n",
        ),
    ),
    "reports": Target(
        reports,
        (
            b"Phone,_row,_outcome,_phone,_code,_same_as\n2125550100,2,pending,,,\n'+1 212,3,duplicate,,,2\n",
            b"\xef\xbb\xbfPhone;_row;_outcome;_run\r\n'=1+1;2;failed;20260131T090000Z-fulfill-c0ffee00\r\n",
            b"Phone,_row,_outcome\n2125550100,x,done\n2125550101,2.0,FAILED\n2125550102,3,unknown\n",
        ),
    ),
    "headers": Target(
        headers,
        (
            b"Phone,Phone 2,Mobile,Fax\n",
            b"id;Id;contact id;name;phoneNumber;var:tier;var:tier\n",
            b'"Tel.";"E-mail 1 - Value";Status;Campaign;Account\n',
            b"_row,_outcome,phone,_phone\n",
        ),
    ),
    "phones": Target(
        phones,
        (
            b"(212) 555-0100",
            b"+49 (0)30 901820; 030 901820",
            b"2.125550100E+9",
            b"'011 44 20 7946 0018 ext. 5",
            "\u200e\uff0b\uff11 212\u2011555\u20110100".encode(),
            b"tel:+1-212-555-0100;ext=9",
            b"+49 (00)3 101820; 030 901820",
        ),
    ),
    "quota": Target(
        quota,
        (
            b"45\n30\n12\n1795248020\nSat, 21 Nov 2026 08:00:00 GMT",
            b"Sat, 21 Nov 2026 08:00:30 GMT\n1e9\n-1\nnan",
            b"1.5\n0\ninf\n1e300\nSat Nov 21 08:00:00 2026",
        ),
    ),
    "answers": Target(
        answers,
        (
            b'{"success": true, "contact": {"id": "a", "phoneNumber": "+12125550100", "status": "DNC"}}',
            b'{"success": false, "error": "Bad Request", "message": "status\\u001b[2J"}',
            b"<html>502</html>",
            b'{"success": 1, "contact": [[[[]]]]}',
        ),
    ),
    "sheets": Target(source_targets.sheets, SEEDS["sheets"]),
    "cards": Target(source_targets.cards, SEEDS["cards"]),
    "documents": Target(source_targets.documents, SEEDS["documents"]),
    "number_formats": Target(source_targets.number_formats, SEEDS["number_formats"]),
    "cells": Target(source_targets.cells, SEEDS["cells"]),
}  # fmt: skip
