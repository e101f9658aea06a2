"""Airflow: plan the suppression of an export, wait until a second person approves it, apply it. For Airflow 3.3.2.

    EXPORT=contacts.csv python samples/pipelines/airflow_plan.py     # once, here, to try it
    guayaba-batch approve contacts.csv.2026-01-15.plan.xlsx --as maria     # somebody who has looked at it

APPROVER is an account of the settings with another key, or another user of this machine. `apply` itself refuses what
APPROVER has not approved; the task before it only waits for the file, a day at most, as long as a plan can be applied.
Exit codes are those of airflow_dag.py: 75 alone is retried, 3 means that some rows cannot be sent or did not succeed.
"""

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

DELAY = timedelta(seconds=int(os.environ.get("RETRY_SECONDS", "600")))
APPROVER = os.environ.get("APPROVER", "maria")


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
        raise AirflowException("stopped early: the retry goes on")
    if code not in (0, 3):
        raise AirflowFailException(f"guayaba-batch ended with {code}: {output}")
    return json.loads(output)


@dag(schedule="0 8 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def planned():
    @task(retries=24, retry_delay=DELAY)
    def plan(export: str) -> str:
        file = f"{export}.{date.today()}.plan.xlsx"
        command = ["guayaba-batch", "plan", export, "--region", "US", "--status", "DNC", f"--out={file}", "--json"]
        done(command)
        return file

    @task(retries=144, retry_delay=DELAY)
    def approved(file: str) -> str:
        if not Path(f"{file}.{APPROVER}.approval").exists():
            raise AirflowException(f"{APPROVER} has not approved {file}")
        return file

    @task(retries=24, retry_delay=DELAY)
    def apply(file: str) -> dict:
        command = ["guayaba-batch", "apply", file, f"--require-approval={APPROVER}", "--yes", "--json"]
        return done(command)

    apply(approved(plan(os.environ.get("EXPORT", "/srv/exports/contacts.csv"))))


made = planned()

if __name__ == "__main__":
    sys.exit(made.test().state != "success")
