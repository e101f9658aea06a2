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
    state: State = "planning"
    control: RunControl = field(default_factory=RunControl)
    preview: PlanPreview | None = None
    folder: Path | None = None
    message: str = ""
    result: Any = None
    error: BatchError | None = None
    cancelled: bool = False
    version: int = 0
    _decision: bool | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def ask(self, preview: PlanPreview) -> bool:
        """Wait for the page's decision about `preview`. Called by the run, in its thread."""
        with self._changed:
            self.preview = preview
            self._set("waiting")
            end = monotonic() + PATIENCE_S
            while self._decision is None and not self.control.is_stopping and (left := end - monotonic()) > 0:
                self._changed.wait(min(left, 1.0))
            confirmed = bool(self._decision) and not self.control.is_stopping
            self.cancelled = not confirmed
            if self.state == "waiting":
                self._set("planning")
            return confirmed

    def decide(self, confirmed: bool) -> bool:
        """Confirm or refuse the plan that waits; false where none does, or it was decided before."""
        with self._changed:
            if self.state != "waiting" or self._decision is not None:
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

    def __init__(self, on_end: Callable[[Task], None] = lambda _: None) -> None:
        self._tasks: dict[str, Task] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._on_end = on_end
        self._closing = False

    def start(self, subject: str, kind: str, back: str, work: Work) -> Task:
        """The task of `subject`: the one that is under way, or else a new one that does `work`."""
        with self._lock:
            if (active := self._active(subject)) is not None:
                return active
            if self._closing:
                raise BatchError(tr("the program is stopping. Nothing was sent."))
            task = Task(secrets.token_hex(8), subject, kind, back)
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

    def of_run(self, folder: Path) -> Task | None:
        """The task that works on the run in `folder`."""
        return next((task for task in self.active() if task.folder == folder), None)

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
        return next((each for each in self._tasks.values() if each.subject == subject and each.state != "ended"), None)

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
        try:
            self._on_end(task)
        finally:
            task._end()
