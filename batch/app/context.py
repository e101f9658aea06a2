"""What the pages share: settings, files, tasks, templates.

Owns: `AppContext`, the reviews that are kept in memory, and how a job becomes read options of the Python API.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from batch import Operation, Settings
from batch.api.accounts import TeamChoices
from batch.api.review import Correction, Review, list_roles, review
from batch.app.corrections import CorrectionFiles
from batch.app.guard import Access
from batch.app.jobs import READ_CHOICES, Job, JobFolder, RunChoices
from batch.app.tasks import Tasks
from batch.app.templates import Templates
from batch.errors import SettingsError
from batch.text.atomic_file import atomic_file
from batch.text.language import current_language, tr

#: Reviews that are kept: a person works on one file, two people on two.
_KEPT: Final = 2


class GatherSettings(Protocol):
    """The settings in force now, with the key of `account` if it is needed. Raises SettingsError."""

    def __call__(self, *, need_key: bool, account: str = "") -> Settings: ...


@dataclass(slots=True)
class AppContext:
    """Everything that outlives a request. `sample` is a file of sample contacts, in the demo."""

    access: Access
    gather: GatherSettings
    folder: Path
    jobs: JobFolder
    tasks: Tasks
    templates: Templates
    sample: Path | None = None
    #: (address, keys) -> when (monotonic seconds) the teams were asked, and what they have.
    choices: dict[tuple[str, ...], tuple[float, TeamChoices]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    corrections: CorrectionFiles = field(default_factory=CorrectionFiles)
    _reviews: OrderedDict[tuple[object, ...], Review] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settings(self, *, need_key: bool, account: str = "") -> Settings:
        """The settings in force now, in the language of the page. Raises SettingsError."""
        found = self.gather(need_key=need_key, account=account)
        return replace(found, language=current_language())

    def local_settings(self) -> Settings:
        """The settings without the key: for pages that make no call."""
        return self.settings(need_key=False)

    def run_folder(self, name: str) -> Path:
        """The folder of the run with this name. Raises SettingsError where `name` is none."""
        out = self.local_settings().out
        if not name or Path(name).name != name or name.startswith("."):
            raise SettingsError(tr("there is no such run."))
        return out / name

    def run_corrections(self, run: str) -> Path:
        """The file of the corrections of the rows that a run did not do."""
        return self._of_runs(f"{run}.corrections.csv")

    def _of_runs(self, name: str) -> Path:
        folder = self.folder / "runs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / name

    def keep_choices(self, run: str, choices: RunChoices) -> None:
        """Keep what was chosen for the run. Raises OSError."""
        with atomic_file(self._of_runs(f"{run}.json")) as sink:
            sink.write(msgspec.json.encode(choices))

    def read_choices(self, run: str) -> RunChoices | None:
        """What was chosen for the run; `None` where the command line began it."""
        with suppress(OSError, msgspec.MsgspecError):
            return msgspec.json.decode(self._of_runs(f"{run}.json").read_bytes(), type=RunChoices)
        return None

    def saved_corrections(self) -> Path:
        """The file of all corrections so far, for the exports to come."""
        return self.folder / "corrections.csv"

    def job_corrections(self, job: Job) -> tuple[Correction, ...]:
        """The corrections of the file of `job`. Raises SettingsError where they are damaged."""
        return self.corrections.read(self.jobs.corrections_file(job))

    def options(self, job: Job, operation: Operation) -> dict[str, Any]:
        """The read options of `job` for `operation`."""
        known = set(list_roles(operation))
        by_id = operation is Operation.UPDATE_BY_ID
        options: dict[str, Any] = {name: value for name in READ_CHOICES if (value := getattr(job, name))}
        options["mapping"] = {
            role: header for role, header in job.mapping.items() if role in known or (by_id and role.startswith("var:"))
        }
        options["corrections"] = self.job_corrections(job)
        if operation is not Operation.FULFILL:
            options |= {name: value for name in ("status", "campaign") if (value := getattr(job, name))}
        return options

    def review(self, job: Job, operation: Operation) -> Review:
        """What a run of `operation` would find in the file of `job`. Raises as `batch.check`."""
        options = self.options(job, operation)
        key = (job.id, operation, job.account, repr(sorted(options.items(), key=lambda pair: pair[0])))
        with self._lock:
            if (kept := self._reviews.get(key)) is not None:
                self._reviews.move_to_end(key)
                return kept
        found = review(self.jobs.source(job), operation, self.settings(need_key=False, account=job.account), **options)
        with self._lock:
            self._reviews[key] = found
            while len(self._reviews) > _KEPT:
                self._reviews.popitem(last=False)
        return found
