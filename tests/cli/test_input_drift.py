"""The same command, and its file is not as it was: the drift is named, and nothing is sent until the user chooses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cli.harness import KEY, Ended, Program, Sandbox, Sandboxes, numbers, wait_for, write_csv
from faults.storage.harness import FAST

from batch.api.calls import resume, run
from batch.errors import InputRefused
from batch.loader import ReadOptions
from batch.model import ContactChange, Operation
from batch.runs import input_drift
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

HEADER = ["phone", "note"]


class Begun:
    """A run over eight contacts of which the first three were written, and its file."""

    def __init__(self, program: Program | None, sandboxes: Sandboxes, folder: Path) -> None:
        self._program = program
        self.folder = folder
        self.phones = numbers(12)
        self.server: Sandbox = sandboxes(self.phones)
        self.rows = [[phone, f"n{at}"] for at, phone in enumerate(self.phones[:8])]
        self.write(self.rows)
        self.command = ("update", "in.csv", "--status", "DNC", "--base-url", self.server.url, *FAST)
        self.settings = Settings(
            base_url=self.server.url, key=ApiKey(KEY), out=folder / "reports", state=folder / "state"
        )
        self.run = self.in_here(limit=3) if program is None else program(*self.command, "--limit", "3").run

    @property
    def program(self) -> Program:
        assert self._program is not None
        return self._program

    def in_here(self, **settings: Any) -> Path:
        """The folder of the run by the same command, given in this very process."""
        reading = ReadOptions(Operation.UPDATE, ask=ContactChange(status="DNC"))
        return run(self.folder / "in.csv", reading, replace(self.settings, **settings)).folder

    def write(self, rows: list[list[str]], header: list[str] = HEADER) -> None:
        write_csv(self.folder / "in.csv", header, rows)

    def again(self, *options: str) -> Ended:
        return self.program(*self.command, *options)

    def written(self) -> Counter[str]:
        return self.server.applied()


@pytest.fixture
def begun(program: Program, sandboxes: Sandboxes) -> Begun:
    return Begun(program, sandboxes, program.folder)


def inserted(begun: Begun) -> None:
    begun.write([[begun.phones[9], "new"], *begun.rows])


def moved(begun: Begun) -> None:
    begun.write([*begun.rows[1:], begun.rows[0]])


def turned_round(begun: Begun) -> None:
    begun.write(begun.rows[::-1])


def edited(begun: Begun) -> None:
    begun.write([begun.rows[0], [begun.phones[1], "other"], *begun.rows[2:7], [begun.phones[10], "n7"]])


def removed(begun: Begun) -> None:
    begun.write([*begun.rows[:4], *begun.rows[6:]])


def all_at_once(begun: Begun) -> None:
    begun.write([[begun.phones[9], "new"], begun.rows[0], [begun.phones[1], "other"], *begun.rows[3:6], begun.rows[2],
                 begun.rows[7]])  # fmt: skip


def a_column(begun: Begun) -> None:
    begun.write([[*row, "x"] for row in begun.rows], [*HEADER, "owner"])


def another_file(begun: Begun) -> None:
    begun.write([[phone, "z"] for phone in begun.phones[8:]])


CHANGES = [
    (inserted, ["1 row added: row 2", "8 rows are unchanged"]),
    (edited, ["2 rows edited: row 3, row 9; 1 was sent before", "6 rows are unchanged"]),
    (removed, ["2 rows removed: row 6, row 7", "6 rows are unchanged"]),
    (all_at_once, ["1 row added: row 2", "1 row edited: row 3 (now 4)", "1 row removed: row 8",
                   "6 rows are unchanged"]),
    (a_column, ["column added: 'owner'", "8 rows are unchanged"]),
    (another_file, ["4 rows edited: row 2, row 3, row 4, row 5; 3 were sent before", "4 rows removed"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "told"), CHANGES, ids=[change.__name__ for change, _ in CHANGES])
def test_a_drift_is_named_by_kind(
    tmp_path: Path, sandboxes: Sandboxes, change: Callable[[Begun], None], told: list[str]
) -> None:
    """Each kind of change with its count, the first rows, and how many were sent before; both choices; no call."""
    begun = Begun(None, sandboxes, tmp_path)
    change(begun)
    before = len(begun.server.log("requests"))
    with pytest.raises(InputRefused, match="was changed after") as caught:
        begun.in_here()
    for words in told:
        assert words in str(caught.value)
    with pytest.raises(InputRefused, match="was changed after") as caught:
        resume(None, begun.settings)
    assert told[0] in str(caught.value)
    assert len(begun.server.log("requests")) == before


def test_a_program_that_takes_the_file_as_it_comes_is_found_out(
    tmp_path: Path, sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an edited file is another run without a word, the contacts of before are written twice."""
    begun = Begun(None, sandboxes, tmp_path)
    inserted(begun)
    monkeypatch.setattr(input_drift, "find_command", lambda catalog, wanted, loaded: wanted.command)
    begun.in_here()
    assert begun.written() == Counter(begun.phones[:8]) + Counter(begun.phones[:3]) + Counter([begun.phones[9]])


