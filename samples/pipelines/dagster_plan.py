"""Dagster: plan the suppression of an export, wait until a second person approves it, apply it. For Dagster 1.13.29.

    python samples/pipelines/dagster_plan.py contacts.csv     # or: dagster dev -f samples/pipelines/dagster_plan.py
    guayaba-batch approve contacts.csv.2026-01-15.plan.xlsx --as maria     # somebody who has looked at it

APPROVER is an account of the settings with another key, or another user of this machine. `apply` itself refuses what
APPROVER has not approved; the op before it only waits for the file, a day at most, as long as a plan can be applied.
Exit codes are those of dagster_job.py: 75 alone is retried, 3 means that some rows cannot be sent or did not succeed.
"""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from dagster import Config, Failure, OpExecutionContext, RetryRequested, job, op

DELAY = int(os.environ.get("RETRY_SECONDS", "600"))
APPROVER = os.environ.get("APPROVER", "maria")


class Export(Config):
    path: str


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
        raise RetryRequested(max_retries=24, seconds_to_wait=DELAY)
    if code not in (0, 3):
        raise Failure(f"guayaba-batch ended with {code}: {output}", allow_retries=False)
    return json.loads(output)


@op
def plan(config: Export) -> str:
    file = f"{config.path}.{date.today()}.plan.xlsx"
    command = ["guayaba-batch", "plan", config.path, "--region", "US", "--status", "DNC", f"--out={file}", "--json"]
    done(command)
    return file


@op
def approved(file: str) -> str:
    if not Path(f"{file}.{APPROVER}.approval").exists():
        raise RetryRequested(max_retries=144, seconds_to_wait=DELAY)
    return file


@op
def apply(context: OpExecutionContext, file: str) -> dict:
    command = ["guayaba-batch", "apply", file, f"--require-approval={APPROVER}", "--yes", "--json"]
    summary = done(command)
    context.add_output_metadata(summary["counts"])
    return summary


@job
def planned():
    apply(approved(plan()))


if __name__ == "__main__":
    ended = planned.execute_in_process(run_config={"ops": {"plan": {"config": {"path": sys.argv[1]}}}})
    print(json.dumps(ended.output_for_node("apply")["counts"]))
