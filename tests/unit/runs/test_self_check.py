"""What a run needs of this machine: each check, what it finds, and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from unit.harness import CANARY, KEY

from batch.errors import Exit
from batch.guayaba.exchange import Exchange, Failure
from batch.runs import self_check as module
from batch.runs.self_check import Check, self_check
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

STATUSES = b'{"success":true,"statuses":["DNC","active"]}'
ACCEPTED = Exchange(200, STATUSES)


def checks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: Exchange = ACCEPTED, **changes: Any
) -> dict[str, Check]:
    """Every check by its name, with settings in `folder`, where the API gives `answer`."""

    class Reader:
        base_url = "https://api.guayaba.ai"

        async def read(self, path: str) -> Exchange:
            assert path == "/contacts/statuses"
            return answer

    @asynccontextmanager
    async def sessions(*_: object) -> AsyncIterator[dict[str, SimpleNamespace]]:
        yield {"": SimpleNamespace(reader=Reader())}

    monkeypatch.setattr(module, "open_sessions", sessions)
    settings = Settings(**{"key": KEY, "out": folder / "reports", "state": folder / "state", **changes})
    found = anyio.run(self_check, settings.access, settings.connection, settings.out, settings.state)
    assert CANARY not in repr(found)
    return {each.name: each for each in found}


KEYS = [
    (None, "error", Exit.USAGE, "there is no key"),
    (KEY, "ok", Exit.OK, "a key as they usually are"),
    (ApiKey("sk_other"), "warning", Exit.USAGE, "a key of something else, perhaps"),
]


@pytest.mark.parametrize(("key", "state", "code", "reason"), KEYS)
def test_the_key(
    key: ApiKey | None, state: str, code: Exit, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is missing is an error, one that looks odd a warning; the key itself is never said."""
    found = checks(tmp_path, monkeypatch, key=key)
    assert (found["key"].state, found["key"].exit_code) == (state, code), reason
    assert ("host" in found) is (key is not None)


ANSWERS = [
    (Exchange(200, STATUSES, clock_ahead=1.0), "ok", Exit.OK, "accepts the key", "ok", "an answer"),
    (Exchange(200, STATUSES, clock_ahead=-600.0), "ok", Exit.OK, "DNC, active", "warning", "a clock that is behind"),
    (Exchange(200, STATUSES), "ok", Exit.OK, "accepts the key", "warning", "an answer without its time"),
    (Exchange(401, b'{"error":"Invalid API key"}'), "error", Exit.KEY, "", None, "a key that is refused"),
    (Exchange(failure=Failure.NEVER_LEFT, detail="refused"), "error", Exit.STOPPED, "", None, "no server"),
    (
        Exchange(503, b""),
        "warning",
        Exit.OK,
        "HTTP 503",
        "warning",
        "a server that is down: nothing is known of the key",
    ),
    (Exchange(200, b"<html>Sign in</html>"), "warning", Exit.OK, "not with a list", "warning", "a login page"),
    (Exchange(404, b"<html>"), "warning", Exit.OK, "HTTP 404", "warning", "an address of something else"),
]


@pytest.mark.parametrize(("answer", "state", "code", "words", "clock", "reason"), ANSWERS)
def test_the_host(
    answer: Exchange, state: str, code: Exit, words: str, clock: str | None, reason: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One read tells whether the host answers and accepts the key, and whether the clock is right."""
    found = checks(tmp_path, monkeypatch, answer)
    assert (found["host"].state, found["host"].exit_code) == (state, code), reason
    assert words in found["host"].text
    assert (found["clock"].state if "clock" in found else None) == clock
    assert bool(found["host"].tip) is (state != "ok")


def test_a_folder_that_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the runs is tried with a journal, and nothing of the trial stays."""
    found = checks(tmp_path, monkeypatch)
    assert found["disk"].state == found["quota_store"].state == "ok"
    assert [each.name for each in tmp_path.iterdir()] == ["state"]


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the folder of the runs should be is an error, and for the quota a warning."""
    (tmp_path / "taken").touch()
    found = checks(tmp_path, monkeypatch, out=tmp_path / "taken", state=tmp_path / "taken")
    assert (found["disk"].state, found["disk"].exit_code) == ("error", Exit.USAGE)
    assert "--out" in found["disk"].tip
    assert found["quota_store"].state == "warning"


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less room than a run of a million rows takes is a warning that says how much there is."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_500_000_000))
    found = checks(tmp_path, monkeypatch)
    assert (found["disk"].state, "1.5 GB" in found["disk"].text) == ("warning", True)


def test_without_a_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no page can be opened, the check says what to do with it instead."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    found = checks(tmp_path, monkeypatch)
    assert found["browser"].state == "warning"
    assert "report.html" in found["browser"].tip


@pytest.mark.parametrize(("there", "state"), [(True, "ok"), (False, "warning")])
def test_the_sandbox(there: bool, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sandbox needs is an extra: without it there is the command that installs it."""
    monkeypatch.setattr(module, "find_spec", lambda _: object() if there else None)
    found = checks(tmp_path, monkeypatch)
    assert found["sandbox"].state == state
    assert ("pip install" in found["sandbox"].tip) is not there