def test_nothing_is_sent_until_the_user_chooses(begun: Begun) -> None:
    """Exit 4 for the command and for a `resume` that names no run; both choices as commands; no phone on the screen."""
    inserted(begun)
    before = len(begun.server.log("requests"))
    for command in (begun.command, ("resume", "--yes")):
        refused = begun.program(*command)
        assert refused.code == 4, refused.err
        assert "1 row added: row 2" in refused.err
        assert f"guayaba-batch resume {begun.run.relative_to(begun.folder)}" in refused.err
        assert "--fresh" in refused.err
        assert "Traceback" not in refused.err
        assert not any(phone in refused.err for phone in begun.phones)
    assert len(begun.server.log("requests")) == before
    assert len(list(begun.folder.glob("reports/2*"))) == 1


def test_resume_goes_on_with_the_rows_as_they_were(begun: Begun) -> None:
    """`resume RUN` is the choice of the plan: it says how the file differs, and sends what was planned."""
    all_at_once(begun)
    ended = begun.program("resume", begun.run, "--yes")
    assert ended.code == 0, ended.err
    assert "1 row added: row 2; 1 row edited: row 3 (now 4)" in ended.err
    assert "The rows are sent as they were." in ended.err
    assert begun.written() == Counter(begun.phones[:8])
    assert [row["phone"] for row in ended.report()] == begun.phones[:8]
    assert begun.again().code == 0  # now nothing is unfinished: the file as it is now is another run
    assert len(list(begun.folder.glob("reports/2*"))) == 2


def test_fresh_takes_the_file_as_it_is_now_and_closes_the_unfinished_run(begun: Begun) -> None:
    """`--fresh` is the choice of the file; the old run never comes up again."""
    edited(begun)
    ended = begun.again("--fresh")
    assert ended.code == 0, ended.err
    assert [row["phone"] for row in ended.report()] == [*begun.phones[:7], begun.phones[10]]
    assert begun.phones[7] not in begun.written()
    states = [run["state"] for run in json.loads(begun.program("runs", "--json").out)["runs"]]
    assert states == ["finished", "finished"]
    assert begun.program("resume").code == 2


def test_a_fresh_run_that_is_not_confirmed_closes_nothing(begun: Begun) -> None:
    """Without a yes the unfinished run is as it was, and the same command goes on with it."""
    command = [part for part in begun.command if part != "--yes"]
    code = f"import pty, sys; sys.exit(pty.spawn([{sys.executable!r}, '-m', 'batch', *{[*command, '--fresh']!r}]) >> 8)"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=begun.folder, env=begun.program.env, input="n\n", text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert "not confirmed" in done.stdout + done.stderr
    ended = begun.again()
    assert (ended.code, len(ended.runs)) == (0, 1)
    assert begun.written() == Counter(begun.phones[:8])


def quoted(begun: Begun) -> None:
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [HEADER, *begun.rows])
    (begun.folder / "in.csv").write_text(text, encoding="utf-8-sig")


def columns_turned(begun: Begun) -> None:
    begun.write([row[::-1] for row in begun.rows], HEADER[::-1])


@pytest.mark.parametrize("change", [quoted, columns_turned, moved, turned_round])
def test_the_same_rows_in_other_bytes_are_the_same_input(
    tmp_path: Path, sandboxes: Sandboxes, change: Callable[[Begun], None]
) -> None:
    """Quotes, line ends, and another order of columns or rows change no row: the run goes on."""
    begun = Begun(None, sandboxes, tmp_path)
    change(begun)
    assert begun.in_here() == begun.run
    assert begun.written() == Counter(begun.phones[:8])


