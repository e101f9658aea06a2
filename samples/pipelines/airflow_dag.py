"""Airflow: suppress the contacts of an export, every night. Run with Airflow 3.3.2; copy it into the folder of DAGs.

    EXPORT=contacts.csv python samples/pipelines/airflow_dag.py     # once, here, to try it

The key is where `guayaba-batch config show` finds it. Exit code 75 means "stopped early, the same command goes on":
that alone is retried, and goes on where it was. 3 means "finished, some rows did not succeed": the task succeeds, and
its result has the counts and the failures file that a person looks at.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

DELAY = timedelta(seconds=int(os.environ.get("RETRY_SECONDS", "600")))


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


@dag(schedule="0 20 * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def nightly():
    @task(retries=24, retry_delay=DELAY)
    def suppress(export: str) -> dict:
        command = ["guayaba-batch", "update", export, "--region", "US", "--status", "DNC", "--yes", "--json"]
        code, output = finished(command)
        if code == 75:
            raise AirflowException("stopped early: the retry goes on")
        if code not in (0, 3):
            raise AirflowFailException(f"guayaba-batch ended with {code}: {output}")
        return json.loads(output)

    suppress(os.environ.get("EXPORT", "/srv/exports/contacts.csv"))


made = nightly()

if __name__ == "__main__":
    sys.exit(made.test().state != "success")
