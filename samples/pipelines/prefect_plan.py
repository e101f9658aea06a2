"""Prefect: plan the suppression of an export, wait until a second person approves it, apply it. Run with Prefect 3.8.8.

    python samples/pipelines/prefect_plan.py contacts.csv
    guayaba-batch approve contacts.csv.2026-01-15.plan.xlsx --as maria     # somebody who has looked at it

APPROVER is an account of the settings with another key, or another user of this machine. `apply` itself refuses what
APPROVER has not approved; the task before it only waits for the file, a day at most, as long as a plan can be applied.
Exit codes are those of prefect_flow.py: 75 alone is retried, 3 means that some rows cannot be sent or did not succeed.
"""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from prefect import flow, task

DELAY = int(os.environ.get("RETRY_SECONDS", "600"))
APPROVER = os.environ.get("APPROVER", "maria")


class NotYet(Exception):
    """The same task is tried again."""


def worth_a_retry(_task, _run, state) -> bool:
    try:
        state.result()
    except NotYet:
        return True
    except Exception:
        return False
    return False


def finished(command: list[str]) -> tuple[int, str]:
    """The exit code and stdout of the program. A cancel lets it finish its open requests before the task ends."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            output, _ = program.communicate()
        except BaseException:
            program.terminate()
            program.wait()
            raise
    return program.returncode, output


def done(command: list[str]) -> dict:
    code, output = finished(command)
    if code == 75:
        raise NotYet("stopped early: the retry goes on")
    if code not in (0, 3):
        raise RuntimeError(f"guayaba-batch ended with {code}: {output}")
    return json.loads(output)


@task(retries=24, retry_delay_seconds=DELAY, retry_condition_fn=worth_a_retry)
def plan(export: str) -> str:
    file = f"{export}.{date.today()}.plan.xlsx"
    command = ["guayaba-batch", "plan", export, "--region", "US", "--status", "DNC", f"--out={file}", "--json"]
    done(command)
    return file


@task(retries=144, retry_delay_seconds=DELAY, retry_condition_fn=worth_a_retry)
def approved(file: str) -> str:
    if not Path(f"{file}.{APPROVER}.approval").exists():
        raise NotYet(f"{APPROVER} has not approved {file}")
    return file


@task(retries=24, retry_delay_seconds=DELAY, retry_condition_fn=worth_a_retry)
def apply(file: str) -> dict:
    command = ["guayaba-batch", "apply", file, f"--require-approval={APPROVER}", "--yes", "--json"]
    return done(command)


@flow
def suppress(export: str) -> dict:
    return apply(approved(plan(export)))


if __name__ == "__main__":
    print(json.dumps(suppress(sys.argv[1])["counts"]))