def test_another_wish_or_another_file_is_another_run(begun: Begun) -> None:
    """What is asked differs, or the place of the file does: the unfinished run is not in its way."""
    inserted(begun)
    write_csv(begun.folder / "copy.csv", HEADER, begun.rows[3:])
    wish = begun.program("update", "in.csv", "--status", "paused", "--allow-lifting-dnc", *begun.command[4:])
    place = begun.program("update", "copy.csv", *begun.command[2:])
    assert (wish.code, place.code, len(place.runs)) == (0, 0, 3), wish.err + place.err


def test_what_is_piped_in_has_no_place_to_be_changed(program: Program, sandboxes: Sandboxes) -> None:
    """Standard input is never the same file: other rows are another run."""
    known = numbers(3)
    server = sandboxes(known)
    command = ("fulfill", "-", "--base-url", server.url, *FAST)
    assert program(*command, "--limit", "1", stdin="phone\n" + "\n".join(known[:2])).code == 75
    assert program(*command, stdin="phone\n" + known[2] + "\n").code == 0


def test_a_file_that_is_worked_on_is_locked_although_it_changed(program: Program, sandboxes: Sandboxes) -> None:
    """While a process works on the run, the same command on the edited file ends with 11 and names that process."""
    known = numbers(300)
    server = sandboxes(known, "--latency", "1500")
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known])
    command = ("fulfill", "in.csv", "--base-url", server.url, *FAST)
    running = program.start(*command)
    wait_for(lambda: len(server.writes()) > 3)
    write_csv(program.folder / "in.csv", ["phone"], [[phone] for phone in known[1:]])
    refused = program(*command)
    running.kill()
    assert (refused.code, str(running.pid) in refused.err) == (11, True), refused.err


def test_a_rerun_names_how_its_report_was_edited(begun: Begun) -> None:
    """A rerun that was cut short, and its report is corrected meanwhile: the same choice, in the report's rows."""
    failures = begun.run / "failures.csv"
    command = ("rerun", failures, *FAST)
    assert begun.program(*command, "--limit", "2").code == 75
    failures.write_text(failures.read_text(encoding="utf-8-sig").replace(",n6,", ",other,"), encoding="utf-8-sig")
    refused = begun.program(*command)
    assert refused.code == 4
    assert "1 row edited: row 5" in refused.err
    assert begun.program(*command, "--fresh").code == 0
    assert begun.written() == Counter(begun.phones[:8])


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_workbook_or_table_that_was_saved_again_is_the_same_input(
    program: Program, sandboxes: Sandboxes, kind: str
) -> None:
    """The bytes of a workbook differ whenever it is saved; its rows decide, and an edited one is named."""
    known = numbers(4)
    server = sandboxes(known)
    path = program.folder / f"in.{kind}"

    def save(phones: list[str], note: str) -> None:
        frame = pl.DataFrame({"phone": phones, "note": [note] * len(phones)})
        if kind == "xlsx":
            import xlsxwriter

            with xlsxwriter.Workbook(path) as book:
                sheet = book.add_worksheet()
                for at, row in enumerate([frame.columns, *frame.rows()]):
                    sheet.write_row(at, 0, row)
                book.set_properties({"comments": str(path.exists())})
        else:
            frame.write_parquet(path, compression="snappy" if path.exists() else "zstd")

    save(known, "a")
    command = ("fulfill", path.name, "--base-url", server.url, *FAST)
    assert program(*command, "--limit", "1").code == 75
    before = path.read_bytes()
    save(known, "a")
    assert path.read_bytes() != before
    assert program(*command, "--limit", "1").code == 75
    save(known[::-1], "b")
    refused = program(*command)
    assert refused.code == 4
    assert "4 rows edited" in refused.err
    save(known, "a")
    ended = program(*command)
    assert (ended.code, len(ended.runs)) == (0, 1), ended.err
    assert server.applied() == Counter(known)


def test_a_file_that_is_no_table_any_more_does_not_stop_the_plan(begun: Begun) -> None:
    """`resume RUN` says that the file cannot be compared, and goes on: the plan is in the journal."""
    Path(begun.folder / "in.csv").write_bytes(b"PK\x03\x04 no workbook")
    ended = begun.program("resume", begun.run, "--yes")
    assert ended.code == 0, ended.err
    assert "cannot be compared" in ended.err
    assert begun.written() == Counter(begun.phones[:8])
