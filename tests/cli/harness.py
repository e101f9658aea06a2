"""The real program and the real sandbox, as subprocesses, in private folders, over loopback."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import termios
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from harness.forked import Running, start

KEY = "gua_test0000_canary-5f3a9c"
_JUDGE = "gua_judge000_looks-on"
AREAS = ("212", "213", "214", "303", "305", "312", "404", "408", "412", "415", "512", "617", "646", "702", "713", "718",
         "786", "801", "813", "916")  # fmt: skip


#: Seconds after which a program hangs, also on a machine that has much else to do. Nothing waits so long that is well.
PATIENCE_S = 300.0


def numbers(count: int) -> list[str]:
    """Up to 2,000 public-fiction numbers, 555-0100 to 555-0199 of several area codes, in E.164."""
    return [f"+1{area}555{line:04d}" for area in AREAS for line in range(100, 200)][:count]


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that is up. Its logs are the judge."""

    url: str

    def log(self, name: str) -> list[dict[str, Any]]:
        """Every entry of the `requests`, `effects` or `actions` log."""
        entries: list[dict[str, Any]] = []
        while True:
            after = entries[-1]["id"] if entries else 0
            page = self._get(f"/_sandbox/{name}?after={after}&limit=1000")[name]
            if not page:
                return entries
            entries += page

    def writes(self) -> list[dict[str, Any]]:
        """Every write that reached the server."""
        return [entry for entry in self.log("requests") if entry["class"] == "write"]

    def applied(self) -> Counter[str]:
        """How often each contact was written with effect, by phone number."""
        return Counter(entry["phoneNumber"] for entry in self.log("actions"))

    def contact(self, phone: str) -> dict[str, Any] | None:
        """The contact as GET /contacts shows it."""
        found = self._get(f"/contacts?searchBy=phone&search={quote(phone)}")["contacts"]
        return next((contact for contact in found if contact["phoneNumber"] == phone), None)

    def campaign(self) -> str:
        """The id of one of its campaigns."""
        return str(self._get("/campaigns")["data"][0]["id"])

    def create(self, phone: str) -> None:
        """Make `phone` a contact."""
        body = json.dumps({"phoneNumber": phone, "campaignId": self.campaign()}).encode()
        headers = {"X-API-Key": _JUDGE, "Content-Type": "application/json"}
        urlopen(Request(f"{self.url}/contacts", body, headers)).close()

    def update(self, phone: str, status: str) -> None:
        """Set the contact's status, as somebody else would."""
        body = json.dumps({"phone": phone, "status": status}).encode()
        headers = {"X-API-Key": _JUDGE, "Content-Type": "application/json"}
        urlopen(Request(f"{self.url}/contacts/update", body, headers)).close()

    def put(self, contact_id: str, body: Mapping[str, Any]) -> None:
        """Change a contact by its id, as somebody else would."""
        headers = {"X-API-Key": _JUDGE, "Content-Type": "application/json"}
        data = json.dumps(body).encode()
        urlopen(Request(f"{self.url}/contacts/{contact_id}", data, headers, method="PUT")).close()

    def _get(self, path: str) -> Any:
        with urlopen(Request(f"{self.url}{path}", headers={"X-API-Key": _JUDGE})) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Ended:
    """A finished program: its exit code, what it printed, the run folders there were before it, and those after it."""

    code: int
    out: str
    err: str
    before: frozenset[Path]
    runs: frozenset[Path]

    @property
    def run(self) -> Path:
        """The folder of the run that this program worked on: the one that it made, or else the one that it names."""
        (run,) = self.runs - self.before or {
            run for run in self.runs if f"{run.name}/" in self.out + self.err or f'"{run.name}"' in self.out
        }
        return run

    def report(self, name: str = "outcomes") -> list[dict[str, str]]:
        """A CSV report's rows by column."""
        return read_csv(self.run / f"{name}.csv")

    def summary(self) -> dict[str, Any]:
        return json.loads((self.run / "summary.json").read_text())  # type: ignore[no-any-return]

    def outcomes(self) -> Counter[str]:
        return Counter(row["_outcome"] for row in self.report())


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


class Program:
    """The program in one private folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Running] = []
        self.env: dict[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GUAYABA_")},
            "GUAYABA_API_KEY": KEY,
            "HOME": str(folder),
            "NO_PROXY": "*",
        }

    def start(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        interpreter: bool = False,
        hurry: float = 1.0,
    ) -> Running:
        """The program under way, as `harness.forked.start` says. What a test leaves running is killed at its end."""
        own = {**self.env, **(env or {})}
        running = start([*map(str, arguments)], cwd=self.folder, env=own, interpreter=interpreter, hurry=hurry)
        self.started.append(running)
        return running

    def __call__(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        interpreter: bool = False,
        hurry: float = 1.0,
        limits: Mapping[str, int] | None = None,
    ) -> Ended:
        """The program once it has ended."""
        before = self.runs()
        own = {**self.env, **(env or {})}
        running = start(
            [*map(str, arguments)], cwd=self.folder, env=own, stdin=subprocess.PIPE, interpreter=interpreter,
            hurry=hurry, limits=limits,
        )  # fmt: skip
        try:
            out, err = running.communicate(stdin or "", timeout=PATIENCE_S)
        finally:
            running.kill()
        assert running.returncode is not None
        return Ended(running.returncode, out, err, before, self.runs())

    def runs(self) -> frozenset[Path]:
        """The run folders that are there: no name says which of them came first."""
        return frozenset(self.folder.glob("reports/2*"))

    def on_a_terminal(self, *arguments: str | Path, answer: str, columns: int = 0) -> tuple[int, str]:
        """The program's exit code and output in a terminal where `answer` is typed."""
        env = {**self.env, "TERM": "dumb"}
        return on_a_terminal(
            lambda end: start([*map(str, arguments)], cwd=self.folder, env=env, stdin=end, stdout=end, stderr=end),
            answer, columns,
        )  # fmt: skip


def on_a_terminal(start_on: Callable[[int], Running], answer: str, columns: int = 0) -> tuple[int, str]:
    """The exit code and output of what `start_on` starts, with a terminal as its streams. `answer` is typed there;
    without `columns` the terminal does not say how wide it is."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, columns))
    running = start_on(follower)
    os.close(follower)
    os.write(leader, answer.encode())
    told = b""
    try:
        while chunk := os.read(leader, 65536):
            told += chunk
    except OSError:  # Linux says EIO when the last writer has gone
        pass
    os.close(leader)
    return running.wait(timeout=PATIENCE_S), told.decode()


Sandboxes = Callable[..., Sandbox]


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Return once `condition` holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)
