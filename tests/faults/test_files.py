"""The files: what an export may be when somebody means harm or a disk failed. Each is read by the real program.

What must hold: it ends within bounds of time and memory, in words and not in a traceback, and a file that cannot be
read as a whole sends nothing.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import xlsxwriter
from cli.harness import PATIENCE_S, Program, Sandboxes, numbers, write_csv
from harness.forked import start

from batch.errors import Exit

PHONE = numbers(1)[0]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(replaced: dict[str, bytes] | None = None) -> bytes:
    """A small workbook, some parts of it replaced by others."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet().write_column(0, 0, ["Phone", PHONE])
    changed = io.BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, (replaced or {}).get(name, source.read(name)))
    return changed.getvalue()


def sheet(cells: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


ENTITIES = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)
) + "]>"  # fmt: skip
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>Phone</t></is></c></row>'


class File(NamedTuple):
    """A file's name and content, and what `check` must say: exit codes that will do, and words."""

    name: str
    content: bytes | Callable[[], bytes]
    codes: tuple[int, ...] = (Exit.REFUSED,)
    words: str = ""


FILES = {
    "a cell at the end of the grid": File(
        "a.xlsx", lambda: workbook({SHEET: sheet(CELL + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}),
        (Exit.SOME_ROWS,),
        words="row 1048576",
    ),
    "a zip bomb": File("a.xlsx", lambda: workbook({SHEET: sheet(CELL + " " * 90_000_000)}), words="unpacks"),
    "an entity bomb": File(
        "a.xlsx", lambda: workbook({SHEET: sheet('<row r="1"><c t="str"><v>&j;</v></c></row>', ENTITIES)}),
        (Exit.REFUSED, Exit.SOME_ROWS, Exit.USAGE),
    ),
    "a workbook that is no zip": File("a.xlsx", b"PK\x03\x04 not really", words="the zip archive is not complete"),
    "an old workbook that is none": File(
        "a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096, words="cannot be read as XLS"
    ),
    "a workbook cut in the middle": File("a.xlsx", lambda: workbook()[:-200], words="the zip archive is not complete"),
    "a CSV full of NULs": File("a.csv", b"\0" * 100_000),
    "a NUL in a cell": File(
        "a.csv", b"Name,Phone\nA\0b," + PHONE.encode() + b"\n", (Exit.OK, Exit.SOME_ROWS, Exit.REFUSED)
    ),
    "one line of 200 MB": File("a.csv", lambda: b"Phone\n" + b"5" * 200_000_000, (Exit.SOME_ROWS, Exit.REFUSED)),
    "100,000 columns": File(
        "a.csv", (",".join(f"c{n}" for n in range(100_000)) + "\n" + "," * 99_999 + "\n").encode
    ),
    "a quote that is never closed": File(
        "a.csv", b'Phone,Name\n+12125550100,"Ada\n+12125550101,Bob\n', (Exit.SOME_ROWS, Exit.REFUSED)
    ),
    "UTF-16 that says UTF-8": File("a.csv", b"\xef\xbb\xbf" + "Phone\n+12125550100\n".encode("utf-16-le")),
    "random bytes": File("a.csv", lambda: os.urandom(100_000), (Exit.REFUSED, Exit.SOME_ROWS)),
    "random bytes that say Parquet": File("a.parquet", lambda: b"PAR1" + os.urandom(5_000) + b"PAR1"),
    "a gzip bomb": File(
        "a.csv.gz", lambda: gzip.compress(b"Phone\n" + b"1" * 500_000_000, 1), (Exit.SOME_ROWS, Exit.REFUSED)
    ),
    "terminal escapes in every cell": File(
        "a.csv", b"Phone,\x1b]0;owned\x07\n\x1b[2J\x1b[31mnot a number,=cmd|' /C calc'!A0\n", (Exit.SOME_ROWS,),
    ),
    "an empty file": File("a.csv", b""),
}  # fmt: skip


#: At most 6 GB of memory and two minutes of work, and no file over 1 GB.
BOUNDS = {"AS": 6 << 30, "CPU": 120, "FSIZE": 1 << 30}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_means_harm_is_read_within_bounds(program: Program, name: str) -> None:
    """Within bounds of memory and time the program says in words what it is, and shows no control character."""
    file = FILES[name]
    path = program.folder / file.name
    path.write_bytes(file.content() if callable(file.content) else file.content)
    printed = program.folder / "printed"
    with printed.open("wb") as sink:  # as bytes: a text stream would hide what ends a line
        done = start(
            ["check", str(path), "--region", "US"], cwd=program.folder, env=program.env, limits=BOUNDS,
            stdout=sink.fileno(), stderr=sink.fileno(),
        )  # fmt: skip
        program.started.append(done)
        done.wait(PATIENCE_S)
    said = printed.read_bytes().decode()
    assert done.returncode in file.codes, said[-2000:]
    assert file.words in said, said[-2000:]
    assert "Traceback" not in said and "panicked" not in said, said[-2000:]
    assert not any(ord(sign) < 32 and sign != "\n" for sign in said)
    assert len(said) < 20_000


def test_script_and_formulas_in_names_stay_text(program: Program, sandboxes: Sandboxes) -> None:
    """Markup and formulas in cells and headers are text on the page, and nothing else, in every report."""
    evil = ["<script>alert(1)</script>", '=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "\u202egnp.exe"]
    rows = [[text, text, phone] for text, phone in zip(evil, numbers(4), strict=True)]
    write_csv(program.folder / "in.csv", ["<img src=x onerror=alert(1)>", "Name", "Phone"], rows)
    server = sandboxes(["+12025550199"])
    ended = program(
        "update", "in.csv", "--status", "DNC", "--base-url", server.url, "--yes", "--format", "csv,xlsx"
    )  # fmt: skip
    assert ended.code == Exit.SOME_ROWS, ended.err
    page = (ended.run / "report.html").read_text()
    assert "&lt;script&gt;alert" in page, "the names are on it"
    assert "<script>alert" not in page and "<img src=x" not in page
    for line in (ended.run / "failures.csv").read_text(encoding="utf-8-sig").splitlines()[1:]:
        assert not line.lstrip('"').startswith(("=", "+1+cmd", "@"))
    with zipfile.ZipFile(ended.run / "failures.xlsx") as book:
        assert b"<f>" not in book.read(SHEET)


def test_a_folder_or_a_device_is_no_file(program: Program) -> None:
    """What is no file is refused at once, and not waited for."""
    os.mkfifo(program.folder / "pipe.csv")
    for name in (".", "/dev/zero", "pipe.csv"):
        ended = program("check", Path(name))
        assert ended.code == Exit.REFUSED, (name, ended.err)
