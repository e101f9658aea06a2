"""Prefect: suppress the contacts of an export, every night. Run with Prefect 3.8.8.

    python samples/pipelines/prefect_flow.py contacts.csv

The key is where `guayaba-batch config show` finds it. Exit code 75 means "stopped early, the same command goes on":
that alone is retried, and goes on where it was. 3 means "finished, some rows did not succeed": the flow succeeds, and
its result names the failures file that a person looks at.
"""

import json
import os
import subprocess
import sys

from prefect import flow, task

DELAY = int(os.environ.get("RETRY_SECONDS", "600"))


class StoppedEarly(Exception):
    """The same command goes on."""


def worth_a_retry(_task, _run, state) -> bool:
    try:
        state.result()
    except StoppedEarly:
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


@task(retries=24, retry_delay_seconds=DELAY, retry_condition_fn=worth_a_retry)
def suppress(export: str) -> dict:
    command = ["guayaba-batch", "update", export, "--region", "US", "--status", "DNC", "--yes", "--json"]
    code, output = finished(command)
    if code == 75:
        raise StoppedEarly(export)
    if code not in (0, 3):
        raise RuntimeError(f"guayaba-batch ended with {code}: {output}")
    return json.loads(output)


@flow
def nightly(export: str) -> dict:
    return suppress(export)


if __name__ == "__main__":
    print(json.dumps(nightly(sys.argv[1])["counts"]))
