"""The files that were given to the page, each in a private folder with what was chosen for it.

Owns: the folder of a job (the upload as it came, `job.json`, `corrections.csv`), and names as words: nothing that a
browser sends becomes a path.
"""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any, Final

import msgspec

from batch import SettingsError
from batch.text.atomic_file import atomic_file
from batch.text.language import tr

_ID: Final = re.compile(r"[0-9a-f]{16}")
_UNSAFE: Final = re.compile(r"[^\w .()&+,=@~-]+")
_LONGEST: Final = 80
_WORKBOOKS: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
#: The roles and the choices of a job that become read options of the Python API, by the same names.
READ_CHOICES: Final = (
    *("sheet", "region", "header_row", "no_header", "hidden_rows", "encoding"),
    *("phone_check", "two_numbers", "on_conflict", "phones"),
)
#: Those that become settings of the run.
GUARD_CHOICES: Final = ("allow_reactivation", "allow_lifting_dnc", "keep_before", "skip_unchanged")


class Job(msgspec.Struct):
    """A file and what is to be done with it. `mapping` is role -> header; `operation` empty: not chosen yet."""

    id: str
    name: str
    created_at: float
    operation: str = ""
    status: str = ""
    campaign: str = ""
    account: str = ""
    mapping: dict[str, str] = {}
    sheet: str = ""
    region: str = ""
    header_row: int | None = None
    hidden_rows: str = ""
    encoding: str = ""
    no_header: bool = False
    phone_check: str = ""
    two_numbers: str = ""
    on_conflict: str = ""
    phones: str = ""
    allow_reactivation: bool = False
    allow_lifting_dnc: bool = False
    keep_before: bool = False
    skip_unchanged: bool = False
    #: The name of the run that sent it last.
    run: str = ""
    #: The corrections of earlier files were taken.
    reused: bool = False

    @property
    def is_workbook(self) -> bool:
        """True for a file that can have hidden rows."""
        return Path(self.name).suffix.lower() in _WORKBOOKS


class RunChoices(msgspec.Struct):
    """What was chosen for a run, for its continuation."""

    account: str = ""
    allow_reactivation: bool = False
    allow_lifting_dnc: bool = False


class JobFolder:
    """All jobs, below one private folder; any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)

    def create(self, name: str) -> Job:
        """A new job for a file of this name; its bytes go to `source`."""
        job = Job(secrets.token_hex(8), safe_name(name), time())
        (self._folder / job.id).mkdir(mode=0o700)
        self._save(job)
        return job

    def load(self, job_id: str) -> Job | None:
        """The job with this id, or `None`."""
        if _ID.fullmatch(job_id) is None:
            return None
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode((self._folder / job_id / "job.json").read_bytes(), type=Job)
        return None

    def update(self, job_id: str, **chosen: Any) -> Job:
        """The job with what was `chosen`, which is kept; what another page chose meanwhile stays. Raises SettingsError
        where it was removed, OSError."""
        with self._lock:
            job = self.load(job_id)
            if job is None:
                raise SettingsError(tr("This file is not here any more. Give it again."))
            job = msgspec.structs.replace(job, **chosen)
            self._save(job)
            return job

    def _save(self, job: Job) -> None:
        with atomic_file(self._folder / job.id / "job.json") as sink:
            sink.write(msgspec.json.encode(job))

    def remove(self, job: Job) -> None:
        """Delete the file and what was chosen for it. Runs stay."""
        shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def recent(self, count: int) -> list[Job]:
        """The newest jobs, the newest first."""
        found = [job for each in self._folder.iterdir() if (job := self.load(each.name)) is not None]
        return sorted(found, key=lambda job: -job.created_at)[:count]

    def source(self, job: Job) -> Path:
        """The file of the job, as it came."""
        return self._folder / job.id / "file" / job.name

    def open_source(self, job: Job) -> Path:
        """The place for the bytes of a new job."""
        path = self.source(job)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path

    def corrections_file(self, job: Job) -> Path:
        """The corrections of the job's file."""
        return self._folder / job.id / "corrections.csv"


def safe_name(name: str) -> str:
    """A file name of plain words: its last part, without what a path or a shell could take for more."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNSAFE.sub("_", last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    short = f"{stem[: _LONGEST - 12]}{dot}{ending[:10]}" if dot else plain[:_LONGEST]
    return short or "contacts"
