"""The work that goes on behind the pages: planning, sending, verifying, each in a thread of its own.

Owns: what is under way in this program, its confirmation by a page, and stopping it. A task goes on when the tab
closes. The truth about a run is its journal: a task only knows what is not there yet.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final, Literal

import structlog

from batch import BatchError, PlanPreview, Progress, RunControl
from batch.errors import Exit
from batch.text.language import tr

#: Seconds that a plan waits for its confirmation. Nothing is sent meanwhile, and the run is locked.
PATIENCE_S: Final = 1800.0
#: Ended tasks that are remembered, for pages that ask how they ended.
_REMEMBERED: Final = 64

State = Literal["planning", "waiting", "running", "ended"]


@dataclass(slots=True)
class Task:
    """One piece of work. `subject` is what it is about (a job, a run): one subject has one task at a time."""

    id: str
    subject: str
    kind: str
    back: str
    #: The folder of its run, once that is known.
    folder: Path | None = None
    state: State = "planning"
    control: RunControl = field(default_factory=RunControl)
    preview: PlanPreview | None = None
    message: str = ""
    result: Any = None
    error: BatchError | None = None
    #: The plan was refused, or waited too long.
    cancelled: bool = False
    expired: bool = False
    version: int = 0
    _decision: bool | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    #: Called with the name of the run when it begins.
    _on_begin: Callable[[str], None] = lambda _: None

    def ask(self, preview: PlanPreview) -> bool:
        """Wait for the page's decision about `preview`. Called by the run, in its thread."""
        with self._changed:
            self._show(preview)
            end = monotonic() + PATIENCE_S
            while self._decision is None and not self.control.is_stopping and (left := end - monotonic()) > 0:
                self._changed.wait(min(left, 1.0))
            confirmed = bool(self._decision) and not self.control.is_stopping
            self.cancelled = not confirmed
            self.expired = self._decision is None and not self.control.is_stopping
            if self.state == "waiting":
                self._set("planning")
            return confirmed

    def _show(self, preview: PlanPreview) -> None:
        self.preview, self._decision = preview, None  # each plan needs a decision of its own
        self._set("waiting")

    def decide(self, confirmed: bool, preview: PlanPreview) -> bool:
        """Confirm or refuse the plan that waits, if that is `preview`: what a person has not seen is not confirmed.
        False where another or none waits, or it was decided before."""
        with self._changed:
            if self.state != "waiting" or self.preview is not preview or self._decision is not None:
                return False
            self._decision = confirmed
            self._set("planning")  # here, not in the run's thread: the next page must not show the plan again
            return True

    def progress(self, progress: Progress) -> None:
        """Take the progress of the run: from the first one on it is under way."""
        if self.state != "running":
            with self._changed:
                self.folder = progress.folder
                self._set("running")
            self._on_begin(progress.folder.name)

    @property
    def is_given_up(self) -> bool:
        """True where it was cancelled or its plan refused: it sends nothing, whatever it still does."""
        refused = self._decision is False or (self._decision is None and self.control.is_stopping)
        return refused and self.state in ("planning", "waiting")

    def say(self, message: str) -> None:
        """Show what is being waited for."""
        with self._changed:
            self.message = message
            self.version += 1

    def wait_for_start(self, seconds: float) -> None:
        """Return once the task waits, runs or has ended, at the latest after `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self.state != "planning", seconds)

    def _set(self, state: State) -> None:
        self.state = state
        self.version += 1
        self._changed.notify_all()

    def _end(self) -> None:
        with self._changed:
            self._set("ended")


Work = Callable[[Task], Any]


class Tasks:
    """Everything that is under way; any thread."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._closing = False
        #: Runs of this program that are to stop and have no task yet that says so.
        self._to_stop: set[str] = set()

    def start(self, subject: str, kind: str, back: str, work: Work, folder: Path | None = None) -> Task:
        """The task of `subject`: the one that is under way, or else a new one that does `work`. `folder`: of the run
        that it continues."""
        with self._lock:
            if (active := self._active(subject)) is not None:
                return active
            if self._closing:
                raise BatchError(tr("the program is stopping. Nothing was sent."))
            if folder is not None:
                self._to_stop.discard(folder.name)
            task = Task(secrets.token_hex(8), subject, kind, back, folder, _on_begin=self._begun)
            self._tasks[task.id] = task
            thread = threading.Thread(target=self._run, args=(task, work), name=f"task {task.kind}", daemon=True)
            self._threads[task.id] = thread
            self._forget()
            thread.start()
            return task

    def get(self, task_id: str) -> Task | None:
        """The task with this id, also when it has ended."""
        return self._tasks.get(task_id)

    def of(self, subject: str) -> Task | None:
        """The task of `subject` that is under way."""
        with self._lock:
            return self._active(subject)

    def of_run(self, run: str) -> Task | None:
        """The task that works on the run of this name."""
        return next((task for task in self.active() if task.folder is not None and task.folder.name == run), None)

    def stop_run(self, run: str) -> None:
        """Stop the run of this name after its open requests; one whose first progress is still to come stops then."""
        with self._lock:
            task = self.of_run(run)
            if task is None:
                self._to_stop.add(run)
            else:
                task.control.stop()

    def is_stopping(self, run: str) -> bool:
        """True where the run of this name is to stop."""
        task = self.of_run(run)
        return run in self._to_stop or (task is not None and task.control.is_stopping)

    def active(self) -> list[Task]:
        """The tasks that are under way."""
        return [task for task in list(self._tasks.values()) if task.state != "ended"]

    def stop_all(self, exit_code: Exit) -> list[Task]:
        """Stop every task after its open requests, and return those that were under way."""
        with self._lock:
            self._closing = True
        active = self.active()
        for task in active:
            task.control.stop(exit_code)
        return active

    def join(self, seconds: float) -> bool:
        """Wait until every task has ended; false where one has not after `seconds`."""
        end = monotonic() + seconds
        for thread in list(self._threads.values()):
            thread.join(max(0.0, end - monotonic()))
        return not self.active()

    def _active(self, subject: str) -> Task | None:
        found = (each for each in self._tasks.values() if each.subject == subject and each.state != "ended")
        return next((each for each in found if not each.is_given_up), None)

    def _begun(self, run: str) -> None:
        with self._lock:
            if run in self._to_stop and (task := self.of_run(run)) is not None:
                self._to_stop.discard(run)
                task.control.stop()

    def _forget(self) -> None:
        ended = [task.id for task in self._tasks.values() if task.state == "ended"]
        for task_id in ended[: max(0, len(ended) - _REMEMBERED)]:
            del self._tasks[task_id]
            del self._threads[task_id]

    def _run(self, task: Task, work: Work) -> None:
        try:
            task.result = work(task)
        except BatchError as error:
            task.error = error
        except OSError as error:
            task.error = BatchError(tr("the operating system reported an error: {error}.", error=error))
        except Exception as error:
            structlog.get_logger().exception("task failed", kind=task.kind)
            task.error = BatchError(
                tr("the program failed: {error}.", error=type(error).__name__), tip=tr("the terminal shows more.")
            )
        task._end()
        if task.folder is not None:
            self._to_stop.discard(task.folder.name)
