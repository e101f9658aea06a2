"""A trip through LibreOffice, headless: a file is opened and saved as another, as a person would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter
from cli.harness import wait_for

_SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
_SEMICOLONS = "Text - txt - csv (StarCalc):59,34,76,1"

needs_office = pytest.mark.skipif(_SOFFICE is None, reason="no LibreOffice is installed")

Office = Callable[..., Path]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A function: `path` as LibreOffice saves it again. `kind` is csv, xlsx, or `csv;`, with semicolons, as half of
    Europe has it; `opened` and `saved` are filters of LibreOffice. One program that holds an empty workbook open serves
    all calls: to start it costs a second of one core, and a call that finds it a tenth."""
    assert _SOFFICE is not None
    folder = tmp_path_factory.mktemp("office")
    command = [_SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore"]
    held = folder / "held.xlsx"
    xlsxwriter.Workbook(held).close()
    program = subprocess.Popen(
        [*command, held], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )

    def saved_again(path: Path, kind: str, *, opened: str = "", saved: str = "") -> Path:
        extension = kind.strip(";")
        how = saved or (_SEMICOLONS if kind == "csv;" else "")
        out = tmp_path_factory.mktemp("saved")
        options = [f"--infilter={opened}"] if opened else []
        options += ["--convert-to", f"{extension}:{how}" if how else extension, "--outdir", str(out)]
        done = subprocess.run([*command, *options, path], capture_output=True, text=True, timeout=120, check=False)
        made = out / f"{path.stem}.{extension}"
        assert made.is_file(), done.stdout + done.stderr
        return made

    try:
        wait_for((folder / ".~lock.held.xlsx#").exists)
        yield saved_again
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
