"""Several files as one table: columns by name, rows numbered on, and where each row came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from batch.errors import InputRefused
from batch.loader import ReadOptions, as_source, load
from batch.loader.sources.open import open_source
from batch.loader.sources.several_files import SeveralFiles, files_sha256, given_files
from batch.model import ContactChange, Operation

Write = Callable[..., SeveralFiles]
DNC = ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC"), region="US")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes each text as a CSV file (a.csv, b.csv, ...) and gives them as one source."""

    def files(*texts: str) -> SeveralFiles:
        paths = [tmp_path / f"{'abcdefghij'[at]}.csv" for at in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return SeveralFiles(tuple(paths))

    return files


def rows(files: SeveralFiles) -> list[tuple[object, ...]]:
    """Every row of the table, as its chunks have it."""
    return [row for chunk in open_source(files, DNC).chunks() for row in chunk.iter_rows()]


def test_columns_are_united_by_name_and_rows_numbered_on(write: Write) -> None:
    """Capitals and order do not count, a column that a file lacks is empty, and no number names two rows."""
    files = write("Name,Phone\nAnn,1\nBob,2\n", "PHONE,City\n3,Lima\n")
    source = open_source(files, DNC)
    assert source.header == ("Name", "Phone", "City", "source_file", "source_row")
    assert rows(files) == [
        (2, None, "Ann", "1", None, "a.csv", "2"),
        (3, None, "Bob", "2", None, "a.csv", "3"),
        (5, None, None, "3", "Lima", "b.csv", "2"),
    ]
    assert rows(files) == rows(files), "it can be read again"


@pytest.mark.parametrize(
    ("first", "second", "header", "reason"),
    [
        ("var:Plan", "var:plan", ("var:Plan", "var:plan"), "capitals are part of a variable's name"),
        ("Teléfono", "telefono", ("Teléfono",), "accents do not count"),
        ("Phone,Phone", "phone", ("Phone", "Phone"), "the second column of a name is another one"),
        ("\u2116", "%", ("\u2116", "%"), "signs alone are names, too"),
    ],
)  # fmt: skip
def test_which_columns_are_one(write: Write, first: str, second: str, header: tuple[str, ...], reason: str) -> None:
    """Columns of two files are one where their names agree."""
    cells = ",".join("1" for _ in first.split(","))
    assert open_source(write(f"{first}\n{cells}\n", f"{second}\n1\n"), DNC).header[:-2] == header, reason


def test_a_broken_row_is_no_cell_of_another_column(write: Write) -> None:
    """The raw line of a row with too many cells stays in the first cell, and is named as broken."""
    *_, broken = rows(write("Name,Phone\nAnn,1\n", "Phone,City\n1,2,3\n"))
    assert broken[1] is not None
    assert (broken[2], broken[3], broken[4]) == ("1,2,3", None, None)


def test_the_notices_name_the_rows_and_the_columns_of_each_file(write: Write) -> None:
    """A number in a message can be found in its file, and a misspelt header is seen."""
    loaded = load(write("Phone,Name\n(212) 555-0100,Ann\n", "Phone\n(212) 555-0101\n(212) 555-0102\n", "Phone\n"), DNC)
    told = "\n".join(loaded.survey.notices)
    assert "'Name' (only in a.csv)" in told
    assert "a.csv: rows 2 to 2; b.csv: rows 4 to 5; c.csv: no rows" in told


def test_duplicates_fold_across_files(write: Write) -> None:
    """One contact in two files is one call."""
    loaded = load(write("Phone\n(212) 555-0100\n", "Phone\n212-555-0100\n+12125550101\n"), DNC)
    assert (loaded.survey.rows, loaded.survey.sendable, loaded.survey.duplicates) == (3, 2, 1)


REFUSED = [
    ("Phone\n1\n", "Tel\n2\n", {"phone": "Phone"}, "b.csv has no column 'Phone'", "a column that is read"),
    ("Phone\n1\n", "Phone,_row,_outcome,_run\n1,2,failed,r\n", {}, "b.csv is the report of a run", "a report"),
]


@pytest.mark.parametrize(("first", "second", "mapping", "message", "reason"), REFUSED)
def test_what_is_not_one_table(
    write: Write, first: str, second: str, mapping: dict[str, str], message: str, reason: str
) -> None:
    """Files that lack what is read, and reports, are refused with their names."""
    options = ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC"), region="US", mapping=mapping)
    with pytest.raises(InputRefused) as caught:
        load(write(first, second), options)
    assert message in str(caught.value), reason


@pytest.mark.parametrize(("paths", "message"), [(["a.csv", "./a.csv"], "given twice"), (["a.csv", "-"], "stdin")])
def test_what_cannot_be_given_together(paths: list[str], message: str) -> None:
    """A file counts once, and standard input is read alone."""
    with pytest.raises(InputRefused, match=message):
        given_files([Path(path) for path in paths])


def test_a_list_of_paths_is_several_files() -> None:
    """In Python a list of paths is one table; a list of one path is that file."""
    assert as_source(["a.csv", Path("b.csv")]) == SeveralFiles((Path("a.csv"), Path("b.csv")))
    assert as_source(["a.csv"]) == Path("a.csv")


def test_the_hash_does_not_know_the_order(write: Write) -> None:
    """The same files in another order are the same input; another byte is another input."""
    files = write("Phone\n1\n", "Phone\n2\n")
    turned = SeveralFiles(files.paths[::-1])
    assert open_source(files, DNC).sha256 == open_source(turned, DNC).sha256
    assert files_sha256(["00" * 32, "11" * 32]) != files_sha256(["00" * 32, "12" * 32])


def test_formats_may_differ(tmp_path: Path, write: Write) -> None:
    """A CSV file and a Parquet file are one table, whose report is CSV."""
    (a,) = write("Phone\n(212) 555-0100\n").paths
    pl.DataFrame({"Phone": ["+12125550101"], "Score": [7]}).write_parquet(tmp_path / "b.parquet")
    loaded = load(SeveralFiles((a, tmp_path / "b.parquet")), DNC)
    assert (loaded.facts.format, loaded.survey.sendable) == ("csv", 2)
