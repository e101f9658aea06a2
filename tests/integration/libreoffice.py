"""A trip through LibreOffice, headless: a file is opened and saved as another, as a person would."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_SOFFICE = shutil.which("soffice")

needs_office = pytest.mark.skipif(_SOFFICE is None, reason="LibreOffice (soffice) is not there")


def saved_again(path: Path, kind: str, profile: Path) -> Path:
    """`path` as LibreOffice saves it: `kind` is csv, xlsx, or `csv;`, with semicolons, as half of Europe has it."""
    assert _SOFFICE is not None
    out = path.parent / f"saved-as-{kind.strip(';')}"
    how = "csv:Text - txt - csv (StarCalc):59,34,76,1" if kind == "csv;" else kind
    done = subprocess.run(
        [_SOFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", how, "--outdir", out, path],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    made = out / f"{path.stem}.{kind.strip(';')}"
    assert made.is_file(), done.stdout + done.stderr
    return made
