"""Files that need an option to be read: the run, its report in a format that can be written, and the rerun of that."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from cli.harness import Program, Sandboxes, numbers

FAST = ("--rate", "60000/min", "--yes")


def no_header(folder: Path, phones: list[str]) -> Path:
    (folder / "in.csv").write_text("".join(f"P{at},{phone}\n" for at, phone in enumerate(phones)))
    return folder / "in.csv"


def google(folder: Path, phones: list[str]) -> Path:
    head = "Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
    rows = [f"P{at},Work,+12025550199,Mobile,{phone}\n" for at, phone in enumerate(phones)]
    (folder / "in.csv").write_text(head + "".join(rows))
    return folder / "in.csv"


def arrow(folder: Path, phones: list[str]) -> Path:
    pl.DataFrame({"Name": "P", "Phone": phones}).write_ipc(folder / "in.arrow")
    return folder / "in.arrow"


def vcards(folder: Path, phones: list[str]) -> Path:
    cards = [f"BEGIN:VCARD\nFN:P\nTEL;TYPE=home:+12025550199\nTEL;TYPE=cell:{phone}\nEND:VCARD\n" for phone in phones]
    (folder / "in.vcf").write_text("".join(cards))
    return folder / "in.vcf"


def answer(folder: Path, phones: list[str]) -> Path:
    rows = [{"id": at, "properties": {"phone": phone}} for at, phone in enumerate(phones)]
    (folder / "in.json").write_text(json.dumps({"results": rows}))
    return folder / "in.json"


@pytest.mark.parametrize(
    ("make", "options", "extension"),
    [
        (no_header, ("--no-header",), "csv"),
        (google, (), "csv"),
        (google, ("--map", "phone=Phone 1 - Value,Phone 2 - Value"), "csv"),
        (arrow, (), "arrow"),
        (vcards, (), "csv"),
        (answer, ("--map", "phone=properties.phone"), "ndjson"),
    ],
    ids=["no header", "numbered phones", "phones that are named", "arrow", "vcards", "an API's answer"],
)
def test_the_report_is_run_again(
    program: Program, sandboxes: Sandboxes, make: object, options: tuple[str, ...], extension: str
) -> None:
    """Who was not a contact is one by then: the rerun of the report reaches the same number, and no other."""
    phones = numbers(3)
    server = sandboxes(phones[:2])
    source = make(program.folder, phones)  # type: ignore[operator]
    done = program("fulfill", source, *options, "--base-url", server.url, *FAST)
    assert done.code == 3, done.err
    failures = done.run / f"failures.{extension}"
    assert failures.exists(), sorted(done.run.iterdir())
    server.create(phones[2])
    again = program("rerun", failures, "--base-url", server.url, *FAST)
    assert again.code == 0, again.err + again.out
    assert sorted(server.applied()) == sorted(phones)
