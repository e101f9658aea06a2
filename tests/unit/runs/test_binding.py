"""Whose address a key is for, where a run folder says one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from unit.harness import KEY, plan, planned, sendable

from batch.api import calls as api
from batch.errors import BatchError, InputRefused
from batch.model import RunPlan
from batch.runs.binding import require_plan, require_trust
from batch.runs.folder.run_folder import OpenRun, reopen_run
from batch.runs.rerun import plan_rerun
from batch.settings.api_key import ApiKey
from batch.settings.settings import Settings

ELSEWHERE = "https://api.elsewhere.example"
SETTINGS = Settings(key=KEY)


@pytest.mark.parametrize(
    ("made", "settings", "why"),
    [
        (plan(), SETTINGS, "the API's own address"),
        (plan(base_url="http://127.0.0.1:8787"), SETTINGS, "a sandbox on this machine"),
        (plan(base_url=ELSEWHERE), replace(SETTINGS, base_url=ELSEWHERE), "the user says it"),
        (plan(base_url=ELSEWHERE, seals={"": KEY.seal(ELSEWHERE)}), SETTINGS, "this very key was used there"),
    ],
)
def test_a_run_goes_on_where_its_key_is_known(made: RunPlan, settings: Settings, why: str) -> None:
    """An address that the key is for is gone back to, without being named again."""
    require_trust(made, settings.access)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (plan(base_url=ELSEWHERE), "the fingerprint is right, and stands in every summary"),
        (plan(base_url=ELSEWHERE, seals={"": KEY.seal("https://api.guayaba.ai")}), "the seal is on another address"),
        (plan(base_url=ELSEWHERE, seals={"": ApiKey("gua_other").seal(ELSEWHERE)}), "the seal is of another key"),
        (plan(base_url="http://192.0.2.1", seals={"": KEY.seal("http://192.0.2.1")}), "unencrypted"),
        (plan(base_url="https://api.guayaba.ai@192.0.2.1"), "an address that only looks like the API's"),
    ],
)
def test_a_run_folder_leads_no_key_astray(made: RunPlan, why: str) -> None:
    """A folder that somebody else has written names an address, and the key is not sent there."""
    with pytest.raises(InputRefused, match="nothing shows that this key is for that address"):
        require_trust(made, replace(SETTINGS, accept_key=True).access)


def _resume(folder: Path) -> object:
    return api.resume(folder, SETTINGS)


def _rerun(folder: Path) -> object:
    return plan_rerun(folder / "failures.csv", SETTINGS.access, SETTINGS.out)


def _bound(folder: Path) -> object:
    with reopen_run(folder) as opened:
        assert isinstance(opened, OpenRun)
        return require_plan(opened, SETTINGS.access)


@pytest.mark.parametrize("command", [_resume, _rerun, _bound])
def test_every_command_that_names_a_run_asks_that(command: Callable[[Path], object], tmp_path: Path) -> None:
    """resume, rerun, and what verify and undo begin with, refuse a forged run before anything is sent."""
    planned(tmp_path / "journal.sqlite", sendable(1), base_url=ELSEWHERE).close()
    (tmp_path / "failures.csv").write_text(f"phone,_row,_outcome,_run\n2125550123,2,failed,{plan().run}\n")
    with pytest.raises(BatchError, match="nothing shows that this key is for that address"):
        command(tmp_path)
